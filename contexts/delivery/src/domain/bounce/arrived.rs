//! A mail that came into the bounce mailbox, as far as reports need it: fields, parts, text.

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders, PartType};

use super::fields::{Fields, lossy};

/// No more of one text is looked at; what matters stands at the start.
const LONGEST_TEXT: usize = 64 * 1024;

/// A mail in parts.
pub(super) struct Arrived<'a> {
    message: Message<'a>,
    /// Its header, not decoded.
    pub fields: Fields,
    /// Its subject, decoded.
    pub subject: String,
}

impl<'a> Arrived<'a> {
    /// `None` for what is no mail.
    pub fn parse(source: &'a [u8]) -> Option<Self> {
        let message = MessageParser::default().parse(source)?;
        let head = source.get(..to_usize(message.parts.first()?.offset_body))?;
        Some(Self {
            fields: Fields::parse(&lossy(head)),
            subject: message.subject().unwrap_or_default().to_owned(),
            message,
        })
    }

    /// Name and address of the author, as they were written.
    pub fn author(&self) -> (String, String) {
        let author = self.message.from().and_then(|from| from.first());
        let name = author.and_then(|author| author.name()).unwrap_or_default();
        let address = author.and_then(|author| author.address()).unwrap_or_default();
        (name.to_owned(), address.to_owned())
    }

    /// Whether the envelope sender was empty, as it is for bounces (RFC 5321 section 4.5.5).
    pub fn has_null_sender(&self) -> bool {
        self.fields
            .get("Return-Path")
            .is_some_and(|path| matches!(path, "<>" | "" | "< >"))
    }

    /// `report-type` of a `multipart/report`, in lower case.
    pub fn report_type(&self) -> Option<String> {
        let kind = self.message.content_type()?;
        let report = kind.ctype().eq_ignore_ascii_case("multipart")
            && kind
                .subtype()
                .is_some_and(|subtype| subtype.eq_ignore_ascii_case("report"));
        report.then(|| {
            kind.attribute("report-type")
                .unwrap_or_default()
                .to_ascii_lowercase()
        })
    }

    /// Text of the first part of one of these types, `message/delivery-status` for example, and
    /// never one inside of an attached mail.
    pub fn part(&self, types: &[&str]) -> Option<String> {
        let part = self.parts_of(types).next()?;
        Some(text_of(part))
    }

    fn parts_of(&self, types: &[&str]) -> impl Iterator<Item = &MessagePart<'a>> {
        self.message.parts.iter().filter(move |part| {
            types
                .iter()
                .any(|name| media_type(part).is_some_and(|found| found.eq_ignore_ascii_case(name)))
        })
    }

    /// What a person reads: the plain parts, or the HTML ones as text where there are none.
    pub fn text(&self) -> String {
        let mut plain = String::new();
        let mut html = String::new();
        for part in &self.message.parts {
            match &part.body {
                PartType::Text(text) if is_plain(part) => push(&mut plain, text),
                PartType::Html(markup) => {
                    push(&mut html, &mail_parser::decoders::html::html_to_text(cut(markup)));
                }
                _ => {}
            }
        }
        if plain.trim().is_empty() { html } else { plain }
    }

    /// The header of the message that came back, if it came as a part of its own.
    pub fn returned(&self) -> Option<Fields> {
        self.attached_mail()
            .or_else(|| {
                self.part(&[
                    "text/rfc822-headers",
                    "text/rfc822-header",
                    "message/rfc822-headers",
                    "message/global-headers",
                    "message/rfc822",
                ])
                .map(|text| Fields::parse(&text))
                .filter(|fields| !fields.is_empty())
            })
            .or_else(|| self.part_with_foreign_head())
            .filter(|fields| !fields.is_empty())
    }

    fn attached_mail(&self) -> Option<Fields> {
        self.message.parts.iter().find_map(|part| match &part.body {
            PartType::Message(inner) => {
                let root = inner.parts.first()?;
                let head = inner
                    .raw_message
                    .get(to_usize(root.offset_header)..to_usize(root.offset_body))?;
                Some(Fields::parse(&lossy(head)))
            }
            _ => None,
        })
    }

    /// Some servers put the message itself where its part should begin.
    fn part_with_foreign_head(&self) -> Option<Fields> {
        self.message.parts.iter().skip(1).find_map(|part| {
            let range = to_usize(part.offset_header)..to_usize(part.offset_body);
            let fields = Fields::parse(&lossy(self.message.raw_message.get(range)?));
            fields.is_mail_head().then_some(fields)
        })
    }
}

fn media_type(part: &MessagePart<'_>) -> Option<String> {
    let kind = part.content_type()?;
    Some(format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()))
}

fn is_plain(part: &MessagePart<'_>) -> bool {
    media_type(part).is_none_or(|name| name.eq_ignore_ascii_case("text/plain"))
        || part.content_type().is_some_and(|kind| {
            // A multipart whose boundary never comes is text.
            kind.ctype().eq_ignore_ascii_case("multipart")
        })
}

fn text_of(part: &MessagePart<'_>) -> String {
    match &part.body {
        PartType::Text(text) | PartType::Html(text) => cut(text).to_owned(),
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => cut(&lossy(bytes)).to_owned(),
        PartType::Message(_) | PartType::Multipart(_) => String::new(),
    }
}

fn push(all: &mut String, text: &str) {
    if all.len() < LONGEST_TEXT {
        all.push_str(cut(text));
        all.push('\n');
    }
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST_TEXT)]
}

fn to_usize(offset: u32) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}
