//! How a domain that nobody has had mail from comes to be trusted: a little more every day, for as long as
//! receivers do not mind. One count for each mailbox provider, since each forms its own opinion.

/// Complaints in a thousand messages from which on a day does not grow.
pub const COMPLAINTS_TO_GROW: f64 = 1.0;
/// Complaints in a thousand messages at which nothing is sent any more: Gmail's line (Email sender
/// guidelines, "spam rate").
pub const COMPLAINTS_TO_STOP: f64 = 3.0;
/// Messages in a hundred that were put off, from which on a day does not grow.
pub const DEFERRALS_TO_GROW: f64 = 5.0;
/// The most that one day is larger than the one before, in hundredths.
pub const MOST_GROWTH: u32 = 30;
/// Of fewer messages no share is told.
const TOO_FEW: u64 = 50;
/// A day counts as used when so much of its cap was sent, in hundredths: who sends less learns nothing
/// about more.
const USED: u64 = 60;
/// What the smallest day may have.
const LEAST: u32 = 20;

/// How a warm-up begins, and where it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Messages of the first day, for each mailbox provider.
    pub first_day: u32,
    /// How much larger each day is than the one before, in hundredths: 1 to 30.
    pub growth: u32,
    /// At this many a day it has ended.
    pub target: u32,
}

impl Plan {
    /// Careful, for a domain that never sent.
    pub const CAREFUL: Plan = Plan {
        first_day: 50,
        growth: 30,
        target: 20_000,
    };
    /// For a domain that moves from another sender, and is known.
    pub const KNOWN: Plan = Plan {
        first_day: 1_000,
        growth: 30,
        target: 100_000,
    };

    /// Whether it can be followed.
    #[must_use]
    pub const fn is_valid(&self) -> bool {
        self.first_day >= LEAST
            && self.first_day <= 1_000_000
            && self.growth >= 1
            && self.growth <= MOST_GROWTH
            && self.target >= self.first_day
            && self.target <= 100_000_000
    }

    /// How many days it takes when nothing goes wrong.
    #[must_use]
    pub fn days(&self) -> u32 {
        let (mut cap, mut days) = (self.first_day, 1);
        while cap < self.target && days < 1_000 {
            cap = self.grown(cap);
            days += 1;
        }
        days
    }

    fn grown(&self, cap: u32) -> u32 {
        let more = u64::from(cap) * u64::from(100 + self.growth) / 100;
        let more = u32::try_from(more).unwrap_or(u32::MAX);
        // So that small days grow at all; never by more than the rule.
        more.max(cap + u32::from(cap >= 4)).min(self.target)
    }
}

/// What became of one day's messages at one mailbox provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// How many might be sent.
    pub cap: u32,
    /// Accepted.
    pub sent: u64,
    /// Put off, however often.
    pub deferred: u64,
    /// Came back for good.
    pub bounced: u64,
    /// Called spam.
    pub complained: u64,
}

/// Why the next day is as large as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The first day.
    Begun,
    /// Larger.
    Grown,
    /// As large: less was sent than might have been.
    Unused,
    /// As large: too much was put off, or too many complained.
    Kept,
    /// Smaller: much was put off, or many complained.
    SteppedBack,
    /// Nothing: so many complained that nothing is sent until a person says so.
    Stopped,
    /// At its target: no limit any more.
    Done,
}

impl Decision {
    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Decision::Begun => "begun",
            Decision::Grown => "grown",
            Decision::Unused => "unused",
            Decision::Kept => "kept",
            Decision::SteppedBack => "stepped_back",
            Decision::Stopped => "stopped",
            Decision::Done => "done",
        }
    }
}

impl Day {
    /// Complaints in a thousand messages.
    #[must_use]
    pub fn complaints(&self) -> f64 {
        share(self.complained, self.sent, 1000.0)
    }

    /// Messages in a hundred that were put off.
    #[must_use]
    pub fn deferrals(&self) -> f64 {
        share(self.deferred, self.sent + self.deferred, 100.0)
    }

    /// Whether so many complained that it must end here.
    #[must_use]
    pub fn must_stop(&self) -> bool {
        self.sent >= TOO_FEW && self.complained >= 2 && self.complaints() >= COMPLAINTS_TO_STOP
    }
}

fn share(part: u64, of: u64, scale: f64) -> f64 {
    if of == 0 {
        0.0
    } else {
        part as f64 * scale / of as f64
    }
}

/// How many may be sent the day after this one.
#[must_use]
pub fn next_day(plan: &Plan, day: &Day) -> (u32, Decision) {
    if day.must_stop() {
        return (0, Decision::Stopped);
    }
    let told = day.sent + day.deferred >= TOO_FEW;
    if told && (day.complaints() >= COMPLAINTS_TO_GROW * 2.0 || day.deferrals() >= DEFERRALS_TO_GROW * 4.0) {
        return ((day.cap / 2).max(LEAST.min(day.cap)), Decision::SteppedBack);
    }
    if told && (day.complaints() >= COMPLAINTS_TO_GROW || day.deferrals() >= DEFERRALS_TO_GROW) {
        return (day.cap, Decision::Kept);
    }
    if day.cap >= plan.target {
        return (day.cap, Decision::Done);
    }
    if day.sent * 100 < u64::from(day.cap) * USED {
        return (day.cap, Decision::Unused);
    }
    (plan.grown(day.cap), Decision::Grown)
}

#[cfg(test)]
mod tests {
    use super::{Day, Decision, MOST_GROWTH, Plan, next_day};
    use proptest::prelude::*;

    fn day(cap: u32, sent: u64, deferred: u64, complained: u64) -> Day {
        Day {
            cap,
            sent,
            deferred,
            bounced: 0,
            complained,
        }
    }

    #[test]
    fn a_day_without_trouble_makes_the_next_one_larger_by_no_more_than_thirty_in_a_hundred() {
        let plan = Plan::CAREFUL;
        assert_eq!(next_day(&plan, &day(50, 50, 0, 0)), (65, Decision::Grown));
        assert_eq!(next_day(&plan, &day(1000, 1000, 49, 0)), (1300, Decision::Grown));
        assert_eq!(
            next_day(&plan, &day(19_000, 19_000, 0, 0)),
            (20_000, Decision::Grown)
        );
        assert_eq!(
            next_day(&plan, &day(20_000, 20_000, 0, 0)),
            (20_000, Decision::Done)
        );
    }

    #[test]
    fn receivers_who_mind_are_heard() {
        let plan = Plan::CAREFUL;
        assert_eq!(next_day(&plan, &day(1000, 900, 60, 0)), (1000, Decision::Kept));
        assert_eq!(next_day(&plan, &day(1000, 1000, 0, 1)), (1000, Decision::Kept));
        assert_eq!(
            next_day(&plan, &day(1000, 700, 300, 0)),
            (500, Decision::SteppedBack)
        );
        assert_eq!(
            next_day(&plan, &day(1000, 1000, 0, 2)),
            (500, Decision::SteppedBack)
        );
        assert_eq!(next_day(&plan, &day(1000, 1000, 0, 3)), (0, Decision::Stopped));
    }

    #[test]
    fn one_complaint_in_a_handful_stops_nothing() {
        assert_eq!(
            next_day(&Plan::CAREFUL, &day(50, 40, 0, 1)),
            (65, Decision::Grown)
        );
    }

    #[test]
    fn a_day_on_which_little_was_sent_teaches_nothing() {
        assert_eq!(
            next_day(&Plan::CAREFUL, &day(1000, 100, 0, 0)),
            (1000, Decision::Unused)
        );
    }

    #[test]
    fn the_days_of_a_plan_are_counted() {
        assert_eq!(Plan::CAREFUL.days(), 24);
        assert!(Plan::CAREFUL.is_valid() && Plan::KNOWN.is_valid());
        for bad in [
            Plan {
                growth: 31,
                ..Plan::CAREFUL
            },
            Plan {
                growth: 0,
                ..Plan::CAREFUL
            },
            Plan {
                first_day: 0,
                ..Plan::CAREFUL
            },
            Plan {
                target: 10,
                ..Plan::CAREFUL
            },
        ] {
            assert!(!bad.is_valid(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_happens_a_day_is_never_larger_by_more_than_the_rule(
            first_day in 20u32..5000, growth in 1u32..=30, times in 1u32..1000,
            days in prop::collection::vec((0u64..200_000, 0u64..1000, 0u64..50), 1..60),
        ) {
            let plan = Plan { first_day, growth, target: first_day * times };
            let mut cap = first_day;
            for (sent, deferred, complained) in days {
                let sent = sent.min(u64::from(cap));
                let (next, decision) = next_day(&plan, &day(cap, sent, deferred, complained));
                prop_assert!(u64::from(next) * 100 <= u64::from(cap) * u64::from(100 + MOST_GROWTH));
                prop_assert!(next <= plan.target.max(cap));
                if decision == Decision::Stopped { break; }
                prop_assert!(next > 0);
                cap = next;
            }
        }
    }
}
