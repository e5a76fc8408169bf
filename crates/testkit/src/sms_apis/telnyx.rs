use std::{collections::HashMap, sync::Mutex};

use async_trait::async_trait;
use axum::response::Response;
use bytes::Bytes;
use http::{Method, StatusCode, header, request::Parts};
use serde_json::{Value, json};

use super::{
    NOBODY, OPTED_OUT, answer, header_of, is_international, is_json, is_web_address, json_of, text,
    unknown_field,
};
use crate::mail_apis::server::{ApiMail, Fake, Rules};

/// Telnyx, as far as sending a text message of API version 2 goes, with its keys against repeats: only
/// successes are remembered, and the body must be the same to the last byte.
pub type FakeTelnyx = Fake<Telnyx>;

impl FakeTelnyx {
    /// The only key that is let in.
    pub const API_KEY: &'static str = "KEY0123456789ABCDEF_telnyxfakesecret";
    /// Its only number.
    pub const SENDER: &'static str = "+15005550006";
    /// Its only messaging profile.
    pub const PROFILE: &'static str = "16fd2706-8baf-433b-82eb-8c7fada847da";
}

/// Its rules.
#[derive(Debug, Default)]
pub struct Telnyx {
    /// By its key, the body of a request that succeeded, and what was taken by it.
    answered: Mutex<HashMap<String, (Bytes, ApiMail)>>,
}

/// What may stand in the body.
const FIELDS: [&str; 7] = [
    "from",
    "messaging_profile_id",
    "to",
    "text",
    "type",
    "webhook_url",
    "tags",
];

#[async_trait]
impl Rules for Telnyx {
    async fn take(
        &self,
        parts: &Parts,
        body: &Bytes,
        number: usize,
    ) -> Result<(ApiMail, Response), Box<Response>> {
        if header_of(parts, header::AUTHORIZATION) != format!("Bearer {}", FakeTelnyx::API_KEY) {
            return Err(error(
                401,
                "10009",
                "Authentication failed",
                "No key found matching the ID.",
            ));
        }
        if parts.uri.path() != "/v2/messages" || parts.method != Method::POST {
            return Err(error(
                404,
                "10005",
                "Resource not found",
                "The requested resource or URL could not be found.",
            ));
        }
        if !is_json(parts) {
            return Err(error(415, "10014", "Unsupported Media Type", "Not JSON."));
        }
        let key = header_of(parts, header::HeaderName::from_static("idempotency-key"));
        if !key.is_empty() && !is_key(key) {
            return Err(error(
                422,
                "10015",
                "Bad Request",
                "The idempotency key is malformed.",
            ));
        }
        if let Some((before, mail)) = self.answered.lock().unwrap().get(key) {
            if before != body {
                return Err(error(
                    422,
                    "10015",
                    "Bad Request",
                    "The key was used for another request.",
                ));
            }
            return Ok((mail.clone(), *taken(mail)));
        }
        let json =
            json_of(body).ok_or_else(|| error(400, "10023", "Invalid JSON", "The body is not JSON."))?;
        check(&json)?;
        let mail = ApiMail {
            id: format!("40317f4e-0000-4000-8000-{number:012x}"),
            to: vec![text(&json, "to").to_owned()],
            label: json["tags"][0].as_str().map(str::to_owned),
            content: text(&json, "text").to_owned(),
        };
        if !key.is_empty() {
            let answered = (body.clone(), mail.clone());
            self.answered.lock().unwrap().insert(key.to_owned(), answered);
        }
        let response = taken(&mail);
        Ok((mail, *response))
    }

    fn refusal(&self, status: StatusCode) -> Box<Response> {
        let (code, title) = match status.as_u16() {
            401 => ("10009", "Authentication failed"),
            402 => ("20100", "Insufficient Funds"),
            403 => ("10010", "Authorization failed"),
            404 => ("10005", "Resource not found"),
            413 => ("10015", "Request entity too large"),
            429 => ("10011", "Too many requests"),
            500.. => ("10007", "Unexpected error"),
            _ => ("10015", "Bad Request"),
        };
        error(status.as_u16(), code, title, title)
    }
}

fn taken(mail: &ApiMail) -> Box<Response> {
    let body = json!({ "data": {
        "record_type": "message",
        "id": mail.id,
        "direction": "outbound",
        "type": "SMS",
        "to": [{ "phone_number": mail.to[0], "status": "queued" }],
        "text": mail.content,
        "tags": [mail.label],
        "errors": [],
    }});
    answer(200, body)
}

fn error(status: u16, code: &str, title: &str, detail: &str) -> Box<Response> {
    let meta = json!({ "url": format!("https://developers.telnyx.com/docs/overview/errors/{code}") });
    let error = json!({ "code": code, "title": title, "detail": detail, "meta": meta });
    answer(status, json!({ "errors": [error] }))
}

/// `^[A-Za-z0-9_:-]{1,255}$`
fn is_key(text: &str) -> bool {
    text.len() <= 255
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':' | b'-'))
}

fn check(json: &Value) -> Result<(), Box<Response>> {
    let refused = |code: &str, title: &str, detail: &str| Err(error(400, code, title, detail));
    if let Some(other) = unknown_field(json, &FIELDS) {
        return refused("10015", "Bad Request", &format!("{other} is not a parameter."));
    }
    let (from, profile) = (text(json, "from"), text(json, "messaging_profile_id"));
    let to = text(json, "to");
    if !to.strip_prefix('+').is_some_and(is_international) || to == NOBODY {
        return refused(
            "40310",
            "Invalid 'to' address",
            "The 'to' address should be a single valid number.",
        );
    }
    if from.is_empty() && profile.is_empty() {
        return refused(
            "10004",
            "Missing required parameter",
            "Either 'from' or 'messaging_profile_id'.",
        );
    }
    if (!from.is_empty() && from != FakeTelnyx::SENDER)
        || (!profile.is_empty() && profile != FakeTelnyx::PROFILE)
    {
        return refused(
            "40305",
            "Invalid 'from' address",
            "The 'from' address should be string containing a valid phone number or alphanumeric sender ID associated with the sending messaging profile.",
        );
    }
    if text(json, "text").is_empty() || text(json, "type") != "SMS" {
        return refused(
            "40304",
            "Invalid combination of message content",
            "There is no text.",
        );
    }
    if json.get("webhook_url").is_some() && !is_web_address(text(json, "webhook_url")) {
        return refused("10003", "Invalid URL", "The URL provided was invalid.");
    }
    let tags = json["tags"].as_array().map_or(&[][..], Vec::as_slice);
    if !tags.iter().all(Value::is_string) {
        return refused("10015", "Bad Request", "Tags are strings.");
    }
    if to == OPTED_OUT {
        return refused(
            "40300",
            "Blocked due to STOP message",
            "Messages cannot be sent from your number to this one, since its owner has sent STOP.",
        );
    }
    Ok(())
}
