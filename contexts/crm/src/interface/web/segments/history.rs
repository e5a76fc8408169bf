//! How many were in a segment, and who on a given day.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::crm::{SEGMENT, SEGMENTS, segments::SEGMENT_HISTORY};
use jiff::{ToSpan, civil::Date};
use kernel::{ContactId, SegmentId, Timestamp};
use maud::{Markup, html};
use platform::web::{AppError, Ctx, Path, Query, View, WebResult};
use serde::Deserialize;
use ui_kit::{
    Button, Card, Column, EmptyState, Field, Icon, Live, PageHeader, Pager, Row, Table,
    chart::{Chart, Series},
    stack,
};

use super::words::person;
use crate::{
    Crm,
    domain::{contact::Contact, segment::Segment},
    infrastructure::pg::CrmTx,
};

const PAGE: usize = 50;
const LIST: &str = "crm.segment_members of a day, newest first";
const REGION: Live<'static> = Live("segment-day");
/// How many days are drawn.
const DAYS: i64 = 60;

/// A day of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    pub day: Date,
    /// How many were in at its end.
    pub members: i64,
    pub entered: i64,
    pub departed: i64,
}

/// The last instant of a day in the organisation's zone; now for today.
pub fn end_of(ctx: &Ctx, day: Date) -> Timestamp {
    let next = day
        .tomorrow()
        .ok()
        .and_then(|next| next.to_zoned(ctx.zone.clone()).ok());
    let end = next.and_then(|next| next.timestamp().checked_sub(1.microsecond()).ok());
    end.unwrap_or(ctx.now).min(ctx.now)
}

/// The last days up to today, the oldest first: found backwards from who is in now.
pub async fn history_of(
    ctx: &Ctx,
    tx: &mut CrmTx,
    segment: &Segment,
    days: i64,
) -> Result<Vec<Day>, AppError> {
    let today = ctx.now.to_zoned(ctx.zone.clone()).date();
    let first = today.checked_sub((days - 1).days()).map_err(AppError::internal)?;
    let since = first
        .to_zoned(ctx.zone.clone())
        .map_err(AppError::internal)?
        .timestamp();
    let moved = tx.segment_days(segment.id, since, &ctx.zone).await?;
    let (mut members, mut day, mut history) = (segment.member_count, today, Vec::new());
    while day >= first {
        let (entered, departed) = moved
            .iter()
            .find(|moves| moves.day == day)
            .map_or((0, 0), |moves| (moves.entered, moves.departed));
        history.push(Day {
            day,
            members,
            entered,
            departed,
        });
        members = (members - entered + departed).max(0);
        day = day.yesterday().map_err(AppError::internal)?;
    }
    history.reverse();
    Ok(history)
}

/// Which day.
#[derive(Deserialize)]
pub struct HistoryQuery {
    #[serde(default)]
    on: String,
    cursor: Option<String>,
}

/// The page.
pub async fn show(
    ctx: Ctx,
    State(crm): State<Crm>,
    view: View,
    Path(id): Path<SegmentId>,
    Query(query): Query<HistoryQuery>,
) -> WebResult {
    let today = ctx.now.to_zoned(ctx.zone.clone()).date();
    // A day that cannot be is today: the field shows which one is meant.
    let day = query.on.parse::<Date>().unwrap_or(today).min(today);
    let after: Option<ContactId> = query
        .cursor
        .as_ref()
        .map(|cursor| ctx.open_cursor(LIST, cursor))
        .transpose()?;
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let segment = tx.segment(id).await?.ok_or(AppError::NotFound)?;
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut members = tx.segment_members_at(id, end_of(&ctx, day), after, limit).await?;
    let more = members.len() > PAGE;
    members.truncate(PAGE);
    let next = members
        .last()
        .filter(|_| more)
        .map(|last| ctx.seal_cursor(LIST, &last.id));
    let region = member_list(&ctx, id, day, &members, next);
    if view == View::Part {
        return Ok(region.into_response());
    }
    let history = history_of(&ctx, &mut tx, &segment, DAYS).await?;
    Ok(page(&ctx, &segment, day, &history, region))
}

fn page(ctx: &Ctx, segment: &Segment, day: Date, history: &[Day], region: Markup) -> Response {
    let header = PageHeader::new(ctx.t("crm-segments-history"))
        .purpose(ctx.t("crm-segments-history-purpose"))
        .crumb(ctx.t("crm-segments-title"), SEGMENTS.url())
        .crumb(segment.name.as_str(), SEGMENT.url(&segment.id));
    let chart = Chart::area(
        ctx.t("crm-segments-history-chart"),
        ctx.t("crm-segments-history-day"),
        history.iter().map(|day| day.day.to_string()),
    )
    .series(Series::counts(
        ctx.t("crm-segments-members"),
        history.iter().map(|day| day.members),
    ))
    .show(ctx.words());
    let choose = html! {
        form method="get" action=(SEGMENT_HISTORY.url(&segment.id)) {
            (Field::date("on", ctx.t("crm-segments-history-on")).value(day.to_string()))
            div.btn-row { (Button::secondary(ctx.t("crm-segments-history-show"))) }
        }
    };
    ctx.page(
        &header,
        stack(html! {
            (Card::titled(ctx.t("crm-segments-history-chart")).body(chart))
            (Card::titled(ctx.t("crm-segments-history-who")).body(choose))
            (Card::untitled().flush().body(region))
        }),
    )
}

fn member_list(ctx: &Ctx, id: SegmentId, day: Date, members: &[Contact], next: Option<String>) -> Markup {
    let title = ctx.ta("crm-segments-history-members", &[("day", day.to_string().into())]);
    let table = Table::new(title, vec![Column::text(ctx.t("crm-segments-member"))])
        .rows(members.iter().map(|contact| Row::new(vec![person(ctx, contact)])))
        .empty(EmptyState::new(
            Icon::Contacts,
            ctx.t("crm-segments-history-nobody"),
        ))
        .show(ctx.words());
    let href = |cursor: String| SEGMENT_HISTORY.with(&id, &[("on", day.to_string()), ("cursor", cursor)]);
    let pager = Pager {
        previous: None,
        next: next.map(|cursor| href(cursor).into()),
        summary: None,
        live: Some(REGION),
    };
    html! { div id=(REGION.0) { (table) (pager.show(ctx.words())) } }
}
