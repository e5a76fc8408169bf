//! One segment: its rule in words, who is in it, and who came and went.

use std::time::Duration;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::crm::{
    API_CONTACT_SEARCH, SEGMENT, SEGMENT_DELETION, SEGMENT_EDIT, SEGMENT_REBUILD, SEGMENTS,
    segments::SEGMENT_HISTORY,
};
use kernel::{ContactId, Permission, SegmentId};
use maud::{Markup, html};
use platform::web::{AppError, Ctx, Path, Query, Redirect, Toast, View, WebResult};
use serde::Deserialize;
use ui_kit::{
    ActionForm, Alert, Button, Card, Column, Confirm, EmptyState, Icon, Live, MenuItem, MenuTrigger,
    Moment as Shown, PageHeader, Pager, Row, Stat, Table, Tone, code_block, columns, link, menu, number,
    stack, stats, timeline,
};

use super::{
    overrides,
    words::{name_of, names, person, rule_sentence, state_badge, times},
};
use crate::{
    Crm,
    application::{
        delete_segment::{DeleteSegmentError, delete_segment},
        rebuild_segment::{Effort, RebuildError, rebuild_segment},
    },
    domain::{
        rule::{self, Moment},
        segment::{Segment, SegmentProblem},
    },
    infrastructure::pg::{
        CrmTx,
        segment_members::{Member, Move},
        segment_overrides::Override,
    },
};

const PAGE: usize = 50;
/// How many who came and went are shown.
const MOVES: i64 = 12;
/// How many who were put in or taken out by hand are shown; the API lists all.
const OVERRIDES: i64 = 50;
const LIST: &str = "crm.segment_members newest first";
const REGION: Live<'static> = Live("segment-members");
/// A rebuild that somebody waits for at a page may take this long; then it goes on in the background.
const PATIENCE: Duration = Duration::from_millis(1500);

/// What part of the members.
#[derive(Deserialize)]
pub struct ShowQuery {
    cursor: Option<String>,
}

struct Page {
    segment: Segment,
    /// Nothing when the rule no longer fits.
    sentence: Option<String>,
    users: Vec<(SegmentId, String)>,
    members: Vec<Member>,
    next: Option<String>,
    moves: Vec<Move>,
    overrides: Vec<Override>,
    category: Option<String>,
}

/// The segment.
pub async fn show(
    ctx: Ctx,
    State(crm): State<Crm>,
    view: View,
    Path(id): Path<SegmentId>,
    Query(query): Query<ShowQuery>,
) -> WebResult {
    let after: Option<ContactId> = query
        .cursor
        .as_ref()
        .map(|cursor| ctx.open_cursor(LIST, cursor))
        .transpose()?;
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let segment = tx.segment(id).await?.ok_or(AppError::NotFound)?;
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut members = tx.segment_members(id, after, limit).await?;
    let more = members.len() > PAGE;
    members.truncate(PAGE);
    let next = members
        .last()
        .filter(|_| more)
        .map(|last| ctx.seal_cursor(LIST, &last.contact.id));
    if view == View::Part {
        return Ok(member_list(&ctx, &segment, &members, next).into_response());
    }
    let schema = tx.rule_schema().await?;
    let names = names(&ctx, &crm, &mut tx).await?;
    let sentence = rule::parse(&segment.rule, &schema)
        .ok()
        .map(|rule| rule_sentence(&ctx, &rule, &schema, &names));
    let users = tx.segment_graph().await?.users_of(id);
    let users = users
        .into_iter()
        .filter_map(|user| Some((user, names.segments.get(&user)?.clone())))
        .collect();
    let moves = tx.segment_moves(id, MOVES).await?;
    let overrides = tx.segment_overrides(id, None, OVERRIDES).await?;
    let categories = tx.categories().await?.into_iter();
    let category = categories
        .filter(|category| Some(category.id) == segment.category)
        .map(|category| category.name)
        .next();
    Ok(page(
        &ctx,
        &Page {
            segment,
            sentence,
            users,
            members,
            next,
            moves,
            overrides,
            category,
        },
    ))
}

/// Rebuilds it while the person waits, or in the background when that takes longer.
pub async fn rebuild(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<SegmentId>) -> WebResult {
    let toast = match rebuild_now(&ctx, &crm, id, Look::AtEverybody).await? {
        Ok(members) => Toast::done(ctx.ta("crm-segments-rebuilt", &[("members", members.into())])),
        Err(SegmentProblem::Slow) => {
            let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
            tx.demand_rebuild(id).await?;
            tx.commit().await?;
            Toast::done(ctx.t("crm-segments-rebuild-started"))
        }
        Err(SegmentProblem::Rule) => Toast::failed(ctx.t("crm-segments-rebuild-failed")),
    };
    Ok(Redirect::to(&ctx, SEGMENT.url(&id))
        .say(&ctx, toast)
        .into_response())
}

/// Whom a rebuild looks at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Whoever is known to have changed; everybody when the rule has.
    AtWhatChanged,
    AtEverybody,
}

/// Rebuilds as far as somebody can wait. The inner error says why it was not done.
pub async fn rebuild_now(
    ctx: &Ctx,
    crm: &Crm,
    id: SegmentId,
    look: Look,
) -> Result<Result<i64, SegmentProblem>, AppError> {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    tx.digest_segment_news().await?;
    tx.commit().await?;
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let at = Moment {
        now: ctx.now,
        zone: ctx.zone.clone(),
    };
    let effort = Effort {
        full: look == Look::AtEverybody,
        wait: false,
        patience: PATIENCE,
    };
    match rebuild_segment(tx, id, &at, effort).await {
        Ok(found) => Ok(Ok(found.members)),
        Err(RebuildError::Problem(problem)) => Ok(Err(problem)),
        Err(RebuildError::Busy) => Ok(Err(SegmentProblem::Slow)),
        Err(RebuildError::NotFound) => Err(AppError::NotFound),
        Err(RebuildError::Db(error)) => Err(error.into()),
    }
}

/// Deletes it.
pub async fn delete(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<SegmentId>) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let name = tx.segment(id).await?.ok_or(AppError::NotFound)?.name;
    let (to, toast) = match delete_segment(tx, id).await {
        Ok(()) => (
            SEGMENTS.url(),
            Toast::done(ctx.ta("crm-segments-deleted", &[("name", name.into())])),
        ),
        Err(DeleteSegmentError::InUse(users)) => {
            let text = ctx.ta(
                "crm-segments-delete-in-use",
                &[("names", users.join(", ").into())],
            );
            (SEGMENT.url(&id), Toast::failed(text))
        }
        Err(DeleteSegmentError::NotFound) => return Err(AppError::NotFound),
        Err(DeleteSegmentError::Db(error)) => return Err(error.into()),
    };
    Ok(Redirect::to(&ctx, to).say(&ctx, toast).into_response())
}

fn page(ctx: &Ctx, page: &Page) -> Response {
    let segment = &page.segment;
    let header = PageHeader::new(segment.name.as_str())
        .purpose(segment.description.as_str())
        .crumb(ctx.t("crm-segments-title"), SEGMENTS.url())
        .badge(state_badge(ctx, segment));
    let header = if ctx.may(Permission::SegmentsWrite) {
        header.actions(actions(ctx, segment))
    } else {
        header
    };
    let main = html! {
        (problem(ctx, segment))
        (Card::titled(ctx.t("crm-segments-rule")).body(html! {
            @if let Some(sentence) = &page.sentence { p { (sentence) } }
            @if let Some(category) = &page.category {
                p.muted { (ctx.t("crm-segments-category")) ": " (category) }
            }
            @if !page.users.is_empty() {
                p.muted {
                    (ctx.t("crm-segments-used-by")) ": "
                    @for (n, (id, name)) in page.users.iter().enumerate() {
                        @if n > 0 { ", " }
                        (link(&SEGMENT.url(id), name))
                    }
                }
            }
        }))
        (Card::titled(ctx.t("crm-segments-member-list")).flush()
            .body(member_list(ctx, segment, &page.members, page.next.clone())))
        (overrides::card(ctx, segment, &page.overrides))
    };
    ctx.page(
        &header,
        stack(html! { (figures(ctx, segment)) (columns(main, aside(ctx, page))) }),
    )
}

fn actions(ctx: &Ctx, segment: &Segment) -> Markup {
    let confirm = Confirm {
        title: ctx
            .ta(
                "crm-segments-delete-title",
                &[("name", segment.name.as_str().into())],
            )
            .into(),
        text: ctx.t("crm-segments-delete-text").into(),
        button: ctx.t("crm-segments-delete").into(),
    };
    let delete = ActionForm::new(
        SEGMENT_DELETION.url(&segment.id),
        ctx.csrf_field(),
        Button::ghost(ctx.t("crm-segments-delete")).icon(Icon::Trash),
    );
    let rebuild = ActionForm::new(
        SEGMENT_REBUILD.url(&segment.id),
        ctx.csrf_field(),
        Button::ghost(ctx.t("crm-segments-rebuild")).icon(Icon::Refresh),
    );
    let items = [
        MenuItem::Custom(html! { (rebuild.in_menu()) }),
        MenuItem::Separator,
        MenuItem::Custom(html! { (delete.confirm(confirm).in_menu()) }),
    ];
    html! {
        (menu(&MenuTrigger::More(ctx.t("crm-segments-actions").into()), &items))
        (Button::primary(ctx.t("crm-segments-edit")).icon(Icon::Edit).href(SEGMENT_EDIT.url(&segment.id)))
    }
}

fn problem(ctx: &Ctx, segment: &Segment) -> Markup {
    let (tone, title, text) = match segment.problem {
        None => return Markup::default(),
        Some(SegmentProblem::Rule) => (
            Tone::Danger,
            "crm-segments-problem-rule-title",
            "crm-segments-problem-rule-text",
        ),
        Some(SegmentProblem::Slow) => (
            Tone::Warning,
            "crm-segments-problem-slow-title",
            "crm-segments-problem-slow-text",
        ),
    };
    html! { (Alert::new(tone, ctx.t(title)).text(ctx.t(text))) }
}

fn figures(ctx: &Ctx, segment: &Segment) -> Markup {
    let rebuilt = match segment.rebuilt_at {
        Some(at) => times(ctx).relative_text(at),
        None => ctx.t("crm-segments-never-rebuilt"),
    };
    let note = match segment.rebuilt_at {
        Some(_) if segment.relative => ctx.t("crm-segments-relative"),
        Some(_) => ctx.ta("crm-segments-took", &[("ms", segment.rebuild_ms.into())]),
        None => String::new(),
    };
    stats(&[
        Stat::new(ctx.t("crm-segments-members"), number(segment.member_count)),
        Stat::new(ctx.t("crm-segments-rebuilt-at"), rebuilt).note(note),
    ])
}

fn member_list(ctx: &Ctx, segment: &Segment, members: &[Member], next: Option<String>) -> Markup {
    let columns = vec![
        Column::text(ctx.t("crm-segments-member")),
        Column::text(ctx.t("crm-segments-entered-at")),
    ];
    let rows = members.iter().map(|member| {
        Row::new(vec![
            person(ctx, &member.contact),
            times(ctx).relative(member.entered_at),
        ])
        .id(member.contact.id.to_string())
    });
    let table = Table::new(ctx.t("crm-segments-member-list"), columns)
        .rows(rows)
        .empty(EmptyState::new(Icon::Contacts, ctx.t("crm-segments-no-members")))
        .show(ctx.words());
    let pager = Pager {
        previous: None,
        next: next.map(|cursor| SEGMENT.with(&segment.id, &[("cursor", cursor)]).into()),
        summary: None,
        live: Some(REGION),
    };
    html! { div id=(REGION.0) { (table) (pager.show(ctx.words())) } }
}

fn aside(ctx: &Ctx, page: &Page) -> Markup {
    let json = page.segment.rule.to_string();
    let label = format!("{} {}", http::Method::POST, API_CONTACT_SEARCH.url());
    html! {
        (Card::titled(ctx.t("crm-segments-moves")).body(html! {
            (moves(ctx, &page.moves))
            p { (link(&SEGMENT_HISTORY.url(&page.segment.id), &ctx.t("crm-segments-history-open"))) }
        }))
        (Card::titled(ctx.t("crm-segments-json")).help(ctx.t("crm-segments-json-help"))
            .body(code_block(ctx.words(), &label, &json)))
    }
}

fn moves(ctx: &Ctx, moves: &[Move]) -> Markup {
    if moves.is_empty() {
        return html! { p.muted { (ctx.t("crm-segments-no-moves")) } };
    }
    let shown: Vec<Shown<'_>> = moves
        .iter()
        .map(|one| {
            let (icon, tone, key) = if one.entered {
                (Icon::ArrowRight, Tone::Success, "crm-segments-entered")
            } else {
                (Icon::ArrowLeft, Tone::Neutral, "crm-segments-left")
            };
            let text = ctx.ta(key, &[("name", name_of(ctx, &one.contact).into())]);
            Shown {
                icon,
                tone,
                title: html! { (text) },
                at: times(ctx).relative(one.at),
                detail: None,
                id: None,
            }
        })
        .collect();
    timeline(&shown)
}
