use kernel::{MessageId, Timestamp};
use serde_json::{Value, json};

use super::events;
use crate::domain::{
    outcome::Class,
    tracking::Agent,
    webhook::{
        EventKind, OUR_ID, ProviderEvent, Received,
        forging::{assert_ignored, now, only},
    },
};

const MESSAGE: &str = "00000138111222aa-33322211-cccc-cccc-cccc-ddddaaaa0680-000000";

fn read(event: &Value) -> Received {
    events(&format!("{event}\n"), "sns-1", now()).expect("understood")
}

fn read_one(event: &Value) -> ProviderEvent {
    only(Ok(read(event)))
}

fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// With the mail that each event is about.
fn about(mut event: Value) -> Value {
    event["mail"] = json!({
        "timestamp": "2016-01-27T14:59:38.237Z",
        "messageId": MESSAGE,
        "source": "john@example.com",
        "destination": ["jane@example.com"],
    });
    event
}

fn bounce(kind: &str, sub_type: &str, recipient: Value) -> Value {
    about(json!({
        "eventType": "Bounce",
        "bounce": {
            "bounceType": kind,
            "bounceSubType": sub_type,
            "bouncedRecipients": [recipient],
            "timestamp": "2016-01-27T14:59:44.101Z",
            "feedbackId": "00000138111222aa-44455566-cccc-cccc-cccc-ddddaaaa068a-000000",
        },
    }))
}

#[test]
fn a_bounce_is_read_with_all_that_it_says() {
    let recipient = json!({
        "emailAddress": "jane@example.com",
        "status": "5.1.1",
        "action": "failed",
        "diagnosticCode": "smtp; 550 5.1.1 <jane@example.com>... User unknown",
    });
    let event = read_one(&bounce("Permanent", "General", recipient));
    assert_eq!(
        event,
        ProviderEvent {
            provider_message_id: Some(MESSAGE.to_owned()),
            our_message_id: None,
            recipient: "jane@example.com".to_owned(),
            kind: EventKind::Bounced {
                class: Class::HardRecipient
            },
            at: time("2016-01-27T14:59:44.101Z"),
            event_id: "sns-1".to_owned(),
            detail: "smtp; 550 5.1.1 <jane@example.com>... User unknown".to_owned(),
        }
    );
}

#[test]
fn kinds_of_bounces_fall_into_our_classes() {
    let bare = || json!({"emailAddress": "jane@example.com"});
    let said = |words: &str| json!({"emailAddress": "jane@example.com", "diagnosticCode": words});
    for (kind, sub_type, recipient, class) in [
        ("Permanent", "General", bare(), Class::HardRecipient),
        (
            "Permanent",
            "General",
            said("smtp; 550 5.7.26 unauthenticated"),
            Class::Authentication,
        ),
        (
            "Permanent",
            "General",
            said("smtp; 554 5.7.1 on a blocklist"),
            Class::Reputation,
        ),
        ("Permanent", "NoEmail", said("smtp; 550 no"), Class::HardRecipient),
        ("Permanent", "Suppressed", bare(), Class::HardRecipient),
        (
            "Permanent",
            "OnAccountSuppressionList",
            bare(),
            Class::HardRecipient,
        ),
        ("Permanent", "UnsubscribedRecipient", bare(), Class::Rejected),
        ("Transient", "General", bare(), Class::Rejected),
        ("Transient", "MailboxFull", bare(), Class::InactiveRecipient),
        ("Transient", "MessageTooLarge", bare(), Class::Content),
        ("Transient", "ContentRejected", bare(), Class::Content),
        ("Transient", "AttachmentRejected", bare(), Class::Content),
        ("Transient", "CustomTimeoutExceeded", bare(), Class::Rejected),
        ("Undetermined", "Undetermined", bare(), Class::Rejected),
    ] {
        let event = read_one(&bounce(kind, sub_type, recipient));
        assert_eq!(event.kind, EventKind::Bounced { class }, "{kind} {sub_type}");
    }
    let event = read_one(&bounce("Transient", "MailboxFull", bare()));
    assert_eq!(event.detail, "Transient: MailboxFull");
}

#[test]
fn each_recipient_has_an_event_of_its_own() {
    let mut event = bounce(
        "Permanent",
        "General",
        json!({"emailAddress": "jane@example.com"}),
    );
    event["bounce"]["bouncedRecipients"] = json!([
        {"emailAddress": "jane@example.com"}, {"emailAddress": "richard@example.com"}, {},
    ]);
    let received = read(&event);
    let found: Vec<_> = received
        .events
        .iter()
        .map(|event| (event.recipient.as_str(), event.event_id.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("jane@example.com", "sns-1:0"),
            ("richard@example.com", "sns-1:1")
        ]
    );
    assert_eq!(received.ignored, 1);
}

#[test]
fn feedback_notifications_are_read_like_published_events() {
    let event = about(json!({
        "notificationType": "Delivery",
        "delivery": {
            "timestamp": "2016-01-27T14:59:39.237Z",
            "recipients": ["jane@example.com"],
            "processingTimeMillis": 546,
            "smtpResponse": "250 ok:  Message 64111812 accepted",
        },
    }));
    let event = read_one(&event);
    assert_eq!(event.kind, EventKind::Delivered);
    assert_eq!(event.at, time("2016-01-27T14:59:39.237Z"));
    assert_eq!(event.detail, "250 ok:  Message 64111812 accepted");
}

#[test]
fn every_other_type_of_event_is_read() {
    let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 10_3_3 like Mac OS X)";
    let (person, content) = (Agent::Person, Class::Content);
    for (event, kind, detail) in [
        (json!({"eventType": "Send", "send": {}}), EventKind::Accepted, ""),
        (
            json!({"eventType": "Reject", "reject": {"reason": "Bad content"}}),
            EventKind::Failed { class: content },
            "Bad content",
        ),
        (
            json!({"eventType": "Rendering Failure", "failure": {
                "templateName": "MyTemplate", "errorMessage": "Attribute 'name' is not present",
            }}),
            EventKind::Failed { class: content },
            "Attribute 'name' is not present",
        ),
        (
            json!({"eventType": "Open", "open": {
                "ipAddress": "192.0.2.1", "timestamp": "2017-08-09T22:00:19.652Z", "userAgent": phone,
            }}),
            EventKind::Opened { agent: person },
            "",
        ),
        (
            json!({"eventType": "Click", "click": {
                "link": "https://shop.example/a", "timestamp": "2017-08-09T23:51:25.570Z", "userAgent": phone,
            }}),
            EventKind::Clicked {
                url: Some("https://shop.example/a".to_owned()),
                agent: person,
            },
            "",
        ),
        (
            json!({"eventType": "DeliveryDelay", "deliveryDelay": {
                "timestamp": "2020-06-16T00:25:40.095Z", "delayType": "TransientCommunicationFailure",
                "expirationTime": "2020-06-16T00:25:40.914Z",
                "delayedRecipients": [{
                    "emailAddress": "jane@example.com", "status": "4.4.1",
                    "diagnosticCode": "smtp; 421 4.4.1 Unable to connect",
                }],
            }}),
            EventKind::Deferred,
            "smtp; 421 4.4.1 Unable to connect",
        ),
        (
            json!({"eventType": "Complaint", "complaint": {
                "complainedRecipients": [{"emailAddress": "jane@example.com"}],
                "timestamp": "2016-01-27T14:59:38.237Z", "complaintFeedbackType": "abuse",
            }}),
            EventKind::Complained,
            "abuse",
        ),
    ] {
        let event = read_one(&about(event));
        assert_eq!(event.kind, kind);
        assert_eq!(event.detail, detail);
        assert_eq!(event.recipient, "jane@example.com");
        assert_eq!(event.provider_message_id.as_deref(), Some(MESSAGE));
    }
}

#[test]
fn a_report_that_mail_is_no_spam_is_no_complaint() {
    let event = about(json!({"eventType": "Complaint", "complaint": {
        "complainedRecipients": [{"emailAddress": "jane@example.com"}],
        "complaintFeedbackType": "not-spam",
    }}));
    assert_ignored(&Ok(read(&event)));
}

#[test]
fn a_change_of_preferences_is_a_wish() {
    let preferences = |all: bool, status: &str| {
        json!({"unsubscribeAll": all, "topicSubscriptionStatus": [
            {"topicName": "ExampleTopicName", "subscriptionStatus": status},
        ]})
    };
    for (old, new, kind) in [
        (
            preferences(false, "OptIn"),
            preferences(true, "OptOut"),
            EventKind::Unsubscribed,
        ),
        (
            preferences(false, "OptIn"),
            preferences(false, "OptOut"),
            EventKind::Unsubscribed,
        ),
        (
            preferences(true, "OptOut"),
            preferences(false, "OptIn"),
            EventKind::Resubscribed,
        ),
    ] {
        let event = about(json!({"eventType": "Subscription", "subscription": {
            "contactList": "ContactListName", "timestamp": "2022-01-12T01:00:17.910Z",
            "source": "UnsubscribeHeader", "newTopicPreferences": new, "oldTopicPreferences": old,
        }}));
        assert_eq!(read_one(&event).kind, kind);
    }
}

#[test]
fn our_identifier_comes_back_as_a_tag_or_in_the_header_that_we_wrote() {
    let id = MessageId::generate();
    let with = |name: &str, value: Value| {
        let mut event = about(json!({"eventType": "Send", "send": {}}));
        event["mail"][name] = value;
        read_one(&event).our_message_id
    };
    assert_eq!(with("tags", json!({OUR_ID: [id.to_string()]})), Some(id));
    let header = json!([
        {"name": "From", "value": "a@b.example"},
        {"name": "Message-Id", "value": format!("<{id}@mail.example>")},
    ]);
    assert_eq!(with("headers", header), Some(id));
    let common = json!({"messageId": format!("<{id}@mail.example>")});
    assert_eq!(with("commonHeaders", common), Some(id));
    assert_eq!(with("tags", json!({OUR_ID: ["x"]})), None);
}

#[test]
fn what_is_not_about_sent_mail_is_ignored_and_broken_json_is_an_error() {
    for text in [
        "Successfully validated SNS topic for Amazon SES event publishing.",
        "",
        r#"{"notificationType": "Received"}"#,
        r#"{"eventType": "SomethingNew", "mail": {}}"#,
        "{}",
    ] {
        assert_ignored(&events(text, "sns-1", now()));
    }
    assert!(events("{\"eventType\": \"Bounce\",", "sns-1", now()).is_err());
}

#[test]
fn the_order_of_events_does_not_matter() {
    let open = about(json!({"eventType": "Open", "open": {}}));
    let send = about(json!({"eventType": "Send"}));
    for event in [&open, &send] {
        let read = read_one(event);
        assert_eq!(read.provider_message_id.as_deref(), Some(MESSAGE));
    }
    assert_eq!(read_one(&open).at, now());
}
