//! MJML to HTML.

use std::collections::HashMap;

use mrml::prelude::{
    parser::{Error, Origin, Span},
    render::RenderOptions,
};

use super::{TemplateError, TemplateFault, TemplatePart, mask::Masked};

/// Every element of MJML.
const ELEMENTS: &[&str] = &[
    "mj-accordion",
    "mj-accordion-element",
    "mj-accordion-text",
    "mj-accordion-title",
    "mj-all",
    "mj-attributes",
    "mj-body",
    "mj-breakpoint",
    "mj-button",
    "mj-carousel",
    "mj-carousel-image",
    "mj-class",
    "mj-column",
    "mj-divider",
    "mj-font",
    "mj-group",
    "mj-head",
    "mj-hero",
    "mj-image",
    "mj-include",
    "mj-navbar",
    "mj-navbar-link",
    "mj-preview",
    "mj-raw",
    "mj-section",
    "mj-social",
    "mj-social-element",
    "mj-spacer",
    "mj-style",
    "mj-table",
    "mj-text",
    "mj-title",
    "mj-wrapper",
];

/// HTML of masked MJML; errors point into `source`.
pub fn to_html(masked: &Masked, source: &str) -> Result<String, TemplateError> {
    check_structure(&masked.text).map_err(|(offset, detail)| {
        let offset = masked.source_offset(offset);
        TemplateError::at(TemplatePart::Body, source, offset, TemplateFault::Mjml(detail))
    })?;
    let masked = &masked.exchanged(ends_in_text(&masked.text));
    let parsed = mrml::parse(&masked.text).map_err(|error| explain(&error, masked, source))?;
    // No web fonts by default: fetching them tells a third party who reads.
    let options = RenderOptions {
        fonts: HashMap::new(),
        ..RenderOptions::default()
    };
    parsed
        .element
        .render(&options)
        .map_err(|error| TemplateError::at_start(TemplatePart::Body, TemplateFault::Mjml(error.to_string())))
}

/// The style sheets of the author, which are to be inlined; MJML's own are written as they should
/// be.
pub fn author_styles(masked: &str) -> String {
    let mut styles = String::new();
    let mut rest = masked;
    while let Some(start) = rest.find("<mj-style") {
        let Some(open) = rest[start..].find('>') else {
            break;
        };
        let from = start + open + 1;
        let Some(length) = rest[from..].find("</mj-style") else {
            break;
        };
        styles.push_str(&rest[from..from + length]);
        styles.push('\n');
        rest = &rest[from + length..];
    }
    styles
}

/// mrml takes unknown elements and wrong ends for HTML and lets them pass. They are mistakes nearly
/// always, and in the mail they show as a part that is missing.
fn check_structure(markup: &str) -> Result<(), (usize, String)> {
    let mut open: Vec<(&str, usize)> = Vec::new();
    let mut at = 0;
    while let Some(found) = markup[at..].find('<') {
        let start = at + found;
        let rest = &markup[start..];
        at = start + 1;
        if rest.starts_with("<!--") {
            at = start + rest.find("-->").map_or(rest.len(), |end| end + 3);
            continue;
        }
        let closing = rest.starts_with("</");
        let name = element_name(&rest[if closing { 2 } else { 1 }..]);
        if !name.starts_with("mj-") && name != "mjml" {
            continue;
        }
        if name != "mjml" && !ELEMENTS.contains(&name) {
            return Err((start, format!("unknown element: {name}")));
        }
        if closing {
            match open.pop() {
                Some((opened, _)) if opened == name => {}
                Some((opened, _)) => return Err((start, format!("</{name}> where </{opened}> is expected"))),
                None => return Err((start, format!("</{name}> closes nothing"))),
            }
            continue;
        }
        let length = tag_length(rest);
        at = start + length;
        if !rest[..length].ends_with("/>") {
            open.push((name, start));
        }
    }
    match open.pop() {
        Some((name, start)) => Err((start, format!("<{name}> is not closed"))),
        None => Ok(()),
    }
}

/// Each `>` of running text that stands within two bytes of a letter beyond ASCII, and what says the
/// same: htmlparser 0.2.1 looks two bytes back for a `]]>`, and panics when it lands in a letter.
fn ends_in_text(markup: &str) -> Vec<(usize, &'static str)> {
    let mut ends = Vec::new();
    let mut in_style = false;
    let mut at = 0;
    while at < markup.len() {
        let rest = &markup[at..];
        if rest.starts_with("<!--") {
            at += rest.find("-->").map_or(rest.len(), |end| end + 3);
        } else if let Some(tag) = rest.strip_prefix('<') {
            in_style = element_name(tag) == "mj-style";
            at += tag_length(rest);
        } else {
            let length = rest.find('<').unwrap_or(rest.len());
            // A style sheet knows no entities, and takes any blanks around the sign.
            let by = if in_style { "  >" } else { "&gt;" };
            let lands_in_a_letter = |end: usize| !rest.is_char_boundary(end.saturating_sub(2));
            ends.extend(
                rest[..length]
                    .match_indices('>')
                    .filter(|(end, _)| lands_in_a_letter(*end))
                    .map(|(end, _)| (at + end, by)),
            );
            at += length;
        }
    }
    ends
}

fn element_name(text: &str) -> &str {
    let length = text
        .bytes()
        .take_while(|b| b.is_ascii_alphanumeric() || *b == b'-')
        .count();
    &text[..length]
}

/// Up to and with the `>` outside of quotes.
fn tag_length(tag: &str) -> usize {
    let mut quote = None;
    for (at, b) in tag.bytes().enumerate() {
        match (quote, b) {
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') => quote = Some(b),
            (Some(open), b) if open == b => quote = None,
            _ => {}
        }
    }
    tag.len()
}

fn explain(error: &Error, masked: &Masked, source: &str) -> TemplateError {
    let at = |origin: &Origin, span: Span, what: &str| match origin {
        Origin::Root => {
            let snippet = masked.text.get(span.start..span.end).unwrap_or("").trim();
            let detail = if snippet.is_empty() {
                what.to_owned()
            } else {
                format!("{what}: {snippet}")
            };
            let offset = masked.source_offset(span.start);
            TemplateError::at(TemplatePart::Body, source, offset, TemplateFault::Mjml(detail))
        }
        Origin::Include { .. } => nowhere("mj-include is not available".to_owned()),
    };
    match error {
        Error::UnexpectedElement { origin, position } => at(origin, *position, "unexpected element"),
        Error::UnexpectedToken { origin, position } => at(origin, *position, "unexpected content"),
        Error::MissingAttribute {
            name,
            origin,
            position,
        } => at(origin, *position, &format!("the attribute {name} is missing")),
        Error::InvalidAttribute { origin, position } => at(origin, *position, "invalid attribute"),
        Error::InvalidFormat { origin, position } => at(origin, *position, "invalid format"),
        Error::IncludeLoaderError { origin, position, .. } => {
            at(origin, *position, "mj-include is not available")
        }
        Error::EndOfStream { .. } => TemplateError::at(
            TemplatePart::Body,
            source,
            source.trim_end().len(),
            TemplateFault::Mjml("an element is not closed".to_owned()),
        ),
        Error::ParserError { source: error, .. } => {
            let position = error.pos();
            let offset = masked.source_offset(offset_of(&masked.text, position.row, position.col));
            TemplateError::at(
                TemplatePart::Body,
                source,
                offset,
                TemplateFault::Mjml(error.to_string()),
            )
        }
        Error::SizeLimit { .. } | Error::NoRootNode => {
            nowhere("the body must be one mjml element".to_owned())
        }
    }
}

fn nowhere(detail: String) -> TemplateError {
    TemplateError::at_start(TemplatePart::Body, TemplateFault::Mjml(detail))
}

fn offset_of(text: &str, row: u32, col: u32) -> usize {
    let mut offset = 0;
    for (n, line) in text.split_inclusive('\n').enumerate() {
        if n + 1 == row as usize {
            let within: usize = line
                .chars()
                .take((col as usize).saturating_sub(1))
                .map(char::len_utf8)
                .sum();
            return offset + within;
        }
        offset += line.len();
    }
    offset
}
