use super::BaseUrl;

/// A field that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidConfig {
    /// Not a host name and not an IP address.
    #[error("the host is neither a name nor an IP address")]
    Host,
    /// Zero.
    #[error("the port must be between 1 and 65535")]
    Port,
    /// Control characters, or far too long.
    #[error("the user name cannot be sent")]
    Username,
    /// Out of range.
    #[error("connections must be between 1 and 50")]
    MaxConnections,
    /// Out of range.
    #[error("messages per connection must be between 1 and 10000")]
    MessagesPerConnection,
    /// Out of range.
    #[error("messages per second must be between 1 and 100000")]
    MessagesPerSecond,
    /// Not PEM.
    #[error("not a certificate in PEM")]
    TrustedCertificates,
    /// No region of the provider.
    #[error("there is no such region")]
    Region,
    /// Not the id of an access key.
    #[error("not the id of an access key")]
    AccessKeyId,
    /// Not the name of a configuration set.
    #[error("not the name of a configuration set")]
    ConfigurationSet,
    /// Not a domain.
    #[error("not a domain")]
    Domain,
    /// Not the start of an address that requests can go to.
    #[error("not the start of a web address")]
    BaseUrl,
    /// Not the SID of an account at Twilio.
    #[error("not the SID of an account")]
    AccountSid,
    /// Not the SID of an API key at Twilio.
    #[error("not the SID of an API key")]
    ApiKeySid,
    /// Not the SID of a Messaging Service at Twilio.
    #[error("not the SID of a Messaging Service")]
    MessagingServiceSid,
    /// Not an auth ID of Plivo.
    #[error("not an auth ID")]
    AuthId,
    /// Not an API key of Vonage.
    #[error("not an API key")]
    ApiKeyId,
    /// Not the id of a messaging profile at Telnyx.
    #[error("not the id of a messaging profile")]
    MessagingProfileId,
    /// Neither a number, nor a short code, nor a short name.
    #[error("not a sender of text messages")]
    Sender,
    /// Nothing says what messages come from.
    #[error("a sender is missing")]
    SenderMissing,
    /// Not the id of a project at Google.
    #[error("not the id of a project")]
    ProjectId,
    /// Not the id of a signing key at Apple.
    #[error("not the id of a signing key")]
    KeyId,
    /// Not the id of a team at Apple.
    #[error("not the id of a team")]
    TeamId,
    /// Not a bundle id.
    #[error("not a bundle id")]
    Topic,
    /// Neither of Apple's services.
    #[error("there is no such environment")]
    Environment,
    /// Not the whole path of a file.
    #[error("not the whole path of a file")]
    LogPath,
}

pub(super) fn is_concurrency(number: u16) -> bool {
    (1..=50).contains(&number)
}

pub(super) fn is_rate(number: Option<u32>) -> bool {
    number.is_none_or(|n| (1..=100_000).contains(&n))
}

pub(super) fn is_base_url(text: &str) -> bool {
    text.is_empty() || BaseUrl::parse(text).is_some()
}

/// The faults whose condition does not hold.
pub(super) fn wrong<const N: usize>(checks: [(bool, InvalidConfig); N]) -> Vec<InvalidConfig> {
    let failed = checks.into_iter().filter(|(fine, _)| !fine);
    failed.map(|(_, fault)| fault).collect()
}
