//! Links of a template: which are tracked, and how a tracked one is written per recipient.

use std::borrow::Cow;

use minijinja::{Error, State, value::Value};
use serde::{Deserialize, Serialize};

use super::{
    TemplateFault,
    html::decode_entities,
    jinja,
    mask::{Mask, Piece},
    merge::{MAIL, Mail},
};

/// The filter around a tracked destination. People cannot write it: the name is reserved.
pub const CLICK_FILTER: &str = "__click";

/// The same around a destination in plain text, where nothing is escaped.
pub const LINK_FILTER: &str = "__link";

/// Variables that are links of the message itself; they are never tracked.
const OWN_LINKS: &[&str] = &["unsubscribe_url", "preferences_url", "web_view_url", "action_url"];

/// A tracked link, in the order of the document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateLink {
    /// The destination as written, with its Jinja. Statistics use it, so that a link that carries
    /// the contact's id is one link and not as many as there are contacts.
    pub url: String,
}

/// What is to be done with the `href` of an `a` or `area`.
#[derive(Debug, PartialEq, Eq)]
pub enum Link {
    /// It is counted.
    Tracked,
    /// It stays as it is: mail addresses, phone numbers, anchors, our own links.
    Plain,
}

/// Decides over a masked `href`.
pub fn classify(mask: &Mask, href: &str) -> Result<Link, TemplateFault> {
    let pieces = mask.pieces(href.trim());
    let (Some(first), dynamic) = (pieces.first(), pieces.iter().any(|p| matches!(p, Piece::Code(_)))) else {
        return Ok(Link::Plain);
    };
    let written = match first {
        Piece::Code(code) if is_own_link(code) => return Ok(Link::Plain),
        Piece::Code(_) => String::new(),
        Piece::Plain(text) => decode_entities(text).into_owned(),
    };
    match scheme(&written) {
        Some("http" | "https") => host_is_written_out(mask, href, &pieces).map(|()| Link::Tracked),
        Some(bad @ ("javascript" | "data" | "vbscript" | "file" | "blob")) => {
            Err(TemplateFault::LinkScheme(bad.to_owned()))
        }
        Some(_) => Ok(Link::Plain),
        None if !dynamic || stays_on_the_page(&written) => Ok(Link::Plain),
        // It may yet become anything, so it must become a link to the web.
        None => host_is_written_out(mask, href, &pieces).map(|()| Link::Tracked),
    }
}

fn stays_on_the_page(written: &str) -> bool {
    written.starts_with(['#', '?'])
        || (written.starts_with('/') && !written[1..].starts_with(['/', '\\']) && written.len() > 1)
}

fn is_own_link(code: &str) -> bool {
    jinja::next_tag(code, 0).is_some_and(|tag| {
        let name = jinja::inner(code, &tag).split('|').next().unwrap_or("").trim();
        tag.kind == jinja::TagKind::Output && OWN_LINKS.contains(&name)
    })
}

/// A recipient's data may fill in a path or a query, never the host: otherwise who fills in a form
/// decides where a link of a trusted sender leads. After a statement the host is unknown again,
/// since the branch may have been skipped.
fn host_is_written_out(mask: &Mask, href: &str, pieces: &[Piece<'_>]) -> Result<(), TemplateFault> {
    let mut written = String::new();
    for piece in pieces {
        match piece {
            Piece::Plain(text) => written.push_str(&decode_entities(text)),
            Piece::Code(code) if code.starts_with("{%") => written.clear(),
            Piece::Code(_) if !host_has_ended(&written) => {
                return Err(TemplateFault::LinkHost(mask.reveal(href)));
            }
            Piece::Code(_) => {}
        }
    }
    Ok(())
}

fn host_has_ended(written: &str) -> bool {
    if written.contains(['?', '#']) {
        return true;
    }
    written
        .split_once("//")
        .and_then(|(_, rest)| rest.split_once('/'))
        .is_some_and(|(host, _)| !host.is_empty() && !host.contains('\\'))
}

/// The scheme in lower case, as browsers read it: they drop white space and control characters.
fn scheme(url: &str) -> Option<&'static str> {
    let (scheme, _) = url.split_once(':')?;
    let scheme: String = scheme
        .chars()
        .filter(|c| !c.is_whitespace() && !c.is_control())
        .collect::<String>()
        .to_ascii_lowercase();
    [
        "http",
        "https",
        "javascript",
        "data",
        "vbscript",
        "file",
        "blob",
        "mailto",
        "tel",
        "sms",
    ]
    .into_iter()
    .find(|known| *known == scheme)
}

/// Wraps a masked `href` so that it is signed at render.
pub fn tracked(mask: &mut Mask, href: &str, number: usize) -> String {
    let open = mask.add(format!("{{% filter {CLICK_FILTER}({number}) %}}"));
    let close = mask.add("{% endfilter %}".to_owned());
    format!("{open}{}{close}", href.trim())
}

/// The filter: from the `href` as rendered, an attribute's value, to the value that is sent.
pub fn click(state: &State<'_, '_>, href: &Value, number: u16) -> Result<Value, Error> {
    let mail = state.lookup(MAIL);
    let Some(mail) = mail.as_ref().and_then(|mail| mail.downcast_object_ref::<Mail>()) else {
        return Ok(href.clone());
    };
    let raw = href.as_str().unwrap_or("");
    Ok(match mail.click_url(&decode_entities(raw), number) {
        Click::Tracked(url) => Value::from_safe_string(url),
        Click::Untracked => href.clone(),
        Click::Nowhere => Value::from_safe_string("#".to_owned()),
    })
}

/// Wraps a link of a plain text.
pub fn tracked_in_text(mask: &mut Mask, url: &str, number: usize) -> String {
    let open = mask.add(format!("{{% filter {LINK_FILTER}({number}) %}}"));
    let close = mask.add("{% endfilter %}".to_owned());
    format!("{open}{url}{close}")
}

/// The filter: from the link as rendered to the one that is sent.
pub fn link(state: &State<'_, '_>, url: &Value, number: u16) -> Result<Value, Error> {
    let mail = state.lookup(MAIL);
    let Some(mail) = mail.as_ref().and_then(|mail| mail.downcast_object_ref::<Mail>()) else {
        return Ok(url.clone());
    };
    Ok(match mail.click_url(url.as_str().unwrap_or(""), number) {
        Click::Tracked(url) => Value::from_safe_string(url),
        Click::Untracked => url.clone(),
        Click::Nowhere => Value::from(""),
    })
}

/// What a rendered destination came to.
pub enum Click {
    /// This URL counts it.
    Tracked(String),
    /// It leads there directly.
    Untracked,
    /// It must lead nowhere.
    Nowhere,
}

/// A destination that can stand in a `Location` header, if it leads to the web.
pub fn destination(rendered: &str) -> Option<Cow<'_, str>> {
    let trimmed = rendered.trim();
    let rest = strip_web_scheme(trimmed)?;
    if rest.is_empty() || rest.starts_with(['/', '\\', '?', '#']) {
        return None;
    }
    if trimmed.bytes().all(|b| (0x21..0x7f).contains(&b)) {
        return Some(Cow::Borrowed(trimmed));
    }
    let mut out = String::with_capacity(trimmed.len() + 16);
    for byte in trimmed.bytes() {
        if (0x21..0x7f).contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    Some(Cow::Owned(out))
}

fn strip_web_scheme(url: &str) -> Option<&str> {
    ["https://", "http://"].into_iter().find_map(|scheme| {
        url.get(..scheme.len())
            .filter(|start| start.eq_ignore_ascii_case(scheme))
            .map(|_| &url[scheme.len()..])
    })
}

/// Whether a rendered destination may be opened as it is, although it is not tracked.
pub fn is_harmless(rendered: &str) -> bool {
    !matches!(
        scheme(rendered),
        Some("javascript" | "data" | "vbscript" | "file" | "blob")
    )
}

#[cfg(test)]
mod tests {
    use super::{Link, classify, destination};
    use crate::domain::template::{TemplateFault, mask::Mask};

    fn decided(href: &str) -> Result<Link, TemplateFault> {
        let mut mask = Mask::new(&[href]);
        let masked = mask.hide_text(href);
        classify(&mask, &masked)
    }

    #[test]
    fn links_to_the_web_are_tracked_and_others_are_not() {
        for href in [
            "https://shop.example",
            " HTTP://shop.example/a?b=1&amp;c=2",
            "https://shop.example/{{ contact.id }}",
            "https://shop.example?id={{ contact.id }}",
            "{% if a %}https://one.example/{% else %}https://two.example/{% endif %}",
            "{% if a %}https://one.example/{{ b }}{% else %}https://two.example/{% endif %}?x={{ y }}",
        ] {
            assert_eq!(decided(href), Ok(Link::Tracked), "{href}");
        }
        for href in [
            "",
            "#top",
            "/relative",
            "mailto:ann@example.com",
            "tel:+49301",
            "{{ unsubscribe_url }}",
            "{{- web_view_url | e }}",
        ] {
            assert_eq!(decided(href), Ok(Link::Plain), "{href}");
        }
    }

    #[test]
    fn a_contact_does_not_decide_the_host() {
        for href in [
            "{{ contact.website }}",
            "https://{{ contact.domain }}/",
            "https://shop{{ contact.x }}.example/",
            "https:/{{ contact.x }}",
            "https://{{ contact.user }}@shop.example/",
            "{% if a %}https://one.example/{% else %}https://{{ b }}{% endif %}",
            "{% if a %}https://one.example/{% endif %}{{ b }}",
            "//{{ contact.domain }}",
            "/{{ contact.domain }}",
            "https{{ contact.rest }}",
            "java{{ contact.rest }}",
        ] {
            assert!(
                matches!(decided(href), Err(TemplateFault::LinkHost(_))),
                "{href}: {:?}",
                decided(href)
            );
        }
    }

    #[test]
    fn links_that_run_programs_are_refused() {
        for href in [
            "javascript:alert(1)",
            " JaVa\tScript:alert(1)",
            "java&#115;cript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
        ] {
            assert!(
                matches!(decided(href), Err(TemplateFault::LinkScheme(_))),
                "{href}"
            );
        }
    }

    #[test]
    fn a_destination_fits_into_a_header() {
        assert_eq!(
            destination(" https://a.example/ü\r\nSet-Cookie: x").as_deref(),
            Some("https://a.example/%C3%BC%0D%0ASet-Cookie:%20x")
        );
        for bad in [
            "",
            "ftp://a.example",
            "//a.example",
            "https://",
            "https:///a",
            "javascript:alert(1)",
            "https://\\a",
        ] {
            assert_eq!(destination(bad), None, "{bad}");
        }
    }
}
