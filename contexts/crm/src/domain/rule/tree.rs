use kernel::{ObjectId, RelationId, SegmentId, TopicId};
use uuid::Uuid;

use super::{
    happening::{EventTest, RecordsTest, SequenceTest},
    value_test::{DateTest, IdTest, NumberTest, SetTest, TextTest, TruthTest},
};

/// A node of the tree.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// Several rules taken together.
    Group(Group),
    /// One statement about a contact.
    Condition(Condition),
}

/// Several rules taken together.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// How they are taken together.
    pub matching: Matching,
    /// Never empty, save for an `all` at the top, which everybody matches.
    pub rules: Vec<Rule>,
}

/// How many rules of a group must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matching {
    /// Every one.
    All,
    /// At least one.
    Any,
    /// Exactly one.
    One,
    /// Not one.
    None,
}

impl Matching {
    /// All of them.
    pub const ALL: [Matching; 4] = [Matching::All, Matching::Any, Matching::One, Matching::None];

    /// The member of the JSON object that holds the rules.
    pub const fn word(self) -> &'static str {
        match self {
            Matching::All => "all",
            Matching::Any => "any",
            Matching::One => "one",
            Matching::None => "none",
        }
    }

    /// The matching of that word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|matching| matching.word() == word)
    }
}

/// One statement about a contact.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// What must be the case.
    pub test: Test,
    /// Whether it must *not* be the case; then a contact without a value matches.
    pub negated: bool,
}

/// What can be said of a contact, of an event, or of a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Of a text.
    Text(TextSource, TextTest),
    /// Of a number.
    Number(NumberSource, NumberTest),
    /// Of a yes or no.
    Truth(TruthSource, TruthTest),
    /// Of a day or an instant.
    Date(DateSource, DateTest),
    /// Of a set of words.
    Set(SetSource, SetTest),
    /// Of an identifier.
    Id(IdSource, IdTest),
    /// Of whether mail may be sent to them.
    Subscription(SubscriptionState),
    /// Of what they said about a topic.
    Topic(TopicTest),
    /// They stand in another segment.
    Segment(SegmentId),
    /// Of what happened, and how often or when.
    Event(EventTest),
    /// Of what happened after something else.
    Sequence(Box<SequenceTest>),
    /// Of the records that belong to them, or that a record relates to.
    Records(RecordsTest),
}

/// Columns of contacts that hold text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoreText {
    /// `email`
    Email,
    /// `first_name`
    FirstName,
    /// `last_name`
    LastName,
    /// `phone`
    Phone,
    /// `company`
    Company,
    /// `city`
    City,
    /// `country`
    Country,
    /// `external_id`
    ExternalId,
    /// `timezone`
    Timezone,
    /// `locale`
    Locale,
}

/// Columns of contacts that hold an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoreTime {
    /// `created_at`
    Created,
    /// `updated_at`
    Updated,
    /// `last_active_at`
    LastActive,
    /// `identified_at`: when they said who they are; nothing for strangers.
    Identified,
}

/// Columns of records that hold text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordText {
    /// What lists call it.
    Name,
    /// As another system calls it.
    ExternalId,
    /// What the person is to it.
    Role,
}

/// Columns of records that hold an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordTime {
    /// When it was made.
    Created,
    /// When it was changed last.
    Updated,
    /// Since when it belongs to the person, or relates to the other record.
    Linked,
}

/// Ways to reach a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    Email,
    Sms,
    Push,
}

impl Channel {
    /// All of them.
    pub const ALL: [Channel; 3] = [Channel::Email, Channel::Sms, Channel::Push];

    /// The word in JSON and in the tables.
    pub const fn word(self) -> &'static str {
        match self {
            Channel::Email => "email",
            Channel::Sms => "sms",
            Channel::Push => "push",
        }
    }

    /// The channel of that word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.word() == word)
    }
}

/// Where a text stands. An attribute is the contact's, or within [`RecordsTest`] the record's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextSource {
    /// In a column.
    Core(CoreText),
    /// In an attribute that people write freely, or as a number or a date is written.
    Attribute(String),
    /// In an attribute that is one of several choices.
    Choice(String),
    /// In a property of an event.
    Property(Path),
    /// In a column of a record.
    Record(RecordText),
    /// Why a channel may not be used.
    DoNotContact(Channel),
}

/// Where a number stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NumberSource {
    /// In an attribute.
    Attribute(String),
    /// In a property of an event.
    Property(Path),
    /// The points.
    Points,
    /// How many identifiers there are besides address and external ID.
    Identifiers,
    /// From 0 up to 100, as good as random but always the same for a contact and a seed.
    Random(String),
}

/// Where a yes or no stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TruthSource {
    /// In an attribute.
    Attribute(String),
    /// In a property of an event.
    Property(Path),
    /// Whether they are known by no address and no identifier.
    Anonymous,
    /// Whether the record is the person's main one.
    Primary,
}

/// Where a day or an instant stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DateSource {
    /// An instant in a column.
    Core(CoreTime),
    /// A day in an attribute.
    Day(String),
    /// An instant in an attribute.
    Instant(String),
    /// The day that a property of an event begins with.
    Property(Path),
    /// When they came to their present stage.
    StageSince,
    /// An instant in a column of a record.
    Record(RecordTime),
}

/// Where a set of words stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetSource {
    /// The tags.
    Tags,
    /// An attribute with several choices.
    Attribute(String),
    /// A list in a property of an event.
    Property(Path),
}

/// Where an identifier stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdSource {
    /// Who looks after the contact, or within [`RecordsTest`] after the record.
    Owner,
    /// The stage.
    Stage,
}

/// The way to a value within the properties of an event: `cart.total`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path(Vec<String>);

impl Path {
    /// The most steps.
    const MOST: usize = 8;

    /// `None` when it is empty, too long, or has an empty step.
    pub fn parse(text: &str) -> Option<Self> {
        let steps: Vec<String> = text.split('.').map(str::to_owned).collect();
        let fine = text.chars().count() <= 200
            && steps.len() <= Self::MOST
            && steps
                .iter()
                .all(|step| !step.trim().is_empty() && !step.contains('\0'));
        fine.then_some(Self(steps))
    }

    /// Its steps.
    pub fn steps(&self) -> &[String] {
        &self.0
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

/// What somebody said of a topic on a channel; what the topic begins with for those who never said
/// anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicTest {
    pub topic: TopicId,
    /// The word in JSON.
    pub key: String,
    pub channel: Channel,
    pub state: TopicState,
    /// What holds for those who never said anything.
    pub initial: TopicState,
}

/// What somebody can have said of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TopicState {
    Subscribed,
    /// Asked for, and not yet confirmed.
    Pending,
    Unsubscribed,
}

impl TopicState {
    /// All of them.
    pub const ALL: [TopicState; 3] = [
        TopicState::Subscribed,
        TopicState::Pending,
        TopicState::Unsubscribed,
    ];

    /// The word in JSON and in the table.
    pub const fn word(self) -> &'static str {
        match self {
            TopicState::Subscribed => "subscribed",
            TopicState::Pending => "pending",
            TopicState::Unsubscribed => "unsubscribed",
        }
    }

    /// The state of that word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// Whether mail may be sent to a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubscriptionState {
    /// Nothing forbids it.
    Subscribed,
    /// They said no.
    Unsubscribed,
    /// Their address does not exist.
    Bounced,
    /// They called it spam.
    Complained,
    /// A person here forbade it.
    Blocked,
}

impl SubscriptionState {
    /// All of them.
    pub const ALL: [SubscriptionState; 5] = [
        SubscriptionState::Subscribed,
        SubscriptionState::Unsubscribed,
        SubscriptionState::Bounced,
        SubscriptionState::Complained,
        SubscriptionState::Blocked,
    ];

    /// The word in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            SubscriptionState::Subscribed => "subscribed",
            SubscriptionState::Unsubscribed => "unsubscribed",
            SubscriptionState::Bounced => "bounced",
            SubscriptionState::Complained => "complained",
            SubscriptionState::Blocked => "blocked",
        }
    }

    /// The state of that word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// The reason in crm.do_not_contact; none for those who may be written to.
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            SubscriptionState::Subscribed => None,
            SubscriptionState::Unsubscribed => Some("unsubscribed"),
            SubscriptionState::Bounced => Some("hard_bounce"),
            SubscriptionState::Complained => Some("complaint"),
            SubscriptionState::Blocked => Some("manual"),
        }
    }
}

/// An object whose records are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectRef {
    pub id: ObjectId,
    /// The word in JSON.
    pub key: String,
}

/// How a record relates to the record that is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelationRef {
    pub id: RelationId,
    /// The word in JSON, as seen from the record.
    pub key: String,
    /// Whether the record stands at its beginning.
    pub forward: bool,
}

/// An identifier in JSON: `usr_…`, `stg_…`.
impl IdSource {
    /// As JSON has it.
    pub fn write(self, id: Uuid) -> String {
        match self {
            IdSource::Owner => kernel::UserId::from_uuid(id).to_string(),
            IdSource::Stage => kernel::StageId::from_uuid(id).to_string(),
        }
    }

    /// Reads it back.
    pub fn read(self, text: &str) -> Option<Uuid> {
        match self {
            IdSource::Owner => text.parse::<kernel::UserId>().ok().map(|id| id.uuid()),
            IdSource::Stage => text.parse::<kernel::StageId>().ok().map(|id| id.uuid()),
        }
    }
}
