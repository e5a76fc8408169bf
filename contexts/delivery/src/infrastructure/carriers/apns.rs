//! Apple Push Notification service: `POST /3/device/{token}` over HTTP/2.
//!
//! Every request carries a provider token, which we sign ourselves and which is good for 20 to 60 minutes:
//! Apple refuses older ones, and senders who change theirs more often. The notification leaves under our
//! own id as `apns-id`, which comes back.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, MutexGuard},
};

use http::{HeaderMap, HeaderName, HeaderValue, header};
use jiff::SignedDuration;
use kernel::Timestamp;
use platform::{egress::EgressResponse, keys::sha256};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    http_account::{Api, ApiRequest, Said, Unsendable, header_text, plain_words},
    jwt,
    labels::MESSAGE_LABEL,
};
use crate::domain::{
    http_answer::Meaning,
    outgoing::{Outgoing, OutgoingPush},
    provider::{ApnsConfig, ApnsKey, BaseUrl},
};

/// A provider token is used for so long.
const TOKEN_AGE: SignedDuration = SignedDuration::from_mins(40);
/// Apple refuses senders who change theirs sooner.
const TOKEN_REST: SignedDuration = SignedDuration::from_mins(20);
/// A device that is not reached by then gets nothing.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// The API with the signing key of one team, for one app.
pub(super) struct Apns {
    base: BaseUrl,
    key: Option<ApnsKey>,
    key_id: String,
    team_id: String,
    topic: String,
    token: SharedToken,
}

/// A token that everybody uses who signs with the same key.
type SharedToken = Arc<Mutex<Option<Token>>>;

/// The tokens of this process, by key and by where they are good for. Whoever tries an account out, or changes
/// its settings, would otherwise sign another one, which Apple takes amiss (429 `TooManyProviderTokenUpdates`).
static TOKENS: LazyLock<Mutex<HashMap<[u8; 32], SharedToken>>> = LazyLock::new(Mutex::default);

fn shared_token(config: &ApnsConfig, base: &str, key: &str) -> SharedToken {
    let known_by = format!("{base}\n{}\n{}\n{key}", config.team_id, config.key_id);
    let mut tokens = TOKENS.lock().expect("nothing panics while holding it");
    tokens.entry(sha256(known_by.as_bytes())).or_default().clone()
}

#[derive(Clone)]
struct Token {
    text: String,
    signed_at: Timestamp,
}

impl Apns {
    /// `base` is where the environment's service is, `key` the file of the signing key.
    pub fn new(config: &ApnsConfig, base: BaseUrl, key: &str) -> Self {
        let base_text = base.url("/");
        Self {
            base,
            key: ApnsKey::parse(key),
            key_id: config.key_id.clone(),
            team_id: config.team_id.clone(),
            topic: config.topic.clone(),
            token: shared_token(config, &base_text, key),
        }
    }

    fn token(&self, now: Timestamp) -> Option<String> {
        let mut token = self.stored();
        let young = |token: &Token| now.duration_since(token.signed_at).abs() < TOKEN_AGE;
        if let Some(token) = token.as_ref().filter(|token| young(token)) {
            return Some(token.text.clone());
        }
        let key = self.key.as_ref()?;
        let text = jwt::signed(
            &json!({ "alg": "ES256", "kid": self.key_id }),
            &json!({ "iss": self.team_id, "iat": now.as_second() }),
            |text| key.sign(text),
        )?;
        *token = Some(Token {
            text: text.clone(),
            signed_at: now,
        });
        Some(text)
    }

    fn stored(&self) -> MutexGuard<'_, Option<Token>> {
        self.token.lock().expect("nothing panics while holding it")
    }
}

impl Api for Apns {
    fn request(&self, message: &Outgoing, now: Timestamp) -> Result<ApiRequest, Unsendable> {
        let Outgoing::Push(push) = message else {
            return Err(Unsendable::Mail);
        };
        // It becomes part of the path, and Apple writes its tokens in hexadecimal digits.
        if push.to.is_empty() || !push.to.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Unsendable::Recipient);
        }
        let token = self.token(now).ok_or(Unsendable::Key)?;
        let expires = (now + KEPT).as_second();
        let mut headers = HeaderMap::new();
        for (name, text) in [
            (header::AUTHORIZATION.as_str(), format!("bearer {token}")),
            (header::CONTENT_TYPE.as_str(), "application/json".to_owned()),
            ("apns-topic", self.topic.clone()),
            ("apns-push-type", "alert".to_owned()),
            ("apns-priority", "10".to_owned()),
            ("apns-id", push.id.uuid().to_string()),
            ("apns-collapse-id", push.id.to_string()),
            ("apns-expiration", expires.to_string()),
        ] {
            let value = HeaderValue::from_str(&text).map_err(|_| Unsendable::Key)?;
            headers.insert(
                HeaderName::from_bytes(name.as_bytes()).map_err(|_| Unsendable::Key)?,
                value,
            );
        }
        Ok(ApiRequest {
            url: self.base.url(&format!("/3/device/{}", push.to)),
            headers,
            body: payload(push).to_string().into_bytes().into(),
        })
    }

    fn read(&self, response: &EgressResponse) -> Said {
        let id = header_text(&response.headers, "apns-id")
            .filter(|id| response.status == 200 && !id.is_empty())
            .map(str::to_owned);
        let reason = reason(response);
        Said {
            id,
            meaning: reason
                .as_deref()
                .and_then(|reason| meaning_of_reason(response.status, reason)),
            words: reason.unwrap_or_else(|| plain_words(&response.body)),
        }
    }

    fn renews_pass(&self, response: &EgressResponse, now: Timestamp) -> bool {
        if response.status != 403 || reason(response).as_deref() != Some("ExpiredProviderToken") {
            return false;
        }
        let mut token = self.stored();
        // A young one that Apple finds too old was signed by a clock that is wrong: another one would be no
        // better.
        let rested = |token: &Token| now.duration_since(token.signed_at) >= TOKEN_REST;
        let renews = token.as_ref().is_none_or(rested);
        if renews {
            *token = None;
        }
        renews
    }
}

/// What the app is told stands beside `aps`, under names of the template's choice.
fn payload(push: &OutgoingPush) -> Value {
    let mut alert = Map::new();
    if !push.title.is_empty() {
        alert.insert("title".to_owned(), json!(push.title));
    }
    alert.insert("body".to_owned(), json!(push.body));
    let mut payload = Map::new();
    for (name, value) in &push.data {
        payload.insert(name.clone(), json!(value));
    }
    if !push.url.is_empty() {
        payload.insert("url".to_owned(), json!(push.url));
    }
    payload.insert(MESSAGE_LABEL.to_owned(), json!(push.id.to_string()));
    payload.insert("aps".to_owned(), json!({ "alert": alert, "sound": "default" }));
    Value::Object(payload)
}

#[derive(Deserialize)]
struct Refusal {
    reason: String,
}

fn reason(response: &EgressResponse) -> Option<String> {
    let refusal: Option<Refusal> = serde_json::from_slice(&response.body).ok();
    refusal.map(|refusal| refusal.reason)
}

/// Apple says 400 also of the account. A token that is "bad" may well be good in the other environment or for
/// another app, so that a slip in the settings would make all devices look gone: it fails this message
/// and nothing more. Only 410 says that the app is no longer there.
fn meaning_of_reason(status: u16, reason: &str) -> Option<Meaning> {
    match (status, reason) {
        (410, _) => Some(Meaning::RecipientGone),
        (400, "BadTopic" | "MissingTopic" | "TopicDisallowed" | "InvalidPushType") => {
            Some(Meaning::AccountFault)
        }
        (400, "BadCertificate" | "BadCertificateEnvironment") => Some(Meaning::AccountFault),
        // A stream of a connection that is being closed.
        (400, "IdleTimeout") => Some(Meaning::NotNow),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
