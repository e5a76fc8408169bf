//! What a test of an account came to, as it is kept.

use std::{fmt, str::FromStr};

use super::{
    answer::{Conclusion, Phase},
    http_answer::Meaning,
};

/// What the other side said is cut here.
const LONGEST: usize = 500;

/// A test that failed: how far it came, and what was said there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestFailure {
    /// `None` when it is not known.
    pub phase: Option<Phase>,
    /// In the words of the server, or of the technique below.
    pub said: String,
}

impl TestFailure {
    /// What is wrong with how a message was handed over; `None` when the server took it.
    #[must_use]
    pub fn of(conclusion: &Conclusion) -> Option<Self> {
        match conclusion {
            Conclusion::Answered {
                phase: Phase::Acceptance,
                answer,
            } if answer.is_positive() => None,
            Conclusion::Answered { phase, answer } => Some(Self::at(Some(*phase), &answer.to_string())),
            Conclusion::Responded(answer) => {
                let phase = match answer.meaning {
                    Meaning::TakenOver => return None,
                    Meaning::AccountFault => Phase::Auth,
                    _ => Phase::Acceptance,
                };
                Some(Self::at(Some(phase), &answer.to_string()))
            }
            Conclusion::Broken { phase, error } => Some(Self::at(Some(*phase), error)),
            Conclusion::NotStarted { error } => Some(Self::at(None, error)),
        }
    }

    /// One line, not endless.
    #[must_use]
    pub fn at(phase: Option<Phase>, said: &str) -> Self {
        let plain = said.chars().map(|c| if c.is_control() { ' ' } else { c });
        Self {
            phase,
            said: plain.take(LONGEST).collect(),
        }
    }
}

const PHASES: [Phase; 9] = [
    Phase::Connect,
    Phase::Greeting,
    Phase::Tls,
    Phase::Auth,
    Phase::MailFrom,
    Phase::RcptTo,
    Phase::Data,
    Phase::Body,
    Phase::Acceptance,
];

/// The word of a phase, read back.
#[must_use]
pub fn phase(word: &str) -> Option<Phase> {
    PHASES.into_iter().find(|phase| phase.as_str() == word)
}

/// As it is stored and as the API shows it: `auth: 535 5.7.8 bad credentials`.
impl fmt::Display for TestFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.phase {
            Some(phase) => write!(f, "{}: {}", phase.as_str(), self.said),
            None => f.write_str(&self.said),
        }
    }
}

impl FromStr for TestFailure {
    type Err = std::convert::Infallible;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text
            .split_once(": ")
            .and_then(|(word, said)| Some((phase(word)?, said)));
        Ok(match parts {
            Some((phase, said)) => Self {
                phase: Some(phase),
                said: said.to_owned(),
            },
            None => Self {
                phase: None,
                said: text.to_owned(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{PHASES, TestFailure};
    use crate::domain::answer::{Answer, Conclusion, Phase};

    #[test]
    fn only_a_server_that_takes_the_message_passes() {
        let said = |phase, code, text| Conclusion::Answered {
            phase,
            answer: Answer::new(code, text),
        };
        assert_eq!(TestFailure::of(&said(Phase::Acceptance, 250, "2.0.0 Ok")), None);
        let failure =
            TestFailure::of(&said(Phase::Auth, 535, "5.7.8 bad\r\ncredentials")).expect("it failed");
        assert_eq!(failure.to_string(), "auth: 535 5.7.8 bad  credentials");
        let broken = Conclusion::Broken {
            phase: Phase::Acceptance,
            error: "reset".to_owned(),
        };
        assert!(TestFailure::of(&broken).is_some());
    }

    #[test]
    fn what_is_stored_is_read_back() {
        for phase in PHASES {
            let failure = TestFailure::at(Some(phase), "550 no: really");
            assert_eq!(failure.to_string().parse(), Ok(failure));
        }
        let unknown = TestFailure::at(None, "something else: entirely");
        assert_eq!(unknown.to_string().parse(), Ok(unknown));
    }

    #[test]
    fn a_talkative_server_is_cut_short() {
        assert_eq!(TestFailure::at(None, &"x".repeat(10_000)).said.len(), 500);
    }
}
