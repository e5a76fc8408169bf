//! Whole documents: pages of the app, builders, public pages, errors.

mod document;
mod header;
mod nav;
mod page;
mod public;

pub use header::PageHeader;
pub use nav::{NavGroup, NavItem};
pub use page::{Builder, Person, Shell, builder_page, page, tasks_indicator};
pub use public::{Brand, ErrorPage, PublicShell, error_body, error_page, public_page};

/// Name of the hidden field that carries the token against forgery.
pub const CSRF_FIELD: &str = "csrf";
/// Name of the header that carries it in requests of htmx and of our script.
pub const CSRF_HEADER: &str = "x-csrf-token";

/// What a person chose to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
    /// As the device says.
    #[default]
    System,
}

impl Theme {
    /// From the cookie or the form; anything unknown is [`Theme::System`].
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text {
            "light" => Theme::Light,
            "dark" => Theme::Dark,
            _ => Theme::System,
        }
    }

    /// For the cookie.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Theme::Light => "light",
            Theme::Dark => "dark",
            Theme::System => "system",
        }
    }
}

/// The hidden field of a form.
#[must_use]
pub fn csrf_field(token: &str) -> maud::Markup {
    maud::html! { input type="hidden" name=(CSRF_FIELD) value=(token); }
}
