use axum::response::Response;
use contracts::campaign::{CAMPAIGN, CAMPAIGN_NEW, CAMPAIGNS};
use kernel::Permission;
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{
    Button, Column, EmptyState, FilterBar, Icon, Live, PageHeader, Pager, Row, Table, Times, filter_select,
    link, no_value, number, percent,
};

use super::Filter;
use crate::{
    application::read_campaigns::Listed,
    domain::{campaign::Campaign, state::State},
    interface::words::state_badge,
};

/// The part that a filter or a page replaces.
const TABLE: &str = "campaigns";

/// What is shown.
pub struct List<'a> {
    /// The campaigns of this page.
    pub listed: &'a [Listed],
    /// What the list is narrowed to.
    pub filter: Option<Filter>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// Whether this is the first page.
    pub first: bool,
}

impl List<'_> {
    /// Whether the organisation has no campaign at all.
    fn is_blank(&self) -> bool {
        self.first && self.filter.is_none() && self.listed.is_empty()
    }

    fn state(&self) -> &'static str {
        self.filter.map_or("", Filter::as_str)
    }
}

/// The whole page.
pub fn page(ctx: &Ctx, list: &List<'_>) -> Response {
    let mut header = PageHeader::new(ctx.t("campaign-list-title"));
    if !list.is_blank() {
        header = header.actions(create(ctx));
    }
    ctx.page(
        &header,
        html! {
            @if !list.is_blank() { (filters(ctx, list)) }
            (table(ctx, list))
        },
    )
}

fn create(ctx: &Ctx) -> Markup {
    if !ctx.may(Permission::CampaignsWrite) {
        return Markup::default();
    }
    html! { (Button::primary(ctx.t("campaign-create")).icon(Icon::Plus).href(CAMPAIGN_NEW.url())) }
}

fn filters(ctx: &Ctx, list: &List<'_>) -> Markup {
    let words = Filter::ALL.map(|filter| {
        let text = ctx.t(match filter {
            Filter::Draft => "campaign-filter-draft",
            Filter::Scheduled => "campaign-filter-scheduled",
            Filter::UnderWay => "campaign-filter-under-way",
            Filter::Finished => "campaign-filter-finished",
        });
        (filter.as_str().into(), text.into())
    });
    let any = [("".into(), ctx.t("campaign-filter-any").into())];
    let options: Vec<_> = any.into_iter().chain(words).collect();
    FilterBar::new(CAMPAIGNS.url())
        .controls(filter_select(
            "state",
            &ctx.t("campaign-filter"),
            &options,
            list.state(),
        ))
        .clear(list.filter.map(|_| CAMPAIGNS.url()))
        .live(Live(TABLE))
        .show(ctx.words())
}

/// The table with the way to the next page.
pub fn table(ctx: &Ctx, list: &List<'_>) -> Markup {
    let columns = vec![
        Column::text(ctx.t("campaign-column-name")),
        Column::text(ctx.t("campaign-column-state")),
        Column::text(ctx.t("campaign-column-when")).wide_only(),
        Column::number(ctx.t("campaign-column-sent")),
        Column::number(ctx.t("campaign-column-opened")),
        Column::number(ctx.t("campaign-column-clicked")),
        Column::number(ctx.t("campaign-column-unsubscribed")).wide_only(),
    ];
    let mut next = vec![("state", list.state().to_owned())];
    next.extend(list.next.clone().map(|cursor| ("cursor", cursor)));
    let pager = Pager {
        previous: None,
        next: list.next.as_ref().map(|_| CAMPAIGNS.with(&next).into()),
        summary: None,
        live: Some(Live(TABLE)),
    };
    html! {
        div id=(TABLE) {
            (Table::new(ctx.t("campaign-list-title"), columns)
                .rows(list.listed.iter().map(|listed| row(ctx, listed)))
                .empty(empty(ctx, list))
                .show(ctx.words()))
            (pager.show(ctx.words()))
        }
    }
}

fn empty<'a>(ctx: &Ctx, list: &List<'_>) -> EmptyState<'a> {
    if list.is_blank() {
        return EmptyState::new(Icon::Campaign, ctx.t("campaign-list-blank"))
            .text(ctx.t("campaign-list-blank-help"))
            .action(create(ctx));
    }
    let all = Button::secondary(ctx.t("campaign-list-all")).href(CAMPAIGNS.url());
    EmptyState::new(Icon::Filter, ctx.t("campaign-list-none")).action(html! { (all) })
}

fn row<'a>(ctx: &Ctx, listed: &Listed) -> Row<'a> {
    let Listed { campaign, totals } = listed;
    let launched = campaign.launch.is_some();
    let delivered = totals.sent - totals.bounced;
    let share = |part: i64| {
        if launched {
            html! { (percent(part, delivered)) }
        } else {
            no_value()
        }
    };
    Row::new(vec![
        link(&CAMPAIGN.url(&campaign.id), campaign.content.name.as_str()),
        state_badge(ctx, campaign),
        when(ctx, campaign),
        if launched {
            html! { (number(totals.sent)) }
        } else {
            no_value()
        },
        share(totals.opened),
        share(totals.clicked),
        share(totals.unsubscribed),
    ])
    .id(campaign.id.to_string())
}

/// The instant that matters in the state that it is in.
fn when(ctx: &Ctx, campaign: &Campaign) -> Markup {
    let times = Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    };
    match (campaign.state, campaign.launch, campaign.content.scheduled_at) {
        (State::Scheduled, _, Some(at)) => times.exact(at),
        (_, Some(launch), _) => times.relative(launch.at),
        _ => html! { (ctx.t("campaign-changed")) " " (times.relative(campaign.updated_at)) },
    }
}
