//! The product's own mark and wordmark.

use maud::{Markup, html};

/// The mark: two ridges on a tile. Takes the accent colour of the theme.
#[must_use]
pub fn mark(px: u16) -> Markup {
    html! {
        svg.mark width=(px) height=(px) viewBox="0 0 32 32" aria-hidden="true" focusable="false" {
            rect.mark-tile width="32" height="32" rx="8" {}
            path.mark-line d="M7 22.5 12.3 10.5a.8.8 0 0 1 1.45 0L16 15.5l2.25-5a.8.8 0 0 1 1.45 0L25 22.5"
                fill="none" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round" {}
        }
    }
}

/// The mark with the product's name beside it.
#[must_use]
pub fn wordmark(product: &str) -> Markup {
    html! { span.wordmark { (mark(24)) span { (product) } } }
}
