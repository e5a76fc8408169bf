//! Pages of the app, with the navigation around them.

use contracts::{
    delivery::INBOX,
    identity::{GO_LIVE, SendingMode},
    platform::{TASKS, TASKS_INDICATOR},
};
use maud::{Markup, html};

use super::document::Document;
use super::nav::{NavGroup, bottom_bar, shortcuts_dialog, side};
use super::{PageHeader, Theme};
use crate::element::Text;
use crate::{Icon, Toast, Tone, Words};

/// Everything around a page that does not come from the page.
#[derive(Debug, Clone)]
pub struct Shell<'a> {
    /// The words of the person's language.
    pub words: &'a Words,
    /// BCP 47 tag of it.
    pub language: &'a str,
    /// What the person chose.
    pub theme: Theme,
    /// The organisation's name.
    pub organization: &'a str,
    /// Whether mail leaves the machine; shown on every page.
    pub mode: SendingMode,
    /// Who is signed in.
    pub person: Person<'a>,
    /// The navigation.
    pub nav: Vec<NavGroup<'a>>,
    /// The token against forgery.
    pub csrf: &'a str,
    /// What the last request had to say.
    pub flash: Vec<Toast<'a>>,
    /// Whether single keys do something (WCAG 2.1.4 wants them to be switched off).
    pub shortcuts: bool,
    /// The program's version.
    pub version: &'a str,
}

/// Who is signed in.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    /// Their name.
    pub name: &'a str,
    /// Their address.
    pub email: &'a str,
    /// What they are in the organisation, in their language.
    pub role: &'a str,
}

/// An ordinary page.
#[must_use]
pub fn page(shell: &Shell<'_>, header: &PageHeader<'_>, body: Markup) -> Markup {
    let content = html! {
        div.content {
            (mode_banner(shell))
            div.content-in.content-wide[header.is_wide()] {
                nav.tasks aria-label=(shell.words.tasks) { (tasks_indicator(shell.words, None)) }
                (header.show(shell.words))
                main id="main" tabindex="-1" { (body) }
            }
        }
    };
    frame(shell, &header.title, "app", &content)
}

/// The way to what runs in the background, in the corner of every page. It asks for its number once
/// the page is there, and again every now and then.
#[must_use]
pub fn tasks_indicator(words: &Words, running: Option<i64>) -> Markup {
    let running_now = running.filter(|count| *count > 0);
    let trigger = if running.is_none() { "load" } else { "every 15s" };
    html! {
        a.tasks-link.is-busy[running_now.is_some()] id="tasks-link" href=(TASKS.url()) title=(words.tasks)
            hx-get=(TASKS_INDICATOR.url()) hx-trigger=(trigger) hx-swap="outerHTML" hx-boost="false" {
            (Icon::Tasks)
            span.sr { (words.tasks) }
            @if let Some(count) = running_now {
                span.tasks-count.num aria-hidden="true" { (crate::number(count)) }
                span.sr { ", " (words.tasks_running.replace('#', &count.to_string())) }
            }
        }
    }
}

/// A page whose content takes the whole height: a toolbar, a canvas, and settings on the right.
#[derive(Debug, Clone)]
pub struct Builder<'a> {
    /// What is being built.
    pub title: Text<'a>,
    /// Where the way back leads, and what is there.
    pub back: (Text<'a>, Text<'a>),
    /// "Draft", "Saved 12:04": always visible.
    pub state: Markup,
    /// Buttons on the right of the toolbar.
    pub actions: Markup,
    /// The middle.
    pub canvas: Markup,
    /// The settings; 360 px on wide screens, below the canvas on narrow ones.
    pub panel: Markup,
    /// The accessible name of the panel.
    pub panel_label: Text<'a>,
}

/// A builder.
#[must_use]
pub fn builder_page(shell: &Shell<'_>, builder: &Builder<'_>) -> Markup {
    let (back_href, back_label) = &builder.back;
    let content = html! {
        div.content {
            (mode_banner(shell))
            header.builder-bar {
                a.btn.btn-ghost.btn-icon href=(back_href) aria-label=(back_label) title=(back_label) { (Icon::ArrowLeft) }
                h1 { (builder.title) }
                div.builder-state { (builder.state) }
                div.btn-row.push { (builder.actions) }
            }
            main.builder id="main" tabindex="-1" {
                div.builder-canvas { (builder.canvas) }
                aside.builder-panel aria-label=(builder.panel_label) { (builder.panel) }
            }
        }
    };
    frame(shell, &builder.title, "app app-builder", &content)
}

fn frame(shell: &Shell<'_>, title: &str, class: &str, content: &Markup) -> Markup {
    let title = format!(
        "{title} \u{b7} {} \u{b7} {}",
        shell.organization, shell.words.product
    );
    let document = Document {
        title: &title,
        language: shell.language,
        theme: shell.theme,
        class,
        csrf: Some(shell.csrf),
        shortcuts: shell.shortcuts,
        times: Some(shell.words.relative_times()),
        brand: None,
    };
    document.with(&html! {
        a.skip href="#main" { (shell.words.skip) }
        div.frame { (side(shell)) (content) }
        (bottom_bar(shell))
        (toasts(shell))
        (shortcuts_dialog(shell))
        (confirm_dialog(shell.words))
    })
}

fn mode_banner(shell: &Shell<'_>) -> Markup {
    if shell.mode == SendingMode::Live {
        return Markup::default();
    }
    let words = shell.words;
    html! {
        aside.mode-banner aria-label=(words.test_mode) {
            (Icon::Inbox)
            p { strong { (words.test_mode) } " " span.mode-help { (words.test_mode_help) } }
            span.mode-links {
                a href=(INBOX.url()) { (words.open_inbox) }
                a href=(GO_LIVE.url()) { (words.go_live) }
            }
        }
    }
}

fn toasts(shell: &Shell<'_>) -> Markup {
    html! {
        div.toasts id="toasts" role="status" aria-live="polite"
            data-failed=(shell.words.request_failed) data-offline=(shell.words.offline) {
            @for toast in &shell.flash { (toast.show(shell.words)) }
        }
        // What the script shows when a request in the background fails.
        template id="toast-error" { (Toast::new(Tone::Danger, "").show(shell.words)) }
    }
}

/// One dialog for all questions; the script puts the words of the form into it.
pub(super) fn confirm_dialog(words: &Words) -> Markup {
    html! {
        dialog.dialog.dialog-confirm id="confirm" aria-labelledby="confirm-title" aria-describedby="confirm-text" {
            form method="dialog" {
                h2 id="confirm-title" { (words.confirm) }
                p id="confirm-text" {}
                div.dialog-actions {
                    button.btn value="no" { (words.cancel) }
                    button.btn.btn-danger id="confirm-yes" value="yes" { (words.confirm) }
                }
            }
        }
    }
}
