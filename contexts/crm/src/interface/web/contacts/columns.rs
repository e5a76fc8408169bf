//! What the columns of the list are called and how their values look.

use contracts::crm::lists::CONTACT_TAGS_CELL;
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{Button, Icon, Times, no_value, tags};

use super::may_write;
use crate::domain::{
    contact::{Contact, Source, TextField},
    contact_column::{Cell, ContactColumn},
    field::Field,
    tag::Tag,
};

/// What the list shows beside the name unless it is asked for something else.
pub fn default_columns() -> Vec<ContactColumn> {
    vec![
        ContactColumn::Tags,
        ContactColumn::Text(TextField::Company),
        ContactColumn::Created,
        ContactColumn::Updated,
    ]
}

/// The columns of a list, by their words; those that do not exist are passed over.
pub fn chosen_columns(names: &[String], fields: &[Field]) -> Vec<ContactColumn> {
    if names.is_empty() {
        return default_columns();
    }
    names
        .iter()
        .filter_map(|name| ContactColumn::parse(name, fields))
        .collect()
}

/// What people call a column that every contact has.
pub fn field_label(ctx: &Ctx, key: &str) -> String {
    ctx.t(&format!("crm-field-{}", key.replace('_', "-")))
}

/// What people call a column.
pub fn column_label(ctx: &Ctx, fields: &[Field], column: &ContactColumn) -> String {
    match column {
        ContactColumn::Id => ctx.t("crm-column-id"),
        ContactColumn::Tags => ctx.t("crm-column-tags"),
        ContactColumn::Source => ctx.t("crm-column-source"),
        ContactColumn::Created => ctx.t("crm-column-created"),
        ContactColumn::Updated => ctx.t("crm-column-updated"),
        ContactColumn::LastActive => ctx.t("crm-column-last-active"),
        ContactColumn::Attribute(key) => fields
            .iter()
            .find(|field| field.key == *key)
            .map_or_else(|| key.clone(), |field| field.label.clone()),
        other => field_label(ctx, &other.name()),
    }
}

/// The value of a column.
pub fn cell(ctx: &Ctx, contact: &Contact, column: &ContactColumn) -> Markup {
    let times = Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    };
    match column {
        ContactColumn::Tags => tags_cell(ctx, contact),
        ContactColumn::Created => times.relative(contact.created_at),
        ContactColumn::Updated => times.relative(contact.updated_at),
        ContactColumn::LastActive => contact
            .last_active_at
            .map_or_else(no_value, |at| times.relative(at)),
        ContactColumn::Source => html! { (source_word(ctx, contact.source)) },
        ContactColumn::Id => html! { code { (contact.id) } },
        other => match other.cell(contact) {
            Cell::Empty => no_value(),
            Cell::Number(number) => html! { (number) },
            Cell::Text(text) => html! { (shortened(&text)) },
        },
    }
}

fn source_word(ctx: &Ctx, source: Source) -> String {
    ctx.t(&format!("crm-source-{}", source.as_str()))
}

/// The tags of a row, with the way to change them where they stand.
pub fn tags_cell(ctx: &Ctx, contact: &Contact) -> Markup {
    let names: Vec<&str> = contact.tags.iter().map(Tag::as_str).collect();
    let shown = html! { @if names.is_empty() { (no_value()) } @else { (tags(&names)) } };
    if !may_write(ctx) {
        return shown;
    }
    let url = CONTACT_TAGS_CELL.url(&contact.id);
    let edit = Button::ghost(ctx.ta("crm-list-edit-tags", &[("name", contact.label().into())]))
        .small()
        .icon_only(Icon::Edit)
        .href(url.clone())
        .attr("hx-get", url)
        .attr("hx-target", "closest .cell-edit")
        .attr("hx-swap", "outerHTML");
    html! { div.cell-edit { (shown) (edit) } }
}

fn shortened(value: &str) -> String {
    match value.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}
