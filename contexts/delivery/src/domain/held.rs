//! Held messages: nobody knows whether they arrived, and the promise forbids to try again unasked.

use std::str::FromStr;

use super::message_state::MessageState;

/// What a person decides about a held message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldDecision {
    /// It is sent again, and may arrive twice.
    SendAgain,
    /// It counts as sent: somebody knows that it arrived.
    MarkSent,
    /// It is never sent.
    GiveUp,
}

impl HeldDecision {
    /// All of them.
    pub const ALL: [HeldDecision; 3] = [
        HeldDecision::SendAgain,
        HeldDecision::MarkSent,
        HeldDecision::GiveUp,
    ];

    /// The word that forms send.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            HeldDecision::SendAgain => "send_again",
            HeldDecision::MarkSent => "mark_sent",
            HeldDecision::GiveUp => "give_up",
        }
    }

    /// Where the message goes.
    #[must_use]
    pub const fn state(self) -> MessageState {
        match self {
            HeldDecision::SendAgain => MessageState::Queued,
            HeldDecision::MarkSent => MessageState::Accepted,
            HeldDecision::GiveUp => MessageState::Cancelled,
        }
    }

    /// Why, as it is stored with the message.
    #[must_use]
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            HeldDecision::SendAgain | HeldDecision::MarkSent => None,
            HeldDecision::GiveUp => Some("given_up"),
        }
    }

    /// How the attempt with the unknown outcome was resolved by it.
    #[must_use]
    pub const fn resolution(self) -> &'static str {
        match self {
            HeldDecision::SendAgain => "resent",
            HeldDecision::MarkSent => "marked_sent",
            HeldDecision::GiveUp => "held",
        }
    }
}

impl FromStr for HeldDecision {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        HeldDecision::ALL
            .into_iter()
            .find(|decision| decision.as_str() == text)
            .ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::HeldDecision;
    use crate::domain::message_state::MessageState;

    #[test]
    fn a_decision_leads_only_where_a_held_message_may_go() {
        for decision in HeldDecision::ALL {
            assert!(MessageState::Held.may_become(decision.state()), "{decision:?}");
            assert_eq!(decision.as_str().parse(), Ok(decision));
        }
    }
}
