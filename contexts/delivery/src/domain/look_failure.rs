//! Why a look into a bounce mailbox came to nothing, as it is kept and shown.

use std::{fmt, str::FromStr};

/// What the other side said is cut here.
const LONGEST: usize = 500;

/// How far a look came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LookStep {
    /// Opening a connection.
    Connect,
    /// Encrypting it.
    Tls,
    /// The server's first words.
    Greeting,
    /// Name and password.
    SignIn,
    /// Opening the folder.
    Folder,
    /// Finding and reading mails.
    Read,
    /// Marking, moving or deleting what was read.
    Dispose,
    /// On our side: the stored password does not open, the database does not answer.
    Ourselves,
}

impl LookStep {
    /// All of them, in order.
    pub const ALL: [LookStep; 8] = [
        LookStep::Connect,
        LookStep::Tls,
        LookStep::Greeting,
        LookStep::SignIn,
        LookStep::Folder,
        LookStep::Read,
        LookStep::Dispose,
        LookStep::Ourselves,
    ];

    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            LookStep::Connect => "connect",
            LookStep::Tls => "tls",
            LookStep::Greeting => "greeting",
            LookStep::SignIn => "sign_in",
            LookStep::Folder => "folder",
            LookStep::Read => "read",
            LookStep::Dispose => "dispose",
            LookStep::Ourselves => "ourselves",
        }
    }
}

/// How far it came, and what was said there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct LookFailure {
    /// How far it came.
    pub step: LookStep,
    /// In the words of the server, or of the technique below: one line, 500 characters at most.
    pub said: String,
}

impl LookFailure {
    /// One line, not endless.
    #[must_use]
    pub fn at(step: LookStep, said: &str) -> Self {
        let plain = said.chars().map(|c| if c.is_control() { ' ' } else { c });
        Self {
            step,
            said: plain.take(LONGEST).collect(),
        }
    }
}

/// As it is stored and as the API shows it: `sign_in: [AUTHENTICATIONFAILED] wrong password`.
impl fmt::Display for LookFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.step.as_str(), self.said)
    }
}

impl FromStr for LookFailure {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let (word, said) = text.split_once(": ").ok_or(())?;
        let step = LookStep::ALL.into_iter().find(|step| step.as_str() == word);
        Ok(Self {
            step: step.ok_or(())?,
            said: said.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{LookFailure, LookStep};

    #[test]
    fn what_is_stored_is_read_back() {
        for step in LookStep::ALL {
            let failure = LookFailure::at(step, "NO: really\u{7}");
            assert_eq!(failure.said, "NO: really ");
            assert_eq!(failure.to_string().parse(), Ok(failure));
        }
        assert_eq!("nonsense".parse::<LookFailure>(), Err(()));
    }
}
