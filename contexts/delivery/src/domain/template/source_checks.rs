//! What shows in a source before anything is filled in, each with its line.

use contracts::crm::consent::Channel;

use super::{
    Check, CheckLevel, TemplateKind, TemplatePart, TemplateSource, jinja,
    markup::{self, Tag, TokenKind, line_of, tokens},
};

/// Where a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// In which part.
    pub part: TemplatePart,
    /// From 1.
    pub line: u32,
}

/// Findings about a source of mail. Of what is no mail, nothing shows before it is rendered.
#[must_use]
pub fn check_source(source: &TemplateSource) -> Vec<Check> {
    let mut found = Vec::new();
    if source.kind.channel() != Channel::Email {
        return found;
    }
    if source.preheader.trim().is_empty() {
        found.push(Check {
            place: Some(place(TemplatePart::Preheader, 1)),
            ..Check::advice("no-preheader", "")
        });
    }
    for (tag, at) in tags_of_the_mail(&source.body) {
        let at = place(TemplatePart::Body, line_of(&source.body, at));
        found.extend(about_tag(&tag).into_iter().map(|check| Check {
            place: Some(at),
            ..check
        }));
    }
    found
}

/// All elements with their byte offsets, but for those that only name defaults: `mj-button` inside
/// `mj-attributes` is no button. What does not read is a fault, or shows in the preview.
fn tags_of_the_mail(body: &str) -> Vec<(Tag<'_>, usize)> {
    let mut found = Vec::new();
    let mut defaults = false;
    for token in tokens(body).unwrap_or_default() {
        match token.kind {
            TokenKind::Open(tag) if tag.name == "mj-attributes" => defaults = !tag.is_empty,
            TokenKind::Close("mj-attributes") => defaults = false,
            TokenKind::Open(tag) if !defaults => found.push((tag, token.at)),
            _ => {}
        }
    }
    found
}

/// The same findings, each with the place that its detail has in the source, where it has one, and
/// the worst first.
#[must_use]
pub fn with_places(mut checks: Vec<Check>, source: &TemplateSource) -> Vec<Check> {
    checks.extend(check_source(source));
    for check in &mut checks {
        if check.place.is_none() {
            check.place = find(check, source);
        }
    }
    checks.sort_by_key(|check| check.level);
    checks
}

fn find(check: &Check, source: &TemplateSource) -> Option<Place> {
    if matches!(check.code, "no-subject" | "long-subject") {
        return Some(place(TemplatePart::Subject, 1));
    }
    if check.detail.is_empty() || check.code == "too-large" {
        return None;
    }
    let encoded = super::html::encode_entities(&check.detail);
    source.parts().into_iter().find_map(|(part, text)| {
        let at = text.find(&check.detail).or_else(|| text.find(&encoded))?;
        Some(place(part, line_of(text, at)))
    })
}

const fn place(part: TemplatePart, line: u32) -> Place {
    Place { part, line }
}

fn about_tag(tag: &Tag<'_>) -> Vec<Check> {
    let mut found = Vec::new();
    let links = matches!(
        tag.name,
        "a" | "area" | "mj-button" | "mj-image" | "mj-social-element" | "mj-navbar-link"
    );
    if links {
        found.extend(about_link(tag));
    }
    let image = matches!(tag.name, "img" | "mj-image");
    if image && tag.attribute("src").is_none_or(|source| source.trim().is_empty()) {
        found.push(Check::problem("image-without-source", &words(tag)));
    }
    found
}

fn about_link(tag: &Tag<'_>) -> Option<Check> {
    let Some(written) = tag.attribute("href") else {
        // A button without a link is a picture of one; anything else need not have any.
        return (tag.name == "mj-button").then(|| Check::problem("empty-link", &words(tag)));
    };
    let link = markup::value(written);
    let link = link.trim();
    if link.is_empty() || link == "#" {
        return Some(Check::problem("empty-link", &words(tag)));
    }
    is_malformed(link).then(|| Check::problem("malformed-link", link))
}

fn words(tag: &Tag<'_>) -> String {
    match tag.attribute("alt").map(markup::value) {
        Some(alt) if !alt.trim().is_empty() => alt,
        _ => format!("<{}>", tag.name),
    }
}

/// Whether an address can lead nowhere, whatever is filled in.
fn is_malformed(link: &str) -> bool {
    let without = strip_jinja(link);
    if without
        .chars()
        .any(|c| c.is_whitespace() || matches!(c, '<' | '>' | '"'))
    {
        return true;
    }
    let lower = link.to_ascii_lowercase();
    if let Some(address) = lower.strip_prefix("mailto:") {
        let address = address.split('?').next().unwrap_or("");
        return !address.contains('@') && !address.contains("{{");
    }
    let Some(rest) = lower
        .strip_prefix("https:")
        .or_else(|| lower.strip_prefix("http:"))
    else {
        return false;
    };
    let Some(rest) = rest.strip_prefix("//") else {
        return true;
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or("");
    let host = host.rsplit('@').next().unwrap_or("");
    if host.starts_with('[') {
        return !host.contains(']');
    }
    let (name, port) = host.split_once(':').unwrap_or((host, "80"));
    let label = |label: &str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
    !name.split('.').all(label)
        || (!name.contains('.') && name != "localhost")
        || port.parse::<u16>().is_err()
}

fn strip_jinja(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for tag in jinja::tags(text) {
        out.push_str(&text[done..tag.range.start]);
        done = tag.range.end;
    }
    out.push_str(&text[done..]);
    out
}

/// The links to the web of a source that nothing has to be filled into, in order, each once, with
/// their lines: those whose leading somewhere can be tried.
#[must_use]
pub fn fixed_links(source: &TemplateSource) -> Vec<(String, u32)> {
    let mut found: Vec<(String, u32)> = Vec::new();
    for (tag, at) in tags_of_the_mail(&source.body) {
        for name in ["href", "src", "background-url"] {
            let Some(written) = tag.attribute(name) else {
                continue;
            };
            let link = markup::value(written).trim().to_owned();
            let lower = link.to_ascii_lowercase();
            let web = lower.starts_with("https://") || lower.starts_with("http://");
            if web && jinja::tags(&link).next().is_none() && found.iter().all(|(other, _)| *other != link) {
                found.push((link, line_of(&source.body, at)));
            }
        }
    }
    found
}

/// Whether a source can be opened in the visual editor at all.
#[must_use]
pub fn is_visual(source: &TemplateSource) -> bool {
    source.kind == TemplateKind::Mjml
}

impl Check {
    /// Mend it before sending to many.
    #[must_use]
    pub fn problem(code: &'static str, detail: &str) -> Self {
        Self::new(CheckLevel::Problem, code, detail)
    }

    /// Worth a look.
    #[must_use]
    pub fn advice(code: &'static str, detail: &str) -> Self {
        Self::new(CheckLevel::Advice, code, detail)
    }

    fn new(level: CheckLevel, code: &'static str, detail: &str) -> Self {
        Self {
            level,
            code,
            detail: detail.to_owned(),
            place: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{check_source, fixed_links, is_malformed, with_places};
    use crate::domain::template::{Check, STARTERS, TemplateKind, TemplatePart, TemplateSource};

    fn mjml(body: &str) -> TemplateSource {
        TemplateSource {
            kind: TemplateKind::Mjml,
            subject: "x".into(),
            preheader: "y".into(),
            body: body.into(),
            ..TemplateSource::default()
        }
    }

    #[test]
    fn links_that_lead_nowhere_are_found_at_their_lines() {
        let source = mjml(
            "<mj-text><a href=\"#\">a</a>\n<a href=\" \">b</a> <a name=\"c\">c</a></mj-text>\n\
             <mj-button>d</mj-button>\n<mj-button href=\"https://a b\">e</mj-button>\n\
             <mj-image src=\"\" alt=\"Tea\" /><mj-button href=\"{{ unsubscribe_url }}\">f</mj-button>",
        );
        let found: Vec<_> = check_source(&source)
            .into_iter()
            .map(|check| (check.code, check.place.expect("a place").line, check.detail))
            .collect();
        let wanted = [
            ("empty-link", 1, "<a>"),
            ("empty-link", 2, "<a>"),
            ("empty-link", 3, "<mj-button>"),
            ("malformed-link", 4, "https://a b"),
            ("image-without-source", 5, "Tea"),
        ];
        assert_eq!(
            found,
            wanted.map(|(code, line, detail)| (code, line, detail.to_owned()))
        );
    }

    #[test]
    fn an_address_is_malformed_when_nothing_can_make_it_lead_anywhere() {
        for bad in [
            "https://",
            "https:/x.example",
            "http://x..example/",
            "https://shop",
            "https://x.example:port/",
            "https://.example",
            "mailto:nobody",
            "https://x.example/a b",
        ] {
            assert!(is_malformed(bad), "{bad}");
        }
        for good in [
            "https://x.example",
            "https://x.example:8443/?a={{ contact.name | default(\"a b\") }}#x",
            "http://localhost/",
            "mailto:a@x.example?subject=b",
            "mailto:{{ contact.email }}",
            "tel:+4420",
            "{{ unsubscribe_url }}",
            "/prices",
        ] {
            assert!(!is_malformed(good), "{good}");
        }
    }

    #[test]
    fn a_finding_is_given_the_place_of_its_detail() {
        let mut source = mjml("<mj-text>\n<a href=\"http://a.example/?b&amp;c\">x</a></mj-text>");
        source.preheader = String::new();
        let checks = with_places(
            vec![
                Check::problem("http-link", "http://a.example/?b&c"),
                Check::problem("no-subject", ""),
            ],
            &source,
        );
        let places: Vec<_> = checks
            .iter()
            .map(|check| (check.code, check.place.map(|at| (at.part, at.line))))
            .collect();
        assert_eq!(
            places,
            [
                ("http-link", Some((TemplatePart::Body, 2))),
                ("no-subject", Some((TemplatePart::Subject, 1))),
                ("no-preheader", Some((TemplatePart::Preheader, 1))),
            ]
        );
    }

    #[test]
    fn links_that_can_be_tried_need_nothing_filled_in() {
        let source = mjml(
            "<mj-image src=\"https://i.example/a.png\" href=\"https://a.example/\" alt=\"\" />\n\
             <mj-text><a href=\"https://a.example/\">x</a><a href=\"https://a.example/{{ contact.id }}\">y</a></mj-text>\n\
             <mj-button href=\"http://b.example/?a&amp;b\">z</mj-button>",
        );
        assert_eq!(
            fixed_links(&source),
            [
                ("https://a.example/".to_owned(), 1),
                ("https://i.example/a.png".to_owned(), 1),
                ("http://b.example/?a&b".to_owned(), 3),
            ]
        );
    }

    #[test]
    fn starters_have_nothing_to_mend_in_their_source() {
        for starter in STARTERS {
            let source = TemplateSource {
                kind: starter.kind,
                subject: starter.subject.into(),
                preheader: starter.preheader.into(),
                body: starter.body.into(),
                ..TemplateSource::default()
            };
            let found: Vec<_> = check_source(&source)
                .into_iter()
                .filter(|check| check.code != "no-preheader")
                .collect();
            assert_eq!(found, [], "{}", starter.key);
        }
    }
}
