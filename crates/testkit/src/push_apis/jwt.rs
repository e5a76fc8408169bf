//! The reader's side of JSON Web Tokens. Nothing of it is shared with the program, whose own signing it
//! checks.

use aws_lc_rs::signature::{UnparsedPublicKey, VerificationAlgorithm};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::Value;

/// What a token says.
pub(super) struct Token {
    pub header: Value,
    pub claims: Value,
}

/// Reads a token whose signature is that of the key; `None` for any other.
pub(super) fn verified(
    text: &str,
    algorithm: &'static dyn VerificationAlgorithm,
    public_key: &[u8],
) -> Option<Token> {
    let (signed, signature) = text.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let part = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
    UnparsedPublicKey::new(algorithm, public_key)
        .verify(signed.as_bytes(), &part(signature)?)
        .ok()?;
    Some(Token {
        header: serde_json::from_slice(&part(header)?).ok()?,
        claims: serde_json::from_slice(&part(claims)?).ok()?,
    })
}

/// A private key as files hold it.
pub(super) fn pem(pkcs8: &[u8]) -> String {
    let text = STANDARD.encode(pkcs8);
    let mut pem = "-----BEGIN PRIVATE KEY-----\n".to_owned();
    for line in text.as_bytes().chunks(64) {
        pem.push_str(std::str::from_utf8(line).expect("base64 is ASCII"));
        pem.push('\n');
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    pem
}
