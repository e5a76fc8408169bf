//! What opens over or beside something: tabs, menus, dialogs.

use maud::{Markup, Render, html};

use crate::element::{Attrs, Text, element};
use crate::{Button, Icon, Words};

/// One tab. Tabs are links: each has an address.
#[derive(Debug, Clone)]
pub struct Tab<'a> {
    /// What it says.
    pub label: Text<'a>,
    /// Where it is.
    pub href: Text<'a>,
    /// Whether it is the present one.
    pub active: bool,
    /// A number in it.
    pub count: Option<i64>,
}

/// A row of tabs; `label` names the landmark.
#[must_use]
pub fn tabs(label: &str, tabs: &[Tab<'_>]) -> Markup {
    html! {
        nav.tabs aria-label=(label) {
            @for tab in tabs {
                a href=(tab.href) aria-current=[tab.active.then_some("page")] {
                    (tab.label)
                    @if let Some(count) = tab.count { (crate::count(count)) }
                }
            }
        }
    }
}

/// A menu behind a button; works without a script.
#[must_use]
pub fn menu(trigger: &MenuTrigger<'_>, items: &[MenuItem<'_>]) -> Markup {
    let summary = match trigger {
        MenuTrigger::Button(label) => html! {
            summary.btn { span { (label) } (Icon::ChevronDown) }
        },
        MenuTrigger::More(label) => html! {
            summary.btn.btn-ghost.btn-icon.btn-small aria-label=(label) title=(label) { (Icon::More) }
        },
    };
    html! {
        details.menu {
            (summary)
            div.menu-list { @for item in items { (item) } }
        }
    }
}

/// What opens a menu.
#[derive(Debug, Clone)]
pub enum MenuTrigger<'a> {
    /// A button with words.
    Button(Text<'a>),
    /// Three dots; the label is read out.
    More(Text<'a>),
}

/// One line of a menu.
#[derive(Debug, Clone)]
pub enum MenuItem<'a> {
    /// Goes somewhere.
    Link {
        /// Drawn before it.
        icon: Icon,
        /// What it says.
        label: Text<'a>,
        /// Where it goes.
        href: Text<'a>,
    },
    /// Opens a dialog.
    Dialog {
        /// Drawn before it.
        icon: Icon,
        /// What it says.
        label: Text<'a>,
        /// Which.
        id: Text<'a>,
    },
    /// Anything else, usually an [`ActionForm`].
    Custom(Markup),
    /// A line between groups.
    Separator,
}

impl Render for MenuItem<'_> {
    fn render(&self) -> Markup {
        match self {
            MenuItem::Link { icon, label, href } => {
                html! { a.menu-item href=(href) { (icon) span { (label) } } }
            }
            MenuItem::Dialog { icon, label, id } => html! {
                button.menu-item type="button" data-dialog=(id) { (icon) span { (label) } }
            },
            MenuItem::Custom(markup) => markup.clone(),
            MenuItem::Separator => html! { hr; },
        }
    }
}

/// A dialog that [`Button::dialog`] opens. The body usually is a form.
#[derive(Debug, Clone)]
pub struct Dialog<'a> {
    id: Text<'a>,
    title: Text<'a>,
    open: bool,
    wide: bool,
}

impl<'a> Dialog<'a> {
    /// The title is its accessible name.
    #[must_use]
    pub fn new(id: impl Into<Text<'a>>, title: impl Into<Text<'a>>) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            open: false,
            wide: false,
        }
    }

    /// Opens as soon as it arrives: a form that came back with errors.
    #[must_use]
    pub fn open(mut self) -> Self {
        self.open = true;
        self
    }

    /// 720 px instead of 480.
    #[must_use]
    pub fn wide(mut self) -> Self {
        self.wide = true;
        self
    }

    /// Around its content.
    #[must_use]
    pub fn body(&self, words: &Words, body: Markup) -> Markup {
        html! {
            dialog.dialog.dialog-wide[self.wide] id=(self.id) aria-labelledby={ (self.id) "-title" }
                data-open[self.open] {
                header.dialog-head {
                    h2 id={ (self.id) "-title" } { (self.title) }
                    button.btn.btn-ghost.btn-icon.btn-small type="button" data-close
                        aria-label=(words.close) title=(words.close) { (Icon::Close) }
                }
                div.dialog-body { (body) }
            }
        }
    }
}

/// The row of buttons at the end of a dialog's form: Cancel, and what it is for.
#[must_use]
pub fn dialog_actions(words: &Words, action: &Button<'_>) -> Markup {
    html! {
        div.dialog-actions {
            button.btn type="button" data-close { (words.cancel) }
            (action)
        }
    }
}

/// What a person is asked before something happens.
#[derive(Debug, Clone)]
pub struct Confirm<'a> {
    /// "Delete Spring sale?"
    pub title: Text<'a>,
    /// What follows from it.
    pub text: Text<'a>,
    /// The verb on the button.
    pub button: Text<'a>,
}

/// A form that is one button: what changes something without a page of its own.
#[derive(Debug, Clone)]
pub struct ActionForm<'a> {
    action: Text<'a>,
    csrf: Markup,
    button: Button<'a>,
    fields: Vec<(Text<'a>, Text<'a>)>,
    confirm: Option<Confirm<'a>>,
    attrs: Attrs<'a>,
    menu: bool,
}

impl<'a> ActionForm<'a> {
    /// Posts to `action`; `csrf` is the hidden field.
    #[must_use]
    pub fn new(action: impl Into<Text<'a>>, csrf: Markup, button: Button<'a>) -> Self {
        Self {
            action: action.into(),
            csrf,
            button,
            fields: Vec::new(),
            confirm: None,
            attrs: Attrs::new(),
            menu: false,
        }
    }

    /// A hidden field.
    #[must_use]
    pub fn field(mut self, name: impl Into<Text<'a>>, value: impl Into<Text<'a>>) -> Self {
        self.fields.push((name.into(), value.into()));
        self
    }

    /// Asks first. Without a script the form is sent at once, so what cannot be undone asks on a
    /// page of its own instead.
    #[must_use]
    pub fn confirm(mut self, confirm: Confirm<'a>) -> Self {
        self.confirm = Some(confirm);
        self
    }

    /// Looks like a line of a menu.
    #[must_use]
    pub fn in_menu(mut self) -> Self {
        self.menu = true;
        self
    }

    /// Any further attribute of the form (`hx-post`, `hx-target`).
    #[must_use]
    pub fn attr(mut self, name: &'static str, value: impl Into<Text<'a>>) -> Self {
        self.attrs.push(name, value);
        self
    }
}

impl Render for ActionForm<'_> {
    fn render(&self) -> Markup {
        let mut attrs = Attrs::new()
            .with(
                "class",
                if self.menu {
                    "action-form menu-form"
                } else {
                    "action-form"
                },
            )
            .with("method", "post")
            .with("action", self.action.as_ref());
        if let Some(confirm) = &self.confirm {
            confirm_attrs(&mut attrs, confirm);
        }
        attrs.extend(&self.attrs);
        let body = html! {
            (self.csrf)
            @for (name, value) in &self.fields { input type="hidden" name=(name) value=(value); }
            (self.button)
        };
        element("form", &attrs, &body)
    }
}

pub(crate) fn confirm_attrs<'a>(attrs: &mut Attrs<'a>, confirm: &'a Confirm<'_>) {
    attrs.push("data-confirm", confirm.title.as_ref());
    attrs.push("data-confirm-text", confirm.text.as_ref());
    attrs.push("data-confirm-button", confirm.button.as_ref());
}
