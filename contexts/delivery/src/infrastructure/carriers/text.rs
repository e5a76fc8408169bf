//! What requests for text messages have in common.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderValue, header};
use kernel::MessageId;
use serde_json::Value;

use super::{
    MESSAGE_LABEL,
    http_account::{ApiRequest, Unsendable},
};

/// `Authorization` by name and secret (RFC 7617).
pub(super) fn basic(user: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{secret}")))
}

/// The headers of every request. The first one is never written to a log.
pub(super) fn headers(authorization: &str, content_type: &'static str) -> Result<HeaderMap, Unsendable> {
    let mut authorization = HeaderValue::from_str(authorization).map_err(|_| Unsendable::Key)?;
    authorization.set_sensitive(true);
    let mut headers = HeaderMap::new();
    headers.insert(header::AUTHORIZATION, authorization);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    Ok(headers)
}

/// A request whose body is JSON.
pub(super) fn json_request(url: String, authorization: &str, body: &Value) -> Result<ApiRequest, Unsendable> {
    Ok(ApiRequest {
        url,
        headers: headers(authorization, "application/json")?,
        body: body.to_string().into_bytes().into(),
    })
}

/// Where reports about one message go, for providers that repeat nothing but the address.
pub(super) fn reports_about(reports: &str, message: MessageId) -> String {
    format!("{reports}?{MESSAGE_LABEL}={message}")
}

/// A number without its `+`, as some providers want it. Names stay as they are.
pub(super) fn without_plus(number: &str) -> &str {
    number.strip_prefix('+').unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::{basic, json_request};
    use serde_json::json;

    #[test]
    fn a_request_hides_its_key_where_it_is_written_down() {
        let key = basic("ann", "hunter2");
        let request = json_request("https://api.example".to_owned(), &key, &json!({})).expect("it is one");
        let written = format!("{request:?}");
        assert!(
            !written.contains(&key[6..]) && written.contains("Sensitive"),
            "{written}"
        );
    }
}
