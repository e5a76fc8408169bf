use axum::response::Response;
use contracts::delivery::{MESSAGE, MESSAGES, SUPPRESSION_REMOVAL, SUPPRESSIONS};
use http::StatusCode;
use kernel::Permission;
use maud::{Markup, html};
use platform::web::{Ctx, FieldErrors};
use ui_kit::{
    Alert, Button, Card, Column, EmptyState, Field, Form, Icon, Moment, PageHeader, Row, Select, Table, Tone,
    badge_with_icon, button_row, link, no_value, stack, timeline,
};

use super::{RemovalForm, view::reason_badge};
use crate::{
    application::read_suppressions::{LogAction, LogEntry, Standing, Suppression},
    domain::{address_list::Remark, suppression::SuppressionReason},
    interface::{
        settings_words::suppression_reason,
        web::template_parts::{summary, times},
    },
};

/// One address.
pub fn page(
    ctx: &Ctx,
    status: StatusCode,
    standing: &Standing,
    form: &RemovalForm,
    errors: &FieldErrors,
) -> Response {
    let address = standing.address.as_str();
    let header = PageHeader::new(address)
        .crumb(ctx.t("delivery-suppressions-title"), SUPPRESSIONS.url())
        .badge(standing_badge(ctx, standing));
    let header = if ctx.may(Permission::MessagesRead) {
        let messages = MESSAGES.with(&[("to", address)]);
        header.actions(html! {
            (Button::secondary(ctx.t("delivery-suppression-messages")).icon(Icon::Mail).href(messages))
        })
    } else {
        header
    };
    let may_write = ctx.may(Permission::SuppressionsWrite) && !standing.reasons.is_empty();
    let body = stack(html! {
        (summary(ctx, errors))
        (reasons_card(ctx, standing))
        @if may_write { (removal_card(ctx, standing, form, errors)) }
        (log_card(ctx, &standing.log))
    });
    ctx.page_with(status, &header, body)
}

fn standing_badge(ctx: &Ctx, standing: &Standing) -> Markup {
    if standing.reasons.is_empty() {
        badge_with_icon(Tone::Success, Icon::Check, &ctx.t("delivery-suppression-free"))
    } else {
        badge_with_icon(
            Tone::Warning,
            Icon::Shield,
            &ctx.t("delivery-suppression-suppressed"),
        )
    }
}

fn reasons_card(ctx: &Ctx, standing: &Standing) -> Markup {
    if standing.reasons.is_empty() {
        return html! { (Alert::new(Tone::Success, ctx.t("delivery-suppression-free-text"))) };
    }
    let columns = vec![
        Column::text(ctx.t("delivery-suppression-reason")),
        Column::text(ctx.t("delivery-suppression-note")),
        Column::text(ctx.t("delivery-suppression-message")),
        Column::text(ctx.t("delivery-suppression-since")),
    ];
    let table = Table::new(ctx.t("delivery-suppression-why"), columns)
        .rows(standing.reasons.iter().map(|reason| reason_row(ctx, reason)))
        .show(ctx.words());
    Card::titled(ctx.t("delivery-suppression-why"))
        .flush()
        .body(table)
}

fn reason_row<'a>(ctx: &Ctx, suppression: &'a Suppression) -> Row<'a> {
    Row::new(vec![
        reason_badge(ctx, suppression.reason),
        match &suppression.note {
            Some(note) => html! { (note) },
            None => no_value(),
        },
        match suppression.message {
            Some(message) if ctx.may(Permission::MessagesRead) => link(
                &MESSAGE.url(&message),
                &ctx.t("delivery-suppression-message-link"),
            ),
            _ => no_value(),
        },
        times(ctx).relative(suppression.created_at),
    ])
}

fn removal_card(ctx: &Ctx, standing: &Standing, form: &RemovalForm, errors: &FieldErrors) -> Markup {
    let asked_for = |reason| {
        let wishes = [SuppressionReason::Unsubscribed, SuppressionReason::Complaint];
        wishes.contains(&reason)
    };
    let fields = html! {
        @if standing.reasons.iter().any(|entry| asked_for(entry.reason)) {
            (Alert::new(Tone::Warning, ctx.t("delivery-suppression-wish")).text(ctx.t("delivery-suppression-wish-help")))
        }
        input type="hidden" name="address" value=(standing.address.as_str());
        @if standing.reasons.len() > 1 {
            (Select::new("reason", ctx.t("delivery-suppression-remove-which"))
                .option("", ctx.t("delivery-suppression-remove-all"))
                .options(standing.reasons.iter().map(|entry| {
                    (entry.reason.as_str(), suppression_reason(&ctx.l10n, entry.reason))
                }))
                .selected(form.reason.as_str()))
        }
        (Field::text("why", ctx.t("delivery-suppression-remove-why"))
            .value(form.why.as_str())
            .help(ctx.t("delivery-suppression-remove-why-help"))
            .error(errors.of("why").map(str::to_owned))
            .max_length(Remark::LONGEST)
            .required())
        (button_row(html! { (Button::danger(ctx.t("delivery-suppression-remove"))) }))
    };
    Card::titled(ctx.t("delivery-suppression-remove"))
        .help(ctx.t("delivery-suppression-remove-help"))
        .body(Form::post(SUPPRESSION_REMOVAL.url(), ctx.csrf_field()).body(ctx.words(), fields))
}

fn log_card(ctx: &Ctx, log: &[LogEntry]) -> Markup {
    let card = Card::titled(ctx.t("delivery-suppression-log"));
    if log.is_empty() {
        return card.body(html! { (EmptyState::new(Icon::Clock, ctx.t("delivery-suppression-log-empty"))) });
    }
    let moments: Vec<Moment<'_>> = log.iter().map(|entry| moment(ctx, entry)).collect();
    card.body(timeline(&moments))
}

fn moment<'a>(ctx: &Ctx, entry: &'a LogEntry) -> Moment<'a> {
    let (icon, tone, key) = match entry.action {
        LogAction::Added => (Icon::Shield, Tone::Warning, "delivery-suppression-log-added"),
        LogAction::Removed => (Icon::Undo, Tone::Success, "delivery-suppression-log-removed"),
    };
    let who = match entry.user {
        Some(user) if Some(user) == ctx.user() => "delivery-suppression-by-you",
        Some(_) => "delivery-suppression-by-person",
        None => "delivery-suppression-by-program",
    };
    Moment {
        icon,
        tone,
        title: html! { (ctx.ta(key, &[("reason", suppression_reason(&ctx.l10n, entry.reason).into())])) },
        at: times(ctx).exact(entry.at),
        detail: Some(html! { span.muted { (ctx.t(who)) } @if let Some(note) = &entry.note { br; (note) } }),
        id: None,
    }
}
