//! From the texts of a form to JSON, typed as each field wants it, and back.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    Matching, Operator, Period, RelativeDay, Schema, Shape, Unit,
    draft::{Draft, DraftCondition, DraftGroup},
    schema::{Kind, PropertyKind, Scope, Subject},
};

pub(super) fn node_from_json(json: &Value) -> Draft {
    for matching in Matching::ALL {
        if let Some(Value::Array(rules)) = json.get(matching.word()) {
            let rules = rules.iter().map(node_from_json).collect();
            return Draft::Group(DraftGroup { matching, rules });
        }
    }
    let text = |member: &str| {
        json.get(member)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let (values, unit) = match json.get("value") {
        None => (Vec::new(), String::new()),
        Some(Value::Array(items)) => (items.iter().map(plain).collect(), String::new()),
        Some(span @ Value::Object(_)) => {
            let (amount, unit) = span_texts(span);
            (vec![amount], unit)
        }
        Some(value) => (vec![plain(value)], String::new()),
    };
    let operator = text("operator");
    let values = if asks_for_days(&operator) {
        values.into_iter().flat_map(word_or_date).collect()
    } else {
        values
    };
    Draft::Condition(DraftCondition {
        field: text("field"),
        operator,
        values,
        unit,
        details: details(json),
        filter: match json.get("where").map(node_from_json) {
            None => DraftGroup::default(),
            Some(Draft::Group(group)) => group,
            Some(condition) => DraftGroup {
                matching: Matching::All,
                rules: vec![condition],
            },
        },
    })
}

fn asks_for_days(operator: &str) -> bool {
    let Some(operator) = Operator::of_word(operator) else {
        return false;
    };
    [Kind::Time.shape(operator), Kind::Day.shape(operator)]
        .iter()
        .any(|shape| matches!(shape, Shape::Day | Shape::Point | Shape::Points))
}

/// The two fields that a day has. The ends of a range of numbers stay as they are.
fn word_or_date(text: String) -> Vec<String> {
    if text.parse::<f64>().is_ok() {
        vec![text]
    } else if RelativeDay::parse(&text).is_some() || Period::parse(&text).is_some() {
        vec![text, String::new()]
    } else {
        vec![String::new(), text]
    }
}

fn details(json: &Value) -> BTreeMap<String, String> {
    let mut details = BTreeMap::new();
    let mut add = |name: &str, text: String| {
        if !text.is_empty() {
            details.insert(name.to_owned(), text);
        }
    };
    for name in [
        "from",
        "until",
        "campaign",
        "url_contains",
        "name",
        "channel",
        "seed",
        "type",
    ] {
        add(name, json.get(name).map(plain).unwrap_or_default());
    }
    for name in ["within", "gap"] {
        let (amount, unit) = json.get(name).map(span_texts).unwrap_or_default();
        add(name, amount);
        add(&format!("{name}_unit"), unit);
    }
    if let Some(then) = json.get("then") {
        add("then_name", then.get("name").map(plain).unwrap_or_default());
        add(
            "then_where",
            then.get("where").map(Value::to_string).unwrap_or_default(),
        );
    }
    details
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn span_texts(span: &Value) -> (String, String) {
    (
        span.get("amount").map(plain).unwrap_or_default(),
        span.get("unit").map(plain).unwrap_or_default(),
    )
}

impl DraftGroup {
    pub(super) fn to_json(&self, schema: &Schema, scope: Scope<'_>) -> Value {
        let rules: Vec<Value> = self
            .rules
            .iter()
            .map(|rule| rule.to_json_in(schema, scope))
            .collect();
        json!({ self.matching.word(): rules })
    }
}

impl DraftCondition {
    /// What it looks at, when there is such a thing.
    pub fn subject<'a>(&'a self, schema: &'a Schema, scope: Scope<'a>) -> Option<Subject<'a>> {
        let kind = PropertyKind::of_word(self.detail("type")).unwrap_or(PropertyKind::Text);
        schema.subject(scope, &self.field, kind)
    }

    /// What the field holds, when there is such a field.
    pub fn kind(&self, schema: &Schema, scope: Scope<'_>) -> Option<Kind> {
        self.subject(schema, scope).map(|subject| subject.kind())
    }

    /// What the operator wants, when the field knows it.
    pub fn shape(&self, schema: &Schema, scope: Scope<'_>) -> Option<Shape> {
        let kind = self.kind(schema, scope)?;
        kind.operator(&self.operator).map(|operator| kind.shape(operator))
    }

    pub(super) fn settle(&mut self, schema: &Schema, scope: Scope<'_>) {
        let Some(kind) = self.kind(schema, scope) else {
            return;
        };
        match kind.operator(&self.operator) {
            // In the word that is offered.
            Some(operator) => self.operator = operator.word().to_owned(),
            None => {
                self.operator = kind.operators()[0].word().to_owned();
                self.values.clear();
            }
        }
        let things = self
            .subject(schema, scope)
            .and_then(|subject| subject.things(schema));
        match things {
            Some(things) => {
                for rule in &mut self.filter.rules {
                    rule.settle_in(schema, things);
                }
            }
            None => self.filter.rules.clear(),
        }
    }

    pub(super) fn to_json(&self, schema: &Schema, scope: Scope<'_>) -> Value {
        let mut members = Map::new();
        members.insert("field".to_owned(), self.field.clone().into());
        members.insert("operator".to_owned(), self.operator.clone().into());
        if let Some(value) = self.shape(schema, scope).and_then(|shape| self.value(shape)) {
            members.insert("value".to_owned(), value);
        }
        if let Some(subject) = self.subject(schema, scope) {
            for member in subject.members() {
                if let Some(value) = self.member(member, subject, schema) {
                    members.insert((*member).to_owned(), value);
                }
            }
        }
        Value::Object(members)
    }

    fn member(&self, name: &str, subject: Subject<'_>, schema: &Schema) -> Option<Value> {
        let text = self.detail(name).trim();
        match name {
            "within" | "gap" => (!text.is_empty()).then(|| span(text, self.detail(&format!("{name}_unit")))),
            "where" => {
                let scope = subject.things(schema)?;
                (!self.filter.rules.is_empty()).then(|| self.filter.to_json(schema, scope))
            }
            "then" => {
                let mut then = Map::new();
                let name = self.detail("then_name").trim();
                if !name.is_empty() {
                    then.insert("name".to_owned(), name.into());
                }
                if let Ok(json) = serde_json::from_str::<Value>(self.detail("then_where")) {
                    then.insert("where".to_owned(), json);
                }
                Some(Value::Object(then))
            }
            // What is meant when nothing is said.
            "type" | "channel" if ["text", "email"].contains(&text) => None,
            _ => (!text.is_empty()).then(|| text.into()),
        }
    }

    fn value(&self, shape: Shape) -> Option<Value> {
        let nth = |n: usize| self.values.get(n).map_or("", |value| value.trim());
        let day = |n: usize| if nth(n).is_empty() { nth(n + 1) } else { nth(n) };
        Some(match shape {
            Shape::Nothing => return None,
            Shape::Text | Shape::Pattern => self.values.first().map_or("", String::as_str).into(),
            Shape::Texts | Shape::Ids => {
                // A text area has one value a line, check boxes have one value each, and tags are
                // written as everywhere else: with | between them where one has a comma in it.
                let joined = self.values.iter().any(|value| value.contains('|'));
                let separators: &[char] = match (self.field == Subject::Tags.name(), joined) {
                    (true, true) => &['|'],
                    (true, false) => &[',', ';'],
                    (false, _) => &['\n'],
                };
                let lines = self.values.iter().flat_map(|value| value.split(separators));
                let texts = lines.map(str::trim).filter(|line| !line.is_empty());
                texts.collect::<Vec<_>>().into()
            }
            Shape::Number | Shape::Times => number(nth(0)),
            Shape::Numbers => json!([number(nth(0)), number(nth(1))]),
            Shape::Truth => match nth(0) {
                "true" => true.into(),
                "false" => false.into(),
                other => other.into(),
            },
            Shape::Segment | Shape::Subscription | Shape::TopicState | Shape::Id => nth(0).into(),
            Shape::Day | Shape::Point => day(0).into(),
            // Two days have two fields each.
            Shape::Points => json!([day(0), if self.values.len() > 2 { day(2) } else { nth(1) }]),
            Shape::Span => span(nth(0), &self.unit),
        })
    }
}

/// The number, or the text that is none.
fn number(text: &str) -> Value {
    let whole = text.parse::<i64>().map(Value::from);
    whole
        .or_else(|_| text.parse::<f64>().map(Value::from))
        .unwrap_or_else(|_| text.into())
}

fn span(amount: &str, unit: &str) -> Value {
    let unit = if unit.is_empty() { Unit::Days.word() } else { unit };
    json!({ "amount": number(amount.trim()), "unit": unit })
}
