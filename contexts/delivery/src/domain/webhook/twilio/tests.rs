use aws_lc_rs::{digest, hmac};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use kernel::MessageId;

use super::{receive, verify};
use crate::domain::{
    outcome::Class,
    tracking::Agent,
    webhook::{
        EventKind, Keyword, OUR_ID, ProviderEvent, Received, Refused,
        forging::{Call, assert_ignored, now, only},
        form,
    },
};

const TOKEN: &str = "12345";
const URL: &str = "https://app.example/hooks/twilio";
const SIGNATURE: &str = "X-Twilio-Signature";

fn signature(text: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, TOKEN.as_bytes());
    STANDARD.encode(hmac::sign(&key, text.as_bytes()))
}

/// A call whose form's names are already in order.
fn signed(url: &str, body: &str) -> Call {
    let pairs = form::parse(body.as_bytes()).expect("a form");
    let form: String = pairs
        .into_iter()
        .flat_map(|(name, value)| [name, value])
        .collect();
    let headers = vec![
        ("Content-Type", "application/x-www-form-urlencoded".to_owned()),
        (SIGNATURE, signature(&format!("{url}{form}"))),
    ];
    Call::new(url, headers, body)
}

fn receive_it(call: &Call) -> Result<Received, Refused> {
    call.made(|request| receive(TOKEN, request, now()))
}

fn status(status: &str, error: &str) -> Result<Received, Refused> {
    let error = if error.is_empty() {
        String::new()
    } else {
        format!("ErrorCode={error}&")
    };
    receive_it(&signed(
        URL,
        &format!(
            "AccountSid=AC1&{error}From=%2B15017122661&MessageSid=SM1&MessageStatus={status}&SmsSid=SM1&SmsStatus={status}&To=%2B15558675310"
        ),
    ))
}

fn parameters() -> Vec<(String, String)> {
    [
        ("CallSid", "CA1234567890ABCDE"),
        ("Digits", "1234"),
        ("From", "+14158675309"),
        ("To", "+18005551212"),
        ("Caller", "+14158675309"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

fn verified(url: &str, parameters: &[(String, String)], signature: &str) -> bool {
    let signature = STANDARD.decode(signature).expect("base64");
    verify(TOKEN, url, parameters, signature).is_ok()
}

#[test]
fn the_example_of_the_documentation_is_accepted() {
    let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
    let right = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
    assert!(verified(url, &parameters(), right));
    assert!(!verified(
        "https://mycompany.com/myapp.php?foo=1&bar=3",
        &parameters(),
        right
    ));
    assert!(!verified(url, &parameters()[1..], right));
    let mut changed = parameters();
    changed[1].1 = "1235".to_owned();
    assert!(!verified(url, &changed, right));
}

#[test]
fn the_signatures_in_the_tests_of_twilios_library_are_accepted() {
    let https = "https://mycompany.com/myapp.php?foo=1&bar=2";
    let http = "http://mycompany.com/myapp.php?foo=1&bar=2";
    let with_port = "https://mycompany.com:1234/myapp.php?foo=1&bar=2";
    // The port may be there for one side and not for the other.
    assert!(verified(with_port, &parameters(), "RSOYDt4T1cUTdK1PDd93/VVr8B8="));
    assert!(verified(https, &parameters(), "kvajT1Ptam85bY51eRf/AJRuM3w="));
    assert!(verified(http, &parameters(), "0ZXoZLH/DfblKGATFgpif+LLRf4="));
    // Names that repeat: sorted, and each pair once.
    let repeated = form::parse(b"Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234");
    assert!(verified(
        https,
        &repeated.expect("a form"),
        "IK+Dwps556ElfBT0I3Rgjkr1wJU="
    ));
    // A body in JSON, whose hash stands in the URL.
    let hash = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
    let json = Call::new(
        &format!("{https}&bodySHA256={hash}"),
        vec![
            ("Content-Type", "application/json".to_owned()),
            (SIGNATURE, "a9nBmqA0ju/hNViExpshrM61xv4=".to_owned()),
        ],
        r#"{"property": "value", "boolean": true}"#,
    );
    assert_eq!(receive_it(&json), Err(Refused::NotUnderstood("no message")));
    for spoiled in json.with_each_byte_changed() {
        assert_eq!(receive_it(&spoiled), Err(Refused::BadSignature));
    }
}

#[test]
fn a_changed_call_is_refused() {
    let call = signed(
        URL,
        "Body=Hello+there%21&From=%2B15558675310&MessageSid=SM1&To=%2B15017122661",
    );
    assert!(receive_it(&call).is_ok());
    for spoiled in call
        .with_each_byte_changed()
        .chain(call.with_each_character_changed(SIGNATURE))
        .chain([
            call.with_url("https://app.example/hooks/twilia"),
            call.with_url("http://app.example/hooks/twilio"),
            call.with_url("https://app.example/hooks/twilio?"),
            call.without_header(SIGNATURE),
            call.with_header(SIGNATURE, ""),
        ])
    {
        assert!(receive_it(&spoiled).is_err(), "{spoiled:?}");
    }
    for token in ["", "12346"] {
        assert_eq!(
            call.made(|request| receive(token, request, now())),
            Err(Refused::BadSignature)
        );
    }
}

#[test]
fn json_without_its_hash_in_the_url_is_refused() {
    let body = r#"{"MessageSid": "SM1", "MessageStatus": "delivered", "From": "+15017122661", "To": "+15558675310"}"#;
    let call = |url: &str| {
        let headers = vec![
            ("Content-Type", "application/json; charset=utf-8".to_owned()),
            (SIGNATURE, signature(url)),
        ];
        Call::new(url, headers, body)
    };
    assert_eq!(receive_it(&call(URL)), Err(Refused::BadSignature));
    let hash: String = digest::digest(&digest::SHA256, body.as_bytes())
        .as_ref()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let event = only(receive_it(&call(&format!("{URL}?bodySHA256={hash}"))));
    assert_eq!(event.kind, EventKind::Delivered);
}

#[test]
fn every_status_is_read() {
    let rejected = Class::Rejected;
    let agent = Agent::Person;
    for (word, error, kind) in [
        ("queued", "", EventKind::Accepted),
        ("accepted", "", EventKind::Accepted),
        ("sent", "", EventKind::Accepted),
        ("delivered", "", EventKind::Delivered),
        ("read", "", EventKind::Opened { agent }),
        ("canceled", "", EventKind::Failed { class: rejected }),
        ("failed", "30008", EventKind::Failed { class: rejected }),
        ("undelivered", "", EventKind::Bounced { class: rejected }),
        ("undelivered", "30008", EventKind::Bounced { class: rejected }),
    ] {
        let event = only(status(word, error));
        assert_eq!(
            event,
            ProviderEvent {
                provider_message_id: Some("SM1".to_owned()),
                our_message_id: None,
                recipient: "+15558675310".to_owned(),
                kind,
                at: now(),
                event_id: format!("SM1:{word}"),
                detail: error.to_owned(),
            }
        );
    }
    for word in ["sending", "scheduled", "something_new"] {
        assert_ignored(&status(word, ""));
    }
}

#[test]
fn error_codes_fall_into_our_classes() {
    for (error, class) in [
        ("21211", Class::HardRecipient),
        ("30005", Class::HardRecipient),
        ("30006", Class::HardRecipient),
        ("30003", Class::InactiveRecipient),
        ("30007", Class::Reputation),
        ("30034", Class::Account),
        ("21617", Class::Content),
        ("99999", Class::Rejected),
    ] {
        let event = only(status("undelivered", error));
        assert_eq!(event.kind, EventKind::Bounced { class }, "{error}");
    }
}

#[test]
fn a_message_to_somebody_who_answered_stop_tells_us_so() {
    let received = status("failed", "21610").expect("understood");
    let kinds: Vec<_> = received.events.iter().map(|event| &event.kind).collect();
    let class = Class::Rejected;
    assert_eq!(kinds, [&EventKind::Failed { class }, &EventKind::Unsubscribed]);
}

#[test]
fn a_message_that_came_in_is_read() {
    let call = signed(
        URL,
        "Body=Stop%21&From=%2B15558675310&MessageSid=SM2&NumMedia=0&SmsStatus=received&To=%2B15017122661",
    );
    let event = only(receive_it(&call));
    assert_eq!(
        event.kind,
        EventKind::Inbound {
            from: "+15558675310".to_owned(),
            to: "+15017122661".to_owned(),
            text: "Stop!".to_owned(),
            keyword: Some(Keyword::Stop),
        }
    );
    assert_eq!(event.recipient, "+15558675310");
    assert_eq!(event.event_id, "SM2");
}

#[test]
fn what_twilio_has_answered_already_counts_as_the_keyword() {
    for (word, keyword) in [
        ("STOP", Some(Keyword::Stop)),
        ("HELP", Some(Keyword::Help)),
        ("START", Some(Keyword::Start)),
        ("OTHER", None),
    ] {
        let call = signed(
            URL,
            &format!("Body=Arret&From=%2B1555867531&MessageSid=SM2&OptOutType={word}&To=72720"),
        );
        let EventKind::Inbound { keyword: found, .. } = only(receive_it(&call)).kind else {
            panic!("a message");
        };
        assert_eq!(found, keyword);
    }
}

#[test]
fn our_identifier_comes_back_in_the_url() {
    let id = MessageId::generate();
    let body = "From=%2B15017122661&MessageSid=SM1&MessageStatus=delivered&To=%2B15558675310";
    let call = signed(&format!("{URL}?{OUR_ID}={id}"), body);
    assert_eq!(only(receive_it(&call)).our_message_id, Some(id));
}

#[test]
fn a_call_about_no_message_is_not_understood() {
    for body in [
        "",
        "CallSid=CA1&From=%2B15017122661&To=%2B15558675310",
        "MessageSid=SM1",
    ] {
        let refused = receive_it(&signed(URL, body));
        assert_eq!(refused, Err(Refused::NotUnderstood("no message")), "{body}");
    }
}
