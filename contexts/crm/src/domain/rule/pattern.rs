//! Regular expressions that take a time proportional to the text.
//!
//! The language is what all dialects have in common: characters, `.`, classes, `^`, `$`, groups, `|`
//! and `* + ? {m,n}`. What makes matching slow or means different things in different dialects is
//! refused: references back to groups, looking ahead or behind, lazy and possessive repetition, and
//! repetition that unfolds to something large. What is left is an automaton without memory, which
//! PostgreSQL runs in one pass over the text. It is matched against text in lower case and is itself
//! brought into lower case; `\d`, `\w` and `\s` mean the characters of ASCII.

/// The most characters.
const MAX_LENGTH: usize = 200;
/// The most often that something is repeated by number.
const MAX_REPEAT: u32 = 100;
/// The most places that it may unfold to.
const MAX_SIZE: u64 = 2_000;
/// How deep groups may stand in groups.
const MAX_DEPTH: usize = 12;

/// A regular expression that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    root: Node,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    Any,
    Char(char),
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
    Start,
    End,
    Sequence(Vec<Node>),
    Either(Vec<Node>),
    Repeat(Box<Node>, u32, Option<u32>),
}

impl Pattern {
    /// `None` for what is none, or none that is sure to be fast.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() || text.chars().count() > MAX_LENGTH || text.contains('\0') {
            return None;
        }
        let mut parser = Parser {
            rest: text.chars().peekable(),
        };
        let root = parser.either(0)?;
        // What is left over is a bracket that nothing opened.
        (parser.rest.peek().is_none() && size(&root) <= MAX_SIZE).then(|| Self {
            text: text.to_owned(),
            root,
        })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// In PostgreSQL's dialect, for text in lower case.
    pub fn to_postgres(&self) -> String {
        let mut out = String::new();
        write(&self.root, &mut out);
        out
    }

    /// Whether it is found in a text, tried in the plainest way.
    #[cfg(test)]
    pub fn is_found_in(&self, text: &str) -> bool {
        let text: Vec<char> = text.to_lowercase().chars().collect();
        (0..=text.len()).any(|from| !ends(&self.root, &text, from).is_empty())
    }
}

struct Parser<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
}

impl Parser<'_> {
    fn either(&mut self, depth: usize) -> Option<Node> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut branches = vec![self.sequence(depth)?];
        while self.rest.next_if_eq(&'|').is_some() {
            branches.push(self.sequence(depth)?);
        }
        Some(match branches.len() {
            1 => branches.remove(0),
            _ => Node::Either(branches),
        })
    }

    fn sequence(&mut self, depth: usize) -> Option<Node> {
        let mut nodes = Vec::new();
        while let Some(c) = self.rest.peek().copied() {
            if matches!(c, '|' | ')') {
                break;
            }
            let node = self.atom(depth)?;
            nodes.push(self.repeated(node)?);
        }
        // PostgreSQL accepts an empty branch; people who write one mean something else.
        match nodes.len() {
            0 => None,
            1 => Some(nodes.remove(0)),
            _ => Some(Node::Sequence(nodes)),
        }
    }

    fn atom(&mut self, depth: usize) -> Option<Node> {
        Some(match self.rest.next()? {
            '.' => Node::Any,
            '^' => Node::Start,
            '$' => Node::End,
            '[' => self.class()?,
            '(' => {
                if self.rest.next_if_eq(&'?').is_some() && self.rest.next() != Some(':') {
                    return None;
                }
                let inner = self.either(depth + 1)?;
                if self.rest.next() != Some(')') {
                    return None;
                }
                // Kept apart, so that repetition takes the whole of it.
                Node::Sequence(vec![inner])
            }
            '\\' => match shorthand(self.rest.next()?)? {
                Short::Char(c) => Node::Char(c),
                Short::Class(ranges) => Node::Class {
                    negated: false,
                    ranges: ranges.to_vec(),
                },
            },
            '*' | '+' | '?' | '{' | '}' | ')' | ']' => return None,
            c => Node::Char(lower(c)),
        })
    }

    fn repeated(&mut self, node: Node) -> Option<Node> {
        let (min, max) = match self.rest.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => {
                self.rest.next();
                let (min, max) = self.bounds()?;
                return self.once(node, min, max);
            }
            _ => return Some(node),
        };
        self.rest.next();
        self.once(node, min, max)
    }

    /// Nothing may be repeated twice: that would be lazy or possessive repetition.
    fn once(&mut self, node: Node, min: u32, max: Option<u32>) -> Option<Node> {
        let again = matches!(self.rest.peek(), Some('*' | '+' | '?' | '{'));
        let anchor = matches!(node, Node::Start | Node::End);
        (!again && !anchor).then(|| Node::Repeat(Box::new(node), min, max))
    }

    fn bounds(&mut self) -> Option<(u32, Option<u32>)> {
        let min = self.number()?;
        let max = match self.rest.next()? {
            '}' => return Some((min, Some(min))),
            ',' if self.rest.next_if_eq(&'}').is_some() => return Some((min, None)),
            ',' => self.number()?,
            _ => return None,
        };
        (self.rest.next()? == '}' && min <= max && max > 0).then_some((min, Some(max)))
    }

    fn number(&mut self) -> Option<u32> {
        let mut number: Option<u32> = None;
        while let Some(digit) = self.rest.peek().and_then(|c| c.to_digit(10)) {
            self.rest.next();
            number = Some(number.unwrap_or(0) * 10 + digit);
            if number > Some(MAX_REPEAT) {
                return None;
            }
        }
        number
    }

    fn class(&mut self) -> Option<Node> {
        let negated = self.rest.next_if_eq(&'^').is_some();
        let mut ranges = Vec::new();
        loop {
            let from = match self.rest.next()? {
                ']' if !ranges.is_empty() => break,
                // `[[:alpha:]]` and an empty class mean different things in different dialects.
                ']' | '[' => return None,
                '\\' => match shorthand(self.rest.next()?)? {
                    Short::Char(c) => c,
                    Short::Class(more) => {
                        ranges.extend_from_slice(more);
                        continue;
                    }
                },
                c => c,
            };
            if self.rest.next_if_eq(&'-').is_some() {
                match self.rest.next()? {
                    // A hyphen at the end is one.
                    ']' => {
                        ranges.push((lower(from), lower(from)));
                        ranges.push(('-', '-'));
                        break;
                    }
                    '\\' | '[' => return None,
                    to if from <= to => push_range(&mut ranges, from, to),
                    _ => return None,
                }
            } else {
                ranges.push((lower(from), lower(from)));
            }
        }
        Some(Node::Class { negated, ranges })
    }
}

enum Short {
    Char(char),
    Class(&'static [(char, char)]),
}

fn shorthand(c: char) -> Option<Short> {
    Some(match c {
        'd' => Short::Class(&[('0', '9')]),
        'w' => Short::Class(&[('a', 'z'), ('0', '9'), ('_', '_')]),
        's' => Short::Class(&[(' ', ' '), ('\t', '\r')]),
        c if c.is_ascii_punctuation() => Short::Char(c),
        _ => return None,
    })
}

/// A range with the small letters of the capitals in it.
fn push_range(ranges: &mut Vec<(char, char)>, from: char, to: char) {
    ranges.push((from, to));
    let (a, z) = (from.max('A'), to.min('Z'));
    if a <= z {
        ranges.push((a.to_ascii_lowercase(), z.to_ascii_lowercase()));
    }
}

/// The small letter, where there is exactly one.
fn lower(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(small), None) => small,
        _ => c,
    }
}

fn size(node: &Node) -> u64 {
    match node {
        Node::Any | Node::Char(_) | Node::Start | Node::End => 1,
        Node::Class { ranges, .. } => ranges.len() as u64,
        Node::Sequence(nodes) | Node::Either(nodes) => nodes.iter().map(size).sum(),
        Node::Repeat(node, min, max) => size(node).saturating_mul(u64::from(max.unwrap_or(*min).max(1))),
    }
}

fn write(node: &Node, out: &mut String) {
    use std::fmt::Write as _;
    let escaped = |c: char, out: &mut String| {
        if c.is_ascii_punctuation() {
            out.push('\\');
        }
        out.push(c);
    };
    match node {
        Node::Any => out.push('.'),
        Node::Char(c) => escaped(*c, out),
        Node::Start => out.push('^'),
        Node::End => out.push('$'),
        Node::Class { negated, ranges } => {
            out.push_str(if *negated { "[^" } else { "[" });
            for (from, to) in ranges {
                escaped(*from, out);
                if from != to {
                    out.push('-');
                    escaped(*to, out);
                }
            }
            out.push(']');
        }
        Node::Sequence(nodes) => nodes.iter().for_each(|node| grouped(node, out)),
        Node::Either(nodes) => {
            for (n, node) in nodes.iter().enumerate() {
                if n > 0 {
                    out.push('|');
                }
                write(node, out);
            }
        }
        Node::Repeat(node, min, max) => {
            grouped(node, out);
            match max {
                Some(max) => write!(out, "{{{min},{max}}}").expect("a String takes all"),
                None => write!(out, "{{{min},}}").expect("a String takes all"),
            }
        }
    }
}

/// In a group that captures nothing, where it needs one.
fn grouped(node: &Node, out: &mut String) {
    if matches!(node, Node::Either(_) | Node::Sequence(_)) {
        out.push_str("(?:");
        write(node, out);
        out.push(')');
    } else {
        write(node, out);
    }
}

/// Where a match that begins at a place can end.
#[cfg(test)]
fn ends(node: &Node, text: &[char], from: usize) -> std::collections::BTreeSet<usize> {
    use std::collections::BTreeSet;
    let one = |matches: bool| {
        if matches {
            BTreeSet::from([from + 1])
        } else {
            BTreeSet::new()
        }
    };
    let here = |matches: bool| {
        if matches {
            BTreeSet::from([from])
        } else {
            BTreeSet::new()
        }
    };
    match node {
        Node::Any => one(from < text.len()),
        Node::Char(c) => one(text.get(from) == Some(c)),
        Node::Class { negated, ranges } => one(text
            .get(from)
            .is_some_and(|c| ranges.iter().any(|(a, b)| a <= c && c <= b) != *negated)),
        Node::Start => here(from == 0),
        Node::End => here(from == text.len()),
        Node::Sequence(nodes) => nodes.iter().fold(BTreeSet::from([from]), |places, node| {
            places
                .into_iter()
                .flat_map(|place| ends(node, text, place))
                .collect()
        }),
        Node::Either(nodes) => nodes.iter().flat_map(|node| ends(node, text, from)).collect(),
        Node::Repeat(node, min, max) => {
            let (mut all, mut places) = (BTreeSet::new(), BTreeSet::from([from]));
            for n in 0..=max.unwrap_or(min + u32::try_from(text.len()).unwrap_or(0) + 1) {
                if n >= *min {
                    all.extend(&places);
                }
                places = places.iter().flat_map(|place| ends(node, text, *place)).collect();
            }
            all
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn what_is_common_to_all_dialects_is_understood() {
        for (pattern, text, found) in [
            ("^a.c$", "ABC", true),
            ("^a.c$", "abcd", false),
            ("(foo|bar)+baz", "xfoobarbaz", true),
            ("[A-F0-9]{2,3}$", "xx1f", true),
            ("\\d{3}-\\d{2}", "no 123-45", true),
            ("[^\\d]", "123", false),
            ("Ä.*ger", "ärger", true),
            ("a\\.b", "axb", false),
            ("[a-]x", "-x", true),
        ] {
            assert_eq!(
                Pattern::parse(pattern).expect(pattern).is_found_in(text),
                found,
                "{pattern}"
            );
        }
    }

    #[test]
    fn what_can_be_slow_or_ambiguous_is_refused() {
        for pattern in [
            "",
            "(a)\\1",
            "(?=a)",
            "(?i)a",
            "a*?",
            "a**",
            "a{101}",
            "(a{100}){100}",
            "[[:alpha:]]",
            "(",
            ")",
            "[",
            "a|",
            "*a",
            "\\b",
            "a{2",
            "^*",
            "[]",
            "\\",
        ] {
            assert_eq!(Pattern::parse(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn every_character_reaches_postgres_as_itself() {
        let pattern = Pattern::parse("a'b\"(c|d)[x^\\]]{2}\\$").expect("a pattern");
        assert_eq!(pattern.to_postgres(), "a\\'b\\\"(?:(?:c|d))[x\\^\\]]{2,2}\\$");
    }
}
