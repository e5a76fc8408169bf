//! Traits: what a call says of a person, as changes to their contact.

use serde_json::{Map, Value};

use crate::domain::{
    contact::{Change, ContactPatch, TextField},
    contact_value::parse_text_field,
    field::{Field, FieldDefinition, FieldType, check_key, key_like},
    field_value::{self, DateOrder, ValueRule},
};

/// The reserved traits of Segment's API that have a column of their own, in both spellings.
const CORE: [(&str, TextField); 13] = [
    ("firstName", TextField::FirstName),
    ("first_name", TextField::FirstName),
    ("firstname", TextField::FirstName),
    ("lastName", TextField::LastName),
    ("last_name", TextField::LastName),
    ("lastname", TextField::LastName),
    ("phone", TextField::Phone),
    ("city", TextField::City),
    ("country", TextField::Country),
    ("locale", TextField::Locale),
    ("language", TextField::Locale),
    ("timezone", TextField::Timezone),
    ("timeZone", TextField::Timezone),
];

/// What is said elsewhere, or of the sender's own bookkeeping.
const PASSED_OVER: [&str; 9] = [
    "email",
    "id",
    "userId",
    "name",
    "company",
    "address",
    "createdAt",
    "created_at",
    "anonymousId",
];

/// Turns traits into changes. What does not fit is left out and said; what no field exists for is
/// left out as well. An empty or null trait clears.
pub fn patch(traits: &Map<String, Value>, fields: &[Field], remarks: &mut Vec<String>) -> ContactPatch {
    let mut patch = ContactPatch::default();
    full_name(traits, &mut patch);
    nested(traits, &mut patch, remarks);
    for (key, value) in traits {
        if PASSED_OVER.contains(&key.as_str()) {
            continue;
        }
        if let Some((_, field)) = CORE.iter().find(|(name, _)| name == key) {
            set_text(&mut patch, key, *field, value, remarks);
        } else if let Some(field) = field_of(fields, key) {
            // What tells people apart is not for whoever holds a public key, and a value that is somebody
            // else's would hold up all that is stored with it.
            if field.flags.unique_identifier {
                remarks.push(format!("traits.{key}: unique_field"));
                continue;
            }
            let rule = ValueRule {
                kind: field.kind,
                options: &field.options,
                dates: DateOrder::default(),
                max_length: field.max_length,
            };
            match field_value::parse_json(rule, value) {
                Ok(value) => patch.attributes.push((field.key.clone(), value)),
                Err(_) => remarks.push(format!("traits.{key}: does_not_fit")),
            }
        } else {
            remarks.push(format!("traits.{key}: no_field"));
        }
    }
    patch
}

fn field_of<'a>(fields: &'a [Field], key: &str) -> Option<&'a Field> {
    let like = key_like(key);
    fields.iter().find(|field| field.key == like)
}

fn set_text(patch: &mut ContactPatch, key: &str, field: TextField, value: &Value, remarks: &mut Vec<String>) {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return remarks.push(format!("traits.{key}: does_not_fit")),
    };
    match parse_text_field(field, &text) {
        Ok(text) => patch.texts.push((field, Change::Set(text))),
        Err(_) => remarks.push(format!("traits.{key}: does_not_fit")),
    }
}

/// `name` is for those who do not tell first and last name apart.
fn full_name(traits: &Map<String, Value>, patch: &mut ContactPatch) {
    let apart = ["firstName", "lastName", "first_name", "last_name"];
    if apart.iter().any(|key| traits.contains_key(*key)) {
        return;
    }
    let Some(name) = traits.get("name").and_then(Value::as_str) else {
        return;
    };
    let (first, last) = name.trim().split_once(' ').unwrap_or((name, ""));
    for (field, text) in [(TextField::FirstName, first), (TextField::LastName, last)] {
        if let Ok(text) = parse_text_field(field, text) {
            patch.texts.push((field, Change::Set(text)));
        }
    }
}

/// `company` is a name or an object with one; `address` an object with city and country.
fn nested(traits: &Map<String, Value>, patch: &mut ContactPatch, remarks: &mut Vec<String>) {
    match traits.get("company") {
        Some(Value::Object(company)) => {
            if let Some(name) = company.get("name") {
                set_text(patch, "company", TextField::Company, name, remarks);
            }
        }
        Some(value) => set_text(patch, "company", TextField::Company, value, remarks),
        None => {}
    }
    if let Some(Value::Object(address)) = traits.get("address") {
        for (key, field) in [("city", TextField::City), ("country", TextField::Country)] {
            if let Some(value) = address.get(key) {
                set_text(patch, key, field, value, remarks);
            }
        }
    }
}

/// Traits of a company as values of its fields; null clears. What does not fit is left out.
pub fn attributes(traits: &Map<String, Value>, fields: &[Field]) -> Vec<(String, Value)> {
    traits
        .iter()
        .filter_map(|(key, value)| {
            let field = field_of(fields, key).filter(|field| !field.flags.unique_identifier)?;
            let rule = ValueRule {
                kind: field.kind,
                options: &field.options,
                dates: DateOrder::default(),
                max_length: field.max_length,
            };
            let value = field_value::parse_json(rule, value).ok()?;
            Some((field.key.clone(), value.unwrap_or(Value::Null)))
        })
        .collect()
}

/// Fields that would have to exist for traits to be kept. Objects get none: what belongs together
/// belongs to an object of its own.
pub fn missing_fields<'a>(
    traits: impl IntoIterator<Item = &'a Map<String, Value>>,
    fields: &[Field],
) -> Vec<FieldDefinition> {
    let mut missing: Vec<FieldDefinition> = Vec::new();
    for (key, value) in traits.into_iter().flatten() {
        let like = key_like(key);
        let known = PASSED_OVER.contains(&key.as_str())
            || CORE.iter().any(|(name, _)| name == key)
            || check_key(&like).is_err()
            || fields.iter().any(|field| field.key == like)
            || missing.iter().any(|field| field.key == like);
        if known {
            continue;
        }
        if let Some(kind) = type_for(value) {
            missing.push(FieldDefinition {
                key: like,
                label: label(key),
                kind,
                ..FieldDefinition::default()
            });
        }
    }
    missing
}

fn label(key: &str) -> String {
    let words = key_like(key).replace('_', " ");
    let mut letters = words.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn type_for(value: &Value) -> Option<FieldType> {
    match value {
        Value::Bool(_) => Some(FieldType::Boolean),
        Value::Number(_) => Some(FieldType::Number),
        Value::String(text) if text.trim().is_empty() => None,
        Value::String(text) if text.parse::<jiff::Timestamp>().is_ok() => Some(FieldType::Datetime),
        Value::String(text) if text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok() => {
            Some(FieldType::Date)
        }
        Value::String(text) if text.starts_with("https://") || text.starts_with("http://") => {
            Some(FieldType::Url)
        }
        Value::String(_) => Some(FieldType::Text),
        Value::Array(items) if !items.is_empty() && items.iter().all(Value::is_string) => {
            Some(FieldType::Multiselect)
        }
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use kernel::FieldId;
    use serde_json::json;

    use super::*;

    fn field(key: &str) -> Field {
        let definition = FieldDefinition {
            key: key.to_owned(),
            label: key.to_owned(),
            ..FieldDefinition::default()
        };
        Field::new(FieldId::generate(), definition, jiff::Timestamp::UNIX_EPOCH)
    }

    fn members(value: Value) -> Map<String, Value> {
        value.as_object().cloned().expect("an object")
    }

    #[test]
    fn traits_become_what_contacts_have() {
        let fields = [field("plan")];
        let traits = members(json!({
            "email": "ann@example.com", "name": "Ann Smith", "phone": "+49 30 123",
            "address": {"city": "Bonn", "country": "Germany", "street": "x"},
            "company": {"name": "Acme"}, "plan": "pro", "age": 7, "timezone": "Mars/Base",
        }));
        let mut remarks = Vec::new();
        let patch = patch(&traits, &fields, &mut remarks);
        let text = |field| {
            patch
                .texts
                .iter()
                .find(|(f, _)| *f == field)
                .map(|(_, change)| change.clone())
        };
        assert_eq!(text(TextField::FirstName), Some(Change::Set("Ann".to_owned())));
        assert_eq!(text(TextField::LastName), Some(Change::Set("Smith".to_owned())));
        assert_eq!(text(TextField::City), Some(Change::Set("Bonn".to_owned())));
        assert_eq!(text(TextField::Company), Some(Change::Set("Acme".to_owned())));
        assert_eq!(patch.attributes, [("plan".to_owned(), Some(json!("pro")))]);
        assert_eq!(remarks, ["traits.age: no_field", "traits.timezone: does_not_fit"]);
    }

    #[test]
    fn a_field_that_tells_people_apart_is_left_alone() {
        let mut unique = field("member_no");
        unique.flags.unique_identifier = true;
        let traits = members(json!({"memberNo": "7"}));
        let mut remarks = Vec::new();
        assert_eq!(
            patch(&traits, std::slice::from_ref(&unique), &mut remarks),
            ContactPatch::default()
        );
        assert_eq!(remarks, ["traits.memberNo: unique_field"]);
        assert!(attributes(&traits, &[unique]).is_empty());
    }

    #[test]
    fn fields_are_made_for_values_that_one_can_hold() {
        let traits = members(json!({
            "seats": 3, "active": true, "signupDate": "2026-01-02", "lastLogin": "2026-01-02T10:00:00Z",
            "site": "https://x.example", "likes": ["a"], "nested": {"a": 1}, "empty": "", "firstName": "Ann", "Ünï": 1,
        }));
        let made = missing_fields([&traits], &[]);
        let mut told: Vec<_> = made.iter().map(|f| (f.key.as_str(), f.kind)).collect();
        told.sort_by_key(|(key, _)| *key);
        assert_eq!(
            told,
            [
                ("active", FieldType::Boolean),
                ("last_login", FieldType::Datetime),
                ("likes", FieldType::Multiselect),
                ("n", FieldType::Number),
                ("seats", FieldType::Number),
                ("signup_date", FieldType::Date),
                ("site", FieldType::Url),
            ]
        );
        assert_eq!(
            made.iter()
                .find(|f| f.key == "signup_date")
                .map(|f| f.label.as_str()),
            Some("Signup date")
        );
    }
}
