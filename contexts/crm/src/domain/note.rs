//! Notes: what people write down about a contact.

use kernel::{ContactId, NoteId, Timestamp, UserId};

use super::text::{self, InvalidText};

/// The most characters that a note has.
pub const MAX_NOTE: usize = 10_000;

/// What a note is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NoteKind {
    #[default]
    General,
    /// A mail that was exchanged outside of the platform.
    Email,
    Call,
    Meeting,
}

impl NoteKind {
    pub const ALL: [NoteKind; 4] = [
        NoteKind::General,
        NoteKind::Email,
        NoteKind::Call,
        NoteKind::Meeting,
    ];

    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            NoteKind::General => "general",
            NoteKind::Email => "email",
            NoteKind::Call => "call",
            NoteKind::Meeting => "meeting",
        }
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What somebody wrote down about a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub id: NoteId,
    pub contact: ContactId,
    pub kind: NoteKind,
    pub text: String,
    /// When what it tells of took place.
    pub occurred_at: Timestamp,
    /// Nobody, when a program wrote it.
    pub created_by: Option<UserId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What a note is to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoteDraft {
    pub kind: NoteKind,
    pub text: String,
    pub occurred_at: Option<Timestamp>,
}

/// Why a note cannot be so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidNote {
    Empty,
    TooLong,
    ControlCharacter,
}

impl NoteDraft {
    /// The draft with its text as it is stored.
    pub fn check(self) -> Result<Self, InvalidNote> {
        let text = text::multi_line(&self.text, MAX_NOTE).map_err(|error| match error {
            InvalidText::ControlCharacter => InvalidNote::ControlCharacter,
            InvalidText::TooLong { .. } => InvalidNote::TooLong,
        })?;
        if text.is_empty() {
            return Err(InvalidNote::Empty);
        }
        Ok(Self { text, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Result<String, InvalidNote> {
        let draft = NoteDraft {
            text: text.to_owned(),
            ..NoteDraft::default()
        };
        draft.check().map(|draft| draft.text)
    }

    #[test]
    fn a_note_says_something() {
        assert_eq!(
            text(" Called.\r\nNo answer. "),
            Ok("Called.\nNo answer.".to_owned())
        );
        assert_eq!(text(" \n "), Err(InvalidNote::Empty));
        assert_eq!(text(&"x".repeat(10_001)), Err(InvalidNote::TooLong));
        assert_eq!(text("a\u{0}b"), Err(InvalidNote::ControlCharacter));
    }
}
