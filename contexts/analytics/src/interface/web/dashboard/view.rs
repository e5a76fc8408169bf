use axum::response::Response;
use contracts::{
    analytics::{AttentionItem, DASHBOARD, MessageTotals, Severity, StatisticsOverview},
    campaign::{CAMPAIGN, CAMPAIGN_NEW, CAMPAIGNS},
    crm::CONTACTS,
};
use kernel::Permission;
use maud::{Markup, Render, html};
use platform::web::Ctx;
use ui_kit::{
    Button, Card, CheckItem, Column, Icon, PageHeader, Progress, Row, Stat, Tab, Table, Times, Tone, badge,
    chart::{Bar, Chart, Series, bars, sparkline},
    checklist, columns, grid, link, mark, number, percent, segmented_links, stack, stats,
};

use super::{SPANS, first_steps};
use crate::{
    application::read_dashboard::{Figures, FirstSteps},
    domain::{campaign_changes::CampaignState, change::Change},
    infrastructure::pg::{CampaignRow, GrowthRow},
};

/// What the page shows.
pub struct Shown<'a> {
    /// The span, in days.
    pub days: i64,
    /// What the roll-ups say.
    pub figures: &'a Figures,
    /// What needs a person.
    pub attention: &'a [AttentionItem],
    /// The way to the first campaign, until it was launched.
    pub steps: Option<FirstSteps>,
}

/// The whole page.
pub fn page(ctx: &Ctx, shown: &Shown<'_>) -> Response {
    let Shown {
        days,
        figures,
        attention,
        steps,
    } = shown;
    let fresh = steps.is_some();
    let header = PageHeader::new(ctx.t("analytics-title")).actions(html! {
        @if !fresh {
            (spans(ctx, *days))
            @if ctx.may(Permission::CampaignsWrite) {
                (Button::primary(ctx.t("analytics-create-campaign")).icon(Icon::Plus).href(CAMPAIGN_NEW.url()))
            }
        }
    });
    let body = html! {
        @if let Some(steps) = steps { (first_steps::card(ctx, *steps)) }
        (needs_you(ctx, attention))
        (under_way(ctx, &figures.under_way))
        @if !fresh {
            (tiles(ctx, &figures.overview))
            (Card::titled(ctx.t("analytics-curve"))
                .help(ctx.t("analytics-curve-help"))
                .body(curve(ctx, &figures.overview)))
            (columns(recent(ctx, &figures.recent), growth(ctx, &figures.growth)))
        }
    };
    ctx.page(&header, stack(body))
}

fn spans(ctx: &Ctx, days: i64) -> Markup {
    let tabs = SPANS.map(|span| Tab {
        label: ctx.ta("analytics-days", &[("count", span.into())]).into(),
        href: DASHBOARD.with(&[("days", span)]).into(),
        active: span == days,
        count: None,
    });
    segmented_links(&ctx.t("analytics-span"), &tabs)
}

/// What needs a person; a calm line when nothing does.
fn needs_you(ctx: &Ctx, attention: &[AttentionItem]) -> Markup {
    let items: Vec<CheckItem<'_>> = match attention {
        [] => vec![CheckItem::new(
            mark(Tone::Success, &ctx.t("analytics-all-well-mark")),
            ctx.t("analytics-all-well"),
        )],
        items => items.iter().map(|item| attention_item(ctx, item)).collect(),
    };
    Card::titled(ctx.t("analytics-needs-you"))
        .id("attention")
        .body(html! { (checklist(&items)) })
}

fn attention_item<'a>(ctx: &Ctx, item: &AttentionItem) -> CheckItem<'a> {
    let (tone, word) = match item.severity {
        Severity::Error => (Tone::Danger, "analytics-severity-error"),
        Severity::Warning => (Tone::Warning, "analytics-severity-warning"),
        Severity::Info => (Tone::Info, "analytics-severity-info"),
    };
    let values = [("count", item.count.into()), ("name", item.name.as_str().into())];
    let look = Button::secondary(ctx.t("analytics-look"))
        .small()
        .href(item.href.clone());
    CheckItem::new(mark(tone, &ctx.t(word)), ctx.ta(item.text_key, &values)).action(look.render())
}

fn tiles(ctx: &Ctx, overview: &StatisticsOverview) -> Markup {
    let (now, before) = (&overview.totals, &overview.previous);
    let sent: Vec<i64> = overview.curve.iter().map(|point| point.totals.sent).collect();
    let share = |key: &str, pick: fn(&MessageTotals) -> i64, good: Direction| {
        let part = pick(now);
        let note = ctx.ta("analytics-of-sent", &[("share", percent(part, now.sent).into())]);
        with_change(
            ctx,
            Stat::new(ctx.t(key), number(part)).note(note),
            pick(before),
            part,
            good,
        )
    };
    stats(&[
        with_change(
            ctx,
            Stat::new(ctx.t("analytics-sent"), number(now.sent)),
            before.sent,
            now.sent,
            Direction::Either,
        )
        .chart(sparkline(&sent)),
        share("analytics-opened", |totals| totals.opened, Direction::Up),
        share("analytics-clicked", |totals| totals.clicked, Direction::Up),
        share(
            "analytics-unsubscribed",
            |totals| totals.unsubscribed,
            Direction::Down,
        ),
    ])
}

/// Which way is good.
#[derive(Clone, Copy)]
enum Direction {
    Up,
    Down,
    Either,
}

fn with_change<'a>(ctx: &Ctx, stat: Stat<'a>, before: i64, now: i64, good: Direction) -> Stat<'a> {
    let Some(change) = Change::between(before, now) else {
        return stat;
    };
    let (text, tone) = match (change, good) {
        (Change::Same, _) => (ctx.t("analytics-same"), Tone::Neutral),
        (Change::Up(by), good) => (
            format!("+{}%", number(by)),
            tone(matches!(good, Direction::Up), good),
        ),
        (Change::Down(by), good) => (
            format!("\u{2212}{}%", number(by)),
            tone(matches!(good, Direction::Down), good),
        ),
    };
    stat.delta(tone, text)
}

const fn tone(is_good: bool, direction: Direction) -> Tone {
    match (direction, is_good) {
        (Direction::Either, _) => Tone::Neutral,
        (_, true) => Tone::Success,
        (_, false) => Tone::Danger,
    }
}

fn curve(ctx: &Ctx, overview: &StatisticsOverview) -> Markup {
    let times = Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    };
    let labels = overview
        .curve
        .iter()
        .map(|point| times.short_date_text(point.at.to_zoned(ctx.zone.clone()).date()));
    let of = |pick: fn(&MessageTotals) -> i64| overview.curve.iter().map(move |point| pick(&point.totals));
    Chart::line(ctx.t("analytics-curve"), ctx.t("analytics-curve-day"), labels)
        .series(Series::counts(
            ctx.t("analytics-opened"),
            of(|totals| totals.opened),
        ))
        .series(Series::counts(
            ctx.t("analytics-clicked"),
            of(|totals| totals.clicked),
        ))
        .show(ctx.words())
}

/// Campaigns that are being sent. While there are any, the part asks for itself again.
pub fn under_way(ctx: &Ctx, campaigns: &[CampaignRow]) -> Markup {
    if campaigns.is_empty() {
        return html! { div id="under-way" hidden {} };
    }
    html! {
        div id="under-way" hx-get=(DASHBOARD.url()) hx-trigger="every 5s" hx-swap="outerHTML" {
            (grid(html! { @for campaign in campaigns { (sending(ctx, campaign)) } }))
        }
    }
}

fn sending(ctx: &Ctx, campaign: &CampaignRow) -> Markup {
    let (label, tone) = match campaign.state {
        CampaignState::Paused => ("analytics-state-paused", Tone::Warning),
        _ => ("analytics-state-running", Tone::Neutral),
    };
    let done = campaign.totals.sent + campaign.totals.not_sent;
    let progress = Progress::new(ctx.t(label), done, Some(campaign.audience.reachable)).tone(tone);
    let named = ctx.ta("analytics-open-named", &[("name", campaign.name.as_str().into())]);
    let open = Button::ghost(ctx.t("analytics-open"))
        .small()
        .trailing(Icon::ArrowRight)
        .href(CAMPAIGN.url(&campaign.id))
        .attr("aria-label", named);
    Card::titled(campaign.name.as_str())
        .actions(html! { (open) })
        .body(progress.show(ctx.words()))
}

fn recent(ctx: &Ctx, campaigns: &[CampaignRow]) -> Markup {
    let times = Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    };
    let columns = vec![
        Column::text(ctx.t("analytics-column-campaign")),
        Column::text(ctx.t("analytics-column-state")),
        Column::text(ctx.t("analytics-column-launched")).wide_only(),
        Column::number(ctx.t("analytics-sent")),
        Column::number(ctx.t("analytics-opened")),
        Column::number(ctx.t("analytics-clicked")),
    ];
    let rows = campaigns.iter().map(|campaign| {
        let totals = &campaign.totals;
        let share = |part: i64| html! { (percent(part, totals.sent - totals.bounced)) };
        Row::new(vec![
            link(&CAMPAIGN.url(&campaign.id), &campaign.name),
            state(ctx, campaign.state),
            times.relative(campaign.launched_at),
            html! { (number(totals.sent)) },
            share(totals.opened),
            share(totals.clicked),
        ])
    });
    let all = Button::ghost(ctx.t("analytics-all-campaigns"))
        .small()
        .trailing(Icon::ArrowRight)
        .href(CAMPAIGNS.url());
    let table = Table::new(ctx.t("analytics-recent"), columns)
        .rows(rows)
        .show(ctx.words());
    Card::titled(ctx.t("analytics-recent"))
        .actions(html! { (all) })
        .flush()
        .body(table)
}

fn state(ctx: &Ctx, state: CampaignState) -> Markup {
    let (tone, key) = match state {
        CampaignState::Running => (Tone::Info, "analytics-state-running"),
        CampaignState::Paused => (Tone::Warning, "analytics-state-paused"),
        CampaignState::Completed => (Tone::Success, "analytics-state-completed"),
        CampaignState::Cancelled => (Tone::Neutral, "analytics-state-cancelled"),
    };
    badge(tone, &ctx.t(key))
}

/// New contacts over the span, by where they came from.
fn growth(ctx: &Ctx, growth: &[GrowthRow]) -> Markup {
    let total: i64 = growth.iter().map(|row| row.created).sum();
    let lines: Vec<Bar<'_>> = growth
        .iter()
        .map(|row| Bar {
            label: ctx.t(source_key(&row.source)).into(),
            value: row.created,
            note: None,
            href: None,
        })
        .collect();
    let count = ctx.ta(
        "analytics-growth-count",
        &[("count", total.into()), ("number", number(total).into())],
    );
    let all = Button::ghost(ctx.t("analytics-all-contacts"))
        .small()
        .trailing(Icon::ArrowRight)
        .href(CONTACTS.url());
    Card::titled(ctx.t("analytics-growth"))
        .actions(html! { (all) })
        .body(html! {
            p.muted { (count) }
            @if !lines.is_empty() { (bars(&lines)) }
        })
}

fn source_key(source: &str) -> &'static str {
    match source {
        "import" => "analytics-source-import",
        "api" => "analytics-source-api",
        "demo" => "analytics-source-demo",
        _ => "analytics-source-manual",
    }
}
