//! What the log of a Postfix server (3.x) says of our messages.
//!
//! `cleanup` logs the `Message-ID` beside the queue id while a message is still coming in, so that line
//! proves nothing. From the line of `qmgr` on, or of a delivery agent, the message is Postfix's: it was taken
//! over, whatever becomes of it. That a message is *not* there proves something only when the log goes back to
//! before it was handed over, and on for long enough after it.
//!
//! Pure: lines in, evidence out.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, civil, tz::TimeZone};
use kernel::{MessageId, Timestamp};

/// For so long after our side gave up the server may still be busy with the end of the message
/// (`smtpd_timeout`, `smtp_data_done_timeout`).
pub const DATA_DONE: SignedDuration = SignedDuration::from_secs(600);

/// What is kept of a line.
const LONGEST: usize = 300;

/// What a log says about one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// The server took it, and this is the last that it says of it.
    Taken(String),
    /// The server never took it.
    NotTaken,
    /// Neither can be said, or not yet.
    None,
}

/// One attempt at handing a message over.
#[derive(Clone, Copy, Debug)]
pub struct Handover {
    /// Which message.
    pub message: MessageId,
    /// When it began.
    pub begun_at: Timestamp,
    /// When our side gave up.
    pub ended_at: Timestamp,
}

/// A log, read for some messages.
#[derive(Debug)]
pub struct PostfixLog {
    zone: TimeZone,
    now: Timestamp,
    wanted: HashSet<MessageId>,
    queue_ids: HashMap<String, MessageId>,
    found: HashMap<MessageId, Found>,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// Its header came in.
    Seen,
    /// It was refused at its end.
    Refused,
    /// It was taken.
    Taken(String),
}

impl PostfixLog {
    /// `zone` is what times without one are in.
    #[must_use]
    pub fn new(wanted: impl IntoIterator<Item = MessageId>, zone: TimeZone, now: Timestamp) -> Self {
        Self {
            zone,
            now,
            wanted: wanted.into_iter().collect(),
            queue_ids: HashMap::new(),
            found: HashMap::new(),
            first: None,
            last: None,
        }
    }

    /// Takes the next line, without its end. What is no line of a log is passed over.
    pub fn read(&mut self, line: &str) {
        let Some((at, rest)) = self.time(line) else {
            return;
        };
        self.first.get_or_insert(at);
        self.last = Some(at);
        if let Some((program, queue_id, text)) = parts(rest) {
            self.note(program, queue_id, text);
        }
    }

    /// What it says about a message.
    #[must_use]
    pub fn evidence(&self, handover: &Handover) -> Evidence {
        match self.found.get(&handover.message) {
            Some(Found::Taken(words)) => Evidence::Taken(words.clone()),
            // It may stand in front of the queue manager, which has its hands full.
            Some(Found::Seen) => Evidence::None,
            Some(Found::Refused) | None if self.covers(handover) => Evidence::NotTaken,
            Some(Found::Refused) | None => Evidence::None,
        }
    }

    /// The first time in it.
    #[must_use]
    pub const fn first(&self) -> Option<Timestamp> {
        self.first
    }

    fn covers(&self, handover: &Handover) -> bool {
        let begins = self.first.is_some_and(|first| first <= handover.begun_at);
        let goes_on = self
            .last
            .is_some_and(|last| last >= handover.ended_at + DATA_DONE);
        begins && goes_on
    }

    fn note(&mut self, program: &str, queue_id: &str, text: &str) {
        if program == "cleanup"
            && let Some(id) = text.strip_prefix("message-id=<")
        {
            // Short queue ids are given out again.
            self.queue_ids.remove(queue_id);
            let ours = id.split('@').next().and_then(|id| id.parse::<MessageId>().ok());
            if let Some(message) = ours.filter(|message| self.wanted.contains(message)) {
                self.queue_ids.insert(queue_id.to_owned(), message);
                self.found.entry(message).or_insert(Found::Seen);
            }
            return;
        }
        let Some(message) = self.queue_ids.get(queue_id).copied() else {
            return;
        };
        let is_refusal = program == "cleanup"
            && ["milter-reject: END-OF-MESSAGE", "reject: "]
                .iter()
                .any(|start| text.starts_with(start));
        if is_refusal {
            let found = self.found.entry(message).or_insert(Found::Seen);
            if *found == Found::Seen {
                *found = Found::Refused;
            }
        } else if let Some(words) = taken(program, text) {
            let found = self.found.entry(message).or_insert(Found::Seen);
            // "queue active" says less than what was said of a delivery before.
            if words.starts_with("status=") || !matches!(found, Found::Taken(_)) {
                *found = Found::Taken(words);
            }
        }
    }

    /// When a line was written, and what stands behind that: by RFC 3339, as rsyslog writes today, or by the old
    /// `Nov  3 09:12:01`, which has neither a year nor a zone.
    fn time<'l>(&self, line: &'l str) -> Option<(Timestamp, &'l str)> {
        if line.starts_with(|c: char| c.is_ascii_digit()) {
            let (time, rest) = line.split_once(' ')?;
            return Some((time.parse().ok()?, rest));
        }
        let (time, rest) = line.split_at_checked(15)?;
        let month = MONTHS.iter().position(|name| time.starts_with(name))? + 1;
        let number = |from: usize, to: usize| time.get(from..to)?.trim_start().parse::<i8>().ok();
        let year = self.now.to_zoned(self.zone.clone()).year();
        let at = |year: i16| {
            let month = i8::try_from(month).ok()?;
            let day = civil::Date::new(year, month, number(4, 6)?).ok()?;
            let clock = civil::Time::new(number(7, 9)?, number(10, 12)?, number(13, 15)?, 0).ok()?;
            let zoned = day.to_datetime(clock).to_zoned(self.zone.clone()).ok()?;
            Some(zoned.timestamp())
        };
        // December is read in January as well. On the 29th of February only one of two years has the day.
        let tomorrow = self.now + SignedDuration::from_hours(24);
        let found = at(year).filter(|at| *at <= tomorrow).or_else(|| at(year - 1))?;
        Some((found, rest))
    }
}

const MONTHS: [&str; 12] = [
    "Jan ", "Feb ", "Mar ", "Apr ", "May ", "Jun ", "Jul ", "Aug ", "Sep ", "Oct ", "Nov ", "Dec ",
];

/// `mx postfix/smtp[126]: 4XyZ12: to=<…>` into program, queue id and text. Instances and services have longer
/// names, as `postfix-out/submission/smtpd`.
fn parts(rest: &str) -> Option<(&str, &str, &str)> {
    let (_host, rest) = rest.trim_start().split_once(' ')?;
    let (tag, text) = rest.split_once(": ")?;
    let program = tag.rsplit('/').next()?.split('[').next()?;
    let (queue_id, text) = text.split_once(": ")?;
    let is_id = !queue_id.is_empty() && queue_id.bytes().all(|b| b.is_ascii_alphanumeric());
    (is_id && queue_id != "NOQUEUE").then_some((program, queue_id, text))
}

/// The words of a line that only a message in the queue can have.
fn taken(program: &str, text: &str) -> Option<String> {
    if let Some((_, status)) = text.split_once(", status=") {
        return Some(format!(
            "status={}",
            status.chars().take(LONGEST).collect::<String>()
        ));
    }
    let is_manager = matches!(program, "qmgr" | "oqmgr" | "nqmgr");
    let is_queued = text.starts_with("from=<") && text.ends_with("(queue active)");
    (is_manager && (is_queued || text == "removed")).then(|| "queue active".to_owned())
}

#[cfg(test)]
mod tests;
