use std::{
    collections::{HashMap, HashSet},
    ops::Deref,
    sync::{Arc, LazyLock, Mutex},
};

use async_trait::async_trait;
use aws_lc_rs::{
    encoding::AsDer,
    rsa::KeySize,
    signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair},
};
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{Method, StatusCode, header, request::Parts};
use serde_json::{Map, Value, json};

use super::jwt;
use crate::mail_apis::{ApiMail, FakeApi, server::Rules};

/// The largest payload: notification and data.
const LARGEST: usize = 4096;
const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
const GRANT: &str = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
const KEY_ID: &str = "k1";

/// The private key, and what belongs to it. Making one takes a good part of a second.
static KEY: LazyLock<(String, Vec<u8>)> = LazyLock::new(|| {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
    let private = pair.as_der().expect("it is written");
    (jwt::pem(private.as_ref()), pair.public_key().as_ref().to_vec())
});

/// Firebase Cloud Messaging, as far as messages to one device go, and the part of Google that gives out access
/// tokens.
pub struct FakeFcm {
    api: FakeApi,
    known: Arc<Known>,
}

#[derive(Default)]
struct Known {
    gone: Mutex<HashSet<String>>,
    /// Access tokens that are let in.
    passes: Mutex<HashSet<String>>,
    given: Mutex<usize>,
    /// What is answered to the next who asks for one.
    refuse: Mutex<Option<u16>>,
    validated: Mutex<Vec<Value>>,
}

impl std::fmt::Debug for FakeFcm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FakeFcm({:?})", self.api)
    }
}

impl FakeFcm {
    /// The only project there is.
    pub const PROJECT: &'static str = "shop-4f1a2";
    /// The only service account that is let in.
    pub const CLIENT_EMAIL: &'static str = "push@shop-4f1a2.iam.gserviceaccount.com";
    /// A device that is reached.
    pub const DEVICE: &'static str = "f6LT0Z0L80iymZVVKmO9RY:APA91bFvCJEQL8NR6IkgkjXc_ZRLVhI3SQ";
    /// One whose app was built for another project.
    pub const DEVICE_OF_OTHERS: &'static str = "other:APA91bFvCJEQL8NR6IkgkjXc";

    /// Starts one.
    pub async fn start() -> Self {
        let known = Arc::<Known>::default();
        Self {
            api: FakeApi::start(Fcm(known.clone())).await,
            known,
        }
    }

    /// The key file of the service account, whose access tokens come from here.
    #[must_use]
    pub fn service_account(&self) -> String {
        json!({
            "type": "service_account",
            "project_id": Self::PROJECT,
            "private_key_id": KEY_ID,
            "private_key": KEY.0,
            "client_email": Self::CLIENT_EMAIL,
            "client_id": "100000000000000000001",
            "token_uri": format!("{}/token", self.api.base_url()),
        })
        .to_string()
    }

    /// The app was removed from a device.
    pub fn forget(&self, device: &str) {
        self.known.gone.lock().unwrap().insert(device.to_owned());
    }

    /// No access token that was given out so far is let in any more.
    pub fn expire_tokens(&self) {
        self.known.passes.lock().unwrap().clear();
    }

    /// Answers the next who asks for an access token with this status.
    pub fn refuse_next_token(&self, status: u16) {
        *self.known.refuse.lock().unwrap() = Some(status);
    }

    /// How many access tokens were given out.
    #[must_use]
    pub fn tokens(&self) -> usize {
        *self.known.given.lock().unwrap()
    }

    /// Messages that were looked at and not delivered.
    #[must_use]
    pub fn validated(&self) -> Vec<Value> {
        self.known.validated.lock().unwrap().clone()
    }
}

impl Deref for FakeFcm {
    type Target = FakeApi;
    fn deref(&self) -> &FakeApi {
        &self.api
    }
}

struct Fcm(Arc<Known>);

#[async_trait]
impl Rules for Fcm {
    async fn take(
        &self,
        parts: &Parts,
        body: &Bytes,
        number: usize,
    ) -> Result<(ApiMail, Response), Box<Response>> {
        let project = parts
            .uri
            .path()
            .strip_prefix("/v1/projects/")
            .and_then(|rest| rest.strip_suffix("/messages:send"));
        let Some(project) = project.filter(|_| parts.method == Method::POST) else {
            return Err(Box::new(
                (StatusCode::NOT_FOUND, "<html>404</html>").into_response(),
            ));
        };
        let pass = text(parts, header::AUTHORIZATION.as_str()).and_then(|text| text.strip_prefix("Bearer "));
        if !pass.is_some_and(|pass| self.0.passes.lock().unwrap().contains(pass)) {
            let message = "Request had invalid authentication credentials.";
            return Err(error(401, "UNAUTHENTICATED", "", message));
        }
        if project != FakeFcm::PROJECT {
            let message = "Permission 'cloudmessaging.messages.create' denied on resource.";
            return Err(error(403, "PERMISSION_DENIED", "", message));
        }
        let request: Value =
            serde_json::from_slice(body).map_err(|_| invalid("Invalid JSON payload received."))?;
        let message = check(&request)?;
        let to = message["token"].as_str();
        if let Some(token) = to {
            self.find(token)?;
        }
        let name = |id: &str| json!({ "name": format!("projects/{project}/messages/{id}") });
        if request["validate_only"] == true {
            self.0.validated.lock().unwrap().push(message.clone());
            return Err(Box::new(Json(name("fake_message_id")).into_response()));
        }
        let id = format!("0:{number:016}%31bd1c9631bd1c96");
        let push = ApiMail {
            id: id.clone(),
            to: to.map(str::to_owned).into_iter().collect(),
            label: message["data"]["mauntic_message"].as_str().map(str::to_owned),
            content: message.to_string(),
        };
        Ok((push, Json(name(&id)).into_response()))
    }

    fn refusal(&self, status: StatusCode) -> Box<Response> {
        let (google, own, message) = match status.as_u16() {
            401 => (
                "UNAUTHENTICATED",
                "",
                "Request had invalid authentication credentials.",
            ),
            403 => ("PERMISSION_DENIED", "", "The caller does not have permission"),
            404 => ("NOT_FOUND", "UNREGISTERED", "Requested entity was not found."),
            429 => (
                "RESOURCE_EXHAUSTED",
                "QUOTA_EXCEEDED",
                "Quota exceeded for quota metric.",
            ),
            503 => (
                "UNAVAILABLE",
                "UNAVAILABLE",
                "The service is currently unavailable.",
            ),
            500.. => ("INTERNAL", "INTERNAL", "Internal error encountered."),
            _ => (
                "INVALID_ARGUMENT",
                "INVALID_ARGUMENT",
                "Request contains an invalid argument.",
            ),
        };
        error(status.as_u16(), google, own, message)
    }

    fn aside(&self, parts: &Parts, body: &Bytes) -> Option<Response> {
        (parts.uri.path() == "/token").then(|| self.give_token(parts, body))
    }
}

impl Fcm {
    /// OAuth 2.0 for service accounts (RFC 7523).
    fn give_token(&self, parts: &Parts, body: &Bytes) -> Response {
        let refused = |status: u16, error: &str, description: &str| {
            let status = StatusCode::from_u16(status).expect("a status");
            let body = json!({ "error": error, "error_description": description });
            (status, Json(body)).into_response()
        };
        match self.0.refuse.lock().unwrap().take() {
            Some(status @ 400..=499) => {
                return refused(status, "invalid_grant", "Invalid grant: account not found");
            }
            Some(status) => return refused(status, "internal_failure", "Backend Error"),
            None => {}
        }
        let is_form = text(parts, "content-type") == Some("application/x-www-form-urlencoded");
        let body = std::str::from_utf8(body).unwrap_or_default();
        let fields: HashMap<&str, &str> = body
            .split('&')
            .filter_map(|field| field.split_once('='))
            .collect();
        if !is_form || fields.get("grant_type") != Some(&GRANT) {
            return refused(400, "unsupported_grant_type", "Invalid grant_type");
        }
        let assertion = fields.get("assertion").copied().unwrap_or_default();
        let Some(token) = jwt::verified(assertion, &RSA_PKCS1_2048_8192_SHA256, &KEY.1) else {
            return refused(400, "invalid_grant", "Invalid JWT Signature.");
        };
        let host = text(parts, "host").unwrap_or_default();
        let claims = &token.claims;
        let (issued, ends) = (claims["iat"].as_i64(), claims["exp"].as_i64());
        let lasts = issued.zip(ends).map_or(0, |(issued, ends)| ends - issued);
        if token.header["alg"] != "RS256" || token.header["kid"] != KEY_ID {
            return refused(400, "invalid_grant", "Invalid JWT header.");
        }
        if claims["iss"] != FakeFcm::CLIENT_EMAIL || claims["aud"] != format!("http://{host}/token") {
            return refused(400, "invalid_grant", "Invalid grant: account not found");
        }
        if !(1..=3600).contains(&lasts) {
            let message = "Invalid JWT: Token must be a short-lived token (60 minutes)";
            return refused(400, "invalid_grant", message);
        }
        if claims["scope"] != SCOPE {
            return refused(
                400,
                "invalid_scope",
                "Invalid OAuth scope or ID token audience provided.",
            );
        }
        let mut given = self.0.given.lock().unwrap();
        *given += 1;
        let pass = format!("ya29.fake-{given}");
        self.0.passes.lock().unwrap().insert(pass.clone());
        let body = json!({ "access_token": pass, "expires_in": 3599, "token_type": "Bearer" });
        Json(body).into_response()
    }

    fn find(&self, token: &str) -> Result<(), Box<Response>> {
        if !token.contains(':') {
            return Err(invalid(
                "The registration token is not a valid FCM registration token",
            ));
        }
        if token == FakeFcm::DEVICE_OF_OTHERS {
            return Err(error(
                403,
                "PERMISSION_DENIED",
                "SENDER_ID_MISMATCH",
                "SenderId mismatch",
            ));
        }
        if self.0.gone.lock().unwrap().contains(token) {
            let message = "Requested entity was not found.";
            return Err(error(404, "NOT_FOUND", "UNREGISTERED", message));
        }
        Ok(())
    }
}

/// The rules that a message to one device can break.
fn check(request: &Value) -> Result<Value, Box<Response>> {
    let known = |object: &Value, names: &[&str]| {
        let names_of = object.as_object().into_iter().flat_map(Map::keys);
        names_of.into_iter().all(|name| names.contains(&name.as_str()))
    };
    let message = &request["message"];
    let targets = ["token", "topic", "condition"];
    let parts = [
        "token",
        "topic",
        "condition",
        "notification",
        "data",
        "android",
        "apns",
        "webpush",
        "fcm_options",
        "name",
    ];
    let android = [
        "collapse_key",
        "priority",
        "ttl",
        "restricted_package_name",
        "data",
        "notification",
        "fcm_options",
    ];
    if !known(request, &["message", "validate_only"])
        || !known(message, &parts)
        || !known(&message["android"], &android)
        || !known(&message["apns"], &["headers", "payload", "fcm_options"])
        || !known(
            &message["webpush"],
            &["headers", "data", "notification", "fcm_options"],
        )
        || !known(&message["notification"], &["title", "body", "image"])
    {
        return Err(invalid(
            "Invalid JSON payload received. Unknown name: Cannot find field.",
        ));
    }
    if targets
        .iter()
        .filter(|target| message.get(target).is_some())
        .count()
        != 1
    {
        return Err(invalid("Exactly one of topic, token or condition is required"));
    }
    let data = message["data"].as_object().cloned().unwrap_or_default();
    for (name, value) in &data {
        let is_reserved = matches!(name.as_str(), "from" | "message_type")
            || name.starts_with("google")
            || name.starts_with("gcm");
        if is_reserved || !value.is_string() {
            return Err(invalid(&format!("Invalid data payload key: {name}")));
        }
    }
    let link = &message["webpush"]["fcm_options"]["link"];
    if link.as_str().is_some_and(|link| !link.starts_with("https://")) {
        return Err(invalid("WebpushFcmOptions link must be an HTTPS URL"));
    }
    let size = message["notification"].to_string().len() + Value::Object(data).to_string().len();
    if size > LARGEST {
        return Err(invalid("Android message is too big"));
    }
    Ok(message.clone())
}

fn invalid(message: &str) -> Box<Response> {
    error(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", message)
}

/// `google.rpc.Status`, with Firebase's own word where there is one.
fn error(status: u16, google: &str, own: &str, message: &str) -> Box<Response> {
    let details = if own.is_empty() {
        json!([])
    } else {
        json!([{ "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": own }])
    };
    let body = json!({
        "error": { "code": status, "message": message, "status": google, "details": details },
    });
    let status = StatusCode::from_u16(status).expect("a status");
    Box::new((status, Json(body)).into_response())
}

fn text<'p>(parts: &'p Parts, name: &str) -> Option<&'p str> {
    parts.headers.get(name).and_then(|value| value.to_str().ok())
}
