//! DNS records that people have to publish.

/// The most octets of one string of a TXT record (RFC 1035 section 3.3).
const LONGEST_STRING: usize = 255;

/// A TXT record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TxtRecord {
    /// Full name, without the dot at the end.
    pub name: String,
    /// Its text, whole.
    pub value: String,
}

impl TxtRecord {
    /// The key that a domain's mail is signed with (RFC 6376 section 3.6.2.1).
    #[must_use]
    pub fn dkim(selector: &str, domain: &str, value: String) -> Self {
        Self {
            name: format!("{selector}._domainkey.{domain}"),
            value,
        }
    }

    /// The least that Gmail and Yahoo ask of whoever sends much: a policy, be it the mildest.
    #[must_use]
    pub fn mild_dmarc(domain: &str) -> Self {
        Self {
            name: format!("_dmarc.{domain}"),
            value: "v=DMARC1; p=none".to_owned(),
        }
    }

    /// As a line of a zone file, with a long text split into strings that receivers join again.
    #[must_use]
    pub fn zone_line(&self) -> String {
        let strings: Vec<String> = self
            .value
            .as_bytes()
            .chunks(LONGEST_STRING)
            .map(|piece| format!("\"{}\"", String::from_utf8_lossy(piece)))
            .collect();
        format!("{}. 3600 IN TXT ( {} )", self.name, strings.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::TxtRecord;

    #[test]
    fn a_long_key_is_split_into_strings_that_dns_can_carry() {
        let record = TxtRecord::dkim(
            "mauntic",
            "example.com",
            format!("v=DKIM1; k=rsa; p={}", "A".repeat(392)),
        );
        let line = record.zone_line();
        assert!(line.starts_with("mauntic._domainkey.example.com. 3600 IN TXT ( \"v=DKIM1;"));
        let strings: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
        assert_eq!(strings.len(), 2);
        assert!(strings.iter().all(|s| s.len() <= 255));
        assert_eq!(strings.concat(), record.value);
    }
}
