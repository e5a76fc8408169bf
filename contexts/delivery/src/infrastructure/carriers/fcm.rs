//! Firebase Cloud Messaging: `POST /v1/projects/{project}/messages:send`.
//!
//! Every request carries an access token. Google gives it out for an hour, for an assertion that the service
//! account signs (RFC 7523). Firebase's own name for a message comes back as the last part of `name`.

mod answer;
mod message;

use std::sync::{Mutex, MutexGuard};

use http::{HeaderMap, HeaderValue, header};
use jiff::SignedDuration;
use kernel::Timestamp;
use platform::egress::EgressResponse;
use serde::Deserialize;
use serde_json::json;

use self::{
    answer::{Body, meaning_of_error},
    message::{is_of_apple, message_of},
};
use super::{
    http_account::{Api, ApiRequest, Said, Unsendable, plain_words},
    jwt,
};
use crate::domain::{
    answer::{Conclusion, Phase},
    http_answer::{HttpAnswer, Meaning},
    outgoing::Outgoing,
    provider::{BaseUrl, FcmConfig, ServiceAccount},
};

const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
/// A token is not used in its last minutes.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);
/// An access token that was just given out and is refused is not too old.
const FRESH: SignedDuration = SignedDuration::from_mins(1);

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

#[derive(Default, Deserialize)]
#[serde(default)]
struct Grant {
    access_token: String,
    expires_in: i64,
    error: String,
    error_description: String,
}
