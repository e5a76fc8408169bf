//! Contacts that may be one person.

use std::collections::HashMap;

use axum::{extract::State, response::IntoResponse};
use contracts::crm::{
    CONTACT, CONTACTS,
    people::{CONTACT_MERGE, DUPLICATES, DUPLICATES_DISMISSAL, DUPLICATES_SEARCH},
};
use kernel::ContactId;
use maud::{Markup, html};
use platform::web::{AppError, Ctx, Form as Posted, Query, Redirect, Toast, WebResult};
use serde::Deserialize;
use ui_kit::{
    ActionForm, Button, Column, EmptyState, Icon, PageHeader, Pager, Row, Table, Times, Tone, badge,
    person_link, stack,
};

use super::may_write;
use crate::{
    Crm,
    application::find_duplicates::start_duplicate_search,
    domain::{
        contact::Contact,
        duplicate::{Duplicate, DuplicatePosition, DuplicateSearch},
    },
    infrastructure::pg::CrmTx,
};

/// Pairs on one page.
const PAGE: i64 = 25;
const LIST: &str = "crm.duplicates likeliest first";

#[derive(Debug, Default, Deserialize)]
pub struct PageQuery {
    cursor: Option<String>,
}

/// The list.
pub async fn list(ctx: Ctx, State(crm): State<Crm>, Query(query): Query<PageQuery>) -> WebResult {
    let after: Option<DuplicatePosition> = query
        .cursor
        .as_deref()
        .map(|cursor| ctx.open_cursor(LIST, cursor))
        .transpose()?;
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let search = tx.duplicate_search().await?;
    let mut pairs = tx.duplicates(after, PAGE + 1).await?;
    let more = pairs.len() as i64 > PAGE;
    pairs.truncate(PAGE as usize);
    let next = pairs
        .last()
        .filter(|_| more)
        .map(|last| ctx.seal_cursor(LIST, &(last.score, last.first, last.second)));
    let ids: Vec<ContactId> = pairs.iter().flat_map(|pair| [pair.first, pair.second]).collect();
    let contacts: HashMap<ContactId, Contact> = tx
        .contacts(&ids)
        .await?
        .into_iter()
        .map(|contact| (contact.id, contact))
        .collect();

    let columns = vec![
        Column::text(ctx.t("crm-duplicates-first")),
        Column::text(ctx.t("crm-duplicates-second")),
        Column::text(ctx.t("crm-duplicates-reasons")),
        Column::text(ctx.t("crm-contact-more")).hidden_label(),
    ];
    let rows = pairs.iter().filter_map(|pair| row(&ctx, &contacts, pair));
    let empty =
        EmptyState::new(Icon::Contacts, ctx.t(empty_title(search))).text(ctx.t("crm-duplicates-empty-text"));
    let table = Table::new(ctx.t("crm-duplicates-title"), columns)
        .rows(rows)
        .empty(empty);
    let next = next.map(|cursor| DUPLICATES.with(&[("cursor", cursor)]));
    let pager = Pager {
        previous: after.map(|_| DUPLICATES.url().into()),
        next: next.map(Into::into),
        summary: None,
        live: None,
    };
    let mut header = PageHeader::new(ctx.t("crm-duplicates-title"))
        .purpose(ctx.t("crm-duplicates-purpose"))
        .crumb(ctx.t("crm-contacts-title"), CONTACTS.url());
    let running = search.is_some_and(|search| search.running);
    if may_write(&ctx) {
        let button = Button::primary(ctx.t("crm-duplicates-search"))
            .icon(Icon::Search)
            .disabled(running);
        header =
            header.actions(html! { (ActionForm::new(DUPLICATES_SEARCH.url(), ctx.csrf_field(), button)) });
    }
    Ok(ctx.page(
        &header,
        html! {
            // While a search runs the page looks for itself, and once more when it has ended.
            @if running {
                div hx-get=(DUPLICATES.url()) hx-trigger="every 2s" hx-select="#main" hx-target="#main" hx-swap="outerHTML" {}
            }
            (stack(html! { (last_search(&ctx, search)) (table.show(ctx.words())) (pager.show(ctx.words())) }))
        },
    ))
}

const fn empty_title(search: Option<DuplicateSearch>) -> &'static str {
    match search {
        None => "crm-duplicates-never",
        Some(search) if search.running => "crm-duplicates-running",
        Some(_) => "crm-duplicates-none",
    }
}

fn last_search(ctx: &Ctx, search: Option<DuplicateSearch>) -> Markup {
    let times = Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    };
    html! {
        @if let Some(search) = search {
            p.muted {
                @if search.running { (ctx.t("crm-duplicates-running")) }
                @else if let Some(at) = search.finished_at {
                    (ctx.t("crm-duplicates-last")) " " (times.relative(at))
                }
            }
        }
    }
}

fn row<'a>(ctx: &Ctx, contacts: &HashMap<ContactId, Contact>, pair: &Duplicate) -> Option<Row<'a>> {
    let (first, second) = (contacts.get(&pair.first)?, contacts.get(&pair.second)?);
    let person = |contact: &Contact| {
        let email = contact
            .email
            .as_ref()
            .map(|email| email.as_str())
            .unwrap_or_default();
        person_link(&CONTACT.url(&contact.id), &contact.label(), email)
    };
    let reasons = html! {
        div.btn-row {
            @for reason in &pair.reasons {
                (badge(Tone::Neutral, &ctx.t(&format!("crm-likeness-{}", reason.replace('_', "-")))))
            }
        }
    };
    let compare = CONTACT_MERGE.with(&pair.first, &[("with", pair.second.to_string())]);
    let dismiss = ActionForm::new(
        DUPLICATES_DISMISSAL.url(),
        html! {
            (ctx.csrf_field())
            input type="hidden" name="first" value=(pair.first);
            input type="hidden" name="second" value=(pair.second);
        },
        Button::ghost(ctx.t("crm-duplicates-dismiss")).small(),
    );
    let actions = html! {
        @if may_write(ctx) {
            div.btn-row {
                (Button::secondary(ctx.t("crm-duplicates-compare")).small().href(compare))
                (dismiss)
            }
        }
    };
    Some(Row::new(vec![person(first), person(second), reasons, actions]))
}

/// Looks for them.
pub async fn search(ctx: Ctx, State(crm): State<Crm>) -> WebResult {
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let key = if start_duplicate_search(tx, ctx.now).await? {
        "crm-duplicates-started"
    } else {
        "crm-duplicates-running"
    };
    Ok(Redirect::to(&ctx, DUPLICATES.url())
        .say(&ctx, Toast::done(ctx.t(key)))
        .into_response())
}

#[derive(Debug, Deserialize)]
pub struct Dismissal {
    first: String,
    second: String,
}

/// Says that two are two people.
pub async fn dismiss(ctx: Ctx, State(crm): State<Crm>, Posted(form): Posted<Dismissal>) -> WebResult {
    let ids = (form.first.parse().ok(), form.second.parse().ok());
    let (Some(first), Some(second)) = ids else {
        return Err(AppError::NotFound);
    };
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    if !tx.dismiss_duplicate(first, second, ctx.now).await? {
        return Err(AppError::NotFound);
    }
    tx.commit().await?;
    Ok(Redirect::to(&ctx, DUPLICATES.url())
        .say(&ctx, Toast::done(ctx.t("crm-duplicates-dismissed")))
        .into_response())
}
