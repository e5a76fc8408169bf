//! The navigation: a column on wide screens, icons on narrow ones, a bar at the bottom of phones.

use contracts::{
    analytics::DASHBOARD,
    identity::{self, SendingMode},
};
use maud::{Markup, html};

use super::{Shell, Theme, csrf_field};
use crate::element::Text;
use crate::{Icon, avatar, brand, number};

/// Links under one heading.
#[derive(Debug, Clone)]
pub struct NavGroup<'a> {
    /// The heading; the first group usually has none.
    pub label: Option<Text<'a>>,
    /// The links.
    pub items: Vec<NavItem<'a>>,
}

/// One link.
#[derive(Debug, Clone)]
pub struct NavItem<'a> {
    /// What it says.
    pub label: Text<'a>,
    /// Its picture, which stands alone where it is narrow.
    pub icon: Icon,
    /// Where it goes.
    pub href: Text<'a>,
    /// Whether the page belongs to it.
    pub active: bool,
    /// The key that goes there after `g`.
    pub shortcut: Option<char>,
    /// A number that wants attention.
    pub count: Option<i64>,
}

impl<'a> NavItem<'a> {
    /// Without key and number.
    #[must_use]
    pub fn new(label: impl Into<Text<'a>>, icon: Icon, href: impl Into<Text<'a>>) -> Self {
        Self {
            label: label.into(),
            icon,
            href: href.into(),
            active: false,
            shortcut: None,
            count: None,
        }
    }

    /// The page belongs to it.
    #[must_use]
    pub fn active(mut self, active: bool) -> Self {
        self.active = active;
        self
    }

    /// `g` and then this key go there.
    #[must_use]
    pub fn shortcut(mut self, key: char) -> Self {
        self.shortcut = Some(key);
        self
    }

    /// A number that wants attention.
    #[must_use]
    pub fn count(mut self, count: Option<i64>) -> Self {
        self.count = count.filter(|count| *count > 0);
        self
    }
}

/// How many links the bar of phones shows before "More".
const BAR_ITEMS: usize = 4;

pub(super) fn side(shell: &Shell<'_>) -> Markup {
    let words = shell.words;
    let mode = match shell.mode {
        SendingMode::Test => &words.test_mode,
        SendingMode::Live => &words.live_mode,
    };
    html! {
        // A popover, so that phones open it without a script; wide screens always show it.
        nav.side id="nav" popover aria-label=(words.navigation) {
            div.side-org {
                a href=(DASHBOARD.url()) {
                    (brand::mark(24))
                    span.side-org-text {
                        span.side-org-name { (shell.organization) }
                        span.side-mode { (mode) }
                    }
                }
                button.btn.btn-ghost.btn-icon.side-close type="button" popovertarget="nav" popovertargetaction="hide"
                    aria-label=(words.close) { (Icon::Close) }
            }
            div.side-groups {
                @for group in &shell.nav {
                    @if let Some(label) = &group.label { h2.side-label { (label) } }
                    ul { @for item in &group.items { li { (side_link(item)) } } }
                }
            }
            (person(shell))
        }
    }
}

fn side_link(item: &NavItem<'_>) -> Markup {
    html! {
        a.side-link href=(item.href) aria-current=[item.active.then_some("page")] title=(item.label)
            data-key=[item.shortcut] {
            (item.icon)
            span.side-text { (item.label) }
            @if let Some(count) = item.count { span.side-count.num { (number(count)) } }
        }
    }
}

fn person(shell: &Shell<'_>) -> Markup {
    let words = shell.words;
    html! {
        details.menu.side-person {
            summary {
                (avatar(shell.person.name))
                span.side-text.side-person-name { span { (shell.person.name) } span.muted { (shell.person.role) } }
                span.side-text.side-person-more { (Icon::ChevronUpDown) }
            }
            div.menu-list {
                p.menu-note { (shell.person.email) }
                (theme_choice(shell))
                hr;
                a.menu-item href=(identity::ACCOUNT.url()) { (Icon::User) span { (words.account) } }
                @if shell.shortcuts {
                    button.menu-item.wide-only type="button" data-dialog="shortcuts" { (Icon::Keyboard) span { (words.shortcuts) } }
                }
                form method="post" action=(identity::LOGOUT.url()) {
                    (csrf_field(shell.csrf))
                    button.menu-item type="submit" { (Icon::Logout) span { (words.sign_out) } }
                }
                p.menu-note { (words.product) " " (shell.version) }
            }
        }
    }
}

fn theme_choice(shell: &Shell<'_>) -> Markup {
    let words = shell.words;
    let choices = [
        (Theme::Light, Icon::Sun, &words.theme_light),
        (Theme::Dark, Icon::Moon, &words.theme_dark),
        (Theme::System, Icon::Monitor, &words.theme_system),
    ];
    html! {
        form.theme-choice method="post" action=(identity::THEME.url()) data-theme-form {
            (csrf_field(shell.csrf))
            fieldset {
                legend.sr { (words.theme) }
                @for (theme, icon, label) in choices {
                    button type="submit" name="theme" value=(theme.as_str()) title=(label)
                        aria-pressed=(shell.theme == theme) { (icon) span.sr { (label) } }
                }
            }
        }
    }
}

pub(super) fn bottom_bar(shell: &Shell<'_>) -> Markup {
    let items = shell.nav.iter().flat_map(|group| &group.items).take(BAR_ITEMS);
    html! {
        nav.bottom-bar aria-label=(shell.words.quick_navigation) {
            @for item in items {
                a href=(item.href) aria-current=[item.active.then_some("page")] { (item.icon.large()) span { (item.label) } }
            }
            button type="button" popovertarget="nav" { (Icon::Menu.large()) span { (shell.words.more) } }
        }
    }
}

pub(super) fn shortcuts_dialog(shell: &Shell<'_>) -> Markup {
    let words = shell.words;
    let items = shell.nav.iter().flat_map(|group| &group.items);
    crate::Dialog::new("shortcuts", words.shortcuts.as_str()).body(
        words,
        html! {
            dl.keys {
                div { dt { (words.shortcut_search) } dd { kbd { "/" } } }
                @for item in items {
                    @if let Some(key) = item.shortcut {
                        div { dt { (item.label) } dd { kbd { "g" } " " (words.shortcut_then) " " kbd { (key) } } }
                    }
                }
                div { dt { (words.shortcut_rows) } dd { kbd { "j" } " " kbd { "k" } } }
                div { dt { (words.shortcut_select) } dd { kbd { "x" } } }
                div { dt { (words.shortcut_open) } dd { kbd { (words.key_enter) } } }
                div { dt { (words.shortcut_help) } dd { kbd { "?" } } }
            }
        },
    )
}
