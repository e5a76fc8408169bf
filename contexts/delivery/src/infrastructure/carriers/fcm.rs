//! Firebase Cloud Messaging: `POST /v1/projects/{project}/messages:send`.
//!
//! Every request carries an access token. Google gives it out for an hour, for an assertion that the service
//! account signs (RFC 7523). Firebase's own name for a message comes back as the last part of `name`.

use std::sync::{Mutex, MutexGuard};

use http::{HeaderMap, HeaderValue, header};
use jiff::SignedDuration;
use kernel::Timestamp;
use platform::egress::EgressResponse;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    http_account::{Api, ApiRequest, Said, Unsendable, plain_words},
    jwt,
    labels::MESSAGE_LABEL,
};
use crate::domain::{
    answer::{Conclusion, Phase},
    http_answer::{HttpAnswer, Meaning},
    outgoing::{Outgoing, OutgoingPush},
    provider::{BaseUrl, FcmConfig, ServiceAccount},
};

const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
/// A token is not used in its last minutes.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);
/// An access token that was just given out and is refused is not too old.
const FRESH: SignedDuration = SignedDuration::from_mins(1);
/// A device that is not reached by then gets nothing, in seconds.
const KEPT: u32 = 24 * 60 * 60;

/// Whether messages arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// They do.
    Send,
    /// Firebase looks at everything and delivers nothing. A message without a token is looked at as one to
    /// everybody who asked for a topic of that name.
    Validate,
}

/// The API with the service account of one project.
pub(super) struct Fcm {
    base: BaseUrl,
    resource: String,
    account: Option<ServiceAccount>,
    mode: Mode,
    pass: Mutex<Option<Pass>>,
}

#[derive(Clone)]
struct Pass {
    token: String,
    given_at: Timestamp,
    ends_at: Timestamp,
}

impl Fcm {
    /// `base` is where Firebase is, `file` the key file of the service account.
    pub fn new(config: &FcmConfig, base: BaseUrl, file: &str, mode: Mode) -> Self {
        Self {
            base,
            resource: format!("/v1/projects/{}/messages:send", config.project_id),
            account: ServiceAccount::parse(file),
            mode,
            pass: Mutex::default(),
        }
    }

    fn stored(&self) -> MutexGuard<'_, Option<Pass>> {
        self.pass.lock().expect("nothing panics while holding it")
    }

    fn assertion(&self, account: &ServiceAccount, now: Timestamp) -> Option<String> {
        let issued = now.as_second();
        jwt::signed(
            &json!({ "alg": "RS256", "typ": "JWT", "kid": account.key_id }),
            &json!({
                "iss": account.client_email,
                "scope": SCOPE,
                "aud": account.token_uri.url(""),
                "iat": issued,
                "exp": issued + 3600,
            }),
            |text| account.sign(text),
        )
    }
}

impl Api for Fcm {
    fn request(&self, message: &Outgoing, _: Timestamp) -> Result<ApiRequest, Unsendable> {
        let Outgoing::Push(push) = message else {
            return Err(Unsendable::Mail);
        };
        if self.mode == Mode::Send && (push.to.is_empty() || is_of_apple(&push.to)) {
            return Err(Unsendable::Recipient);
        }
        let token = self.stored().as_ref().map(|pass| pass.token.clone());
        let authorization = format!("Bearer {}", token.ok_or(Unsendable::Key)?);
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let value = HeaderValue::from_str(&authorization).map_err(|_| Unsendable::Key)?;
        headers.insert(header::AUTHORIZATION, value);
        let mut body = json!({ "message": message_of(push) });
        if self.mode == Mode::Validate {
            body["validate_only"] = json!(true);
        }
        Ok(ApiRequest {
            url: self.base.url(&self.resource),
            headers,
            body: body.to_string().into_bytes().into(),
        })
    }

    fn read(&self, response: &EgressResponse) -> Said {
        let body: Option<Body> = serde_json::from_slice(&response.body).ok();
        let Some(Body { name, error }) = body else {
            return Said {
                words: plain_words(&response.body),
                ..Said::default()
            };
        };
        let id = name.and_then(|name| Some(name.split_once("/messages/")?.1.to_owned()));
        let error = error.unwrap_or_default();
        Said {
            id: id.filter(|id| !id.is_empty()),
            meaning: meaning_of_error(response.status, error.code(), &error.message),
            words: format!("{} {}", error.code(), error.message).trim().to_owned(),
        }
    }

    fn pass_request(&self, now: Timestamp) -> Option<Result<ApiRequest, Unsendable>> {
        if self
            .stored()
            .as_ref()
            .is_some_and(|pass| now + MARGIN < pass.ends_at)
        {
            return None;
        }
        let made = || {
            let account = self.account.as_ref()?;
            let body = format!(
                "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={}",
                self.assertion(account, now)?
            );
            let form = HeaderValue::from_static("application/x-www-form-urlencoded");
            Some(ApiRequest {
                url: account.token_uri.url(""),
                headers: HeaderMap::from_iter([(header::CONTENT_TYPE, form)]),
                body: body.into_bytes().into(),
            })
        };
        Some(made().ok_or(Unsendable::Key))
    }

    fn keep_pass(&self, response: &EgressResponse, now: Timestamp) -> Result<(), Conclusion> {
        let given: Option<Grant> = serde_json::from_slice(&response.body).ok();
        let given = given.unwrap_or_default();
        if response.status == 200 && !given.access_token.is_empty() {
            *self.stored() = Some(Pass {
                token: given.access_token,
                given_at: now,
                ends_at: now + SignedDuration::from_secs(given.expires_in.clamp(0, 24 * 3600)),
            });
            return Ok(());
        }
        let said = format!("{} {}", given.error, given.error_description);
        let said = match said.trim() {
            "" => plain_words(&response.body),
            said => said.to_owned(),
        };
        let is_ours = matches!(response.status, 300..=499) && !matches!(response.status, 408 | 429);
        Err(if is_ours {
            Conclusion::Responded(HttpAnswer {
                status: response.status,
                meaning: Meaning::AccountFault,
                said,
                retry_after: None,
            })
        } else {
            Conclusion::Broken {
                phase: Phase::Auth,
                error: format!("no access token: {} {said}", response.status),
            }
        })
    }

    fn renews_pass(&self, response: &EgressResponse, now: Timestamp) -> bool {
        let body: Option<Body> = serde_json::from_slice(&response.body).ok();
        let error = body.and_then(|body| body.error).unwrap_or_default();
        // Of Apple's key or of the web's, which lie with Firebase: no token of ours is the cause.
        if response.status != 401 || error.code() == "THIRD_PARTY_AUTH_ERROR" {
            return false;
        }
        let mut pass = self.stored();
        // Somebody else has got another one meanwhile, or Google has just given one that it refuses; trying
        // once more tells which.
        let is_old = |pass: &Pass| now.duration_since(pass.given_at).abs() >= FRESH;
        if pass.as_ref().is_some_and(is_old) {
            *pass = None;
        }
        true
    }
}

/// Apple's own tokens are hexadecimal digits; Firebase's have a colon and hyphens in them.
fn is_of_apple(token: &str) -> bool {
    token.len() >= 64 && token.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A device keeps the last message under a `collapse_key` while it is not reached, and shows the last one under a
/// `tag`.
fn message_of(push: &OutgoingPush) -> Value {
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

#[derive(Deserialize)]
struct Body {
    name: Option<String>,
    error: Option<ApiError>,
}

/// `google.rpc.Status`
#[derive(Default, Deserialize)]
#[serde(default)]
struct ApiError {
    message: String,
    status: String,
    details: Vec<Detail>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Detail {
    error_code: String,
}

impl ApiError {
    /// Firebase's own word, where there is one, else Google's.
    fn code(&self) -> &str {
        let own = self.details.iter().map(|detail| detail.error_code.as_str());
        own.filter(|code| !code.is_empty()).next().unwrap_or(&self.status)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Grant {
    access_token: String,
    expires_in: i64,
    error: String,
    error_description: String,
}

/// The same statuses stand for a device, for the project and for the message; Firebase's word tells them
/// apart. A token that belongs to another sender is not called gone: with the settings of a wrong
/// project that would be true of every device there is.
fn meaning_of_error(status: u16, code: &str, message: &str) -> Option<Meaning> {
    match (status, code) {
        (404, "UNREGISTERED") => Some(Meaning::RecipientGone),
        (400, "INVALID_ARGUMENT") if message.contains("not a valid FCM registration token") => {
            Some(Meaning::RecipientGone)
        }
        (400, "INVALID_ARGUMENT") if message.to_ascii_lowercase().contains("too big") => {
            Some(Meaning::TooLarge)
        }
        (403, "SENDER_ID_MISMATCH") => Some(Meaning::Refused),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Body, is_of_apple, meaning_of_error, message_of};
    use crate::domain::{http_answer::Meaning, outgoing::OutgoingPush};
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

    #[test]
    fn firebases_own_word_comes_before_googles() {
        let body: Body = serde_json::from_str(
            r#"{"error":{"code":404,"message":"Requested entity was not found.","status":"NOT_FOUND",
                "details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[]},
                {"@type":"type.googleapis.com/google.firebase.fcm.v1.FcmError","errorCode":"UNREGISTERED"}]}}"#,
        )
        .expect("it is read");
        assert_eq!(body.error.expect("it is one").code(), "UNREGISTERED");
    }

    #[test]
    fn devices_are_told_from_projects_and_from_messages() {
        let token = "The registration token is not a valid FCM registration token";
        for (status, code, message, meaning) in [
            (404, "UNREGISTERED", "", Some(Meaning::RecipientGone)),
            (404, "NOT_FOUND", "Requested entity was not found.", None),
            (400, "INVALID_ARGUMENT", token, Some(Meaning::RecipientGone)),
            (400, "INVALID_ARGUMENT", "Invalid JSON payload received.", None),
            (
                400,
                "INVALID_ARGUMENT",
                "Android message is too big",
                Some(Meaning::TooLarge),
            ),
            (
                403,
                "SENDER_ID_MISMATCH",
                "SenderId mismatch",
                Some(Meaning::Refused),
            ),
            (403, "PERMISSION_DENIED", "", None),
            (429, "QUOTA_EXCEEDED", "", None),
        ] {
            assert_eq!(
                meaning_of_error(status, code, message),
                meaning,
                "{status} {code}"
            );
        }
    }
}
