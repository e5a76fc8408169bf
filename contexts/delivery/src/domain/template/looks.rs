//! How some readers see a mail: in the dark, and without images.

use lol_html::{RewriteStrSettings, element, rewrite_str, text};

use super::TemplateFault;

/// How a preview is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Look {
    /// As it is.
    #[default]
    Sent,
    /// As in a program with a dark theme: by the mail's own rules for it, or turned over where it has
    /// none.
    Dark,
    /// As before somebody allows images.
    WithoutImages,
}

impl Look {
    /// All, in the order offered.
    pub const ALL: [Look; 3] = [Look::Sent, Look::Dark, Look::WithoutImages];

    /// The word in forms and addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Look::Sent => "sent",
            Look::Dark => "dark",
            Look::WithoutImages => "no-images",
        }
    }

    /// The one with this word; anything else is as it is.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        Look::ALL
            .into_iter()
            .find(|look| look.as_str() == word)
            .unwrap_or_default()
    }

    /// The HTML as it looks so.
    pub fn apply(self, html: String) -> Result<String, TemplateFault> {
        let seen = match self {
            Look::Sent => Ok(html),
            Look::Dark => in_the_dark(&html),
            Look::WithoutImages => without_images(&html),
        };
        seen.map_err(|error| TemplateFault::Syntax(error.to_string()))
    }
}

/// What programs do that turn light mails over; images stay as they are.
const TURNED_OVER: &str = "<style>html{background:#fff;filter:invert(1) hue-rotate(180deg)}\
    img,video,[background]{filter:invert(1) hue-rotate(180deg)}</style>";

fn in_the_dark(html: &str) -> Result<String, lol_html::errors::RewritingError> {
    let own_rules = std::cell::Cell::new(false);
    let seen = rewrite_str(
        html,
        RewriteStrSettings::new()
            .with_strict(false)
            .append_element_content_handler(text!("style", |chunk| {
                if let Some(forced) = dark_rules_forced(chunk.as_str()) {
                    own_rules.set(true);
                    chunk.set_str(forced);
                }
                Ok(())
            })),
    )?;
    if own_rules.get() {
        return Ok(seen);
    }
    Ok(format!("{seen}{TURNED_OVER}"))
}

/// A style sheet in which what is for dark themes holds always, and what is for light ones never.
fn dark_rules_forced(css: &str) -> Option<String> {
    let mut out = String::with_capacity(css.len());
    let mut found = false;
    let mut rest = css;
    while let Some(at) = rest.find("(prefers-color-scheme") {
        let Some(end) = rest[at..].find(')') else { break };
        let wanted = rest[at..at + end].rsplit(':').next().unwrap_or("").trim();
        out.push_str(&rest[..at]);
        out.push_str(if wanted == "dark" {
            found = true;
            "(min-width:0)"
        } else {
            "(max-width:0)"
        });
        rest = &rest[at + end + 1..];
    }
    out.push_str(rest);
    found.then_some(out)
}

fn without_images(html: &str) -> Result<String, lol_html::errors::RewritingError> {
    rewrite_str(
        html,
        RewriteStrSettings::new()
            .with_strict(false)
            .append_element_content_handler(element!("*", |element| {
                for name in ["src", "srcset", "background"] {
                    element.remove_attribute(name);
                }
                if let Some(style) = element.get_attribute("style").filter(|s| s.contains("url(")) {
                    element.set_attribute("style", &without_urls(&style))?;
                }
                Ok(())
            }))
            .append_element_content_handler(text!("style", |chunk| {
                if chunk.as_str().contains("url(") {
                    let without = without_urls(chunk.as_str());
                    chunk.set_str(without);
                }
                Ok(())
            })),
    )
}

fn without_urls(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(at) = rest.find("url(") {
        out.push_str(&rest[..at]);
        out.push_str("none");
        rest = rest[at..].find(')').map_or("", |end| &rest[at + end + 1..]);
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::Look;

    fn seen(look: Look, html: &str) -> String {
        look.apply(html.to_owned()).expect("it is read")
    }

    #[test]
    fn the_rules_for_dark_themes_are_forced_and_a_mail_without_them_is_turned_over() {
        let own = "<style>@media (prefers-color-scheme: dark) { p { color: #fff } } \
            @media (prefers-color-scheme:light) { p { color: #000 } }</style><p>x</p>";
        let dark = seen(Look::Dark, own);
        assert!(
            dark.contains("@media (min-width:0) { p { color: #fff } }"),
            "{dark}"
        );
        assert!(
            dark.contains("@media (max-width:0) { p { color: #000 } }"),
            "{dark}"
        );
        assert!(!dark.contains("invert"));
        assert!(seen(Look::Dark, "<p>x</p>").contains("invert(1)"));
    }

    #[test]
    fn without_images_their_words_are_left() {
        let html = "<td background=\"b.png\" style=\"color:red;background:url('c.png') top\"><img src=\"a.png\" alt=\"A\"></td>";
        let bare = seen(Look::WithoutImages, html);
        assert!(
            !bare.contains(".png") && bare.contains("alt=\"A\"") && bare.contains("color:red"),
            "{bare}"
        );
        assert_eq!(seen(Look::Sent, html), html);
        assert_eq!(Look::parse("nonsense"), Look::Sent);
    }
}
