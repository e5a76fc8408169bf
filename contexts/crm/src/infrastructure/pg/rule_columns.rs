//! What parts of rules are in the tables: columns, what can be NULL, what is dear.

use crate::domain::rule::{
    CoreText, CoreTime, DateSource, DateTest, IdSource, IdTest, NumberSource, NumberTest, RecordText,
    RecordTime, Rule, SetSource, SetTest, Test, TextSource, TextTest, TruthSource, TruthTest,
};

/// Whether a comparison can be NULL.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Nulls {
    Possible,
    Impossible,
}

/// How dear a rule is to check, compared with its neighbours.
pub fn cost(rule: &Rule) -> u32 {
    match rule {
        Rule::Group(group) => group.rules.iter().map(cost).max().unwrap_or(0) + 1,
        Rule::Condition(condition) => match &condition.test {
            Test::Text(TextSource::Core(_), TextTest::Matches(_)) => 3,
            Test::Text(TextSource::Core(_), _) | Test::Date(DateSource::Core(_), _) | Test::Id(..) => 0,
            Test::Number(NumberSource::Points, _) | Test::Truth(TruthSource::Anonymous, _) => 0,
            Test::Set(SetSource::Tags, _) => 1,
            Test::Text(TextSource::DoNotContact(_), _) | Test::Subscription(_) => 100,
            Test::Segment(_) | Test::Topic(_) => 100,
            Test::Number(NumberSource::Identifiers, _) | Test::Date(DateSource::StageSince, _) => 150,
            Test::Records(_) => 180,
            Test::Event(_) => 200,
            Test::Sequence(_) => 300,
            Test::Text(..) | Test::Number(..) | Test::Truth(..) | Test::Date(..) | Test::Set(..) => 2,
        },
    }
}

/// Whether a comparison can be NULL.
pub const fn nulls(test: &Test) -> Nulls {
    match test {
        Test::Set(SetSource::Tags, _) | Test::Segment(_) | Test::Subscription(_) | Test::Topic(_) => {
            Nulls::Impossible
        }
        Test::Event(_) | Test::Sequence(_) | Test::Records(_) => Nulls::Impossible,
        Test::Text(TextSource::DoNotContact(_), _) => Nulls::Impossible,
        Test::Text(_, TextTest::Empty)
        | Test::Number(_, NumberTest::Empty)
        | Test::Truth(_, TruthTest::Empty)
        | Test::Date(_, DateTest::Empty)
        | Test::Set(_, SetTest::Empty)
        | Test::Id(_, IdTest::Empty) => Nulls::Impossible,
        _ => Nulls::Possible,
    }
}

/// A column in lower case: some are so already, and some have a stored key that is.
pub const fn folded(text: CoreText) -> &'static str {
    match text {
        CoreText::Email => "c.email",
        CoreText::FirstName => "lower(c.first_name)",
        CoreText::LastName => "c.last_name_key",
        CoreText::Phone => "lower(c.phone)",
        CoreText::Company => "c.company_key",
        CoreText::City => "lower(c.city)",
        CoreText::Country => "lower(c.country)",
        // Under the column's own collation, only the letters of ASCII have a lower case.
        CoreText::ExternalId => "lower(c.external_id COLLATE \"default\")",
        CoreText::Timezone => "lower(c.timezone)",
        CoreText::Locale => "lower(c.locale)",
    }
}

/// The condition that a column holds nothing.
pub const fn empty(text: CoreText) -> &'static str {
    match text {
        CoreText::Email => "c.email IS NULL",
        CoreText::FirstName => "c.first_name = ''",
        CoreText::LastName => "c.last_name = ''",
        CoreText::Phone => "c.phone = ''",
        CoreText::Company => "c.company = ''",
        CoreText::City => "c.city = ''",
        CoreText::Country => "c.country = ''",
        CoreText::ExternalId => "c.external_id IS NULL",
        CoreText::Timezone => "c.timezone = ''",
        CoreText::Locale => "c.locale = ''",
    }
}

/// The column of an instant.
pub const fn column(time: CoreTime) -> &'static str {
    match time {
        CoreTime::Created => "c.created_at",
        CoreTime::Updated => "c.updated_at",
        CoreTime::LastActive => "c.last_active_at",
        CoreTime::Identified => {
            "(CASE WHEN NOT c.anonymous THEN COALESCE(c.identified_at, c.created_at) END)"
        }
    }
}

/// What conditions are about, by the names that its tables have in the statement.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// `c`
    Contact,
    /// `e`, or in a sequence `a` or `b`.
    Event(EventColumns),
    /// `r`, and `p` for its link to the person.
    Record,
    /// `q`, and `l` for its link to the record.
    Related,
}

/// Columns of crm.events under a name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EventColumns {
    pub from: &'static str,
    pub name: &'static str,
    pub contact: &'static str,
    pub at: &'static str,
    pub campaign: &'static str,
    pub json: &'static str,
    pub text: &'static str,
}

macro_rules! event_columns {
    ($alias:literal) => {
        EventColumns {
            from: concat!("FROM crm.events AS ", $alias, " WHERE ", $alias, ".org_id = "),
            name: concat!($alias, ".name"),
            contact: concat!($alias, ".contact_id"),
            at: concat!($alias, ".occurred_at"),
            campaign: concat!($alias, ".campaign_id"),
            json: concat!($alias, ".properties #> "),
            text: concat!($alias, ".properties #>> "),
        }
    };
}

/// What happened.
pub const EVENTS: EventColumns = event_columns!("e");
/// What happened first.
pub const FIRST: EventColumns = event_columns!("a");
/// What happened then.
pub const THEN: EventColumns = event_columns!("b");

impl Base {
    /// The attributes, about to be asked for one as JSON.
    pub const fn json(self) -> &'static str {
        match self {
            Base::Contact => "c.attributes -> ",
            Base::Record => "r.attributes -> ",
            Base::Related => "q.attributes -> ",
            Base::Event(columns) => columns.json,
        }
    }

    /// The attributes, about to be asked for one as text.
    pub const fn text(self) -> &'static str {
        match self {
            Base::Contact => "c.attributes ->> ",
            Base::Record => "r.attributes ->> ",
            Base::Related => "q.attributes ->> ",
            Base::Event(columns) => columns.text,
        }
    }

    /// The column of an identifier.
    pub const fn id(self, source: IdSource) -> &'static str {
        match (self, source) {
            (Base::Record, _) => "r.owner_id",
            (Base::Related, _) => "q.owner_id",
            (_, IdSource::Owner) => "c.owner_id",
            (_, IdSource::Stage) => "c.stage_id",
        }
    }

    /// A column of a record in lower case.
    pub const fn folded(self, text: RecordText) -> &'static str {
        match (self, text) {
            (Base::Related, RecordText::Name) => "q.name_key",
            (Base::Related, _) => "lower(q.external_id COLLATE \"default\")",
            (_, RecordText::Name) => "r.name_key",
            (_, RecordText::ExternalId) => "lower(r.external_id COLLATE \"default\")",
            (_, RecordText::Role) => "lower(p.role)",
        }
    }

    /// The condition that a column of a record holds nothing.
    pub const fn empty(self, text: RecordText) -> &'static str {
        match (self, text) {
            (Base::Related, RecordText::Name) => "q.name = ''",
            (Base::Related, _) => "q.external_id IS NULL",
            (_, RecordText::Name) => "r.name = ''",
            (_, RecordText::ExternalId) => "r.external_id IS NULL",
            (_, RecordText::Role) => "p.role = ''",
        }
    }

    /// The column of an instant of a record.
    pub const fn time(self, time: RecordTime) -> &'static str {
        match (self, time) {
            (Base::Related, RecordTime::Created) => "q.created_at",
            (Base::Related, RecordTime::Updated) => "q.updated_at",
            (Base::Related, RecordTime::Linked) => "l.linked_at",
            (_, RecordTime::Created) => "r.created_at",
            (_, RecordTime::Updated) => "r.updated_at",
            (_, RecordTime::Linked) => "p.linked_at",
        }
    }
}
