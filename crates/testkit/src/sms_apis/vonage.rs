use async_trait::async_trait;
use axum::response::Response;
use bytes::Bytes;
use http::{Method, StatusCode, request::Parts};
use serde_json::{Value, json};

use super::{
    NOBODY, OPTED_OUT, answer, is_international, is_json, is_let_in, is_web_address, json_of, text,
    unknown_field,
};
use crate::mail_apis::server::{ApiMail, Fake, Rules};

/// Vonage, as far as a text message of the Messages API, version 1, goes.
pub type FakeVonage = Fake<Vonage>;

impl FakeVonage {
    /// The only account that there is.
    pub const API_KEY: &'static str = "abcd1234";
    /// Its secret.
    pub const API_SECRET: &'static str = "vonage-api-secret-0123456789";
    /// What it sends from.
    pub const SENDER: &'static str = "ACME";
}

/// Its rules.
#[derive(Debug, Default)]
pub struct Vonage;

/// What may stand in the body.
const FIELDS: [&str; 8] = [
    "message_type",
    "channel",
    "to",
    "from",
    "text",
    "client_ref",
    "webhook_url",
    "webhook_version",
];

#[async_trait]
impl Rules for Vonage {
    async fn take(
        &self,
        parts: &Parts,
        body: &Bytes,
        number: usize,
    ) -> Result<(ApiMail, Response), Box<Response>> {
        if parts.uri.path() != "/v1/messages" || parts.method != Method::POST {
            return Err(shared(404, "not-found", "Not Found"));
        }
        if !is_let_in(parts, &[(FakeVonage::API_KEY, FakeVonage::API_SECRET)]) {
            return Err(shared(401, "unauthorized", "Unauthorized"));
        }
        if !is_json(parts) {
            return Err(shared(415, "unsupported-media-type", "Unsupported Media Type"));
        }
        let json = json_of(body).ok_or_else(|| invalid("body", "is not JSON"))?;
        check(&json)?;
        let id = format!("11111111-1111-4111-8111-{number:012x}");
        let mail = ApiMail {
            id: id.clone(),
            to: vec![format!("+{}", text(&json, "to"))],
            label: json["client_ref"].as_str().map(str::to_owned),
            content: text(&json, "text").to_owned(),
        };
        Ok((mail, *answer(202, json!({ "message_uuid": id }))))
    }

    fn refusal(&self, status: StatusCode) -> Box<Response> {
        let (word, title) = match status.as_u16() {
            401 => ("unauthorized", "Unauthorized"),
            402 => ("low-balance", "Low balance"),
            403 => ("forbidden", "Forbidden"),
            404 => ("not-found", "Not Found"),
            413 => ("payload-too-large", "Payload Too Large"),
            429 => ("throttled", "Rate Limit Hit"),
            500.. => ("internal-error", "Internal Error"),
            _ => ("invalid-params", "Invalid params"),
        };
        shared(status.as_u16(), word, title)
    }
}

/// An error that all of Vonage's APIs know.
fn shared(status: u16, word: &str, title: &str) -> Box<Response> {
    let kind = format!("https://developer.vonage.com/api-errors#{word}");
    let body =
        json!({ "type": kind, "title": title, "detail": "See the documentation.", "instance": "bf0ca0bf" });
    answer(status, body)
}

/// An error of the Messages API.
fn error(code: u16, title: &str) -> Box<Response> {
    let kind = format!("https://developer.vonage.com/api-errors/messages#{code}");
    let body = json!({ "type": kind, "title": title, "detail": title, "instance": "bf0ca0bf" });
    answer(422, body)
}

fn invalid(name: &str, reason: &str) -> Box<Response> {
    let body = json!({
        "type": "https://developer.vonage.com/api-errors/messages#1150",
        "title": "Invalid params",
        "detail": "The value of one or more parameters is invalid.",
        "instance": "bf0ca0bf",
        "invalid_parameters": [{ "name": name, "reason": reason }],
    });
    answer(422, body)
}

fn check(json: &Value) -> Result<(), Box<Response>> {
    if let Some(other) = unknown_field(json, &FIELDS) {
        return Err(invalid(other, "is not a parameter"));
    }
    for (name, value) in [("message_type", "text"), ("channel", "sms")] {
        if text(json, name) != value {
            return Err(invalid(name, "is not one of those allowed"));
        }
    }
    // Without a plus, unlike everywhere else.
    if !is_international(text(json, "to")) {
        return Err(error(1170, "Invalid or Missing MSISDN Param"));
    }
    if text(json, "from") != FakeVonage::SENDER {
        return Err(error(1120, "Illegal Sender Address - rejected"));
    }
    if text(json, "text").is_empty() || text(json, "text").chars().count() > 1000 {
        return Err(invalid("text", "must be between 1 and 1000 characters long"));
    }
    if text(json, "client_ref").len() > 100 {
        return Err(invalid("client_ref", "must be at most 100 characters long"));
    }
    if json.get("webhook_url").is_some()
        && !(is_web_address(text(json, "webhook_url")) && text(json, "webhook_version") == "v1")
    {
        return Err(invalid("webhook_url", "is not a URL"));
    }
    match format!("+{}", text(json, "to")).as_str() {
        NOBODY => Err(error(1170, "Invalid or Missing MSISDN Param")),
        OPTED_OUT => Err(error(1240, "Illegal Number")),
        _ => Ok(()),
    }
}
