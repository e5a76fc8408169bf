//! The list of contacts. All of its state but how close together the rows stand is in its address.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};
use contracts::crm::CONTACTS;
use http::{HeaderMap, HeaderValue, header};
use platform::web::{AppError, Ctx, Form, Query, Redirect, View, WebResult};
use serde::Deserialize;

use super::{MOST_TAGS, columns::chosen_columns, conditions_in_words, list_view};
use crate::{
    Crm,
    domain::contact_list::Order,
    infrastructure::pg::{CrmTx, contact_list::ContactPage},
    interface::contact_query::{Asked, ContactQuery},
};

/// Contacts on one page.
const PAGE: i64 = 50;
/// The cookie that remembers how close together rows stand.
const DENSITY: &str = "density";
const COMPACT: &str = "compact";

/// The list.
pub async fn list(
    ctx: Ctx,
    view: View,
    State(crm): State<Crm>,
    jar: CookieJar,
    Query(pairs): Query<Vec<(String, String)>>,
) -> WebResult {
    let query = ContactQuery::read(pairs);
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let fields = tx.fields().await?;
    let asked = query.ask(&ctx, &mut tx, &fields).await?;
    let name = list_name(asked.order);
    let from = query
        .cursor
        .as_deref()
        .map(|cursor| ctx.open_cursor(&name, cursor))
        .transpose()?;
    let page = tx
        .list_contacts(&asked.filter, asked.order, from.as_ref(), PAGE)
        .await?;
    let size = size(&mut tx, &asked, &page, from.is_none()).await?;
    let emails: Vec<&str> = page
        .contacts
        .iter()
        .filter_map(|c| c.email.as_ref().map(|e| e.as_str()))
        .collect();
    let conditions = match &asked.schema {
        None => Vec::new(),
        Some(schema) => {
            let names = tx.names_in_rules().await?;
            conditions_in_words(&ctx, &query.conditions(), schema, &names)
        }
    };
    // What changes with the list shows no filters to choose from.
    let most_tags = (view == View::Full).then_some(MOST_TAGS);
    let frame = tx.contact_list_frame(ctx.user(), most_tags, &emails).await?;
    let list = list_view::List {
        query: &query,
        order: asked.order,
        filtered: !asked.filter.is_empty(),
        columns: chosen_columns(&query.columns, &fields),
        compact: jar.get(DENSITY).is_some_and(|cookie| cookie.value() == COMPACT),
        conditions,
        fields: &fields,
        spec: &asked.spec,
        views: frame.views,
        tags: frame.tags,
        segments: frame
            .segments
            .into_iter()
            .map(|(id, name)| (id.to_string(), name))
            .collect(),
        unreachable: frame.unreachable,
        next: page
            .next
            .as_ref()
            .map(|position| query.at(ctx.seal_cursor(&name, position))),
        previous: page
            .previous
            .as_ref()
            .map(|position| query.at(ctx.seal_cursor(&name, position))),
        unsorted: page.unsorted,
        size,
        contacts: page.contacts,
    };
    Ok(match view {
        View::Full => list_view::page(&ctx, &list),
        View::Part => list_view::part(&ctx, &list).into_response(),
    })
}

/// How many the list holds. Never counted: a page that is all there is says it by itself, everything
/// else is what PostgreSQL expects.
async fn size(
    tx: &mut CrmTx,
    asked: &Asked,
    page: &ContactPage,
    first: bool,
) -> Result<Option<list_view::ListSize>, AppError> {
    if first && page.next.is_none() {
        let count = i64::try_from(page.contacts.len()).unwrap_or(i64::MAX);
        return Ok(Some(list_view::ListSize::Exactly(count)));
    }
    if !asked.filter.search.words.is_empty() {
        return Ok(None);
    }
    let about = tx.guess_found(&asked.filter).await?;
    Ok(Some(list_view::ListSize::About(about.max(PAGE))))
}

/// What cursors of the list are made for.
fn list_name(order: Order) -> String {
    format!("crm.contacts {}", order.as_str())
}

/// How close together rows are to stand, and the list that it is chosen on.
#[derive(Deserialize)]
pub struct DensityForm {
    density: String,
    #[serde(default)]
    query: String,
}

/// Remembers it in the browser.
pub async fn choose_density(ctx: Ctx, Form(form): Form<DensityForm>) -> Response {
    let value = if form.density == COMPACT { COMPACT } else { "" };
    let cookie = Cookie::build((DENSITY, value))
        .path(CONTACTS.url())
        .http_only(true)
        .same_site(SameSite::Lax)
        .permanent()
        .build();
    let to = ContactQuery::parse(&form.query).url();
    let mut response = Redirect::to(&ctx, to).into_response();
    append(response.headers_mut(), &cookie);
    response
}

fn append(headers: &mut HeaderMap, cookie: &Cookie<'_>) {
    if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
        headers.append(header::SET_COOKIE, value);
    }
}
