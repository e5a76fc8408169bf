//! The timeline of a contact: everything in the order of time, with chips for its parts.

use std::collections::HashMap;

use axum::{extract::State, response::IntoResponse};
use contracts::{
    campaign::CAMPAIGN,
    crm::{CONTACT, CONTACT_TIMELINE, people::CONTACT_NOTES},
    delivery::{MESSAGE, MessageTrace},
};
use kernel::{ContactId, MessageId, Timestamp};
use maud::{Markup, html};
use platform::web::{AppError, Ctx, Path, Query, WebResult};
use serde::Deserialize;
use ui_kit::{
    Button, Card, EmptyState, Field as Input, Form, Icon, Moment, Select, Tab, Times, Tone, button_row, link,
    segmented_links, timeline_item,
};

use super::{
    entries::{self, Names},
    may_write, sent_events, why,
};
use crate::{
    Crm,
    application::read_timeline::{Position, read_timeline},
    domain::{
        field::Field,
        note::NoteKind,
        timeline::{Event, EventName, Name},
        timeline_entry::{Entry, Show},
    },
    infrastructure::pg::CrmTx,
    interface::assignment::{ActorNames, People},
};

/// Entries on one page.
const PAGE: i64 = 30;
const LIST: &str = "crm.timeline newest first";

/// The parts that have a chip, and what it says. The first is all of it.
const CHIPS: [(Option<Show>, &str); 9] = [
    (None, "crm-timeline-all"),
    (Some(Show::Messages), "crm-timeline-messages"),
    (Some(Show::Engaged), "crm-timeline-engaged"),
    (Some(Show::Problems), "crm-timeline-problems"),
    (Some(Show::Notes), "crm-timeline-notes"),
    (Some(Show::Changes), "crm-timeline-changes"),
    (Some(Show::Stages), "crm-timeline-stages"),
    (Some(Show::Segments), "crm-timeline-segments"),
    (Some(Show::Consent), "crm-timeline-consent"),
];

/// Which part of the timeline.
#[derive(Debug, Default, Deserialize)]
pub struct TimelineQuery {
    #[serde(default)]
    show: String,
    cursor: Option<String>,
}

/// A page of a timeline.
pub struct TimelinePage {
    contact: ContactId,
    show: Vec<Show>,
    entries: Vec<Entry>,
    actors: ActorNames,
    /// Of the messages on the page.
    traces: HashMap<MessageId, MessageTrace>,
    next: Option<String>,
    /// Whether it is the first page.
    first: bool,
}

impl TimelinePage {
    /// The words of the part that is shown.
    fn words(&self) -> String {
        self.show
            .iter()
            .map(|show| show.as_str())
            .collect::<Vec<_>>()
            .join(",")
    }
}

/// Reads a page.
pub async fn read(
    ctx: &Ctx,
    crm: &Crm,
    tx: &mut CrmTx,
    contact: ContactId,
    query: &TimelineQuery,
) -> Result<TimelinePage, AppError> {
    let after: Option<Position> = query
        .cursor
        .as_deref()
        .map(|cursor| ctx.open_cursor(LIST, cursor))
        .transpose()?;
    let show = Show::parse_list(&query.show)
        .map_err(|_| AppError::invalid("show", "unknown_part", ctx.t("crm-list-bad-parameter")))?;
    let mut entries = read_timeline(tx, contact, &show, after, PAGE + 1).await?;
    let more = entries.len() as i64 > PAGE;
    entries.truncate(PAGE as usize);
    let next = entries
        .last()
        .filter(|_| more)
        .map(|last| ctx.seal_cursor(LIST, &(last.at(), last.id())));
    let actors = entries.iter().filter_map(|entry| match entry {
        Entry::Change(change) => Some(change.by.actor),
        Entry::Stage(moved) => Some(moved.actor),
        Entry::Merge(merge) => Some(merge.actor),
        _ => None,
    });
    let actors = ActorNames::read(crm, ctx.org, actors).await?;
    Ok(TimelinePage {
        contact,
        show,
        traces: why::read(crm, ctx.org, &entries).await?,
        entries,
        actors,
        next,
        first: after.is_none(),
    })
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
    let (fields, people) = (tx.fields().await?, People::read(&crm, &mut tx, ctx.org).await?);
    let page = read(&ctx, &crm, &mut tx, contact.id, &query).await?;
    Ok(items(&ctx, &page, &fields, &people, contact.created_at).into_response())
}

/// The timeline on the contact's page.
pub fn card(
    ctx: &Ctx,
    page: &TimelinePage,
    fields: &[Field],
    people: &People,
    created_at: Timestamp,
) -> Markup {
    let chips: Vec<Tab<'_>> = CHIPS
        .into_iter()
        .map(|(show, label)| Tab {
            label: ctx.t(label).into(),
            href: match show {
                None => CONTACT.url(&page.contact).into(),
                Some(show) => CONTACT.with(&page.contact, &[("show", show.as_str())]).into(),
            },
            active: page.show.as_slice() == show.as_slice(),
            count: None,
        })
        .collect();
    let body = html! {
        @if may_write(ctx) && page.first { (note_form(ctx, page.contact)) }
        (segmented_links(&ctx.t("crm-timeline-title"), &chips))
        @if page.entries.is_empty() && !page.show.is_empty() {
            (EmptyState::new(Icon::Clock, ctx.t("crm-timeline-none")))
        } @else {
            ol.timeline { (items(ctx, page, fields, people, created_at)) }
        }
    };
    Card::titled(ctx.t("crm-timeline-title"))
        .id("timeline")
        .body(body)
}

fn note_form(ctx: &Ctx, contact: ContactId) -> Markup {
    let fields = html! {
        (Input::textarea("text", ctx.t("crm-note-text"), 2).placeholder(ctx.t("crm-note-placeholder")))
        (note_kind(ctx, NoteKind::General))
        (button_row(html! { (Button::secondary(ctx.t("crm-note-add")).small()) }))
    };
    Form::post(CONTACT_NOTES.url(&contact), ctx.csrf_field()).body(ctx.words(), fields)
}

/// The choice of what a note is about.
pub fn note_kind(ctx: &Ctx, chosen: NoteKind) -> Markup {
    use maud::Render;
    let kinds = NoteKind::ALL.map(|kind| {
        let key = match kind {
            NoteKind::General => "crm-note-general",
            NoteKind::Email => "crm-note-email",
            NoteKind::Call => "crm-note-call",
            NoteKind::Meeting => "crm-note-meeting",
        };
        (kind.as_str(), ctx.t(key))
    });
    Select::new("kind", ctx.t("crm-note-kind"))
        .options(kinds)
        .selected(chosen.as_str())
        .render()
}

/// The entries of a page, and the way to the next one: loaded when it comes into sight, or followed
/// as a link.
fn items(ctx: &Ctx, page: &TimelinePage, fields: &[Field], people: &People, created_at: Timestamp) -> Markup {
    let names = Names {
        fields,
        people,
        actors: &page.actors,
    };
    let words = page.words();
    html! {
        @for entry in &page.entries { (timeline_item(&entry_moment(ctx, &names, &page.traces, entry))) }
        @match &page.next {
            Some(cursor) => {
                @let query = [("show", words.as_str()), ("cursor", cursor.as_str())];
                li.moment hx-get=(CONTACT_TIMELINE.with(&page.contact, &query)) hx-trigger="revealed" hx-swap="outerHTML" {
                    (link(&CONTACT.with(&page.contact, &query), &ctx.t("crm-timeline-more")))
                }
            }
            None => {
                @if page.show.is_empty() { (timeline_item(&beginning(ctx, created_at))) }
                @if !page.first { li.moment { (link(&CONTACT.url(&page.contact), &ctx.t("crm-timeline-newest"))) } }
            }
        }
    }
}

fn entry_moment<'a>(
    ctx: &Ctx,
    names: &Names<'_>,
    traces: &HashMap<MessageId, MessageTrace>,
    entry: &Entry,
) -> Moment<'a> {
    match entry {
        Entry::Event(event) => moment(ctx, event, traces),
        Entry::Change(change) => entries::change(ctx, names, change),
        Entry::Note(note) => entries::note(ctx, names, note),
        Entry::Stage(moved) => entries::stage(ctx, names, moved),
        Entry::Segment(moved) => entries::segment(ctx, moved),
        Entry::Consent(entry) => entries::consent(ctx, entry),
        Entry::Merge(merge) => entries::merge(ctx, names, merge),
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

fn moment<'a>(ctx: &Ctx, event: &Event, traces: &HashMap<MessageId, MessageTrace>) -> Moment<'a> {
    let (icon, tone, title) = match &event.name {
        Name::Own(name) => {
            let (icon, tone, key) = own(*name);
            (icon, tone, html! { (ctx.t(key)) })
        }
        Name::Sent(name) => sent_events::head(ctx, name, event),
    };
    let detail = match event.name {
        Name::Own(_) => html! { (detail(ctx, event)) (why::trace(ctx, event, traces)) },
        Name::Sent(_) => sent_events::detail(ctx, event),
    };
    Moment {
        icon,
        tone,
        title,
        at: times(ctx).relative(event.at),
        detail: Some(detail),
        id: Some(event.id.to_string().into()),
    }
}

const fn own(name: EventName) -> (Icon, Tone, &'static str) {
    match name {
        EventName::EmailSent => (Icon::Send, Tone::Neutral, "crm-event-email-sent"),
        EventName::EmailFailed => (Icon::Error, Tone::Danger, "crm-event-email-failed"),
        EventName::EmailBounced => (Icon::Warning, Tone::Danger, "crm-event-email-bounced"),
        EventName::EmailOpened => (Icon::Eye, Tone::Info, "crm-event-email-opened"),
        EventName::EmailClicked => (Icon::Click, Tone::Success, "crm-event-email-clicked"),
        EventName::SmsSent => (Icon::Send, Tone::Neutral, "crm-event-sms-sent"),
        EventName::SmsFailed => (Icon::Error, Tone::Danger, "crm-event-sms-failed"),
        EventName::SmsBounced => (Icon::Warning, Tone::Danger, "crm-event-sms-bounced"),
        EventName::SmsOpened => (Icon::Eye, Tone::Info, "crm-event-sms-opened"),
        EventName::SmsClicked | EventName::PushClicked => {
            (Icon::Click, Tone::Success, "crm-event-email-clicked")
        }
        EventName::PushSent => (Icon::Send, Tone::Neutral, "crm-event-push-sent"),
        EventName::PushFailed => (Icon::Error, Tone::Danger, "crm-event-push-failed"),
        EventName::PushBounced => (Icon::Warning, Tone::Danger, "crm-event-push-bounced"),
        EventName::PushOpened => (Icon::Eye, Tone::Info, "crm-event-push-opened"),
        EventName::Unsubscribed => (Icon::Close, Tone::Warning, "crm-event-unsubscribed"),
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
