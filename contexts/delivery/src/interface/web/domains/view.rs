use axum::response::Response;
use contracts::delivery::{
    DOMAIN, DOMAIN_DELETION, DOMAIN_KEY, DOMAIN_PREFERENCE, DOMAIN_RESUMPTION, DOMAINS,
};
use http::StatusCode;
use kernel::Permission;
use maud::{Markup, html};
use platform::web::{Ctx, FieldErrors};
use ui_kit::{
    ActionForm, Alert, Button, Card, Field, Form, Icon, PageHeader, Switch, Tone, button_row, code_block,
    copy_value, danger_zone, facts, form_section, stack,
};

use super::{
    DomainForm, key_view,
    list_view::{algorithm, badges, crumb, shown},
};
use crate::{
    application::read_domains::{DkimSetup, Domain},
    domain::dns_record::TxtRecord,
    interface::web::{settings_parts::Question, template_parts::summary},
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

/// One domain: its records, who its mail is from.
pub fn page(
    ctx: &Ctx,
    status: StatusCode,
    domain: &Domain,
    form: &DomainForm,
    errors: &FieldErrors,
) -> Response {
    let may_write = ctx.may(Permission::ProvidersWrite);
    let header = crumb(ctx, PageHeader::new(domain.domain.as_str()))
        .purpose(shown(&domain.sender))
        .badge(badges(ctx, domain));
    let header = if may_write {
        header.actions(actions(ctx, domain))
    } else {
        header
    };
    let save = Form::post(DOMAIN.url(&domain.id), ctx.csrf_field());
    let body = stack(html! {
        (summary(ctx, errors))
        (paused_note(ctx, domain))
        (records_card(ctx, domain, may_write))
        (save.body(ctx.words(), html! {
            (sender_section(ctx, form, errors))
            @if may_write { (button_row(html! { (Button::primary(ctx.t("delivery-domain-save"))) })) }
        }))
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

/// What has to be published, each part with a button that copies it.
fn records_card(ctx: &Ctx, domain: &Domain, may_write: bool) -> Markup {
    let dkim = domain.dkim.as_ref().map(|dkim| dkim_record(&domain.domain, dkim));
    let dmarc = TxtRecord::mild_dmarc(&domain.domain);
    let zone: Vec<String> = dkim.iter().chain([&dmarc]).map(TxtRecord::zone_line).collect();
    let key_label = if dkim.is_some() {
        "delivery-domain-key-new"
    } else {
        "delivery-domain-key-make"
    };
    let change = html! { (Button::secondary(ctx.t(key_label)).small().icon(Icon::Key).href(DOMAIN_KEY.url(&domain.id))) };
    let card = Card::titled(ctx.t("delivery-records-title")).help(ctx.t("delivery-records-help"));
    let card = if may_write { card.actions(change) } else { card };
    card.body(html! {
        @match &domain.dkim {
            Some(dkim) => {
                p {
                    (ctx.ta("delivery-domain-signed-with", &[
                        ("algorithm", algorithm(ctx, dkim.algorithm).into()),
                        ("selector", dkim.selector.as_str().into()),
                    ]))
                }
            }
            None => { (Alert::new(Tone::Warning, ctx.t("delivery-domain-unsigned")).text(ctx.t("delivery-domain-unsigned-help"))) }
        }
        @if let Some(record) = &dkim { (record_facts(ctx, "delivery-record-dkim", record)) }
        (record_facts(ctx, "delivery-record-dmarc", &dmarc))
        p { (ctx.t("delivery-records-zone")) }
        (code_block(ctx.words(), &ctx.t("delivery-records-zone"), &zone.join("\n")))
        p.muted { (ctx.t("delivery-records-spf")) }
    })
}

/// Below each other and not in a table: a key is far longer than any column.
fn record_facts(ctx: &Ctx, purpose: &'static str, record: &TxtRecord) -> Markup {
    let pairs = [
        (
            ctx.t("delivery-record-type").into(),
            html! { (ctx.t("delivery-record-txt")) },
        ),
        (
            ctx.t("delivery-record-name").into(),
            copy_value(ctx.words(), &record.name),
        ),
        (
            ctx.t("delivery-record-value").into(),
            copy_value(ctx.words(), &record.value),
        ),
    ];
    html! {
        h3 { (ctx.t(purpose)) }
        (facts(&pairs))
    }
}

/// The record that publishes a domain's key.
pub fn dkim_record(domain: &str, dkim: &DkimSetup) -> TxtRecord {
    TxtRecord::dkim(&dkim.selector, domain, dkim.algorithm.record(&dkim.public_key))
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
