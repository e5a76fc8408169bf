//! When mail to a mailbox provider does a domain's name more harm than good.

/// What it is braked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    /// More than one in twenty came back for good.
    Bounces,
    /// Three in a thousand or more were called spam.
    Complaints,
}

impl Harm {
    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Harm::Bounces => "bounces",
            Harm::Complaints => "complaints",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "bounces" => Some(Harm::Bounces),
            "complaints" => Some(Harm::Complaints),
            _ => None,
        }
    }
}

/// Of fewer messages no share is told.
const TOO_FEW: u64 = 200;
/// Fewer are an accident.
const FEWEST_BOUNCES: u64 = 20;
const FEWEST_COMPLAINTS: u64 = 3;

/// What the messages of the last hours did, out of so many that were accepted and so many that came back.
#[must_use]
pub fn harm(sent: u64, bounced: u64, complained: u64) -> Option<Harm> {
    // What bounces later was accepted first; what a server refused was not.
    let all = sent.max(bounced);
    if all < TOO_FEW {
        return None;
    }
    if complained >= FEWEST_COMPLAINTS && complained * 1000 >= all * 3 {
        return Some(Harm::Complaints);
    }
    (bounced >= FEWEST_BOUNCES && bounced * 20 > all).then_some(Harm::Bounces)
}

#[cfg(test)]
mod tests {
    use super::{Harm, harm};

    #[test]
    fn the_lines_are_those_that_receivers_draw() {
        for (sent, bounced, complained, what) in [
            (10_000, 500, 0, None),
            (10_000, 501, 0, Some(Harm::Bounces)),
            (10_000, 0, 29, None),
            (10_000, 0, 30, Some(Harm::Complaints)),
            (10_000, 600, 40, Some(Harm::Complaints)),
            (1000, 0, 2, None),
            (1000, 0, 3, Some(Harm::Complaints)),
            (0, 300, 0, Some(Harm::Bounces)),
        ] {
            assert_eq!(
                harm(sent, bounced, complained),
                what,
                "{sent} {bounced} {complained}"
            );
        }
    }

    #[test]
    fn a_handful_brakes_nothing() {
        assert_eq!(harm(100, 50, 50), None);
        assert_eq!(harm(300, 19, 0), None);
    }
}
