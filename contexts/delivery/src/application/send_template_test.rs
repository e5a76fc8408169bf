//! A saved template to a few addresses, to see it in a real inbox.

use contracts::{
    PortError,
    crm::consent::Channel,
    delivery::{Address, BatchSpec, MessageIntent, MessageSource, Stream},
};
use jiff::SignedDuration;
use kernel::{BatchId, ContactId};

use super::template_deps::{Author, TemplateDeps};
use crate::domain::template::TemplateVersion;

/// More would be sending, not testing.
pub const MOST_TEST_ADDRESSES: usize = 5;
/// Nobody waits longer for a test.
const EXPIRES_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// Why a list of addresses is no list of test addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTestAddresses {
    /// Not one.
    #[error("no address")]
    None,
    /// Too many.
    #[error("more than {MOST_TEST_ADDRESSES} addresses")]
    TooMany,
    /// This is none.
    #[error("{0:?} is not an address")]
    Invalid(String),
}

/// Reads one to five addresses of a channel; those that repeat count once.
pub fn parse_test_addresses<'a>(
    channel: Channel,
    texts: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<Address>, InvalidTestAddresses> {
    let mut addresses = Vec::new();
    for text in texts.into_iter().map(str::trim).filter(|text| !text.is_empty()) {
        let address =
            Address::on(channel, text).ok_or_else(|| InvalidTestAddresses::Invalid(text.to_owned()))?;
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    match addresses.len() {
        0 => Err(InvalidTestAddresses::None),
        n if n > MOST_TEST_ADDRESSES => Err(InvalidTestAddresses::TooMany),
        _ => Ok(addresses),
    }
}

/// Sends it, filled in for the contact or a made-up person. Returns how many messages were taken in.
pub async fn send_template_test(
    deps: &TemplateDeps,
    author: Author,
    version: &TemplateVersion,
    contact: Option<ContactId>,
    to: &[Address],
) -> Result<u64, PortError> {
    let snapshot = deps.contact_or_sample(author.org, contact).await?;
    let channel = version.source.kind.channel();
    let batch = BatchSpec {
        id: BatchId::generate(),
        source: MessageSource::Test,
        channel,
        name: String::new(),
        template_version: version.id,
        stream: Stream::Transactional,
        expires_at: author.now + EXPIRES_AFTER,
        topic: None,
    };
    let messages: Vec<MessageIntent> = to
        .iter()
        .map(|address| MessageIntent {
            extras: None,
            dedupe_key: format!("test:{}:{address}", batch.id),
            contact: snapshot.clone(),
            to: address.clone(),
        })
        .collect();
    deps.intake.open_batch(author.org, &batch).await?;
    deps.intake.add(author.org, batch.id, &messages).await
}

#[cfg(test)]
mod tests {
    use contracts::crm::consent::Channel;

    use super::{InvalidTestAddresses, parse_test_addresses};

    #[test]
    fn one_to_five_addresses_make_a_test() {
        let parse = |channel, text: &str| {
            parse_test_addresses(channel, text.split([',', '\n'])).map(|list| list.len())
        };
        let parsed = |text: &str| parse(Channel::Email, text);
        assert_eq!(parsed("a@x.example, A@x.example\nb@x.example,"), Ok(2));
        assert_eq!(parsed(" , "), Err(InvalidTestAddresses::None));
        assert_eq!(
            parsed("a@x.example,nope"),
            Err(InvalidTestAddresses::Invalid("nope".into()))
        );
        assert_eq!(parse(Channel::Sms, "+49 30 12345678, +493012345678"), Ok(1));
        assert_eq!(
            parse(Channel::Sms, "a@x.example"),
            Err(InvalidTestAddresses::Invalid("a@x.example".into()))
        );
        let six: Vec<String> = (0..6).map(|n| format!("a{n}@x.example")).collect();
        assert_eq!(parsed(&six.join(",")), Err(InvalidTestAddresses::TooMany));
    }
}
