//! Complaints: feedback reports (ARF, RFC 5965) and what came before there was a standard.

use std::net::IpAddr;

use kernel::{EmailAddress, Timestamp};
use mail_parser::DateTime;

use super::{
    arrived::Arrived,
    fields::Fields,
    notice_recipients::{addresses_in, parse_address},
};

/// What the report says of the message (RFC 5965 section 7.3, RFC 6591).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FeedbackType {
    /// "This is spam."
    Abuse,
    /// "This is fraud."
    Fraud,
    /// "I want no more of it."
    OptOut,
    /// "This is no spam": a verdict taken back.
    NotSpam,
    /// It failed SPF, DKIM or DMARC: about our domain, not from a person.
    AuthFailure,
    /// It carried a virus.
    Virus,
    /// Any other.
    Other,
}

impl FeedbackType {
    /// The word of the registry.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            FeedbackType::Abuse => "abuse",
            FeedbackType::Fraud => "fraud",
            FeedbackType::OptOut => "opt-out",
            FeedbackType::NotSpam => "not-spam",
            FeedbackType::AuthFailure => "auth-failure",
            FeedbackType::Virus => "virus",
            FeedbackType::Other => "other",
        }
    }

    /// Whether the person wants no more mail.
    #[must_use]
    pub const fn is_complaint(self) -> bool {
        matches!(
            self,
            FeedbackType::Abuse | FeedbackType::Fraud | FeedbackType::OptOut
        )
    }

    fn parse(text: &str) -> Self {
        match text.trim().to_ascii_lowercase().as_str() {
            // `complaint` is what Return Path's loops write into `Abuse-Type`; `miscategorized` is
            // what people press instead of "spam" at one provider.
            "abuse" | "complaint" | "spam" | "miscategorized" => FeedbackType::Abuse,
            "fraud" | "phishing" => FeedbackType::Fraud,
            "opt-out" | "opt-out-list" | "optout" | "unsubscribe" => FeedbackType::OptOut,
            "not-spam" | "notspam" => FeedbackType::NotSpam,
            "auth-failure" => FeedbackType::AuthFailure,
            "virus" => FeedbackType::Virus,
            _ => FeedbackType::Other,
        }
    }
}

/// One complaint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedbackReport {
    /// Of what kind.
    pub feedback_type: FeedbackType,
    /// Who complains; many providers leave it out, and then only our own token or message id tells.
    pub recipients: Vec<EmailAddress>,
    /// The server that the message came from.
    pub source_ip: Option<IpAddr>,
    /// When the message came in.
    pub arrival_date: Option<Timestamp>,
    /// The program that reports.
    pub user_agent: Option<String>,
}

/// The complaint in a mail; `None` where it holds none.
pub(super) fn feedback(arrived: &Arrived<'_>, returned: &Fields) -> Option<FeedbackReport> {
    let fields = match arrived.part(&["message/feedback-report"]) {
        Some(text) => Fields::parse(&text),
        None if arrived.report_type().as_deref() == Some("feedback-report") => Fields::default(),
        None => return hotmail_complaint(arrived, returned),
    };
    // A report that cannot be read in this respect is still one: all loops report abuse first.
    let feedback_type = fields
        .get("Feedback-Type")
        .or_else(|| fields.get("Abuse-Type"))
        .map_or(FeedbackType::Abuse, FeedbackType::parse);
    Some(FeedbackReport {
        feedback_type,
        recipients: recipients(&fields, returned),
        source_ip: fields
            .get("Source-IP")
            .or_else(|| fields.get("Source"))
            .and_then(ip),
        arrival_date: fields
            .get("Arrival-Date")
            .or_else(|| fields.get("Received-Date"))
            .and_then(date),
        user_agent: fields.get("User-Agent").map(str::to_owned),
    })
}

/// Outlook.com's Junk Mail Reporting Program: the message attached, nothing else to read; the
/// recipient stands in a header that the provider adds to it.
fn hotmail_complaint(arrived: &Arrived<'_>, returned: &Fields) -> Option<FeedbackReport> {
    let subject = arrived.subject.to_ascii_lowercase();
    let recipient = returned.get("X-HmXmrOriginalRecipient");
    if recipient.is_none() && !subject.starts_with("complaint about message from") {
        return None;
    }
    Some(FeedbackReport {
        feedback_type: FeedbackType::Abuse,
        recipients: recipient.and_then(parse_address).map_or_else(
            || recipients(&Fields::default(), returned),
            |address| vec![address],
        ),
        source_ip: arrived.subject.split_whitespace().last().and_then(ip),
        arrival_date: returned.get("Date").and_then(date),
        user_agent: None,
    })
}

fn recipients(fields: &Fields, returned: &Fields) -> Vec<EmailAddress> {
    let mut named: Vec<EmailAddress> = ["Original-Rcpt-To", "Removal-Recipient", "Redacted-Address"]
        .into_iter()
        .flat_map(|name| fields.all(name))
        .filter_map(parse_address)
        .filter(|address| !is_redacted(address))
        .collect();
    if named.is_empty() {
        named = returned
            .all("To")
            .flat_map(addresses_in)
            .filter(|address| !is_redacted(address))
            .collect();
    }
    named.dedup();
    named
}

fn is_redacted(address: &EmailAddress) -> bool {
    let local = address.as_str().split('@').next().unwrap_or_default();
    matches!(local, "redacted" | "x" | "undisclosed" | "undisclosed-recipients")
        || local.starts_with("redacted")
}

fn ip(text: &str) -> Option<IpAddr> {
    text.trim_matches(|c: char| !c.is_ascii_hexdigit() && c != ':')
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}

/// RFC 5322, with the obsolete zones.
pub(super) fn date(text: &str) -> Option<Timestamp> {
    let date = DateTime::parse_rfc822(text).filter(DateTime::is_valid)?;
    Timestamp::from_second(date.to_timestamp()).ok()
}

#[cfg(test)]
mod tests {
    use super::{FeedbackType, date, ip};

    #[test]
    fn only_people_who_want_no_more_complain() {
        for (word, complains) in [
            ("abuse", true),
            ("Fraud", true),
            ("opt-out", true),
            ("not-spam", false),
            ("auth-failure", false),
            ("virus", false),
            ("x-odd", false),
        ] {
            assert_eq!(FeedbackType::parse(word).is_complaint(), complains, "{word}");
        }
    }

    #[test]
    fn dates_and_addresses_are_read_as_they_come() {
        assert_eq!(
            date("Thu, 8 Mar 2026 14:00:00 EDT").map(|at| at.to_string()),
            Some("2026-03-08T18:00:00Z".to_owned())
        );
        assert_eq!(date("yesterday"), None);
        assert_eq!(ip("[192.0.2.7]"), "192.0.2.7".parse().ok());
        assert_eq!(ip("2001:db8::1"), "2001:db8::1".parse().ok());
    }
}
