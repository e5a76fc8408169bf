use jiff::civil::Date;
use kernel::{CampaignId, SegmentId, Timestamp};

use super::moment::Span;

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
    /// Not one.
    None,
}

impl Matching {
    /// All of them.
    pub const ALL: [Matching; 3] = [Matching::All, Matching::Any, Matching::None];

    /// The member of the JSON object that holds the rules.
    pub const fn word(self) -> &'static str {
        match self {
            Matching::All => "all",
            Matching::Any => "any",
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

/// What can be said of a contact.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Of a text.
    Text(TextSource, TextTest),
    /// Of a number: the key of the attribute.
    Number(String, NumberTest),
    /// Of a yes or no: the key of the attribute.
    Truth(String, TruthTest),
    /// Of a day or an instant.
    Date(DateSource, DateTest),
    /// Of a set of words.
    Set(SetSource, SetTest),
    /// Of whether mail may be sent to them.
    Subscription(SubscriptionState),
    /// They stand in another segment.
    Segment(SegmentId),
    /// Of what they did with mail.
    Mail(MailTest),
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
}

/// Where a text stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextSource {
    /// In a column.
    Core(CoreText),
    /// In an attribute that people write freely.
    Attribute(String),
    /// In an attribute that is one of several choices.
    Choice(String),
}

/// Of a text. Letters match whatever their case; a choice is meant in its option's own spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextTest {
    /// It is this.
    Is(String),
    /// It is one of these.
    AnyOf(Vec<String>),
    /// It has this in it.
    Contains(String),
    /// It begins with this.
    StartsWith(String),
    /// It ends with this.
    EndsWith(String),
    /// There is none.
    Empty,
}

/// A finite number.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Number(f64);

impl Number {
    /// `None` for what is not finite.
    pub fn new(value: f64) -> Option<Self> {
        // -0 and 0 are one number, and are written as one.
        value.is_finite().then_some(Self(value + 0.0))
    }

    /// The value.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Of a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NumberTest {
    /// It is this.
    Is(Number),
    /// It is greater.
    MoreThan(Number),
    /// It is this or greater.
    AtLeast(Number),
    /// It is less.
    LessThan(Number),
    /// It is this or less.
    AtMost(Number),
    /// It lies between, ends included.
    Between(Number, Number),
    /// There is none.
    Empty,
}

/// Of a yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TruthTest {
    /// It is this.
    Is(bool),
    /// There is none.
    Empty,
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
}

/// A day in the organisation's zone, or an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// The whole day.
    Day(Date),
    /// To the microsecond.
    Instant(Timestamp),
}

/// Of a day or an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateTest {
    /// On this day.
    On(Date),
    /// Earlier.
    Before(Point),
    /// Later.
    After(Point),
    /// Between, ends included.
    Between(Point, Point),
    /// From so long ago until now.
    InTheLast(Span),
    /// Longer ago.
    MoreThanAgo(Span),
    /// From now until so far ahead.
    InTheNext(Span),
    /// Further ahead.
    MoreThanAhead(Span),
    /// There is none.
    Empty,
}

/// Where a set of words stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetSource {
    /// The tags.
    Tags,
    /// An attribute with several choices.
    Attribute(String),
}

/// Of a set of words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetTest {
    /// At least one of these is in it.
    AnyOf(Vec<String>),
    /// Each of these is in it.
    AllOf(Vec<String>),
    /// There is nothing in it.
    Empty,
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
}

/// What can happen to a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// It was sent to them.
    Sent,
    /// They opened it.
    Opened,
    /// They clicked in it.
    Clicked,
    /// It came back.
    Bounced,
}

impl Activity {
    /// All of them.
    pub const ALL: [Activity; 4] = [
        Activity::Sent,
        Activity::Opened,
        Activity::Clicked,
        Activity::Bounced,
    ];
}

/// It happened at least so often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailTest {
    /// What.
    pub activity: Activity,
    /// How often at least; not 0.
    pub times: u32,
    /// Only from so long ago until now.
    pub within: Option<Span>,
    /// Only with mail of this campaign.
    pub campaign: Option<CampaignId>,
    /// Only clicks on links with this in their address, whatever its case.
    pub url_contains: Option<String>,
}
