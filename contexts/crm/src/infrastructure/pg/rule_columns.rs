//! What parts of rules are in the tables: columns, names of events, what can be NULL, what is dear.

use crate::domain::rule::{
    Activity, CoreText, CoreTime, DateSource, DateTest, NumberTest, Rule, SetSource, SetTest, Test,
    TextSource, TextTest, TruthTest,
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
        Rule::Condition(condition) => match condition.test {
            Test::Text(TextSource::Core(_), _) | Test::Date(DateSource::Core(_), _) => 0,
            Test::Set(SetSource::Tags, _) => 1,
            Test::Text(..) | Test::Number(..) | Test::Truth(..) | Test::Date(..) | Test::Set(..) => 2,
            Test::Subscription(_) | Test::Segment(_) => 100,
            Test::Mail(_) => 200,
        },
    }
}

/// Whether a comparison can be NULL.
pub const fn nulls(test: &Test) -> Nulls {
    match test {
        Test::Set(SetSource::Tags, _) | Test::Segment(_) | Test::Mail(_) | Test::Subscription(_) => {
            Nulls::Impossible
        }
        Test::Text(_, TextTest::Empty)
        | Test::Number(_, NumberTest::Empty)
        | Test::Truth(_, TruthTest::Empty)
        | Test::Date(_, DateTest::Empty)
        | Test::Set(_, SetTest::Empty) => Nulls::Impossible,
        Test::Text(..) | Test::Number(..) | Test::Truth(..) | Test::Date(..) | Test::Set(..) => {
            Nulls::Possible
        }
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
    }
}

/// The name that an activity has in crm.events.
pub const fn event_name(activity: Activity) -> &'static str {
    match activity {
        Activity::Sent => "email_sent",
        Activity::Opened => "email_opened",
        Activity::Clicked => "email_clicked",
        Activity::Bounced => "email_bounced",
    }
}
