//! Entries of a timeline that are not events: edits, notes, stages, segments, consent, merges.

use contracts::crm::{
    IMPORT, SEGMENT,
    people::{CONTACT_NOTE, CONTACT_NOTE_DELETION, MERGE_UNDO},
};
use kernel::Permission;
use maud::{Markup, html};
use platform::web::Ctx;
use serde_json::Value;
use ui_kit::{ActionForm, Button, Confirm, Icon, Moment, Times, Tone, badge, link};

use super::columns::field_label;
use crate::{
    domain::{
        change::{Cause, ContactChange, PRIMARY_COMPANY},
        field::Field,
        field_value,
        merge::Merge,
        note::{Note, NoteKind},
        timeline_entry::{ConsentEntry, SegmentMove, StageMove},
    },
    interface::assignment::{ActorNames, People},
};

/// What entries need to be put into words.
pub struct Names<'a> {
    pub fields: &'a [Field],
    pub people: &'a People,
    pub actors: &'a ActorNames,
}

pub fn change<'a>(ctx: &Ctx, names: &Names<'_>, change: &ContactChange) -> Moment<'a> {
    let who = names.actors.of(ctx, names.people, change.by.actor);
    let title =
        html! { (ctx.ta("crm-entry-change", &[("who", who.into())])) " " (cause(ctx, change.by.cause)) };
    let detail = html! {
        dl.facts {
            @for (key, after) in &change.what.after {
                @let before = change.what.before.get(key).unwrap_or(&Value::Null);
                div {
                    dt { (key_label(ctx, names, key)) }
                    dd { del { (shown(ctx, names, key, before)) } " → " (shown(ctx, names, key, after)) }
                }
            }
        }
    };
    Moment {
        icon: Icon::Edit,
        tone: Tone::Neutral,
        title,
        at: times(ctx).relative(change.at),
        detail: Some(detail),
        id: Some(change.id.to_string().into()),
    }
}

/// By what something was changed.
fn cause(ctx: &Ctx, cause: Cause) -> Markup {
    let key = match cause {
        Cause::Form => return html! {},
        Cause::Api => "crm-cause-api",
        Cause::Import(id) => return html! { (link(&IMPORT.url(&id), &ctx.t("crm-cause-import"))) },
        Cause::Bulk(_) => "crm-cause-bulk",
        Cause::Event(_) => "crm-cause-event",
        Cause::Merge(_) => "crm-cause-merge",
        Cause::Journey(_) => "crm-cause-journey",
        Cause::Preferences => "crm-cause-preferences",
        Cause::Undo(_) => "crm-cause-undo",
    };
    badge(Tone::Neutral, &ctx.t(key))
}

/// What people call a field.
pub fn key_label(ctx: &Ctx, names: &Names<'_>, key: &str) -> String {
    match key.strip_prefix("attributes.") {
        Some(key) => {
            let field = names.fields.iter().find(|field| field.key == key);
            field.map_or_else(|| key.to_owned(), |field| field.label.clone())
        }
        None => match key {
            "tags" => ctx.t("crm-column-tags"),
            "owner_id" => ctx.t("crm-column-owner"),
            "stage_id" => ctx.t("crm-column-stage"),
            "points" => ctx.t("crm-column-points"),
            PRIMARY_COMPANY => ctx.t("crm-import-target-primary-company"),
            key => field_label(ctx, key),
        },
    }
}

/// A value as people read it.
pub fn shown(ctx: &Ctx, names: &Names<'_>, key: &str, value: &Value) -> String {
    let text = match (key, value) {
        (_, Value::Null) => String::new(),
        (_, Value::Array(items)) => items
            .iter()
            .map(field_value::to_text)
            .collect::<Vec<_>>()
            .join(", "),
        ("owner_id", Value::String(id)) => id
            .parse()
            .ok()
            .and_then(|id| names.people.member(id))
            .map_or_else(|| ctx.t("crm-actor-former"), str::to_owned),
        ("stage_id", Value::String(id)) => id
            .parse()
            .ok()
            .and_then(|id| names.people.stage(id))
            .map_or_else(|| ctx.t("crm-stage-former"), str::to_owned),
        (PRIMARY_COMPANY, value) => value["name"].as_str().unwrap_or_default().to_owned(),
        (_, value) => field_value::to_text(value),
    };
    if text.is_empty() {
        ctx.t("crm-value-none")
    } else {
        text
    }
}

pub fn note<'a>(ctx: &Ctx, names: &Names<'_>, note: &Note) -> Moment<'a> {
    let (icon, key) = match note.kind {
        NoteKind::General => (Icon::File, "crm-note-general"),
        NoteKind::Email => (Icon::Mail, "crm-note-email"),
        NoteKind::Call => (Icon::Phone, "crm-note-call"),
        NoteKind::Meeting => (Icon::Calendar, "crm-note-meeting"),
    };
    let author = match note.created_by {
        Some(user) => names
            .people
            .member(user)
            .map_or_else(|| ctx.t("crm-actor-former"), str::to_owned),
        None => ctx.t("crm-actor-api-key"),
    };
    let edited = note.updated_at != note.created_at;
    let confirm = Confirm {
        title: ctx.t("crm-note-delete-title").into(),
        text: ctx.t("crm-note-delete-text").into(),
        button: ctx.t("crm-note-delete").into(),
    };
    let detail = html! {
        @for line in note.text.lines() { p { (line) } }
        p.muted {
            (author)
            @if edited { " · " (ctx.t("crm-note-edited")) }
        }
        @if may_change(ctx, note) {
            div.btn-row {
                (Button::ghost(ctx.t("crm-note-edit")).small().href(CONTACT_NOTE.url(&note.contact, &note.id)))
                (ActionForm::new(
                    CONTACT_NOTE_DELETION.url(&note.contact, &note.id),
                    ctx.csrf_field(),
                    Button::ghost(ctx.t("crm-note-delete")).small(),
                ).confirm(confirm))
            }
        }
    };
    Moment {
        icon,
        tone: Tone::Info,
        title: html! { (ctx.t(key)) },
        at: times(ctx).relative(note.occurred_at),
        detail: Some(detail),
        id: Some(note.id.to_string().into()),
    }
}

/// Whoever wrote it, and those who manage the organisation.
pub fn may_change(ctx: &Ctx, note: &Note) -> bool {
    ctx.may(Permission::ContactsWrite) && (may_change_any(ctx) || note.created_by == ctx.user())
}

/// Whether somebody may change what others wrote.
pub fn may_change_any(ctx: &Ctx) -> bool {
    ctx.may(Permission::FieldsWrite)
}

pub fn stage<'a>(ctx: &Ctx, names: &Names<'_>, moved: &StageMove) -> Moment<'a> {
    let name = |id: kernel::StageId| {
        names
            .people
            .stage(id)
            .map_or_else(|| ctx.t("crm-stage-former"), str::to_owned)
    };
    let title = match (moved.from, moved.to) {
        (Some(from), Some(to)) => ctx.ta(
            "crm-entry-stage-moved",
            &[("from", name(from).into()), ("to", name(to).into())],
        ),
        (None, Some(to)) => ctx.ta("crm-entry-stage-entered", &[("to", name(to).into())]),
        (Some(from), None) => ctx.ta("crm-entry-stage-left", &[("from", name(from).into())]),
        (None, None) => ctx.t("crm-column-stage"),
    };
    Moment {
        icon: Icon::ArrowRight,
        tone: Tone::Info,
        title: html! { (title) },
        at: times(ctx).relative(moved.at),
        detail: Some(html! { (names.actors.of(ctx, names.people, moved.actor)) }),
        id: Some(moved.id.to_string().into()),
    }
}

pub fn segment<'a>(ctx: &Ctx, moved: &SegmentMove) -> Moment<'a> {
    let (key, tone) = if moved.entered {
        ("crm-entry-segment-entered", Tone::Success)
    } else {
        ("crm-entry-segment-left", Tone::Neutral)
    };
    Moment {
        icon: Icon::Segments,
        tone,
        title: html! { (ctx.t(key)) " " (link(&SEGMENT.url(&moved.segment), &moved.name)) },
        at: times(ctx).relative(moved.at),
        detail: None,
        id: Some(format!("{}-{}", moved.segment, moved.at.as_second()).into()),
    }
}

pub fn consent<'a>(ctx: &Ctx, entry: &ConsentEntry) -> Moment<'a> {
    let (key, tone) = match entry.action.as_str() {
        "granted" => ("crm-entry-consent-granted", Tone::Success),
        "requested" => ("crm-entry-consent-requested", Tone::Info),
        _ => ("crm-entry-consent-withdrawn", Tone::Warning),
    };
    let of = entry.topic.clone().unwrap_or_else(|| entry.channel.clone());
    Moment {
        icon: Icon::Shield,
        tone,
        title: html! { (ctx.ta(key, &[("topic", of.into())])) },
        at: times(ctx).relative(entry.at),
        detail: Some(
            html! { (entry.channel) " · " (entry.basis.replace('_', " ")) " · " (entry.source.replace('_', " ")) },
        ),
        id: Some(entry.id.to_string().into()),
    }
}

pub fn merge<'a>(ctx: &Ctx, names: &Names<'_>, merge: &Merge) -> Moment<'a> {
    let name = if merge.loser_name.is_empty() {
        ctx.t("crm-merge-unnamed")
    } else {
        merge.loser_name.clone()
    };
    let confirm = Confirm {
        title: ctx
            .ta("crm-merge-undo-title", &[("name", name.as_str().into())])
            .into(),
        text: ctx.t("crm-merge-undo-text").into(),
        button: ctx.t("crm-merge-undo").into(),
    };
    let detail = html! {
        p { (names.actors.of(ctx, names.people, merge.actor)) }
        @if merge.is_reversible(ctx.now) && ctx.may(Permission::ContactsWrite) {
            div.btn-row {
                (ActionForm::new(
                    MERGE_UNDO.url(&merge.winner, &merge.id),
                    ctx.csrf_field(),
                    Button::secondary(ctx.t("crm-merge-undo")).small().icon(Icon::Undo),
                ).confirm(confirm))
            }
        }
    };
    Moment {
        icon: Icon::Contacts,
        tone: Tone::Info,
        title: html! { (ctx.ta("crm-entry-merged", &[("name", name.into())])) },
        at: times(ctx).relative(merge.at),
        detail: Some(detail),
        id: Some(merge.id.to_string().into()),
    }
}

fn times(ctx: &Ctx) -> Times<'_> {
    Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    }
}
