//! Mailgun: `POST /v3/{domain}/messages.mime`.
//!
//! The message leaves as it was composed, as a file in a form; Mailgun signs besides us. Its name for the
//! message comes back as `id`.

use std::fmt::Write;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderValue, header};
use kernel::Timestamp;
use platform::egress::EgressResponse;
use serde::Deserialize;

use super::{
    http_account::{Api, ApiRequest, Said, Unsendable, plain_words},
    labels::{CAMPAIGN_LABEL, MESSAGE_LABEL, campaign_of},
};
use crate::domain::{mail::OutgoingMail, outgoing::Outgoing, provider::BaseUrl};

/// The API with the key of one account.
pub(super) struct Mailgun {
    base: BaseUrl,
    resource: String,
    authorization: String,
}

impl Mailgun {
    /// `domain` is one of the account, `base` where its region's API is.
    pub fn new(domain: &str, base: BaseUrl, key: &str) -> Self {
        Self {
            base,
            resource: format!("/v3/{domain}/messages.mime"),
            authorization: format!("Basic {}", STANDARD.encode(format!("api:{key}"))),
        }
    }
}

impl Api for Mailgun {
    fn request(&self, message: &Outgoing, _: Timestamp) -> Result<ApiRequest, Unsendable> {
        let mail = message.mail().ok_or(Unsendable::Mail)?;
        let boundary = format!("mauntic-{}", mail.id);
        let value = |text: &str| HeaderValue::from_str(text).map_err(|_| Unsendable::Key);
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value(&self.authorization)?);
        headers.insert(
            header::CONTENT_TYPE,
            value(&format!("multipart/form-data; boundary={boundary}"))?,
        );
        Ok(ApiRequest {
            url: self.base.url(&self.resource),
            headers,
            body: form(mail, &boundary).into_bytes().into(),
        })
    }

    fn read(&self, response: &EgressResponse) -> Said {
        let body: Option<Body> = serde_json::from_slice(&response.body).ok();
        let Some(Body { id, message }) = body else {
            return Said {
                words: plain_words(&response.body),
                ..Said::default()
            };
        };
        Said {
            // Events name it without the brackets.
            id: id
                .map(|id| id.trim_matches(['<', '>']).to_owned())
                .filter(|id| !id.is_empty()),
            words: message.unwrap_or_default(),
            meaning: None,
        }
    }
}

#[derive(Deserialize)]
struct Body {
    id: Option<String>,
    message: Option<String>,
}

/// Opens and clicks are counted by the links of the message itself, so Mailgun must not rewrite them. The
/// boundary holds the message's own id: nobody who writes a template knows it.
fn form(mail: &OutgoingMail, boundary: &str) -> String {
    let id = mail.id.to_string();
    let mut fields = vec![
        ("to".to_owned(), mail.to.as_str()),
        ("o:tracking".to_owned(), "no"),
        ("o:tracking-clicks".to_owned(), "no"),
        ("o:tracking-opens".to_owned(), "no"),
        (format!("v:{MESSAGE_LABEL}"), id.as_str()),
    ];
    if let Some(campaign) = campaign_of(&mail.source) {
        fields.push((format!("v:{CAMPAIGN_LABEL}"), campaign));
        fields.push(("o:tag".to_owned(), campaign));
    }
    let mut form = String::with_capacity(mail.source.len() + 1500);
    for (name, value) in fields {
        let _ = write!(
            form,
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
    }
    let _ = write!(
        form,
        "--{boundary}\r\nContent-Disposition: form-data; name=\"message\"; filename=\"message.mime\"\r\n\
         Content-Type: message/rfc822\r\n\r\n{}\r\n--{boundary}--\r\n",
        mail.source
    );
    form
}
