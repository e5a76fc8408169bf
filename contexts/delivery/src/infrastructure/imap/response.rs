//! What a server answers: lines, with literals in between.

/// One response, a line of the protocol with what literals it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Response {
    /// The line; where a literal stood, its length in braces is left.
    pub text: String,
    /// The literals, in order.
    pub literals: Vec<Vec<u8>>,
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Ok,
    /// `NO` or `BAD`, with what was said.
    Refused(String),
}

impl Response {
    /// How much it weighs in memory, about.
    pub fn size(&self) -> usize {
        size_of::<Self>() + self.text.len() + self.literals.iter().map(Vec::len).sum::<usize>()
    }

    /// How the command of this tag ended; `None` for any other response.
    pub fn ending(&self, tag: &str) -> Option<Ending> {
        let rest = self.text.strip_prefix(tag)?.strip_prefix(' ')?;
        let (word, said) = rest.split_once(' ').unwrap_or((rest, ""));
        Some(if word.eq_ignore_ascii_case("OK") {
            Ending::Ok
        } else {
            Ending::Refused(if said.is_empty() { word } else { said }.to_owned())
        })
    }

    /// What follows `* ` and a word, such as `CAPABILITY` or `SEARCH`, in whatever case.
    pub fn untagged(&self, word: &str) -> Option<&str> {
        let rest = self.text.strip_prefix("* ")?;
        let head = rest.get(..word.len())?;
        let tail = rest.get(word.len()..)?;
        let whole = tail.is_empty() || tail.starts_with(' ');
        (head.eq_ignore_ascii_case(word) && whole).then(|| tail.trim_start())
    }

    /// The number of `* <number> <word>`, such as `EXISTS`.
    pub fn number_of(&self, word: &str) -> Option<u32> {
        let rest = self.text.strip_prefix("* ")?;
        let (number, found) = rest.split_once(' ')?;
        let found = found.split(' ').next().unwrap_or_default();
        found.eq_ignore_ascii_case(word).then(|| number.parse().ok())?
    }

    /// The number behind a code of `* OK [<code> <number>]`, such as `UIDVALIDITY`.
    pub fn code_number(&self, code: &str) -> Option<u32> {
        let said = self.untagged("OK")?.strip_prefix('[')?;
        let (inside, _) = said.split_once(']')?;
        let (name, number) = inside.split_once(' ')?;
        name.eq_ignore_ascii_case(code)
            .then(|| number.trim().parse().ok())?
    }

    /// The mail of a `FETCH` of this UID. Servers also send `FETCH` of their own accord, about flags.
    pub fn fetched(&self, uid: u32) -> Option<&[u8]> {
        self.number_of("FETCH")?;
        let text = self.text.to_ascii_uppercase();
        let (_, after) = text.split_once("UID ")?;
        let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
        if digits.parse() != Ok(uid) || !text.contains("BODY[]") {
            return None;
        }
        // An empty mail may come as `""` or `NIL`.
        Some(self.literals.first().map_or(&[], Vec::as_slice))
    }
}

/// The length of the literal that a line announces at its end: `{123}`.
pub(super) fn announced_literal(line: &[u8]) -> Option<usize> {
    let inside = line.strip_suffix(b"}")?;
    let at = inside.iter().rposition(|b| *b == b'{')?;
    let digits = inside.get(at + 1..)?;
    let digits = digits.strip_suffix(b"+").unwrap_or(digits);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{Ending, Response, announced_literal};

    fn line(text: &str) -> Response {
        Response {
            text: text.to_owned(),
            literals: Vec::new(),
        }
    }

    #[test]
    fn responses_are_told_apart() {
        assert_eq!(line("A1 OK done").ending("A1"), Some(Ending::Ok));
        assert_eq!(
            line("A1 NO [AUTHENTICATIONFAILED] wrong").ending("A1"),
            Some(Ending::Refused("[AUTHENTICATIONFAILED] wrong".to_owned()))
        );
        assert_eq!(line("A10 OK").ending("A1"), None);
        assert_eq!(line("* Search 1 2").untagged("SEARCH"), Some("1 2"));
        assert_eq!(line("* SEARCH").untagged("SEARCH"), Some(""));
        assert_eq!(line("* SEARCHED 1").untagged("SEARCH"), None);
        assert_eq!(line("* 23 EXISTS").number_of("EXISTS"), Some(23));
        assert_eq!(
            line("* OK [UIDVALIDITY 99] fine").code_number("uidvalidity"),
            Some(99)
        );
    }

    #[test]
    fn the_mail_of_a_fetch_is_that_of_its_uid() {
        let fetch = Response {
            text: "* 3 FETCH (FLAGS () UID 7 BODY[]<0> {3})".to_owned(),
            literals: vec![b"abc".to_vec()],
        };
        assert_eq!(fetch.fetched(7), Some(&b"abc"[..]));
        assert_eq!(fetch.fetched(70), None);
        assert_eq!(line("* 3 FETCH (UID 7 FLAGS (\\Seen))").fetched(7), None);
        assert_eq!(line("* 3 FETCH (UID 7 BODY[] \"\")").fetched(7), Some(&b""[..]));
    }

    #[test]
    fn a_literal_is_announced_at_the_end_of_a_line() {
        for (text, length) in [
            ("* 1 FETCH (BODY[] {12}", Some(12)),
            ("x {0}", Some(0)),
            ("x {}", None),
            ("x {1a}", None),
            ("x {12} y", None),
            ("x {99999999999999999999999}", None),
        ] {
            assert_eq!(announced_literal(text.as_bytes()), length, "{text}");
        }
    }
}
