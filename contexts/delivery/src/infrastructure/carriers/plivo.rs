//! Plivo: `POST /v1/Account/{auth_id}/Message/` ("Send a message").
//!
//! Answered with 202 and the message's `message_uuid`. Refusals have words and no numbers; a number that
//! does not exist is told later, by the callback, whose address has our id.

use kernel::Timestamp;
use platform::egress::EgressResponse;
use serde::Deserialize;
use serde_json::json;

use super::{
    http_account::{Api, ApiRequest, Said, Unsendable, plain_words},
    text::{basic, json_request, reports_about, without_plus},
};
use crate::domain::{
    http_answer::Meaning,
    outgoing::Outgoing,
    provider::{BaseUrl, PlivoConfig},
};

/// The API with the credentials of one account.
pub(super) struct Plivo {
    base: BaseUrl,
    resource: String,
    authorization: String,
    sender: String,
    reports: Option<String>,
}

impl Plivo {
    /// `base` is where the API is, `reports` where it may call us.
    pub fn new(config: &PlivoConfig, base: BaseUrl, auth_token: &str, reports: Option<String>) -> Self {
        Self {
            base,
            resource: format!("/v1/Account/{}/Message/", config.auth_id),
            authorization: basic(&config.auth_id, auth_token),
            sender: config.sender.clone(),
            reports,
        }
    }
}

impl Api for Plivo {
    fn request(&self, message: &Outgoing, _: Timestamp) -> Result<ApiRequest, Unsendable> {
        let text = message.text().ok_or(Unsendable::Mail)?;
        let mut body = json!({
            "src": without_plus(&self.sender),
            "dst": without_plus(&text.to),
            "text": text.body,
            "type": "sms",
        });
        if let Some(reports) = &self.reports {
            body["url"] = json!(reports_about(reports, text.id));
            body["method"] = json!("POST");
        }
        json_request(self.base.url(&self.resource), &self.authorization, &body)
    }

    fn read(&self, response: &EgressResponse) -> Said {
        let body: Option<Body> = serde_json::from_slice(&response.body).ok();
        let Some(Body { message_uuid, error }) = body else {
            return Said {
                words: plain_words(&response.body),
                ..Said::default()
            };
        };
        let error = error.unwrap_or_default();
        Said {
            // One for the whole message, however many parts it has.
            id: message_uuid.into_iter().next().filter(|id| !id.is_empty()),
            meaning: meaning(response.status, &error),
            words: error,
        }
    }
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    message_uuid: Vec<String>,
    error: Option<String>,
}

/// A sender that Plivo does not know is one of the settings, and wrong for every message.
fn meaning(status: u16, error: &str) -> Option<Meaning> {
    let error = error.to_ascii_lowercase();
    let about_sender = error.contains("src") && !error.contains("dst");
    (status == 400 && about_sender).then_some(Meaning::AccountFault)
}

#[cfg(test)]
mod tests {
    use super::meaning;
    use crate::domain::http_answer::Meaning;

    #[test]
    fn a_wrong_sender_stops_the_account_and_loses_no_message() {
        let means = meaning(400, "src parameter is invalid");
        assert_eq!(means, Some(Meaning::AccountFault));
        for (status, error) in [
            (400, "dst parameter is invalid"),
            (400, "src and dst cannot be the same"),
            (400, ""),
            (500, "src"),
        ] {
            assert_eq!(meaning(status, error), None, "{status} {error}");
        }
    }
}
