//! Tests of what accounts for text messages share.

use contracts::crm::consent::Channel;

use crate::domain::provider_settings::keeps_secret;

use super::{
    InvalidConfig, PlivoConfig, ProviderConfig, ProviderKind, TelnyxConfig, TwilioConfig, VonageConfig,
};

fn twilio() -> TwilioConfig {
    TwilioConfig {
        account_sid: "AC0123456789abcdef0123456789abcdef".to_owned(),
        api_key_sid: String::new(),
        sender: "+15005550006".to_owned(),
        messaging_service_sid: String::new(),
        base_url: String::new(),
        max_connections: 10,
        messages_per_second: Some(10),
    }
}

fn telnyx() -> TelnyxConfig {
    TelnyxConfig {
        sender: "ACME".to_owned(),
        messaging_profile_id: "16fd2706-8baf-433b-82eb-8c7fada847da".to_owned(),
        base_url: String::new(),
        max_connections: 10,
        messages_per_second: None,
    }
}

fn plivo() -> PlivoConfig {
    PlivoConfig {
        auth_id: "MAFAKE0123456789ABCD".to_owned(),
        sender: "72720".to_owned(),
        base_url: String::new(),
        max_connections: 10,
        messages_per_second: Some(5),
    }
}

fn vonage() -> VonageConfig {
    VonageConfig {
        api_key_id: "abcd1234".to_owned(),
        sender: "ACME".to_owned(),
        base_url: "https://gateway.example/vonage".to_owned(),
        max_connections: 10,
        messages_per_second: Some(30),
    }
}

fn all() -> [ProviderConfig; 4] {
    [twilio().into(), plivo().into(), vonage().into(), telnyx().into()]
}

#[test]
fn what_is_stored_is_read_back_by_its_kind() {
    for config in all() {
        let stored = serde_json::to_value(&config).expect("it is JSON");
        assert_eq!(stored["kind"], config.kind().as_str());
        let read: ProviderConfig = serde_json::from_value(stored).expect("it is read");
        assert_eq!(read, config);
        assert_eq!(config.faults(), []);
        assert_eq!(config.kind().channel(), Channel::Sms);
        assert!(config.kind().needs_secret());
    }
}

#[test]
fn each_kind_goes_to_its_provider_unless_it_is_told_otherwise() {
    assert_eq!(
        all().map(|config| config.place()),
        [
            "https://api.twilio.com",
            "https://api.plivo.com",
            "https://gateway.example/vonage",
            "https://api.telnyx.com",
        ]
    );
}

#[test]
fn only_telnyx_recognises_what_it_was_handed_before() {
    for kind in all().map(|config| config.kind()) {
        let recognises = kind.traits().idempotency_ttl.is_some();
        assert_eq!(recognises, kind == ProviderKind::Telnyx, "{kind:?}");
    }
}

#[test]
fn the_secret_of_an_api_key_is_signed_in_by_its_own_name() {
    assert_eq!(twilio().user(), "AC0123456789abcdef0123456789abcdef");
    let keyed = TwilioConfig {
        api_key_sid: "SK0123456789abcdef0123456789abcdef".to_owned(),
        ..twilio()
    };
    assert_eq!(keyed.user(), "SK0123456789abcdef0123456789abcdef");
}

#[test]
fn every_field_is_checked() {
    use InvalidConfig::{
        AccountSid, ApiKeyId, ApiKeySid, AuthId, MessagingProfileId, MessagingServiceSid, Sender,
        SenderMissing,
    };
    let text = str::to_owned;
    let wrong: [(ProviderConfig, InvalidConfig); 10] = [
        (
            TwilioConfig {
                account_sid: text("AC/../x"),
                ..twilio()
            }
            .into(),
            AccountSid,
        ),
        (
            TwilioConfig {
                api_key_sid: text("AC0123456789abcdef0123456789abcdef"),
                ..twilio()
            }
            .into(),
            ApiKeySid,
        ),
        (
            TwilioConfig {
                messaging_service_sid: text("MG1"),
                ..twilio()
            }
            .into(),
            MessagingServiceSid,
        ),
        (
            TwilioConfig {
                sender: text("far too long a name"),
                ..twilio()
            }
            .into(),
            Sender,
        ),
        (
            TwilioConfig {
                sender: String::new(),
                ..twilio()
            }
            .into(),
            SenderMissing,
        ),
        (
            PlivoConfig {
                auth_id: text("MA/x"),
                ..plivo()
            }
            .into(),
            AuthId,
        ),
        (
            PlivoConfig {
                sender: String::new(),
                ..plivo()
            }
            .into(),
            Sender,
        ),
        (
            VonageConfig {
                api_key_id: String::new(),
                ..vonage()
            }
            .into(),
            ApiKeyId,
        ),
        (
            TelnyxConfig {
                messaging_profile_id: text("profile"),
                ..telnyx()
            }
            .into(),
            MessagingProfileId,
        ),
        (
            TelnyxConfig {
                sender: String::new(),
                messaging_profile_id: String::new(),
                ..telnyx()
            }
            .into(),
            SenderMissing,
        ),
    ];
    for (config, fault) in wrong {
        assert_eq!(config.faults(), [fault], "{config:?}");
    }
    let chosen = TwilioConfig {
        sender: String::new(),
        messaging_service_sid: "MG0123456789abcdef0123456789abcdef".to_owned(),
        ..twilio()
    };
    assert_eq!(chosen.faults(), []);
}

#[test]
fn a_stored_key_belongs_to_one_account_at_one_address() {
    let text = str::to_owned;
    let elsewhere = || text("https://evil.example");
    let changed: [(ProviderConfig, ProviderConfig); 8] = [
        (
            twilio().into(),
            TwilioConfig {
                base_url: elsewhere(),
                ..twilio()
            }
            .into(),
        ),
        (
            twilio().into(),
            TwilioConfig {
                account_sid: text("AC1"),
                ..twilio()
            }
            .into(),
        ),
        (
            twilio().into(),
            TwilioConfig {
                api_key_sid: text("SK1"),
                ..twilio()
            }
            .into(),
        ),
        (
            plivo().into(),
            PlivoConfig {
                base_url: elsewhere(),
                ..plivo()
            }
            .into(),
        ),
        (
            plivo().into(),
            PlivoConfig {
                auth_id: text("MA1"),
                ..plivo()
            }
            .into(),
        ),
        (
            vonage().into(),
            VonageConfig {
                base_url: elsewhere(),
                ..vonage()
            }
            .into(),
        ),
        (
            vonage().into(),
            VonageConfig {
                api_key_id: text("b"),
                ..vonage()
            }
            .into(),
        ),
        (
            telnyx().into(),
            TelnyxConfig {
                base_url: elsewhere(),
                ..telnyx()
            }
            .into(),
        ),
    ];
    for (before, after) in changed {
        assert!(!keeps_secret(&before, &after), "{after:?}");
    }
    let other_sender = TelnyxConfig {
        sender: text("OTHER"),
        ..telnyx()
    };
    assert!(keeps_secret(&telnyx().into(), &other_sender.into()));
}
