use super::{Finding, Status, tags};

/// What receivers are asked to do with mail that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Nothing.
    None,
    /// Put it aside.
    Quarantine,
    /// Refuse it.
    Reject,
}

/// How closely a domain has to match that of the sender.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Alignment {
    /// The same organisation is enough.
    #[default]
    Relaxed,
    /// It has to be the same domain.
    Strict,
}

/// A DMARC record (RFC 7489 section 6.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dmarc {
    /// `p=`, or `sp=` for a domain below the one that publishes it.
    pub policy: Policy,
    /// `adkim=`
    pub dkim: Alignment,
    /// `aspf=`
    pub spf: Alignment,
    /// Whether somebody gets the reports.
    pub has_reports: bool,
}

impl Dmarc {
    /// Reads a record. `below` says that it was found at a parent, whose `sp=` holds then.
    #[must_use]
    pub fn parse(text: &str, below: bool) -> Option<Self> {
        let tags = tags(text);
        // The version stands first, or it is no such record.
        let (name, version) = tags.first()?;
        if name != "v" || *version != "DMARC1" {
            return None;
        }
        let of = |name: &str| tags.iter().find(|(n, _)| n == name).map(|(_, value)| *value);
        let policy = |word: &str| match word.to_ascii_lowercase().as_str() {
            "none" => Some(Policy::None),
            "quarantine" => Some(Policy::Quarantine),
            "reject" => Some(Policy::Reject),
            _ => None,
        };
        let own = of("p").and_then(policy);
        let inherited = of("sp").filter(|_| below).and_then(policy);
        let alignment = |word: Option<&str>| match word {
            Some("s" | "S") => Alignment::Strict,
            _ => Alignment::Relaxed,
        };
        let has_reports = of("rua").is_some_and(|rua| rua.contains(':'));
        // A record with reports and an unreadable policy counts as "none" (section 6.6.3).
        let policy = inherited.or(own).or(has_reports.then_some(Policy::None))?;
        Some(Self {
            policy,
            dkim: alignment(of("adkim")),
            spf: alignment(of("aspf")),
            has_reports,
        })
    }
}

/// Where the policy of a domain may stand: at itself, or at a parent of it, but not above two labels.
#[must_use]
pub fn dmarc_names(domain: &str) -> Vec<String> {
    let mut names = vec![format!("_dmarc.{domain}")];
    let mut rest = domain;
    while let Some((_, parent)) = rest.split_once('.') {
        if !parent.contains('.') {
            break;
        }
        names.push(format!("_dmarc.{parent}"));
        rest = parent;
    }
    names
}

/// What came of asking each of [`dmarc_names`] in order, up to the first that has a policy.
#[must_use]
pub fn assess_dmarc(found: &[Vec<String>]) -> (Finding, Option<Dmarc>) {
    for (depth, texts) in found.iter().enumerate() {
        let policies: Vec<&String> = texts
            .iter()
            .filter(|text| text.trim_start().to_ascii_lowercase().starts_with("v=dmarc1"))
            .collect();
        match policies[..] {
            [] => {}
            [text] => {
                return match Dmarc::parse(text, depth > 0) {
                    Some(dmarc) => (Finding::new(Status::Ok, text), Some(dmarc)),
                    None => (Finding::new(Status::Different, text), None),
                };
            }
            // Receivers ignore them all (section 6.6.3).
            [first, ..] => return (Finding::new(Status::Different, first), None),
        }
    }
    (Finding::missing(), None)
}

#[cfg(test)]
mod tests {
    use super::{Alignment, Dmarc, Policy, assess_dmarc, dmarc_names};
    use crate::domain::domain_check::Status;

    #[test]
    fn a_policy_is_read_with_its_alignment() {
        let dmarc = Dmarc::parse(
            "v=DMARC1; p=Quarantine; sp=reject; adkim=s; rua=mailto:d@shop.example",
            false,
        );
        let expected = Dmarc {
            policy: Policy::Quarantine,
            dkim: Alignment::Strict,
            spf: Alignment::Relaxed,
            has_reports: true,
        };
        assert_eq!(dmarc, Some(expected));
        let below = Dmarc::parse("v=DMARC1; p=none; sp=reject", true).expect("a policy");
        assert_eq!(below.policy, Policy::Reject);
        for broken in ["p=none; v=DMARC1", "v=DMARC1", "v=DMARC1; p=maybe", ""] {
            assert_eq!(Dmarc::parse(broken, false), None, "{broken}");
        }
        let reported = Dmarc::parse("v=DMARC1; p=maybe; rua=mailto:a@b.example", false);
        assert_eq!(reported.expect("counts as none").policy, Policy::None);
    }

    #[test]
    fn parents_are_asked_up_to_two_labels() {
        assert_eq!(
            dmarc_names("news.shop.example.com"),
            [
                "_dmarc.news.shop.example.com",
                "_dmarc.shop.example.com",
                "_dmarc.example.com"
            ]
        );
        assert_eq!(dmarc_names("example.com"), ["_dmarc.example.com"]);
    }

    #[test]
    fn the_nearest_policy_counts_and_two_are_none() {
        let texts = |list: &[&str]| -> Vec<String> { list.iter().map(|t| (*t).to_owned()).collect() };
        let (finding, dmarc) = assess_dmarc(&[texts(&["site=x"]), texts(&["v=DMARC1; p=reject"])]);
        assert_eq!(
            (finding.status, dmarc.map(|d| d.policy)),
            (Status::Ok, Some(Policy::Reject))
        );
        let (finding, dmarc) = assess_dmarc(&[texts(&["v=DMARC1; p=none", "v=DMARC1; p=reject"])]);
        assert_eq!((finding.status, dmarc), (Status::Different, None));
        assert_eq!(assess_dmarc(&[Vec::new()]).0.status, Status::Missing);
    }
}
