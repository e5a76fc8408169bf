//! What is done to the HTML of a version, once: links are numbered, the preheader and the place of
//! the pixel go in, what runs programs goes out, and what the checks want to know is noted.

use std::{borrow::Cow, cell::RefCell};

use lol_html::{
    RewriteStrSettings, element,
    html_content::{ContentType, Element},
    rewrite_str,
};

use super::{
    TemplateFault, TemplateLink,
    links::{self, Link},
    mask::Mask,
    merge::PIXEL,
};

/// Spaces that take no room. Inboxes fill their preview up with the text after the preheader;
/// these keep that text out.
const FILLER: &str = "&#8199;&#847; ";

/// What was found.
#[derive(Debug, Default)]
pub struct Findings {
    /// Tracked links, in order.
    pub links: Vec<TemplateLink>,
    /// Links to the web that are not encrypted.
    pub http_links: Vec<String>,
    /// Links that lead nowhere outside a browser, such as `/prices`.
    pub relative_links: Vec<String>,
    /// Sources of images without a description.
    pub images_without_alt: Vec<String>,
    /// Names of elements and attributes that were taken out.
    pub removed: Vec<String>,
    /// Links that may not be sent, as revealed text and why.
    pub faults: Vec<(String, TemplateFault)>,
}

/// Rewrites masked HTML.
pub fn prepare(
    html: &str,
    preheader: &str,
    mask: &mut Mask,
) -> Result<(String, Findings), lol_html::errors::RewritingError> {
    let pixel = mask.add(format!("{{{{ {PIXEL} }}}}"));
    let hidden_preheader = hidden_preheader(preheader, mask);
    let found = RefCell::new(Findings::default());
    let mask = RefCell::new(mask);
    let settings = RewriteStrSettings::new()
        .with_strict(false)
        .append_element_content_handler(element!("*", |element| {
            remove_programs(element, &mut found.borrow_mut());
            Ok(())
        }))
        .append_element_content_handler(element!("a[href], area[href]", |element| {
            rewrite_link(element, &mut mask.borrow_mut(), &mut found.borrow_mut());
            Ok(())
        }))
        .append_element_content_handler(element!("img", |element| {
            if !element.has_attribute("alt") {
                let source = element.get_attribute("src").unwrap_or_default();
                found
                    .borrow_mut()
                    .images_without_alt
                    .push(mask.borrow().reveal(&source));
            }
            Ok(())
        }))
        .append_element_content_handler(element!("body", |body| {
            body.prepend(&hidden_preheader, ContentType::Html);
            body.append(&pixel, ContentType::Html);
            Ok(())
        }));
    let html = rewrite_str(html, settings)?;
    Ok((html, found.into_inner()))
}

fn hidden_preheader(preheader: &str, mask: &mut Mask) -> String {
    if preheader.trim().is_empty() {
        return String::new();
    }
    let text = encode_entities(&mask.hide_text(preheader));
    format!(
        "<div style=\"display:none;max-height:0;overflow:hidden;mso-hide:all\">{text} {}</div>",
        FILLER.repeat(60)
    )
}

fn rewrite_link(element: &mut Element<'_, '_>, mask: &mut Mask, found: &mut Findings) {
    let Some(href) = element.get_attribute("href") else {
        return;
    };
    let written = decode_entities(&mask.reveal(&href)).trim().to_owned();
    match links::classify(mask, &href) {
        Ok(Link::Tracked) => {
            let number = found.links.len();
            if written
                .get(..7)
                .is_some_and(|start| start.eq_ignore_ascii_case("http://"))
            {
                found.http_links.push(written.clone());
            }
            found.links.push(TemplateLink { url: written });
            let tracked = links::tracked(mask, &href, number);
            // The name is valid, since the element had it.
            let _ = element.set_attribute("href", &tracked);
        }
        Ok(Link::Plain) => {
            if written.starts_with('/')
                || (!written.contains(':') && !written.starts_with(['#', '{']) && !written.is_empty())
            {
                found.relative_links.push(written);
            }
        }
        Err(fault) => found.faults.push((mask.reveal(&href), fault)),
    }
}

/// Mail programs drop all of this; the web view and previews must not depend on their kindness.
fn remove_programs(element: &mut Element<'_, '_>, found: &mut Findings) {
    let name = element.tag_name();
    if matches!(
        name.as_str(),
        "script" | "iframe" | "frame" | "object" | "embed" | "applet" | "base"
    ) {
        element.remove();
        found.removed.push(name);
        return;
    }
    let refresh = name == "meta"
        && element
            .get_attribute("http-equiv")
            .is_some_and(|value| decode_entities(&value).trim().eq_ignore_ascii_case("refresh"));
    if refresh {
        element.remove();
        found.removed.push("meta refresh".to_owned());
        return;
    }
    let bad: Vec<String> = element
        .attributes()
        .iter()
        .map(lol_html::html_content::Attribute::name)
        .filter(|name| runs_programs(name))
        .collect();
    for attribute in bad {
        element.remove_attribute(&attribute);
        found.removed.push(attribute);
    }
}

fn runs_programs(attribute: &str) -> bool {
    ["on", "hx-", "data-hx-"]
        .iter()
        .any(|start| attribute.starts_with(start))
        || matches!(attribute, "ping" | "formaction" | "srcdoc")
}

/// Exchanges entities for what they stand for: those that HTML serialisers write, the numeric ones,
/// and those that minijinja escapes with.
pub fn decode_entities(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match entity(rest) {
            Some((c, length)) => {
                out.push(c);
                rest = &rest[length..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The entity at the start of `text` and its length.
fn entity(text: &str) -> Option<(char, usize)> {
    let end = text.as_bytes().iter().take(12).position(|b| *b == b';')?;
    let name = &text[1..end];
    let c = match name.strip_prefix('#') {
        Some(number) => {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
        None => match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            "nbsp" => '\u{a0}',
            "colon" => ':',
            "Tab" => '\t',
            "NewLine" => '\n',
            _ => return None,
        },
    };
    Some((c, end + 1))
}

/// Text as it stands in HTML.
pub fn encode_entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{decode_entities, encode_entities};

    #[test]
    fn entities_are_read_and_written() {
        assert_eq!(
            decode_entities("a&amp;b &#x2f;&#47; &eacute; & &;&#xZZ;"),
            "a&b // &eacute; & &;&#xZZ;"
        );
        let text = "<a href=\"x\">&";
        assert_eq!(decode_entities(&encode_entities(text)), text);
    }
}
