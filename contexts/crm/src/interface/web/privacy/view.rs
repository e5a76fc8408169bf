use axum::response::Response;
use contracts::crm::{
    CONTACT, CONTACTS,
    consent::{CONTACT_ERASURE, CONTACT_EXPORT, CONTACT_EXPORT_FILE, Frequency, PRIVACY},
};
use http::StatusCode;
use kernel::{ContactId, Permission};
use maud::{Markup, html};
use platform::web::{Ctx, FieldErrors};
use serde_json::{Map, Value};
use ui_kit::{
    Alert, Button, Card, Column, EmptyState, ErrorSummary, Field, Form, Icon, MenuItem, PageHeader, Row,
    Select, Table, Times, Tone, badge, button_row, form_section, stack,
};

use super::SettingsForm;
use crate::{
    domain::contact::Contact,
    infrastructure::pg::privacy::Erasure,
    interface::{consent_words::frequencies, public::readable},
};

pub fn settings_page(
    ctx: &Ctx,
    status: StatusCode,
    form: &SettingsForm,
    erasures: &[Erasure],
    errors: &FieldErrors,
) -> Response {
    let header = PageHeader::new(ctx.t("crm-privacy-title")).purpose(ctx.t("crm-privacy-purpose"));
    let mut summary = ErrorSummary::new(ctx.t("crm-form-errors"));
    for error in &errors.0 {
        summary = summary.error(error.field.as_str(), error.detail.as_str());
    }
    let body = html! {
        (form_section(&ctx.t("crm-privacy-looks"), Some(&ctx.t("crm-privacy-looks-help")), looks(ctx, form, errors)))
        (form_section(&ctx.t("crm-privacy-mail"), Some(&ctx.t("crm-privacy-mail-help")), mail(ctx, form, errors)))
        (form_section(&ctx.t("crm-privacy-often"), Some(&ctx.t("crm-privacy-often-help")), often(ctx, form)))
        (button_row(html! { (Button::primary(ctx.t("crm-privacy-save"))) }))
    };
    let page = stack(html! {
        @if !errors.is_empty() { (summary) }
        (Form::post(PRIVACY.url(), ctx.csrf_field()).body(ctx.words(), body))
        (erased(ctx, erasures))
    });
    ctx.page_with(status, &header, page)
}

fn looks(ctx: &Ctx, form: &SettingsForm, errors: &FieldErrors) -> Markup {
    let error = |name: &str| errors.of(name).map(str::to_owned);
    html! {
        (Field::text("display_name", ctx.t("crm-privacy-name"))
            .value(&form.display_name)
            .placeholder(ctx.organization.name.clone())
            .help(ctx.t("crm-privacy-name-help"))
            .error(error("display_name"))
            .max_length(100))
        (Field::text("color", ctx.t("crm-privacy-color"))
            .value(&form.color)
            .placeholder("#0b6b78")
            .help(ctx.t("crm-privacy-color-help"))
            .error(error("color"))
            .max_length(7))
        (Field::textarea("intro", ctx.t("crm-privacy-intro"), 3)
            .value(&form.intro)
            .help(ctx.t("crm-privacy-intro-help"))
            .error(error("intro"))
            .max_length(2_000))
    }
}

fn mail(ctx: &Ctx, form: &SettingsForm, errors: &FieldErrors) -> Markup {
    let error = |name: &str| errors.of(name).map(str::to_owned);
    html! {
        (Field::text("confirm_subject", ctx.t("crm-privacy-subject"))
            .value(&form.confirm_subject)
            .error(error("confirm_subject"))
            .max_length(200))
        (Field::textarea("confirm_text", ctx.t("crm-privacy-text"), 4)
            .value(&form.confirm_text)
            .help(ctx.t("crm-privacy-text-help"))
            .error(error("confirm_text"))
            .max_length(5_000))
    }
}

fn often(ctx: &Ctx, form: &SettingsForm) -> Markup {
    let chosen = Frequency::parse(&form.frequency);
    html! {
        (Select::new("frequency", ctx.t("crm-privacy-frequency"))
            .options(frequencies(&ctx.l10n, chosen))
            .selected(form.frequency.as_str()))
    }
}

fn erased(ctx: &Ctx, erasures: &[Erasure]) -> Markup {
    let times = Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    };
    let columns = vec![
        Column::text(ctx.t("crm-erasure-who")),
        Column::text(ctx.t("crm-erasure-by")).wide_only(),
        Column::text(ctx.t("crm-erasure-asked")),
        Column::text(ctx.t("crm-erasure-state")),
    ];
    let rows = erasures.iter().map(|erasure| {
        let by = match erasure.actor.as_str() {
            "user" => "crm-consent-actor-user",
            "api_key" => "crm-consent-actor-api-key",
            _ => "crm-consent-actor-person",
        };
        Row::new(vec![
            html! { code { (erasure.contact) } },
            html! { (ctx.t(by)) },
            times.exact(erasure.requested_at),
            match erasure.finished_at {
                Some(at) => {
                    html! { (badge(Tone::Success, &ctx.t("crm-erasure-done"))) " " (times.relative(at)) }
                }
                None => badge(Tone::Info, &ctx.t("crm-erasure-running")),
            },
        ])
    });
    let empty =
        EmptyState::new(Icon::Shield, ctx.t("crm-erasures-empty")).text(ctx.t("crm-erasures-empty-help"));
    let table = Table::new(ctx.t("crm-erasures-title"), columns)
        .rows(rows)
        .empty(empty);
    Card::titled(ctx.t("crm-erasures-title"))
        .help(ctx.t("crm-erasures-help"))
        .flush()
        .body(table.show(ctx.words()))
}

fn of_contact<'a>(ctx: &Ctx, title: &str, contact: &'a Contact) -> PageHeader<'a> {
    PageHeader::new(ctx.t(title))
        .crumb(ctx.t("crm-contacts-title"), CONTACTS.url())
        .crumb(contact.label(), CONTACT.url(&contact.id))
}

pub fn export_page(ctx: &Ctx, contact: &Contact, data: &Map<String, Value>) -> Response {
    let download = Button::primary(ctx.t("crm-privacy-export-download"))
        .icon(Icon::Download)
        .href(CONTACT_EXPORT_FILE.url(&contact.id))
        .plain();
    let header = of_contact(ctx, "crm-export-contact", contact).actions(html! { (download) });
    let body = html! {
        (Alert::new(Tone::Info, ctx.t("crm-export-contact-note")))
        (Card::untitled().body(readable(&ctx.l10n, data)))
    };
    ctx.page(&header, stack(body))
}

pub fn erasure_page(ctx: &Ctx, contact: &Contact) -> Response {
    let header = of_contact(ctx, "crm-erasure-title", contact);
    let name = [("name", contact.label().into())];
    let body = html! {
        (Alert::new(Tone::Danger, ctx.ta("crm-erasure-question", &name)).text(ctx.t("crm-erasure-text")))
        (Form::post(CONTACT_ERASURE.url(&contact.id), ctx.csrf_field()).body(ctx.words(), button_row(html! {
            (Button::danger(ctx.t("crm-erasure-do")).icon(Icon::Trash))
            (Button::ghost(ctx.words().cancel.as_str()).href(CONTACT.url(&contact.id)))
        })))
    };
    ctx.page(&header, stack(body))
}

/// What the menu of a contact's page offers: merging, handing over, erasing, deleting.
pub fn menu_items<'a>(ctx: &Ctx, id: ContactId, merge: Markup, delete: Markup) -> Vec<MenuItem<'a>> {
    let mut items = vec![MenuItem::Custom(merge)];
    let mut offer = |permission, icon, key: &str, href: String| {
        if ctx.may(permission) {
            items.push(MenuItem::Link {
                icon,
                label: ctx.t(key).into(),
                href: href.into(),
            });
        }
    };
    offer(
        Permission::ContactsExport,
        Icon::Download,
        "crm-export-menu",
        CONTACT_EXPORT.url(&id),
    );
    offer(
        Permission::ContactsErase,
        Icon::Shield,
        "crm-erasure-menu",
        CONTACT_ERASURE.url(&id),
    );
    items.push(MenuItem::Separator);
    items.push(MenuItem::Custom(delete));
    items
}
