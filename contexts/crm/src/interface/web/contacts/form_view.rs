use axum::response::Response;
use contracts::crm::{CONTACT, CONTACT_EDIT, CONTACT_NEW, CONTACTS};
use http::StatusCode;
use maud::{Markup, Render, html};
use platform::web::{Ctx, FieldErrors};
use ui_kit::{
    Alert, Button, CheckboxGroup, Choice, ErrorSummary, Field as Input, Form, PageHeader, Select, TagField,
    Tone, button_row, form_section, link, stack,
};

use super::{
    columns::field_label,
    form::{ContactForm, SEEN, attribute_name},
};
use crate::{
    domain::{
        contact::{Contact, TextField},
        field::{Field, FieldType},
    },
    interface::assignment::People,
};

/// The form of a new contact or of one that exists.
pub struct FormPage {
    pub contact: Option<Contact>,
    pub form: ContactForm,
    pub fields: Vec<Field>,
    pub tags: Vec<String>,
    pub people: People,
    pub errors: FieldErrors,
    /// The page of a contact with the same address or identifier.
    pub in_the_way: Option<String>,
}

pub fn page(ctx: &Ctx, status: StatusCode, page: &FormPage) -> Response {
    let (header, action, back) = match &page.contact {
        Some(contact) => {
            let label = contact.label();
            let header =
                PageHeader::new(ctx.ta("crm-contact-edit-title", &[("name", label.as_str().into())]))
                    .crumb(ctx.t("crm-contacts-title"), CONTACTS.url())
                    .crumb(label, CONTACT.url(&contact.id));
            (header, CONTACT_EDIT.url(&contact.id), CONTACT.url(&contact.id))
        }
        None => {
            let header = PageHeader::new(ctx.t("crm-contact-new-title"))
                .crumb(ctx.t("crm-contacts-title"), CONTACTS.url());
            (header, CONTACT_NEW.url(), CONTACTS.url())
        }
    };
    let save = if page.contact.is_some() {
        "crm-contact-save"
    } else {
        "crm-contact-create"
    };
    let body = html! {
        @if page.contact.is_some() { input type="hidden" name=(SEEN) value=(page.form.get(SEEN)); }
        (form_section(&ctx.t("crm-contact-section-person"), None, person(ctx, page)))
        (form_section(&ctx.t("crm-contact-section-place"), None, place(ctx, page)))
        (form_section(&ctx.t("crm-contact-section-care"), None, care(ctx, page)))
        (form_section(&ctx.t("crm-column-tags"), Some(&ctx.t("crm-contact-tags-help")), tags(ctx, page)))
        @if !page.fields.is_empty() {
            (form_section(&ctx.t("crm-fields-title"), None, custom(ctx, page)))
        }
        (button_row(html! {
            (Button::primary(ctx.t(save)))
            (Button::ghost(ctx.words().cancel.as_str()).href(back))
        }))
    };
    let form = Form::post(action, ctx.csrf_field()).body(ctx.words(), body);
    ctx.page_with(status, &header, stack(html! { (summary(ctx, page)) (form) }))
}

fn summary(ctx: &Ctx, page: &FormPage) -> Markup {
    let mut summary = ErrorSummary::new(ctx.t("crm-form-errors"));
    for error in &page.errors.0 {
        summary = summary.error(error.field.as_str(), error.detail.as_str());
    }
    html! {
        (summary)
        @if let Some(href) = &page.in_the_way {
            (Alert::new(Tone::Info, ctx.t("crm-contact-in-the-way"))
                .actions(link(href, &ctx.t("crm-contact-in-the-way-open"))))
        }
    }
}

fn person(ctx: &Ctx, page: &FormPage) -> Markup {
    html! {
        (text(ctx, page, TextField::FirstName).autocomplete("off"))
        (text(ctx, page, TextField::LastName).autocomplete("off"))
        // A plain text field: the browser's own check of addresses would keep the form from us.
        (Input::text("email", field_label(ctx, "email"))
            .value(page.form.get("email"))
            .attr("inputmode", "email")
            .autocomplete("off")
            .error(error(page, "email")))
        (text(ctx, page, TextField::Phone).autocomplete("off"))
        (Input::text("external_id", field_label(ctx, "external_id"))
            .value(page.form.get("external_id"))
            .help(ctx.t("crm-field-external-id-help"))
            .error(error(page, "external_id")))
    }
}

fn place(ctx: &Ctx, page: &FormPage) -> Markup {
    html! {
        (text(ctx, page, TextField::Company))
        (text(ctx, page, TextField::City))
        (text(ctx, page, TextField::Country))
        (text(ctx, page, TextField::Locale).help(ctx.t("crm-field-locale-help")))
        (text(ctx, page, TextField::Timezone).help(ctx.t("crm-field-timezone-help")))
    }
}

fn care(ctx: &Ctx, page: &FormPage) -> Markup {
    html! {
        (owner_select(ctx, &page.people, page.form.get("owner_id"), error(page, "owner_id")))
        (stage_select(ctx, &page.people, page.form.get("stage_id"), error(page, "stage_id")))
        (Input::text("points", ctx.t("crm-column-points"))
            .value(page.form.get("points"))
            .attr("inputmode", "numeric")
            .error(error(page, "points")))
    }
}

/// Who looks after a contact. Whoever no longer works here stays chosen until somebody else is.
pub fn owner_select(ctx: &Ctx, people: &People, chosen: &str, error: Option<String>) -> Markup {
    let mut options = vec![(String::new(), ctx.t("crm-owner-none"))];
    options.extend(
        people
            .members
            .iter()
            .map(|member| (member.id.to_string(), member.name.clone())),
    );
    if !options.iter().any(|(id, _)| id == chosen) {
        options.push((chosen.to_owned(), ctx.t("crm-actor-former")));
    }
    Select::new("owner_id", ctx.t("crm-column-owner"))
        .options(options)
        .selected(chosen)
        .error(error)
        .render()
}

/// How far a contact has come.
pub fn stage_select(ctx: &Ctx, people: &People, chosen: &str, error: Option<String>) -> Markup {
    let mut options = vec![(String::new(), ctx.t("crm-stage-none"))];
    options.extend(
        people
            .stages
            .iter()
            .map(|stage| (stage.id.to_string(), stage.name.clone())),
    );
    if !options.iter().any(|(id, _)| id == chosen) {
        options.push((chosen.to_owned(), ctx.t("crm-stage-former")));
    }
    Select::new("stage_id", ctx.t("crm-column-stage"))
        .options(options)
        .selected(chosen)
        .error(error)
        .render()
}

fn tags(ctx: &Ctx, page: &FormPage) -> Markup {
    TagField::new("tags", ctx.t("crm-column-tags"))
        .value(page.form.get("tags"))
        .suggestions(page.tags.iter().map(String::as_str))
        .error(error(page, "tags"))
        .show(ctx.words())
}

fn custom(ctx: &Ctx, page: &FormPage) -> Markup {
    html! { @for field in &page.fields { (custom_field(ctx, page, field)) } }
}

fn custom_field(ctx: &Ctx, page: &FormPage, field: &Field) -> Markup {
    let name = attribute_name(&field.key);
    let value = page.form.get(&name);
    let label = field.label.as_str();
    let error = error(page, &name);
    let input = match field.kind {
        FieldType::Boolean => {
            let options = [
                ("", String::new()),
                ("true", ctx.t("crm-yes")),
                ("false", ctx.t("crm-no")),
            ];
            return Select::new(name, label)
                .options(options)
                .selected(value)
                .error(error)
                .render();
        }
        FieldType::Select => return select(field, name, value, error),
        FieldType::Multiselect => return multiselect(ctx, page, field, &name, error),
        FieldType::Text if value.contains('\n') || value.len() > 200 => Input::textarea(name, label, 4),
        FieldType::Text => Input::text(name, label),
        FieldType::Number => Input::text(name, label).attr("inputmode", "decimal"),
        FieldType::Date => Input::date(name, label),
        FieldType::Datetime => {
            // The browser's control knows no offset.
            let local = value.strip_suffix('Z').unwrap_or(value);
            let input = Input::datetime(name, label).attr("step", "any").suffix("UTC");
            return input.value(local).error(error).render();
        }
        FieldType::Url => Input::text(name, label).attr("inputmode", "url"),
        FieldType::Phone => Input::tel(name, label),
    };
    input.value(value).error(error).render()
}

fn select(field: &Field, name: String, value: &str, error: Option<String>) -> Markup {
    let mut options = vec![String::new()];
    options.extend(field.options.iter().cloned());
    // A value whose option was taken away is kept as long as nobody chooses another.
    if !options.iter().any(|option| option == value) {
        options.push(value.to_owned());
    }
    let options = options.into_iter().map(|option| (option.clone(), option));
    Select::new(name, field.label.as_str())
        .options(options)
        .selected(value)
        .error(error)
        .render()
}

fn multiselect(ctx: &Ctx, page: &FormPage, field: &Field, name: &str, error: Option<String>) -> Markup {
    let chosen: Vec<&str> = page.form.all(name).collect();
    if field.options.is_empty() {
        return TagField::new(name, field.label.as_str())
            .value(chosen.join(", "))
            .error(error)
            .show(ctx.words());
    }
    let mut choices: Vec<&str> = field.options.iter().map(String::as_str).collect();
    choices.extend(
        chosen
            .iter()
            .filter(|value| !field.options.iter().any(|option| option == **value)),
    );
    html! {
        // Sent also when nothing is chosen, which takes away what was.
        input type="hidden" name=(name) value="";
        (CheckboxGroup::new(name, field.label.as_str(), choices.iter().map(|value| Choice::new(*value, *value)).collect())
            .chosen(chosen)
            .error(error))
    }
}

fn text<'a>(ctx: &Ctx, page: &'a FormPage, field: TextField) -> Input<'a> {
    Input::text(field.key(), field_label(ctx, field.key()))
        .value(page.form.get(field.key()))
        .error(error(page, field.key()))
}

fn error(page: &FormPage, name: &str) -> Option<String> {
    page.errors.of(name).map(str::to_owned)
}
