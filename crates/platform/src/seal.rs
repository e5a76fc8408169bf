//! Links that name somebody and that nobody can make but us, and what stays of an erased address.

use aws_lc_rs::{constant_time, hmac};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{EmailAddress, OrgId};

use crate::Keys;

/// Bytes of the MAC that a token carries: 128 bits, which nobody guesses over HTTP.
const MAC: usize = 16;

/// Makes and reads the tokens of one kind of link.
///
/// A token is base64url of a payload and the truncated HMAC-SHA256 of it, under a key of its kind's
/// own. It is no secret in itself and names no person but by identifier; whoever holds the link may
/// use it. It does not expire by itself: what shall end carries its time, and the reader looks at it.
#[derive(Clone)]
pub struct LinkSeal {
    key: hmac::Key,
}

impl LinkSeal {
    /// For one kind of link: `crm.preferences`.
    #[must_use]
    pub fn new(keys: &Keys, purpose: &str) -> Self {
        Self {
            key: keys.hmac(purpose),
        }
    }

    /// The preference centre: made for every mail, read by the page.
    #[must_use]
    pub fn preferences(keys: &Keys) -> Self {
        Self::new(keys, "preferences")
    }

    /// The token of a payload.
    #[must_use]
    pub fn seal(&self, payload: &[u8]) -> String {
        let mut bytes = payload.to_vec();
        let tag = hmac::sign(&self.key, payload);
        bytes.extend_from_slice(&tag.as_ref()[..MAC]);
        URL_SAFE_NO_PAD.encode(&bytes)
    }

    /// The payload, if the token is ours, whole and unchanged.
    #[must_use]
    pub fn open(&self, token: &str) -> Option<Vec<u8>> {
        let mut bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let signed = bytes.len().checked_sub(MAC)?;
        let tag = hmac::sign(&self.key, &bytes[..signed]);
        constant_time::verify_slices_are_equal(&bytes[signed..], &tag.as_ref()[..MAC]).ok()?;
        bytes.truncate(signed);
        Some(bytes)
    }
}

impl std::fmt::Debug for LinkSeal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkSeal(…)")
    }
}

/// What stands in place of an address once its owner was erased: the same for the same address, so
/// that it can be recognised when it comes again, and telling nothing without the installation's
/// key. It has the form of an address, so that it can stand wherever the address stood; `.invalid`
/// belongs to nobody and never will (RFC 2606).
#[derive(Clone)]
pub struct Pseudonyms {
    key: hmac::Key,
}

impl Pseudonyms {
    /// The domain of all of them.
    pub const DOMAIN: &'static str = "erased.invalid";

    /// Those of this installation.
    #[must_use]
    pub fn new(keys: &Keys) -> Self {
        Self {
            key: keys.hmac("pseudonyms"),
        }
    }

    /// Of an address within an organisation; that of a pseudonym is itself.
    #[must_use]
    pub fn of(&self, org: OrgId, address: &EmailAddress) -> EmailAddress {
        if address.domain() == Self::DOMAIN {
            return address.clone();
        }
        self.of_text(org, address.as_str())
    }

    /// Of an address that is none of e-mail: a phone number, a device's token.
    #[must_use]
    pub fn of_text(&self, org: OrgId, text: &str) -> EmailAddress {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(org.uuid().as_bytes());
        context.update(text.as_bytes());
        let tag = context.sign();
        let mut name = String::with_capacity(60);
        for byte in &tag.as_ref()[..20] {
            name.push_str(&format!("{byte:02x}"));
        }
        name.push('@');
        name.push_str(Self::DOMAIN);
        EmailAddress::parse(&name).expect("hexadecimal digits are a local part")
    }
}

impl std::fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pseudonyms(…)")
    }
}

#[cfg(test)]
mod tests {
    use kernel::{EmailAddress, OrgId};

    use super::{LinkSeal, Pseudonyms};
    use crate::Keys;

    fn keys() -> Keys {
        Keys::new(b"a secret that is long enough for a test")
    }

    #[test]
    fn a_token_comes_back_whole_and_a_changed_one_does_not() {
        let seal = LinkSeal::preferences(&keys());
        let token = seal.seal(b"somebody");
        assert_eq!(seal.open(&token).as_deref(), Some(b"somebody".as_slice()));
        for n in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[n] = if bytes[n] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).expect("ASCII");
            assert!(changed == token || seal.open(&changed).is_none(), "{n}");
        }
        for bad in ["", "A", "%", "é", &"A".repeat(5000)] {
            assert_eq!(seal.open(bad), None);
        }
    }

    #[test]
    fn a_token_of_one_kind_is_none_of_another() {
        let token = LinkSeal::preferences(&keys()).seal(b"somebody");
        assert_eq!(LinkSeal::new(&keys(), "other").open(&token), None);
        assert_eq!(
            LinkSeal::preferences(&Keys::new(b"another secret that is long enough too")).open(&token),
            None
        );
    }

    #[test]
    fn a_pseudonym_is_recognised_and_tells_nothing() {
        let names = Pseudonyms::new(&keys());
        let (org, other) = (OrgId::generate(), OrgId::generate());
        let ann = EmailAddress::parse("ann@example.com").expect("an address");
        let name = names.of(org, &ann);
        assert_eq!(name, names.of(org, &ann));
        assert_ne!(name, names.of(other, &ann));
        assert!(!name.as_str().contains("ann") && !name.as_str().contains("example"));
        assert_eq!(names.of(org, &name), name);
        let number = names.of_text(org, "+493012345678");
        assert_eq!(number, names.of_text(org, "+493012345678"));
        assert!(!number.as_str().contains("3012345678"));
    }
}
