//! Who stands in a segment, or out of it, whatever its rule says.

use axum::{extract::State, response::IntoResponse};
use contracts::crm::{SEGMENT, segments::SEGMENT_OVERRIDES};
use kernel::{ContactId, Permission, SegmentId};
use maud::{Markup, html};
use platform::web::{Actor, AppError, Ctx, Form as Submitted, Path, Redirect, Toast, WebResult};
use serde::Deserialize;
use ui_kit::{
    ActionForm, Button, Card, Column, EmptyState, Field, Form, Icon, Row, Table, Tone, badge, segmented,
};
use uuid::Uuid;

use super::{
    show::{Look, rebuild_now},
    words::{person, times},
};
use crate::{
    Crm,
    application::{
        override_segment::{OverrideError, Overrides, override_segment},
        test_contact::find_contact,
    },
    domain::segment::Segment,
    infrastructure::pg::{CrmTx, segment_overrides::Override},
};

/// Who acts, as it is written down.
pub fn acting(ctx: &Ctx) -> (&'static str, Option<Uuid>) {
    match &ctx.actor {
        Actor::User(person) => ("user", Some(person.user.uuid())),
        Actor::ApiKey { key, .. } => ("api_key", Some(key.uuid())),
    }
}

/// What is to become of whom.
#[derive(Deserialize)]
pub struct OverrideForm {
    /// An address, or an identifier.
    #[serde(default)]
    who: String,
    /// `in`, `out`, or `rule`.
    what: String,
}

/// Puts a contact in, takes it out, or lets the rule decide.
pub async fn change(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<SegmentId>,
    Submitted(form): Submitted<OverrideForm>,
) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    tx.segment(id).await?.ok_or(AppError::NotFound)?;
    let Some(contact) = find_contact(&mut tx, &form.who).await? else {
        let toast = Toast::failed(ctx.t("crm-segments-probe-nobody"));
        return Ok(Redirect::to(&ctx, SEGMENT.url(&id))
            .say(&ctx, toast)
            .into_response());
    };
    let Some((overrides, key)) = meaning(&form.what, contact.id) else {
        return Err(AppError::invalid("what", "unknown", ctx.t("crm-segments-choose")));
    };
    match override_segment(tx, id, &overrides, acting(&ctx)).await {
        Ok(_) => {}
        Err(OverrideError::NotFound) => return Err(AppError::NotFound),
        Err(OverrideError::Db(error)) => return Err(error.into()),
    }
    // What cannot be done now, the engine does.
    let _later = rebuild_now(&ctx, &crm, id, Look::AtWhatChanged).await?;
    let name = super::words::name_of(&ctx, &contact);
    let toast = Toast::done(ctx.ta(key, &[("name", name.into())]));
    Ok(Redirect::to(&ctx, SEGMENT.url(&id))
        .say(&ctx, toast)
        .into_response())
}

fn meaning(what: &str, contact: ContactId) -> Option<(Overrides, &'static str)> {
    let one = vec![contact];
    let none = Overrides::default();
    Some(match what {
        "in" => (Overrides { include: one, ..none }, "crm-segments-put-in"),
        "out" => (Overrides { exclude: one, ..none }, "crm-segments-taken-out"),
        "rule" => (Overrides { reset: one, ..none }, "crm-segments-left-to-rule"),
        _ => return None,
    })
}

/// The card on the page of a segment.
pub fn card(ctx: &Ctx, segment: &Segment, overrides: &[Override]) -> Markup {
    let may = ctx.may(Permission::SegmentsWrite);
    let mut columns = vec![
        Column::text(ctx.t("crm-segments-member")),
        Column::text(ctx.t("crm-segments-override")),
        Column::text(ctx.t("crm-segments-override-at")).wide_only(),
    ];
    if may {
        columns.push(Column::text(ctx.t("crm-segments-actions")));
    }
    let rows = overrides.iter().map(|one| {
        let mut cells = vec![
            person(ctx, &one.contact),
            state(ctx, one.included),
            times(ctx).relative(one.at),
        ];
        if may {
            cells.push(reset(ctx, segment, one.contact.id));
        }
        Row::new(cells)
    });
    let table = Table::new(ctx.t("crm-segments-overrides"), columns)
        .rows(rows)
        .empty(EmptyState::new(
            Icon::Contacts,
            ctx.t("crm-segments-no-overrides"),
        ))
        .show(ctx.words());
    Card::titled(ctx.t("crm-segments-overrides"))
        .help(ctx.t("crm-segments-overrides-help"))
        .body(html! {
            @if !overrides.is_empty() { (table) } @else { p.muted { (ctx.t("crm-segments-no-overrides")) } }
            @if may { (add(ctx, segment)) }
        })
}

fn state(ctx: &Ctx, included: bool) -> Markup {
    if included {
        badge(Tone::Success, &ctx.t("crm-segments-override-in"))
    } else {
        badge(Tone::Warning, &ctx.t("crm-segments-override-out"))
    }
}

fn reset(ctx: &Ctx, segment: &Segment, contact: ContactId) -> Markup {
    let form = ActionForm::new(
        SEGMENT_OVERRIDES.url(&segment.id),
        ctx.csrf_field(),
        Button::ghost(ctx.t("crm-segments-leave-to-rule")).small(),
    )
    .field("who", contact.to_string())
    .field("what", "rule");
    html! { (form) }
}

fn add(ctx: &Ctx, segment: &Segment) -> Markup {
    let choices = [
        ("in".into(), ctx.t("crm-segments-put-in-verb").into()),
        ("out".into(), ctx.t("crm-segments-take-out-verb").into()),
    ];
    let form = Form::post(SEGMENT_OVERRIDES.url(&segment.id), ctx.csrf_field());
    form.body(
        ctx.words(),
        html! {
            (Field::text("who", ctx.t("crm-segments-override-who")).max_length(320).required()
                .help(ctx.t("crm-segments-override-who-help")))
            (segmented("what", &ctx.t("crm-segments-override"), &choices, "in"))
            div.btn-row { (Button::secondary(ctx.t("crm-segments-override-save"))) }
        },
    )
}
