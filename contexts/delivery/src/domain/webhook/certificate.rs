//! The public key in a certificate, and nothing else of it: whether the certificate is the right one
//! is known from where it was fetched.

use rustls_pki_types::{CertificateDer, pem::PemObject};

use super::Refused;

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;

/// The `SubjectPublicKeyInfo` (RFC 5280 section 4.1.2.7), in DER, of the first certificate of a PEM
/// text.
pub(super) fn public_key(pem: &[u8]) -> Result<Vec<u8>, Refused> {
    CertificateDer::from_pem_slice(pem)
        .ok()
        .and_then(|der| key_info(&der).map(<[u8]>::to_vec))
        .ok_or(Refused::NotUnderstood("the signing certificate is none"))
}

/// RFC 5280 section 4.1: a sequence of what is signed, how, and the signature; the first holds, in
/// this order, version, serial number, algorithm, issuer, validity, subject and key.
fn key_info(der: &[u8]) -> Option<&[u8]> {
    let mut outer = Der(der);
    let mut certificate = Der(outer.expect(SEQUENCE)?.content);
    let mut signed = Der(certificate.expect(SEQUENCE)?.content);
    certificate.expect(SEQUENCE)?;
    certificate.expect(BIT_STRING)?;
    if !outer.0.is_empty() || !certificate.0.is_empty() {
        return None;
    }
    if signed.0.first() == Some(&VERSION) {
        signed.expect(VERSION)?;
    }
    signed.expect(INTEGER)?;
    for _algorithm_issuer_validity_subject in 0..4 {
        signed.expect(SEQUENCE)?;
    }
    let info = signed.expect(SEQUENCE)?;
    let mut parts = Der(info.content);
    parts.expect(SEQUENCE)?;
    parts.expect(BIT_STRING)?;
    parts.0.is_empty().then_some(info.whole)
}

/// What is left to read of DER (X.690): definite lengths in their shortest form, tags of one byte.
struct Der<'a>(&'a [u8]);

struct Element<'a> {
    content: &'a [u8],
    /// With tag and length.
    whole: &'a [u8],
}

impl<'a> Der<'a> {
    /// The next element, if it has this tag.
    fn expect(&mut self, tag: u8) -> Option<Element<'a>> {
        let all = self.0;
        if all.first() != Some(&tag) {
            return None;
        }
        let (length, header) = length(all.get(1..)?)?;
        let start = 1 + header;
        let end = start.checked_add(length)?;
        let element = Element {
            content: all.get(start..end)?,
            whole: all.get(..end)?,
        };
        self.0 = all.get(end..)?;
        Some(element)
    }
}

/// The length, and how many bytes it takes to say it.
fn length(bytes: &[u8]) -> Option<(usize, usize)> {
    let first = *bytes.first()?;
    if first < 0x80 {
        return Some((usize::from(first), 1));
    }
    // 0x80 is the indefinite form, and nobody's certificate has 2^24 bytes.
    let count = usize::from(first & 0x7f);
    if !(1..=3).contains(&count) {
        return None;
    }
    let digits = bytes.get(1..=count)?;
    let length = digits
        .iter()
        .fold(0usize, |length, byte| length << 8 | usize::from(*byte));
    let shortest = digits[0] != 0 && length > 0x7f;
    shortest.then_some((length, 1 + count))
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::{SHA256, digest};
    use proptest::prelude::*;
    use rustls_pki_types::{CertificateDer, pem::PemObject};

    use super::{key_info, length, public_key};
    use crate::domain::webhook::forging::{CERTIFICATE, certificate_around};

    #[test]
    fn the_key_of_a_certificate_is_the_one_that_other_programs_find() {
        let found = public_key(CERTIFICATE.as_bytes()).expect("a certificate");
        // openssl x509 -pubkey -noout | openssl pkey -pubin -outform DER | openssl dgst -sha256
        let fingerprint: String = digest(&SHA256, &found)
            .as_ref()
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        assert_eq!(
            fingerprint,
            "fe6957afd8f5bbb986dcccad65ea4d0a4148de4558315a11e1e40b064fe23d6f"
        );
        assert_eq!(found.len(), 294);
    }

    #[test]
    fn what_is_no_certificate_has_no_key() {
        for pem in [
            "",
            "hello",
            "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ] {
            assert!(public_key(pem.as_bytes()).is_err(), "{pem}");
        }
    }

    #[test]
    fn a_certificate_cut_short_or_with_something_behind_it_is_none() {
        let der = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).expect("a certificate");
        assert!(key_info(&der).is_some());
        for end in 0..der.len() {
            assert!(key_info(&der[..end]).is_none(), "cut at {end}");
        }
        let mut longer = der.to_vec();
        longer.push(0);
        assert!(key_info(&longer).is_none());
    }

    #[test]
    fn certificates_of_the_first_version_are_read_too() {
        let key = [0x30, 5, 0x30, 0, 0x03, 1, 0];
        let der = certificate_around(&key);
        assert_eq!(key_info(&der), Some(&key[..]));
    }

    #[test]
    fn lengths_have_one_form_only() {
        assert_eq!(length(&[0x7f]), Some((127, 1)));
        assert_eq!(length(&[0x81, 0x80]), Some((128, 2)));
        assert_eq!(length(&[0x82, 0x01, 0x00]), Some((256, 3)));
        for bad in [
            &[0x80][..],
            &[0x81, 0x7f],
            &[0x82, 0x00, 0x80],
            &[0x84, 1, 0, 0, 0],
            &[0x82, 0x01],
            &[0xff],
            &[],
        ] {
            assert_eq!(length(bad), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(position in 0usize..865, change in 1u8.., bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = key_info(&bytes);
            let mut der = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).expect("a certificate").to_vec();
            let position = position % der.len();
            der[position] ^= change;
            let _ = key_info(&der);
        }
    }
}
