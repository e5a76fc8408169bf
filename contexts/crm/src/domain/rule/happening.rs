use kernel::CampaignId;

use super::{
    moment::Span,
    tree::{ObjectRef, RelationRef, Rule},
    value_test::{DateTest, Point},
};

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

    /// The name that it has in crm.events.
    pub const fn event(self) -> &'static str {
        match self {
            Activity::Sent => "email_sent",
            Activity::Opened => "email_opened",
            Activity::Clicked => "email_clicked",
            Activity::Bounced => "email_bounced",
        }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Something with mail.
    Mail(Activity),
    /// They looked at a page.
    Page,
    /// An event of this name.
    Event(String),
    /// Any event.
    Anything,
}

impl What {
    /// The name in crm.events; none for any.
    pub fn event(&self) -> Option<&str> {
        match self {
            What::Mail(activity) => Some(activity.event()),
            What::Page => Some("page"),
            What::Event(name) => Some(name),
            What::Anything => None,
        }
    }
}

/// Which events are meant.
#[derive(Debug, Clone, PartialEq)]
pub struct Happening {
    pub what: What,
    /// Only from so long ago until now.
    pub within: Option<Span>,
    /// Only from then on.
    pub from: Option<Point>,
    /// Only until then.
    pub until: Option<Point>,
    /// Only with mail of this campaign.
    pub campaign: Option<CampaignId>,
    /// Only clicks on links with this in their address, whatever its case.
    pub url_contains: Option<String>,
    /// Only those whose properties are so.
    pub filter: Option<Box<Rule>>,
}

impl Happening {
    /// All events of a kind.
    pub const fn of(what: What) -> Self {
        Self {
            what,
            within: None,
            from: None,
            until: None,
            campaign: None,
            url_contains: None,
            filter: None,
        }
    }
}

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantity {
    /// Not 0.
    pub times: u32,
    /// Not more often either.
    pub exactly: bool,
}

impl Quantity {
    /// At least so often.
    pub const fn at_least(times: u32) -> Self {
        Self {
            times,
            exactly: false,
        }
    }

    /// Whether one is enough.
    pub const fn any(self) -> bool {
        self.times == 1 && !self.exactly
    }

    /// Whether a number of times is meant.
    #[cfg(test)]
    pub const fn fits(self, times: usize) -> bool {
        if self.exactly {
            times == self.times as usize
        } else {
            times >= self.times as usize
        }
    }
}

/// What is asked about events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// How many there are.
    Times(Quantity),
    /// On how many days of the organisation's calendar.
    Days(Quantity),
    /// When the first one was.
    First(DateTest),
    /// When the last one was.
    Last(DateTest),
}

/// Of events, how often or when they happened.
#[derive(Debug, Clone, PartialEq)]
pub struct EventTest {
    pub events: Happening,
    pub asked: Asked,
}

/// Something happened, and then something else, or not.
#[derive(Debug, Clone, PartialEq)]
pub struct SequenceTest {
    pub first: Happening,
    /// Later than the first.
    pub then: Happening,
    /// At most so much later. Of hours, days or weeks.
    pub gap: Span,
    /// Whether it followed. If it did not, the time for it must be over.
    pub followed: bool,
}

/// So many records are so.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordsTest {
    /// Whose records.
    pub object: ObjectRef,
    /// How they are reached from a record; from the contact when there is none.
    pub via: Option<RelationRef>,
    pub quantity: Quantity,
    /// Only those that are so.
    pub filter: Option<Box<Rule>>,
}
