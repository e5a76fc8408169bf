//! When a batch does more harm than good.

use std::collections::VecDeque;

use jiff::SignedDuration;
use kernel::Timestamp;

use super::outcome::Class;

/// Of so few messages nothing can be told.
const TOO_FEW: u32 = 10;
/// How far back refusals by policy are counted.
const POLICY_WINDOW: SignedDuration = SignedDuration::from_mins(10);

/// What a batch is paused for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    /// More than one in a hundred messages does not render, or its content is refused.
    Content,
    /// More than two in a hundred messages were refused by policy within ten minutes.
    Policy,
}

impl Harm {
    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Harm::Content => "content",
            Harm::Policy => "policy",
        }
    }
}

/// Counts what becomes of a batch's messages, as far as one engine sees it.
#[derive(Clone, Debug, Default)]
pub struct BatchHealth {
    seen: u32,
    content: u32,
    recent: VecDeque<(Timestamp, u32, u32)>,
}

impl BatchHealth {
    /// Counts some messages more, and says whether the batch has to be paused.
    pub fn count(&mut self, now: Timestamp, classes: impl Iterator<Item = Ending>) -> Option<Harm> {
        let (mut all, mut policy) = (0, 0);
        for ending in classes {
            all += 1;
            match ending {
                Ending::DoesNotRender | Ending::Answered(Class::Content) => self.content += 1,
                Ending::Answered(Class::Reputation) => policy += 1,
                Ending::Answered(_) => {}
            }
        }
        self.seen += all;
        self.recent.push_back((now, all, policy));
        while self
            .recent
            .front()
            .is_some_and(|(at, ..)| now.duration_since(*at) > POLICY_WINDOW)
        {
            self.recent.pop_front();
        }
        let (recent, refused) = self
            .recent
            .iter()
            .fold((0, 0), |sum, (_, a, p)| (sum.0 + a, sum.1 + p));
        if self.content >= TOO_FEW && self.content * 100 > self.seen {
            return Some(Harm::Content);
        }
        (refused >= TOO_FEW && refused * 50 > recent).then_some(Harm::Policy)
    }
}

/// How a message ended, for this purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Its template fails for it.
    DoesNotRender,
    /// An attempt ended in this class.
    Answered(Class),
}

#[cfg(test)]
mod tests {
    use super::{BatchHealth, Ending, Harm};
    use crate::domain::outcome::Class;
    use jiff::SignedDuration;
    use kernel::Timestamp;

    fn endings(fine: usize, bad: usize, class: Class) -> impl Iterator<Item = Ending> {
        let fine = std::iter::repeat_n(Ending::Answered(Class::Accepted), fine);
        fine.chain(std::iter::repeat_n(Ending::Answered(class), bad))
    }

    #[test]
    fn a_batch_is_paused_when_more_than_one_in_a_hundred_is_refused_for_its_content() {
        let mut health = BatchHealth::default();
        assert_eq!(
            health.count(Timestamp::UNIX_EPOCH, endings(1500, 15, Class::Content)),
            None
        );
        assert_eq!(
            health.count(Timestamp::UNIX_EPOCH, endings(0, 1, Class::Content)),
            Some(Harm::Content)
        );
    }

    #[test]
    fn a_few_failures_in_a_small_batch_stop_nothing() {
        let mut health = BatchHealth::default();
        assert_eq!(
            health.count(Timestamp::UNIX_EPOCH, endings(1, 9, Class::Content)),
            None
        );
        assert_eq!(
            health.count(Timestamp::UNIX_EPOCH, std::iter::once(Ending::DoesNotRender)),
            Some(Harm::Content)
        );
    }

    #[test]
    fn refusals_by_policy_are_forgotten_after_ten_minutes() {
        let mut health = BatchHealth::default();
        let start = Timestamp::UNIX_EPOCH;
        assert_eq!(health.count(start, endings(300, 9, Class::Reputation)), None);
        let later = start + SignedDuration::from_mins(11);
        assert_eq!(health.count(later, endings(300, 9, Class::Reputation)), None);
        assert_eq!(
            health.count(later, endings(0, 1, Class::Reputation)),
            Some(Harm::Policy)
        );
    }
}
