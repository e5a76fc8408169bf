//! Twilio: `POST /2010-04-01/Accounts/{sid}/Messages.json` ("Message resource").
//!
//! A form, answered with 201 and the message's `sid`. What is refused has a number of the "Error and
//! Warning Dictionary"; what the networks refuse comes later, by the callback, whose address has our id.

use kernel::Timestamp;
use platform::egress::EgressResponse;
use serde::Deserialize;

use super::{
    http_account::{Api, ApiRequest, Said, Unsendable, plain_words},
    text::{basic, headers, reports_about},
};
use crate::domain::{
    http_answer::Meaning,
    outgoing::Outgoing,
    provider::{BaseUrl, TwilioConfig},
};

/// The API with the credentials of one account.
pub(super) struct Twilio {
    base: BaseUrl,
    resource: String,
    authorization: String,
    sender: String,
    service: String,
    reports: Option<String>,
}

impl Twilio {
    /// `base` is where the API is, `reports` where it may call us.
    pub fn new(config: &TwilioConfig, base: BaseUrl, secret: &str, reports: Option<String>) -> Self {
        Self {
            base,
            resource: format!("/2010-04-01/Accounts/{}/Messages.json", config.account_sid),
            authorization: basic(config.user(), secret),
            sender: config.sender.clone(),
            service: config.messaging_service_sid.clone(),
            reports,
        }
    }
}

impl Api for Twilio {
    fn request(&self, message: &Outgoing, _: Timestamp) -> Result<ApiRequest, Unsendable> {
        let text = message.text().ok_or(Unsendable::Mail)?;
        let callback = self.reports.as_ref().map(|url| reports_about(url, text.id));
        let fields = [
            ("To", text.to.as_str()),
            ("From", &self.sender),
            ("MessagingServiceSid", &self.service),
            ("Body", &text.body),
            ("StatusCallback", callback.as_deref().unwrap_or_default()),
        ];
        Ok(ApiRequest {
            url: self.base.url(&self.resource),
            headers: headers(&self.authorization, "application/x-www-form-urlencoded")?,
            body: form(&fields).into_bytes().into(),
        })
    }

    fn read(&self, response: &EgressResponse) -> Said {
        let body: Option<Body> = serde_json::from_slice(&response.body).ok();
        let Some(Body { sid, code, message }) = body else {
            return Said {
                words: plain_words(&response.body),
                ..Said::default()
            };
        };
        let message = message.unwrap_or_default();
        Said {
            id: sid.filter(|sid| !sid.is_empty()),
            words: match code {
                Some(code) => format!("{code} {message}"),
                None => message,
            },
            meaning: code.filter(|_| response.status == 400).and_then(meaning),
        }
    }
}

/// Of a message, or of an error; of the first one `code` and `message` are not read.
#[derive(Deserialize)]
struct Body {
    sid: Option<String>,
    code: Option<u32>,
    message: Option<String>,
}

/// Refusals with status 400 that are not about the message. A number in a country that the account has
/// not opened (21408), or that its sender cannot reach (21612), is one number among many: the account
/// goes on with the others.
fn meaning(code: u32) -> Option<Meaning> {
    Some(match code {
        // Not a number; a short code; not a mobile one; a landline.
        21211 | 21265 | 21614 | 21635 => Meaning::NoSuchRecipient,
        21610 => Meaning::OptedOut,
        // Too many wait at Twilio for this sender.
        21611 => Meaning::NotNow,
        21605 | 21617 => Meaning::TooLarge,
        // The sender: no number, none, not ours, of another account, not able to; a trial account; the
        // Messaging Service: unknown, without senders, of another account.
        21212 | 21603 | 21606 | 21608 | 21609 | 21659 | 21660 | 21701 | 21703 | 21704 | 21705 => {
            Meaning::AccountFault
        }
        _ => return None,
    })
}

/// `application/x-www-form-urlencoded`, without what is empty.
fn form(fields: &[(&str, &str)]) -> String {
    let given = fields.iter().filter(|(_, value)| !value.is_empty());
    let pairs: Vec<String> = given
        .map(|(name, value)| format!("{name}={}", escaped(value)))
        .collect();
    pairs.join("&")
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{form, meaning};
    use crate::domain::http_answer::Meaning;

    #[test]
    fn forms_carry_every_script_and_leave_out_what_is_empty() {
        let fields = [
            ("To", "+447700900123"),
            ("From", ""),
            ("Body", "Grüße & 1+1=2\n日"),
        ];
        assert_eq!(
            form(&fields),
            "To=%2B447700900123&Body=Gr%C3%BC%C3%9Fe%20%26%201%2B1%3D2%0A%E6%97%A5"
        );
    }

    #[test]
    fn a_number_that_cannot_be_reached_is_no_fault_of_the_account() {
        for (code, means) in [
            (21211, Some(Meaning::NoSuchRecipient)),
            (21614, Some(Meaning::NoSuchRecipient)),
            (21610, Some(Meaning::OptedOut)),
            (21408, None),
            (21612, None),
            (21606, Some(Meaning::AccountFault)),
            (21617, Some(Meaning::TooLarge)),
        ] {
            assert_eq!(meaning(code), means, "{code}");
        }
    }
}
