//! Rows that are not imported, and why. A row is imported whole or not at all.

use crate::domain::{
    contact_value::InvalidContactValue, field_value::InvalidValue, tag::InvalidTag, text::InvalidText,
};

/// Declares the reasons, and the word for each that is stored, exported and translated.
macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// Why a row was not imported.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Reason { $($(#[$doc])* $name,)* }

        impl Reason {
            /// All reasons.
            pub const ALL: &'static [Reason] = &[$(Reason::$name,)*];
            /// The word for it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Reason::$name => $word,)* }
            }
            /// The reason of a word.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|reason| reason.as_str() == word)
            }
        }
    };
}

reasons! {
    /// The row has more than a megabyte, or more than 2,000 cells.
    RowTooLarge = "row_too_large",
    /// A quoted cell goes on to the end of the file.
    UnclosedQuote = "unclosed_quote",
    /// More cells than columns, and not only empty ones.
    TooManyCells = "too_many_cells",
    /// The bytes are not of the file's encoding.
    InvalidEncoding = "invalid_encoding",
    /// A byte that text cannot hold.
    NulByte = "nul_byte",
    /// Nothing that tells whose row it is.
    MissingIdentity = "missing_identity",
    InvalidEmail = "invalid_email",
    InvalidExternalId = "invalid_external_id",
    TooLong = "too_long",
    ControlCharacter = "control_character",
    NotANumber = "not_a_number",
    NotABoolean = "not_a_boolean",
    NotADate = "not_a_date",
    NotADatetime = "not_a_datetime",
    NotAnOption = "not_an_option",
    TooManyValues = "too_many_values",
    NotAUrl = "not_a_url",
    NotAPhone = "not_a_phone",
    NotALocale = "not_a_locale",
    NotATimezone = "not_a_timezone",
    NotATime = "not_a_time",
    NotACountry = "not_a_country",
    NotARegion = "not_a_region",
    InvalidTag = "invalid_tag",
    InvalidJson = "invalid_json",
    /// JSON of another kind than the field's.
    WrongKind = "wrong_kind",
    NotAnInteger = "not_an_integer",
    /// Nobody who works here has the address or name, or several have the name.
    UnknownOwner = "unknown_owner",
    UnknownStage = "unknown_stage",
    UnknownTopic = "unknown_topic",
    NotAnIp = "not_an_ip",
    /// Several companies have the name.
    AmbiguousCompany = "ambiguous_company",
    /// Another contact has the address.
    EmailTaken = "email_taken",
    /// Another contact has the identifier.
    ExternalIdTaken = "external_id_taken",
    /// Several contacts have what is to tell people apart.
    SeveralMatch = "several_match",
    /// Another contact or record has the value of a field that is unique.
    ValueTaken = "value_taken",
    /// Of a record: nothing that tells which one it is.
    MissingRecordKey = "missing_record_key",
    /// Neither a name nor an external ID.
    Nameless = "nameless",
    /// Another record has the identifier.
    RecordExternalIdTaken = "record_external_id_taken",
    /// Several records have the name.
    SeveralRecords = "several_records",
    UnknownContact = "unknown_contact",
    UnknownRecord = "unknown_record",
    UnknownRelation = "unknown_relation",
    /// More than one of what a record has at most one of.
    SingleRelation = "single_relation",
    NoContacts = "no_contacts",
}

/// A row that is not imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// The number of the record, the first after the header being 1.
    pub row: u64,
    /// The line that it begins at.
    pub line: u64,
    pub reason: Reason,
    /// The name of the column that is to blame, or empty.
    pub column: String,
    /// The row as it stood in the file.
    pub cells: Vec<String>,
}

impl From<InvalidText> for Reason {
    fn from(error: InvalidText) -> Self {
        match error {
            InvalidText::ControlCharacter => Reason::ControlCharacter,
            InvalidText::TooLong { .. } => Reason::TooLong,
        }
    }
}

impl From<InvalidContactValue> for Reason {
    fn from(error: InvalidContactValue) -> Self {
        match error {
            InvalidContactValue::Text(text) => text.into(),
            InvalidContactValue::Phone => Reason::NotAPhone,
            InvalidContactValue::Locale => Reason::NotALocale,
            InvalidContactValue::Timezone => Reason::NotATimezone,
        }
    }
}

impl From<InvalidValue> for Reason {
    fn from(error: InvalidValue) -> Self {
        match error {
            InvalidValue::Text(text) => text.into(),
            InvalidValue::Number => Reason::NotANumber,
            InvalidValue::Boolean => Reason::NotABoolean,
            InvalidValue::Date => Reason::NotADate,
            InvalidValue::Datetime => Reason::NotADatetime,
            InvalidValue::Option => Reason::NotAnOption,
            InvalidValue::TooMany => Reason::TooManyValues,
            InvalidValue::Url => Reason::NotAUrl,
            InvalidValue::Phone => Reason::NotAPhone,
            InvalidValue::Email => Reason::InvalidEmail,
            InvalidValue::Time => Reason::NotATime,
            InvalidValue::Country => Reason::NotACountry,
            InvalidValue::Region => Reason::NotARegion,
            InvalidValue::Locale => Reason::NotALocale,
            InvalidValue::Timezone => Reason::NotATimezone,
            InvalidValue::Kind => Reason::WrongKind,
        }
    }
}

impl From<InvalidTag> for Reason {
    fn from(_: InvalidTag) -> Self {
        Reason::InvalidTag
    }
}
