//! Where a campaign stands. The picture is in the README of this context.

/// Where a campaign stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Being made.
    Draft,
    /// Waits for its time.
    Scheduled,
    /// Was let go; who gets it is being written down.
    Launching,
    /// Is being sent.
    Running,
    /// A person stopped it for the time being.
    Paused,
    /// Everything that could be sent was sent.
    Completed,
    /// A person stopped it for good.
    Cancelled,
}

/// What is done to a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Lets it wait for its time.
    Schedule,
    /// Takes it back for changes.
    Unschedule,
    /// Lets it go.
    Launch,
    /// Who gets it is fixed, and sending begins.
    Begin,
    /// Stops it for the time being.
    Pause,
    /// Lets it go on.
    Resume,
    /// Stops it for good.
    Cancel,
    /// Nothing is left to be sent.
    Complete,
}

impl State {
    /// All states, in the order of a campaign's life.
    pub const ALL: [State; 7] = [
        State::Draft,
        State::Scheduled,
        State::Launching,
        State::Running,
        State::Paused,
        State::Completed,
        State::Cancelled,
    ];

    /// Where an act leads, or `None` when it cannot be done here.
    #[must_use]
    pub const fn after(self, act: Act) -> Option<State> {
        use State::{Cancelled, Completed, Draft, Launching, Paused, Running, Scheduled};
        match (self, act) {
            (Draft, Act::Schedule) => Some(Scheduled),
            (Scheduled, Act::Unschedule) => Some(Draft),
            (Draft | Scheduled, Act::Launch) => Some(Launching),
            (Launching, Act::Begin) => Some(Running),
            (Running, Act::Pause) => Some(Paused),
            (Paused, Act::Resume) => Some(Running),
            (Launching | Running | Paused, Act::Cancel) => Some(Cancelled),
            // A paused one of which everything was already on its way has nothing left to resume.
            (Running | Paused, Act::Complete) => Some(Completed),
            _ => None,
        }
    }

    /// Whether an act can be done here.
    #[must_use]
    pub const fn allows(self, act: Act) -> bool {
        self.after(act).is_some()
    }

    /// Whether it was let go and has not ended.
    #[must_use]
    pub const fn is_under_way(self) -> bool {
        matches!(self, State::Launching | State::Running | State::Paused)
    }

    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Draft => "draft",
            State::Scheduled => "scheduled",
            State::Launching => "launching",
            State::Running => "running",
            State::Paused => "paused",
            State::Completed => "completed",
            State::Cancelled => "cancelled",
        }
    }

    /// The state of a stored word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        State::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::{Act, State};

    const ACTS: [Act; 8] = [
        Act::Schedule,
        Act::Unschedule,
        Act::Launch,
        Act::Begin,
        Act::Pause,
        Act::Resume,
        Act::Cancel,
        Act::Complete,
    ];

    #[test]
    fn what_has_ended_never_moves_again() {
        for state in [State::Completed, State::Cancelled] {
            assert!(ACTS.iter().all(|act| !state.allows(*act)), "{state:?}");
        }
    }

    #[test]
    fn only_what_was_not_let_go_can_be_launched_and_nothing_leads_back_there() {
        for state in State::ALL {
            let fresh = matches!(state, State::Draft | State::Scheduled);
            assert_eq!(state.allows(Act::Launch), fresh, "{state:?}");
            if !fresh {
                let back = |act: &Act| matches!(state.after(*act), Some(State::Draft | State::Scheduled));
                assert!(!ACTS.iter().any(back), "{state:?}");
            }
        }
    }

    #[test]
    fn whatever_is_under_way_can_be_cancelled_and_nothing_else_can() {
        for state in State::ALL {
            assert_eq!(state.allows(Act::Cancel), state.is_under_way(), "{state:?}");
        }
    }

    #[test]
    fn a_pause_is_undone_by_resuming() {
        let paused = State::Running.after(Act::Pause).expect("running can be paused");
        assert_eq!(paused.after(Act::Resume), Some(State::Running));
    }

    #[test]
    fn words_are_read_back() {
        for state in State::ALL {
            assert_eq!(State::parse(state.as_str()), Some(state));
        }
        assert_eq!(State::parse("sent"), None);
    }
}
