use axum::response::Response;
use contracts::delivery::limits::LIMITS;
use kernel::Permission;
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{ActionForm, Button, Column, Icon, PageHeader, Row, Table, Tone, badge, number, stack};

use super::{url_of, view::state};
use crate::{
    application::sending_limits::{WarmUpDay, WarmUpStory},
    domain::warm_up::Decision,
};

/// One warm-up: what each day might have, and what became of it.
pub fn page(ctx: &Ctx, story: &WarmUpStory) -> Response {
    let warm_up = &story.warm_up;
    let values = [
        ("first", warm_up.plan.first_day.into()),
        ("growth", warm_up.plan.growth.into()),
        ("target", warm_up.plan.target.into()),
        ("days", warm_up.plan.days().into()),
    ];
    let header = PageHeader::new(story.name.as_str())
        .crumb(ctx.t("delivery-limits-title"), LIMITS.url())
        .purpose(ctx.ta("delivery-warm-up-purpose", &values))
        .badge(state(ctx, warm_up));
    let header = if ctx.may(Permission::ProvidersWrite) {
        header.actions(actions(ctx, story))
    } else {
        header
    };
    ctx.page(&header, stack(html! { (days(ctx, &story.days)) }))
}

fn actions(ctx: &Ctx, story: &WarmUpStory) -> Markup {
    let form = |button: Button<'static>, order: &'static str| {
        ActionForm::new(
            url_of(story.warm_up.subject),
            ctx.csrf_field(),
            button.value("order", order),
        )
    };
    let switch = if story.warm_up.paused {
        form(
            Button::primary(ctx.t("delivery-warm-up-resume")).icon(Icon::Play),
            "resume",
        )
    } else {
        form(
            Button::secondary(ctx.t("delivery-warm-up-pause")).icon(Icon::Pause),
            "pause",
        )
    };
    html! {
        (form(Button::ghost(ctx.t("delivery-warm-up-end")), "end"))
        (switch)
    }
}

fn days(ctx: &Ctx, days: &[WarmUpDay]) -> Markup {
    let columns = vec![
        Column::text(ctx.t("delivery-warm-up-day")),
        Column::text(ctx.t("delivery-brake-mailboxes")),
        Column::number(ctx.t("delivery-warm-up-cap")),
        Column::number(ctx.t("delivery-warm-up-sent")),
        Column::number(ctx.t("delivery-warm-up-deferred")),
        Column::number(ctx.t("delivery-warm-up-complained")),
        Column::text(ctx.t("delivery-warm-up-why")),
    ];
    let count = |n: u64| html! { (number(i64::try_from(n).unwrap_or(i64::MAX))) };
    let rows = days.iter().map(|day| {
        Row::new(vec![
            html! { (day.day.to_string()) },
            html! { (day.group.name()) },
            match day.cap {
                Some(cap) => count(cap.into()),
                None => html! { (ctx.t("delivery-warm-up-no-cap")) },
            },
            count(day.facts.sent),
            count(day.facts.deferred),
            count(day.facts.complained),
            decision(ctx, &day.decision),
        ])
    });
    Table::new(ctx.t("delivery-warm-up-days"), columns)
        .rows(rows.collect::<Vec<_>>())
        .scrolls(true)
        .show(ctx.words())
}

fn decision(ctx: &Ctx, word: &str) -> Markup {
    let all = [
        (Decision::Begun, Tone::Neutral, "delivery-warm-up-begun-why"),
        (Decision::Grown, Tone::Success, "delivery-warm-up-grown"),
        (Decision::Unused, Tone::Neutral, "delivery-warm-up-unused"),
        (Decision::Kept, Tone::Warning, "delivery-warm-up-kept"),
        (
            Decision::SteppedBack,
            Tone::Warning,
            "delivery-warm-up-stepped-back",
        ),
        (Decision::Stopped, Tone::Danger, "delivery-warm-up-stopped"),
        (Decision::Done, Tone::Success, "delivery-warm-up-done"),
    ];
    match all.into_iter().find(|(decision, ..)| decision.as_str() == word) {
        Some((_, tone, key)) => badge(tone, &ctx.t(key)),
        None => Markup::default(),
    }
}
