//! A notification as Firebase takes it.

use serde_json::{Map, Value, json};

use super::super::labels::MESSAGE_LABEL;
use crate::domain::outgoing::OutgoingPush;

/// A device that is not reached by then gets nothing, in seconds.
const KEPT: u32 = 24 * 60 * 60;

/// Apple's own tokens are hexadecimal digits; Firebase's have a colon and hyphens in them.
pub(super) fn is_of_apple(token: &str) -> bool {
    token.len() >= 64 && token.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A device keeps the last message under a `collapse_key` while it is not reached, and shows the last one under a
/// `tag`.
pub(super) fn message_of(push: &OutgoingPush) -> Value {
    let id = push.id.to_string();
    let mut data = Map::new();
    for (name, value) in &push.data {
        data.insert(name.clone(), json!(value));
    }
    if !push.url.is_empty() {
        data.insert("url".to_owned(), json!(push.url));
    }
    data.insert(MESSAGE_LABEL.to_owned(), json!(id));
    let mut notification = Map::new();
    if !push.title.is_empty() {
        notification.insert("title".to_owned(), json!(push.title));
    }
    notification.insert("body".to_owned(), json!(push.body));
    let mut webpush = json!({
        "headers": { "TTL": KEPT.to_string() },
        "notification": { "tag": id },
    });
    // Firebase takes no other link for web pages.
    if push.url.starts_with("https://") {
        webpush["fcm_options"] = json!({ "link": push.url });
    }
    let mut message = json!({
        "notification": notification,
        "data": data,
        "android": {
            "collapse_key": id,
            "ttl": format!("{KEPT}s"),
            "notification": { "tag": id },
        },
        "apns": { "headers": { "apns-collapse-id": id } },
        "webpush": webpush,
    });
    if push.to.is_empty() {
        message["topic"] = json!("mauntic-test");
    } else {
        message["token"] = json!(push.to);
    }
    message
}

#[cfg(test)]
mod tests {
    use super::{is_of_apple, message_of};
    use crate::domain::outgoing::OutgoingPush;
    use kernel::MessageId;

    fn push(url: &str) -> OutgoingPush {
        OutgoingPush {
            id: MessageId::generate(),
            to: "f6LT0Z0L80:APA91b".to_owned(),
            title: String::new(),
            body: "Today only".to_owned(),
            url: url.to_owned(),
            data: vec![("page".to_owned(), "7".to_owned())],
        }
    }

    #[test]
    fn a_message_carries_its_id_wherever_a_device_looks_for_repeats() {
        let push = push("https://shop.example/sale");
        let (message, id) = (message_of(&push), push.id.to_string());
        for place in [
            "/data/mauntic_message",
            "/android/collapse_key",
            "/android/notification/tag",
            "/apns/headers/apns-collapse-id",
            "/webpush/notification/tag",
        ] {
            assert_eq!(message.pointer(place), Some(&id.clone().into()), "{place}");
        }
        assert_eq!(
            message["notification"],
            serde_json::json!({ "body": "Today only" })
        );
        assert_eq!(
            message["webpush"]["fcm_options"]["link"],
            "https://shop.example/sale"
        );
    }

    #[test]
    fn an_address_inside_the_app_is_told_to_the_app_alone() {
        let message = message_of(&push("shop://sale"));
        assert_eq!(message["data"]["url"], "shop://sale");
        assert_eq!(message.pointer("/webpush/fcm_options"), None);
    }

    #[test]
    fn tokens_of_apple_are_told_from_those_of_firebase() {
        assert!(is_of_apple(&"0a".repeat(32)));
        assert!(!is_of_apple(
            "f6LT0Z0L80iymZVVKmO9RY:APA91bFvCJEQL8NR6IkgkjXc_ZRLVhI3SQ"
        ));
        assert!(!is_of_apple("0a0a"));
    }
}
