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
mod tests {
    use super::{Evidence, Handover, PostfixLog};
    use jiff::tz::TimeZone;
    use kernel::{MessageId, Timestamp};

    const OURS: &str = "msg_01jd7x8n3qf3v8k2m4r6t9w0xz";

    fn time(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn id() -> MessageId {
        OURS.parse().expect("an id")
    }

    /// Handed over at noon; our side gave up ten seconds later.
    fn handover() -> Handover {
        Handover {
            message: id(),
            begun_at: time("2026-11-27T12:00:00Z"),
            ended_at: time("2026-11-27T12:00:10Z"),
        }
    }

    fn log(text: &str) -> PostfixLog {
        let now = time("2026-11-27T13:00:00Z");
        let mut log = PostfixLog::new([id()], TimeZone::UTC, now);
        text.lines().for_each(|line| log.read(line));
        log
    }

    const BEFORE: &str = "Nov 27 11:58:00 mx postfix/anvil[99]: statistics: max connection rate 1/60s";
    const CLEANUP: &str = "Nov 27 12:00:01 mx postfix/cleanup[124]: 4XyZ12abCDz1: message-id=<msg_01jd7x8n3qf3v8k2m4r6t9w0xz@shop.example>";
    const ACTIVE: &str = "Nov 27 12:00:01 mx postfix/qmgr[98]: 4XyZ12abCDz1: from=<news@shop.example>, size=4120, nrcpt=1 (queue active)";
    const SENT: &str = "Nov 27 12:00:02 mx postfix/smtp[126]: 4XyZ12abCDz1: to=<ann@example.com>, relay=mx.example.com[192.0.2.1]:25, delay=0.9, delays=0.1/0/0.4/0.4, dsn=2.0.0, status=sent (250 2.0.0 OK  1732708802 a1b2 - gsmtp)";
    const REMOVED: &str = "Nov 27 12:00:02 mx postfix/qmgr[98]: 4XyZ12abCDz1: removed";
    const AFTER: &str = "Nov 27 12:10:10 mx postfix/smtpd[200]: connect from localhost[127.0.0.1]";

    fn read(lines: &[&str]) -> Evidence {
        log(&lines.join("\n")).evidence(&handover())
    }

    #[test]
    fn a_message_that_was_delivered_was_taken() {
        let evidence = read(&[BEFORE, CLEANUP, ACTIVE, SENT, REMOVED]);
        let words = "status=sent (250 2.0.0 OK  1732708802 a1b2 - gsmtp)";
        assert_eq!(evidence, Evidence::Taken(words.to_owned()));
    }

    #[test]
    fn whatever_became_of_it_in_the_queue_it_was_taken() {
        for (line, words) in [
            (
                "Nov 27 12:00:31 mx postfix/smtp[126]: 4XyZ12abCDz1: to=<ann@example.com>, relay=none, delay=30, delays=0.1/0/30/0, dsn=4.4.1, status=deferred (connect to mx.example.com[192.0.2.1]:25: Connection timed out)",
                "status=deferred (connect to mx.example.com[192.0.2.1]:25: Connection timed out)",
            ),
            (
                "Nov 27 12:00:02 mx postfix/smtp[126]: 4XyZ12abCDz1: to=<ann@example.com>, relay=mx.example.com[192.0.2.1]:25, delay=0.9, delays=0.1/0/0.4/0.4, dsn=5.1.1, status=bounced (host mx.example.com[192.0.2.1] said: 550 5.1.1 User unknown (in reply to RCPT TO command))",
                "status=bounced (host mx.example.com[192.0.2.1] said: 550 5.1.1 User unknown (in reply to RCPT TO command))",
            ),
            (
                "Nov 27 12:00:02 mx postfix/qmgr[98]: 4XyZ12abCDz1: from=<news@shop.example>, status=expired, returned to sender",
                "status=expired, returned to sender",
            ),
            (REMOVED, "queue active"),
        ] {
            let evidence = read(&[BEFORE, CLEANUP, ACTIVE, line]);
            assert_eq!(evidence, Evidence::Taken(words.to_owned()), "{line}");
        }
    }

    #[test]
    fn a_line_about_the_header_alone_proves_nothing() {
        assert_eq!(read(&[BEFORE, CLEANUP, AFTER]), Evidence::None);
    }

    #[test]
    fn absence_proves_something_only_after_the_time_that_the_server_may_take() {
        assert_eq!(read(&[BEFORE, AFTER]), Evidence::NotTaken);
        let early = "Nov 27 12:10:09 mx postfix/smtpd[200]: connect from localhost[127.0.0.1]";
        assert_eq!(read(&[BEFORE, early]), Evidence::None);
        assert_eq!(read(&[BEFORE]), Evidence::None);
        assert_eq!(read(&[]), Evidence::None);
    }

    #[test]
    fn a_log_that_begins_too_late_proves_no_absence() {
        let late = "Nov 27 12:00:01 mx postfix/anvil[99]: statistics: max connection rate 1/60s";
        assert_eq!(read(&[late, AFTER]), Evidence::None);
        assert_eq!(
            read(&[late, CLEANUP, ACTIVE, AFTER]),
            Evidence::Taken("queue active".to_owned())
        );
    }

    #[test]
    fn a_message_that_a_filter_refused_was_not_taken() {
        let refused = "Nov 27 12:00:01 mx postfix/cleanup[124]: 4XyZ12abCDz1: milter-reject: END-OF-MESSAGE from localhost[127.0.0.1]: 4.7.1 Try again later; from=<news@shop.example> to=<ann@example.com> proto=ESMTP helo=<app>";
        assert_eq!(read(&[BEFORE, CLEANUP, refused, AFTER]), Evidence::NotTaken);
    }

    #[test]
    fn a_queue_id_that_is_given_out_again_says_nothing_of_the_first_message() {
        let other = "Nov 27 12:00:03 mx postfix/cleanup[124]: 4XyZ12abCDz1: message-id=<other@shop.example>";
        assert_eq!(
            read(&[BEFORE, CLEANUP, other, ACTIVE, SENT, AFTER]),
            Evidence::None
        );
    }

    #[test]
    fn both_forms_of_times_are_read_and_services_with_names_of_their_own() {
        let lines = [
            "2026-11-27T12:59:00.123456+01:00 mx postfix/anvil[99]: statistics: x",
            "2026-11-27T13:00:01.123456+01:00 mx postfix-out/cleanup[124]: A1B2C3: message-id=<msg_01jd7x8n3qf3v8k2m4r6t9w0xz@shop.example>",
            "2026-11-27T13:00:02.123456+01:00 mx postfix-out/submission/qmgr[98]: A1B2C3: from=<news@shop.example>, size=4120, nrcpt=1 (queue active)",
        ];
        assert_eq!(read(&lines), Evidence::Taken("queue active".to_owned()));
        let first = log(lines[0]).first();
        assert_eq!(first, Some(time("2026-11-27T11:59:00.123456Z")));
    }

    #[test]
    fn the_year_is_the_last_one_that_is_over() {
        let mut log = PostfixLog::new([id()], TimeZone::UTC, time("2027-01-01T00:10:00Z"));
        log.read("Dec 31 23:59:58 mx postfix/anvil[99]: statistics: x");
        assert_eq!(log.first(), Some(time("2026-12-31T23:59:58Z")));
        let mut log = PostfixLog::new([id()], TimeZone::UTC, time("2026-11-27T13:00:00Z"));
        log.read("Nov  3 09:12:01 mx postfix/anvil[99]: statistics: x");
        assert_eq!(log.first(), Some(time("2026-11-03T09:12:01Z")));
    }

    #[test]
    fn what_is_no_line_of_a_log_is_passed_over() {
        for odd in [
            "",
            "x",
            "Nov 27",
            "Fooo 27 12:00:00 mx a[1]: b",
            "2026 x",
            "Növ 27 12:00:00 mx äöü",
            "Nov 99 12:00:00 mx a[1]: b",
        ] {
            assert_eq!(log(odd).first(), None, "{odd}");
        }
    }
}
