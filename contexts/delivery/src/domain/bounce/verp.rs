//! Which message a report is about: by the address that it came to, or by what came back.
//!
//! Each message may leave with a return path of its own (VERP), `bounces+<token>@domain`. The token is
//! the message's id and a MAC of it, in Crockford's base32 in lower case, read in any case, since
//! servers change the case of what they should leave alone (RFC 5321 section 2.4).

use aws_lc_rs::{constant_time, hmac};
use kernel::{EmailAddress, MessageId};
use uuid::Uuid;

use super::{fields::Fields, report::Arrival};

const ID: usize = 16;
/// Bytes of the MAC in a token: 96 bits, which nobody guesses by sending mail, and which leave room
/// for the mailbox's own name.
const MAC: usize = 12;
/// Characters of a token: 224 bits at five a character.
const TOKEN: usize = (ID + MAC) * 8usize / 5 + 1;
/// Octets of a local part (RFC 5321 section 4.5.3.1.1).
const LOCAL_PART: usize = 64;
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Keeps a MAC of this kind from being one of another.
const DOMAIN: &[u8] = b"return-path\0";

/// The bounce mailbox's address is too long for a token, or has one already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the part before the @ of the bounce mailbox must be short and hold no +")]
pub struct UnfitMailbox;

/// Makes and reads return paths.
pub struct ReturnPath {
    key: hmac::Key,
    local: String,
    domain: String,
}

/// What a trace rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Proof {
    /// Our token: whoever sent the report has had the message's envelope.
    Signed,
    /// Our message's id, which was read by everybody who got the message. Says which message is
    /// meant; a report that does not also name its recipient should not be believed.
    Named,
}

/// The message that a report is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Trace {
    /// Which.
    pub message: MessageId,
    /// How it is known.
    pub proof: Proof,
}

impl ReturnPath {
    /// For a mailbox such as `bounces@mail.example.com`, which gets all mail to
    /// `bounces+…@mail.example.com`.
    pub fn new(key: &[u8], mailbox: &EmailAddress) -> Result<Self, UnfitMailbox> {
        let (local, domain) = mailbox.as_str().rsplit_once('@').ok_or(UnfitMailbox)?;
        let fits = local.len() + 1 + TOKEN <= LOCAL_PART && mailbox.as_str().len() + 1 + TOKEN <= 254;
        if !fits || local.contains('+') {
            return Err(UnfitMailbox);
        }
        Ok(Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, key),
            local: local.to_owned(),
            domain: domain.to_owned(),
        })
    }

    /// The return path of a message: the same each time, as a retry must be.
    #[must_use]
    pub fn address(&self, message: MessageId) -> String {
        let mut bytes = Vec::with_capacity(ID + MAC);
        bytes.extend_from_slice(message.uuid().as_bytes());
        bytes.extend_from_slice(&self.tag(message)[..MAC]);
        format!("{}+{}@{}", self.local, encode(&bytes), self.domain)
    }

    /// The message of a return path; `None` when it is not ours, whole and unchanged. Takes it bare
    /// and in what forwarders make of it (`SRS0=…=bounces+<token>@forwarder`, `prvs=…=`).
    #[must_use]
    pub fn read(&self, address: &str) -> Option<MessageId> {
        let (local, _) = address.rsplit_once('@')?;
        let (_, token) = local.rsplit_once('+')?;
        self.read_token(token)
    }

    fn read_token(&self, token: &str) -> Option<MessageId> {
        let bytes = decode(token)?;
        let id = Uuid::from_slice(bytes.get(..ID)?).ok()?;
        let message = MessageId::from_uuid(id);
        constant_time::verify_slices_are_equal(bytes.get(ID..)?, &self.tag(message)[..MAC]).ok()?;
        Some(message)
    }

    fn tag(&self, message: MessageId) -> Vec<u8> {
        let mut signed = DOMAIN.to_vec();
        signed.extend_from_slice(message.uuid().as_bytes());
        hmac::sign(&self.key, &signed).as_ref().to_vec()
    }

    /// The first of our return paths anywhere in a text.
    fn find(&self, text: &str) -> Option<MessageId> {
        text.match_indices('+').find_map(|(at, _)| {
            let token = text.get(at + 1..at + 1 + TOKEN)?;
            let next = text[at + 1 + TOKEN..].chars().next();
            next.is_none_or(|next| matches!(next, '@' | '=' | '>'))
                .then(|| self.read_token(token))?
        })
    }

    /// Which message a mail in the bounce mailbox is about.
    #[must_use]
    pub fn trace(&self, arrival: &Arrival) -> Option<Trace> {
        let signed = |fields: &Fields| fields.iter().find_map(|(_, value)| self.find(value));
        if let Some(message) = signed(&arrival.fields).or_else(|| signed(&arrival.returned)) {
            return Some(Trace {
                message,
                proof: Proof::Signed,
            });
        }
        let message =
            named(&arrival.returned, &["Message-ID", "X-Message-ID", "Content-Type"]).or_else(|| {
                named(
                    &arrival.fields,
                    &["In-Reply-To", "References", "X-Original-Message-ID"],
                )
            })?;
        Some(Trace {
            message,
            proof: Proof::Named,
        })
    }
}

/// Our id in one of these fields. We write it into `Message-ID` and into the boundary of
/// `Content-Type`, which stays when a relay puts a `Message-ID` of its own in place of ours.
fn named(fields: &Fields, names: &[&str]) -> Option<MessageId> {
    names
        .iter()
        .find_map(|name| fields.all(name).find_map(message_id_in))
}

fn message_id_in(text: &str) -> Option<MessageId> {
    let text = text.to_ascii_lowercase();
    text.match_indices("msg_")
        .find_map(|(at, _)| text.get(at..at + 30)?.parse().ok())
}

fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(TOKEN);
    let (mut bits, mut count) = (0u32, 0u32);
    for byte in bytes {
        bits = (bits << 8) | u32::from(*byte);
        count += 8;
        while count >= 5 {
            count -= 5;
            text.push(symbol(bits >> count));
        }
        bits &= (1 << count) - 1;
    }
    if count > 0 {
        text.push(symbol(bits << (5 - count)));
    }
    text
}

fn symbol(bits: u32) -> char {
    char::from(ALPHABET[usize::try_from(bits & 31).expect("five bits")])
}

/// The bytes of a token; one text only for each, so that the bits left over must be zero.
fn decode(token: &str) -> Option<Vec<u8>> {
    if token.len() != TOKEN {
        return None;
    }
    let mut bytes = Vec::with_capacity(ID + MAC);
    let (mut bits, mut count) = (0u32, 0u32);
    for symbol in token.bytes().map(|b| b.to_ascii_lowercase()) {
        let digit = ALPHABET.iter().position(|c| *c == symbol)?;
        bits = (bits << 5) | u32::try_from(digit).ok()?;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 255).ok()?);
            bits &= (1 << count) - 1;
        }
    }
    (bits == 0 && bytes.len() == ID + MAC).then_some(bytes)
}

impl std::fmt::Debug for ReturnPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReturnPath")
            .field("local", &self.local)
            .field("domain", &self.domain)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use kernel::{EmailAddress, MessageId};
    use proptest::prelude::*;

    use super::{Proof, ReturnPath, TOKEN, UnfitMailbox};
    use crate::domain::bounce::Arrival;

    fn mailbox(text: &str) -> EmailAddress {
        EmailAddress::parse(text).expect("valid")
    }

    fn path() -> ReturnPath {
        ReturnPath::new(&[7; 32], &mailbox("bounces@mail.example.com")).expect("fits")
    }

    #[test]
    fn a_return_path_is_an_address_that_leads_back_to_its_message() {
        let message = MessageId::generate();
        let address = path().address(message);
        let (local, _) = address.split_once('@').expect("an address");
        assert!(local.len() <= 64, "{address}");
        assert_eq!(mailbox(&address).as_str(), address);
        assert_eq!(path().address(message), address);
        for form in [
            address.clone(),
            address.to_ascii_uppercase(),
            format!("SRS0=HHH=TT=mail.example.com={local}@forwarder.example"),
            format!("prvs=4812ab3c55={address}"),
        ] {
            assert_eq!(path().read(&form), Some(message), "{form}");
        }
    }

    #[test]
    fn another_key_reads_nothing() {
        let other = ReturnPath::new(&[8; 32], &mailbox("bounces@mail.example.com")).expect("fits");
        assert_eq!(other.read(&path().address(MessageId::generate())), None);
    }

    #[test]
    fn a_mailbox_whose_name_leaves_no_room_is_refused() {
        assert_eq!(
            ReturnPath::new(&[7; 32], &mailbox("returned-mail-handler@example.com")).err(),
            Some(UnfitMailbox)
        );
        assert_eq!(
            ReturnPath::new(&[7; 32], &mailbox("a+b@example.com")).err(),
            Some(UnfitMailbox)
        );
    }

    #[test]
    fn the_address_that_it_came_to_says_which_message_it_is_about() {
        let message = MessageId::generate();
        let source = format!(
            "Return-Path: <>\r\nDelivered-To: {}\r\nFrom: MAILER-DAEMON@mx.example\r\nSubject: failure notice\r\n\r\nx\r\n",
            path().address(message).to_ascii_uppercase()
        );
        let trace = path().trace(&Arrival::parse(source.as_bytes())).expect("ours");
        assert_eq!((trace.message, trace.proof), (message, Proof::Signed));
    }

    #[test]
    fn without_it_what_came_back_says_so() {
        let message = MessageId::generate();
        for head in [
            format!("Message-ID: <{message}@shop.example>"),
            format!(
                "Message-ID: <0100-relay@ses.example>\r\nContent-Type: multipart/alternative;\r\n boundary=\"=_{message}\""
            ),
        ] {
            let source = format!(
                "From: MAILER-DAEMON@mx.example\r\nSubject: failure notice\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
                 --b\r\n\r\n<ann@example.com>: unknown user\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n\
                 {head}\r\nTo: ann@example.com\r\n\r\nx\r\n--b--\r\n"
            );
            let trace = path().trace(&Arrival::parse(source.as_bytes())).expect("ours");
            assert_eq!((trace.message, trace.proof), (message, Proof::Named), "{head}");
        }
    }

    proptest! {
        #[test]
        fn a_changed_token_is_refused(position in 0..TOKEN, change in 1usize..32) {
            let message = MessageId::generate();
            let address = path().address(message);
            let mut bytes = address.into_bytes();
            let at = "bounces+".len() + position;
            let old = super::ALPHABET.iter().position(|c| *c == bytes[at]).expect("base32");
            bytes[at] = super::ALPHABET[(old + change) % 32];
            let changed = String::from_utf8(bytes).expect("ASCII");
            prop_assert_eq!(path().read(&changed), None);
        }

        #[test]
        fn any_text_is_read_without_harm(text in "\\PC{0,200}") {
            prop_assert_eq!(path().read(&text), None);
            prop_assert_eq!(path().find(&text), None);
        }
    }
}
