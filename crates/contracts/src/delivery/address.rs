//! Where a message goes, whatever it travels by.

use std::fmt;

use kernel::{EmailAddress, PhoneNumber};
use serde::{Deserialize, Serialize};

use crate::crm::consent::Channel;

/// An address of one of the channels. Stored and told as its bare text, which says what it is: an
/// e-mail address has an `@`, a phone number begins with `+`, and a device's token does neither.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// A mailbox.
    Email(EmailAddress),
    /// A telephone.
    Phone(PhoneNumber),
    /// An app on a device.
    Device(DeviceToken),
}

/// A token of push notifications, as an app got it from Apple or Google: 1 to
/// [`LONGEST`](DeviceToken::LONGEST) visible ASCII characters, neither with an `@` nor beginning with
/// `+`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceToken(String);

impl DeviceToken {
    /// In bytes. Neither service says how long its tokens may become; Google's have about 160 today,
    /// Apple's 64.
    pub const LONGEST: usize = 4096;

    /// Takes a token as it is; `None` for what cannot be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let visible = text.bytes().all(|b| (0x21..0x7f).contains(&b));
        let fine = (1..=Self::LONGEST).contains(&text.len())
            && visible
            && !text.starts_with('+')
            && !text.contains('@');
        fine.then(|| Self(text.to_owned()))
    }

    /// The token.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DeviceToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceToken(…)")
    }
}

impl Serialize for DeviceToken {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for DeviceToken {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a token of a device"))
    }
}

impl Address {
    /// An address of whatever channel it is of.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let channel = match text {
            text if text.contains('@') => Channel::Email,
            text if text.starts_with('+') => Channel::Sms,
            _ => Channel::Push,
        };
        Self::on(channel, text)
    }

    /// An address of this channel.
    #[must_use]
    pub fn on(channel: Channel, text: &str) -> Option<Self> {
        match channel {
            Channel::Email => EmailAddress::parse(text).ok().map(Address::Email),
            Channel::Sms => PhoneNumber::parse(text).ok().map(Address::Phone),
            Channel::Push => DeviceToken::parse(text).map(Address::Device),
        }
    }

    /// What reaches it.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        match self {
            Address::Email(_) => Channel::Email,
            Address::Phone(_) => Channel::Sms,
            Address::Device(_) => Channel::Push,
        }
    }

    /// The bare text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Address::Email(address) => address.as_str(),
            Address::Phone(number) => number.as_str(),
            Address::Device(token) => token.as_str(),
        }
    }

    /// The bare text, without a copy.
    #[must_use]
    pub fn into_string(self) -> String {
        match self {
            Address::Email(address) => address.into_string(),
            Address::Phone(number) => number.into_string(),
            Address::Device(token) => token.0,
        }
    }

    /// It, if it is a mailbox.
    #[must_use]
    pub const fn email(&self) -> Option<&EmailAddress> {
        match self {
            Address::Email(address) => Some(address),
            Address::Phone(_) | Address::Device(_) => None,
        }
    }
}

impl From<EmailAddress> for Address {
    fn from(address: EmailAddress) -> Self {
        Address::Email(address)
    }
}

impl From<PhoneNumber> for Address {
    fn from(number: PhoneNumber) -> Self {
        Address::Phone(number)
    }
}

impl From<DeviceToken> for Address {
    fn from(token: DeviceToken) -> Self {
        Address::Device(token)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Email(address) => address.fmt(f),
            Address::Phone(number) => number.fmt(f),
            Address::Device(token) => token.fmt(f),
        }
    }
}

impl Serialize for Address {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an address"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Address, DeviceToken};
    use crate::crm::consent::Channel;

    #[test]
    fn an_address_says_what_it_is() {
        for (text, channel) in [
            ("Ann@example.com", Channel::Email),
            ("+49 30 12345678", Channel::Sms),
            ("dQw4w9WgXcQ:APA91bH", Channel::Push),
            (
                "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0",
                Channel::Push,
            ),
        ] {
            let address = Address::parse(text).expect("an address");
            assert_eq!(address.channel(), channel, "{text}");
            let told = serde_json::to_string(&address).expect("it is JSON");
            assert_eq!(serde_json::from_str::<Address>(&told).ok(), Some(address));
        }
        assert_eq!(
            Address::parse("+49 30 12345678")
                .map(|a| a.to_string())
                .as_deref(),
            Some("+493012345678")
        );
    }

    #[test]
    fn what_is_of_another_channel_is_refused() {
        assert_eq!(Address::on(Channel::Sms, "ann@example.com"), None);
        assert_eq!(Address::on(Channel::Email, "+493012345678"), None);
        for bad in [
            "",
            "a b",
            "+49",
            "ann@example.com",
            "tök",
            &"x".repeat(DeviceToken::LONGEST + 1),
        ] {
            assert_eq!(Address::on(Channel::Push, bad), None, "{bad}");
        }
    }

    #[test]
    fn a_log_does_not_tell_who_it_is() {
        for (text, told) in [
            ("ann@example.com", "ann"),
            ("+493012345678", "3012"),
            ("dQw4w9WgXcQ:APA91bH", "dQw4"),
        ] {
            let address = Address::parse(text).expect("an address");
            assert!(!format!("{address:?}").contains(told), "{text}");
        }
    }
}
