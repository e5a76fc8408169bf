//! Custom fields.

use serde_json::{Value, json};

use crate::demo::population::{INDUSTRIES, INTERESTS, PLANS, Person};

/// All of them, as the API takes them.
pub fn fields() -> Vec<Value> {
    vec![
        json!({"key": "plan", "label": "Plan", "type": "select", "options": PLANS, "filterable": true}),
        json!({"key": "signed_up", "label": "Signed up", "type": "date"}),
        json!({"key": "seats", "label": "Seats", "type": "number"}),
        json!({"key": "industry", "label": "Industry", "type": "select", "options": INDUSTRIES}),
        json!({"key": "interests", "label": "Interests", "type": "multiselect", "options": INTERESTS}),
        json!({"key": "newsletter", "label": "Reads the newsletter", "type": "boolean"}),
    ]
}

/// What a person has in them.
pub fn attributes(person: &Person, signed_up: jiff::civil::Date) -> Value {
    json!({
        "plan": person.plan,
        "signed_up": signed_up,
        "seats": person.seats,
        "industry": person.industry,
        "interests": person.interests,
        "newsletter": person.newsletter,
    })
}
