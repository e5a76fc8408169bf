//! Bodies and queries of the kind `application/x-www-form-urlencoded`.

use super::Refused;

/// Names and values in their order, decoded as the WHATWG URL standard says, except that what is not
/// UTF-8 is an error: providers sign the decoded text, which must not be a guess.
pub(super) fn parse(text: &[u8]) -> Result<Vec<(String, String)>, Refused> {
    text.split(|b| *b == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = match pair.iter().position(|b| *b == b'=') {
                Some(at) => (&pair[..at], &pair[at + 1..]),
                None => (pair, &[][..]),
            };
            Ok((decode(name)?, decode(value)?))
        })
        .collect()
}

/// The value of a name that is there once.
pub(super) fn value<'p>(pairs: &'p [(String, String)], name: &str) -> Option<&'p str> {
    let mut found = pairs.iter().filter(|(given, _)| given == name);
    match (found.next(), found.next()) {
        (Some((_, value)), None) => Some(value),
        _ => None,
    }
}

/// The same, if it is not empty.
pub(super) fn filled<'p>(pairs: &'p [(String, String)], name: &str) -> Option<&'p str> {
    value(pairs, name).filter(|value| !value.is_empty())
}

fn decode(text: &[u8]) -> Result<String, Refused> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        let escaped = match (first, tail) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)),
            _ => None,
        };
        if let Some((high, low)) = escaped {
            bytes.push(high << 4 | low);
            rest = &tail[2..];
        } else {
            bytes.push(if *first == b'+' { b' ' } else { *first });
            rest = tail;
        }
    }
    String::from_utf8(bytes).map_err(|_| Refused::NotUnderstood("a form that is not UTF-8"))
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{parse, value};

    fn pairs(text: &str) -> Vec<(String, String)> {
        parse(text.as_bytes()).expect("a form")
    }

    #[test]
    fn forms_are_decoded() {
        let found = pairs("From=%2B14158675309&Body=a+b%20c%26d%3D&Empty=&Bare&&Odd=100%&Half=%4");
        let found: Vec<_> = found.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(
            found,
            [
                ("From", "+14158675309"),
                ("Body", "a b c&d="),
                ("Empty", ""),
                ("Bare", ""),
                ("Odd", "100%"),
                ("Half", "%4"),
            ]
        );
        assert!(parse(b"a=%ff").is_err());
        assert!(parse(b"a=\xff").is_err());
    }

    #[test]
    fn a_name_that_comes_twice_has_no_value() {
        let found = pairs("a=1&b=2&b=3");
        assert_eq!(value(&found, "a"), Some("1"));
        assert_eq!(value(&found, "b"), None);
        assert_eq!(value(&found, "c"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }
    }
}
