//! What every document begins with.

use maud::{DOCTYPE, Markup, html};

use super::{CSRF_HEADER, Theme};
use crate::asset;

/// htmx without `eval`, without styles of its own, without a history cache, without inheritance;
/// 422 is swapped, since it is the form with its errors.
const HTMX_CONFIG: &str = r#"{"includeIndicatorStyles":false,"allowEval":false,"selfRequestsOnly":true,"historyCacheSize":0,"historyRestoreAsHxRequest":false,"disableInheritance":true,"defaultSwapStyle":"outerHTML","responseHandling":[{"code":"204","swap":false},{"code":"[23]..","swap":true},{"code":"422","swap":true},{"code":"[45]..","swap":false,"error":true}]}"#;

pub(super) struct Document<'a> {
    pub title: &'a str,
    pub language: &'a str,
    pub theme: Theme,
    pub class: &'a str,
    pub csrf: Option<&'a str>,
    pub shortcuts: bool,
    /// How the script writes relative times.
    pub times: Option<String>,
    pub brand: Option<&'a str>,
}

impl Document<'_> {
    /// The theme stands in the markup, so that a page never shows the wrong one first.
    pub fn with(&self, body: &Markup) -> Markup {
        html! {
            (DOCTYPE)
            html lang=(self.language) data-theme=(self.theme.as_str()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content=(self.color_scheme());
                    meta name="htmx-config" content=(HTMX_CONFIG);
                    title { (self.title) }
                    link rel="icon" type="image/svg+xml" href=(asset::favicon());
                    link rel="preload" as="font" type="font/woff2" href=(asset::font()) crossorigin;
                    link rel="stylesheet" href=(asset::app_css());
                    script src=(asset::htmx_js()) defer {}
                    script src=(asset::app_js()) defer {}
                }
                body class=(self.class) hx-headers=[self.csrf.map(headers)]
                    data-shortcuts[self.shortcuts] data-times=[&self.times] data-brand=[self.brand] {
                    (body)
                }
            }
        }
    }

    const fn color_scheme(&self) -> &'static str {
        match self.theme {
            Theme::Light => "light",
            Theme::Dark => "dark",
            Theme::System => "light dark",
        }
    }
}

/// A JSON object with one member. The token is ours, but a quote in it must not end the text.
fn headers(token: &str) -> String {
    let token: String = token
        .chars()
        .filter(|c| !c.is_control() && *c != '"' && *c != '\\')
        .collect();
    format!("{{\"{CSRF_HEADER}\":\"{token}\"}}")
}
