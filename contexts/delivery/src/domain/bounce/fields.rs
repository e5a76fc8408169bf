//! Header-like fields: of a mail, of a delivery status, of a feedback report, of a returned message.

use std::borrow::Cow;

/// No more fields of one block are kept; a mail of ours has some twenty.
const MOST: usize = 400;

/// Fields in the order in which they stand, values unfolded to one line, not decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// One block, from its first field to the first empty line. Lines that are no field are passed
    /// over, since reports are broken in many ways.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut fields = Self::default();
        for line in text.trim_start_matches(['\r', '\n']).lines() {
            if line.trim().is_empty() || fields.0.len() >= MOST {
                break;
            }
            fields.push_line(line);
        }
        fields
    }

    /// All blocks of a text, which empty lines stand between; empty ones are left out.
    #[must_use]
    pub fn parse_blocks(text: &str) -> Vec<Self> {
        let mut blocks = vec![Self::default()];
        for line in text.lines() {
            let last = blocks.len() - 1;
            if !line.trim().is_empty() {
                blocks[last].push_line(line);
            } else if !blocks[last].0.is_empty() && blocks.len() < MOST {
                blocks.push(Self::default());
            }
        }
        blocks.retain(|block| !block.0.is_empty());
        blocks
    }

    fn push_line(&mut self, line: &str) {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = self.0.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = split_field(line) {
            self.0.push((name.to_owned(), value.to_owned()));
        }
    }

    /// The first with this name, in whatever case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// All with this name, in whatever case.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.iter()
            .filter(move |(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// Whether there is one with this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Name and value of each.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it looks like the head of a mail, and not like a sentence with a colon.
    #[must_use]
    pub fn is_mail_head(&self) -> bool {
        ["message-id", "from", "to", "subject", "date", "received"]
            .into_iter()
            .filter(|name| self.has(name))
            .count()
            >= 2
    }
}

/// Name and value of a line that is a field (RFC 5322 section 2.2); names have no spaces.
pub(super) fn split_field(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(':')?;
    let name = name.trim_end();
    let fine = (1..=70).contains(&name.len()) && name.bytes().all(|b| (0x21..0x7f).contains(&b));
    fine.then_some((name, value.trim()))
}

/// Bytes that ought to be text.
pub(super) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

#[cfg(test)]
mod tests {
    use super::Fields;

    #[test]
    fn folded_fields_are_one_line_and_names_know_no_case() {
        let fields =
            Fields::parse("\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550\r\n\t5.1.1 gone\r\n\r\nX: y\r\n");
        assert_eq!(fields.get("diagnostic-code"), Some("smtp; 550 5.1.1 gone"));
        assert_eq!(fields.get("x"), None);
    }

    #[test]
    fn blocks_are_told_apart_by_empty_lines() {
        let blocks = Fields::parse_blocks("\n\nA: 1\n\n \nB: 2\nno field\nC: 3\n\n");
        assert_eq!(blocks.len(), 2);
        assert_eq!(blocks[1].get("c"), Some("3"));
    }
}
