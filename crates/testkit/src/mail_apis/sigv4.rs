//! The server's side of AWS Signature Version 4: the signature is computed again over what came.
//! Nothing of it is shared with the program, whose own signing it checks.

use aws_lc_rs::{digest, hmac};
use http::{HeaderMap, request::Parts};

/// Why a request is not let in, by the names that AWS gives.
pub(super) struct Refused {
    pub kind: &'static str,
    pub message: &'static str,
}

/// The one account that is let in.
pub(super) struct Account<'a> {
    pub access_key_id: &'a str,
    pub secret_access_key: &'a str,
    pub region: &'a str,
    pub service: &'a str,
}

const NO_TOKEN: Refused = Refused {
    kind: "MissingAuthenticationTokenException",
    message: "Missing Authentication Token",
};
const INCOMPLETE: Refused = Refused {
    kind: "IncompleteSignatureException",
    message: "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature'.",
};
const UNKNOWN_KEY: Refused = Refused {
    kind: "UnrecognizedClientException",
    message: "The security token included in the request is invalid.",
};
const WRONG_SCOPE: Refused = Refused {
    kind: "InvalidSignatureException",
    message: "Credential should be scoped to a valid region, date and service.",
};
const UNSIGNED: Refused = Refused {
    kind: "InvalidSignatureException",
    message: "'Host' and all 'X-Amz-' headers must be signed.",
};
const MISMATCH: Refused = Refused {
    kind: "InvalidSignatureException",
    message: "The request signature we calculated does not match the signature you provided.",
};

/// Lets a request in, or says why not. That the date is near the present is not looked at: the clocks of tests
/// are moved by hand.
pub(super) fn verify(account: &Account<'_>, parts: &Parts, body: &[u8]) -> Result<(), Refused> {
    let header = text(&parts.headers, "authorization").ok_or(NO_TOKEN)?;
    let fields = header.strip_prefix("AWS4-HMAC-SHA256 ").ok_or(NO_TOKEN)?;
    let field = |name: &str| {
        fields
            .split(',')
            .find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='))
    };
    let (Some(credential), Some(names), Some(signature)) =
        (field("Credential"), field("SignedHeaders"), field("Signature"))
    else {
        return Err(INCOMPLETE);
    };
    let (key_id, scope) = credential.split_once('/').ok_or(INCOMPLETE)?;
    if key_id != account.access_key_id {
        return Err(UNKNOWN_KEY);
    }
    let date = text(&parts.headers, "x-amz-date").ok_or(INCOMPLETE)?;
    if date.len() != 16 || !date.ends_with('Z') || date.as_bytes()[8] != b'T' {
        return Err(INCOMPLETE);
    }
    let day = &date[..8];
    if scope != format!("{day}/{}/{}/aws4_request", account.region, account.service) {
        return Err(WRONG_SCOPE);
    }
    let signed: Vec<&str> = names.split(';').collect();
    let must = |name: &str| name == "host" || name.starts_with("x-amz-");
    let mut present = parts.headers.keys().map(http::HeaderName::as_str);
    if present.any(|name| must(name) && !signed.contains(&name)) || !signed.is_sorted() {
        return Err(UNSIGNED);
    }
    let canonical = canonical_request(parts, &signed, names, body).ok_or(UNSIGNED)?;
    let to_sign = [
        "AWS4-HMAC-SHA256",
        date,
        scope,
        &hex(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref()),
    ]
    .join("\n");
    let mut key = hmac_of(
        format!("AWS4{}", account.secret_access_key).as_bytes(),
        day.as_bytes(),
    );
    for part in [account.region, account.service, "aws4_request"] {
        key = hmac_of(key.as_ref(), part.as_bytes());
    }
    if hex(hmac_of(key.as_ref(), to_sign.as_bytes()).as_ref()) == signature {
        Ok(())
    } else {
        Err(MISMATCH)
    }
}

fn canonical_request(parts: &Parts, signed: &[&str], names: &str, body: &[u8]) -> Option<String> {
    let mut lines = vec![
        parts.method.to_string(),
        parts.uri.path().to_owned(),
        parts.uri.query().unwrap_or_default().to_owned(),
    ];
    for name in signed {
        lines.push(format!("{name}:{}", text(&parts.headers, name)?.trim()));
    }
    lines.push(String::new());
    lines.push(names.to_owned());
    lines.push(hex(digest::digest(&digest::SHA256, body).as_ref()));
    Some(lines.join("\n"))
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn hmac_of(key: &[u8], data: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), data)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
