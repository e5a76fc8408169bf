use super::includes_for;
use crate::domain::{dns_record::TxtRecord, domain_key::DomainKey, provider::ProviderKind};

/// A record that a domain needs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RecordKind {
    /// The key with this selector.
    Dkim(String),
    /// Who may send.
    Spf,
    /// What to do with mail that fails.
    Dmarc,
    /// Where answers go.
    Mx,
    /// The host that links lead to.
    Tracking,
}

impl RecordKind {
    /// The word that is stored, and that programs read.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            RecordKind::Dkim(selector) => format!("dkim:{selector}"),
            RecordKind::Spf => "spf".to_owned(),
            RecordKind::Dmarc => "dmarc".to_owned(),
            RecordKind::Mx => "mx".to_owned(),
            RecordKind::Tracking => "tracking".to_owned(),
        }
    }

    /// The kind of a stored word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "spf" => Some(RecordKind::Spf),
            "dmarc" => Some(RecordKind::Dmarc),
            "mx" => Some(RecordKind::Mx),
            "tracking" => Some(RecordKind::Tracking),
            _ => text
                .strip_prefix("dkim:")
                .map(|selector| RecordKind::Dkim(selector.to_owned())),
        }
    }

    /// The type of the record in DNS.
    #[must_use]
    pub const fn dns_type(&self) -> &'static str {
        match self {
            RecordKind::Dkim(_) | RecordKind::Spf | RecordKind::Dmarc => "TXT",
            RecordKind::Mx => "MX",
            RecordKind::Tracking => "CNAME",
        }
    }
}

/// What a record should say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Advice {
    /// Exactly this.
    Exactly(String),
    /// For instance this, unless there is one already that says as much.
    ForInstance(String),
    /// Whatever the owner of the domain decides: it only has to be there.
    Any,
}

/// A record to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedRecord {
    /// Which.
    pub kind: RecordKind,
    /// Its full name, without a dot at the end.
    pub host: String,
    /// What it should say.
    pub advice: Advice,
}

/// What links lead to.
#[derive(Clone, Copy, Debug)]
pub struct Host<'a> {
    /// The domain's own host for links, if it wants one.
    pub tracking: Option<&'a str>,
    /// The host of the installation, which that has to lead to.
    pub ours: &'a str,
}

/// All records that a domain needs, for its live keys and the accounts that its mail leaves by.
#[must_use]
pub fn expected_records(
    domain: &str,
    keys: &[DomainKey],
    kinds: &[ProviderKind],
    host: Host<'_>,
) -> Vec<ExpectedRecord> {
    let mut records: Vec<ExpectedRecord> = keys
        .iter()
        .filter(|key| key.state.is_live())
        .map(|key| {
            let record = TxtRecord::dkim(&key.selector, domain, key.record());
            ExpectedRecord {
                kind: RecordKind::Dkim(key.selector.clone()),
                host: record.name,
                advice: Advice::Exactly(record.value),
            }
        })
        .collect();
    let dmarc = TxtRecord::mild_dmarc(domain);
    records.extend([
        ExpectedRecord {
            kind: RecordKind::Spf,
            host: domain.to_owned(),
            advice: spf_advice(kinds),
        },
        ExpectedRecord {
            kind: RecordKind::Dmarc,
            host: dmarc.name,
            advice: Advice::ForInstance(dmarc.value),
        },
        ExpectedRecord {
            kind: RecordKind::Mx,
            host: domain.to_owned(),
            advice: Advice::Any,
        },
    ]);
    if let Some(tracking) = host.tracking {
        records.push(ExpectedRecord {
            kind: RecordKind::Tracking,
            host: tracking.to_owned(),
            advice: Advice::Exactly(host.ours.to_owned()),
        });
    }
    records
}

/// Without a service that we know, only its owner knows which servers send.
fn spf_advice(kinds: &[ProviderKind]) -> Advice {
    let includes = includes_for(kinds);
    if includes.is_empty() {
        return Advice::Any;
    }
    let words: Vec<String> = includes
        .iter()
        .map(|domain| format!("include:{domain}"))
        .collect();
    Advice::ForInstance(format!("v=spf1 {} ~all", words.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_without_keys_needs_the_rest_all_the_same() {
        let host = Host {
            tracking: Some("links.shop.example"),
            ours: "mail.example",
        };
        let records = expected_records("shop.example", &[], &[ProviderKind::Ses], host);
        let told: Vec<(String, &str)> = records
            .iter()
            .map(|record| (record.kind.key(), record.host.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("spf".to_owned(), "shop.example"),
                ("dmarc".to_owned(), "_dmarc.shop.example"),
                ("mx".to_owned(), "shop.example"),
                ("tracking".to_owned(), "links.shop.example"),
            ]
        );
        assert_eq!(
            records[0].advice,
            Advice::ForInstance("v=spf1 include:amazonses.com ~all".to_owned())
        );
        assert_eq!(records[3].advice, Advice::Exactly("mail.example".to_owned()));
    }

    #[test]
    fn words_are_read_back() {
        for kind in [
            RecordKind::Dkim("m-1.x".to_owned()),
            RecordKind::Spf,
            RecordKind::Tracking,
        ] {
            assert_eq!(RecordKind::parse(&kind.key()), Some(kind));
        }
        assert_eq!(RecordKind::parse("txt"), None);
    }
}
