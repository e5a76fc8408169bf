use std::collections::HashMap;

use async_trait::async_trait;
use axum::response::Response;
use bytes::Bytes;
use http::{Method, StatusCode, header, request::Parts};
use serde_json::json;

use super::{NOBODY, OPTED_OUT, answer, header_of, is_international, is_let_in, is_web_address, label_in};
use crate::mail_apis::server::{ApiMail, Fake, Rules};

/// Twilio, as far as creating a `Message` of API version 2010-04-01 goes. Its numbers for tests behave as
/// they do there.
pub type FakeTwilio = Fake<Twilio>;

impl FakeTwilio {
    /// The only account that there is.
    pub const ACCOUNT_SID: &'static str = "AC0123456789abcdef0123456789abcdef";
    /// Its secret.
    pub const AUTH_TOKEN: &'static str = "fedcba9876543210fedcba9876543210";
    /// Its API key.
    pub const API_KEY_SID: &'static str = "SK0123456789abcdef0123456789abcdef";
    /// What belongs to that.
    pub const API_KEY_SECRET: &'static str = "twilio-api-key-secret-0123456789";
    /// Its only number.
    pub const SENDER: &'static str = "+15005550006";
    /// Its only Messaging Service.
    pub const MESSAGING_SERVICE_SID: &'static str = "MG0123456789abcdef0123456789abcdef";
    /// A number in a country that the account has not opened.
    pub const CLOSED_COUNTRY: &'static str = "+15005550003";
    /// A landline.
    pub const LANDLINE: &'static str = "+15005550009";
}

/// Its rules.
#[derive(Debug, Default)]
pub struct Twilio;

/// What may stand in a form.
const FIELDS: [&str; 5] = ["To", "From", "MessagingServiceSid", "Body", "StatusCallback"];

#[async_trait]
impl Rules for Twilio {
    async fn take(
        &self,
        parts: &Parts,
        body: &Bytes,
        number: usize,
    ) -> Result<(ApiMail, Response), Box<Response>> {
        let path = parts.uri.path();
        let accounts = [
            (FakeTwilio::ACCOUNT_SID, FakeTwilio::AUTH_TOKEN),
            (FakeTwilio::API_KEY_SID, FakeTwilio::API_KEY_SECRET),
        ];
        if !is_let_in(parts, &accounts) {
            return Err(error(401, 20003, "Authenticate"));
        }
        let resource = format!("/2010-04-01/Accounts/{}/Messages.json", FakeTwilio::ACCOUNT_SID);
        if path != resource || parts.method != Method::POST {
            let message = format!("The requested resource {path} was not found");
            return Err(error(404, 20404, &message));
        }
        if header_of(parts, header::CONTENT_TYPE) != "application/x-www-form-urlencoded" {
            return Err(error(415, 20415, "Unsupported Media Type"));
        }
        let form: HashMap<String, String> = form(body);
        let given = |name: &str| form.get(name).map_or("", String::as_str);
        check(&form)?;
        let sid = format!("SM{number:032x}");
        let mail = ApiMail {
            id: sid.clone(),
            to: vec![given("To").to_owned()],
            label: label_in(given("StatusCallback")),
            content: given("Body").to_owned(),
        };
        let said = json!({
            "sid": sid,
            "account_sid": FakeTwilio::ACCOUNT_SID,
            "api_version": "2010-04-01",
            "body": given("Body"),
            "from": given("From"),
            "to": given("To"),
            "status": "queued",
            "direction": "outbound-api",
            "error_code": null,
            "error_message": null,
        });
        Ok((mail, *answer(201, said)))
    }

    fn refusal(&self, status: StatusCode) -> Box<Response> {
        let (code, message) = match status.as_u16() {
            401 => (20003, "Authenticate"),
            402 | 403 => (20005, "Account is not active"),
            404 => (20404, "The requested resource was not found"),
            413 => (20413, "Request entity too large"),
            429 => (20429, "Too many requests"),
            500.. => (20500, "Internal Server Error"),
            _ => (
                21612,
                "Message cannot be sent with the current combination of 'To' and 'From'",
            ),
        };
        error(status.as_u16(), code, message)
    }
}

fn error(status: u16, code: u32, message: &str) -> Box<Response> {
    let more_info = format!("https://www.twilio.com/docs/errors/{code}");
    let body = json!({ "code": code, "message": message, "more_info": more_info, "status": status });
    answer(status, body)
}

fn check(form: &HashMap<String, String>) -> Result<(), Box<Response>> {
    let given = |name: &str| form.get(name).map_or("", String::as_str);
    let refused = |code, message: &str| Err(error(400, code, message));
    if let Some(other) = form.keys().find(|name| !FIELDS.contains(&name.as_str())) {
        return refused(20001, &format!("Unknown parameter {other}"));
    }
    let (to, from, service) = (given("To"), given("From"), given("MessagingServiceSid"));
    let Some(digits) = to.strip_prefix('+').filter(|digits| is_international(digits)) else {
        return refused(21211, &format!("Invalid 'To' Phone Number: {to}"));
    };
    if from.is_empty() && service.is_empty() {
        return refused(21603, "A 'From' phone number is required.");
    }
    if !from.is_empty() && from != FakeTwilio::SENDER {
        return refused(
            21606,
            &format!(
                "The 'From' phone number {from} is not a valid, SMS-capable inbound phone number or short code for your account."
            ),
        );
    }
    if !service.is_empty() && service != FakeTwilio::MESSAGING_SERVICE_SID {
        return refused(21705, "The Messaging Service Sid is invalid.");
    }
    if given("Body").is_empty() {
        return refused(21602, "Message body is required.");
    }
    if given("Body").chars().count() > 1600 {
        return refused(
            21617,
            "The concatenated message body exceeds the 1600 character limit",
        );
    }
    let callback = given("StatusCallback");
    if !callback.is_empty() && (!is_web_address(callback) || callback.contains("//localhost")) {
        return refused(21609, "The StatusCallback URL is not a valid URL.");
    }
    match format!("+{digits}").as_str() {
        NOBODY => refused(21211, &format!("Invalid 'To' Phone Number: {to}")),
        OPTED_OUT => refused(21610, "Attempt to send to unsubscribed recipient"),
        FakeTwilio::CLOSED_COUNTRY => refused(
            21408,
            "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
        ),
        FakeTwilio::LANDLINE => refused(21614, "'To' number is not a valid mobile number"),
        _ => Ok(()),
    }
}

/// Names and values; what is not rightly escaped is none.
fn form(body: &Bytes) -> HashMap<String, String> {
    let body = String::from_utf8_lossy(body);
    let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .filter_map(|(name, value)| Some((unescaped(name)?, unescaped(value)?)))
        .collect()
}

fn unescaped(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut plain = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        plain.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(plain).ok()
}
