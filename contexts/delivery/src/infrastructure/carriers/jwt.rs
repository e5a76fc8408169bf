//! Tokens that say who sends, signed by us (JSON Web Token, RFC 7519).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

/// A token with these parts; `None` when the key cannot sign.
pub(super) fn signed(
    header: &Value,
    claims: &Value,
    sign: impl FnOnce(&[u8]) -> Option<Vec<u8>>,
) -> Option<String> {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(header), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(text.as_bytes())?);
    Some(format!("{text}.{signature}"))
}

#[cfg(test)]
mod tests {
    use super::signed;
    use serde_json::json;

    #[test]
    fn a_token_has_three_parts_of_which_the_last_signs_the_others() {
        let sign = |text: &[u8]| {
            assert_eq!(text, b"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJURUFNIn0");
            Some(vec![0xff, 0xfe])
        };
        let token = signed(&json!({ "alg": "ES256" }), &json!({ "iss": "TEAM" }), sign);
        assert_eq!(
            token.as_deref(),
            Some("eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJURUFNIn0.__4")
        );
        assert_eq!(signed(&json!({}), &json!({}), |_| None), None);
    }
}
