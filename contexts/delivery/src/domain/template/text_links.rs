//! Links in plain text: found, and wrapped so that they are signed for each recipient.

use super::{
    TemplateError, TemplateLink, TemplatePart,
    links::{self, Link},
    mask::Mask,
};

/// What ends a sentence behind a link and is no part of it.
const CLOSING: &[char] = &['.', ',', ';', ':', '!', '?', ')', ']', '\'', '"'];

/// The text with its links wrapped, and those links by number. A link ends at white space, and at a
/// statement; one that goes on behind a statement is left alone, since half of it would be signed.
pub fn wrap_links(source: &str) -> Result<(String, Vec<TemplateLink>), Vec<TemplateError>> {
    let mut mask = Mask::new(&[source]);
    let masked = mask.hide_plain(source);
    let (mut out, mut found, mut errors) = (String::with_capacity(masked.len()), Vec::new(), Vec::new());
    let mut done = 0;
    while let Some(start) = next_link(&masked, done) {
        out.push_str(&masked[done..start]);
        let (url, whole) = link_at(&masked[start..]);
        done = start + url.len();
        match links::classify(&mask, url) {
            Ok(Link::Tracked) if whole => {
                out.push_str(&links::tracked_in_text(&mut mask, url, found.len()));
                found.push(TemplateLink {
                    url: mask.reveal(url),
                });
            }
            Ok(Link::Tracked | Link::Plain) => out.push_str(url),
            Err(fault) => {
                let offset = source.find(&mask.reveal(url)).unwrap_or(0);
                errors.push(TemplateError::at(TemplatePart::Body, source, offset, fault));
            }
        }
    }
    out.push_str(&masked[done..]);
    if errors.is_empty() {
        Ok((mask.reveal(&out), found))
    } else {
        Err(errors)
    }
}

fn next_link(text: &str, from: usize) -> Option<usize> {
    let lower = text.get(from..)?.to_ascii_lowercase();
    let found = ["https://", "http://"]
        .iter()
        .filter_map(|scheme| lower.find(scheme))
        .min()?;
    Some(from + found)
}

/// The link at the beginning of a text, and whether it ends there.
fn link_at(text: &str) -> (&str, bool) {
    let end = text
        .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"'))
        .unwrap_or(text.len());
    let mut rest = &text[end..];
    while let Some(behind) = rest.strip_prefix("<!--").and_then(|r| r.split_once("-->")) {
        rest = behind.1;
    }
    // Another link behind `{% else %}` is no part of this one.
    let goes_on = rest.len() < text.len() - end
        && next_link(rest, 0) != Some(0)
        && rest.starts_with(|c: char| !c.is_whitespace() && !CLOSING.contains(&c));
    if goes_on {
        return (&text[..end], false);
    }
    (text[..end].trim_end_matches(CLOSING), true)
}

#[cfg(test)]
mod tests {
    use super::wrap_links;
    use crate::domain::template::TemplateFault;

    fn wrapped(source: &str) -> (String, Vec<String>) {
        let (text, links) = wrap_links(source).expect("it may be sent");
        (text, links.into_iter().map(|link| link.url).collect())
    }

    #[test]
    fn links_are_wrapped_and_what_stands_around_them_is_not() {
        let (text, links) =
            wrapped("Hi {{ contact.first_name }}: https://a.example/x?y=1, or (http://b.example).");
        assert_eq!(
            text,
            "Hi {{ contact.first_name }}: {% filter __link(0) %}https://a.example/x?y=1{% endfilter %}, or \
             ({% filter __link(1) %}http://b.example{% endfilter %})."
        );
        assert_eq!(links, ["https://a.example/x?y=1", "http://b.example"]);
    }

    #[test]
    fn data_may_fill_in_a_path_and_never_a_host() {
        let (text, _) = wrapped("https://a.example/{{ contact.id }}?p={{ contact.plan }} now");
        assert!(text.ends_with("{{ contact.plan }}{% endfilter %} now"), "{text}");
        let errors = wrap_links("see\nhttps://{{ contact.domain }}/x").expect_err("it must be refused");
        assert!(matches!(errors[0].fault, TemplateFault::LinkHost(_)));
        assert_eq!(errors[0].line, 2);
    }

    #[test]
    fn statements_around_a_link_stay_around_it_and_inside_of_one_leave_it_alone() {
        let (text, _) =
            wrapped("{% if contact.vip %}https://a.example/vip{% else %}https://a.example/{% endif %} ok");
        assert_eq!(text.matches("__link").count(), 2);
        assert!(
            text.contains("{% endfilter %}{% else %}{% filter __link(1) %}"),
            "{text}"
        );
        let inside = "https://a.example/{% if contact.vip %}vip{% endif %}";
        assert_eq!(wrapped(inside).0, inside);
    }
}
