use async_trait::async_trait;
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{Method, StatusCode, header, request::Parts};
use serde_json::{Value, json};

use super::{
    server::{ApiMail, Fake, Rules},
    sigv4::{self, Account},
};

/// The largest message, after base64 (reference of `RawMessage`).
const LARGEST: usize = 40 * 1024 * 1024;

/// Amazon SES, as far as `SendEmail` of API version 2 with raw content goes.
pub type FakeSes = Fake<Ses>;

impl FakeSes {
    /// The only access key that is let in.
    pub const ACCESS_KEY_ID: &'static str = "AKIAFAKESES";
    /// What belongs to it.
    pub const SECRET_ACCESS_KEY: &'static str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYFAKEKEY";
    /// Where it is.
    pub const REGION: &'static str = "eu-west-1";
    /// The only configuration set there is.
    pub const CONFIGURATION_SET: &'static str = "news";
}

/// Its rules.
#[derive(Debug, Default)]
pub struct Ses;

#[async_trait]
impl Rules for Ses {
    async fn take(
        &self,
        parts: &Parts,
        body: &Bytes,
        number: usize,
    ) -> Result<(ApiMail, Response), Box<Response>> {
        if parts.method != Method::POST || parts.uri.path() != "/v2/email/outbound-emails" {
            return Err(error(404, "UnknownOperationException", ""));
        }
        let account = Account {
            access_key_id: FakeSes::ACCESS_KEY_ID,
            secret_access_key: FakeSes::SECRET_ACCESS_KEY,
            region: FakeSes::REGION,
            service: "ses",
        };
        sigv4::verify(&account, parts, body).map_err(|refused| error(403, refused.kind, refused.message))?;
        let json = parts.headers.get(header::CONTENT_TYPE);
        if json.is_none_or(|kind| kind != "application/json") {
            return Err(error(415, "UnsupportedMediaTypeException", ""));
        }
        let body: Value =
            serde_json::from_slice(body).map_err(|_| error(400, "SerializationException", "not JSON"))?;
        let id = format!("0102018f{number:024x}-000000");
        let mail = read(&body, id.clone())?;
        Ok((mail, Json(json!({ "MessageId": id })).into_response()))
    }

    fn refusal(&self, status: StatusCode) -> Box<Response> {
        let (kind, message) = match status.as_u16() {
            403 => (
                "AccessDeniedException",
                "User is not authorized to perform: ses:SendEmail",
            ),
            404 => ("NotFoundException", "Configuration set does not exist."),
            429 => ("TooManyRequestsException", "Maximum sending rate exceeded."),
            503 => ("ServiceUnavailableException", "Service is unavailable."),
            500.. => ("InternalServiceErrorException", "Internal failure."),
            _ => ("MessageRejected", "Transaction failed."),
        };
        error(status.as_u16(), kind, message)
    }
}

/// As REST-JSON services answer: the kind in a header and in the body.
fn error(status: u16, kind: &str, message: &str) -> Box<Response> {
    let status = StatusCode::from_u16(status).expect("a status");
    let kind_header = format!("{kind}:http://internal.amazon.com/coral/com.amazonaws.ses/");
    let body = Json(json!({ "__type": kind, "message": message }));
    Box::new((status, [("x-amzn-errortype", kind_header)], body).into_response())
}

fn read(body: &Value, id: String) -> Result<ApiMail, Box<Response>> {
    let bad = |message: &str| error(400, "BadRequestException", message);
    let data = body["Content"]["Raw"]["Data"]
        .as_str()
        .ok_or_else(|| bad("Raw message data is required."))?;
    if data.len() > LARGEST {
        return Err(bad("Message length is more than 41943040 bytes long."));
    }
    let mime = STANDARD
        .decode(data)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let mime = mime.ok_or_else(|| error(400, "SerializationException", "Data is not base64."))?;
    let header = mime.split("\r\n\r\n").next().unwrap_or_default();
    if !header.contains("\r\nFrom: ") && !header.starts_with("From: ") {
        return Err(bad("Missing required header 'From'."));
    }
    if header.to_ascii_lowercase().contains("dkim-signature:") {
        return Err(bad("Duplicate header 'DKIM-Signature'."));
    }
    if mime.split("\r\n").any(|line| line.len() > 998) {
        return Err(bad("Lines longer than 1000 characters."));
    }
    let to: Vec<String> = strings(&body["Destination"]["ToAddresses"]);
    if to.is_empty() || to.len() > 50 {
        return Err(bad("Recipient count must be between 1 and 50."));
    }
    if to.iter().any(|address| !address.contains('@')) {
        return Err(bad("Missing final '@domain'"));
    }
    if let Some(set) = body.get("ConfigurationSetName")
        && set != FakeSes::CONFIGURATION_SET
    {
        return Err(error(
            404,
            "NotFoundException",
            "Configuration set does not exist.",
        ));
    }
    Ok(ApiMail {
        id,
        to,
        label: label(&body["EmailTags"])?,
        content: mime,
    })
}

/// Names and values of tags: up to 256 ASCII letters, digits, underscores and hyphens each.
fn label(tags: &Value) -> Result<Option<String>, Box<Response>> {
    let plain = |text: &str| {
        (1..=256).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
    };
    let mut label = None;
    for tag in tags.as_array().into_iter().flatten() {
        let (name, value) = (
            tag["Name"].as_str().unwrap_or_default(),
            tag["Value"].as_str().unwrap_or_default(),
        );
        if !plain(name) || !plain(value) {
            return Err(error(400, "BadRequestException", "Invalid tag."));
        }
        if name == "mauntic_message" {
            label = Some(value.to_owned());
        }
    }
    Ok(label)
}

fn strings(list: &Value) -> Vec<String> {
    let texts = list.as_array().into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}
