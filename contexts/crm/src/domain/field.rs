//! Custom fields: what the keys of a contact's attributes mean.

use kernel::{FieldId, Timestamp};

use super::text;

/// The most fields that an organisation defines.
pub const MAX_FIELDS: usize = 500;
/// The most choices of a select.
pub const MAX_OPTIONS: usize = 500;
const MAX_LABEL: usize = 100;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FieldType {
    Text,
    Number,
    Boolean,
    Date,
    Datetime,
    Select,
    Multiselect,
    Url,
    Phone,
}

impl FieldType {
    pub const ALL: [FieldType; 9] = [
        FieldType::Text,
        FieldType::Number,
        FieldType::Boolean,
        FieldType::Date,
        FieldType::Datetime,
        FieldType::Select,
        FieldType::Multiselect,
        FieldType::Url,
        FieldType::Phone,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            FieldType::Text => "text",
            FieldType::Number => "number",
            FieldType::Boolean => "boolean",
            FieldType::Date => "date",
            FieldType::Datetime => "datetime",
            FieldType::Select => "select",
            FieldType::Multiselect => "multiselect",
            FieldType::Url => "url",
            FieldType::Phone => "phone",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Whether its values are chosen from options.
    #[must_use]
    pub const fn has_options(self) -> bool {
        matches!(self, FieldType::Select | FieldType::Multiselect)
    }
}

/// A custom field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub id: FieldId,
    pub key: String,
    pub label: String,
    pub kind: FieldType,
    /// The choices of a select. A multiselect without options takes any text.
    pub options: Vec<String>,
    /// Wants an index, since people filter by it.
    pub filterable: bool,
    /// Has it.
    pub indexed: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Why a field cannot be so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidField {
    #[error("a key has small letters, digits and _ and begins with a letter")]
    Key,
    #[error("contacts have a field of this name already")]
    ReservedKey,
    #[error("the label is missing or too long")]
    Label,
    #[error("a select needs options")]
    OptionsMissing,
    #[error("there are too many options, or one is too long")]
    Options,
}

/// What people say of a field; checked by [`FieldDefinition::check`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldDefinition {
    pub key: String,
    pub label: String,
    pub kind: FieldType,
    pub options: Vec<String>,
    pub filterable: bool,
}

impl FieldDefinition {
    /// Checks and normalises. Problems come with the name of the member that they are in.
    pub fn check(self) -> Result<Self, Vec<(&'static str, InvalidField)>> {
        let mut problems = Vec::new();
        if let Err(problem) = check_key(&self.key) {
            problems.push(("key", problem));
        }
        let label = text::single_line(&self.label, MAX_LABEL).unwrap_or_default();
        if label.is_empty() {
            problems.push(("label", InvalidField::Label));
        }
        let options = if self.kind.has_options() {
            clean_options(&self.options)
        } else {
            Ok(Vec::new())
        };
        match &options {
            Err(problem) => problems.push(("options", *problem)),
            Ok(list) if list.is_empty() && self.kind == FieldType::Select => {
                problems.push(("options", InvalidField::OptionsMissing));
            }
            Ok(_) => {}
        }
        match options {
            Ok(options) if problems.is_empty() => Ok(Self {
                label,
                options,
                ..self
            }),
            _ => Err(problems),
        }
    }
}

/// Names that a custom field would shadow.
const RESERVED: [&str; 18] = [
    "id",
    "email",
    "external_id",
    "first_name",
    "last_name",
    "phone",
    "company",
    "city",
    "country",
    "locale",
    "timezone",
    "tags",
    "attributes",
    "source",
    "created_at",
    "updated_at",
    "last_active_at",
    "name",
];

/// Whether a text is a key, and one that is free to use.
pub fn check_key(key: &str) -> Result<(), InvalidField> {
    let fine = key.len() <= 63
        && key.starts_with(|c: char| c.is_ascii_lowercase())
        && key
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if !fine {
        return Err(InvalidField::Key);
    }
    if RESERVED.contains(&key) {
        Err(InvalidField::ReservedKey)
    } else {
        Ok(())
    }
}

/// A key made from what people call a field, if there is a usable one: `Lead score (%)` becomes
/// `lead_score`, `Straße` becomes `stra_e`.
#[must_use]
pub fn key_from_label(label: &str) -> Option<String> {
    let key = key_like(label);
    check_key(&key).is_ok().then_some(key)
}

/// The same, also when it is none that a custom field can have.
#[must_use]
pub fn key_like(label: &str) -> String {
    let mut key = String::new();
    let mut previous_is_lower = false;
    for c in label.trim().chars() {
        if c.is_ascii_alphanumeric() {
            if c.is_ascii_uppercase() && previous_is_lower {
                key.push('_');
            }
            key.push(c.to_ascii_lowercase());
        } else if !key.is_empty() && !key.ends_with('_') {
            key.push('_');
        }
        previous_is_lower = c.is_ascii_lowercase();
    }
    let mut key = key.trim_matches('_').to_owned();
    if key.starts_with(|c: char| c.is_ascii_digit()) {
        key.insert_str(0, "field_");
    }
    key.truncate(63);
    key.trim_end_matches('_').to_owned()
}

fn clean_options(options: &[String]) -> Result<Vec<String>, InvalidField> {
    let mut clean = Vec::new();
    for option in options {
        let option = text::single_line(option, 200).map_err(|_| InvalidField::Options)?;
        // `|` separates the values of a multiselect in files.
        if option.contains('|') {
            return Err(InvalidField::Options);
        }
        if !option.is_empty() && !clean.contains(&option) {
            clean.push(option);
        }
    }
    if clean.len() > MAX_OPTIONS {
        Err(InvalidField::Options)
    } else {
        Ok(clean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition() -> FieldDefinition {
        FieldDefinition {
            key: "plan".to_owned(),
            label: " The  plan ".to_owned(),
            kind: FieldType::Select,
            options: vec![
                "Free".to_owned(),
                " ".to_owned(),
                "Pro".to_owned(),
                "Free ".to_owned(),
            ],
            filterable: true,
        }
    }

    #[test]
    fn a_definition_is_tidied() {
        let field = definition().check().expect("valid");
        assert_eq!(field.label, "The plan");
        assert_eq!(field.options, ["Free", "Pro"]);
        let text = FieldDefinition {
            kind: FieldType::Text,
            ..definition()
        }
        .check()
        .expect("valid");
        assert!(text.options.is_empty());
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let bad = FieldDefinition {
            key: "Plan".to_owned(),
            label: " ".to_owned(),
            options: vec![],
            ..definition()
        };
        assert_eq!(
            bad.check(),
            Err(vec![
                ("key", InvalidField::Key),
                ("label", InvalidField::Label),
                ("options", InvalidField::OptionsMissing)
            ])
        );
        assert_eq!(check_key("email"), Err(InvalidField::ReservedKey));
        assert_eq!(check_key("_a"), Err(InvalidField::Key));
        assert_eq!(check_key(""), Err(InvalidField::Key));
    }

    #[test]
    fn keys_are_made_from_what_people_write() {
        assert_eq!(key_from_label("Lead score (%)").as_deref(), Some("lead_score"));
        assert_eq!(key_from_label("signupDate").as_deref(), Some("signup_date"));
        assert_eq!(
            key_from_label("2nd address").as_deref(),
            Some("field_2nd_address")
        );
        assert_eq!(key_from_label("E-mail").as_deref(), Some("e_mail"));
        assert_eq!(key_from_label("名前"), None);
        assert_eq!(key_from_label("Email"), None, "reserved");
    }
}
