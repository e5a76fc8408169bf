//! Named points at which a test can make the process die, sleep or dawdle.
//!
//! `MAUNTIC_FAILPOINTS` arms them: `delivery.after_claim=kill@3;delivery.render=panic@on:ann@`.
//!
//! | act | what happens |
//! |---|---|
//! | `kill` | SIGKILL to the own process: nothing is flushed, nothing is handed back |
//! | `stop` | SIGSTOP to the own process, until somebody sends SIGCONT |
//! | `panic` | a panic at the point |
//! | `delay:MS` | the thread waits for so many milliseconds |
//!
//! | when | |
//! |---|---|
//! | `@N` | at the N-th hit, counted from one |
//! | `@every` | at each hit |
//! | `@on:TEXT` | at each hit whose subject holds the text |
//!
//! Invariant: without `debug_assertions` there is nothing here. A released program has no way to be told
//! to die.

/// Reaches a point.
#[inline(always)]
pub fn hit(name: &'static str) {
    hit_on(name, "");
}

/// Reaches a point with something in hand, by which `@on:` chooses.
#[inline(always)]
pub fn hit_on(name: &'static str, subject: &str) {
    if let Some(act) = due(name, subject) {
        act.happen();
    }
}

/// What is to happen at this hit, for places that have to do something first. Counts as a hit.
#[inline(always)]
#[must_use]
pub fn due(name: &'static str, subject: &str) -> Option<Act> {
    #[cfg(debug_assertions)]
    return armed::due(name, subject);
    #[cfg(not(debug_assertions))]
    {
        let _ = (name, subject);
        None
    }
}

/// What happens at an armed point. Nobody can make one in a released program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Act(
    #[cfg(debug_assertions)] armed::Kind,
    #[cfg(not(debug_assertions))] std::convert::Infallible,
);

impl Act {
    /// Lets it happen. Returns where the process lives on.
    pub fn happen(self) {
        #[cfg(debug_assertions)]
        armed::happen(self.0);
        #[cfg(not(debug_assertions))]
        match self.0 {}
    }
}

#[cfg(debug_assertions)]
mod armed {
    use std::{
        sync::{
            LazyLock,
            atomic::{AtomicU64, Ordering},
        },
        time::Duration,
    };

    use nix::{
        sys::signal::{Signal, kill},
        unistd::Pid,
    };

    use super::Act;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Kind {
        Kill,
        Stop,
        Panic,
        Delay(Duration),
    }

    #[derive(Debug, PartialEq, Eq)]
    enum When {
        Nth(u64),
        Every,
        On(String),
    }

    #[derive(Debug)]
    pub(super) struct Point {
        name: String,
        kind: Kind,
        when: When,
        hits: AtomicU64,
    }

    static POINTS: LazyLock<Vec<Point>> = LazyLock::new(|| {
        #[expect(
            clippy::disallowed_methods,
            reason = "no setting: a released program must not know of it"
        )]
        let text = std::env::var("MAUNTIC_FAILPOINTS").unwrap_or_default();
        parse(&text).expect("MAUNTIC_FAILPOINTS is a list of point=act@when")
    });

    pub fn due(name: &str, subject: &str) -> Option<Act> {
        due_among(&POINTS, name, subject)
    }

    pub(super) fn due_among(points: &[Point], name: &str, subject: &str) -> Option<Act> {
        let point = points.iter().find(|point| point.name == name)?;
        let hit = point.hits.fetch_add(1, Ordering::SeqCst) + 1;
        let is_due = match &point.when {
            When::Nth(n) => hit == *n,
            When::Every => true,
            When::On(text) => subject.contains(text.as_str()),
        };
        is_due.then_some(Act(point.kind))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a point that is told to dawdle holds its thread up, as a slow disk would"
    )]
    pub fn happen(kind: Kind) {
        match kind {
            Kind::Kill => die(Signal::SIGKILL),
            Kind::Stop => die(Signal::SIGSTOP),
            Kind::Panic => panic!("a failpoint was told to panic"),
            Kind::Delay(by) => std::thread::sleep(by),
        }
    }

    fn die(signal: Signal) {
        kill(Pid::this(), signal).expect("a process may signal itself");
    }

    pub(super) fn parse(text: &str) -> Result<Vec<Point>, String> {
        let parts = text.split(';').map(str::trim).filter(|part| !part.is_empty());
        parts
            .map(|part| point(part).ok_or_else(|| part.to_owned()))
            .collect()
    }

    fn point(text: &str) -> Option<Point> {
        let (name, rest) = text.split_once('=')?;
        let (act, when) = rest.split_once('@')?;
        let kind = match act {
            "kill" => Kind::Kill,
            "stop" => Kind::Stop,
            "panic" => Kind::Panic,
            _ => Kind::Delay(Duration::from_millis(act.strip_prefix("delay:")?.parse().ok()?)),
        };
        let when = match when {
            "every" => When::Every,
            _ => match when.strip_prefix("on:") {
                Some(text) => When::On(text.to_owned()),
                None => When::Nth(when.parse().ok()?),
            },
        };
        Some(Point {
            name: name.to_owned(),
            kind,
            when,
            hits: AtomicU64::new(0),
        })
    }
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use std::time::Duration;

    use super::{
        Act,
        armed::{Kind, due_among, parse},
    };

    #[test]
    fn a_point_is_due_at_its_hit_and_at_no_other() {
        let points = parse("a=kill@3; b=delay:5@every").unwrap();

        let hits: Vec<_> = (0..5).map(|_| due_among(&points, "a", "")).collect();

        assert_eq!(hits, [None, None, Some(Act(Kind::Kill)), None, None]);
        let slow = Some(Act(Kind::Delay(Duration::from_millis(5))));
        assert_eq!(due_among(&points, "b", ""), slow);
        assert_eq!(due_among(&points, "b", ""), slow);
        assert_eq!(due_among(&points, "c", ""), None);
    }

    #[test]
    fn a_point_can_wait_for_what_is_in_hand() {
        let points = parse("render=panic@on:ann@").unwrap();

        assert_eq!(due_among(&points, "render", "bob@example.com"), None);
        assert_eq!(
            due_among(&points, "render", "ann@example.com"),
            Some(Act(Kind::Panic))
        );
    }

    #[test]
    fn what_cannot_be_read_is_refused_by_name() {
        for bad in ["a", "a=kill", "a=explode@1", "a=kill@soon", "a=delay:x@1"] {
            assert_eq!(parse(bad).map(|points| points.len()), Err(bad.to_owned()));
        }
    }

    #[test]
    fn nothing_is_armed_where_nobody_asks_for_it() {
        assert_eq!(parse("").map(|points| points.len()), Ok(0));
    }
}
