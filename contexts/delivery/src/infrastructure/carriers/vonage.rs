//! Vonage: `POST /v1/messages` of the Messages API.
//!
//! Answered with 202 and the message's `message_uuid`. Refusals are problems (RFC 7807) whose `type` ends
//! with a number of "Messages API errors". Our id travels as `client_ref`, which every report repeats.

use kernel::Timestamp;
use platform::egress::EgressResponse;
use serde::Deserialize;
use serde_json::json;

use super::{
    http_account::{Api, ApiRequest, Said, Unsendable, plain_words},
    text::{basic, json_request, without_plus},
};
use crate::domain::{
    http_answer::Meaning,
    outgoing::Outgoing,
    provider::{BaseUrl, VonageConfig},
};

const RESOURCE: &str = "/v1/messages";

/// The API with the credentials of one account.
pub(super) struct Vonage {
    base: BaseUrl,
    authorization: String,
    sender: String,
    reports: Option<String>,
}

impl Vonage {
    /// `base` is where the API is, `reports` where it may call us.
    pub fn new(config: &VonageConfig, base: BaseUrl, api_secret: &str, reports: Option<String>) -> Self {
        Self {
            base,
            authorization: basic(&config.api_key_id, api_secret),
            sender: config.sender.clone(),
            reports,
        }
    }
}

impl Api for Vonage {
    fn request(&self, message: &Outgoing, _: Timestamp) -> Result<ApiRequest, Unsendable> {
        let text = message.text().ok_or(Unsendable::Mail)?;
        let mut body = json!({
            "message_type": "text",
            "channel": "sms",
            "to": without_plus(&text.to),
            "from": without_plus(&self.sender),
            "text": text.body,
            "client_ref": text.id.to_string(),
        });
        if let Some(reports) = &self.reports {
            body["webhook_url"] = json!(reports);
            body["webhook_version"] = json!("v1");
        }
        json_request(self.base.url(RESOURCE), &self.authorization, &body)
    }

    fn read(&self, response: &EgressResponse) -> Said {
        let body: Option<Body> = serde_json::from_slice(&response.body).ok();
        let Some(body) = body else {
            return Said {
                words: plain_words(&response.body),
                ..Said::default()
            };
        };
        let refused = (400..500).contains(&response.status);
        Said {
            meaning: refused.then(|| body.meaning()).flatten(),
            words: body.words(),
            id: body.message_uuid.filter(|id| !id.is_empty()),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    message_uuid: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    title: String,
    detail: String,
    invalid_parameters: Vec<Parameter>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Parameter {
    name: String,
    reason: String,
}

impl Body {
    /// `1120` of `https://developer.vonage.com/api-errors/messages#1120`. Errors that all of Vonage's
    /// APIs share have a word there, and a status that says the same.
    fn code(&self) -> Option<u16> {
        self.kind.rsplit_once('#')?.1.parse().ok()
    }

    /// A field that is wrong says more than the number that all wrong fields share: the sender is one of
    /// the settings, and of a text nothing can be wrong but its length.
    fn meaning(&self) -> Option<Meaning> {
        let is_wrong = |name| self.invalid_parameters.iter().any(|p| p.name == name);
        if is_wrong("from") {
            Some(Meaning::AccountFault)
        } else if is_wrong("text") {
            Some(Meaning::TooLarge)
        } else {
            self.code().and_then(meaning)
        }
    }

    fn words(&self) -> String {
        let code = self.code().map(|code| code.to_string()).unwrap_or_default();
        let parameters = self.invalid_parameters.iter();
        let parameters: Vec<String> = parameters.map(|p| format!("{}: {}", p.name, p.reason)).collect();
        let parts = [
            code,
            self.title.clone(),
            self.detail.clone(),
            parameters.join("; "),
        ];
        let given: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        given.join(" ")
    }
}

fn meaning(code: u16) -> Option<Meaning> {
    Some(match code {
        // Throttled; a connection behind Vonage failed before anything was submitted.
        1000 | 1100 => Meaning::NotNow,
        1090 => Meaning::TooLarge,
        // Barred; no credit; not enabled; sender refused; facility not enabled; not on the list of a
        // trial; sender invalid.
        1060 | 1070 | 1080 | 1120 | 1140 | 1160 | 1420 => Meaning::AccountFault,
        // No such number; absent for good; invalid recipient.
        1170 | 1190 | 1430 => Meaning::NoSuchRecipient,
        // An "illegal number" is one whose owner wants nothing from this service.
        1240 => Meaning::OptedOut,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Body, meaning};
    use crate::domain::http_answer::Meaning;
    use serde_json::json;

    #[test]
    fn the_number_of_an_error_stands_behind_its_address() {
        let body: Body = serde_json::from_value(json!({
            "type": "https://developer.vonage.com/api-errors/messages#1150",
            "title": "Invalid params",
            "detail": "The value of one or more parameters is invalid.",
            "instance": "bf0ca0bf927b3b52e3cb03217e1a1ddf",
            "invalid_parameters": [{ "name": "text", "reason": "must not be empty" }],
        }))
        .expect("it is read");
        assert_eq!(body.code(), Some(1150));
        assert_eq!(
            body.words(),
            "1150 Invalid params The value of one or more parameters is invalid. text: must not be empty"
        );
        assert_eq!(body.meaning(), Some(Meaning::TooLarge));
        let shared = Body {
            kind: "https://developer.vonage.com/api-errors#unauthorized".to_owned(),
            ..Body::default()
        };
        assert_eq!((shared.code(), shared.meaning()), (None, None));
    }

    #[test]
    fn numbers_mean_what_the_documentation_says() {
        for (code, means) in [
            (1000, Some(Meaning::NotNow)),
            (1070, Some(Meaning::AccountFault)),
            (1120, Some(Meaning::AccountFault)),
            (1170, Some(Meaning::NoSuchRecipient)),
            (1240, Some(Meaning::OptedOut)),
            (1050, None),
        ] {
            assert_eq!(meaning(code), means, "{code}");
        }
    }
}
