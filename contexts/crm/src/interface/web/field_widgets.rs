//! How values of fields are typed and shown, on the pages of contacts as on those of records.

use maud::{Markup, Render, html};
use platform::web::Ctx;
use serde_json::Value;
use ui_kit::{CheckboxGroup, Choice, Field as Input, Select, TagField, Times, tags};

use crate::domain::{
    field::{Field, FieldType, group_order},
    field_value, places,
};

/// The form's field for a custom field.
#[must_use]
pub fn attribute_name(key: &str) -> String {
    format!("attributes/{key}")
}

/// What a form has for a value: several for a multiselect.
#[must_use]
pub fn form_values(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().map(field_value::to_text).collect(),
        single => vec![field_value::to_text(single)],
    }
}

/// Fields under their headings.
pub fn by_group<'a>(fields: &'a [Field]) -> Vec<(&'a str, Vec<&'a Field>)> {
    let mut groups: Vec<(&str, Vec<&Field>)> = Vec::new();
    for field in fields {
        match groups.iter_mut().find(|(name, _)| *name == field.group) {
            Some((_, members)) => members.push(field),
            None => groups.push((&field.group, vec![field])),
        }
    }
    groups.sort_by(|(a, _), (b, _)| group_order(a).cmp(&group_order(b)));
    groups
}

/// What people call a group.
pub fn group_label(ctx: &Ctx, group: &str) -> String {
    match group {
        "core" => ctx.t("crm-group-core"),
        "professional" => ctx.t("crm-group-professional"),
        "personal" => ctx.t("crm-group-personal"),
        "social" => ctx.t("crm-group-social"),
        own => own.to_owned(),
    }
}

/// Everything that an input is made from.
pub struct Widget<'a> {
    pub field: &'a Field,
    /// As typed; several for a multiselect.
    pub values: Vec<&'a str>,
    pub error: Option<String>,
    /// Whose regions are suggested.
    pub country: &'a str,
}

/// The input of a field.
pub fn input(ctx: &Ctx, widget: Widget<'_>) -> Markup {
    let field = widget.field;
    let name = attribute_name(&field.key);
    let label = field.label.as_str();
    let value = widget.values.first().copied().unwrap_or_default();
    let error = widget.error.clone();
    let input = match field.kind {
        FieldType::Boolean => {
            let options = [
                ("", String::new()),
                ("true", ctx.t("crm-yes")),
                ("false", ctx.t("crm-no")),
            ];
            return choice(Select::new(name, label).options(options), field, value, error);
        }
        FieldType::Select => {
            let options = with_kept(field.options.iter().map(String::as_str), value);
            return choice(Select::new(name, label).options(options), field, value, error);
        }
        FieldType::Country => {
            let options = with_kept(places::countries().map(|name: &str| name), value);
            return choice(Select::new(name, label).options(options), field, value, error);
        }
        FieldType::Locale => {
            let mut select = Select::new(name, label).option("", "");
            let known = places::locales().any(|(tag, _)| tag == value);
            if !known && !value.is_empty() {
                select = select.option(value, value);
            }
            let options = places::locales().map(|(tag, name)| (tag, format!("{name} ({tag})")));
            return choice(select.options(options), field, value, error);
        }
        FieldType::Timezone => return choice(zones(name, label, value), field, value, error),
        FieldType::Multiselect => return multiselect(ctx, &widget, &name),
        FieldType::Textarea | FieldType::Html => Input::textarea(name, label, 5),
        FieldType::Text if value.contains('\n') || value.len() > 200 => Input::textarea(name, label, 4),
        FieldType::Text => Input::text(name, label),
        FieldType::Lookup => Input::text(name, label).suggestions(field.options.iter().map(String::as_str)),
        FieldType::Region => Input::text(name, label).suggestions(places::regions_of(widget.country)),
        FieldType::Number => Input::text(name, label).attr("inputmode", "decimal"),
        FieldType::Date => Input::date(name, label),
        FieldType::Time => Input::time(name, label).attr("step", "1"),
        FieldType::Datetime => {
            // The browser's control knows no offset.
            let local = value.strip_suffix('Z').unwrap_or(value);
            let input = Input::datetime(name, label).attr("step", "any").suffix("UTC");
            return typed(input, field, local, error);
        }
        FieldType::Url => Input::text(name, label).attr("inputmode", "url"),
        FieldType::Email => Input::text(name, label).attr("inputmode", "email"),
        FieldType::Phone => Input::tel(name, label),
    };
    typed(input, field, value, error)
}

fn typed(mut input: Input<'_>, field: &Field, value: &str, error: Option<String>) -> Markup {
    if let Some(most) = field.max_length {
        input = input.max_length(most);
    }
    if field.flags.required {
        input = input.required();
    }
    input.value(value.to_owned()).error(error).render()
}

fn choice(mut select: Select<'_>, field: &Field, value: &str, error: Option<String>) -> Markup {
    if field.flags.required {
        select = select.required();
    }
    select.selected(value.to_owned()).error(error).render()
}

/// A value whose option was taken away is kept as long as nobody chooses another.
fn with_kept<'a>(options: impl Iterator<Item = &'a str>, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut all = vec![""];
    all.extend(options);
    if !all.contains(&value) {
        all.push(value);
    }
    all.into_iter().map(|option| (option, option)).collect()
}

fn zones<'a>(name: String, label: &'a str, value: &str) -> Select<'a> {
    let mut select = Select::new(name, label).option("", "");
    let areas = places::timezones();
    let known = areas
        .iter()
        .any(|(_, zones)| zones.iter().any(|zone| zone == value));
    if !known && !value.is_empty() {
        select = select.option(value.to_owned(), value.to_owned());
    }
    for (area, zones) in areas {
        select = select.group(
            area,
            zones
                .into_iter()
                .map(|zone| (zone.clone(), zone.replace('_', " "))),
        );
    }
    select
}

fn multiselect(ctx: &Ctx, widget: &Widget<'_>, name: &str) -> Markup {
    let field = widget.field;
    let chosen: Vec<&str> = widget
        .values
        .iter()
        .copied()
        .filter(|value| !value.is_empty())
        .collect();
    if field.options.is_empty() {
        return TagField::new(name, field.label.as_str())
            .value(chosen.join(", "))
            .error(widget.error.clone())
            .show(ctx.words());
    }
    let mut choices: Vec<&str> = field.options.iter().map(String::as_str).collect();
    choices.extend(
        chosen
            .iter()
            .filter(|value| !field.options.iter().any(|option| option == **value)),
    );
    let choices = choices.iter().map(|value| Choice::new(*value, *value)).collect();
    html! {
        // Sent also when nothing is chosen, which takes away what was.
        input type="hidden" name=(name) value="";
        (CheckboxGroup::new(name, field.label.as_str(), choices).chosen(chosen).error(widget.error.clone()))
    }
}

/// A value as people read it.
pub fn shown(ctx: &Ctx, field: &Field, value: &Value) -> Markup {
    let times = Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    };
    match (field.kind, value) {
        (FieldType::Boolean, Value::Bool(yes)) => {
            html! { (ctx.t(if *yes { "crm-yes" } else { "crm-no" })) }
        }
        (FieldType::Multiselect, Value::Array(items)) => {
            let names: Vec<String> = items.iter().map(field_value::to_text).collect();
            tags(&names)
        }
        // Checked to be http or https when it was stored.
        (FieldType::Url, Value::String(url)) => {
            html! { a.link href=(url) rel="noreferrer noopener" { (url) } }
        }
        (FieldType::Email, Value::String(address)) => {
            html! { a.link href={ "mailto:" (address) } { (address) } }
        }
        (FieldType::Datetime, Value::String(text)) => match text.parse() {
            Ok(at) => times.exact(at),
            Err(_) => html! { (text) },
        },
        (FieldType::Time, Value::String(text)) => html! { (text.strip_suffix(":00").unwrap_or(text)) },
        (FieldType::Locale, Value::String(tag)) => match places::locales().find(|(known, _)| known == tag) {
            Some((_, name)) => html! { (name) " (" (tag) ")" },
            None => html! { (tag) },
        },
        // Its markup is shown as it is written, and never obeyed.
        (_, value) => html! { (field_value::to_text(value)) },
    }
}
