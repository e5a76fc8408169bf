use super::{Finding, Status, tags};

/// Compares the texts under a selector with the key that should stand there. White space in `p=` is
/// ignored, and so are tags that do not change what is verified (RFC 6376 section 3.6.1).
#[must_use]
pub fn assess_dkim(found: &[String], expected: &str) -> Finding {
    let Some(first) = found.first() else {
        return Finding::missing();
    };
    // Receivers may take any of several.
    let status = match found {
        [only] if says_the_same(only, expected) => Status::Ok,
        _ => Status::Different,
    };
    Finding::new(status, first)
}

fn says_the_same(found: &str, expected: &str) -> bool {
    let key = |text: &str| {
        let tags = tags(text);
        let of = |name: &str| tags.iter().find(|(n, _)| n == name).map(|(_, value)| *value);
        let compact: String = of("p").unwrap_or_default().split_whitespace().collect();
        let kind = of("k").unwrap_or("rsa").to_ascii_lowercase();
        let version = of("v").unwrap_or("DKIM1").to_owned();
        // A hash that we do not use, or a service that is not mail, makes it another key.
        let hashes = of("h").is_none_or(|h| h.split(':').any(|word| word.trim() == "sha256"));
        let mail = of("s").is_none_or(|s| s.split(':').any(|word| matches!(word.trim(), "*" | "email")));
        (compact, kind, version, hashes && mail)
    };
    let (found, expected) = (key(found), key(expected));
    found == expected && !found.0.is_empty()
}

#[cfg(test)]
mod tests {
    use super::super::{Status, assess_dkim};

    const OURS: &str = "v=DKIM1; k=rsa; p=MIIBIjANBg";

    fn status(found: &[&str]) -> Status {
        let found: Vec<String> = found.iter().map(|text| (*text).to_owned()).collect();
        assess_dkim(&found, OURS).status
    }

    #[test]
    fn the_same_key_in_other_words_is_the_same_key() {
        for same in [
            OURS,
            "k=rsa;p=MIIBIjANBg",
            "v=DKIM1;p=MIIB IjANBg;",
            " V=DKIM1 ; K=RSA ; P=MIIBIjANBg ; t=s",
            "v=DKIM1; h=sha256; s=email; p=MIIBIjANBg",
        ] {
            assert_eq!(status(&[same]), Status::Ok, "{same}");
        }
    }

    #[test]
    fn another_key_and_a_revoked_one_are_different() {
        for other in [
            "v=DKIM1; k=rsa; p=MIIBIjANBh",
            "v=DKIM1; k=ed25519; p=MIIBIjANBg",
            "v=DKIM1; k=rsa; p=",
            "v=DKIM1; h=sha1; p=MIIBIjANBg",
            "v=DKIM1; s=tlsrpt; p=MIIBIjANBg",
            "hello",
        ] {
            assert_eq!(status(&[other]), Status::Different, "{other}");
        }
        assert_eq!(status(&[OURS, "v=DKIM1; p=x"]), Status::Different);
        assert_eq!(status(&[]), Status::Missing);
    }
}
