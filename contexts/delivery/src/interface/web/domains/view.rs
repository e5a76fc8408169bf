use axum::response::Response;
use contracts::delivery::{
    DOMAIN, DOMAIN_DELETION, DOMAIN_PREFERENCE, DOMAIN_RESUMPTION, DOMAINS, domains::DOMAIN_CHECKS,
};
use http::StatusCode;
use kernel::Permission;
use maud::{Markup, html};
use platform::web::{Ctx, FieldErrors};
use ui_kit::{
    ActionForm, Alert, Button, Field, Form, Icon, PageHeader, Switch, Tone, button_row, danger_zone,
    form_section, stack,
};

use super::{
    DomainForm, key_view, keys_view,
    list_view::{badges, crumb, shown as sender_shown},
    records_view, tracking_view, trust_view,
};
use crate::{
    application::read_domains::{Domain, DomainReport},
    interface::{
        domain_words::domain_badge,
        web::{settings_parts::Question, template_parts::summary},
    },
};

/// The form for a new domain.
pub fn new_page(ctx: &Ctx, status: StatusCode, form: &DomainForm, errors: &FieldErrors) -> Response {
    let header = crumb(ctx, PageHeader::new(ctx.t("delivery-domain-new")))
        .purpose(ctx.t("delivery-domain-new-purpose"));
    let fields = html! {
        (form_section(&ctx.t("delivery-domain-domain"), Some(&ctx.t("delivery-domain-domain-help")), html! {
            (Field::text("domain", ctx.t("delivery-domain-domain"))
                .value(form.domain.as_str())
                .placeholder(ctx.t("delivery-domain-domain-example"))
                .error(errors.of("domain").map(str::to_owned))
                .autocomplete("off")
                .max_length(253)
                .required())
            (Switch::new("is_default", ctx.t("delivery-domain-make-default"), form.is_default)
                .help(ctx.t("delivery-domain-make-default-help")))
        }))
        (sender_section(ctx, form, errors))
        (form_section(&ctx.t("delivery-domain-signing"), Some(&ctx.t("delivery-domain-signing-help")),
            key_view::fields(ctx, &form.key(), errors, true)))
        (button_row(html! { (Button::primary(ctx.t("delivery-domain-create"))) }))
    };
    let body = stack(html! {
        (summary(ctx, errors))
        (Form::post(DOMAINS.url(), ctx.csrf_field()).body(ctx.words(), fields))
    });
    ctx.page_with(status, &header, body)
}

fn sender_section(ctx: &Ctx, form: &DomainForm, errors: &FieldErrors) -> Markup {
    let error = |field: &str| errors.of(field).map(str::to_owned);
    form_section(
        &ctx.t("delivery-domain-sender"),
        Some(&ctx.t("delivery-domain-sender-help")),
        html! {
            (Field::text("from_name", ctx.t("delivery-domain-from-name"))
                .value(form.from_name.as_str())
                .help(ctx.t("delivery-domain-from-name-help"))
                .error(error("from_name"))
                .max_length(100))
            (Field::text("from_local_part", ctx.t("delivery-domain-local"))
                .value(form.from_local_part.as_str())
                .help(ctx.t("delivery-domain-local-help"))
                .error(error("from_local_part"))
                .autocomplete("off")
                .max_length(64)
                .required())
            (Field::email("reply_to", ctx.t("delivery-domain-reply-to"))
                .value(form.reply_to.as_str())
                .help(ctx.t("delivery-domain-reply-to-help"))
                .error(error("reply_to"))
                .autocomplete("off"))
        },
    )
}

/// A domain with its form, as the page shows them.
pub struct Shown<'a> {
    /// The domain and its records.
    pub report: &'a DomainReport,
    /// Who its mail is from, as typed in.
    pub form: &'a DomainForm,
    /// Where links are to lead, as typed in.
    pub tracking: &'a str,
    /// What is wrong with what was typed in.
    pub errors: &'a FieldErrors,
}

/// One domain: its records, its keys, its host for links, who its mail is from.
pub fn page(ctx: &Ctx, status: StatusCode, shown: &Shown<'_>) -> Response {
    let domain = &shown.report.domain;
    let may_write = ctx.may(Permission::ProvidersWrite);
    let header = crumb(ctx, PageHeader::new(domain.domain.as_str()))
        .purpose(sender_shown(&domain.sender))
        .badge(html! { (badges(ctx, domain)) " " (domain_badge(ctx, domain)) });
    let header = if may_write {
        header.actions(actions(ctx, domain))
    } else {
        header
    };
    let save = Form::post(DOMAIN.url(&domain.id), ctx.csrf_field());
    let body = stack(html! {
        (summary(ctx, shown.errors))
        (paused_note(ctx, domain))
        (records_view::card(ctx, shown.report))
        (keys_view::card(ctx, domain, may_write))
        (trust_view::card(ctx, shown.report))
        (tracking_view::card(ctx, domain, shown.tracking, shown.errors, may_write))
        (save.body(ctx.words(), html! {
            (sender_section(ctx, shown.form, shown.errors))
            @if may_write { (button_row(html! { (Button::primary(ctx.t("delivery-domain-save"))) })) }
        }))
        (records_view::history(ctx, shown.report))
        @if may_write {
            (danger_zone(
                &ctx.t("delivery-domain-delete"),
                &ctx.t("delivery-domain-delete-help"),
                html! { (Button::danger(ctx.t("delivery-domain-delete")).href(DOMAIN_DELETION.url(&domain.id))) },
            ))
        }
    });
    ctx.page_with(status, &header, body)
}

fn actions(ctx: &Ctx, domain: &Domain) -> Markup {
    let form = |action: String, button| ActionForm::new(action, ctx.csrf_field(), button);
    html! {
        (form(
            DOMAIN_CHECKS.url(&domain.id),
            Button::secondary(ctx.t("delivery-domain-check")).icon(Icon::Refresh),
        ))
        @if !domain.is_default {
            (form(DOMAIN_PREFERENCE.url(&domain.id), Button::secondary(ctx.t("delivery-domain-prefer"))))
        }
        @if domain.paused.is_some() {
            (form(
                DOMAIN_RESUMPTION.url(&domain.id),
                Button::primary(ctx.t("delivery-domain-resume")).icon(Icon::Play),
            ))
        }
    }
}

fn paused_note(ctx: &Ctx, domain: &Domain) -> Markup {
    let Some(reason) = &domain.paused else {
        return Markup::default();
    };
    html! {
        (Alert::new(Tone::Warning, ctx.t("delivery-domain-paused-title"))
            .text(ctx.ta("delivery-domain-paused-text", &[("reason", reason.as_str().into())])))
    }
}

/// Asks before a domain goes.
pub fn deletion_page(ctx: &Ctx, domain: &Domain) -> Response {
    let title = ctx.ta(
        "delivery-domain-delete-title",
        &[("name", domain.domain.as_str().into())],
    );
    let header = crumb(ctx, PageHeader::new(title)).crumb(domain.domain.as_str(), DOMAIN.url(&domain.id));
    let question = Question {
        text: ctx.t("delivery-domain-delete-text"),
        button: ctx.t("delivery-domain-delete"),
        action: DOMAIN_DELETION.url(&domain.id),
        back: DOMAIN.url(&domain.id),
    };
    question.page(ctx, header)
}
