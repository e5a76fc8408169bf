//! Why an address may not be written to.

use std::str::FromStr;

use contracts::delivery::Stream;
use jiff::SignedDuration;

/// This many messages refused because the mailbox is full or abandoned, within
/// [`INACTIVE_WINDOW`], suppress its address.
pub const INACTIVE_LIMIT: i64 = 3;
/// See [`INACTIVE_LIMIT`].
pub const INACTIVE_WINDOW: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Why an address stands on the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SuppressionReason {
    /// The person asked for it.
    Unsubscribed,
    /// There is no such mailbox.
    HardBounce,
    /// The mailbox has been full or abandoned for some time.
    SoftBounces,
    /// The person called a message spam.
    Complaint,
    /// Somebody here put it on the list.
    Manual,
}

impl SuppressionReason {
    /// All of them.
    pub const ALL: [SuppressionReason; 5] = [
        SuppressionReason::Unsubscribed,
        SuppressionReason::HardBounce,
        SuppressionReason::SoftBounces,
        SuppressionReason::Complaint,
        SuppressionReason::Manual,
    ];

    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            SuppressionReason::Unsubscribed => "unsubscribed",
            SuppressionReason::HardBounce => "hard_bounce",
            SuppressionReason::SoftBounces => "soft_bounces",
            SuppressionReason::Complaint => "complaint",
            SuppressionReason::Manual => "manual",
        }
    }

    /// Whether it keeps mail of this stream back. A receipt is no marketing: having unsubscribed
    /// does not stop it.
    #[must_use]
    pub const fn blocks(self, stream: Stream) -> bool {
        match (self, stream) {
            (SuppressionReason::Unsubscribed, Stream::Transactional) => false,
            (_, Stream::Marketing | Stream::Transactional) => true,
        }
    }
}

impl FromStr for SuppressionReason {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        SuppressionReason::ALL
            .into_iter()
            .find(|reason| reason.as_str() == text)
            .ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::SuppressionReason;
    use contracts::delivery::Stream;

    #[test]
    fn whoever_unsubscribed_still_gets_receipts_and_nobody_else_on_the_list_does() {
        for reason in SuppressionReason::ALL {
            assert!(reason.blocks(Stream::Marketing));
            assert_eq!(
                reason.blocks(Stream::Transactional),
                reason != SuppressionReason::Unsubscribed
            );
        }
    }
}
