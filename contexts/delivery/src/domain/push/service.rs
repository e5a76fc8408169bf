/// Who brings notifications to devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PushService {
    /// Apple Push Notification service.
    Apns,
    /// Firebase Cloud Messaging.
    Fcm,
}

impl PushService {
    /// Both.
    pub const ALL: [PushService; 2] = [PushService::Apns, PushService::Fcm];

    /// Whose token it is, by its form: Apple's are hexadecimal digits, at least 64 of them; Google's hold
    /// other characters, a colon among them. The platform does not tell: apps on iOS use either.
    ///
    /// A token must not go to the other service. It would say that there is no such device, and the
    /// token would be forgotten.
    #[must_use]
    pub fn of_token(token: &str) -> Self {
        if token.len() >= 64 && token.bytes().all(|b| b.is_ascii_hexdigit()) {
            PushService::Apns
        } else {
            PushService::Fcm
        }
    }

    /// The kind of account that reaches it.
    #[must_use]
    pub const fn account_kind(self) -> &'static str {
        match self {
            PushService::Apns => "apns",
            PushService::Fcm => "fcm",
        }
    }

    /// Whether an account of this kind may reach it: its own, and any that is of neither service.
    #[must_use]
    pub fn is_reached_by(self, kind: &str) -> bool {
        let mut services = Self::ALL.into_iter();
        services
            .find(|service| service.account_kind() == kind)
            .is_none_or(|service| service == self)
    }

    /// Whether an account of this kind takes this token; any other kind than the two takes all.
    #[must_use]
    pub fn takes(kind: &str, token: &str) -> bool {
        Self::of_token(token).is_reached_by(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::PushService;

    #[test]
    fn a_token_goes_only_to_the_service_that_made_it() {
        let apple = "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0";
        let google = "bk3RNwTe3H0:CI2k_HHwgIpoDKCIZvvDMExUdFQ3P1bk3RNwTe3H0CI2kHHwgIpoDKCIZvv";
        assert!(PushService::takes("apns", apple) && !PushService::takes("fcm", apple));
        assert!(PushService::takes("fcm", google) && !PushService::takes("apns", google));
        assert!(PushService::takes("inbox", apple) && PushService::takes("inbox", google));
    }
}
