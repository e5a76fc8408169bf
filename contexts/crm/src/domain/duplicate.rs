//! Contacts that may be one person.

use kernel::{ContactId, Timestamp};

/// What makes two contacts alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// The same mailbox: `ann+news@example.com` and `ann@example.com`.
    Email,
    /// The one was known by what the other has now.
    Identifier,
    /// The same external ID but for its case.
    ExternalId,
    /// The same number, however it is written.
    Phone,
    /// The same name at the same company.
    Name,
}

impl Likeness {
    /// In the order in which they are looked for.
    pub const ALL: [Likeness; 5] = [
        Likeness::Email,
        Likeness::Identifier,
        Likeness::ExternalId,
        Likeness::Phone,
        Likeness::Name,
    ];

    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Likeness::Email => "email",
            Likeness::Identifier => "identifier",
            Likeness::ExternalId => "external_id",
            Likeness::Phone => "phone",
            Likeness::Name => "name",
        }
    }

    /// How much it says; what two are alike in is added up.
    #[must_use]
    pub const fn score(self) -> i32 {
        match self {
            Likeness::Email => 90,
            Likeness::Identifier => 80,
            Likeness::ExternalId => 70,
            Likeness::Phone => 50,
            Likeness::Name => 30,
        }
    }
}

/// Two contacts that may be one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The older one.
    pub first: ContactId,
    pub second: ContactId,
    pub reasons: Vec<String>,
    pub score: i32,
}

/// Where a page of pairs ended.
pub type DuplicatePosition = (i32, ContactId, ContactId);

/// A search for such pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DuplicateSearch {
    pub started_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    pub running: bool,
}
