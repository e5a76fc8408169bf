//! What a `message/delivery-status` part says of each recipient (RFC 3464).

use kernel::EmailAddress;

use super::fields::Fields;
use crate::domain::answer::EnhancedCode;

/// Characters of a diagnostic that are kept.
pub(super) const LONGEST_DIAGNOSTIC: usize = 2_000;
/// Recipients of one report that are looked at; our messages have one each.
const MOST_RECIPIENTS: usize = 100;

/// What the server did (RFC 3464 section 2.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Given up.
    Failed,
    /// Not yet; it goes on trying.
    Delayed,
    /// In the mailbox.
    Delivered,
    /// Handed on to a server that does not report.
    Relayed,
    /// Handed on to several.
    Expanded,
}

impl Action {
    /// From the field. What nobody can read is taken from the status, and a status of 4 without an
    /// action is no end yet.
    fn parse(text: Option<&str>, status: Option<EnhancedCode>) -> Self {
        let text = text.unwrap_or_default().trim().to_ascii_lowercase();
        match (text.as_str(), status.map(|code| code.class)) {
            (word, _) if word.starts_with("fail") => Action::Failed,
            (word, _) if word.starts_with("delay") => Action::Delayed,
            (word, _) if word.starts_with("deliver") => Action::Delivered,
            (word, _) if word.starts_with("relay") => Action::Relayed,
            (word, _) if word.starts_with("expand") => Action::Expanded,
            (_, Some(2)) => Action::Delivered,
            (_, Some(4)) => Action::Delayed,
            _ => Action::Failed,
        }
    }
}

/// What became of the message for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipientReport {
    /// Whom the reporting server tried to reach, perhaps after a forwarding.
    pub final_recipient: Option<EmailAddress>,
    /// Whom the message was sent to, if the report says so.
    pub original_recipient: Option<EmailAddress>,
    /// What the server did.
    pub action: Action,
    /// The report's own status; servers also put nonsense there.
    pub status: Option<EnhancedCode>,
    /// What the other server said, or the report's words on this recipient, on one line; may be empty.
    pub diagnostic: String,
    /// The server that said so.
    pub remote_mta: Option<String>,
}

impl RecipientReport {
    /// Who we wrote to, as far as the report knows.
    #[must_use]
    pub fn address(&self) -> Option<&EmailAddress> {
        self.original_recipient.as_ref().or(self.final_recipient.as_ref())
    }
}

/// All recipients of a delivery status; none where it holds nothing of the kind.
pub(super) fn recipients(text: &str) -> Vec<RecipientReport> {
    Fields::parse_blocks(text)
        .iter()
        .filter(|block| is_about_recipient(block))
        .map(recipient)
        .take(MOST_RECIPIENTS)
        .collect()
}

/// Some servers leave out the empty line after the fields of the message, so that these do not
/// tell that a block is about no recipient.
fn is_about_recipient(block: &Fields) -> bool {
    ["Final-Recipient", "Original-Recipient"]
        .into_iter()
        .any(|name| block.has(name))
        || (block.has("Action") && block.has("Status"))
}

fn recipient(block: &Fields) -> RecipientReport {
    let status = block
        .get("Status")
        .and_then(|status| status.split(|c: char| c.is_whitespace() || c == '(').next())
        .and_then(|code| code.parse().ok());
    RecipientReport {
        final_recipient: block.get("Final-Recipient").and_then(typed_address),
        original_recipient: block.get("Original-Recipient").and_then(typed_address),
        action: Action::parse(block.get("Action"), status),
        status,
        diagnostic: block
            .get("Diagnostic-Code")
            .map(|code| one_line(without_type(code)))
            .unwrap_or_default(),
        remote_mta: block
            .get("Remote-MTA")
            .map(|name| without_type(name).to_owned())
            .filter(|name| !name.is_empty()),
    }
}

/// `rfc822; ann@example.com`, with or without its type, brackets and comments.
fn typed_address(text: &str) -> Option<EmailAddress> {
    let address = without_type(text);
    let address = match address.split_once('<') {
        Some((_, rest)) => rest.split('>').next()?,
        None => address.split_whitespace().next()?,
    };
    // RFC 3461 section 4: `+` and `=` may come as xtext.
    let address = address.replace("+2B", "+").replace("+3D", "=");
    EmailAddress::parse(&address).ok()
}

/// `smtp; 550 …` without `smtp;`.
fn without_type(text: &str) -> &str {
    match text.split_once(';') {
        Some((kind, rest))
            if kind.len() <= 30
                && kind
                    .trim()
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
                && !kind.trim().bytes().all(|b| b.is_ascii_digit()) =>
        {
            rest.trim()
        }
        _ => text.trim(),
    }
}

/// Words with single spaces, and not endless.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if line.len() + word.len() > LONGEST_DIAGNOSTIC {
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::{Action, recipients};

    #[test]
    fn the_original_recipient_is_whom_we_wrote_to() {
        let text = "Reporting-MTA: dns; mx.example\n\n\
                    Final-Recipient: rfc822; box@other.example\n\
                    Original-Recipient: rfc822;<ann+2Bnews@example.com>\n\
                    Action: Failed (gone)\nStatus: 5.1.1 (no such user)\n\
                    Remote-MTA: dns; mx.other.example\nDiagnostic-Code: smtp; 550 5.1.1\n unknown\n";
        let found = recipients(text);
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].address().map(|address| address.as_str()),
            Some("ann+news@example.com")
        );
        assert_eq!(found[0].action, Action::Failed);
        assert_eq!(found[0].diagnostic, "550 5.1.1 unknown");
        assert_eq!(found[0].remote_mta.as_deref(), Some("mx.other.example"));
    }

    #[test]
    fn fields_without_an_empty_line_between_them_still_name_a_recipient() {
        let text =
            "Reporting-MTA: dns; mx.example\nFinal-Recipient: RFC822; ann@example.com\nStatus: 4.4.1\n";
        let found = recipients(text);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].action, Action::Delayed);
    }

    #[test]
    fn a_local_user_name_is_no_address() {
        let text = "Final-Recipient: rfc822; ann\nAction: failed\nStatus: 5.2.2\n";
        assert_eq!(recipients(text)[0].address(), None);
    }
}
