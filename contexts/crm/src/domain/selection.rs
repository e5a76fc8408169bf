//! Whom an action on many contacts or an export is about: some that were ticked, or all that a
//! filter finds. Kept as JSON with the action, so that a job finds the same people hours later.

use kernel::{ContactId, SegmentId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    contact_list::{FieldFilter, Filter, RuleAt, Search, Visitors},
    rule::{self, Moment, Problem, Schema},
    tag::Tag,
};

/// Whom it is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    Ids(Vec<ContactId>),
    Matching(FilterSpec),
}

/// Up to so many contacts may be named one by one.
pub const MOST_IDS: usize = 10_000;

/// A filter as it was asked for. Its rule is JSON: what it means depends on the fields that exist
/// and on the moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FilterSpec {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub search: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segment: Option<SegmentId>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldFilter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Value>,
    pub visitors: Visitors,
}

impl FilterSpec {
    /// The filter, at a moment.
    pub fn filter(&self, schema: &Schema, at: &Moment) -> Result<Filter, Vec<Problem>> {
        let rule = self.rule.as_ref().map(|rule| rule::parse(rule, schema));
        Ok(Filter {
            search: Search::parse(&self.search),
            tag: self.tag.clone().map(Tag::stored),
            segment: self.segment,
            fields: self.fields.clone(),
            rule: rule.transpose()?.map(|rule| RuleAt { rule, at: at.clone() }),
            visitors: self.visitors,
        })
    }

    /// All conditions but the search as one rule in the language of segments; an empty `all` when
    /// there are none.
    #[must_use]
    pub fn as_rule(&self) -> Value {
        let mut rules: Vec<Value> = Vec::new();
        if let Some(tag) = &self.tag {
            rules.push(json!({"field": "tags", "operator": "has_any_of", "value": [tag]}));
        }
        if let Some(segment) = &self.segment {
            rules.push(json!({"field": "segment", "operator": "is_in", "value": segment}));
        }
        rules.extend(self.fields.iter().map(field_rule));
        if let Some(rule) = &self.rule {
            // What holds together anyway need not stand in a group of its own.
            match rule.get("all").and_then(Value::as_array) {
                Some(all) => rules.extend(all.iter().cloned()),
                None if rules.is_empty() => return rule.clone(),
                None => rules.push(rule.clone()),
            }
        }
        json!({ "all": rules })
    }
}

fn field_rule(filter: &FieldFilter) -> Value {
    match filter {
        FieldFilter::Text(field, value) => {
            json!({"field": field.key(), "operator": "is", "value": value})
        }
        FieldFilter::Attribute { key, value, among } => {
            let field = format!("attributes.{key}");
            let text = value.as_str().unwrap_or_default();
            if *among {
                json!({"field": field, "operator": "has_any_of", "value": [value]})
            } else if text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok() {
                json!({"field": field, "operator": "on", "value": value})
            } else if text.parse::<kernel::Timestamp>().is_ok() {
                json!({"field": field, "operator": "between", "value": [value, value]})
            } else {
                json!({"field": field, "operator": "is", "value": value})
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::contact::TextField;

    #[test]
    fn a_filter_is_also_a_rule() {
        let mut spec = FilterSpec {
            tag: Some("vip".to_owned()),
            fields: vec![FieldFilter::Text(TextField::City, "Bonn".to_owned())],
            rule: Some(json!({"all": [{"field": "email", "operator": "contains", "value": "x"}]})),
            ..FilterSpec::default()
        };
        assert_eq!(
            spec.as_rule(),
            json!({"all": [
                {"field": "tags", "operator": "has_any_of", "value": ["vip"]},
                {"field": "city", "operator": "is", "value": "Bonn"},
                {"field": "email", "operator": "contains", "value": "x"},
            ]})
        );
        assert!(rule::parse(&spec.as_rule(), &Schema::default()).is_ok());
        spec.rule = Some(json!({"any": []}));
        assert_eq!(spec.as_rule()["all"][2], json!({"any": []}));
        assert_eq!(FilterSpec::default().as_rule(), json!({"all": []}));
    }

    #[test]
    fn a_selection_survives_being_stored() {
        for selection in [
            Selection::Ids(vec![ContactId::generate()]),
            Selection::Matching(FilterSpec {
                search: "ann".to_owned(),
                fields: vec![FieldFilter::Attribute {
                    key: "plan".to_owned(),
                    value: json!("pro"),
                    among: false,
                }],
                visitors: Visitors::Only,
                ..FilterSpec::default()
            }),
        ] {
            let json = serde_json::to_value(&selection).expect("JSON");
            assert_eq!(serde_json::from_value::<Selection>(json).ok(), Some(selection));
        }
    }
}
