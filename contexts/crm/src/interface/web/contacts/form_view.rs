use axum::response::Response;
use contracts::crm::{CONTACT, CONTACT_EDIT, CONTACT_NEW, CONTACTS};
use http::StatusCode;
use maud::{Markup, Render, html};
use platform::web::{Ctx, FieldErrors};
use ui_kit::{
    Alert, Button, ErrorSummary, Field as Input, Form, PageHeader, Select, TagField, Tone, button_row,
    form_section, link, stack,
};

use super::{
    columns::field_label,
    form::{ContactForm, SEEN},
};
use crate::{
    domain::{
        contact::{Contact, TextField},
        field::Field,
    },
    interface::{
        assignment::People,
        web::field_widgets::{Widget, attribute_name, by_group, group_label, input},
    },
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
        @for (group, fields) in by_group(&page.fields) {
            (form_section(&group_label(ctx, group), None, custom(ctx, page, &fields)))
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

fn custom(ctx: &Ctx, page: &FormPage, fields: &[&Field]) -> Markup {
    html! {
        @for field in fields {
            @let name = attribute_name(&field.key);
            (input(ctx, Widget {
                field,
                values: page.form.all(&name).collect(),
                error: error(page, &name),
                country: page.form.get("country"),
            }))
        }
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
