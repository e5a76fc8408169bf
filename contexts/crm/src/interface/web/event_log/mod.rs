//! The debugger: the last events as they came, with what became of them; the names of events; and
//! claims that two people are one.

mod names_view;
mod view;

pub use view::contact_alert;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::crm::events::{
    EVENT_LOG, EVENT_LOG_LIST, EVENT_NAMES, IDENTITY_CONFLICT_DISMISSAL, IDENTITY_CONFLICTS, LOGGED_EVENT,
};
use kernel::{EventId, Permission, SourceId};
use platform::{
    NavItem,
    web::{Access, AppError, Ctx, Path, Query, Redirect, Routes, Toast, View, WebResult},
};
use serde::Deserialize;
use ui_kit::Icon;
use uuid::Uuid;

use crate::{
    Crm,
    infrastructure::pg::{
        CrmTx,
        event_log::{KEPT, LogFilter},
    },
};

/// All routes of the debugger.
pub fn routes() -> Routes<Crm> {
    let (read, merge) = (
        Access::needs(Permission::EventsRead),
        Access::needs(Permission::ContactsWrite),
    );
    Routes::new()
        .get(EVENT_LOG.template(), read, list)
        .get(EVENT_LOG_LIST.template(), read, part)
        .get(EVENT_NAMES.template(), read, names)
        .get(IDENTITY_CONFLICTS.template(), read, conflicts)
        .post(IDENTITY_CONFLICT_DISMISSAL.template(), merge, dismiss)
        .get(LOGGED_EVENT.template(), read, show)
}

/// Its place in the navigation.
pub fn nav() -> NavItem {
    NavItem {
        order: 35,
        label_key: "crm-nav-events",
        icon: Icon::Click,
        href: EVENT_LOG.url(),
        permission: Permission::EventsRead,
        shortcut: Some('e'),
    }
}

/// Which events.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct LogQuery {
    source: String,
    r#type: String,
    name: String,
    outcome: String,
}

impl LogQuery {
    fn filter(&self) -> LogFilter {
        let word = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        LogFilter {
            source: self.source.parse::<SourceId>().ok(),
            kind: word(&self.r#type),
            name: word(&self.name),
            outcome: word(&self.outcome),
        }
    }

    fn pairs(&self) -> [(&'static str, &str); 4] {
        [
            ("source", &self.source),
            ("type", &self.r#type),
            ("name", &self.name),
            ("outcome", &self.outcome),
        ]
    }
}

/// The page.
pub async fn list(ctx: Ctx, State(crm): State<Crm>, view: View, Query(query): Query<LogQuery>) -> WebResult {
    let log = read(&crm, &ctx, query).await?;
    Ok(match view {
        View::Full => view::page(&ctx, &log),
        View::Part => view::list(&ctx, &log).into_response(),
    })
}

/// Its list, which asks for itself again and again.
pub async fn part(ctx: Ctx, State(crm): State<Crm>, Query(query): Query<LogQuery>) -> WebResult {
    let log = read(&crm, &ctx, query).await?;
    Ok(view::list(&ctx, &log).into_response())
}

async fn read(crm: &Crm, ctx: &Ctx, query: LogQuery) -> Result<view::Log, AppError> {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    Ok(view::Log {
        lines: tx.event_log(&query.filter(), KEPT).await?,
        sources: tx.sources().await?,
        conflicts: tx.open_conflicts(None, 100).await?.len(),
        query,
    })
}

/// One event as it came.
pub async fn show(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<EventId>) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let line = tx.logged_event(id).await?.ok_or(AppError::NotFound)?;
    let sources = tx.sources().await?;
    Ok(view::event_page(&ctx, &line, &sources))
}

/// Names of events, with what they carry.
pub async fn names(ctx: Ctx, State(crm): State<Crm>) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    Ok(names_view::page(&ctx, &tx.event_names().await?))
}

/// Claims that two people are one.
pub async fn conflicts(ctx: Ctx, State(crm): State<Crm>) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    Ok(view::conflicts_page(&ctx, &tx.open_conflicts(None, 100).await?))
}

/// Says that they are two.
pub async fn dismiss(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<Uuid>) -> Result<Response, AppError> {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    if !tx.dismiss_conflict(id, ctx.now).await? {
        return Err(AppError::NotFound);
    }
    tx.commit().await?;
    Ok(Redirect::to(&ctx, IDENTITY_CONFLICTS.url())
        .say(&ctx, Toast::done(ctx.t("crm-conflict-dismissed")))
        .into_response())
}
