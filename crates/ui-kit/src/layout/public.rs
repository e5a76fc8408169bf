//! Pages without a navigation: sign-in and set-up in our colours, unsubscribe and preferences in
//! those of the organisation.

use maud::{Markup, html};

use super::document::Document;
use super::{PageHeader, Shell, Theme, page};
use crate::element::Text;
use crate::{Button, Icon, Words, brand};

/// Whose page it is.
#[derive(Debug, Clone)]
pub enum Brand<'a> {
    /// Ours.
    Product,
    /// An organisation's: nothing on the page speaks of us.
    Organization {
        /// Its name.
        name: Text<'a>,
        /// Its colour as `#rrggbb`; anything else is ignored.
        color: Option<Text<'a>>,
        /// Its logo.
        logo: Option<Text<'a>>,
    },
}

/// Everything around a public page.
#[derive(Debug, Clone)]
pub struct PublicShell<'a> {
    /// The words of the reader's language.
    pub words: &'a Words,
    /// BCP 47 tag of it.
    pub language: &'a str,
    /// From the cookie, if there is one.
    pub theme: Theme,
    /// Whose page it is.
    pub brand: Brand<'a>,
    /// The page's title.
    pub title: Text<'a>,
    /// Small text below: the postal address.
    pub footer: Option<Text<'a>>,
}

/// One card in the middle of the page.
#[must_use]
pub fn public_page(shell: &PublicShell<'_>, body: Markup) -> Markup {
    let (owner, color) = match &shell.brand {
        Brand::Product => (shell.words.product.as_str(), None),
        Brand::Organization { name, color, .. } => (
            name.as_ref(),
            color.as_deref().filter(|color| is_hex_color(color)),
        ),
    };
    let title = format!("{} \u{b7} {owner}", shell.title);
    let document = Document {
        title: &title,
        language: shell.language,
        theme: shell.theme,
        class: if color.is_some() {
            "public branded"
        } else {
            "public"
        },
        csrf: None,
        shortcuts: false,
        times: None,
        brand: color,
    };
    document.with(&html! {
        @if let Some(color) = color {
            svg.brand-band width="100%" height="4" aria-hidden="true" focusable="false" { rect width="100%" height="4" fill=(color) {} }
        }
        div.public-page {
            header.public-head { (logo(shell)) }
            main.public-card id="main" { (body) }
            @if let Some(footer) = &shell.footer { footer.public-foot { (footer) } }
        }
    })
}

fn logo(shell: &PublicShell<'_>) -> Markup {
    match &shell.brand {
        Brand::Product => brand::wordmark(&shell.words.product),
        Brand::Organization {
            name,
            logo: Some(src),
            ..
        } => html! { img.public-logo src=(src) alt=(name); },
        Brand::Organization { name, .. } => html! { span.public-name { (name) } },
    }
}

/// The colour goes into an attribute of an SVG and to the script, so it has to be nothing but one.
fn is_hex_color(text: &str) -> bool {
    text.len() == 7 && text.starts_with('#') && text[1..].bytes().all(|b| b.is_ascii_hexdigit())
}

/// What went wrong, and the way on.
#[derive(Debug, Clone)]
pub struct ErrorPage<'a> {
    /// The status, shown small.
    pub status: u16,
    /// What happened.
    pub title: Text<'a>,
    /// What to do.
    pub text: Text<'a>,
    /// The way on: label and address.
    pub action: Option<(Text<'a>, Text<'a>)>,
    /// What the operator finds in the log.
    pub reference: Option<Text<'a>>,
}

/// For somebody who is not signed in.
#[must_use]
pub fn error_page(shell: &PublicShell<'_>, error: &ErrorPage<'_>) -> Markup {
    public_page(
        shell,
        html! { h1 { (error.title) } (error_text(shell.words, error)) },
    )
}

/// For somebody who is: the navigation stays.
#[must_use]
pub fn error_body(shell: &Shell<'_>, error: &ErrorPage<'_>) -> Markup {
    page(
        shell,
        &PageHeader::new(error.title.as_ref()),
        error_text(shell.words, error),
    )
}

fn error_text(words: &Words, error: &ErrorPage<'_>) -> Markup {
    html! {
        div.error-page {
            p { (error.text) }
            @if let Some((label, href)) = &error.action {
                (Button::primary(label.as_ref()).href(href.as_ref()).trailing(Icon::ArrowRight))
            }
            p.muted.num {
                (error.status)
                @if let Some(reference) = &error.reference { " \u{b7} " (words.reference) " " code { (reference) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_hex_color;

    #[test]
    fn only_a_plain_colour_is_a_colour() {
        assert!(is_hex_color("#0b6b78"));
        for bad in ["", "#fff", "0b6b78", "#0b6b7g", "#0b6b78;", "url(x)#", "#éééa"] {
            assert!(!is_hex_color(bad), "{bad}");
        }
    }
}
