use async_trait::async_trait;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{Method, StatusCode, request::Parts};
use serde_json::{Value, json};

use super::{
    answer, is_international, is_json, is_let_in, is_web_address, json_of, label_in, text, unknown_field,
};
use crate::mail_apis::server::{ApiMail, Fake, Rules};

/// Plivo, as far as sending a `Message` of API version 1 to one number goes. It says nothing of numbers
/// that do not exist: the real one reports them later.
pub type FakePlivo = Fake<Plivo>;

impl FakePlivo {
    /// The only account that there is.
    pub const AUTH_ID: &'static str = "MAFAKE0123456789ABCD";
    /// Its secret.
    pub const AUTH_TOKEN: &'static str = "plivo-auth-token-0123456789abcdef";
    /// Its only number.
    pub const SENDER: &'static str = "+15005550006";
}

/// Its rules.
#[derive(Debug, Default)]
pub struct Plivo;

/// What may stand in the body.
const FIELDS: [&str; 6] = ["src", "dst", "text", "type", "url", "method"];

#[async_trait]
impl Rules for Plivo {
    async fn take(
        &self,
        parts: &Parts,
        body: &Bytes,
        number: usize,
    ) -> Result<(ApiMail, Response), Box<Response>> {
        if !is_let_in(parts, &[(FakePlivo::AUTH_ID, FakePlivo::AUTH_TOKEN)]) {
            let words =
                "Could not verify your access level for that URL.\nYou have to login with proper credentials";
            return Err(Box::new((StatusCode::UNAUTHORIZED, words).into_response()));
        }
        let resource = format!("/v1/Account/{}/Message/", FakePlivo::AUTH_ID);
        if parts.uri.path() != resource || parts.method != Method::POST {
            return Err(error(404, "not found"));
        }
        if !is_json(parts) {
            return Err(error(400, "the content type is not application/json"));
        }
        let json = json_of(body).ok_or_else(|| error(400, "the body is not JSON"))?;
        check(&json)?;
        let id = format!("00000000-0000-4000-8000-{number:012x}");
        let mail = ApiMail {
            id: id.clone(),
            to: vec![format!("+{}", text(&json, "dst"))],
            label: label_in(text(&json, "url")),
            content: text(&json, "text").to_owned(),
        };
        let said = json!({ "message": "message(s) queued", "message_uuid": [id], "api_id": api_id() });
        Ok((mail, *answer(202, said)))
    }

    fn refusal(&self, status: StatusCode) -> Box<Response> {
        let message = match status.as_u16() {
            401 => return Box::new((status, "Could not verify your access level").into_response()),
            402 => "insufficient credits",
            403 => "account is not allowed to send messages",
            404 => "not found",
            413 => "request entity too large",
            429 => "too many requests",
            500.. => "internal server error",
            _ => "a parameter is missing or is invalid",
        };
        error(status.as_u16(), message)
    }
}

fn api_id() -> &'static str {
    "97ceeb52-58b6-11e1-86da-77300b68f8bb"
}

fn error(status: u16, message: &str) -> Box<Response> {
    answer(status, json!({ "api_id": api_id(), "error": message }))
}

fn check(json: &Value) -> Result<(), Box<Response>> {
    let refused = |message: &str| Err(error(400, message));
    if let Some(other) = unknown_field(json, &FIELDS) {
        return refused(&format!("{other} is not a parameter"));
    }
    if format!("+{}", text(json, "src")) != FakePlivo::SENDER {
        return refused("src parameter is invalid");
    }
    if !is_international(text(json, "dst")) {
        return refused("dst parameter is invalid");
    }
    if text(json, "text").is_empty() || text(json, "text").chars().count() > 1600 {
        return refused("text parameter is invalid");
    }
    if text(json, "type") != "sms" {
        return refused("type parameter is invalid");
    }
    let is_report = is_web_address(text(json, "url")) && ["GET", "POST"].contains(&text(json, "method"));
    if json.get("url").is_some() && !is_report {
        return refused("url parameter is invalid");
    }
    Ok(())
}
