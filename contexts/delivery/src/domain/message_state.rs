//! What a message goes through. The picture is in the README.

use std::str::FromStr;

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageState {
    /// Waiting for its turn.
    Queued,
    /// An engine has it.
    Claimed,
    /// An attempt is written down; bytes may have left.
    Sending,
    /// To be tried again later.
    Deferred,
    /// An attempt ended without a known outcome; a rule decides at once what follows, so that no
    /// row is ever stored in this state.
    Ambiguous,
    /// The outcome is unknown and the promise forbids another attempt.
    Held,
    /// The provider took it over.
    Accepted,
    /// The provider says that it arrived.
    Delivered,
    /// It came back.
    Bounced,
    /// The recipient called it spam.
    Complained,
    /// Refused for good.
    Failed,
    /// Not sent, since the address is suppressed.
    Suppressed,
    /// Not sent in time.
    Expired,
    /// Not sent, since the batch was cancelled.
    Cancelled,
}

impl MessageState {
    /// All of them, in the order in which a list of states makes sense to people.
    pub const ALL: [MessageState; 14] = [
        MessageState::Queued,
        MessageState::Claimed,
        MessageState::Sending,
        MessageState::Deferred,
        MessageState::Ambiguous,
        MessageState::Held,
        MessageState::Accepted,
        MessageState::Delivered,
        MessageState::Bounced,
        MessageState::Complained,
        MessageState::Failed,
        MessageState::Suppressed,
        MessageState::Expired,
        MessageState::Cancelled,
    ];

    /// The word that is stored and shown by the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            MessageState::Queued => "queued",
            MessageState::Claimed => "claimed",
            MessageState::Sending => "sending",
            MessageState::Deferred => "deferred",
            MessageState::Ambiguous => "ambiguous",
            MessageState::Held => "held",
            MessageState::Accepted => "accepted",
            MessageState::Delivered => "delivered",
            MessageState::Bounced => "bounced",
            MessageState::Complained => "complained",
            MessageState::Failed => "failed",
            MessageState::Suppressed => "suppressed",
            MessageState::Expired => "expired",
            MessageState::Cancelled => "cancelled",
        }
    }

    /// Whether the message may go from here to there.
    #[must_use]
    pub const fn may_become(self, to: MessageState) -> bool {
        use MessageState::{
            Accepted, Ambiguous, Bounced, Cancelled, Claimed, Complained, Deferred, Delivered, Expired,
            Failed, Held, Queued, Sending, Suppressed,
        };
        match (self, to) {
            // An engine takes it, or it ends before anybody does.
            (Queued | Deferred, Claimed | Expired | Cancelled) => true,
            // Handed back or the lease was lost; written down as an attempt; found to be impossible
            // (template, too many crashes); found to be unwanted when checked once more; in doubt since
            // an attempt whose key is not recognised any more.
            (Claimed, Queued | Sending | Failed | Suppressed | Expired | Cancelled | Held) => true,
            // The outcome. Back to the queue only if no byte of the message's end has left.
            (Sending, Accepted | Deferred | Queued | Failed | Ambiguous) => true,
            (Ambiguous, Accepted | Queued | Held) => true,
            (Deferred, Queued) => true,
            // A person decides what the rule could not.
            (Held, Accepted | Queued | Cancelled) => true,
            // What the world says later. Reports arrive in any order, so the gravest one stays.
            (Accepted, Delivered | Bounced | Complained) => true,
            (Delivered, Bounced | Complained) => true,
            (Bounced, Complained) => true,
            _ => false,
        }
    }

    /// Whether an engine may still have to do something about it.
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(
            self,
            MessageState::Queued | MessageState::Claimed | MessageState::Sending | MessageState::Deferred
        )
    }
}

impl FromStr for MessageState {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        MessageState::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::MessageState;

    #[test]
    fn what_has_ended_never_goes_back_to_the_queue() {
        use MessageState::{
            Accepted, Bounced, Cancelled, Complained, Delivered, Expired, Failed, Suppressed,
        };
        for end in [
            Accepted, Delivered, Bounced, Complained, Failed, Suppressed, Expired, Cancelled,
        ] {
            for to in MessageState::ALL {
                assert!(!(end.may_become(to) && to.is_live()), "{end:?} -> {to:?}");
            }
        }
    }

    #[test]
    fn a_message_is_accepted_only_after_an_attempt() {
        for from in MessageState::ALL {
            let had_an_attempt = matches!(
                from,
                MessageState::Sending | MessageState::Ambiguous | MessageState::Held
            );
            assert_eq!(
                from.may_become(MessageState::Accepted),
                had_an_attempt,
                "{from:?}"
            );
        }
    }

    #[test]
    fn every_state_can_be_reached_and_left_unless_it_is_an_end() {
        for state in MessageState::ALL {
            let reached = MessageState::ALL.iter().any(|from| from.may_become(state));
            assert!(reached, "{state:?} cannot be reached");
            assert!(!state.may_become(state), "{state:?} does not change into itself");
            if state.is_live() || state == MessageState::Ambiguous {
                assert!(
                    MessageState::ALL.iter().any(|to| state.may_become(*to)),
                    "{state:?} is stuck"
                );
            }
        }
    }

    #[test]
    fn words_are_read_back() {
        for state in MessageState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        assert!("sent".parse::<MessageState>().is_err());
    }
}
