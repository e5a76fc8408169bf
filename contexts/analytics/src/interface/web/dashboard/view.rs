use axum::response::Response;
use contracts::{
    analytics::{AttentionItem, DASHBOARD, MessageTotals, Severity},
    campaign::{CAMPAIGN, CAMPAIGN_NEW, CAMPAIGNS},
    crm::{CONTACTS, IMPORT_NEW, SEGMENT_NEW, SEGMENTS},
    delivery::{TEMPLATE_NEW, TEMPLATES},
};
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{
    Button, Card, Column, EmptyState, Icon, PageHeader, Row, Stat, Tab, Table, Times, Tone, badge,
    badge_with_icon,
    chart::{Bar, Chart, Series, bars},
    columns, link, number, percent, stack, stats, tabs,
};

use super::FirstSteps;
use crate::{application::read_dashboard::Figures, domain::period::Days, infrastructure::pg::CampaignLine};

/// What the page shows.
pub struct Shown<'a> {
    pub figures: &'a Figures,
    pub days: Days,
    pub attention: &'a [AttentionItem],
    pub first_steps: Option<FirstSteps>,
}

/// The whole page.
pub fn page(ctx: &Ctx, shown: &Shown<'_>) -> Response {
    let new = Button::primary(ctx.t("analytics-new-campaign"))
        .icon(Icon::Plus)
        .href(CAMPAIGN_NEW.url());
    let header = PageHeader::new(ctx.t("analytics-dashboard")).actions(html! { (new) });
    ctx.page(
        &header,
        stack(html! {
            @if let Some(steps) = &shown.first_steps { (first_steps(ctx, steps)) }
            (attention(ctx, shown.attention))
            @if shown.first_steps.is_none() {
                (activity(ctx, shown))
                (columns(campaigns(ctx, shown.figures), growth(ctx, shown.figures)))
            }
        }),
    )
}

fn attention(ctx: &Ctx, items: &[AttentionItem]) -> Markup {
    let body = if items.is_empty() {
        html! { p.muted { (Icon::Check) " " (ctx.t("analytics-all-quiet")) } }
    } else {
        html! {
            ul.plain-list {
                @for item in items {
                    li { (severity(ctx, item.severity)) " " (link(&item.href, &sentence(ctx, item))) }
                }
            }
        }
    };
    Card::titled(ctx.t("analytics-needs-you"))
        .id("attention")
        .body(body)
}

fn sentence(ctx: &Ctx, item: &AttentionItem) -> String {
    ctx.ta(
        item.text_key,
        &[("count", item.count.into()), ("name", item.name.as_str().into())],
    )
}

fn severity(ctx: &Ctx, severity: Severity) -> Markup {
    let (tone, icon, key) = match severity {
        Severity::Error => (Tone::Danger, Icon::Error, "analytics-severity-error"),
        Severity::Warning => (Tone::Warning, Icon::Warning, "analytics-severity-warning"),
        Severity::Info => (Tone::Info, Icon::Info, "analytics-severity-info"),
    };
    badge_with_icon(tone, icon, &ctx.t(key))
}

fn activity(ctx: &Ctx, shown: &Shown<'_>) -> Markup {
    let (totals, before) = (&shown.figures.totals, &shown.figures.before);
    let tiles = [
        rate(ctx, "analytics-sent", totals.sent, before.sent, None),
        rate(
            ctx,
            "analytics-opened",
            totals.opened,
            before.opened,
            Some(totals.sent),
        ),
        rate(
            ctx,
            "analytics-clicked",
            totals.clicked,
            before.clicked,
            Some(totals.sent),
        ),
        rate(
            ctx,
            "analytics-unsubscribed",
            totals.unsubscribed,
            before.unsubscribed,
            Some(totals.sent),
        ),
        rate(
            ctx,
            "analytics-bounced",
            totals.bounced,
            before.bounced,
            Some(totals.sent),
        ),
    ];
    html! {
        section id="activity" aria-label=(ctx.t("analytics-activity")) {
            (stack(html! {
                (span_tabs(ctx, shown.days))
                (stats(&tiles))
                (Card::titled(ctx.t("analytics-activity")).body(curve(ctx, shown.figures)))
            }))
        }
    }
}

fn span_tabs(ctx: &Ctx, chosen: Days) -> Markup {
    let choices: Vec<Tab<'_>> = Days::ALL
        .iter()
        .map(|days| Tab {
            label: ctx
                .ta("analytics-last-days", &[("count", days.count().into())])
                .into(),
            href: DASHBOARD.with(&[("days", days.count())]).into(),
            active: *days == chosen,
            count: None,
        })
        .collect();
    tabs(&ctx.t("analytics-span"), &choices)
}

fn rate<'a>(ctx: &Ctx, key: &str, now: i64, before: i64, of: Option<i64>) -> Stat<'a> {
    let mut stat = Stat::new(ctx.t(key), number(now));
    if let Some(sent) = of.filter(|sent| *sent > 0) {
        stat = stat.note(ctx.ta("analytics-of-sent", &[("share", percent(now, sent).into())]));
    }
    if before > 0 {
        let change = (now - before) * 100 / before;
        let text = if change >= 0 {
            format!("+{change}%")
        } else {
            format!("\u{2212}{}%", -change)
        };
        stat = stat.delta(Tone::Neutral, text);
    }
    stat
}

fn curve(ctx: &Ctx, figures: &Figures) -> Markup {
    let times = Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    };
    let labels: Vec<String> = figures
        .days
        .iter()
        .map(|day| times.short_date_text(*day))
        .collect();
    let of = |count: fn(&MessageTotals) -> i64| figures.daily.iter().map(count).collect::<Vec<_>>();
    Chart::line(ctx.t("analytics-activity"), ctx.t("analytics-day"), labels)
        .series(Series::counts(ctx.t("analytics-opened"), of(|t| t.opened)))
        .series(Series::counts(ctx.t("analytics-clicked"), of(|t| t.clicked)))
        .empty(ctx.t("analytics-nothing-yet"))
        .show(ctx.words())
}

fn campaigns(ctx: &Ctx, figures: &Figures) -> Markup {
    let times = Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    };
    let head = vec![
        Column::text(ctx.t("analytics-campaign")),
        Column::number(ctx.t("analytics-sent")),
        Column::number(ctx.t("analytics-opened")),
        Column::number(ctx.t("analytics-clicked")),
        Column::text(ctx.t("analytics-launched")).wide_only(),
    ];
    let rows = figures.campaigns.iter().map(|(line, totals)| {
        Row::new(vec![
            html! {
                (link(&CAMPAIGN.url(&line.id), &line.name))
                @if line.running { " " (badge(Tone::Info, &running(ctx, line, totals))) }
            },
            html! { (number(totals.sent)) },
            html! { (percent(totals.opened, totals.sent)) },
            html! { (percent(totals.clicked, totals.sent)) },
            times.relative(line.launched_at),
        ])
    });
    let all = Button::ghost(ctx.t("analytics-all-campaigns"))
        .small()
        .href(CAMPAIGNS.url());
    Card::titled(ctx.t("analytics-recent-campaigns"))
        .actions(html! { (all) })
        .flush()
        .body(
            Table::new(ctx.t("analytics-recent-campaigns"), head)
                .rows(rows)
                .show(ctx.words()),
        )
}

fn running(ctx: &Ctx, line: &CampaignLine, totals: &MessageTotals) -> String {
    ctx.ta(
        "analytics-running",
        &[("share", percent(totals.sent, line.will_receive).into())],
    )
}

fn growth(ctx: &Ctx, figures: &Figures) -> Markup {
    let total: i64 = figures.growth.iter().map(|row| row.created).sum();
    let lines: Vec<Bar<'_>> = figures
        .growth
        .iter()
        .map(|row| Bar {
            label: ctx.t(source_key(&row.source)).into(),
            value: row.created,
            note: None,
            href: None,
        })
        .collect();
    let body = if lines.is_empty() {
        html! { p.muted { (ctx.t("analytics-no-growth")) } }
    } else {
        html! {
            p { (ctx.ta("analytics-new-contacts-count", &[("count", total.into())])) }
            (bars(&lines))
        }
    };
    let all = Button::ghost(ctx.t("analytics-all-contacts"))
        .small()
        .href(CONTACTS.url());
    Card::titled(ctx.t("analytics-new-contacts"))
        .actions(html! { (all) })
        .body(body)
}

fn source_key(source: &str) -> &'static str {
    match source {
        "import" => "analytics-source-import",
        "api" => "analytics-source-api",
        "demo" => "analytics-source-demo",
        _ => "analytics-source-manual",
    }
}

fn first_steps(ctx: &Ctx, steps: &FirstSteps) -> Markup {
    let list = [
        (
            steps.contacts,
            "analytics-step-contacts",
            IMPORT_NEW.url(),
            CONTACTS.url(),
        ),
        (
            steps.segment,
            "analytics-step-segment",
            SEGMENT_NEW.url(),
            SEGMENTS.url(),
        ),
        (
            steps.template,
            "analytics-step-template",
            TEMPLATE_NEW.url(),
            TEMPLATES.url(),
        ),
        (
            false,
            "analytics-step-campaign",
            CAMPAIGN_NEW.url(),
            CAMPAIGNS.url(),
        ),
    ];
    // Only the next step carries the weight of a primary button.
    let next = list.iter().position(|(done, ..)| !done);
    let rows = list.iter().enumerate().map(|(n, (done, key, begin, look))| {
        let action = match (done, next == Some(n)) {
            (true, _) => Button::ghost(ctx.t("analytics-step-look"))
                .small()
                .href(look.clone()),
            (false, true) => Button::primary(ctx.t(&format!("{key}-action")))
                .small()
                .href(begin.clone()),
            (false, false) => Button::secondary(ctx.t(&format!("{key}-action")))
                .small()
                .href(begin.clone()),
        };
        let state = if *done {
            badge_with_icon(Tone::Success, Icon::Check, &ctx.t("analytics-step-done"))
        } else {
            badge(Tone::Neutral, &ctx.t("analytics-step-open"))
        };
        Row::new(vec![html! { strong { (ctx.t(key)) } }, state, html! { (action) }])
    });
    let head = vec![
        Column::text(ctx.t("analytics-step")),
        Column::text(ctx.t("analytics-step-state")),
        Column::text(ctx.t("analytics-step-next")),
    ];
    let empty = EmptyState::new(Icon::Check, ctx.t("analytics-all-quiet"));
    Card::titled(ctx.t("analytics-first-steps"))
        .help(ctx.t("analytics-first-steps-help"))
        .id("first-steps")
        .flush()
        .body(
            Table::new(ctx.t("analytics-first-steps"), head)
                .rows(rows)
                .empty(empty)
                .show(ctx.words()),
        )
}
