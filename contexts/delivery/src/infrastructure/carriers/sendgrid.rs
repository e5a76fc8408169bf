//! SendGrid: `POST /v3/mail/send`.
//!
//! It takes no finished messages, so the composed one is taken apart into the fields of the request,
//! the same each time. SendGrid writes its own MIME and its own signature. Its name for the message comes back
//! in `X-Message-Id`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderValue, header};
use kernel::Timestamp;
use mail_parser::{Addr, Message, MessageParser, MimeHeaders};
use platform::egress::EgressResponse;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    http_account::{Api, ApiRequest, Said, Unsendable, header_text, plain_words},
    labels::{CAMPAIGN_LABEL, MESSAGE_LABEL, campaign_of},
};
use crate::domain::{
    mail::{OutgoingMail, check_custom_header},
    outgoing::Outgoing,
    provider::BaseUrl,
};

const RESOURCE: &str = "/v3/mail/send";

/// Headers of ours that go along. Those that SendGrid writes itself are refused by it: `To`, `From`,
/// `Subject`, `Reply-To`, `Content-Type`, `Content-Transfer-Encoding`, `DKIM-Signature`, `Received`.
const HEADERS: [&str; 5] = [
    "Message-ID",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Id",
    "Feedback-ID",
];

/// The API with the key of one account.
pub(super) struct SendGrid {
    base: BaseUrl,
    key: String,
}

impl SendGrid {
    /// `base` is where the region's API is.
    pub fn new(base: BaseUrl, key: String) -> Self {
        Self { base, key }
    }
}

impl Api for SendGrid {
    fn request(&self, message: &Outgoing, _: Timestamp) -> Result<ApiRequest, Unsendable> {
        let mail = message.mail().ok_or(Unsendable::Mail)?;
        let body = body(mail).ok_or(Unsendable::Mail)?;
        let bearer = HeaderValue::from_str(&format!("Bearer {}", self.key));
        let mut bearer = bearer.map_err(|_| Unsendable::Key)?;
        bearer.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, bearer);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(ApiRequest {
            url: self.base.url(RESOURCE),
            headers,
            body: body.to_string().into_bytes().into(),
        })
    }

    fn read(&self, response: &EgressResponse) -> Said {
        let id = header_text(&response.headers, "x-message-id").filter(|id| !id.is_empty());
        let errors: Option<Errors> = serde_json::from_slice(&response.body).ok();
        let words = match errors {
            Some(errors) => errors.said(),
            None => plain_words(&response.body),
        };
        Said {
            id: id.map(str::to_owned),
            words,
            meaning: None,
        }
    }
}

/// Opens and clicks are counted by the links of the message itself, so SendGrid must not rewrite them; the way
/// to unsubscribe is in it as well.
fn body(mail: &OutgoingMail) -> Option<Value> {
    let message = MessageParser::default().parse(mail.source.as_bytes())?;
    let mut labels = Map::new();
    let mut categories = vec!["mauntic"];
    labels.insert(MESSAGE_LABEL.to_owned(), json!(mail.id.to_string()));
    if let Some(campaign) = campaign_of(&mail.source) {
        labels.insert(CAMPAIGN_LABEL.to_owned(), json!(campaign));
        categories.push(campaign);
    }
    let mut body = json!({
        "personalizations": [{ "to": [{ "email": mail.to }] }],
        "from": mailbox(message.from()?.first()?)?,
        "subject": message.subject()?,
        "content": content(&message),
        "headers": headers(&message),
        "custom_args": labels,
        "categories": categories,
        "tracking_settings": {
            "click_tracking": { "enable": false, "enable_text": false },
            "open_tracking": { "enable": false },
            "subscription_tracking": { "enable": false },
            "ganalytics": { "enable": false },
        },
    });
    let files = attachments(&message);
    if !files.is_empty() {
        body["attachments"] = Value::from(files);
    }
    if let Some(reply_to) = message.reply_to().and_then(|list| list.first()) {
        body["reply_to"] = mailbox(reply_to)?;
    }
    Some(body)
}

fn mailbox(address: &Addr<'_>) -> Option<Value> {
    let email = address.address()?;
    Some(match address.name().filter(|name| !name.is_empty()) {
        Some(name) => json!({ "email": email, "name": name }),
        None => json!({ "email": email }),
    })
}

/// Text before HTML, as SendGrid demands; an empty part is refused by it.
fn content(message: &Message<'_>) -> Vec<Value> {
    let parts = [
        ("text/plain", message.body_text(0)),
        ("text/html", message.body_html(0)),
    ];
    parts
        .into_iter()
        .filter_map(|(kind, text)| Some((kind, text.filter(|text| !text.is_empty())?)))
        .map(|(kind, text)| json!({ "type": kind, "value": text }))
        .collect()
}

fn attachments(message: &Message<'_>) -> Vec<Value> {
    let files = message.attachments().map(|part| {
        let kind = part.content_type();
        let kind = kind.map(|kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or("octet-stream")));
        json!({
            "content": STANDARD.encode(part.contents()),
            "type": kind.unwrap_or_else(|| "application/octet-stream".to_owned()),
            "filename": part.attachment_name().unwrap_or("attachment"),
            "disposition": "attachment",
        })
    });
    files.collect()
}

/// Ours, and those that the author of the message added.
fn headers(message: &Message<'_>) -> Map<String, Value> {
    let added = message
        .headers()
        .iter()
        .map(|header| header.name())
        .filter(|name| check_custom_header(name, "-").is_ok());
    HEADERS
        .into_iter()
        .chain(added)
        .filter_map(|name| {
            let value = message.header_raw(name)?;
            // Folded lines are made whole again.
            let words: Vec<&str> = value.split_ascii_whitespace().collect();
            Some((name.to_owned(), json!(words.join(" "))))
        })
        .collect()
}

#[derive(Deserialize)]
struct Errors {
    errors: Vec<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    message: String,
    field: Option<String>,
}

impl Errors {
    fn said(&self) -> String {
        let faults = self.errors.iter().map(|fault| match &fault.field {
            Some(field) => format!("{field}: {}", fault.message),
            None => fault.message.clone(),
        });
        faults.collect::<Vec<_>>().join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::{Errors, body};
    use crate::domain::{
        mail::{Extra, Letter, ListHeaders, OutgoingMail, compose},
        sending_domain::Sender,
    };
    use kernel::{EmailAddress, MessageId};
    use serde_json::json;

    fn address(text: &str) -> EmailAddress {
        EmailAddress::parse(text).expect("valid")
    }

    fn mail(id: MessageId, list: Option<ListHeaders<'_>>) -> OutgoingMail {
        let sender = Sender {
            name: "Bücher & Söhne".to_owned(),
            address: address("news@shop.example"),
            reply_to: Some(address("help@shop.example")),
        };
        let source = compose(&Letter {
            id,
            sender: &sender,
            to: &address("ann@example.com"),
            date: "2026-11-23T04:05:06Z".parse().expect("a time"),
            subject: "Grüße, 日本",
            html: "<p>Grüße</p>",
            text: "Grüße",
            list,
            extra: Extra::default(),
        })
        .expect("it composes");
        OutgoingMail {
            id,
            from: "news@shop.example".to_owned(),
            to: "ann@example.com".to_owned(),
            subject: "Grüße, 日本".to_owned(),
            source,
        }
    }

    #[test]
    fn a_composed_message_is_taken_apart_into_the_fields_of_the_request() {
        let id = MessageId::generate();
        let list = ListHeaders {
            unsubscribe_url: "https://shop.example/unsubscribe/abc",
            list_id: "<org_1.shop.example>",
            feedback_id: "cmp_1:org_1:marketing:mauntic",
        };
        let body = body(&mail(id, Some(list))).expect("it is a message");

        assert_eq!(
            body["personalizations"],
            json!([{ "to": [{ "email": "ann@example.com" }] }])
        );
        assert_eq!(
            body["from"],
            json!({ "email": "news@shop.example", "name": "Bücher & Söhne" })
        );
        assert_eq!(body["reply_to"], json!({ "email": "help@shop.example" }));
        assert_eq!(body["subject"], "Grüße, 日本");
        assert_eq!(body["content"][0]["type"], "text/plain");
        assert_eq!(body["content"][0]["value"].as_str().map(str::trim), Some("Grüße"));
        assert_eq!(body["content"][1]["type"], "text/html");
        assert_eq!(
            body["content"][1]["value"].as_str().map(str::trim),
            Some("<p>Grüße</p>")
        );
        assert_eq!(
            body["headers"]["List-Unsubscribe"],
            "<https://shop.example/unsubscribe/abc>"
        );
        assert_eq!(
            body["headers"]["List-Unsubscribe-Post"],
            "List-Unsubscribe=One-Click"
        );
        assert_eq!(body["headers"]["Message-ID"], format!("<{id}@shop.example>"));
        assert_eq!(body["custom_args"]["mauntic_message"], id.to_string());
        assert_eq!(body["categories"], json!(["mauntic", "cmp_1"]));
        assert_eq!(body["tracking_settings"]["click_tracking"]["enable"], false);
        assert_eq!(body["tracking_settings"]["open_tracking"]["enable"], false);
    }

    #[test]
    fn mail_to_one_person_belongs_to_no_campaign() {
        let body = body(&mail(MessageId::generate(), None)).expect("it is a message");
        assert_eq!(body["categories"], json!(["mauntic"]));
        assert_eq!(body["headers"].as_object().map(serde_json::Map::len), Some(1));
    }

    #[test]
    fn errors_name_their_fields() {
        let errors: Errors = serde_json::from_value(json!({ "errors": [
            { "message": "is required", "field": "subject", "help": "http://example.com" },
            { "message": "authorization required", "field": null, "help": null },
        ]}))
        .expect("it is read");
        assert_eq!(errors.said(), "subject: is required; authorization required");
    }
}
