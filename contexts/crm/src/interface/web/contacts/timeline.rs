//! The timeline of a contact, a page at a time.

use axum::{extract::State, response::IntoResponse};
use contracts::{
    campaign::CAMPAIGN,
    crm::{CONTACT, CONTACT_TIMELINE},
    delivery::MESSAGE,
};
use kernel::{ContactId, EventId, Timestamp};
use maud::{Markup, html};
use platform::{
    DbError,
    web::{AppError, Ctx, Path, Query, WebResult},
};
use serde::Deserialize;
use ui_kit::{Card, EmptyState, Icon, Moment, Tab, Times, Tone, link, tabs, timeline_item};

use crate::{
    Crm,
    domain::timeline::{Event, EventName},
    infrastructure::pg::{CrmTx, events::EventPosition},
};

/// Events on one page.
const PAGE: i64 = 30;
const LIST: &str = "crm.events newest first";

/// Which part of the timeline.
#[derive(Debug, Default, Deserialize)]
pub struct TimelineQuery {
    #[serde(default)]
    events: Kind,
    cursor: Option<String>,
}

/// Groups of events that can be looked at alone.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    #[default]
    All,
    Sent,
    Engaged,
    Problems,
}

impl Kind {
    const ALL: [Kind; 4] = [Kind::All, Kind::Sent, Kind::Engaged, Kind::Problems];

    const fn word(self) -> &'static str {
        match self {
            Kind::All => "all",
            Kind::Sent => "sent",
            Kind::Engaged => "engaged",
            Kind::Problems => "problems",
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Kind::All => "crm-timeline-all",
            Kind::Sent => "crm-timeline-sent",
            Kind::Engaged => "crm-timeline-engaged",
            Kind::Problems => "crm-timeline-problems",
        }
    }

    const fn names(self) -> &'static [EventName] {
        match self {
            Kind::All => &[],
            Kind::Sent => &[EventName::EmailSent],
            Kind::Engaged => &[EventName::EmailOpened, EventName::EmailClicked],
            Kind::Problems => &[
                EventName::EmailFailed,
                EventName::EmailBounced,
                EventName::Unsubscribed,
            ],
        }
    }
}

/// A page of a timeline.
pub struct TimelinePage {
    contact: ContactId,
    kind: Kind,
    events: Vec<Event>,
    next: Option<String>,
    /// Whether it is the first page.
    first: bool,
}

/// Reads a page.
pub async fn read(
    ctx: &Ctx,
    tx: &mut CrmTx,
    contact: ContactId,
    query: &TimelineQuery,
) -> Result<TimelinePage, AppError> {
    let after: Option<EventPosition> = query
        .cursor
        .as_deref()
        .map(|cursor| ctx.open_cursor(LIST, cursor))
        .transpose()?;
    let mut events: Vec<Event> = events(tx, contact, query.events, after).await?;
    let more = events.len() as i64 > PAGE;
    events.truncate(PAGE as usize);
    let position = |event: &Event| -> (Timestamp, EventId) { (event.at, event.id) };
    let next = events
        .last()
        .filter(|_| more)
        .map(|last| ctx.seal_cursor(LIST, &position(last)));
    Ok(TimelinePage {
        contact,
        kind: query.events,
        events,
        next,
        first: after.is_none(),
    })
}

async fn events(
    tx: &mut CrmTx,
    contact: ContactId,
    kind: Kind,
    after: Option<EventPosition>,
) -> Result<Vec<Event>, DbError> {
    tx.events(contact, kind.names(), after, PAGE + 1).await
}

/// More of it, for htmx.
pub async fn more(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<ContactId>,
    Query(query): Query<TimelineQuery>,
) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let contact = tx.contact(id).await?.ok_or(AppError::NotFound)?;
    let page = read(&ctx, &mut tx, contact.id, &query).await?;
    Ok(items(&ctx, &page, contact.created_at).into_response())
}

/// The timeline on the contact's page.
pub fn card(ctx: &Ctx, page: &TimelinePage, created_at: Timestamp) -> Markup {
    let links: Vec<Tab<'_>> = Kind::ALL
        .into_iter()
        .map(|kind| Tab {
            label: ctx.t(kind.label()).into(),
            href: CONTACT.with(&page.contact, &[("events", kind.word())]).into(),
            active: kind == page.kind,
            count: None,
        })
        .collect();
    let body = html! {
        (tabs(&ctx.t("crm-timeline-title"), &links))
        @if page.events.is_empty() && page.kind != Kind::All {
            (EmptyState::new(Icon::Clock, ctx.t("crm-timeline-none")))
        } @else {
            ol.timeline { (items(ctx, page, created_at)) }
        }
    };
    Card::titled(ctx.t("crm-timeline-title")).body(body)
}

/// The entries of a page, and the way to the next one: loaded when it comes into sight, or followed
/// as a link.
fn items(ctx: &Ctx, page: &TimelinePage, created_at: Timestamp) -> Markup {
    html! {
        @for event in &page.events { (timeline_item(&moment(ctx, event))) }
        @match &page.next {
            Some(cursor) => {
                @let query = [("events", page.kind.word()), ("cursor", cursor.as_str())];
                li.moment hx-get=(CONTACT_TIMELINE.with(&page.contact, &query)) hx-trigger="revealed" hx-swap="outerHTML" {
                    (link(&CONTACT.with(&page.contact, &query), &ctx.t("crm-timeline-more")))
                }
            }
            None => {
                @if page.kind == Kind::All { (timeline_item(&beginning(ctx, created_at))) }
                @if !page.first { li.moment { (link(&CONTACT.url(&page.contact), &ctx.t("crm-timeline-newest"))) } }
            }
        }
    }
}

fn beginning<'a>(ctx: &Ctx, created_at: Timestamp) -> Moment<'a> {
    Moment {
        icon: Icon::User,
        tone: Tone::Neutral,
        title: html! { (ctx.t("crm-event-created")) },
        at: times(ctx).relative(created_at),
        detail: None,
        id: None,
    }
}

fn moment<'a>(ctx: &Ctx, event: &Event) -> Moment<'a> {
    let (icon, tone, key) = match event.name {
        EventName::EmailSent => (Icon::Send, Tone::Neutral, "crm-event-email-sent"),
        EventName::EmailFailed => (Icon::Error, Tone::Danger, "crm-event-email-failed"),
        EventName::EmailBounced => (Icon::Warning, Tone::Danger, "crm-event-email-bounced"),
        EventName::EmailOpened => (Icon::Eye, Tone::Info, "crm-event-email-opened"),
        EventName::EmailClicked => (Icon::Click, Tone::Success, "crm-event-email-clicked"),
        EventName::Unsubscribed => (Icon::Close, Tone::Warning, "crm-event-unsubscribed"),
    };
    Moment {
        icon,
        tone,
        title: html! { (ctx.t(key)) },
        at: times(ctx).relative(event.at),
        detail: Some(detail(ctx, event)),
        id: Some(event.id.to_string().into()),
    }
}

fn detail(ctx: &Ctx, event: &Event) -> Markup {
    let property = |name: &str| event.properties.get(name).and_then(|value| value.as_str());
    html! {
        @if let Some(url) = property("url") { span { (url) } " " }
        @if let Some(reason) = property("reason") { span { (reason.replace('_', " ")) } " " }
        @if let Some(message) = &event.message { (link(&MESSAGE.url(message), &ctx.t("crm-event-message"))) " " }
        @if let Some(campaign) = &event.campaign {
            @let name = event.campaign_name.clone().unwrap_or_else(|| ctx.t("crm-event-campaign"));
            (link(&CAMPAIGN.url(campaign), &name))
        }
    }
}

fn times(ctx: &Ctx) -> Times<'_> {
    Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    }
}
