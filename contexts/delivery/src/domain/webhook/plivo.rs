//! Plivo's webhooks for messages ("Validating signatures", "Message status callbacks" and "Receive
//! messages" of its documentation).
//!
//! Of the two kinds of signature, V3 covers the form and V2 does not; neither covers a time. Both
//! have a nonce: see [`Received::replay_key`].

use std::collections::BTreeMap;

use aws_lc_rs::hmac::HMAC_SHA256;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use kernel::{MessageId, Timestamp};

use super::{
    Refused, Request,
    event::{OUR_ID, Received, identifier, our_id},
    form,
    signature::mac_matches,
    sms::{Cause, Letter, Progress, Report},
};
use crate::domain::outcome::Class;

/// Headers of one kind of signature: that of the account or subaccount, that of the main account,
/// and the nonce of both.
struct Scheme([&'static str; 3]);

const V3: Scheme = Scheme([
    "X-Plivo-Signature-V3",
    "X-Plivo-Signature-Ma-V3",
    "X-Plivo-Signature-V3-Nonce",
]);
const V2: Scheme = Scheme([
    "X-Plivo-Signature-V2",
    "X-Plivo-Signature-Ma-V2",
    "X-Plivo-Signature-V2-Nonce",
]);

/// Verifies and reads a call by `POST`: a status callback or a message that came in.
pub fn receive(auth_token: &str, request: &Request<'_>, now: Timestamp) -> Result<Received, Refused> {
    let parameters = form::parse(request.body)?;
    // Where the better one is there, it decides.
    let (nonce, our_id) = match V3.nonce(request) {
        Some(nonce) => {
            let url = v3_url(request, &parameters)?;
            verify(
                auth_token,
                &V3,
                request,
                &[url.as_bytes(), b".", nonce.as_bytes()],
            )?;
            (nonce, our_message(request)?)
        }
        None => {
            let nonce = V2.nonce(request).ok_or(Refused::BadSignature)?;
            let url = request.url_without_query();
            verify(auth_token, &V2, request, &[url.as_bytes(), nonce.as_bytes()])?;
            // The query is not signed.
            (nonce, None)
        }
    };
    let replay_key = identifier(nonce).ok_or(Refused::BadSignature)?;
    Ok(Received {
        replay_key: Some(replay_key),
        ..read(&parameters, our_id, now)?
    })
}

impl Scheme {
    fn nonce<'a>(&self, request: &Request<'a>) -> Option<&'a str> {
        request.header(self.0[2]).filter(|nonce| !nonce.is_empty())
    }

    /// A header has several, with commas between, while an account has more than one token.
    fn signatures(&self, request: &Request<'_>) -> Vec<Vec<u8>> {
        let headers = self.0[..2].iter().filter_map(|name| request.header(name));
        headers
            .flat_map(|value| value.split(','))
            .filter_map(|text| STANDARD.decode(text.trim()).ok())
            .collect()
    }
}

fn verify(auth_token: &str, scheme: &Scheme, request: &Request<'_>, parts: &[&[u8]]) -> Result<(), Refused> {
    mac_matches(HMAC_SHA256, auth_token, parts, &scheme.signatures(request))
}

/// `https://host/path?a=b&c=d.FromToText…`: the query sorted and decoded, a dot, and the form's names
/// and values sorted and without anything between them. With a form but no query the dot is left out,
/// with neither the question mark too.
fn v3_url(request: &Request<'_>, parameters: &[(String, String)]) -> Result<String, Refused> {
    let query = form::parse(request.query().as_bytes())?;
    let query: Vec<String> = sorted(&query)
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let form: String = sorted(parameters)
        .into_iter()
        .flat_map(|(name, value)| [name, value])
        .collect();
    let url = request.url_without_query();
    Ok(match (query.is_empty(), form.is_empty()) {
        (true, true) => url.to_owned(),
        (false, true) => format!("{url}?{}", query.join("&")),
        (true, false) => format!("{url}?{form}"),
        (false, false) => format!("{url}?{}.{form}", query.join("&")),
    })
}

fn sorted(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in pairs {
        by_name.entry(name).or_default().push(value);
    }
    by_name
        .into_iter()
        .flat_map(|(name, mut values)| {
            values.sort_unstable();
            values.into_iter().map(move |value| (name, value))
        })
        .collect()
}

fn our_message(request: &Request<'_>) -> Result<Option<MessageId>, Refused> {
    let query = form::parse(request.query().as_bytes())?;
    Ok(form::filled(&query, OUR_ID).and_then(our_id))
}

pub(super) fn read(
    parameters: &[(String, String)],
    our_id: Option<MessageId>,
    now: Timestamp,
) -> Result<Received, Refused> {
    let given = |name| form::filled(parameters, name);
    let (Some(id), Some(from), Some(to)) = (given("MessageUUID"), given("From"), given("To")) else {
        return Err(Refused::NotUnderstood("no message"));
    };
    let Some(status) = given("Status") else {
        let letter = Letter {
            message_id: id,
            from,
            to,
            text: form::value(parameters, "Text").unwrap_or_default(),
            keyword: None,
            at: now,
        };
        return Ok(Received::from_events([letter.event()]));
    };
    let error = given("ErrorCode").unwrap_or_default();
    let Some(progress) = progress(status, error) else {
        return Ok(Received::nothing());
    };
    // What the API answered is the parent of the parts of a long message; only they have reports.
    let message_id = given("ParentMessageUUID").unwrap_or(id);
    let report = Report {
        message_id,
        our_id,
        recipient: to,
        at: now,
        event_id: format!("{id}:{status}"),
        detail: if error == "000" { "" } else { error },
    };
    Ok(Received::from_events(
        report.events(progress).into_iter().map(Some),
    ))
}

fn progress(status: &str, error: &str) -> Option<Progress> {
    match status {
        "queued" | "sent" => Some(Progress::Accepted),
        "delivered" => Some(Progress::Delivered),
        "read" => Some(Progress::Read),
        "undelivered" => Some(Progress::Undelivered(cause(error))),
        "failed" | "rejected" => Some(Progress::Failed(cause(error))),
        _ => None,
    }
}

/// "Error codes".
fn cause(error: &str) -> Cause {
    Cause::Class(match error {
        // The person has answered STOP to this number.
        "200" => return Cause::OptedOut,
        // Invalid destination; permanently unavailable.
        "50" | "70" => Class::HardRecipient,
        // Temporarily unavailable.
        "80" => Class::InactiveRecipient,
        // Taken for spam; prohibited by the carrier.
        "30" | "100" => Class::Reputation,
        // Invalid or too long.
        "10" | "110" => Class::Content,
        // Invalid sender; no credit; disabled.
        "40" | "900" | "910" => Class::Account,
        _ => Class::Rejected,
    })
}

#[cfg(test)]
mod tests;
