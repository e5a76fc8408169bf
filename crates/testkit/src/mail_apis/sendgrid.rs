use async_trait::async_trait;
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{Method, StatusCode, header, request::Parts};
use serde_json::{Value, json};

use super::server::{ApiMail, Fake, Rules};

/// The largest request.
const LARGEST: usize = 30 * 1024 * 1024;

/// Headers that SendGrid writes itself, in lower case.
const RESERVED: [&str; 12] = [
    "x-sg-id",
    "x-sg-eid",
    "received",
    "dkim-signature",
    "content-type",
    "content-transfer-encoding",
    "to",
    "from",
    "subject",
    "reply-to",
    "cc",
    "bcc",
];

/// SendGrid, as far as `mail/send` of API version 3 for one recipient goes.
pub type FakeSendGrid = Fake<SendGrid>;

impl FakeSendGrid {
    /// The only key that is let in.
    pub const API_KEY: &'static str = "SG.fake.0123456789";
}

/// Its rules.
#[derive(Debug, Default)]
pub struct SendGrid;

#[async_trait]
impl Rules for SendGrid {
    async fn take(
        &self,
        parts: &Parts,
        body: &Bytes,
        number: usize,
    ) -> Result<(ApiMail, Response), Box<Response>> {
        if parts.method != Method::POST || parts.uri.path() != "/v3/mail/send" {
            return Err(error(404, None, "Not Found"));
        }
        let key = parts.headers.get(header::AUTHORIZATION);
        let Some(key) = key.and_then(|value| value.to_str().ok()) else {
            return Err(error(401, None, "authorization required"));
        };
        if key != format!("Bearer {}", FakeSendGrid::API_KEY) {
            let message = "The provided authorization grant is invalid, expired, or revoked";
            return Err(error(401, None, message));
        }
        if parts
            .headers
            .get(header::CONTENT_TYPE)
            .is_none_or(|kind| kind != "application/json")
        {
            return Err(error(415, None, "Content-Type should be application/json."));
        }
        if body.len() > LARGEST {
            return Err(error(
                413,
                None,
                "The JSON payload you have included is too large.",
            ));
        }
        let json: Value = serde_json::from_slice(body).map_err(|_| error(400, None, "Bad Request"))?;
        let to = check(&json)?;
        let id = format!("fake{number:018}");
        let mail = ApiMail {
            id: id.clone(),
            to,
            label: json["custom_args"]["mauntic_message"].as_str().map(str::to_owned),
            content: String::from_utf8_lossy(body).into_owned(),
        };
        Ok((
            mail,
            (StatusCode::ACCEPTED, [("x-message-id", id)]).into_response(),
        ))
    }

    fn refusal(&self, status: StatusCode) -> Box<Response> {
        let message = match status.as_u16() {
            401 => "The provided authorization grant is invalid, expired, or revoked",
            403 => "access forbidden",
            413 => "The JSON payload you have included is too large.",
            429 => "too many requests",
            500.. => "An error occurred when SendGrid attempted to process it.",
            _ => "Bad Request",
        };
        error(status.as_u16(), None, message)
    }
}

fn error(status: u16, field: Option<&str>, message: &str) -> Box<Response> {
    let status = StatusCode::from_u16(status).expect("a status");
    let errors = json!({ "errors": [{ "message": message, "field": field, "help": null }] });
    Box::new((status, Json(errors)).into_response())
}

/// The rules of the error reference that a request for one message can break. Returns who gets it.
fn check(json: &Value) -> Result<Vec<String>, Box<Response>> {
    let bad = |field: &str, message: &str| Err(error(400, Some(field), message));
    let personalizations = json["personalizations"].as_array().map_or(&[][..], Vec::as_slice);
    if !(1..=1000).contains(&personalizations.len()) {
        return bad("personalizations", "The personalizations field is required.");
    }
    let mut to = Vec::new();
    for one in personalizations {
        let list = one["to"].as_array().map_or(&[][..], Vec::as_slice);
        for recipient in list {
            let email = recipient["email"].as_str().unwrap_or_default();
            if !email.contains('@') || to.contains(&email.to_owned()) {
                return bad(
                    "personalizations.0.to.0.email",
                    "Does not contain a valid address.",
                );
            }
            to.push(email.to_owned());
        }
        if list.is_empty() {
            return bad("personalizations.0.to", "The to array is required.");
        }
    }
    for mailbox in ["from", "reply_to"] {
        let Some(value) = json.get(mailbox) else { continue };
        if !value["email"].as_str().is_some_and(|email| email.contains('@')) {
            return bad(mailbox, "Does not contain a valid address.");
        }
    }
    if json.get("from").is_none() {
        return bad("from", "The from object must be provided.");
    }
    if json["subject"].as_str().is_none_or(str::is_empty) {
        return bad("subject", "The subject is required.");
    }
    check_content(&json["content"])?;
    check_labels(json)?;
    Ok(to)
}

fn check_content(content: &Value) -> Result<(), Box<Response>> {
    let bad = |message: &str| Err(error(400, Some("content"), message));
    let parts = content.as_array().map_or(&[][..], Vec::as_slice);
    let kinds: Vec<&str> = parts.iter().filter_map(|part| part["type"].as_str()).collect();
    if kinds.is_empty() || kinds.len() != parts.len() {
        return bad("Unless a valid template_id is provided, the content parameter is required.");
    }
    if kinds != ["text/plain", "text/html"] && kinds != ["text/plain"] && kinds != ["text/html"] {
        return bad("If present, text/plain and text/html must be the first and second mime types.");
    }
    if parts
        .iter()
        .any(|part| part["value"].as_str().is_none_or(str::is_empty))
    {
        return bad("The content value must be a string at least one character in length.");
    }
    Ok(())
}

fn check_labels(json: &Value) -> Result<(), Box<Response>> {
    let bad = |field: &str, message: &str| Err(error(400, Some(field), message));
    for (name, value) in json["headers"].as_object().into_iter().flatten() {
        if RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
            return bad("headers", "Header can not be one of the reserved keys.");
        }
        if !name.is_ascii()
            || !value
                .as_str()
                .is_some_and(|text| text.is_ascii() && !text.contains(['\r', '\n']))
        {
            return bad("headers", "Headers must be strings without line breaks.");
        }
    }
    let labels = &json["custom_args"];
    let all_texts = labels
        .as_object()
        .is_none_or(|labels| labels.values().all(Value::is_string));
    if !all_texts || labels.to_string().len() > 10_000 {
        return bad(
            "custom_args",
            "Custom args must be strings of less than 10,000 bytes.",
        );
    }
    let categories = json["categories"].as_array().map_or(&[][..], Vec::as_slice);
    let fits = |category: &Value| category.as_str().is_some_and(|text| text.len() <= 255);
    if categories.len() > 10 || !categories.iter().all(fits) {
        return bad(
            "categories",
            "You can only have ten categories of up to 255 characters.",
        );
    }
    Ok(())
}
