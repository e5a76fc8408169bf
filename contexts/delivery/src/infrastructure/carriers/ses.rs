//! Amazon SES: `SendEmail` of API version 2 with raw content.
//!
//! The message leaves as it was composed, but without our signature: SES replaces `Message-ID` and `Date`,
//! which that one covers, and refuses messages that hold a signature beside its own. It signs for the
//! domain itself where it is set up to. Its own name for a message comes back as `MessageId`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderValue, header};
use kernel::Timestamp;
use platform::egress::EgressResponse;
use serde::Deserialize;
use serde_json::json;

use super::{
    http_account::{Api, ApiRequest, Said, Unsendable, header_text, plain_words},
    labels::{CAMPAIGN_LABEL, MESSAGE_LABEL, campaign_of},
    sigv4::{Signable, Signer, amz_date},
};
use crate::domain::{
    http_answer::Meaning,
    mail::OutgoingMail,
    outgoing::Outgoing,
    provider::{BaseUrl, SesConfig},
};

const RESOURCE: &str = "/v2/email/outbound-emails";
const JSON: &str = "application/json";
const X_AMZ_DATE: &str = "x-amz-date";

/// The API with the credentials of one account.
pub(super) struct Ses {
    base: BaseUrl,
    signer: Signer,
    configuration_set: String,
}

impl Ses {
    /// `base` is where the region's endpoint is.
    pub fn new(config: &SesConfig, base: BaseUrl, secret_access_key: String) -> Self {
        Self {
            base,
            signer: Signer {
                access_key_id: config.access_key_id.clone(),
                secret_access_key,
                region: config.region.clone(),
                service: "ses",
            },
            configuration_set: config.configuration_set.clone(),
        }
    }

    /// `FromEmailAddress` is left out: the message's own `From` counts, with the name in it.
    fn body(&self, mail: &OutgoingMail) -> Vec<u8> {
        let mut tags = vec![json!({ "Name": MESSAGE_LABEL, "Value": mail.id.to_string() })];
        if let Some(campaign) = campaign_of(&mail.source) {
            tags.push(json!({ "Name": CAMPAIGN_LABEL, "Value": campaign }));
        }
        let mut body = json!({
            "Content": { "Raw": { "Data": STANDARD.encode(without_signature(&mail.source)) } },
            "Destination": { "ToAddresses": [mail.to] },
            "EmailTags": tags,
        });
        if !self.configuration_set.is_empty() {
            body["ConfigurationSetName"] = json!(self.configuration_set);
        }
        body.to_string().into_bytes()
    }
}

impl Api for Ses {
    fn request(&self, message: &Outgoing, now: Timestamp) -> Result<ApiRequest, Unsendable> {
        let mail = message.mail().ok_or(Unsendable::Mail)?;
        let (body, date, path) = (self.body(mail), amz_date(now), self.base.path(RESOURCE));
        let signed = [
            ("content-type", JSON),
            ("host", self.base.authority()),
            (X_AMZ_DATE, date.as_str()),
        ];
        let signable = Signable {
            method: "POST",
            path: &path,
            query: "",
            headers: &signed,
            body: &body,
        };
        let authorization = self.signer.authorization(signable, &date);
        let value = |text: &str| HeaderValue::from_str(text).map_err(|_| Unsendable::Key);
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
        // Named here, since it is signed: what is sent must be the same.
        headers.insert(header::HOST, value(self.base.authority())?);
        headers.insert(X_AMZ_DATE, value(&date)?);
        headers.insert(header::AUTHORIZATION, value(&authorization)?);
        Ok(ApiRequest {
            url: self.base.url(RESOURCE),
            headers,
            body: body.into(),
        })
    }

    fn read(&self, response: &EgressResponse) -> Said {
        let body: Option<Body> = serde_json::from_slice(&response.body).ok();
        let Some(body) = body else {
            return Said {
                words: plain_words(&response.body),
                ..Said::default()
            };
        };
        let named = header_text(&response.headers, "x-amzn-errortype")
            .or(body.kind.as_deref())
            .map(error_kind)
            .unwrap_or_default();
        let message = body.message.unwrap_or_default();
        Said {
            id: body.id.filter(|id| !id.is_empty()),
            meaning: meaning_of_error(response.status, named, &message),
            words: format!("{named} {message}").trim().to_owned(),
        }
    }
}

/// The message without the `DKIM-Signature`s that stand in front of a signed one.
fn without_signature(mut source: &str) -> &str {
    while source.starts_with("DKIM-Signature:") {
        let mut ends = source.match_indices("\r\n").map(|(at, _)| &source[at + 2..]);
        match ends.find(|rest| !rest.starts_with([' ', '\t'])) {
            Some(rest) => source = rest,
            None => break,
        }
    }
    source
}

#[derive(Deserialize)]
struct Body {
    #[serde(rename = "MessageId")]
    id: Option<String>,
    #[serde(rename = "__type")]
    kind: Option<String>,
    #[serde(alias = "Message")]
    message: Option<String>,
}

/// `TooManyRequestsException:http://…` and `com.amazonaws.ses#MessageRejected` without what is around.
fn error_kind(text: &str) -> &str {
    let text = text.split(':').next().unwrap_or(text);
    text.rsplit('#').next().unwrap_or(text).trim()
}

/// SES says 400 also of limits and of the account; the name of the error tells them apart.
fn meaning_of_error(status: u16, kind: &str, message: &str) -> Option<Meaning> {
    if !(400..500).contains(&status) {
        return None;
    }
    match kind {
        "AccountSuspendedException"
        | "SendingPausedException"
        | "MailFromDomainNotVerifiedException"
        | "ConfigurationSetDoesNotExistException"
        | "ConfigurationSetSendingPausedException"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "RequestExpired" => Some(Meaning::AccountFault),
        // In the sandbox, or from a sender that SES does not know: no message would fare better.
        "MessageRejected" if message.contains("not verified") => Some(Meaning::AccountFault),
        "LimitExceededException" | "ThrottlingException" | "Throttling" => Some(Meaning::NotNow),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{error_kind, meaning_of_error, without_signature};
    use crate::domain::http_answer::Meaning;

    #[test]
    fn only_our_signature_is_left_out() {
        let plain = "From: a@shop.example\r\nSubject: x\r\n\r\nDKIM-Signature: y\r\n";
        let signed = format!("DKIM-Signature: v=1;\r\n h=from;\r\n\tb=abc\r\n{plain}");
        assert_eq!(without_signature(&signed), plain);
        let twice = format!("DKIM-Signature: v=1;\r\n b=def\r\n{signed}");
        assert_eq!(without_signature(&twice), plain);
        assert_eq!(without_signature(plain), plain);
    }

    #[test]
    fn the_kind_of_an_error_is_found_in_both_notations() {
        for text in [
            "MessageRejected",
            "MessageRejected:http://internal.amazon.com/coral/com.amazonaws.ses/",
            "com.amazonaws.services.ses#MessageRejected",
        ] {
            assert_eq!(error_kind(text), "MessageRejected");
        }
    }

    #[test]
    fn errors_of_the_account_and_limits_are_told_from_those_of_a_message() {
        for (status, kind, message, meaning) in [
            (400, "AccountSuspendedException", "", Some(Meaning::AccountFault)),
            (400, "SendingPausedException", "", Some(Meaning::AccountFault)),
            (400, "LimitExceededException", "", Some(Meaning::NotNow)),
            (
                400,
                "MessageRejected",
                "Email address is not verified. The following identities failed the check in region EU-WEST-1: a@b.c",
                Some(Meaning::AccountFault),
            ),
            (400, "MessageRejected", "Transaction failed", None),
            (400, "BadRequestException", "Missing final '@domain'", None),
            (
                429,
                "TooManyRequestsException",
                "Maximum sending rate exceeded.",
                None,
            ),
            (500, "ThrottlingException", "", None),
        ] {
            assert_eq!(
                meaning_of_error(status, kind, message),
                meaning,
                "{status} {kind}"
            );
        }
    }
}
