//! Telnyx: `POST /v2/messages` ("Send a message").
//!
//! Answered with 200 and the message's `data.id`. Refusals have numbers of the "Messaging error codes".
//! Our id travels as a tag, and as the `Idempotency-Key`: a repeat with the same body gets the answer of
//! the first one that succeeded, and sends nothing.

use http::{HeaderName, HeaderValue};
use kernel::Timestamp;
use platform::egress::EgressResponse;
use serde::Deserialize;
use serde_json::json;

use super::{
    http_account::{Api, ApiRequest, Said, Unsendable, plain_words},
    text::json_request,
};
use crate::domain::{
    http_answer::Meaning,
    outgoing::Outgoing,
    provider::{BaseUrl, TelnyxConfig},
};

const RESOURCE: &str = "/v2/messages";
const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The API with the key of one account.
pub(super) struct Telnyx {
    base: BaseUrl,
    authorization: String,
    sender: String,
    profile: String,
    reports: Option<String>,
}

impl Telnyx {
    /// `base` is where the API is, `reports` where it may call us.
    pub fn new(config: &TelnyxConfig, base: BaseUrl, api_key: &str, reports: Option<String>) -> Self {
        Self {
            base,
            authorization: format!("Bearer {api_key}"),
            sender: config.sender.clone(),
            profile: config.messaging_profile_id.clone(),
            reports,
        }
    }
}

impl Api for Telnyx {
    fn request(&self, message: &Outgoing, _: Timestamp) -> Result<ApiRequest, Unsendable> {
        let text = message.text().ok_or(Unsendable::Mail)?;
        let id = text.id.to_string();
        let mut body = json!({
            "to": text.to,
            "text": text.body,
            "type": "SMS",
            "tags": [id],
        });
        let given = [
            ("from", Some(&self.sender)),
            ("messaging_profile_id", Some(&self.profile)),
            ("webhook_url", self.reports.as_ref()),
        ];
        for (name, value) in given {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                body[name] = json!(value);
            }
        }
        let mut request = json_request(self.base.url(RESOURCE), &self.authorization, &body)?;
        // Letters, digits and an underscore, which a key may have.
        let key = HeaderValue::from_str(&id).map_err(|_| Unsendable::Mail)?;
        request.headers.insert(KEY, key);
        Ok(request)
    }

    fn read(&self, response: &EgressResponse) -> Said {
        let body: Option<Body> = serde_json::from_slice(&response.body).ok();
        let Some(Body { data, errors }) = body else {
            return Said {
                words: plain_words(&response.body),
                ..Said::default()
            };
        };
        let id = data.and_then(|data| data.id).filter(|id| !id.is_empty());
        let first = errors.first().map_or("", |error| error.code.as_str());
        let words: Vec<String> = errors.iter().map(Problem::words).collect();
        Said {
            id,
            meaning: meaning(response.status, first),
            words: words.join("; "),
        }
    }
}

#[derive(Deserialize)]
struct Body {
    data: Option<Data>,
    #[serde(default)]
    errors: Vec<Problem>,
}

#[derive(Deserialize)]
struct Data {
    id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Problem {
    code: String,
    title: String,
    detail: String,
}

impl Problem {
    fn words(&self) -> String {
        format!("{} {} {}", self.code, self.title, self.detail)
            .trim()
            .to_owned()
    }
}

/// Numbers that say more than the status. A destination that the profile does not allow (40309) is one
/// number among many: the account goes on with the others.
fn meaning(status: u16, code: &str) -> Option<Meaning> {
    match (status, code) {
        // The first try under the same key has not come to its end.
        (409, _) => Some(Meaning::Unknown),
        (400..=499, code) => Some(match code {
            "40300" => Meaning::OptedOut,
            // Not routable, such as a landline; invalid destination number; invalid `to`.
            "40001" | "40012" | "40310" => Meaning::NoSuchRecipient,
            "40302" => Meaning::TooLarge,
            // Too many wait at Telnyx, or went to the network.
            "40011" | "40318" => Meaning::NotNow,
            // The sender: invalid, no name, not in service, none in the pool, not registered; the profile:
            // disabled; spending limit.
            "40010" | "40013" | "40305" | "40306" | "40312" | "40314" | "40321" | "40329" | "40330"
            | "40331" | "40333" => Meaning::AccountFault,
            _ => return None,
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::meaning;
    use crate::domain::http_answer::Meaning;

    #[test]
    fn numbers_mean_what_the_documentation_says() {
        for (status, code, means) in [
            (400, "40300", Some(Meaning::OptedOut)),
            (400, "40310", Some(Meaning::NoSuchRecipient)),
            (422, "40305", Some(Meaning::AccountFault)),
            (400, "40309", None),
            (401, "10009", None),
            (409, "", Some(Meaning::Unknown)),
            (500, "40310", None),
        ] {
            assert_eq!(meaning(status, code), means, "{status} {code}");
        }
    }
}
