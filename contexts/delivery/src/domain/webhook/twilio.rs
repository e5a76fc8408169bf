//! Twilio's webhooks for messages ("Webhooks security", "Message resource" and "Twilio's request to
//! your incoming message webhook" of its documentation).
//!
//! No time is signed, so that nothing is ever too old: what is repeated is known by its event
//! identifier, which is signed.

use std::collections::BTreeSet;

use aws_lc_rs::{
    constant_time,
    digest::{SHA256, digest},
    hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use kernel::Timestamp;
use serde_json::Value;

use super::{
    Refused, Request,
    event::{OUR_ID, Received, our_id},
    form, json,
    keyword::Keyword,
    signature::{mac_matches, unhex},
    sms::{Cause, Letter, Progress, Report},
};
use crate::domain::outcome::Class;

type Parameters = Vec<(String, String)>;

/// Verifies and reads a call: a status callback or a message that came in.
pub fn receive(auth_token: &str, request: &Request<'_>, now: Timestamp) -> Result<Received, Refused> {
    let signature = request.signed_header("X-Twilio-Signature")?;
    let signature = STANDARD.decode(signature).map_err(|_| Refused::BadSignature)?;
    let parameters = if request.is_json() {
        verify_body(request)?;
        verify(auth_token, request.url, &[], signature)?;
        json_parameters(request.body)?
    } else {
        let parameters = form::parse(request.body)?;
        verify(auth_token, request.url, &parameters, signature)?;
        parameters
    };
    read(&parameters, request.query(), now)
}

/// The URL, and then each name and value of the form, in order of the names, without anything
/// between them; a pair that repeats counts once.
fn verify(
    auth_token: &str,
    url: &str,
    parameters: &[(String, String)],
    signature: Vec<u8>,
) -> Result<(), Refused> {
    let sorted: BTreeSet<_> = parameters.iter().collect();
    let form: String = sorted
        .into_iter()
        .flat_map(|(name, value)| [name.as_str(), value.as_str()])
        .collect();
    let given = [signature];
    // Twilio is not of one mind whether the port belongs to what it signs.
    spellings(url)
        .iter()
        .any(|url| {
            let parts = [url.as_bytes(), form.as_bytes()];
            mac_matches(HMAC_SHA1_FOR_LEGACY_USE_ONLY, auth_token, &parts, &given).is_ok()
        })
        .then_some(())
        .ok_or(Refused::BadSignature)
}

/// The signature does not cover a body that is no form; the URL, which it does cover, has the body's
/// hash. Without the hash any body would do.
fn verify_body(request: &Request<'_>) -> Result<(), Refused> {
    let query = form::parse(request.query().as_bytes())?;
    let hash = form::filled(&query, "bodySHA256")
        .and_then(unhex)
        .ok_or(Refused::BadSignature)?;
    constant_time::verify_slices_are_equal(&hash, digest(&SHA256, request.body).as_ref())
        .map_err(|_| Refused::BadSignature)
}

/// The URL with a port, and without.
fn spellings(url: &str) -> [String; 2] {
    let unchanged = || [url.to_owned(), url.to_owned()];
    let Some((scheme, rest)) = url.split_once("://") else {
        return unchanged();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let port = host
        .rsplit_once(':')
        .filter(|(_, port)| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()));
    match (port, scheme) {
        (Some((name, _)), _) => [url.to_owned(), format!("{scheme}://{name}{path}")],
        (None, "https") => [url.to_owned(), format!("{scheme}://{host}:443{path}")],
        (None, "http") => [url.to_owned(), format!("{scheme}://{host}:80{path}")],
        (None, _) => unchanged(),
    }
}

/// The same names as in a form; what is neither text nor number is left out.
fn json_parameters(body: &[u8]) -> Result<Parameters, Refused> {
    match json::parse(body)? {
        Value::Object(fields) => Ok(fields
            .into_iter()
            .filter_map(|(name, value)| match value {
                Value::String(text) => Some((name, text)),
                Value::Number(number) => Some((name, number.to_string())),
                _ => None,
            })
            .collect()),
        _ => Err(Refused::NotUnderstood("not an object")),
    }
}

pub(super) fn read(
    parameters: &[(String, String)],
    query: &str,
    now: Timestamp,
) -> Result<Received, Refused> {
    let given = |name| form::filled(parameters, name);
    let id = given("MessageSid").or_else(|| given("SmsSid"));
    let (Some(id), Some(from), Some(to)) = (id, given("From"), given("To")) else {
        return Err(Refused::NotUnderstood("no message"));
    };
    let Some(status) = given("MessageStatus") else {
        let letter = Letter {
            message_id: id,
            from,
            to,
            text: form::value(parameters, "Body").unwrap_or_default(),
            keyword: given("OptOutType").and_then(opt_out_type),
            at: now,
        };
        return Ok(Received::from_events([letter.event()]));
    };
    let error = given("ErrorCode").unwrap_or_default();
    let Some(progress) = progress(status, error) else {
        return Ok(Received::nothing());
    };
    let query = form::parse(query.as_bytes())?;
    let report = Report {
        message_id: id,
        our_id: form::filled(&query, OUR_ID).and_then(our_id),
        recipient: to,
        at: now,
        event_id: format!("{id}:{status}"),
        detail: given("ErrorMessage").unwrap_or(error),
    };
    Ok(Received::from_events(
        report.events(progress).into_iter().map(Some),
    ))
}

/// What Twilio itself has answered already, where it is set up to ("Advanced Opt-Out").
fn opt_out_type(word: &str) -> Option<Keyword> {
    match word {
        "STOP" => Some(Keyword::Stop),
        "HELP" => Some(Keyword::Help),
        "START" => Some(Keyword::Start),
        _ => None,
    }
}

fn progress(status: &str, error: &str) -> Option<Progress> {
    match status {
        "queued" | "accepted" | "sent" => Some(Progress::Accepted),
        "delivered" => Some(Progress::Delivered),
        "read" => Some(Progress::Read),
        "undelivered" => Some(Progress::Undelivered(cause(error))),
        "failed" => Some(Progress::Failed(cause(error))),
        "canceled" => Some(Progress::Failed(Cause::Class(Class::Rejected))),
        _ => None,
    }
}

/// "Error and Warning Dictionary".
fn cause(error: &str) -> Cause {
    Cause::Class(match error {
        // Answered STOP.
        "21610" => return Cause::OptedOut,
        // Not a number; not a mobile one; unknown handset; landline or unreachable carrier.
        "21211" | "21614" | "30005" | "30006" => Class::HardRecipient,
        // Out of reach or switched off.
        "30003" => Class::InactiveRecipient,
        // Blocked by the recipient or the carrier; filtered by the carrier.
        "30004" | "30007" => Class::Reputation,
        // Too long; media too large.
        "21617" | "30019" => Class::Content,
        // Country not allowed; sender not ours or not registered; suspended; too dear.
        "21408" | "21606" | "21659" | "30002" | "30010" | "30032" | "30034" => Class::Account,
        _ => Class::Rejected,
    })
}

#[cfg(test)]
mod tests;
