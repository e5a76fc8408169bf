//! The suppression list.

mod add_view;
mod address_view;
mod view;

use axum::{extract::State, response::IntoResponse};
use contracts::delivery::{SUPPRESSION, SUPPRESSIONS};
use http::StatusCode;
use platform::web::{AppError, Ctx, FieldErrors, Form, Path, Query, Redirect, Toast, View, WebResult};
use serde::Deserialize;

use super::template_parts::author;
use crate::{
    application::{
        add_suppressions::add_suppressions,
        read_suppressions::{Filter, Position, address_standing, list_suppressions},
        release_address::{Removal, release_address},
        settings_deps::SettingsDeps,
    },
    domain::{
        address_list::{Remark, listed_address, parse_addresses, pieces},
        suppression::SuppressionReason,
    },
    interface::settings_words,
};

const LIST: &str = "suppressions page";
const PAGE: i64 = 50;

/// The state of the list, which is its address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    q: String,
    reason: String,
    cursor: Option<String>,
}

impl ListQuery {
    fn filter(&self, ctx: &Ctx) -> WebResult<Filter> {
        Ok(Filter {
            prefix: self.q.trim().to_owned(),
            reason: parse_reason(ctx, &self.reason)?,
        })
    }
}

/// The list.
pub async fn list(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    view: View,
    Query(query): Query<ListQuery>,
) -> WebResult {
    let filter = query.filter(&ctx)?;
    let after: Option<Position> = match &query.cursor {
        Some(cursor) => Some(ctx.open_cursor(LIST, cursor)?),
        None => None,
    };
    let mut found = list_suppressions(&deps.db, ctx.org, &filter, after.as_ref(), PAGE + 1).await?;
    let more = found.len() as i64 > PAGE;
    found.truncate(PAGE as usize);
    let next = found
        .last()
        .filter(|_| more)
        .map(|last| ctx.seal_cursor(LIST, &Position::of(last)));
    let list = view::list(&ctx, &query, &found, next);
    Ok(match view {
        View::Part => list.into_response(),
        View::Full => view::page(&ctx, &query, found.is_empty(), list),
    })
}

/// The form that adds addresses, as it was filled in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AddForm {
    addresses: String,
    reason: String,
    note: String,
}

/// The form.
pub async fn new(ctx: Ctx) -> WebResult {
    let form = AddForm {
        reason: SuppressionReason::Manual.as_str().to_owned(),
        ..AddForm::default()
    };
    Ok(add_view::page(&ctx, StatusCode::OK, &form, &FieldErrors::new()))
}

/// Adds them.
pub async fn add(ctx: Ctx, State(deps): State<SettingsDeps>, Form(form): Form<AddForm>) -> WebResult {
    let mut errors = FieldErrors::new();
    let reason = parse_reason(&ctx, &form.reason)?.unwrap_or(SuppressionReason::Manual);
    let note = Remark::optional(&form.note).map_err(|invalid| {
        let (code, detail) = settings_words::remark(&ctx.l10n, invalid);
        errors.add("note", code, detail);
    });
    let addresses = parse_addresses(pieces(&form.addresses)).map_err(|invalid| {
        let (code, detail) = settings_words::addresses(&ctx.l10n, &invalid);
        errors.add("addresses", code, detail);
    });
    let (Ok(addresses), Ok(note)) = (addresses, note) else {
        return Ok(add_view::page(
            &ctx,
            StatusCode::UNPROCESSABLE_ENTITY,
            &form,
            &errors,
        ));
    };
    let asked = addresses.len();
    let added = add_suppressions(&deps.db, author(&ctx), addresses, reason, note.as_ref()).await?;
    let words = [("added", added.into()), ("already", (asked - added).into())];
    let said = Toast::done(ctx.ta("delivery-suppressions-added", &words));
    Ok(Redirect::to(&ctx, SUPPRESSIONS.url())
        .say(&ctx, said)
        .into_response())
}

/// One address: why it is on the list, and what happened to it.
pub async fn show(ctx: Ctx, State(deps): State<SettingsDeps>, Path(address): Path<String>) -> WebResult {
    let address = listed_address(&address).ok_or(AppError::NotFound)?;
    let standing = address_standing(&deps.db, ctx.org, address).await?;
    Ok(address_view::page(
        &ctx,
        StatusCode::OK,
        &standing,
        &RemovalForm::default(),
        &FieldErrors::new(),
    ))
}

/// The form that takes an address off the list, as it was filled in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RemovalForm {
    address: String,
    /// Empty: whatever the reason.
    reason: String,
    why: String,
}

/// Takes an address off the list.
pub async fn remove(ctx: Ctx, State(deps): State<SettingsDeps>, Form(form): Form<RemovalForm>) -> WebResult {
    let address = listed_address(&form.address).ok_or(AppError::NotFound)?;
    let reason = parse_reason(&ctx, &form.reason)?;
    let why = match Remark::parse(&form.why) {
        Ok(why) => why,
        Err(invalid) => {
            let (code, detail) = settings_words::remark(&ctx.l10n, invalid);
            let mut errors = FieldErrors::new();
            errors.add("why", code, detail);
            let standing = address_standing(&deps.db, ctx.org, address).await?;
            return Ok(address_view::page(
                &ctx,
                StatusCode::UNPROCESSABLE_ENTITY,
                &standing,
                &form,
                &errors,
            ));
        }
    };
    let said = match release_address(&deps.db, author(&ctx), &address, reason, &why).await? {
        Removal::WasNotThere => return Err(AppError::NotFound),
        Removal::StillThere => "delivery-suppression-still-there",
        Removal::Released => "delivery-suppression-released",
    };
    let said = Toast::done(ctx.ta(said, &[("address", address.as_str().into())]));
    Ok(Redirect::to(&ctx, SUPPRESSION.url(&address.as_str().to_owned()))
        .say(&ctx, said)
        .into_response())
}

/// Empty is any.
fn parse_reason(ctx: &Ctx, word: &str) -> WebResult<Option<SuppressionReason>> {
    if word.is_empty() {
        return Ok(None);
    }
    let unknown = || {
        AppError::invalid(
            "reason",
            "unknown_reason",
            ctx.t("delivery-suppression-reason-unknown"),
        )
    };
    word.parse().map(Some).map_err(|()| unknown())
}
