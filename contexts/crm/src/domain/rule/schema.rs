use std::collections::BTreeSet;

use kernel::SegmentId;

use super::tree::{Activity, CoreText, CoreTime};

/// What a field holds, and so how it can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Free text.
    Text,
    /// One of several choices.
    Choice,
    /// A number.
    Number,
    /// Yes or no.
    Truth,
    /// A calendar day.
    Day,
    /// An instant.
    Instant,
    /// A set of words.
    Set,
    /// A [`super::SubscriptionState`].
    Subscription,
    /// Membership in segments.
    Segment,
    /// What happened to mail.
    Mail(Activity),
}

/// What a custom field can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttributeKind {
    Text,
    Choice,
    Number,
    Truth,
    Day,
    Instant,
    Set,
}

impl From<AttributeKind> for Kind {
    fn from(kind: AttributeKind) -> Self {
        match kind {
            AttributeKind::Text => Kind::Text,
            AttributeKind::Choice => Kind::Choice,
            AttributeKind::Number => Kind::Number,
            AttributeKind::Truth => Kind::Truth,
            AttributeKind::Day => Kind::Day,
            AttributeKind::Instant => Kind::Instant,
            AttributeKind::Set => Kind::Set,
        }
    }
}

/// A custom field, as far as rules care.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeField {
    /// Its key in the attributes.
    pub key: String,
    /// What people call it.
    pub label: String,
    /// What it holds.
    pub kind: AttributeKind,
    /// The choices of `Choice` and `Set`.
    pub options: Vec<String>,
}

/// What a condition looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject<'a> {
    /// A column of text.
    Text(CoreText),
    /// A column with an instant.
    Time(CoreTime),
    /// A custom field.
    Attribute(&'a AttributeField),
    /// The tags.
    Tags,
    /// Whether mail may be sent.
    Subscription,
    /// Membership in another segment.
    Segment,
    /// What happened to mail.
    Mail(Activity),
}

/// Columns of text and their names.
pub const CORE_TEXTS: [(CoreText, &str); 10] = [
    (CoreText::Email, "email"),
    (CoreText::FirstName, "first_name"),
    (CoreText::LastName, "last_name"),
    (CoreText::Phone, "phone"),
    (CoreText::Company, "company"),
    (CoreText::City, "city"),
    (CoreText::Country, "country"),
    (CoreText::ExternalId, "external_id"),
    (CoreText::Timezone, "timezone"),
    (CoreText::Locale, "locale"),
];

/// Columns with an instant and their names.
pub const CORE_TIMES: [(CoreTime, &str); 3] = [
    (CoreTime::Created, "created_at"),
    (CoreTime::Updated, "updated_at"),
    (CoreTime::LastActive, "last_active_at"),
];

/// In front of the key of a custom field.
pub const ATTRIBUTE_PREFIX: &str = "attributes.";

impl CoreText {
    /// The column and the word in JSON.
    pub fn name(self) -> &'static str {
        let found = CORE_TEXTS.iter().find(|(text, _)| *text == self);
        found.expect("each has its line in the table").1
    }
}

impl CoreTime {
    /// The column and the word in JSON.
    pub fn name(self) -> &'static str {
        let found = CORE_TIMES.iter().find(|(time, _)| *time == self);
        found.expect("each has its line in the table").1
    }
}

impl Activity {
    /// The word in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Activity::Sent => "mail.sent",
            Activity::Opened => "mail.opened",
            Activity::Clicked => "mail.clicked",
            Activity::Bounced => "mail.bounced",
        }
    }
}

impl Subject<'_> {
    /// The word in JSON.
    pub fn name(&self) -> String {
        match self {
            Subject::Text(text) => text.name().to_owned(),
            Subject::Time(time) => time.name().to_owned(),
            Subject::Attribute(field) => format!("{ATTRIBUTE_PREFIX}{}", field.key),
            Subject::Tags => "tags".to_owned(),
            Subject::Subscription => "subscription".to_owned(),
            Subject::Segment => "segment".to_owned(),
            Subject::Mail(activity) => activity.name().to_owned(),
        }
    }

    /// What it holds.
    pub fn kind(&self) -> Kind {
        match self {
            Subject::Text(_) => Kind::Text,
            Subject::Time(_) => Kind::Instant,
            Subject::Attribute(field) => field.kind.into(),
            Subject::Tags => Kind::Set,
            Subject::Subscription => Kind::Subscription,
            Subject::Segment => Kind::Segment,
            Subject::Mail(activity) => Kind::Mail(*activity),
        }
    }
}

/// The fields that rules of an organisation may use, and the segments that this rule may.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    attributes: Vec<AttributeField>,
    segments: Option<BTreeSet<SegmentId>>,
}

impl Schema {
    /// The fields that everybody has, and these.
    pub const fn new(attributes: Vec<AttributeField>) -> Self {
        Self {
            attributes,
            segments: None,
        }
    }

    /// Refuses all segments but these: those that exist and do not depend on the rule's own.
    /// Otherwise any is accepted, for a rule that was checked when it was saved.
    pub fn with_segments(mut self, segments: BTreeSet<SegmentId>) -> Self {
        self.segments = Some(segments);
        self
    }

    /// Whether the rule may look at a segment.
    pub fn may_use(&self, segment: SegmentId) -> bool {
        self.segments
            .as_ref()
            .is_none_or(|segments| segments.contains(&segment))
    }

    /// The custom fields.
    pub fn attributes(&self) -> &[AttributeField] {
        &self.attributes
    }

    /// The custom field of that key.
    pub fn attribute(&self, key: &str) -> Option<&AttributeField> {
        self.attributes.iter().find(|field| field.key == key)
    }

    /// What a word in JSON stands for.
    pub fn subject(&self, name: &str) -> Option<Subject<'_>> {
        if let Some(key) = name.strip_prefix(ATTRIBUTE_PREFIX) {
            return self.attribute(key).map(Subject::Attribute);
        }
        fixed_subjects().find(|subject| subject.name() == name)
    }
}

/// What everybody has, in the order that people are offered it.
pub fn fixed_subjects() -> impl Iterator<Item = Subject<'static>> {
    let texts = CORE_TEXTS.iter().map(|(text, _)| Subject::Text(*text));
    let times = CORE_TIMES.iter().map(|(time, _)| Subject::Time(*time));
    let mails = Activity::ALL.into_iter().map(Subject::Mail);
    texts
        .chain(times)
        .chain([Subject::Tags, Subject::Subscription, Subject::Segment])
        .chain(mails)
}

#[cfg(test)]
mod tests {
    use super::{AttributeField, AttributeKind, Schema, Subject, fixed_subjects};

    #[test]
    fn every_subject_is_found_by_its_name() {
        let plan = AttributeField {
            key: "plan".to_owned(),
            label: "Plan".to_owned(),
            kind: AttributeKind::Choice,
            options: vec!["pro".to_owned()],
        };
        let schema = Schema::new(vec![plan.clone()]);
        for subject in fixed_subjects() {
            assert_eq!(schema.subject(&subject.name()), Some(subject));
        }
        assert_eq!(schema.subject("attributes.plan"), Some(Subject::Attribute(&plan)));
        for unknown in ["plan", "attributes.", "attributes.x", "mail", "org_id", ""] {
            assert_eq!(schema.subject(unknown), None, "{unknown}");
        }
    }
}
