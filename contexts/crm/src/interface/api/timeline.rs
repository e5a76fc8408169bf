//! Everything about a contact by time, for programs.

use axum::extract::State;
use contracts::{
    ListPage,
    crm::people::{API_CONTACT_TIMELINE, TimelineEntry as View, TimelineQuery},
};
use kernel::{ContactId, Permission, Timestamp};
use platform::web::{Access, AppError, Ctx, Op, Path, Query, Routes, WebResult};
use serde_json::{Value, json};

use super::{changes, contacts::event_view, limit, merges, notes, page};
use crate::{
    Crm,
    application::read_timeline::{Position, read_timeline},
    domain::timeline_entry::{Entry, Show},
    infrastructure::pg::CrmTx,
};

const LIST: &str = "api.timeline newest first";

pub fn routes() -> Routes<Crm> {
    Routes::new()
        .get(
            API_CONTACT_TIMELINE.template(),
            Access::needs(Permission::ContactsRead),
            list,
        )
        .doc(
            Op::new("list_contact_timeline", "List everything about a contact, newest first")
                .describe(
                    "Events, changes, notes, moves between stages, segments entered, consent and merges as one list.",
                )
                .query::<TimelineQuery>()
                .returns::<ListPage<View>>(200, "A page of the timeline."),
        )
}

async fn list(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(contact): Path<ContactId>,
    Query(query): Query<TimelineQuery>,
) -> WebResult {
    let after: Option<Position> = query
        .cursor
        .as_deref()
        .map(|cursor| ctx.open_cursor(LIST, cursor))
        .transpose()?;
    let show = Show::parse_list(query.show.as_deref().unwrap_or_default())
        .map_err(|_| AppError::invalid("show", "unknown_part", ctx.t("crm-list-bad-parameter")))?;
    let limit = limit(query.limit);
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    tx.contact(contact).await?.ok_or(AppError::NotFound)?;
    let mut entries = read_timeline(&mut tx, contact, &show, after, limit + 1).await?;
    let more = entries.len() as i64 > limit;
    entries.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = entries
        .last()
        .filter(|_| more)
        .map(|last| ctx.seal_cursor(LIST, &(last.at(), last.id())));
    let data: Vec<View> = entries
        .into_iter()
        .map(|entry| view(entry, ctx.now))
        .collect::<Result<_, AppError>>()?;
    page(&API_CONTACT_TIMELINE.url(&contact), data, next)
}

fn view(entry: Entry, now: Timestamp) -> Result<View, AppError> {
    let at = entry.at();
    let (kind, id, data): (_, String, Value) = match entry {
        Entry::Event(event) => (
            "event",
            event.id.to_string(),
            serde_json::to_value(event_view(event))?,
        ),
        Entry::Change(change) => (
            "change",
            change.id.to_string(),
            serde_json::to_value(changes::view(change))?,
        ),
        Entry::Note(note) => (
            "note",
            note.id.to_string(),
            serde_json::to_value(notes::view(note))?,
        ),
        Entry::Merge(merge) => (
            "merge",
            merge.id.to_string(),
            serde_json::to_value(merges::view(merge, now))?,
        ),
        Entry::Stage(moved) => (
            "stage",
            moved.id.to_string(),
            json!({"from": moved.from, "to": moved.to, "actor": changes::actor(moved.actor)}),
        ),
        Entry::Segment(moved) => (
            "segment",
            moved.segment.to_string(),
            json!({"segment_id": moved.segment, "name": moved.name, "entered": moved.entered}),
        ),
        Entry::Consent(consent) => (
            "consent",
            consent.id.to_string(),
            json!({
                "topic": consent.topic,
                "channel": consent.channel,
                "action": consent.action,
                "basis": consent.basis,
                "source": consent.source,
            }),
        ),
    };
    Ok(View { id, kind, at, data })
}
