use aws_lc_rs::{constant_time, hmac};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use contracts::{
    crm::consent::PREFERENCES,
    delivery::{CLICK, OPEN, UNSUBSCRIBE, WEB_VIEW},
};
use kernel::{ContactId, MessageId, OrgId, TopicId};
use uuid::Uuid;

/// Bytes of the MAC that a token carries: 128 bits, which nobody guesses over HTTP.
const MAC: usize = 16;
const ID: usize = 16;

/// The first byte of a token, so that one kind is never taken for another.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Kind {
    Open = 1,
    Click = 2,
    Unsubscribe = 3,
    WebView = 4,
}

/// Makes and checks the links of messages.
///
/// A token is base64url of a payload and the truncated HMAC-SHA256 of it. It names no person:
/// identifiers only. It does not expire, since people open old mail, and the law gives them years
/// to unsubscribe.
pub struct LinkSigner {
    key: hmac::Key,
    /// The key of the preference centre, whose page reads its links.
    preferences: hmac::Key,
    base_url: String,
    host_scheme: &'static str,
}

/// A pixel that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenToken {
    /// Whose message.
    pub org: OrgId,
    /// Which.
    pub message: MessageId,
}

/// A link that was followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClickToken {
    /// Whose message.
    pub org: OrgId,
    /// Which.
    pub message: MessageId,
    /// Number of the link in its template version.
    pub link: u16,
    /// Where it leads: an absolute http or https URL of printable ASCII.
    pub destination: String,
}

/// A wish to get no more mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnsubscribeToken {
    /// Whose message.
    pub org: OrgId,
    /// Which.
    pub message: MessageId,
    /// Who got it; outlives the message.
    pub contact: ContactId,
    /// What it was about; all marketing when there is none.
    pub topic: Option<TopicId>,
}

/// A message to be shown in a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebViewToken {
    /// Whose message.
    pub org: OrgId,
    /// Which.
    pub message: MessageId,
}

impl LinkSigner {
    /// `base_url` is the public host, such as `https://mail.example.com`.
    #[must_use]
    pub fn new(key: &[u8], base_url: &str) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, key),
            preferences: hmac::Key::new(hmac::HMAC_SHA256, key),
            base_url: base_url.trim_end_matches('/').to_owned(),
            host_scheme: "https",
        }
    }

    /// With the key that the preference centre reads its links by.
    #[must_use]
    pub fn with_preferences(mut self, key: &[u8]) -> Self {
        self.preferences = hmac::Key::new(hmac::HMAC_SHA256, key);
        self
    }

    /// With hosts of organisations that are reached without encryption; for tests and closed networks.
    #[must_use]
    pub fn with_hosts_over_http(mut self) -> Self {
        self.host_scheme = "http";
        self
    }

    /// The same, with links that lead to an organisation's own host. Whoever reads a token does not ask
    /// which host it came in by.
    #[must_use]
    pub fn at_host(&self, host: &str) -> Self {
        Self {
            key: self.key.clone(),
            preferences: self.preferences.clone(),
            base_url: format!("{}://{host}", self.host_scheme),
            host_scheme: self.host_scheme,
        }
    }

    /// Where somebody decides what they get: `platform::LinkSeal::preferences` of who it is.
    #[must_use]
    pub fn preferences_url(&self, org: OrgId, contact: ContactId) -> String {
        self.absolute(&self.preferences_path(org, contact))
    }

    /// Its path.
    #[must_use]
    pub fn preferences_path(&self, org: OrgId, contact: ContactId) -> String {
        let mut bytes = Vec::with_capacity(2 * ID + MAC);
        bytes.extend_from_slice(org.uuid().as_bytes());
        bytes.extend_from_slice(contact.uuid().as_bytes());
        let tag = hmac::sign(&self.preferences, &bytes);
        bytes.extend_from_slice(&tag.as_ref()[..MAC]);
        PREFERENCES.url(&URL_SAFE_NO_PAD.encode(&bytes))
    }

    /// The pixel of a message.
    #[must_use]
    pub fn open_url(&self, org: OrgId, message: MessageId) -> String {
        let token = self.token(Kind::Open, org, message, [&[], &[]]);
        self.absolute(&OPEN.url(&token))
    }

    /// A link that is counted.
    #[must_use]
    pub fn click_url(&self, org: OrgId, message: MessageId, link: u16, destination: &str) -> String {
        let rest: [&[u8]; 2] = [&link.to_be_bytes(), destination.as_bytes()];
        let token = self.token(Kind::Click, org, message, rest);
        self.absolute(&CLICK.url(&token))
    }

    /// Where a contact unsubscribes: a page for people, and RFC 8058's `POST` for mail programs.
    #[must_use]
    pub fn unsubscribe_url(
        &self,
        org: OrgId,
        message: MessageId,
        contact: ContactId,
        topic: Option<TopicId>,
    ) -> String {
        let topic = topic.map(|topic| *topic.uuid().as_bytes());
        let topic = topic.as_ref().map_or(&[][..], |bytes| bytes);
        let token = self.token(
            Kind::Unsubscribe,
            org,
            message,
            [contact.uuid().as_bytes(), topic],
        );
        self.absolute(&UNSUBSCRIBE.url(&token))
    }

    /// The message in a browser.
    #[must_use]
    pub fn web_view_url(&self, org: OrgId, message: MessageId) -> String {
        let token = self.token(Kind::WebView, org, message, [&[], &[]]);
        self.absolute(&WEB_VIEW.url(&token))
    }

    /// Reads the token of a pixel; `None` when it is not ours, whole and unchanged.
    #[must_use]
    pub fn read_open(&self, token: &str) -> Option<OpenToken> {
        let payload = self.payload(Kind::Open, token)?;
        let (org, message) = ids(&payload)?;
        (payload.len() == 2 * ID).then_some(OpenToken { org, message })
    }

    /// Reads the token of a link.
    #[must_use]
    pub fn read_click(&self, token: &str) -> Option<ClickToken> {
        let payload = self.payload(Kind::Click, token)?;
        let (org, message) = ids(&payload)?;
        let link = u16::from_be_bytes(payload.get(2 * ID..2 * ID + 2)?.try_into().ok()?);
        let destination = std::str::from_utf8(payload.get(2 * ID + 2..)?).ok()?;
        // Signed by us and yet checked: no change to the renderer may turn this into an open
        // redirect to something that is not the web.
        let web = ["https://", "http://"].into_iter().any(|scheme| {
            destination
                .get(..scheme.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        });
        let clean = destination.bytes().all(|b| (0x21..0x7f).contains(&b));
        (web && clean).then(|| ClickToken {
            org,
            message,
            link,
            destination: destination.to_owned(),
        })
    }

    /// Reads the token of an unsubscribe link.
    #[must_use]
    pub fn read_unsubscribe(&self, token: &str) -> Option<UnsubscribeToken> {
        let payload = self.payload(Kind::Unsubscribe, token)?;
        let (org, message) = ids(&payload)?;
        let contact = id(payload.get(2 * ID..3 * ID)?)?;
        let topic = match payload.get(3 * ID..)? {
            [] => None,
            bytes => Some(TopicId::from_uuid(id(bytes)?)),
        };
        Some(UnsubscribeToken {
            org,
            message,
            contact: ContactId::from_uuid(contact),
            topic,
        })
    }

    /// Reads the token of a web view.
    #[must_use]
    pub fn read_web_view(&self, token: &str) -> Option<WebViewToken> {
        let payload = self.payload(Kind::WebView, token)?;
        let (org, message) = ids(&payload)?;
        (payload.len() == 2 * ID).then_some(WebViewToken { org, message })
    }

    fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    fn token(&self, kind: Kind, org: OrgId, message: MessageId, rest: [&[u8]; 2]) -> String {
        let mut bytes = Vec::with_capacity(1 + 2 * ID + rest[0].len() + rest[1].len() + MAC);
        bytes.push(kind as u8);
        bytes.extend_from_slice(org.uuid().as_bytes());
        bytes.extend_from_slice(message.uuid().as_bytes());
        bytes.extend(rest.into_iter().flatten());
        let tag = hmac::sign(&self.key, &bytes);
        bytes.extend_from_slice(&tag.as_ref()[..MAC]);
        URL_SAFE_NO_PAD.encode(&bytes)
    }

    /// The payload after the kind, if the MAC is right.
    fn payload(&self, kind: Kind, token: &str) -> Option<Vec<u8>> {
        let mut bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let signed = bytes.len().checked_sub(MAC)?;
        let tag = hmac::sign(&self.key, &bytes[..signed]);
        constant_time::verify_slices_are_equal(&bytes[signed..], &tag.as_ref()[..MAC]).ok()?;
        if bytes.first() != Some(&(kind as u8)) {
            return None;
        }
        bytes.truncate(signed);
        bytes.remove(0);
        Some(bytes)
    }
}

fn ids(payload: &[u8]) -> Option<(OrgId, MessageId)> {
    let org = id(payload.get(..ID)?)?;
    let message = id(payload.get(ID..2 * ID)?)?;
    Some((OrgId::from_uuid(org), MessageId::from_uuid(message)))
}

fn id(bytes: &[u8]) -> Option<Uuid> {
    Uuid::from_slice(bytes).ok()
}

impl std::fmt::Debug for LinkSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LinkSigner")
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use kernel::{ContactId, MessageId, OrgId, TopicId};
    use proptest::prelude::*;

    use super::{ClickToken, LinkSigner, OpenToken, UnsubscribeToken, WebViewToken};

    fn signer() -> LinkSigner {
        LinkSigner::new(&[7; 32], "https://mail.example/")
    }

    fn token(url: &str) -> &str {
        url.rsplit('/').next().expect("a URL has a last part")
    }

    #[test]
    fn links_lead_to_the_public_host_and_come_back_whole() {
        let (org, message, contact) = (OrgId::generate(), MessageId::generate(), ContactId::generate());
        let signer = signer();
        let url = signer.open_url(org, message);
        assert!(url.starts_with("https://mail.example/t/o/"), "{url}");
        assert_eq!(signer.read_open(token(&url)), Some(OpenToken { org, message }));
        let url = signer.click_url(org, message, 300, "https://shop.example/?a=b");
        assert_eq!(
            signer.read_click(token(&url)),
            Some(ClickToken {
                org,
                message,
                link: 300,
                destination: "https://shop.example/?a=b".into()
            })
        );
        for topic in [None, Some(TopicId::generate())] {
            let url = signer.unsubscribe_url(org, message, contact, topic);
            assert_eq!(
                signer.read_unsubscribe(token(&url)),
                Some(UnsubscribeToken {
                    org,
                    message,
                    contact,
                    topic
                })
            );
        }
        let url = signer.web_view_url(org, message);
        assert_eq!(
            signer.read_web_view(token(&url)),
            Some(WebViewToken { org, message })
        );
    }

    #[test]
    fn a_token_of_one_kind_is_none_of_another() {
        let (org, message, contact) = (OrgId::generate(), MessageId::generate(), ContactId::generate());
        let signer = signer();
        let open = signer.open_url(org, message);
        assert_eq!(signer.read_web_view(token(&open)), None);
        assert_eq!(signer.read_click(token(&open)), None);
        let unsubscribe = signer.unsubscribe_url(org, message, contact, None);
        assert_eq!(signer.read_open(token(&unsubscribe)), None);
    }

    #[test]
    fn only_the_web_is_redirected_to() {
        let signer = signer();
        for bad in [
            "javascript:alert(1)",
            "//evil.example",
            "ftp://a.example",
            "https://a.example/\r\nX: y",
        ] {
            let url = signer.click_url(OrgId::generate(), MessageId::generate(), 0, bad);
            assert_eq!(signer.read_click(token(&url)), None, "{bad}");
        }
    }

    #[test]
    fn links_lead_to_another_host_and_mean_the_same() {
        let (org, message) = (OrgId::generate(), MessageId::generate());
        let url = signer().at_host("links.shop.example").open_url(org, message);
        assert!(url.starts_with("https://links.shop.example/t/o/"), "{url}");
        assert_eq!(signer().read_open(token(&url)), Some(OpenToken { org, message }));
        let url = signer()
            .with_hosts_over_http()
            .at_host("links.shop.example")
            .open_url(org, message);
        assert!(url.starts_with("http://links.shop.example/"), "{url}");
    }

    #[test]
    fn another_key_reads_nothing() {
        let url = signer().open_url(OrgId::generate(), MessageId::generate());
        assert_eq!(
            LinkSigner::new(&[8; 32], "https://mail.example").read_open(token(&url)),
            None
        );
    }

    #[test]
    fn the_unsubscribe_link_is_as_strong_as_it_must_be() {
        // RFC 8058 asks for an opaque token that is hard to forge.
        const { assert!(super::MAC * 8 >= 128) };
        let topic = Some(TopicId::generate());
        let url = signer().unsubscribe_url(
            OrgId::generate(),
            MessageId::generate(),
            ContactId::generate(),
            topic,
        );
        assert!(url.len() < 200 && !url.contains('@'), "{url}");
    }

    proptest! {
        #[test]
        fn a_changed_token_is_refused(position in 0usize..200, change in 1u8..64, destination in "https://[a-z]{1,20}\\.example/[a-z0-9?=&]{0,60}") {
            const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            let signer = signer();
            let url = signer.click_url(OrgId::generate(), MessageId::generate(), 1, &destination);
            let mut bytes = token(&url).as_bytes().to_vec();
            let position = position % bytes.len();
            let old = ALPHABET.iter().position(|c| *c == bytes[position]).expect("base64url");
            bytes[position] = ALPHABET[(old + usize::from(change)) % ALPHABET.len()];
            let changed = String::from_utf8(bytes).expect("ASCII");
            prop_assert_eq!(signer.read_click(&changed), None);
        }

        #[test]
        fn any_text_is_read_without_harm(text in "\\PC{0,200}") {
            let signer = signer();
            prop_assert_eq!(signer.read_open(&text), None);
            prop_assert_eq!(signer.read_click(&text), None);
            prop_assert_eq!(signer.read_unsubscribe(&text), None);
            prop_assert_eq!(signer.read_web_view(&text), None);
        }
    }
}
