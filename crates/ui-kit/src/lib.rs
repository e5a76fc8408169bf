//! The one design system of the product: documents, components, icons, charts and the files that
//! pages load.
//!
//! - Components are builders that implement [`maud::Render`], or functions that return
//!   [`maud::Markup`]: `html! { (Button::primary(ctx.t("crm-contact-add")).href(url)) }`. Those that
//!   need words of their own take [`Words`].
//! - Text comes in as parameters and is escaped here; the crate's own few words are message keys in
//!   `i18n/en.ftl` ([`MESSAGES`]).
//! - There is no inline style and no inline script anywhere: the policy of the pages is
//!   `script-src 'self'; style-src 'self'`. Lengths that depend on data are attributes of SVG.
//! - What the components look like is in `assets/css/`, what they do beyond links and forms in
//!   `assets/app.js`. A page brings no style and no script of its own.
//!
//! Invariant: knows HTML and the paths in `contracts`, and nothing of HTTP, data or the contexts.
//! `cargo run -p ui-kit --example gallery -- <folder>` writes every component into HTML files.

pub mod asset;
pub mod brand;
pub mod chart;
pub mod layout;

mod badge;
mod button;
mod card;
mod code;
mod element;
mod feedback;
mod filter;
mod form;
mod icon;
mod live;
mod number;
mod overlay;
mod parts;
mod phone;
mod table;
mod time;
mod tone;
mod visual_editor;
mod words;

pub use badge::{avatar, badge, badge_with_icon, count, key, tag, tags};
pub use button::{Button, button_row, copy_button};
pub use card::{
    Card, Moment, Stat, columns, facts, grid, stack, stats, three_columns, timeline, timeline_item,
};
pub use code::{LiveRegion, MailFrame, RuleGroup, code_block, copy_value, rule, rule_select};
pub use element::{Text, dom_id};
pub use feedback::{Alert, EmptyState, Progress, Toast, skeleton, spinner};
pub use filter::{FilterBar, filter_chip, filter_select};
pub use form::{
    CheckboxGroup, Choice, CodeField, ErrorSummary, Field, FileField, Form, RadioCards, Select, Switch,
    TagField, danger_zone, field_id, form_section, segmented, segmented_for,
};
pub use icon::Icon;
pub use layout::{
    Brand, Builder, CSRF_FIELD, CSRF_HEADER, ErrorPage, NavGroup, NavItem, PageHeader, Person, PublicShell,
    Shell, Theme, builder_page, csrf_field, error_body, error_page, page, public_page, tasks_indicator,
};
pub use live::Live;
pub use number::{bytes, number, percent, short_number};
pub use overlay::{ActionForm, Confirm, Dialog, MenuItem, MenuTrigger, Tab, dialog_actions, menu, tabs};
pub use parts::{CheckItem, Part, checklist, mark, segmented_links};
pub use phone::{phone_notification, phone_text};
pub use table::{Bulk, Column, Pager, Row, Sorted, Table, link, link_with_note, no_value, person_link};
pub use time::{Times, duration};
pub use tone::Tone;
pub use visual_editor::{VISUAL_EDITOR_POLICY, VisualBlock, VisualEditor, VisualEditorWords};
pub use words::{MESSAGES, Words};
