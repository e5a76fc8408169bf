//! Codes in free text: SMTP replies (RFC 5321 section 4.2) and enhanced ones (RFC 3463).

use crate::domain::answer::EnhancedCode;

/// Replies that refuse. Not every number from 400 to 599: texts are full of ports, sizes and hours.
const REFUSALS: &[u16] = &[
    421, 432, 441, 442, 446, 447, 449, 450, 451, 452, 453, 454, 455, 471, 500, 501, 502, 503, 504, 510, 511,
    512, 515, 517, 521, 523, 530, 533, 534, 535, 541, 550, 551, 552, 553, 554, 555, 556, 557, 558, 559, 571,
    572,
];

/// The first SMTP code that a text names.
pub(super) fn smtp_code(text: &str) -> Option<u16> {
    words(text)
        .filter(|(before, word)| word.len() == 3 && *before != Some('/'))
        .filter_map(|(_, word)| word.parse().ok())
        .find(|code| REFUSALS.contains(code))
}

/// The enhanced code that says most: one with a detail, else one with a subject, else any; the first
/// of its kind.
pub(super) fn enhanced_code(text: &str) -> Option<EnhancedCode> {
    most_telling(words(text).filter_map(|(_, word)| word.trim_matches('.').parse().ok()))
}

/// See [`enhanced_code`]. Successes say nothing of a failure.
pub(super) fn most_telling(codes: impl Iterator<Item = EnhancedCode>) -> Option<EnhancedCode> {
    let mut best: Option<EnhancedCode> = None;
    for code in codes.filter(|code| matches!(code.class, 4 | 5)) {
        if best.is_none_or(|best| telling(code) > telling(best)) {
            best = Some(code);
        }
    }
    best
}

fn telling(code: EnhancedCode) -> u8 {
    match (code.subject, code.detail) {
        (0, 0) => 0,
        (_, 0) => 1,
        _ => 2,
    }
}

/// Runs of letters, digits and dots, each with the character before it.
fn words(text: &str) -> impl Iterator<Item = (Option<char>, &str)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '.' || c == '_';
    let mut rest = text;
    let mut before = None;
    std::iter::from_fn(move || {
        let start = rest.find(is_word)?;
        before = rest[..start].chars().next_back().or(before);
        let tail = &rest[start..];
        let end = tail.find(|c: char| !is_word(c)).unwrap_or(tail.len());
        rest = &tail[end..];
        Some((before, &tail[..end]))
    })
}

#[cfg(test)]
mod tests {
    use super::{enhanced_code, smtp_code};

    #[test]
    fn codes_are_found_however_they_are_written() {
        for (text, smtp, enhanced) in [
            ("host mx said: 550-5.1.1 no", Some(550), Some("5.1.1")),
            ("#550 5.1.1 RESOLVER.ADR; not found ##", Some(550), Some("5.1.1")),
            (
                "ERROR_CODE :550, ERROR_CODE :5.1.1 <a@b>",
                Some(550),
                Some("5.1.1"),
            ),
            ("gone. (#5.5.0)", None, Some("5.5.0")),
            ("5.1.0 - Unknown 550-'5.7.1 <x>", Some(550), Some("5.7.1")),
            ("5.0.0 (undefined)", None, Some("5.0.0")),
            ("[192.0.2.1]:587 after 24 hours, version 8.14.4", None, None),
            ("see https://x.example/550/ please", None, None),
        ] {
            assert_eq!(smtp_code(text), smtp, "{text}");
            assert_eq!(
                enhanced_code(text).map(|code| code.to_string()).as_deref(),
                enhanced,
                "{text}"
            );
        }
    }
}
