//! Data as people read it: each part under its name, each value beside its own.

use maud::{Markup, html};
use platform::L10n;
use serde_json::{Map, Value};
use ui_kit::{Text, facts};

/// Everything that is known of a person.
pub fn readable(l10n: &L10n, data: &Map<String, Value>) -> Markup {
    html! {
        @for (context, parts) in data {
            @if let Value::Object(parts) = parts {
                @for (part, value) in parts {
                    @if !is_empty(value) {
                        section {
                            h2 { (heading(l10n, context, part)) }
                            (shown(value))
                        }
                    }
                }
            }
        }
    }
}

/// Parts that people come across have a name of their own; the others are called what they are.
fn heading(l10n: &L10n, context: &str, part: &str) -> String {
    let key = match (context, part) {
        ("crm", "contact") => "crm-export-part-contact",
        ("crm", "consents") => "crm-export-part-consents",
        ("crm", "subscriptions") => "crm-export-part-subscriptions",
        ("crm", "events") => "crm-export-part-events",
        ("crm", "contact_changes") => "crm-export-part-changes",
        ("crm", "notes") => "crm-export-part-notes",
        ("delivery", "messages") => "crm-export-part-messages",
        ("delivery", "not_written_to") => "crm-export-part-suppressions",
        _ => return spaced(part),
    };
    l10n.t(key)
}

fn spaced(name: &str) -> String {
    let mut text = name.replace('_', " ");
    if let Some(first) = text.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    text
}

fn shown(value: &Value) -> Markup {
    match value {
        Value::Object(members) => {
            let pairs: Vec<(Text<'_>, Markup)> = members
                .iter()
                .filter(|(name, value)| !is_empty(value) && !is_technical(name))
                .map(|(name, value)| (spaced(name).into(), shown(value)))
                .collect();
            facts(&pairs)
        }
        Value::Array(items) => html! {
            @if items.iter().all(|item| !item.is_object() && !item.is_array()) {
                @for (n, item) in items.iter().enumerate() { @if n > 0 { ", " } (shown(item)) }
            } @else {
                @for item in items { (shown(item)) hr; }
            }
        },
        Value::String(text) => html! { (text) },
        other => html! { (other.to_string()) },
    }
}

/// What only programs read; the file has it.
fn is_technical(name: &str) -> bool {
    matches!(name, "id" | "email_domain" | "filled_in_with")
        || name.ends_with("_id")
        || name.ends_with("_key")
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use platform::L10n;
    use serde_json::json;

    use super::readable;

    #[test]
    fn what_is_known_is_shown_and_never_run() {
        let data = json!({"crm": {"contact": {"first_name": "<script>", "tags": ["a", "b"], "phone": ""}, "notes": []}});
        let page = readable(&L10n::default(), data.as_object().expect("an object")).into_string();
        assert!(page.contains("&lt;script&gt;") && page.contains("a, b"), "{page}");
        assert!(!page.contains("Phone") && !page.contains("Notes"), "{page}");
    }
}
