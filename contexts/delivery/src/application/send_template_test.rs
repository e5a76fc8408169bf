//! A saved template to a few addresses, to see it in a real inbox.

use contracts::{
    PortError,
    delivery::{BatchSpec, MessageIntent, MessageSource, Stream},
};
use jiff::SignedDuration;
use kernel::{BatchId, ContactId, EmailAddress, TemplateVersionId};

use super::template_deps::{Author, TemplateDeps};

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

/// Reads one to five addresses; those that repeat count once.
pub fn parse_test_addresses<'a>(
    texts: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<EmailAddress>, InvalidTestAddresses> {
    let mut addresses = Vec::new();
    for text in texts.into_iter().map(str::trim).filter(|text| !text.is_empty()) {
        let address =
            EmailAddress::parse(text).map_err(|_| InvalidTestAddresses::Invalid(text.to_owned()))?;
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
    version: TemplateVersionId,
    contact: Option<ContactId>,
    to: &[EmailAddress],
) -> Result<u64, PortError> {
    let snapshot = deps.contact_or_sample(author.org, contact).await?;
    let batch = BatchSpec {
        id: BatchId::generate(),
        source: MessageSource::Test,
        name: String::new(),
        template_version: version,
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
    use super::{InvalidTestAddresses, parse_test_addresses};

    #[test]
    fn one_to_five_addresses_make_a_test() {
        let parsed = |text: &str| parse_test_addresses(text.split([',', '\n'])).map(|list| list.len());
        assert_eq!(parsed("a@x.example, A@x.example\nb@x.example,"), Ok(2));
        assert_eq!(parsed(" , "), Err(InvalidTestAddresses::None));
        assert_eq!(
            parsed("a@x.example,nope"),
            Err(InvalidTestAddresses::Invalid("nope".into()))
        );
        let six: Vec<String> = (0..6).map(|n| format!("a{n}@x.example")).collect();
        assert_eq!(parsed(&six.join(",")), Err(InvalidTestAddresses::TooMany));
    }
}
