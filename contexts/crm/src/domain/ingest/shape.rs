//! Which properties events of a name have, and of which types: what pickers offer.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::message::Message;
use crate::domain::field_value::{DateOrder, datetime};

/// The most properties of a name that are remembered.
const MOST: usize = 100;
/// The longest name of a property that is remembered.
const MAX_NAME: usize = 100;

/// Types of values by the names of properties; members of objects by `outer.inner`.
pub type Shape = BTreeMap<String, BTreeSet<&'static str>>;

/// What a batch adds to the catalogue, of one name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub count: i64,
    pub shape: Shape,
}

/// Counts events by name.
pub fn tally<'a>(messages: impl IntoIterator<Item = &'a Message>) -> BTreeMap<&'a str, Tally> {
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for message in messages.into_iter().filter(|message| !message.name.is_empty()) {
        let tally = tallies.entry(&message.name).or_default();
        tally.count += 1;
        add(&mut tally.shape, "", &message.properties, 0);
    }
    tallies
}

fn add(shape: &mut Shape, prefix: &str, members: &Map<String, Value>, depth: usize) {
    for (key, value) in members {
        let name = if prefix.is_empty() {
            key.clone()
        } else {
            format!("{prefix}.{key}")
        };
        if name.is_empty() || name.len() > MAX_NAME {
            continue;
        }
        match value {
            Value::Object(inner) if depth < 2 => add(shape, &name, inner, depth + 1),
            Value::Null => {}
            _ => {
                if shape.len() < MOST || shape.contains_key(&name) {
                    shape.entry(name).or_default().insert(type_of(value));
                }
            }
        }
    }
}

/// The word for a value's type.
#[must_use]
pub fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        // Only what begins like a date is worth the look.
        Value::String(text) if text.len() >= 10 && text.as_bytes()[0].is_ascii_digit() => {
            match datetime(text, DateOrder::default()) {
                Ok(_) => "datetime",
                Err(_) => "text",
            }
        }
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_shape_of_events_is_learned() {
        let mut shape = Shape::new();
        for properties in [
            json!({"total": 9.5, "coupon": null, "at": "2026-03-01T12:00:00Z", "cart": {"items": [1], "currency": "EUR"}}),
            json!({"total": "9.5"}),
        ] {
            add(&mut shape, "", properties.as_object().expect("an object"), 0);
        }
        let told: Vec<_> = shape
            .iter()
            .map(|(k, v)| (k.as_str(), Vec::from_iter(v.iter().copied())))
            .collect();
        assert_eq!(
            told,
            [
                ("at", vec!["datetime"]),
                ("cart.currency", vec!["text"]),
                ("cart.items", vec!["list"]),
                ("total", vec!["number", "text"]),
            ]
        );
    }
}
