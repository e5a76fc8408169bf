use axum::response::Response;
use contracts::delivery::limits::{BRAKE_RELEASE, LIMITS, PROVIDER_SHARE, WARM_UPS};
use http::StatusCode;
use kernel::Permission;
use maud::{Markup, html};
use platform::web::{Ctx, FieldErrors};
use ui_kit::{
    Alert, Button, Card, Column, EmptyState, Field, Form, Icon, PageHeader, Row, Select, Table, Tone, badge,
    badge_with_icon, button_row, form_section, link, number, stack,
};

use super::{LimitsForm, subject_id, url_of};
use crate::{
    application::{
        read_domains::Domain,
        read_providers::Provider,
        sending_limits::{LimitsOverview, Subject, WarmUp},
    },
    domain::{auto_brake::Harm, warm_up::Plan},
    interface::web::template_parts::{summary, times},
};

/// Limits, warm-ups and brakes.
pub fn page(
    ctx: &Ctx,
    status: StatusCode,
    overview: &LimitsOverview,
    form: &LimitsForm,
    errors: &FieldErrors,
) -> Response {
    let header = PageHeader::new(ctx.t("delivery-limits-title")).purpose(ctx.t("delivery-limits-purpose"));
    let may_write = ctx.may(Permission::ProvidersWrite);
    let body = stack(html! {
        (summary(ctx, errors))
        @if !overview.brakes.is_empty() { (brakes(ctx, overview, may_write)) }
        (own_limits(ctx, form, errors, may_write))
        (warm_ups(ctx, overview, may_write))
    });
    ctx.page_with(status, &header, body)
}

fn own_limits(ctx: &Ctx, form: &LimitsForm, errors: &FieldErrors, may_write: bool) -> Markup {
    let error = |field: &str| errors.of(field).map(str::to_owned);
    let fields = html! {
        (form_section(&ctx.t("delivery-limits-own"), Some(&ctx.t("delivery-limits-own-help")), html! {
            (Field::number("messages_per_second", ctx.t("delivery-limits-per-second"))
                .value(form.messages_per_second.as_str())
                .help(ctx.t("delivery-limits-empty"))
                .error(error("messages_per_second")))
            (Field::number("messages_per_day", ctx.t("delivery-limits-per-day"))
                .value(form.messages_per_day.as_str())
                .help(ctx.t("delivery-limits-day-help"))
                .error(error("messages_per_day")))
        }))
        @if may_write { (button_row(html! { (Button::primary(ctx.t("delivery-limits-save"))) })) }
    };
    Form::post(LIMITS.url(), ctx.csrf_field()).body(ctx.words(), fields)
}

fn brakes(ctx: &Ctx, overview: &LimitsOverview, may_write: bool) -> Markup {
    let columns = vec![
        Column::text(ctx.t("delivery-brake-domain")),
        Column::text(ctx.t("delivery-brake-mailboxes")),
        Column::text(ctx.t("delivery-brake-why")),
        Column::text(ctx.t("delivery-brake-since")),
    ];
    let rows = overview.brakes.iter().map(|(brake, domain)| {
        let why = ctx.ta(
            match brake.harm {
                Harm::Bounces => "delivery-brake-bounces",
                Harm::Complaints => "delivery-brake-complaints",
            },
            &[
                ("harmful", brake.harmful.into()),
                ("messages", brake.messages.into()),
            ],
        );
        let row = Row::new(vec![
            html! { (domain) },
            html! { (brake.group.name()) },
            html! { (badge_with_icon(Tone::Danger, Icon::Warning, &why)) },
            times(ctx).relative(brake.at),
        ]);
        if !may_write {
            return row;
        }
        let fields = html! {
            input type="hidden" name="domain" value=(brake.domain);
            input type="hidden" name="mailbox_provider" value=(brake.group.as_str());
            (Button::secondary(ctx.t("delivery-brake-release")).small())
        };
        row.actions(Form::post(BRAKE_RELEASE.url(), ctx.csrf_field()).body(ctx.words(), fields))
    });
    let table = Table::new(ctx.t("delivery-brakes-title"), columns).rows(rows.collect::<Vec<_>>());
    html! {
        (Alert::new(Tone::Danger, ctx.t("delivery-brakes-title")).text(ctx.t("delivery-brakes-help")))
        (table.show(ctx.words()))
    }
}

fn warm_ups(ctx: &Ctx, overview: &LimitsOverview, may_write: bool) -> Markup {
    let columns = vec![
        Column::text(ctx.t("delivery-warm-up-what")),
        Column::text(ctx.t("delivery-warm-up-state")),
        Column::number(ctx.t("delivery-warm-up-target")),
        Column::text(ctx.t("delivery-warm-up-started")),
    ];
    let rows = overview.warm_ups.iter().map(|(warm_up, name)| {
        Row::new(vec![
            link(&url_of(warm_up.subject), name),
            state(ctx, warm_up),
            html! { (number(i64::from(warm_up.plan.target))) },
            times(ctx).relative(warm_up.started_at),
        ])
    });
    let empty = EmptyState::new(Icon::Clock, ctx.t("delivery-warm-ups-empty"))
        .text(ctx.t("delivery-warm-ups-empty-help"));
    let table = Table::new(ctx.t("delivery-warm-ups-title"), columns)
        .rows(rows.collect::<Vec<_>>())
        .empty(empty);
    Card::titled(ctx.t("delivery-warm-ups-title"))
        .help(ctx.t("delivery-warm-ups-help"))
        .body(html! {
            (table.show(ctx.words()))
            @if may_write { (begin_form(ctx, overview)) }
        })
}

/// Whether it goes on.
pub fn state(ctx: &Ctx, warm_up: &WarmUp) -> Markup {
    if warm_up.paused {
        badge_with_icon(Tone::Warning, Icon::Pause, &ctx.t("delivery-warm-up-is-paused"))
    } else {
        badge(Tone::Info, &ctx.t("delivery-warm-up-is-running"))
    }
}

fn begin_form(ctx: &Ctx, overview: &LimitsOverview) -> Markup {
    let free: Vec<_> = overview
        .subjects
        .iter()
        .filter(|(subject, _)| {
            !overview
                .warm_ups
                .iter()
                .any(|(warm_up, _)| warm_up.subject == *subject)
        })
        .collect();
    if free.is_empty() {
        return Markup::default();
    }
    let of = |domains: bool| {
        free.iter()
            .filter(move |(subject, _)| matches!(subject, Subject::Domain(_)) == domains)
            .map(|(subject, name)| (subject_id(*subject), name.as_str()))
            .collect::<Vec<_>>()
    };
    let mut subjects = Select::new("subject", ctx.t("delivery-warm-up-what"));
    for (label, options) in [
        ("delivery-warm-up-domains", of(true)),
        ("delivery-warm-up-accounts", of(false)),
    ] {
        if !options.is_empty() {
            subjects = subjects.group(ctx.t(label), options);
        }
    }
    let words = |key, plan: Plan| {
        let values = [
            ("first", plan.first_day.into()),
            ("growth", plan.growth.into()),
            ("target", plan.target.into()),
            ("days", plan.days().into()),
        ];
        ctx.ta(key, &values)
    };
    let plans = Select::new("plan", ctx.t("delivery-warm-up-plan"))
        .option("careful", words("delivery-warm-up-careful", Plan::CAREFUL))
        .option("known", words("delivery-warm-up-known", Plan::KNOWN));
    let fields = html! {
        (subjects)
        (plans)
        (button_row(html! { (Button::secondary(ctx.t("delivery-warm-up-begin")).icon(Icon::Plus)) }))
    };
    Form::post(WARM_UPS.url(), ctx.csrf_field()).body(ctx.words(), fields)
}

/// How an account stands among the others, on its own page.
pub fn share_card(ctx: &Ctx, provider: &Provider, domains: &[Domain]) -> Markup {
    let may_write = ctx.may(Permission::ProvidersWrite);
    let fields = html! {
        (Field::number("rank", ctx.t("delivery-share-rank"))
            .value(provider.rank.to_string())
            .help(ctx.t("delivery-share-rank-help")))
        (Field::number("weight", ctx.t("delivery-share-weight"))
            .value(provider.weight.to_string())
            .help(ctx.t("delivery-share-weight-help")))
        (Field::number("messages_per_day", ctx.t("delivery-limits-per-day"))
            .value(provider.messages_per_day.map(|n| n.to_string()).unwrap_or_default())
            .help(ctx.t("delivery-limits-day-help")))
        @if !domains.is_empty() {
            fieldset {
                legend { (ctx.t("delivery-share-domains")) }
                @for domain in domains {
                    label.check {
                        input type="checkbox" name="domains" value=(domain.id)
                            checked[provider.domains.contains(&domain.id)];
                        (domain.domain)
                    }
                }
                p.muted { (ctx.t("delivery-share-domains-help")) }
            }
        }
        @if may_write { (button_row(html! { (Button::secondary(ctx.t("delivery-share-save"))) })) }
    };
    Card::titled(ctx.t("delivery-share-title"))
        .help(ctx.t("delivery-share-help"))
        .body(html! {
            @if let Some((since, reason)) = &provider.failing {
                (Alert::new(Tone::Warning, ctx.t("delivery-share-failing")).text(reason.as_str()))
                p.muted { (times(ctx).relative(*since)) }
            }
            (Form::post(PROVIDER_SHARE.url(&provider.id), ctx.csrf_field()).body(ctx.words(), fields))
        })
}
