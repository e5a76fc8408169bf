//! The address of a list of contacts: its page and the API share the names of the parameters.

use contracts::crm::CONTACTS;
use kernel::SegmentId;

use platform::web::{AppError, Ctx};
use serde_json::{Value, json};

use crate::{
    application::check_segment::schema_for,
    domain::{
        contact::TextField,
        contact_list::{FieldFilter, Filter, Order, Visitors},
        field::{Field, FieldType},
        field_value::{self, ValueRule},
        import::reject::Reason,
        rule::{Matching, Moment, Schema},
        selection::FilterSpec,
        tag::Tag,
    },
    infrastructure::pg::CrmTx,
};

/// What a list is asked for, as it was written.
#[derive(Clone, Debug, Default)]
pub struct ContactQuery {
    pub search: String,
    pub sort: Option<String>,
    pub cursor: Option<String>,
    pub limit: Option<i64>,
    /// `tag`, `segment`, `visitors`, or the key of a field; and its value.
    pub filters: Vec<(String, String)>,
    /// A rule of the language of segments, as JSON.
    pub rule: Option<String>,
    /// What is shown of each contact, by the words of [`crate::domain::contact_column`].
    pub columns: Vec<String>,
    /// The saved view that this began with.
    pub view: Option<String>,
}

/// A list that was asked for, checked against what exists.
#[derive(Debug)]
pub struct Asked {
    pub order: Order,
    pub spec: FilterSpec,
    pub filter: Filter,
    /// What rules may look at; only when one was asked for.
    pub schema: Option<Schema>,
}

/// A parameter that cannot be obeyed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadParameter {
    pub name: String,
    pub code: &'static str,
}

impl ContactQuery {
    /// Reads the pairs of a query string. The form that adds a filter sends its name and value apart.
    #[must_use]
    pub fn read(pairs: Vec<(String, String)>) -> Self {
        let mut query = Self::default();
        let (mut added, mut added_value) = (String::new(), String::new());
        for (name, value) in pairs {
            match name.as_str() {
                "q" => query.search = value,
                "sort" => query.sort = Some(value).filter(|sort| !sort.is_empty()),
                "cursor" => query.cursor = Some(value).filter(|cursor| !cursor.is_empty()),
                "limit" => query.limit = value.parse().ok(),
                "rule" => query.rule = Some(value).filter(|rule| !rule.trim().is_empty()),
                "view" => query.view = Some(value).filter(|view| !view.is_empty()),
                // The form that chooses columns sends each by itself, an address all at once.
                "columns" => {
                    let names = value.split(',').map(str::trim).filter(|name| !name.is_empty());
                    for name in names {
                        if !query.columns.iter().any(|other| other == name) {
                            query.columns.push(name.to_owned());
                        }
                    }
                }
                "field" => added = value,
                "value" => added_value = value,
                _ => {
                    let filter = name
                        .strip_prefix("filter[")
                        .and_then(|rest| rest.strip_suffix(']'));
                    if let (Some(key), false) = (filter, value.trim().is_empty()) {
                        query.filters.push((key.to_owned(), value));
                    }
                }
            }
        }
        if !added.is_empty() && !added_value.trim().is_empty() {
            query.filters.retain(|(key, _)| *key != added);
            query.filters.push((added, added_value));
        }
        query
    }

    /// The value of a filter, or nothing.
    #[must_use]
    pub fn filter_value(&self, key: &str) -> &str {
        self.filters
            .iter()
            .find(|(name, _)| name == key)
            .map_or("", |(_, value)| value)
    }

    /// The order, when it is one.
    pub fn order(&self) -> Result<Order, BadParameter> {
        match &self.sort {
            None => Ok(Order::default()),
            Some(sort) => Order::parse(sort).ok_or_else(|| bad("sort", "unknown_order")),
        }
    }

    /// All that is asked for, at the moment of the request.
    pub async fn ask(&self, ctx: &Ctx, tx: &mut CrmTx, fields: &[Field]) -> Result<Asked, AppError> {
        let refuse =
            |bad: BadParameter| AppError::invalid(bad.name, bad.code, ctx.t("crm-list-bad-parameter"));
        let order = self.order().map_err(refuse)?;
        let spec = self.spec(fields).map_err(refuse)?;
        let schema = match &spec.rule {
            Some(_) => Some(schema_for(tx, None).await?),
            None => None,
        };
        let at = Moment {
            now: ctx.now,
            zone: ctx.zone.clone(),
        };
        let filter = spec
            .filter(schema.as_ref().unwrap_or(&Schema::default()), &at)
            .map_err(|problems| {
                let code = problems.first().map_or("invalid", |problem| problem.code.word());
                refuse(bad("rule", code))
            })?;
        Ok(Asked {
            order,
            spec,
            filter,
            schema,
        })
    }

    /// The filter, checked against the fields that exist.
    pub fn spec(&self, fields: &[Field]) -> Result<FilterSpec, BadParameter> {
        let mut spec = FilterSpec {
            search: self.search.clone(),
            rule: self
                .rule
                .as_deref()
                .map(|text| serde_json::from_str(text).map_err(|_| bad("rule", "invalid_json")))
                .transpose()?,
            ..FilterSpec::default()
        };
        for (key, value) in &self.filters {
            let name = || format!("filter[{key}]");
            match key.as_str() {
                "tag" => {
                    let tag = Tag::parse(value).map_err(|_| bad(name(), "invalid_tag"))?;
                    spec.tag = Some(tag.into_string());
                }
                "segment" => {
                    let id: SegmentId = value.parse().map_err(|_| bad(name(), "invalid_id"))?;
                    spec.segment = Some(id);
                }
                "visitors" => {
                    spec.visitors = Visitors::parse(value).ok_or_else(|| bad(name(), "unknown_choice"))?;
                }
                _ => spec
                    .fields
                    .push(field_filter(key, value, fields).map_err(|code| bad(name(), code))?),
            }
        }
        Ok(spec)
    }

    /// The conditions of the rule that can be taken off one by one: the members of its `all`.
    #[must_use]
    pub fn conditions(&self) -> Vec<Value> {
        let rule = self
            .rule
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok());
        match rule {
            None => Vec::new(),
            Some(Value::Object(group)) if group.get(Matching::All.word()).is_some_and(Value::is_array) => {
                group[Matching::All.word()]
                    .as_array()
                    .cloned()
                    .unwrap_or_default()
            }
            Some(other) => vec![other],
        }
    }

    /// The address without one of these conditions.
    #[must_use]
    pub fn without_condition(&self, n: usize) -> String {
        let mut left = self.conditions();
        if n < left.len() {
            left.remove(n);
        }
        self.with_rule(&json!({ Matching::All.word(): left })).url()
    }

    /// The same list with another rule, from its beginning.
    #[must_use]
    pub fn with_rule(&self, rule: &Value) -> Self {
        let is_empty = rule
            .get(Matching::All.word())
            .and_then(Value::as_array)
            .is_some_and(Vec::is_empty);
        Self {
            rule: (!is_empty).then(|| rule.to_string()),
            cursor: None,
            ..self.clone()
        }
    }

    /// The query string from the beginning of the list, without the view that it is kept in.
    #[must_use]
    pub fn query_string(&self) -> String {
        let query = Self {
            cursor: None,
            view: None,
            ..self.clone()
        };
        let url = query.url();
        url.split_once('?').map_or("", |(_, query)| query).to_owned()
    }

    /// Reads a query string that was kept.
    #[must_use]
    pub fn parse(query: &str) -> Self {
        let uri = format!("/?{query}").parse::<http::Uri>().unwrap_or_default();
        let pairs = axum_extra::extract::Query::<Vec<(String, String)>>::try_from_uri(&uri);
        Self::read(
            pairs
                .map(|axum_extra::extract::Query(pairs)| pairs)
                .unwrap_or_default(),
        )
    }

    /// The address of the page in another order, from its beginning.
    #[must_use]
    pub fn sorted_by(&self, order: Order) -> String {
        Self {
            sort: Some(order.as_str().to_owned()),
            cursor: None,
            ..self.clone()
        }
        .url()
    }

    /// The address of another place in the same list.
    #[must_use]
    pub fn at(&self, cursor: String) -> String {
        Self {
            cursor: Some(cursor),
            ..self.clone()
        }
        .url()
    }

    /// The address without one of the filters.
    #[must_use]
    pub fn without(&self, key: &str) -> String {
        let mut other = Self {
            cursor: None,
            ..self.clone()
        };
        other.filters.retain(|(name, _)| name != key);
        other.url()
    }

    /// The address of the list.
    #[must_use]
    pub fn url(&self) -> String {
        let pairs = self.pairs();
        let pairs: Vec<(&str, &str)> = pairs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        CONTACTS.with(&pairs)
    }

    /// The names and values of the address, for forms that keep it.
    #[must_use]
    pub fn pairs(&self) -> Vec<(String, String)> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        let mut push = |name: &str, value: &str| pairs.push((name.to_owned(), value.to_owned()));
        if let Some(view) = &self.view {
            push("view", view);
        }
        if !self.search.is_empty() {
            push("q", &self.search);
        }
        for (key, value) in &self.filters {
            push(&format!("filter[{key}]"), value);
        }
        if let Some(rule) = &self.rule {
            push("rule", rule);
        }
        if let Some(sort) = &self.sort {
            push("sort", sort);
        }
        if !self.columns.is_empty() {
            push("columns", &self.columns.join(","));
        }
        if let Some(cursor) = &self.cursor {
            push("cursor", cursor);
        }
        pairs
    }
}

fn field_filter(key: &str, value: &str, fields: &[Field]) -> Result<FieldFilter, &'static str> {
    if let Some(field) = TextField::from_key(key) {
        return Ok(FieldFilter::Text(field, value.trim().to_owned()));
    }
    let field = fields
        .iter()
        .find(|field| field.key == key)
        .ok_or("unknown_field")?;
    // One value of several is looked for as a text of its own.
    let (kind, among) = match field.kind {
        FieldType::Multiselect => (FieldType::Text, true),
        kind => (kind, false),
    };
    let rule = ValueRule { kind, ..field.rule() };
    let value = field_value::parse_text(rule, value).map_err(|error| Reason::from(error).as_str())?;
    Ok(FieldFilter::Attribute {
        key: key.to_owned(),
        value: value.unwrap_or_default(),
        among,
    })
}

fn bad(name: impl Into<String>, code: &'static str) -> BadParameter {
    BadParameter {
        name: name.into(),
        code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> ContactQuery {
        ContactQuery::read(
            pairs
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn the_address_keeps_what_was_asked_for() {
        let query = read(&[
            ("q", "ann"),
            ("filter[tag]", "big spender"),
            ("sort", "name"),
            ("cursor", "x"),
        ]);
        let url = query.sorted_by(Order::default());
        assert_eq!(
            url,
            "/app/contacts?q=ann&filter%5Btag%5D=big%20spender&sort=-created_at"
        );
        assert_eq!(query.without("tag"), "/app/contacts?q=ann&sort=name");
        assert_eq!(query.filter_value("tag"), "big spender");
    }

    #[test]
    fn a_filter_may_be_added_by_a_form() {
        let query = read(&[
            ("filter[city]", "Bonn"),
            ("field", "city"),
            ("value", "Kiel"),
            ("filter[tag]", " "),
        ]);
        assert_eq!(query.filters, [("city".to_owned(), "Kiel".to_owned())]);
    }

    #[test]
    fn conditions_are_taken_off_one_by_one() {
        let query = read(&[(
            "rule",
            r#"{"all":[{"field":"email","operator":"is_empty"},{"any":[]}]}"#,
        )]);
        assert_eq!(query.conditions().len(), 2);
        let left = ContactQuery::parse(query.without_condition(0).split_once('?').expect("a query").1);
        assert_eq!(left.conditions(), [json!({"any": []})]);
        assert_eq!(left.without_condition(0), "/app/contacts");
    }

    #[test]
    fn a_kept_address_is_read_again() {
        let query = read(&[
            ("q", "ann & bob"),
            ("filter[tag]", "a+b"),
            ("rule", r#"{"any":[]}"#),
            ("columns", "email"),
            ("columns", "city,email"),
            ("cursor", "x"),
            ("view", "v"),
        ]);
        let again = ContactQuery::parse(&query.query_string());
        assert_eq!((again.cursor.clone(), again.view.clone()), (None, None));
        assert_eq!(again.columns, ["email", "city"]);
        assert_eq!(again.query_string(), query.query_string());
        assert_eq!(again.search, "ann & bob");
        assert_eq!(again.filter_value("tag"), "a+b");
    }

    #[test]
    fn what_cannot_be_obeyed_is_named() {
        assert_eq!(
            read(&[("sort", "shoe")]).order(),
            Err(bad("sort", "unknown_order"))
        );
        assert_eq!(
            read(&[("filter[segment]", "x")]).spec(&[]),
            Err(bad("filter[segment]", "invalid_id"))
        );
        assert_eq!(
            read(&[("filter[shoe]", "x")]).spec(&[]),
            Err(bad("filter[shoe]", "unknown_field"))
        );
    }
}
