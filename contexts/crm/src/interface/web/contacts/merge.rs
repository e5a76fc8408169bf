//! Two contacts side by side, and making one of them.

use std::collections::BTreeMap;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::crm::{CONTACT, CONTACTS, people::CONTACT_MERGE};
use http::StatusCode;
use kernel::{ContactId, MergeId};
use maud::{Markup, html};
use platform::web::{AppError, Ctx, Form as Posted, Path, Query, Redirect, Toast, WebResult};
use serde::Deserialize;
use ui_kit::{
    Alert, Button, Card, Choice, Column, EmptyState, FilterBar, Form, Icon, PageHeader, RadioCards, Row,
    Table, Times, Tone, button_row, person_link, stack,
};

use super::entries::{Names, key_label, shown};
use crate::{
    Crm,
    application::{
        merge_contacts::{MergeError, merge_contacts},
        undo_merge::{UndoMergeError, undo_merge},
    },
    domain::{
        contact::Contact,
        contact_list::{Filter, Order, Search},
        field::Field,
        merge::{Choices, Side, conflicts},
    },
    infrastructure::pg::CrmTx,
    interface::{
        acting::actor,
        assignment::{ActorNames, People},
    },
};

/// How many are offered to choose from.
const FOUND: i64 = 20;
/// What precedes the name of a field in the form.
const CHOICE: &str = "keep:";

/// Whom to merge with, or how to find them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct MergeQuery {
    with: Option<String>,
    q: String,
}

/// Both side by side; without the other one, a search for it.
pub async fn show(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<ContactId>,
    Query(query): Query<MergeQuery>,
) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let winner = tx.contact(id).await?.ok_or(AppError::NotFound)?;
    let Some(with) = query.with.as_deref().filter(|with| !with.is_empty()) else {
        let found = find(&mut tx, id, &query.q).await?;
        return Ok(choose_page(&ctx, &winner, &query.q, &found));
    };
    let with: ContactId = with.parse().map_err(|_| AppError::NotFound)?;
    if with == id {
        return Err(AppError::invalid("with", "same", ctx.t("crm-merge-same")));
    }
    let loser = tx.contact(with).await?.ok_or(AppError::NotFound)?;
    let (fields, people) = (tx.fields().await?, People::read(&crm, &mut tx, ctx.org).await?);
    Ok(compare_page(&ctx, &winner, &loser, &fields, &people))
}

async fn find(tx: &mut CrmTx, winner: ContactId, text: &str) -> Result<Vec<Contact>, AppError> {
    let search = Search::parse(text);
    if search.words.is_empty() {
        return Ok(Vec::new());
    }
    let filter = Filter {
        search,
        ..Filter::default()
    };
    let page = tx.list_contacts(&filter, Order::default(), None, FOUND).await?;
    Ok(page.contacts.into_iter().filter(|c| c.id != winner).collect())
}

/// Makes one of them.
pub async fn merge(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<ContactId>,
    Posted(pairs): Posted<Vec<(String, String)>>,
) -> WebResult {
    let form: BTreeMap<String, String> = pairs.into_iter().collect();
    let with = form.get("with").and_then(|with| with.parse().ok());
    let with: ContactId = with.ok_or(AppError::NotFound)?;
    // Which of the two goes on is a choice too.
    let (winner, loser, swapped) = match form.get("winner").map(String::as_str) {
        Some("loser") => (with, id, true),
        _ => (id, with, false),
    };
    let choices: Choices = form
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(CHOICE)?.to_owned(), Side::parse(value)?)))
        .map(|(name, side)| (name, if swapped { other(side) } else { side }))
        .collect();
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    match merge_contacts(tx, winner, loser, &choices, actor(&ctx), ctx.now).await {
        Ok(_) => Ok(Redirect::to(&ctx, CONTACT.url(&winner))
            .say(&ctx, Toast::done(ctx.t("crm-merge-done")))
            .into_response()),
        Err(MergeError::Same) => Err(AppError::invalid("with", "same", ctx.t("crm-merge-same"))),
        Err(MergeError::NotFound) => Err(AppError::NotFound),
        Err(MergeError::Stale) => Ok(Redirect::to(&ctx, CONTACT.url(&id))
            .say(&ctx, Toast::failed(ctx.t("crm-contact-stale")))
            .into_response()),
        Err(MergeError::Db(error)) => Err(error.into()),
    }
}

const fn other(side: Side) -> Side {
    match side {
        Side::Winner => Side::Loser,
        Side::Loser => Side::Winner,
    }
}

/// Parts two again.
pub async fn undo(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path((winner, id)): Path<(ContactId, MergeId)>,
) -> WebResult {
    let tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let (to, said) = match undo_merge(tx, winner, id, actor(&ctx), ctx.now).await {
        Ok(merge) => (merge.loser, Toast::done(ctx.t("crm-merge-undone"))),
        Err(UndoMergeError::NotFound) => return Err(AppError::NotFound),
        Err(UndoMergeError::Db(error)) => return Err(error.into()),
        Err(UndoMergeError::TooLate) => (winner, Toast::failed(ctx.t("crm-merge-too-late"))),
        Err(UndoMergeError::WinnerGone) => (winner, Toast::failed(ctx.t("crm-merge-winner-gone"))),
        Err(UndoMergeError::Stale) => (winner, Toast::failed(ctx.t("crm-contact-stale"))),
    };
    Ok(Redirect::to(&ctx, CONTACT.url(&to))
        .say(&ctx, said)
        .into_response())
}

fn header<'a>(ctx: &Ctx, contact: &Contact) -> PageHeader<'a> {
    let label = contact.label();
    PageHeader::new(ctx.ta("crm-merge-title", &[("name", label.as_str().into())]))
        .purpose(ctx.t("crm-merge-purpose"))
        .crumb(ctx.t("crm-contacts-title"), CONTACTS.url())
        .crumb(label, CONTACT.url(&contact.id))
}

fn choose_page(ctx: &Ctx, winner: &Contact, q: &str, found: &[Contact]) -> Response {
    let action = CONTACT_MERGE.url(&winner.id);
    let bar = FilterBar::new(action).search("q", q, ctx.t("crm-merge-search"));
    let rows = found.iter().map(|contact| {
        let email = contact
            .email
            .as_ref()
            .map(|email| email.as_str())
            .unwrap_or_default();
        let href = CONTACT_MERGE.with(&winner.id, &[("with", contact.id.to_string())]);
        Row::new(vec![
            person_link(&CONTACT.url(&contact.id), &contact.label(), email),
            html! { (Button::secondary(ctx.t("crm-merge-choose")).small().href(href)) },
        ])
    });
    let columns = vec![
        Column::text(ctx.t("crm-contact")),
        Column::text(ctx.t("crm-merge-choose")).hidden_label(),
    ];
    let empty = if q.trim().is_empty() {
        EmptyState::new(Icon::Search, ctx.t("crm-merge-search-first"))
    } else {
        EmptyState::new(Icon::Contacts, ctx.t("crm-merge-nobody"))
    };
    let table = Table::new(ctx.t("crm-merge-search"), columns)
        .rows(rows)
        .empty(empty);
    ctx.page(
        &header(ctx, winner),
        stack(html! { (bar.show(ctx.words())) (table.show(ctx.words())) }),
    )
}

fn compare_page(ctx: &Ctx, winner: &Contact, loser: &Contact, fields: &[Field], people: &People) -> Response {
    let names = Names {
        fields,
        people,
        actors: &ActorNames::default(),
    };
    let differ = conflicts(winner, loser);
    let who = RadioCards::new(
        "winner",
        ctx.t("crm-merge-who"),
        vec![
            Choice::new(Side::Winner.as_str(), winner.label()).help(summary(ctx, winner)),
            Choice::new(Side::Loser.as_str(), loser.label()).help(summary(ctx, loser)),
        ],
    );
    let body = html! {
        input type="hidden" name="with" value=(loser.id);
        (Card::titled(ctx.t("crm-merge-who")).help(ctx.t("crm-merge-who-help"))
            .body(html! { (who.chosen(Side::Winner.as_str()).hide_label()) }))
        (Card::titled(ctx.t("crm-merge-fields")).help(ctx.t("crm-merge-fields-help")).body(html! {
            @if differ.is_empty() {
                p.muted { (ctx.t("crm-merge-no-conflicts")) }
            } @else {
                (stack(html! {
                    @for conflict in &differ {
                        (RadioCards::new(
                            format!("{CHOICE}{}", conflict.key),
                            key_label(ctx, &names, &conflict.key),
                            vec![
                                Choice::new(Side::Winner.as_str(), shown(ctx, &names, &conflict.key, &conflict.winner)),
                                Choice::new(Side::Loser.as_str(), shown(ctx, &names, &conflict.key, &conflict.loser)),
                            ],
                        ).chosen(Side::Winner.as_str()))
                    }
                }))
            }
        }))
        (Alert::new(Tone::Info, ctx.t("crm-merge-what-happens")).text(ctx.t("crm-merge-what-happens-text")))
        (button_row(html! {
            (Button::primary(ctx.t("crm-merge-button")))
            (Button::ghost(ctx.words().cancel.as_str()).href(CONTACT.url(&winner.id)))
        }))
    };
    let form = Form::post(CONTACT_MERGE.url(&winner.id), ctx.csrf_field()).body(ctx.words(), stack(body));
    ctx.page_with(StatusCode::OK, &header(ctx, winner), form)
}

/// What tells one of two who may have the same name from the other.
fn summary(ctx: &Ctx, contact: &Contact) -> String {
    let times = Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    };
    let since = ctx.ta(
        "crm-merge-since",
        &[("day", times.exact_text(contact.created_at).into())],
    );
    let email = contact.email.as_ref().map(ToString::to_string);
    match email.filter(|email| *email != contact.label()) {
        Some(email) => format!("{email} · {since}"),
        None => since,
    }
}

/// The link to the page, for menus.
pub fn menu_link(ctx: &Ctx, contact: ContactId) -> Markup {
    html! { a.menu-item href=(CONTACT_MERGE.url(&contact)) { (Icon::Contacts) span { (ctx.t("crm-merge-menu")) } } }
}
