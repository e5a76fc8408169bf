//! What people may enter for a sending domain.

use kernel::EmailAddress;

use super::{
    dkim::is_selector,
    sending_domain::{Sender, is_sender_name},
    tracking_host::InvalidTrackingHost,
};

/// Something about a domain that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DomainFault {
    /// No host name, or one outside ASCII.
    #[error("not a domain")]
    Domain,
    /// It is there already.
    #[error("the domain is already set up")]
    DomainTaken,
    /// Nothing that can stand before the `@`.
    #[error("not the first part of an address")]
    FromLocalPart,
    /// Too long, or with control characters.
    #[error("not a name that can be shown")]
    FromName,
    /// Not an address.
    #[error("not an address")]
    ReplyTo,
    /// Not a label of DNS.
    #[error("not a selector")]
    Selector,
    /// A key of the domain has or had it: two keys would answer to one name.
    #[error("a key of the domain has this selector")]
    SelectorTaken,
    /// Nothing that links can lead to.
    #[error(transparent)]
    TrackingHost(#[from] InvalidTrackingHost),
}

/// A sender as it was typed in.
#[derive(Clone, Debug, Default)]
pub struct SenderDraft {
    /// The domain.
    pub domain: String,
    /// Before the `@`.
    pub from_local_part: String,
    /// Shown before the address; may be empty.
    pub from_name: String,
    /// Where answers go; empty for the sender's own address.
    pub reply_to: String,
}

impl SenderDraft {
    /// The sender, or all that is wrong with it.
    pub fn parse(&self) -> Result<Sender, Vec<DomainFault>> {
        let mut faults = Vec::new();
        let (local, domain) = (self.from_local_part.trim(), self.domain.trim());
        // Apart, so that each field is told what is wrong with it.
        if EmailAddress::parse(&format!("a@{domain}")).is_err() || domain.contains('@') {
            faults.push(DomainFault::Domain);
        }
        if EmailAddress::parse(&format!("{local}@example.com")).is_err() || local.contains('@') {
            faults.push(DomainFault::FromLocalPart);
        }
        let name = self.from_name.trim();
        if !is_sender_name(name) {
            faults.push(DomainFault::FromName);
        }
        let reply_to = Some(self.reply_to.trim())
            .filter(|text| !text.is_empty())
            .map(EmailAddress::parse);
        let reply_to = reply_to.transpose().map_err(|_| DomainFault::ReplyTo);
        let address = EmailAddress::parse(&format!("{local}@{domain}"));
        match (reply_to, address) {
            (Ok(reply_to), Ok(address)) if faults.is_empty() => Ok(Sender {
                name: name.to_owned(),
                address,
                reply_to,
            }),
            (reply_to, address) => {
                faults.extend(reply_to.err());
                // Each part is fine and both together are too long.
                if address.is_err() && faults.is_empty() {
                    faults.push(DomainFault::Domain);
                }
                Err(faults)
            }
        }
    }
}

/// A selector as it was typed in; empty takes the one that is suggested.
pub fn parse_selector(text: &str, suggested: &str) -> Result<String, DomainFault> {
    let text = text.trim().to_ascii_lowercase();
    let selector = if text.is_empty() {
        suggested.to_owned()
    } else {
        text
    };
    if is_selector(&selector) {
        Ok(selector)
    } else {
        Err(DomainFault::Selector)
    }
}

#[cfg(test)]
mod tests {
    use super::{DomainFault, SenderDraft, parse_selector};

    fn draft(domain: &str, local: &str, name: &str, reply_to: &str) -> SenderDraft {
        SenderDraft {
            domain: domain.to_owned(),
            from_local_part: local.to_owned(),
            from_name: name.to_owned(),
            reply_to: reply_to.to_owned(),
        }
    }

    #[test]
    fn each_field_is_told_what_is_wrong_with_it() {
        let sender = draft(" Shop.Example ", "News", " Shop ", "help@shop.example")
            .parse()
            .expect("fine");
        assert_eq!(sender.address.as_str(), "news@shop.example");
        assert_eq!(sender.name, "Shop");
        for (wrong, fault) in [
            (draft("localhost", "news", "", ""), DomainFault::Domain),
            (draft("a@shop.example", "news", "", ""), DomainFault::Domain),
            (draft("shop.example", "", "", ""), DomainFault::FromLocalPart),
            (
                draft("shop.example", "a@b.example", "", ""),
                DomainFault::FromLocalPart,
            ),
            (
                draft("shop.example", "a\r\nBcc: x", "", ""),
                DomainFault::FromLocalPart,
            ),
            (
                draft("shop.example", "news", "a\r\nBcc: x", ""),
                DomainFault::FromName,
            ),
            (draft("shop.example", "news", "", "nobody"), DomainFault::ReplyTo),
        ] {
            assert_eq!(wrong.parse(), Err(vec![fault]), "{wrong:?}");
        }
        let all = draft("", "", "\u{0}", "x").parse();
        let faults = [
            DomainFault::Domain,
            DomainFault::FromLocalPart,
            DomainFault::FromName,
            DomainFault::ReplyTo,
        ];
        assert_eq!(all, Err(faults.to_vec()));
    }

    #[test]
    fn an_address_that_is_too_long_as_a_whole_is_no_sender() {
        let domain = format!("{0}.{0}.{0}.{0}.example", "d".repeat(50));
        assert_eq!(
            draft(&domain, &"l".repeat(64), "", "").parse(),
            Err(vec![DomainFault::Domain])
        );
    }

    #[test]
    fn a_selector_is_a_name_of_dns() {
        assert_eq!(parse_selector("", "mauntic"), Ok("mauntic".to_owned()));
        assert_eq!(parse_selector(" S1 ", "mauntic"), Ok("s1".to_owned()));
        assert_eq!(parse_selector("a b", "mauntic"), Err(DomainFault::Selector));
        assert_eq!(parse_selector("x;p=", "mauntic"), Err(DomainFault::Selector));
    }
}
