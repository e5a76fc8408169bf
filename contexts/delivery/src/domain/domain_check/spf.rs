use super::{Finding, Status};
use crate::domain::provider::ProviderKind;

/// Look-ups that an evaluation may cause; one more, and receivers give up (RFC 7208 section 4.6.4).
pub const MOST_LOOKUPS: usize = 10;

/// A part of a record that causes a look-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpfTerm {
    /// Another record has to be read: `include:` and `redirect=`.
    Record(String),
    /// One look-up and no more: `a`, `mx`, `ptr`, `exists`.
    LookUp,
}

/// An SPF record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spf {
    /// What in it causes look-ups.
    pub terms: Vec<SpfTerm>,
    /// As it stands in DNS.
    pub text: String,
}

impl Spf {
    /// Reads a record; `None` when it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_ascii_whitespace();
        if !words.next()?.eq_ignore_ascii_case("v=spf1") {
            return None;
        }
        Some(Self {
            terms: words.filter_map(term).collect(),
            text: text.to_owned(),
        })
    }

    /// Whether it includes another domain's record.
    #[must_use]
    pub fn includes(&self, domain: &str) -> bool {
        self.terms
            .iter()
            .any(|term| matches!(term, SpfTerm::Record(name) if name.eq_ignore_ascii_case(domain)))
    }
}

fn term(word: &str) -> Option<SpfTerm> {
    let word = word.trim_start_matches(['+', '-', '~', '?']);
    let end = word.find([':', '=', '/']).unwrap_or(word.len());
    let (name, rest) = word.split_at(end);
    let target = || {
        rest.trim_start_matches([':', '='])
            .trim_end_matches('.')
            .to_owned()
    };
    match (name.to_ascii_lowercase().as_str(), rest.chars().next()) {
        ("include", Some(':')) | ("redirect", Some('=')) => Some(SpfTerm::Record(target())),
        ("a" | "mx" | "ptr", None | Some(':' | '/')) | ("exists", Some(':')) => Some(SpfTerm::LookUp),
        _ => None,
    }
}

/// The SPF records among the texts of a domain.
#[must_use]
pub fn spf_of(texts: &[String]) -> Vec<Spf> {
    texts.iter().filter_map(|text| Spf::parse(text)).collect()
}

/// What the record of a domain has to include for accounts of these kinds. What a mail server of one's
/// own needs cannot be known from here.
#[must_use]
pub fn includes_for(kinds: &[ProviderKind]) -> Vec<&'static str> {
    let mut includes: Vec<&'static str> = kinds
        .iter()
        .filter_map(|kind| match kind {
            ProviderKind::Ses => Some("amazonses.com"),
            ProviderKind::SendGrid => Some("sendgrid.net"),
            ProviderKind::Mailgun => Some("mailgun.org"),
            _ => None,
        })
        .collect();
    includes.sort_unstable();
    includes.dedup();
    includes
}

/// Judges a domain's SPF. `lookups` is how many its evaluation causes, as far as that was counted.
#[must_use]
pub fn assess_spf(records: &[Spf], includes: &[&str], lookups: usize) -> Finding {
    match records {
        [] => Finding::missing(),
        [spf] => {
            let complete = includes.iter().all(|domain| spf.includes(domain));
            let status = if complete && lookups <= MOST_LOOKUPS {
                Status::Ok
            } else {
                Status::Different
            };
            Finding::new(status, &spf.text)
        }
        // Receivers give up at two (RFC 7208 section 4.5).
        several => {
            let all: Vec<&str> = several.iter().map(|spf| spf.text.as_str()).collect();
            Finding::new(Status::Different, &all.join(" | "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_causes_look_ups_is_counted() {
        let spf = Spf::parse(
            "v=spf1 ip4:192.0.2.0/24 a mx:mx.shop.example -ptr exists:%{i}.x.example include:amazonses.com \
             a/24 redirect=_spf.shop.example exp=why.shop.example ~all",
        )
        .expect("a record");
        let records: Vec<&SpfTerm> = spf.terms.iter().filter(|t| **t != SpfTerm::LookUp).collect();
        assert_eq!(spf.terms.len(), 7);
        assert_eq!(
            records,
            [
                &SpfTerm::Record("amazonses.com".to_owned()),
                &SpfTerm::Record("_spf.shop.example".to_owned())
            ]
        );
        assert!(spf.includes("AmazonSES.com") && !spf.includes("sendgrid.net"));
        for other in ["v=spf10 a", "spf2.0/pra a", "", "google-site-verification=x"] {
            assert_eq!(Spf::parse(other), None, "{other}");
        }
    }

    #[test]
    fn one_complete_record_with_few_look_ups_is_in_order() {
        let of = |texts: &[&str]| {
            let texts: Vec<String> = texts.iter().map(|t| (*t).to_owned()).collect();
            spf_of(&texts)
        };
        let one = of(&["v=spf1 include:sendgrid.net ~all", "site=x"]);
        assert_eq!(assess_spf(&one, &["sendgrid.net"], 10).status, Status::Ok);
        assert_eq!(assess_spf(&one, &[], 11).status, Status::Different);
        assert_eq!(assess_spf(&one, &["mailgun.org"], 1).status, Status::Different);
        assert_eq!(
            assess_spf(&of(&["v=spf1 ~all", "v=spf1 -all"]), &[], 0).status,
            Status::Different
        );
        assert_eq!(assess_spf(&[], &[], 0).status, Status::Missing);
    }

    #[test]
    fn each_kind_of_account_asks_for_its_include_once() {
        let kinds = [ProviderKind::SendGrid, ProviderKind::Smtp, ProviderKind::SendGrid];
        assert_eq!(includes_for(&kinds), ["sendgrid.net"]);
    }
}
