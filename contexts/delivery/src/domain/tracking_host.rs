//! Hosts that links of mails lead to, instead of the installation's own.

use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::EmailAddress;

/// Why a host cannot be one for links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTrackingHost {
    /// No host name.
    #[error("not a host name")]
    Malformed,
    /// Not below the domain, whose owner alone may say where its names lead.
    #[error("the host is not below the domain")]
    OutsideDomain,
    /// It is the installation's own, on which the program itself has to answer.
    #[error("the program itself answers at this host")]
    Ours,
}

/// Reads a host as it was typed in; empty is none.
pub fn parse_tracking_host(
    text: &str,
    domain: &str,
    ours: &str,
) -> Result<Option<String>, InvalidTrackingHost> {
    let host = text.trim().trim_end_matches('.').to_ascii_lowercase();
    if host.is_empty() {
        return Ok(None);
    }
    if EmailAddress::parse(&format!("a@{host}")).is_err() || host.contains('@') {
        return Err(InvalidTrackingHost::Malformed);
    }
    if host.eq_ignore_ascii_case(ours) {
        return Err(InvalidTrackingHost::Ours);
    }
    let below = host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
    if below {
        Ok(Some(host))
    } else {
        Err(InvalidTrackingHost::OutsideDomain)
    }
}

/// What this installation, and no other, says when it is asked for at a host.
#[must_use]
pub fn proof(key: &hmac::Key, host: &str) -> String {
    let host = host.trim().to_ascii_lowercase();
    URL_SAFE_NO_PAD.encode(hmac::sign(key, host.as_bytes()).as_ref())
}

#[cfg(test)]
mod tests {
    use super::{InvalidTrackingHost, parse_tracking_host, proof};

    #[test]
    fn only_a_host_below_the_domain_can_carry_its_links() {
        let parse = |text| parse_tracking_host(text, "shop.example", "app.shop.example");
        assert_eq!(
            parse(" Links.Shop.Example. "),
            Ok(Some("links.shop.example".to_owned()))
        );
        assert_eq!(parse("  "), Ok(None));
        for (text, error) in [
            ("shop.example", InvalidTrackingHost::OutsideDomain),
            ("links.evilshop.example", InvalidTrackingHost::OutsideDomain),
            ("evilshop.example", InvalidTrackingHost::OutsideDomain),
            ("app.shop.example", InvalidTrackingHost::Ours),
            ("a b.shop.example", InvalidTrackingHost::Malformed),
            ("a@links.shop.example", InvalidTrackingHost::Malformed),
            ("links.shop.example/x", InvalidTrackingHost::Malformed),
            ("links.shop.example:80", InvalidTrackingHost::Malformed),
        ] {
            assert_eq!(parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn a_proof_is_of_one_host_and_one_installation() {
        let key = |byte| aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &[byte; 32]);
        assert_eq!(proof(&key(1), "Links.Example"), proof(&key(1), "links.example"));
        assert_ne!(proof(&key(1), "links.example"), proof(&key(1), "other.example"));
        assert_ne!(proof(&key(1), "links.example"), proof(&key(2), "links.example"));
    }
}
