//! Finding contacts by a rule, without making a segment.

use axum::extract::State;
use contracts::{
    ListPage,
    crm::{API_CONTACT_SEARCH, SegmentRule, contacts::Contact},
};
use kernel::{ContactId, Permission};
use platform::web::{Access, AppError, Ctx, Json, Op, Query, Routes, WebResult};
use serde::Deserialize;

use super::{contacts::view, limit, page, segments::rule_errors};
use crate::{
    Crm,
    application::{
        check_segment::schema_for,
        search_contacts_by_rule::{SearchByRuleError, search_contacts_by_rule},
    },
    domain::rule::{self, Moment},
    infrastructure::pg::CrmTx,
};

/// The order that cursors belong to.
const LIST: &str = "crm.api.contact_search newest first";

/// The route.
pub fn routes() -> Routes<Crm> {
    Routes::new()
        .post(
            API_CONTACT_SEARCH.template(),
            Access::needs(Permission::ContactsRead),
            search,
        )
        .doc(
            Op::new("search_contacts", "Find contacts by the rule of a segment")
                .describe(
                    "The newest contacts come first. Send the same rule with `cursor` for the next page.",
                )
                .query::<SearchQuery>()
                .body::<SegmentRule>()
                .returns::<ListPage<Contact>>(200, "A page of those who match."),
        )
}

/// Which page.
#[derive(Deserialize, utoipa::IntoParams)]
struct SearchQuery {
    /// How many, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 100)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

async fn search(
    ctx: Ctx,
    State(crm): State<Crm>,
    Query(query): Query<SearchQuery>,
    Json(SegmentRule(json)): Json<SegmentRule>,
) -> WebResult {
    let after: Option<ContactId> = query
        .cursor
        .map(|cursor| ctx.open_cursor(LIST, &cursor))
        .transpose()?;
    let limit = limit(query.limit);
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let schema = schema_for(&mut tx, None).await?;
    let rule = rule::parse(&json, &schema)
        .map_err(|problems| AppError::Invalid(rule_errors(&ctx, "", &problems)))?;
    let at = Moment {
        now: ctx.now,
        zone: ctx.zone.clone(),
    };
    let mut found = search_contacts_by_rule(tx, &rule, &at, after, limit + 1)
        .await
        .map_err(|error| match error {
            SearchByRuleError::Slow => AppError::invalid("", "too_slow", ctx.t("crm-segments-search-slow")),
            SearchByRuleError::Db(error) => error.into(),
        })?;
    let asked = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > asked;
    found.truncate(asked);
    let next = found
        .last()
        .filter(|_| more)
        .map(|last| ctx.seal_cursor(LIST, &last.id));
    page(
        &API_CONTACT_SEARCH.url(),
        found.into_iter().map(view).collect(),
        next,
    )
}
