use std::fmt::Write;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use kernel::Timestamp;

use super::{DkimKey, canonical};

/// Each is signed once more than it is there, so that nobody can add another one of it later
/// (RFC 6376 section 8.15). The list headers are among them as RFC 8058 demands.
const SIGNED: [&str; 14] = [
    "from",
    "to",
    "cc",
    "reply-to",
    "subject",
    "date",
    "message-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "list-id",
    "feedback-id",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
];

impl DkimKey {
    /// The message with its signature in front. `at` goes into the signature; taken from the
    /// message, so that a retry is byte-equal.
    #[must_use]
    pub fn sign(&self, source: &str, at: Timestamp) -> String {
        sign_with_all([self], source, at)
    }

    fn signature(&self, names: &str, data: &str, body_hash: &str, at: Timestamp) -> String {
        let mut signature = format!(
            "v=1; a={}; c=relaxed/relaxed; d={}; s={};\r\n t={}; bh={body_hash};\r\n h={names};\r\n b=",
            self.algorithm.as_str(),
            self.domain,
            self.selector,
            at.as_second(),
        );
        let mut data = data.to_owned();
        canonical::header_into(&mut data, "dkim-signature", &signature);
        let raw = STANDARD.encode(self.raw_signature(data.as_bytes()));
        for (n, piece) in raw.as_bytes().chunks(72).enumerate() {
            signature.push_str(if n == 0 { "" } else { "\r\n " });
            signature.push_str(std::str::from_utf8(piece).expect("base64 is ASCII"));
        }
        signature
    }
}

/// The message with a signature of each key in front, the first key's topmost. None of them covers
/// another one, so that receivers who know one algorithm verify that one alone (RFC 8463 section 3).
#[must_use]
pub fn sign_with_all<'a>(keys: impl IntoIterator<Item = &'a DkimKey>, source: &str, at: Timestamp) -> String {
    let mut keys = keys.into_iter().peekable();
    if keys.peek().is_none() {
        return source.to_owned();
    }
    let (header, body) = source.split_once("\r\n\r\n").unwrap_or((source, ""));
    let fields = canonical::fields(header);
    let (names, data) = signed_fields(&fields);
    let body_hash = STANDARD.encode(canonical::body_hash(body).as_ref());
    let mut signed = String::with_capacity(source.len() + 2400);
    for key in keys {
        let signature = key.signature(&names, &data, &body_hash, at);
        let _ = write!(signed, "DKIM-Signature: {signature}\r\n");
    }
    signed.push_str(source);
    signed
}

/// The `h=` list, and the data of the fields in it. Of a field that is there several times the
/// last one is taken first (RFC 6376 section 5.4.2); one that is not there adds nothing.
fn signed_fields(fields: &[(&str, &str)]) -> (String, String) {
    let mut names = String::with_capacity(320);
    let mut data = String::with_capacity(1024);
    for name in SIGNED {
        let present = fields
            .iter()
            .rev()
            .filter(|(n, _)| n.trim().eq_ignore_ascii_case(name));
        let mut count = 1;
        for (field, value) in present {
            canonical::header_into(&mut data, field, value);
            data.push_str("\r\n");
            count += 1;
        }
        for _ in 0..count {
            append_name(&mut names, name);
        }
    }
    (names, data)
}

/// Colons between, and a new line where the present one is full.
fn append_name(names: &mut String, name: &str) {
    if names.is_empty() {
        names.push_str(name);
        return;
    }
    names.push(':');
    let line = names.rfind('\n').map_or(names.len() + 3, |at| names.len() - at);
    if line + name.len() > 72 {
        names.push_str("\r\n  ");
    }
    names.push_str(name);
}

#[cfg(test)]
mod tests {
    use crate::domain::dkim::{DkimAlgorithm, DkimKey, sign_with_all};

    use mail_auth::{
        AuthenticatedMessage, DkimResult, MessageAuthenticator, Parameters, ResolverCache, Txt,
        common::{parse::TxtRecordParser, verify::DomainKey},
    };
    use std::{borrow::Borrow, collections::HashMap, hash::Hash, sync::Arc, time::Instant};

    const SOURCE: &str = "From: a@shop.example\r\nTo: b@example.com\r\nSubject: x  y\r\nDate: Mon, 23 Nov 2026 04:05:06 +0000\r\n\r\nhello  there \r\n\r\n\r\n";

    fn key(algorithm: DkimAlgorithm) -> DkimKey {
        let generated = DkimKey::generate(algorithm).expect("generates");
        DkimKey::from_pkcs8(algorithm, &generated.private, "shop.example", "m1").expect("reads its own key")
    }

    /// A resolver that knows the keys of selectors.
    struct Published(HashMap<Box<str>, Txt>);
    impl ResolverCache<Box<str>, Txt> for Published {
        fn get<Q>(&self, name: &Q) -> Option<Txt>
        where
            Box<str>: Borrow<Q>,
            Q: Hash + Eq + ?Sized,
        {
            self.0.get(name).cloned()
        }
        fn remove<Q>(&self, _: &Q) -> Option<Txt>
        where
            Box<str>: Borrow<Q>,
            Q: Hash + Eq + ?Sized,
        {
            None
        }
        fn insert(&self, _: Box<str>, _: Txt, _: Instant) {}
    }

    fn verify(record: &str, message: &str) -> Vec<DkimResult> {
        verify_all(&[("m1", record)], message)
    }

    fn verify_all(records: &[(&str, &str)], message: &str) -> Vec<DkimResult> {
        let published = records.iter().map(|(selector, record)| {
            let key = DomainKey::parse(record.as_bytes()).expect("the record can be published");
            let name = format!("{selector}._domainkey.shop.example.");
            (name.into_boxed_str(), Txt::DomainKey(Arc::new(key)))
        });
        let published = Published(published.collect());
        let message = AuthenticatedMessage::parse(message.as_bytes()).expect("parses");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let verifier = MessageAuthenticator::new_cloudflare().expect("makes no connection");
            let found = verifier
                .verify_dkim(Parameters::new(&message).with_txt_cache(&published))
                .await;
            found.iter().map(|output| output.result().clone()).collect()
        })
    }

    #[test]
    fn an_independent_verifier_accepts_the_signature_and_notices_a_change() {
        for algorithm in DkimAlgorithm::ALL {
            let generated = DkimKey::generate(algorithm).expect("generates");
            let key = DkimKey::from_pkcs8(algorithm, &generated.private, "shop.example", "m1")
                .expect("its own key");
            let record = algorithm.record(&generated.public);
            let signed = key.sign(SOURCE, "2026-11-23T04:05:06Z".parse().expect("a time"));
            assert_eq!(verify(&record, &signed), [DkimResult::Pass], "{algorithm:?}");
            // What relays do to messages.
            let relayed = signed
                .replace("Subject: x  y", "Subject:  x y")
                .replace("there \r\n\r\n", "there\r\n");
            assert_eq!(verify(&record, &relayed), [DkimResult::Pass], "{algorithm:?}");
            // What nobody may do to them.
            let second_subject = signed.replace("Subject:", "Subject: win\r\nSubject:");
            for changed in [
                signed.replace("hello", "hullo"),
                second_subject,
                signed.replace("To: b@", "To: c@"),
            ] {
                assert!(matches!(
                    verify(&record, &changed)[..],
                    [DkimResult::Fail(_) | DkimResult::Neutral(_)]
                ));
            }
        }
    }

    #[test]
    fn two_keys_make_two_signatures_of_which_each_verifies_alone() {
        let at = "2026-11-23T04:05:06Z".parse().expect("a time");
        let [rsa, ed] = DkimAlgorithm::ALL.map(|algorithm| {
            let generated = DkimKey::generate(algorithm).expect("generates");
            let selector = if algorithm == DkimAlgorithm::Rsa {
                "r1"
            } else {
                "e1"
            };
            let key = DkimKey::from_pkcs8(algorithm, &generated.private, "shop.example", selector);
            (key.expect("its own key"), algorithm.record(&generated.public))
        });
        let signed = sign_with_all([&rsa.0, &ed.0], SOURCE, at);

        let both = verify_all(&[("r1", &rsa.1), ("e1", &ed.1)], &signed);
        assert_eq!(both, [DkimResult::Pass, DkimResult::Pass]);
        assert!(signed.starts_with("DKIM-Signature: v=1; a=rsa-sha256;"));
        // A receiver that knows one of them only takes the other one for a line like any other.
        let (first, rest) = signed.split_at(signed.rfind("DKIM-Signature:").expect("the second one"));
        assert_eq!(verify_all(&[("e1", &ed.1)], rest), [DkimResult::Pass]);
        assert_eq!(
            verify_all(&[("r1", &rsa.1)], &format!("{first}{SOURCE}")),
            [DkimResult::Pass]
        );
        let changed = signed.replace("hello", "hullo");
        let found = verify_all(&[("r1", &rsa.1), ("e1", &ed.1)], &changed);
        assert!(
            found.len() == 2 && !found.contains(&DkimResult::Pass),
            "{found:?}"
        );
        assert_eq!(sign_with_all([], SOURCE, at), SOURCE);
    }

    #[test]
    fn signing_twice_gives_the_same_bytes() {
        for algorithm in DkimAlgorithm::ALL {
            let key = key(algorithm);
            let at = "2026-11-23T04:05:06Z".parse().expect("a time");
            assert_eq!(key.sign(SOURCE, at), key.sign(SOURCE, at));
        }
    }

    #[test]
    fn the_signature_fits_on_lines_and_leaves_the_message_alone() {
        let signed = key(DkimAlgorithm::Rsa).sign(SOURCE, "2026-11-23T04:05:06Z".parse().expect("a time"));
        assert!(signed.ends_with(SOURCE));
        assert!(signed.lines().all(|line| line.len() <= 120));
        assert!(signed.starts_with("DKIM-Signature: v=1; a=rsa-sha256;"));
    }

    #[test]
    fn selectors_are_dns_labels() {
        for fine in ["m1", "mauntic-2026", "a.b"] {
            assert!(super::super::is_selector(fine), "{fine}");
        }
        for bad in ["", "A", "a b", "a;b", "-a", "a..b", "a_b"] {
            assert!(!super::super::is_selector(bad), "{bad}");
        }
    }
}
