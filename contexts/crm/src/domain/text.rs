//! Text as it may be stored: what every field of text has in common.

/// Why a text cannot be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidText {
    /// A NUL byte, an escape, a bell: nothing a person types.
    #[error("it holds a control character")]
    ControlCharacter,
    /// Longer than the field takes.
    #[error("it is longer than {most} characters")]
    TooLong {
        /// The most characters that the field takes.
        most: usize,
    },
}

/// One line: trimmed, white space within (line breaks too) made single spaces.
pub fn single_line(text: &str, most: usize) -> Result<String, InvalidText> {
    let text = text.trim();
    let plain = !text.bytes().any(|b| b < b' ' || b == 0x7f || b >= 0x80) && !text.contains("  ");
    let line = if plain {
        text.to_owned()
    } else {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    check(&line, most)?;
    Ok(line)
}

/// Several lines: trimmed, line breaks made `\n`.
pub fn multi_line(text: &str, most: usize) -> Result<String, InvalidText> {
    let text = text.trim();
    let lines = if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        text.to_owned()
    };
    check(&lines, most)?;
    Ok(lines)
}

fn check(text: &str, most: usize) -> Result<(), InvalidText> {
    // Bytes are at least as many as characters, so most texts need no count.
    if text.len() > most && text.chars().count() > most {
        return Err(InvalidText::TooLong { most });
    }
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(InvalidText::ControlCharacter);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line() {
        assert_eq!(single_line(" Ann\r\n  Marie ", 20), Ok("Ann Marie".to_owned()));
        assert_eq!(
            single_line("Jürgen\u{a0}Müller", 20),
            Ok("Jürgen Müller".to_owned())
        );
        assert_eq!(single_line("", 20), Ok(String::new()));
        assert_eq!(single_line("ééééé", 5), Ok("ééééé".to_owned()));
        assert_eq!(single_line("éééééé", 5), Err(InvalidText::TooLong { most: 5 }));
        assert_eq!(single_line("a\u{1b}[31m", 20), Err(InvalidText::ControlCharacter));
    }

    #[test]
    fn several_lines_keep_their_breaks() {
        assert_eq!(multi_line(" a\r\nb\rc ", 20), Ok("a\nb\nc".to_owned()));
        assert_eq!(multi_line("a\u{0}", 20), Err(InvalidText::ControlCharacter));
    }
}
