//! From the texts of a form to JSON, typed as each field wants it, and back.

use serde_json::{Map, Value, json};

use super::{
    Activity, Matching, Operator, Schema, Shape, Unit,
    draft::{Draft, DraftCondition, DraftGroup},
    schema::{Kind, Subject},
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
    let (within, within_unit) = json.get("within").map(span_texts).unwrap_or_default();
    Draft::Condition(DraftCondition {
        field: text("field"),
        operator: text("operator"),
        values,
        unit,
        within,
        within_unit,
        campaign: text("campaign"),
        url_contains: text("url_contains"),
    })
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

impl DraftCondition {
    /// What the field holds, when there is such a field.
    pub fn kind(&self, schema: &Schema) -> Option<Kind> {
        schema.subject(&self.field).map(|subject| subject.kind())
    }

    /// What the operator wants, when the field knows it.
    pub fn shape(&self, schema: &Schema) -> Option<Shape> {
        let kind = self.kind(schema)?;
        let operator =
            Operator::of_word(&self.operator).filter(|operator| kind.operators().contains(operator))?;
        Some(kind.shape(operator))
    }

    pub(super) fn settle(&mut self, schema: &Schema) {
        let Some(kind) = self.kind(schema) else { return };
        if self.shape(schema).is_none() {
            self.operator = kind.operators()[0].word().to_owned();
            self.values.clear();
        }
        if !matches!(kind, Kind::Mail(_)) {
            self.within.clear();
            self.campaign.clear();
        }
        if kind != Kind::Mail(Activity::Clicked) {
            self.url_contains.clear();
        }
    }

    pub(super) fn to_json(&self, schema: &Schema) -> Value {
        let mut members = Map::new();
        members.insert("field".to_owned(), self.field.clone().into());
        members.insert("operator".to_owned(), self.operator.clone().into());
        if let Some(value) = self.shape(schema).and_then(|shape| self.value(shape)) {
            members.insert("value".to_owned(), value);
        }
        if !self.within.trim().is_empty() {
            members.insert("within".to_owned(), span(&self.within, &self.within_unit));
        }
        for (member, text) in [("campaign", &self.campaign), ("url_contains", &self.url_contains)] {
            if !text.trim().is_empty() {
                members.insert(member.to_owned(), text.trim().into());
            }
        }
        Value::Object(members)
    }

    fn value(&self, shape: Shape) -> Option<Value> {
        let nth = |n: usize| self.values.get(n).map_or("", |value| value.trim());
        Some(match shape {
            Shape::Nothing => return None,
            Shape::Text => self.values.first().map_or("", String::as_str).into(),
            Shape::Texts => {
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
            Shape::Day | Shape::Point | Shape::Segment | Shape::Subscription => nth(0).into(),
            Shape::Points => json!([nth(0), nth(1)]),
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
