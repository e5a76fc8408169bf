//! Custom fields: what the keys of a contact's or record's attributes mean.

use kernel::{FieldId, Timestamp};
use serde_json::Value;

use super::{
    field_value::{self, InvalidValue, ValueRule},
    text,
};

/// The most fields that an organisation defines for contacts, or for one object.
pub const MAX_FIELDS: usize = 500;
/// The most choices of a select.
pub const MAX_OPTIONS: usize = 500;
/// What the fields of contacts have as their object.
pub const CONTACTS: &str = "contacts";
const MAX_LABEL: usize = 100;
const MAX_GROUP: usize = 50;
/// A limit larger than what any type takes would say nothing.
const MAX_LENGTH: usize = field_value::MAX_TEXT;

macro_rules! field_types {
    ($($(#[$doc:meta])* $name:ident = $word:literal),* $(,)?) => {
        /// What a field holds.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub enum FieldType { #[default] $($(#[$doc])* $name,)* }

        impl FieldType {
            /// In the order in which they are offered.
            pub const ALL: &'static [FieldType] = &[$(FieldType::$name,)*];

            /// The word that is stored and that the API has.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(FieldType::$name => $word,)* }
            }
        }
    };
}

field_types! {
    /// One line; several are accepted, since it once was the only text.
    Text = "text",
    /// Several lines.
    Textarea = "textarea",
    /// Text with markup.
    Html = "html",
    Number = "number",
    Boolean = "boolean",
    Date = "date",
    Datetime = "datetime",
    /// A time of day.
    Time = "time",
    /// One of the options.
    Select = "select",
    /// Any number of the options; any words when there are none.
    Multiselect = "multiselect",
    /// Any text; the options are suggestions.
    Lookup = "lookup",
    Email = "email",
    Phone = "phone",
    Url = "url",
    /// A country, by name.
    Country = "country",
    /// A state or province, by name.
    Region = "region",
    /// A language tag.
    Locale = "locale",
    /// An IANA time zone.
    Timezone = "timezone",
}

impl FieldType {
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }

    /// Whether its values are chosen from options, or suggested by them.
    #[must_use]
    pub const fn has_options(self) -> bool {
        matches!(
            self,
            FieldType::Select | FieldType::Multiselect | FieldType::Lookup
        )
    }

    /// Whether its values are texts whose length can be limited.
    #[must_use]
    pub const fn has_length(self) -> bool {
        matches!(
            self,
            FieldType::Text
                | FieldType::Textarea
                | FieldType::Html
                | FieldType::Lookup
                | FieldType::Email
                | FieldType::Phone
                | FieldType::Url
        )
    }

    /// Whether a value can tell one from all others.
    #[must_use]
    pub const fn can_identify(self) -> bool {
        matches!(
            self,
            FieldType::Text
                | FieldType::Lookup
                | FieldType::Number
                | FieldType::Email
                | FieldType::Phone
                | FieldType::Url
        )
    }
}

/// What is said of a field besides its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldFlags {
    /// Forms and the creation of one by the API are refused without it.
    pub required: bool,
    /// Shown on the page of a contact or record.
    pub visible: bool,
    /// Offered as a column of lists.
    pub listable: bool,
    /// May be set by whoever visits a site: by tracking and by public forms.
    pub publicly_updatable: bool,
    /// No two have the same value.
    pub unique_identifier: bool,
}

impl Default for FieldFlags {
    fn default() -> Self {
        Self {
            required: false,
            visible: true,
            listable: false,
            publicly_updatable: false,
            unique_identifier: false,
        }
    }
}

/// The groups that every organisation has, in their order. Own ones follow by name.
pub const GROUPS: [&str; 4] = ["core", "professional", "personal", "social"];

/// Where a group stands among the others.
#[must_use]
pub fn group_order(group: &str) -> (usize, &str) {
    let place = GROUPS.iter().position(|known| *known == group);
    (place.unwrap_or(GROUPS.len()), group)
}

/// A custom field.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    pub id: FieldId,
    /// [`CONTACTS`], or the key of an object.
    pub object: String,
    pub key: String,
    pub label: String,
    pub kind: FieldType,
    /// The choices of a select. A multiselect without options takes any text.
    pub options: Vec<String>,
    pub flags: FieldFlags,
    /// The most characters of a text.
    pub max_length: Option<usize>,
    /// What somebody new has when nothing else is said.
    pub default_value: Option<Value>,
    pub group: String,
    /// Its place within its group.
    pub position: i32,
    /// Wants an index, since people filter by it.
    pub filterable: bool,
    /// Has it.
    pub indexed: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Field {
    /// A field as it was defined and checked, not stored yet.
    #[must_use]
    pub fn new(id: FieldId, definition: FieldDefinition, now: Timestamp) -> Self {
        Self {
            id,
            object: definition.object,
            key: definition.key,
            label: definition.label,
            kind: definition.kind,
            options: definition.options,
            flags: definition.flags,
            max_length: definition.max_length,
            default_value: definition.default_value,
            group: definition.group,
            position: definition.position,
            filterable: definition.filterable,
            indexed: false,
            created_at: now,
            updated_at: now,
        }
    }

    /// What its values are checked against.
    #[must_use]
    pub fn rule(&self) -> ValueRule<'_> {
        ValueRule {
            max_length: self.max_length,
            ..ValueRule::of(self.kind, &self.options)
        }
    }

    /// The text by which a value tells one from all others; capitals do not.
    #[must_use]
    pub fn identity_of(value: &Value) -> String {
        field_value::to_text(value).to_lowercase()
    }
}

/// What those that are new have by default, besides what is said of them.
pub fn defaults(fields: &[Field]) -> impl Iterator<Item = (&str, &Value)> {
    fields
        .iter()
        .filter_map(|field| Some((field.key.as_str(), field.default_value.as_ref()?)))
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
    #[error("the name of the group is missing or too long")]
    Group,
    #[error("the limit is none, or the type has no length")]
    MaxLength,
    #[error("the default does not fit the type: {0}")]
    Default(InvalidValue),
    #[error("values of this type cannot tell one from another")]
    CannotIdentify,
}

/// What people say of a field; checked by [`FieldDefinition::check`].
#[derive(Clone, Debug, PartialEq)]
pub struct FieldDefinition {
    /// [`CONTACTS`], or the key of an object.
    pub object: String,
    pub key: String,
    pub label: String,
    pub kind: FieldType,
    pub options: Vec<String>,
    pub flags: FieldFlags,
    pub max_length: Option<usize>,
    /// As typed; the check makes it a value of the type.
    pub default_value: Option<Value>,
    pub group: String,
    pub position: i32,
    pub filterable: bool,
}

impl Default for FieldDefinition {
    fn default() -> Self {
        Self {
            object: CONTACTS.to_owned(),
            key: String::new(),
            label: String::new(),
            kind: FieldType::default(),
            options: Vec::new(),
            flags: FieldFlags::default(),
            max_length: None,
            default_value: None,
            group: GROUPS[0].to_owned(),
            position: 0,
            filterable: false,
        }
    }
}

impl FieldDefinition {
    /// Checks and normalises. Problems come with the name of the member that they are in.
    pub fn check(mut self) -> Result<Self, Vec<(&'static str, InvalidField)>> {
        let mut problems = Vec::new();
        if let Err(problem) = check_key_of(&self.object, &self.key) {
            problems.push(("key", problem));
        }
        self.label = text::single_line(&self.label, MAX_LABEL).unwrap_or_default();
        if self.label.is_empty() {
            problems.push(("label", InvalidField::Label));
        }
        if !self.kind.has_options() {
            self.options.clear();
        }
        match clean_options(&self.options) {
            Err(problem) => problems.push(("options", problem)),
            Ok(list) if list.is_empty() && self.kind == FieldType::Select => {
                problems.push(("options", InvalidField::OptionsMissing));
            }
            Ok(list) => self.options = list,
        }
        match text::single_line(&self.group, MAX_GROUP) {
            Ok(group) if !group.is_empty() => self.group = group,
            _ => problems.push(("group", InvalidField::Group)),
        }
        let length = |most| self.kind.has_length() && (1..=MAX_LENGTH).contains(&most);
        if !self.max_length.is_none_or(length) {
            problems.push(("max_length", InvalidField::MaxLength));
        }
        if self.flags.unique_identifier && !self.kind.can_identify() {
            problems.push(("unique_identifier", InvalidField::CannotIdentify));
        }
        match self.checked_default() {
            Ok(value) => self.default_value = value,
            Err(problem) => problems.push(("default_value", problem)),
        }
        if problems.is_empty() {
            Ok(self)
        } else {
            Err(problems)
        }
    }

    fn checked_default(&self) -> Result<Option<Value>, InvalidField> {
        let Some(given) = &self.default_value else {
            return Ok(None);
        };
        let rule = ValueRule {
            max_length: self.max_length,
            ..ValueRule::of(self.kind, &self.options)
        };
        let value = field_value::parse_json(rule, given).map_err(InvalidField::Default)?;
        // The second one with it would be refused.
        if value.is_some() && self.flags.unique_identifier {
            return Err(InvalidField::CannotIdentify);
        }
        Ok(value)
    }
}

/// Names that a custom field of contacts would shadow.
const RESERVED: [&str; 21] = [
    "id",
    "email",
    "external_id",
    "anonymous_id",
    "first_name",
    "last_name",
    "phone",
    "company",
    "company_record",
    "companies",
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

/// Names that a field of records would shadow.
const RESERVED_OF_RECORDS: [&str; 11] = [
    "id",
    "external_id",
    "name",
    "owner",
    "contacts",
    "role",
    "attributes",
    "links",
    "object",
    "created_at",
    "updated_at",
];

/// Whether a text is a key, and one that a field of contacts may have.
pub fn check_key(key: &str) -> Result<(), InvalidField> {
    check_key_of(CONTACTS, key)
}

/// Whether a text is a key, and one that a field of the object may have.
pub fn check_key_of(object: &str, key: &str) -> Result<(), InvalidField> {
    if !is_key(key) {
        return Err(InvalidField::Key);
    }
    let reserved: &[&str] = if object == CONTACTS {
        &RESERVED
    } else {
        &RESERVED_OF_RECORDS
    };
    if reserved.contains(&key) {
        Err(InvalidField::ReservedKey)
    } else {
        Ok(())
    }
}

/// Small letters, digits and `_`, the first a letter.
#[must_use]
pub fn is_key(key: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    key.len() <= 63 && key.starts_with(|c: char| c.is_ascii_lowercase()) && key.bytes().all(allowed)
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
            ..FieldDefinition::default()
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
        let bad = FieldDefinition {
            kind: FieldType::Boolean,
            flags: FieldFlags {
                unique_identifier: true,
                ..FieldFlags::default()
            },
            max_length: Some(10),
            default_value: Some("perhaps".into()),
            group: String::new(),
            ..definition()
        };
        let told: Vec<_> = bad
            .check()
            .expect_err("all is wrong")
            .into_iter()
            .map(|(member, _)| member)
            .collect();
        assert_eq!(
            told,
            ["group", "max_length", "unique_identifier", "default_value"]
        );
        assert_eq!(check_key("email"), Err(InvalidField::ReservedKey));
        assert_eq!(check_key_of("orders", "email"), Ok(()));
        assert_eq!(check_key_of("orders", "name"), Err(InvalidField::ReservedKey));
        assert_eq!(check_key("_a"), Err(InvalidField::Key));
        assert_eq!(check_key(""), Err(InvalidField::Key));
    }

    #[test]
    fn a_default_becomes_a_value_of_the_type() {
        let with = |kind, default: &str| {
            let definition = FieldDefinition {
                kind,
                default_value: Some(default.into()),
                ..definition()
            };
            definition.check().map(|definition| definition.default_value)
        };
        assert_eq!(with(FieldType::Number, "3"), Ok(Some(3.into())));
        assert_eq!(with(FieldType::Select, "pro"), Ok(Some("Pro".into())));
        assert_eq!(with(FieldType::Text, " "), Ok(None));
        assert!(with(FieldType::Date, "soon").is_err());
    }

    #[test]
    fn groups_of_ones_own_come_last() {
        let mut groups = ["zoo", "social", "core", "care"];
        groups.sort_by_key(|group| group_order(group));
        assert_eq!(groups, ["core", "social", "care", "zoo"]);
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
