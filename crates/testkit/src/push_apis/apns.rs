use std::{
    collections::HashSet,
    ops::Deref,
    sync::{Arc, LazyLock, Mutex},
};

use async_trait::async_trait;
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{Method, StatusCode, Version, header, request::Parts};
use serde_json::{Value, json};

use super::jwt;
use crate::mail_apis::{ApiMail, FakeApi, server::Rules};

/// The largest payload of an alert.
const LARGEST: usize = 4096;
/// Whoever signs a new token sooner than this, in seconds, is told to wait.
const TOKEN_REST: i64 = 20 * 60;

/// The private key, and what belongs to it.
static KEY: LazyLock<(String, Vec<u8>)> = LazyLock::new(|| {
    let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
    let made = made.expect("a key");
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, made.as_ref());
    let public = pair.expect("it is read").public_key().as_ref().to_vec();
    (jwt::pem(made.as_ref()), public)
});

/// Apple's push service, as far as alerts to one device go: HTTP/2 in clear.
pub struct FakeApns {
    api: FakeApi,
    known: Arc<Known>,
}

#[derive(Default)]
struct Known {
    gone: Mutex<HashSet<String>>,
    expired: Mutex<HashSet<String>>,
    /// The tokens that came, and when each was signed.
    tokens: Mutex<Vec<(String, i64)>>,
}

impl std::fmt::Debug for FakeApns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FakeApns({:?})", self.api)
    }
}

impl FakeApns {
    /// Names the only key that is let in.
    pub const KEY_ID: &'static str = "ABC123DEFG";
    /// Whose it is.
    pub const TEAM_ID: &'static str = "DEF123GHIJ";
    /// The only app there is.
    pub const TOPIC: &'static str = "com.example.shop";
    /// A device that is reached.
    pub const DEVICE: &'static str = "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0";

    /// Starts one.
    pub async fn start() -> Self {
        let known = Arc::<Known>::default();
        Self {
            api: FakeApi::start_http2(Apns(known.clone())).await,
            known,
        }
    }

    /// The file of the key, in PEM.
    #[must_use]
    pub fn signing_key() -> &'static str {
        &KEY.0
    }

    /// The app was removed from a device.
    pub fn forget(&self, device: &str) {
        self.known.gone.lock().unwrap().insert(device.to_owned());
    }

    /// All provider tokens that came so far are too old from now on.
    pub fn expire_tokens(&self) {
        let tokens = self.known.tokens.lock().unwrap();
        let seen = tokens.iter().map(|(text, _)| text.clone());
        self.known.expired.lock().unwrap().extend(seen);
    }

    /// How many different provider tokens came.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.known.tokens.lock().unwrap().len()
    }
}

impl Deref for FakeApns {
    type Target = FakeApi;
    fn deref(&self) -> &FakeApi {
        &self.api
    }
}

struct Apns(Arc<Known>);

#[async_trait]
impl Rules for Apns {
    async fn take(
        &self,
        parts: &Parts,
        body: &Bytes,
        _number: usize,
    ) -> Result<(ApiMail, Response), Box<Response>> {
        if parts.version != Version::HTTP_2 {
            return Err(refused(505, "HTTP/2 only"));
        }
        if parts.method != Method::POST {
            return Err(refused(405, "MethodNotAllowed"));
        }
        let Some(device) = parts.uri.path().strip_prefix("/3/device/") else {
            return Err(refused(404, "BadPath"));
        };
        self.let_in(parts)?;
        let id = check_headers(parts)?;
        let payload = check_payload(body)?;
        let is_token = device.len() == 64 && device.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_token || device.bytes().all(|b| b == b'0') {
            return Err(refused(400, "BadDeviceToken"));
        }
        if self.0.gone.lock().unwrap().contains(device) {
            let body = json!({ "reason": "Unregistered", "timestamp": 1_732_708_800_000_i64 });
            return Err(Box::new((StatusCode::GONE, Json(body)).into_response()));
        }
        let push = ApiMail {
            id: id.clone(),
            to: vec![device.to_owned()],
            label: payload["mauntic_message"].as_str().map(str::to_owned),
            content: payload.to_string(),
        };
        Ok((push, (StatusCode::OK, [("apns-id", id)]).into_response()))
    }

    fn refusal(&self, status: StatusCode) -> Box<Response> {
        let reason = match status.as_u16() {
            400 => "BadDeviceToken",
            403 => "InvalidProviderToken",
            404 => "BadPath",
            405 => "MethodNotAllowed",
            410 => "Unregistered",
            413 => "PayloadTooLarge",
            429 => "TooManyRequests",
            503 => "ServiceUnavailable",
            500.. => "InternalServerError",
            _ => "Forbidden",
        };
        refused(status.as_u16(), reason)
    }
}

impl Apns {
    fn let_in(&self, parts: &Parts) -> Result<(), Box<Response>> {
        let Some(text) =
            text(parts, header::AUTHORIZATION.as_str()).and_then(|text| text.strip_prefix("bearer "))
        else {
            return Err(refused(403, "MissingProviderToken"));
        };
        let Some(token) = jwt::verified(text, &ECDSA_P256_SHA256_FIXED, &KEY.1) else {
            return Err(refused(403, "InvalidProviderToken"));
        };
        let issued = token.claims["iat"].as_i64();
        let is_ours = token.header["alg"] == "ES256"
            && token.header["kid"] == FakeApns::KEY_ID
            && token.claims["iss"] == FakeApns::TEAM_ID;
        let Some(issued) = issued.filter(|_| is_ours) else {
            return Err(refused(403, "InvalidProviderToken"));
        };
        if self.0.expired.lock().unwrap().contains(text) {
            return Err(refused(403, "ExpiredProviderToken"));
        }
        let mut tokens = self.0.tokens.lock().unwrap();
        if tokens.iter().all(|(known, _)| known != text) {
            if tokens
                .last()
                .is_some_and(|(_, last)| (issued - last).abs() < TOKEN_REST)
            {
                return Err(refused(429, "TooManyProviderTokenUpdates"));
            }
            tokens.push((text.to_owned(), issued));
        }
        Ok(())
    }
}

/// The rules of the headers. Returns the notification's id.
fn check_headers(parts: &Parts) -> Result<String, Box<Response>> {
    let header = |name: &str| text(parts, name).unwrap_or_default();
    match header("apns-topic") {
        "" => return Err(refused(400, "MissingTopic")),
        FakeApns::TOPIC => {}
        _ => return Err(refused(400, "TopicDisallowed")),
    }
    if ![
        "alert",
        "background",
        "voip",
        "complication",
        "fileprovider",
        "mdm",
    ]
    .contains(&header("apns-push-type"))
    {
        return Err(refused(400, "InvalidPushType"));
    }
    if !["", "1", "5", "10"].contains(&header("apns-priority")) {
        return Err(refused(400, "BadPriority"));
    }
    if !header("apns-expiration").bytes().all(|b| b.is_ascii_digit()) {
        return Err(refused(400, "BadExpirationDate"));
    }
    if header("apns-collapse-id").len() > 64 {
        return Err(refused(400, "BadCollapseId"));
    }
    let id = header("apns-id");
    match id.parse::<uuid::Uuid>() {
        Ok(uuid) if uuid.to_string() == id => Ok(id.to_owned()),
        _ => Err(refused(400, "BadMessageId")),
    }
}

fn check_payload(body: &Bytes) -> Result<Value, Box<Response>> {
    if body.is_empty() {
        return Err(refused(400, "PayloadEmpty"));
    }
    if body.len() > LARGEST {
        return Err(refused(413, "PayloadTooLarge"));
    }
    let payload: Value = serde_json::from_slice(body).unwrap_or_default();
    // The real one takes such a notification and shows nothing; a test wants to know.
    if !payload["aps"]["alert"]["body"].is_string() {
        return Err(refused(400, "PayloadEmpty"));
    }
    Ok(payload)
}

fn text<'p>(parts: &'p Parts, name: &str) -> Option<&'p str> {
    parts.headers.get(name).and_then(|value| value.to_str().ok())
}

fn refused(status: u16, reason: &str) -> Box<Response> {
    let status = StatusCode::from_u16(status).expect("a status");
    Box::new((status, Json(json!({ "reason": reason }))).into_response())
}
