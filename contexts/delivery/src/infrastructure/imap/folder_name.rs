//! Names of folders outside ASCII travel in a modified UTF-7 (RFC 3501 section 5.1.3).

use base64::{
    Engine as _,
    alphabet::IMAP_MUTF7,
    engine::{GeneralPurpose, general_purpose::NO_PAD},
};

const BASE64: GeneralPurpose = GeneralPurpose::new(&IMAP_MUTF7, NO_PAD);

/// The name as the server knows it.
pub(super) fn encode(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut foreign: Vec<u8> = Vec::new();
    for c in name.chars() {
        if matches!(c, ' '..='~') {
            flush(&mut out, &mut foreign);
            out.push(c);
            if c == '&' {
                out.push('-');
            }
        } else {
            let mut units = [0u16; 2];
            for unit in c.encode_utf16(&mut units) {
                foreign.extend_from_slice(&unit.to_be_bytes());
            }
        }
    }
    flush(&mut out, &mut foreign);
    out
}

fn flush(out: &mut String, foreign: &mut Vec<u8>) {
    if !foreign.is_empty() {
        out.push('&');
        out.push_str(&BASE64.encode(&*foreign));
        out.push('-');
        foreign.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::encode;

    #[test]
    fn names_are_written_as_the_standard_has_them() {
        for (name, sent) in [
            ("INBOX", "INBOX"),
            ("Bounces & more", "Bounces &- more"),
            ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
            ("Entwürfe", "Entw&APw-rfe"),
            ("📬", "&2D3c7A-"),
        ] {
            assert_eq!(encode(name), sent);
        }
    }
}
