//! The jobs that people asked for: how far they are, what came of them, and the way to stop them.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use contracts::{
    ListPage,
    platform::{API_JOBS, Job, JobQuery, JobState, TASK_CANCELLATION, TASKS, TASKS_INDICATOR, TASKS_LIST},
};
use http::{HeaderValue, header};
use kernel::{JobId, Permission};
use maud::{Markup, html};
use serde::Deserialize;
use ui_kit::{
    ActionForm, Button, Column, EmptyState, Icon, PageHeader, Pager, Progress, Row, Table, Times, Tone,
    badge, link_with_note, tasks_indicator,
};

use super::{Access, AppError, Ctx, Op, Path, Query, Redirect, Routes, Toast, WebResult};
use crate::jobs::{self, ShownJob};

const LIST: &str = "platform.jobs newest first";
const PAGE: i64 = 50;
const MAX_PAGE: i64 = 200;

/// The pages.
pub(crate) fn web() -> Routes {
    let (read, write) = (
        Access::needs(Permission::JobsRead),
        Access::needs(Permission::JobsWrite),
    );
    Routes::new()
        .get(TASKS.template(), read, page)
        .get(TASKS_LIST.template(), read, list)
        .get(TASKS_INDICATOR.template(), read, indicator)
        .post(TASK_CANCELLATION.template(), write, cancel)
}

/// The API's list.
pub(crate) fn api() -> Routes {
    Routes::new()
        .get(API_JOBS.template(), Access::needs(Permission::JobsRead), api_list)
        .doc(
            Op::new("list_jobs", "List background jobs, newest first")
                .describe("Those that people and programs asked for; upkeep is not listed.")
                .query::<JobQuery>()
                .returns::<ListPage<Job>>(200, "A page of jobs."),
        )
}

#[derive(Deserialize)]
struct TasksQuery {
    cursor: Option<String>,
}

async fn page(ctx: Ctx, Query(query): Query<TasksQuery>) -> WebResult<Response> {
    let header = PageHeader::new(ctx.t("platform-tasks-title")).purpose(ctx.t("platform-tasks-purpose"));
    let body = show(&ctx, query.cursor.as_deref()).await?;
    Ok(ctx.page(&header, body))
}

async fn list(ctx: Ctx, Query(query): Query<TasksQuery>) -> WebResult<Response> {
    Ok(show(&ctx, query.cursor.as_deref()).await?.into_response())
}

async fn indicator(ctx: Ctx) -> WebResult<Response> {
    let mut tx = ctx.tx().await?;
    let running = jobs::unfinished(&mut tx, ctx.org).await?;
    Ok(tasks_indicator(ctx.words(), Some(running)).into_response())
}

async fn cancel(ctx: Ctx, Path(id): Path<JobId>) -> WebResult<Response> {
    let mut tx = ctx.tx().await?;
    if !jobs::cancel(&mut tx, ctx.org, id).await? {
        return Err(AppError::NotFound);
    }
    tx.commit().await?;
    Ok(Redirect::to(&ctx, TASKS.url())
        .say(&ctx, Toast::done(ctx.t("platform-task-stopping")))
        .into_response())
}

async fn show(ctx: &Ctx, cursor: Option<&str>) -> Result<Markup, AppError> {
    let before = cursor.map(|cursor| ctx.open_cursor(LIST, cursor)).transpose()?;
    let mut tx = ctx.tx().await?;
    let mut found = jobs::recent(&mut tx, ctx.org, before, PAGE + 1).await?;
    let more = found.len() as i64 > PAGE;
    found.truncate(PAGE as usize);
    let next = found
        .last()
        .filter(|_| more)
        .map(|last| TASKS.with(&[("cursor", ctx.seal_cursor(LIST, &last.job.id))]));
    // As long as something moves, the list asks for itself again.
    let moving = found.iter().any(|shown| !is_over(shown.job.state));
    let again = match cursor {
        Some(cursor) => TASKS_LIST.with(&[("cursor", cursor)]),
        None => TASKS_LIST.url(),
    };
    Ok(html! {
        div id="tasks" hx-get=[moving.then_some(again)] hx-trigger=[moving.then_some("every 2s")] hx-swap="outerHTML" {
            (table(ctx, &found))
            (Pager { next: next.map(Into::into), ..Pager::default() }.show(ctx.words()))
        }
    })
}

const fn is_over(state: JobState) -> bool {
    !matches!(state, JobState::Queued | JobState::Running)
}

fn table(ctx: &Ctx, found: &[ShownJob]) -> Markup {
    let columns = vec![
        Column::text(ctx.t("platform-task")),
        Column::text(ctx.t("platform-task-progress")),
        Column::text(ctx.t("platform-task-owner")).wide_only(),
        Column::text(ctx.t("platform-task-started")).wide_only(),
    ];
    let empty =
        EmptyState::new(Icon::Tasks, ctx.t("platform-tasks-empty")).text(ctx.t("platform-tasks-empty-help"));
    Table::new(ctx.t("platform-tasks-title"), columns)
        .rows(found.iter().map(|shown| row(ctx, shown)))
        .empty(empty)
        .show(ctx.words())
}

fn row<'a>(ctx: &Ctx, shown: &ShownJob) -> Row<'a> {
    let job = &shown.job;
    let times = Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    };
    let what = ctx.t(&format!("job-{}", job.kind.replace(['.', '_'], "-")));
    let name = if shown.link.is_empty() {
        html! { span.cell-two { span { (job.label) } span.muted { (what) } } }
    } else {
        link_with_note(&shown.link, &job.label, &what)
    };
    let owner = job
        .started_by
        .clone()
        .unwrap_or_else(|| ctx.t("platform-task-by-program"));
    let row = Row::new(vec![
        name,
        progress(ctx, shown),
        html! { (owner) },
        times.relative(job.created_at),
    ])
    .id(job.id.to_string());
    if is_over(job.state) || shown.stopping || !ctx.may(Permission::JobsWrite) {
        return row;
    }
    let stop = Button::ghost(ctx.t("platform-task-cancel"))
        .small()
        .icon(Icon::Stop);
    row.actions(html! { (ActionForm::new(TASK_CANCELLATION.url(&job.id), ctx.csrf_field(), stop)) })
}

fn progress(ctx: &Ctx, shown: &ShownJob) -> Markup {
    let job = &shown.job;
    let (tone, key) = match (job.state, shown.stopping) {
        (JobState::Running | JobState::Queued, true) => (Tone::Warning, "platform-task-is-stopping"),
        (JobState::Queued, false) => (Tone::Neutral, "platform-task-is-queued"),
        (JobState::Running, false) => {
            let bar = Progress::new(
                ctx.t("platform-task-is-running"),
                job.progress.done,
                job.progress.total,
            );
            return bar.show(ctx.words());
        }
        (JobState::Succeeded, _) => (Tone::Success, "platform-task-is-done"),
        (JobState::Failed, _) => (Tone::Danger, "platform-task-has-failed"),
        (JobState::Cancelled, _) => (Tone::Warning, "platform-task-is-cancelled"),
    };
    badge(tone, &ctx.t(key))
}

async fn api_list(ctx: Ctx, Query(query): Query<JobQuery>) -> WebResult<Response> {
    let before = query
        .cursor
        .map(|cursor| ctx.open_cursor(LIST, &cursor))
        .transpose()?;
    let limit = query.limit.unwrap_or(100).clamp(1, MAX_PAGE);
    let mut tx = ctx.tx().await?;
    let mut found = jobs::recent(&mut tx, ctx.org, before, limit + 1).await?;
    let more = found.len() as i64 > limit;
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next_cursor = found
        .last()
        .filter(|_| more)
        .map(|last| ctx.seal_cursor(LIST, &last.job.id));
    let link = next_cursor
        .as_ref()
        .map(|cursor| format!("<{}?cursor={cursor}>; rel=\"next\"", API_JOBS.url()));
    let mut response = Json(ListPage {
        data: found.into_iter().map(|shown| shown.job).collect(),
        has_more: more,
        next_cursor,
    })
    .into_response();
    if let Some(link) = link {
        let value = HeaderValue::from_str(&link).map_err(AppError::internal)?;
        response.headers_mut().insert(header::LINK, value);
    }
    Ok(response)
}
