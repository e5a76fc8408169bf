//! Domains that mail is sent from.

use kernel::EmailAddress;

/// Who a message is from, as people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// Shown before the address; may be empty.
    pub name: String,
    /// The address.
    pub address: EmailAddress,
    /// Where answers go, if elsewhere.
    pub reply_to: Option<EmailAddress>,
}

/// The sender of an organisation that has not set up a domain. Its mail cannot leave the machine:
/// going live demands a domain, and `.invalid` never resolves (RFC 2606).
#[must_use]
pub fn stand_in(organization: &str) -> Sender {
    Sender {
        name: organization.to_owned(),
        address: EmailAddress::parse("mail@your-domain.invalid").expect("it is well formed"),
        reply_to: None,
    }
}

/// Whether a text may be shown before an address: no control characters, not endless.
#[must_use]
pub fn is_sender_name(name: &str) -> bool {
    name.chars().count() <= 100 && !super::mail::has_control(name)
}
