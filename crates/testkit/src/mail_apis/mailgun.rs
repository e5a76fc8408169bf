use async_trait::async_trait;
use axum::{
    Json,
    body::Body,
    extract::{FromRequest, Multipart, Request},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{Method, StatusCode, header, request::Parts};
use serde_json::json;

use super::server::{ApiMail, Fake, Rules};

/// The largest message.
const LARGEST: usize = 25 * 1024 * 1024;
/// All options together.
const LARGEST_OPTIONS: usize = 16 * 1024;

/// Mailgun, as far as `messages.mime` of API version 3 goes.
pub type FakeMailgun = Fake<Mailgun>;

impl FakeMailgun {
    /// The only key that is let in.
    pub const API_KEY: &'static str = "key-0123456789abcdef";
    /// The only domain there is.
    pub const DOMAIN: &'static str = "mg.shop.example";
}

/// Its rules.
#[derive(Debug, Default)]
pub struct Mailgun;

#[async_trait]
impl Rules for Mailgun {
    async fn take(
        &self,
        parts: &Parts,
        body: &Bytes,
        number: usize,
    ) -> Result<(ApiMail, Response), Box<Response>> {
        let key = STANDARD.encode(format!("api:{}", FakeMailgun::API_KEY));
        let given = parts.headers.get(header::AUTHORIZATION);
        if given.is_none_or(|value| value.as_bytes() != format!("Basic {key}").as_bytes()) {
            // Not JSON, unlike all other refusals.
            return Err(Box::new((StatusCode::UNAUTHORIZED, "Forbidden").into_response()));
        }
        let path = parts.uri.path();
        let domain = path
            .strip_prefix("/v3/")
            .and_then(|rest| rest.strip_suffix("/messages.mime"));
        match domain {
            Some(FakeMailgun::DOMAIN) if parts.method == Method::POST => {}
            Some(other) => return Err(error(404, &format!("Domain not found: {other}"))),
            None => {
                return Err(Box::new(
                    (StatusCode::NOT_FOUND, "404 page not found").into_response(),
                ));
            }
        }
        let form = Form::read(parts, body).await?;
        let id = format!("20261127120000.{number}.fake@{}", FakeMailgun::DOMAIN);
        let mail = form.into_mail(id.clone())?;
        let said = json!({ "id": format!("<{id}>"), "message": "Queued. Thank you." });
        Ok((mail, Json(said).into_response()))
    }

    fn refusal(&self, status: StatusCode) -> Box<Response> {
        let message = match status.as_u16() {
            401 => return Box::new((status, "Forbidden").into_response()),
            402 => "Payment required",
            403 => "Domain is not allowed to send: Please activate your account",
            404 => "Domain not found: mg.shop.example",
            413 => "Message too big",
            429 => "Too many requests",
            500.. => "Internal Server Error",
            _ => "'to' parameter is not a valid address. please check documentation",
        };
        error(status.as_u16(), message)
    }
}

fn error(status: u16, message: &str) -> Box<Response> {
    let status = StatusCode::from_u16(status).expect("a status");
    Box::new((status, Json(json!({ "message": message }))).into_response())
}

#[derive(Default)]
struct Form {
    to: Vec<String>,
    options: Vec<(String, String)>,
    message: Option<String>,
}

impl Form {
    async fn read(parts: &Parts, body: &Bytes) -> Result<Self, Box<Response>> {
        let request = Request::from_parts(parts.clone(), Body::from(body.clone()));
        let fields = Multipart::from_request(request, &()).await;
        let mut fields = fields.map_err(|_| error(400, "the body is not multipart/form-data"))?;
        let mut form = Self::default();
        let broken = |_| error(400, "the form is broken");
        while let Some(field) = fields.next_field().await.map_err(broken)? {
            let name = field.name().unwrap_or_default().to_owned();
            let is_file = field.file_name().is_some();
            let value = field.bytes().await.map_err(broken)?;
            let value = String::from_utf8(value.to_vec()).map_err(|_| error(400, "not UTF-8"))?;
            match name.as_str() {
                "to" => form.to.push(value),
                "message" if is_file => form.message = Some(value),
                "message" => return Err(error(400, "'message' parameter is not a file")),
                _ => form.options.push((name, value)),
            }
        }
        Ok(form)
    }

    fn into_mail(self, id: String) -> Result<ApiMail, Box<Response>> {
        let Some(message) = self.message else {
            return Err(error(400, "message parameter is missing"));
        };
        if self.to.is_empty() {
            return Err(error(400, "to parameter is missing"));
        }
        if self.to.iter().any(|to| !to.contains('@')) {
            return Err(error(
                400,
                "'to' parameter is not a valid address. please check documentation",
            ));
        }
        if message.len() > LARGEST {
            return Err(error(413, "Message too big"));
        }
        if !message.contains("From: ") {
            return Err(error(400, "from parameter is missing"));
        }
        let size: usize = self
            .options
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum();
        if size > LARGEST_OPTIONS {
            return Err(error(
                400,
                "Send options (parameters starting with o:, h:, or v:) are limited to 16 kB total",
            ));
        }
        for (name, value) in &self.options {
            let is_switch = name.starts_with("o:tracking");
            if is_switch && !["yes", "no", "true", "false", "htmlonly"].contains(&value.as_str()) {
                return Err(error(400, &format!("'{name}' parameter is invalid")));
            }
            if !["o:", "h:", "v:", "t:"]
                .iter()
                .any(|prefix| name.starts_with(prefix))
            {
                return Err(error(400, &format!("'{name}' is not a parameter")));
            }
        }
        let label = self
            .options
            .into_iter()
            .find(|(name, _)| name == "v:mauntic_message");
        Ok(ApiMail {
            id,
            to: self.to,
            label: label.map(|(_, value)| value),
            content: message,
        })
    }
}
