//! A campaign that was let go: how far it is, and what became of it.

use axum::response::Response;
use contracts::{
    analytics::{LinkTotals, MessageTotals},
    campaign::resources::Reconciliation,
    campaign::{CAMPAIGN, CAMPAIGN_CANCELLATION, CAMPAIGN_PAUSE, CAMPAIGN_PROGRESS, CAMPAIGN_RESUME},
    crm::consent::Channel,
    delivery::MESSAGES,
};
use kernel::{CampaignId, Permission};
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{
    ActionForm, Alert, Button, Card, Column, EmptyState, Icon, LiveRegion, Progress, Row, Stat, Table, Times,
    Tone,
    chart::{Chart, Series},
    columns, facts, link, number, percent, stats,
};

use super::{campaign::header, review::channel_name};
use crate::{
    application::read_campaigns::Outcome,
    domain::{
        campaign::{Campaign, Launch},
        report::{Curve, Step, seconds_left},
        state::{Act, State},
    },
    interface::words::{counted, people},
};

/// Ids of what the stream replaces.
pub const PROGRESS: &str = "report-progress";
/// See [`PROGRESS`].
pub const FIGURES: &str = "report-figures";
/// See [`PROGRESS`].
pub const WHEREABOUTS: &str = "report-whereabouts";

/// The page.
pub fn page(ctx: &Ctx, campaign: &Campaign, outcome: &Outcome) -> Response {
    let whereabouts =
        html! { div id=(WHEREABOUTS) { (whereabouts(ctx, campaign, &outcome.reconciliation)) } };
    let main = html! {
        (Card::titled(ctx.t("campaign-curve")).help(ctx.t("campaign-curve-help")).body(curve(ctx, campaign, outcome)))
        (Card::titled(ctx.t("campaign-links")).flush().body(links(ctx, &outcome.statistics.links)))
        (Card::titled(ctx.t("campaign-whereabouts")).help(ctx.t(whereabouts_help(campaign.content.channel))).flush().body(whereabouts))
    };
    let aside = html! { (Card::titled(ctx.t("campaign-summary")).body(summary(ctx, campaign))) };
    let head = html! {
        @if campaign.state.is_under_way() {
            (Card::untitled().body(html! { div id=(PROGRESS) { (progress(ctx, campaign, outcome)) } }))
        }
        @if campaign.state == State::Paused { (paused(ctx, campaign)) }
        div id=(FIGURES) { (figures(ctx, campaign.id, outcome)) }
    };
    let body = html! { (head) (columns(main, aside)) };
    ctx.page(
        &header(ctx, campaign, &actions(ctx, campaign)),
        live(campaign, body),
    )
}

/// While it is under way, a stream brings what changes; without a script the page is loaded again.
fn live(campaign: &Campaign, body: Markup) -> Markup {
    if !campaign.state.is_under_way() {
        return ui_kit::stack(body);
    }
    LiveRegion::new(
        CAMPAIGN_PROGRESS.url(&campaign.id),
        [PROGRESS, FIGURES, WHEREABOUTS],
    )
    .then(CAMPAIGN.url(&campaign.id))
    .body(body)
}

fn actions(ctx: &Ctx, campaign: &Campaign) -> Markup {
    if !ctx.may(Permission::CampaignsSend) {
        return Markup::default();
    }
    let post = |url, button| ActionForm::new(url, ctx.csrf_field(), button);
    let cancel = Button::secondary(ctx.t("campaign-cancel"))
        .icon(Icon::Stop)
        .href(CAMPAIGN_CANCELLATION.url(&campaign.id));
    html! {
        @if campaign.state.allows(Act::Cancel) { (cancel) }
        @if campaign.state.allows(Act::Pause) {
            (post(CAMPAIGN_PAUSE.url(&campaign.id), Button::secondary(ctx.t("campaign-pause")).icon(Icon::Pause)))
        }
        @if campaign.state.allows(Act::Resume) {
            (post(CAMPAIGN_RESUME.url(&campaign.id), Button::primary(ctx.t("campaign-resume")).icon(Icon::Play)))
        }
    }
}

/// How far sending is.
pub fn progress(ctx: &Ctx, campaign: &Campaign, outcome: &Outcome) -> Markup {
    if campaign.state == State::Launching {
        return Progress::new(ctx.t("campaign-progress-launching"), 0, None).show(ctx.words());
    }
    let whereabouts = &outcome.reconciliation;
    let (label, tone) = match campaign.state {
        State::Paused => ("campaign-progress-paused", Tone::Warning),
        _ => ("campaign-progress-running", Tone::Neutral),
    };
    let progress =
        Progress::new(ctx.t(label), whereabouts.settled(), Some(whereabouts.reachable())).tone(tone);
    if campaign.state == State::Paused {
        return progress.show(ctx.words());
    }
    let speed = outcome.progress.per_second;
    progress
        .speed(Some(speed))
        .seconds_left(seconds_left(whereabouts.pending, speed))
        .show(ctx.words())
}

fn paused(ctx: &Ctx, campaign: &Campaign) -> Markup {
    let times = Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    };
    let until = campaign
        .launch
        .map(|launch| times.exact_text(launch.expires_at()))
        .unwrap_or_default();
    let text = ctx.ta("campaign-paused-text", &[("time", until.into())]);
    html! { (Alert::new(Tone::Warning, ctx.t("campaign-paused-title")).text(text)) }
}

/// From sent to clicked, each as a part of what was delivered.
pub fn figures(ctx: &Ctx, id: CampaignId, outcome: &Outcome) -> Markup {
    let totals: &MessageTotals = &outcome.statistics.totals;
    let sent = outcome.reconciliation.accepted;
    let delivered = (sent - totals.bounced).max(0);
    let share =
        |key: &str, part: i64| Stat::new(ctx.t(key), percent(part, delivered)).note(people(ctx, part));
    stats(&[
        Stat::new(ctx.t("campaign-sent"), number(sent))
            .note(ctx.ta(
                "campaign-sent-note",
                &[("number", number(outcome.reconciliation.audience).into())],
            ))
            .href(messages(id, None)),
        Stat::new(ctx.t("campaign-delivered"), percent(delivered, sent))
            .note(counted(ctx, "campaign-bounced", totals.bounced))
            .href(messages(id, Some("bounced"))),
        share("campaign-opened", totals.opened),
        share("campaign-clicked", totals.clicked),
        share("campaign-unsubscribed", totals.unsubscribed),
        share("campaign-complained", totals.complained),
    ])
}

/// The messages of a campaign, in one state or in all.
fn messages(id: CampaignId, state: Option<&str>) -> String {
    let mut query = vec![("campaign", id.to_string())];
    query.extend(state.map(|state| ("state", state.to_owned())));
    MESSAGES.with(&query)
}

fn curve(ctx: &Ctx, campaign: &Campaign, outcome: &Outcome) -> Markup {
    let launched_at = campaign.launch.map_or(campaign.created_at, |launch| launch.at);
    let curve = Curve::of(&outcome.statistics.curve, launched_at, &ctx.zone);
    let times = Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    };
    let labels = curve.points.iter().enumerate().map(|(n, (at, _))| {
        let at = at.to_zoned(ctx.zone.clone());
        let day = times.short_date_text(at.date());
        // The day is told where it begins, so that labels stay short enough for a phone.
        match (curve.step, n, at.hour()) {
            (Step::Day, ..) | (Step::Hour, _, 0) => day,
            (Step::Hour, 0, hour) => format!("{day} {hour:02}:00"),
            (Step::Hour, _, hour) => format!("{hour:02}:00"),
        }
    });
    let x_title = ctx.t(match curve.step {
        Step::Day => "campaign-curve-day",
        Step::Hour => "campaign-curve-hour",
    });
    let of = |pick: fn(&MessageTotals) -> i64| curve.points.iter().map(move |(_, totals)| pick(totals));
    Chart::line(ctx.t("campaign-curve"), x_title, labels)
        .series(Series::counts(
            ctx.t("campaign-opened"),
            of(|totals| totals.opened),
        ))
        .series(Series::counts(
            ctx.t("campaign-clicked"),
            of(|totals| totals.clicked),
        ))
        .empty(ctx.t("campaign-curve-empty"))
        .show(ctx.words())
}

fn links(ctx: &Ctx, links: &[LinkTotals]) -> Markup {
    let columns = vec![
        Column::text(ctx.t("campaign-link")),
        Column::number(ctx.t("campaign-link-people")),
        Column::number(ctx.t("campaign-link-clicks")),
    ];
    // The address is shown and is no link: it is what somebody wrote into a mail.
    let rows = links.iter().map(|link| {
        let address = html! { span.cell-two { span title=(link.url) { (link.url) } } };
        Row::new(vec![
            address,
            html! { (number(link.clicked)) },
            html! { (number(link.clicks)) },
        ])
    });
    Table::new(ctx.t("campaign-links"), columns)
        .rows(rows)
        .empty(EmptyState::new(Icon::Link, ctx.t("campaign-links-empty")))
        .show(ctx.words())
}

const fn whereabouts_help(channel: Channel) -> &'static str {
    match channel {
        Channel::Email | Channel::Sms => "campaign-whereabouts-help",
        Channel::Push => "campaign-whereabouts-help-push",
    }
}

/// Everybody of the audience, in exactly one line each.
pub fn whereabouts(ctx: &Ctx, campaign: &Campaign, sum: &Reconciliation) -> Markup {
    let id = campaign.id;
    let without = match campaign.content.channel {
        Channel::Email => "campaign-row-without-address",
        Channel::Sms => "campaign-row-without-number",
        Channel::Push => "campaign-row-without-device",
    };
    let lines = [
        ("campaign-row-accepted", sum.accepted, Some("accepted")),
        ("campaign-row-pending", sum.pending, Some("queued")),
        ("campaign-row-suppressed", sum.suppressed, Some("suppressed")),
        ("campaign-row-failed", sum.failed, Some("failed")),
        ("campaign-row-held", sum.held, Some("held")),
        ("campaign-row-expired", sum.expired, Some("expired")),
        ("campaign-row-cancelled", sum.cancelled, Some("cancelled")),
        ("campaign-row-left", sum.left, None),
        (without, sum.without_address, None),
    ];
    let shown = lines
        .into_iter()
        .filter(|(key, count, _)| *count > 0 || *key == "campaign-row-accepted");
    let rows = shown.map(|(key, count, state)| {
        let text = ctx.t(key);
        let name = match state {
            Some(state) => link(&messages(id, Some(state)), &text),
            None => html! { (text) },
        };
        Row::new(vec![
            name,
            html! { (number(count)) },
            html! { (percent(count, sum.audience)) },
        ])
    });
    let total = Row::new(vec![
        html! { strong { (ctx.t("campaign-row-audience")) } },
        html! { strong { (number(sum.audience)) } },
        html! { (percent(sum.audience, sum.audience)) },
    ]);
    let columns = vec![
        Column::text(ctx.t("campaign-whereabouts-where")),
        Column::number(ctx.t("campaign-whereabouts-people")),
        Column::number(ctx.t("campaign-whereabouts-share")),
    ];
    Table::new(ctx.t("campaign-whereabouts"), columns)
        .rows(rows.chain([total]))
        .show(ctx.words())
}

fn summary(ctx: &Ctx, campaign: &Campaign) -> Markup {
    let times = Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    };
    let launch: Option<&Launch> = campaign.launch.as_ref();
    let counts = launch.and_then(|launch| launch.counts).unwrap_or_default();
    let count = |n: i64| html! { span.num { (number(n)) } };
    let mut lines = vec![
        (
            ctx.t("campaign-channel").into(),
            html! { (channel_name(ctx, campaign.content.channel)) },
        ),
        (ctx.t("campaign-matching").into(), count(counts.matching)),
        (ctx.t("campaign-reachable").into(), count(counts.reachable)),
        (ctx.t("campaign-will-receive").into(), count(counts.will_receive)),
    ];
    lines.extend(launch.map(|launch| (ctx.t("campaign-launched-at").into(), times.exact(launch.at))));
    lines.extend(
        campaign
            .finished_at
            .map(|at| (ctx.t("campaign-finished-at").into(), times.exact(at))),
    );
    facts(&lines)
}
