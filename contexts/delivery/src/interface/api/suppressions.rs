//! The suppression list by the API.

use axum::{Json, extract::State};
use contracts::{
    ListPage,
    delivery::{
        API_SUPPRESSION, API_SUPPRESSIONS,
        settings::{
            AddressStanding, NewSuppressions, Suppression as SuppressionItem, SuppressionLogEntry,
            SuppressionQuery, SuppressionReason as ReasonWord, SuppressionReceipt, SuppressionRemoval,
        },
    },
};
use http::StatusCode;
use kernel::Permission;
use platform::web::{Access, AppError, Ctx, FieldErrors, Json as Body, Op, Path, Query, Routes, WebResult};

use crate::{
    application::{
        add_suppressions::add_suppressions,
        read_suppressions::{Filter, Position, Suppression, address_standing, list_suppressions},
        release_address::{Removal, release_address},
        settings_deps::SettingsDeps,
    },
    domain::{
        address_list::{Remark, listed_address, parse_addresses},
        suppression::SuppressionReason,
    },
    interface::{settings_words, web::template_parts::author},
};

const LIST: &str = "suppressions";

/// All routes.
pub fn routes() -> Routes<SettingsDeps> {
    let read = Access::needs(Permission::SuppressionsRead);
    let write = Access::needs(Permission::SuppressionsWrite);
    Routes::new()
        .get(API_SUPPRESSIONS.template(), read, list)
        .doc(
            Op::new("list_suppressions", "List addresses that may not be written to")
                .describe("The newest first; an address is listed once for each reason.")
                .query::<SuppressionQuery>()
                .returns::<ListPage<SuppressionItem>>(200, "A page of the list."),
        )
        .post(API_SUPPRESSIONS.template(), write, add)
        .doc(
            Op::new("add_suppressions", "Put addresses on the suppression list")
                .describe("All of them or, when one is no address, none.")
                .body::<NewSuppressions>()
                .returns::<SuppressionReceipt>(201, "How many were new."),
        )
        .get(API_SUPPRESSION.template(), read, show)
        .doc(
            Op::new("get_suppression", "Say whether and why an address is suppressed")
                .describe("An address that is not on the list is answered for as well, with its log.")
                .returns::<AddressStanding>(200, "Where the address stands."),
        )
        .delete(API_SUPPRESSION.template(), write, remove)
        .doc(
            Op::new("remove_suppression", "Take an address off the suppression list")
                .query::<SuppressionRemoval>()
                .answers(204, "It is off the list, at least for that reason."),
        )
}

async fn list(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Query(query): Query<SuppressionQuery>,
) -> WebResult<Json<ListPage<SuppressionItem>>> {
    let limit = query.limit.unwrap_or(50).clamp(1, 200);
    let after: Option<Position> = match &query.cursor {
        Some(cursor) => Some(ctx.open_cursor(LIST, cursor)?),
        None => None,
    };
    let filter = Filter {
        prefix: query.q.unwrap_or_default().trim().to_owned(),
        reason: query.reason.map(reason),
    };
    let mut found = list_suppressions(&deps.db, ctx.org, &filter, after.as_ref(), limit + 1).await?;
    let has_more = found.len() as i64 > limit;
    found.truncate(limit as usize);
    let next_cursor = found
        .last()
        .filter(|_| has_more)
        .map(|last| ctx.seal_cursor(LIST, &Position::of(last)));
    Ok(Json(ListPage {
        data: found.into_iter().map(item).collect(),
        has_more,
        next_cursor,
    }))
}

async fn add(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Body(new): Body<NewSuppressions>,
) -> WebResult<(StatusCode, Json<SuppressionReceipt>)> {
    let mut errors = FieldErrors::new();
    let note = Remark::optional(&new.note.unwrap_or_default()).map_err(|invalid| {
        let (code, detail) = settings_words::remark(&ctx.l10n, invalid);
        errors.add("note", code, detail);
    });
    let texts = new
        .addresses
        .iter()
        .enumerate()
        .map(|(n, text)| (n + 1, text.as_str()));
    let addresses = parse_addresses(texts).map_err(|invalid| {
        let (code, detail) = settings_words::addresses(&ctx.l10n, &invalid);
        errors.add("addresses", code, detail);
    });
    let (Ok(addresses), Ok(note)) = (addresses, note) else {
        return Err(AppError::Invalid(errors));
    };
    let asked = addresses.len();
    let reason = new.reason.map_or(SuppressionReason::Manual, reason);
    let added = add_suppressions(&deps.db, author(&ctx), addresses, reason, note.as_ref()).await?;
    Ok((
        StatusCode::CREATED,
        Json(SuppressionReceipt {
            added,
            already: asked - added,
        }),
    ))
}

async fn show(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(address): Path<String>,
) -> WebResult<Json<AddressStanding>> {
    let address = listed_address(&address).ok_or(AppError::NotFound)?;
    let standing = address_standing(&deps.db, ctx.org, address).await?;
    let log = standing.log.into_iter().map(|entry| SuppressionLogEntry {
        action: entry.action.as_str().to_owned(),
        reason: reason_word(entry.reason),
        note: entry.note,
        by_person: entry.user.is_some(),
        at: entry.at,
    });
    Ok(Json(AddressStanding {
        address: standing.address.as_str().to_owned(),
        suppressed: !standing.reasons.is_empty(),
        reasons: standing.reasons.into_iter().map(item).collect(),
        log: log.collect(),
    }))
}

async fn remove(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(address): Path<String>,
    Query(removal): Query<SuppressionRemoval>,
) -> WebResult<StatusCode> {
    let address = listed_address(&address).ok_or(AppError::NotFound)?;
    let why = Remark::parse(&removal.why).map_err(|invalid| {
        let (code, detail) = settings_words::remark(&ctx.l10n, invalid);
        AppError::invalid("why", code, detail)
    })?;
    let reason = removal.reason.map(reason);
    match release_address(&deps.db, author(&ctx), &address, reason, &why).await? {
        Removal::WasNotThere => Err(AppError::NotFound),
        Removal::StillThere | Removal::Released => Ok(StatusCode::NO_CONTENT),
    }
}

fn item(suppression: Suppression) -> SuppressionItem {
    SuppressionItem {
        address: suppression.address.as_str().to_owned(),
        reason: reason_word(suppression.reason),
        note: suppression.note,
        message_id: suppression.message,
        created_at: suppression.created_at,
    }
}

const fn reason_word(reason: SuppressionReason) -> ReasonWord {
    match reason {
        SuppressionReason::Unsubscribed => ReasonWord::Unsubscribed,
        SuppressionReason::HardBounce => ReasonWord::HardBounce,
        SuppressionReason::SoftBounces => ReasonWord::SoftBounces,
        SuppressionReason::Complaint => ReasonWord::Complaint,
        SuppressionReason::Manual => ReasonWord::Manual,
    }
}

pub(super) const fn reason(word: ReasonWord) -> SuppressionReason {
    match word {
        ReasonWord::Unsubscribed => SuppressionReason::Unsubscribed,
        ReasonWord::HardBounce => SuppressionReason::HardBounce,
        ReasonWord::SoftBounces => SuppressionReason::SoftBounces,
        ReasonWord::Complaint => SuppressionReason::Complaint,
        ReasonWord::Manual => SuppressionReason::Manual,
    }
}
