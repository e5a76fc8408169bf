//! Sending domains by the API.

use axum::{Json, extract::State, response::IntoResponse};
use contracts::{
    ListPage,
    delivery::{
        API_DOMAIN, API_DOMAINS,
        settings::{
            DkimKeyInfo, DkimKeyKind, NewDkimKey, NewSendingDomain, SendingDomain, SendingDomainPatch,
            SendingState,
        },
    },
};
use http::{StatusCode, header};
use kernel::{DomainId, EmailAddress, Permission};
use platform::web::{Access, AppError, Ctx, Json as Body, Op, Path, Routes, WebResult};

use crate::{
    application::{
        choose_domain::{delete_domain, prefer_domain, resume_domain},
        read_domains::{DkimSetup, Domain, find_domain, list_domains},
        save_domain::{
            DomainDraft, DomainNotSaved, KeyRequest, add_domain, change_sender, remove_key, replace_key,
        },
        settings_deps::SettingsDeps,
    },
    domain::{dkim::DkimAlgorithm, sender_settings::SenderDraft},
    interface::{settings_words::domain_not_saved, web::domains::dkim_record},
};

/// All routes.
pub fn routes() -> Routes<SettingsDeps> {
    let read = Access::needs(Permission::ProvidersRead);
    let write = Access::needs(Permission::ProvidersWrite);
    Routes::new()
        .get(API_DOMAINS.template(), read, list)
        .doc(
            Op::new("list_domains", "List sending domains")
                .describe("The one that mail is sent from first.")
                .returns::<ListPage<SendingDomain>>(200, "All domains."),
        )
        .post(API_DOMAINS.template(), write, create)
        .doc(
            Op::new("create_domain", "Set up a sending domain")
                .body::<NewSendingDomain>()
                .returns::<SendingDomain>(201, "The domain with the record to publish."),
        )
        .get(API_DOMAIN.template(), read, show)
        .doc(Op::new("get_domain", "Get a sending domain").returns::<SendingDomain>(200, "The domain."))
        .patch(API_DOMAIN.template(), write, change)
        .doc(
            Op::new("update_domain", "Change a sending domain")
                .describe("JSON Merge Patch. A new key signs at once, so publish its record without delay.")
                .body_as::<SendingDomainPatch>("application/merge-patch+json")
                .returns::<SendingDomain>(200, "The domain as it is now."),
        )
        .delete(API_DOMAIN.template(), write, remove)
        .doc(
            Op::new("delete_domain", "Delete a sending domain")
                .describe("When mail was sent from it, the first of the others takes its place.")
                .answers(204, "It is gone."),
        )
}

async fn list(ctx: Ctx, State(deps): State<SettingsDeps>) -> WebResult<Json<ListPage<SendingDomain>>> {
    let found = list_domains(&deps.db, ctx.org).await?;
    Ok(Json(ListPage {
        data: found.into_iter().map(item).collect(),
        has_more: false,
        next_cursor: None,
    }))
}

async fn create(ctx: Ctx, State(deps): State<SettingsDeps>, Body(new): Body<NewSendingDomain>) -> WebResult {
    let draft = DomainDraft {
        sender: SenderDraft {
            domain: new.domain,
            from_local_part: new.from_local_part,
            from_name: new.from_name,
            reply_to: new.reply_to.unwrap_or_default(),
        },
        key: new.dkim.map(key_request),
        is_default: new.is_default,
    };
    let id = add_domain(&deps, ctx.org, &draft)
        .await
        .map_err(|error| refused(&ctx, error))?;
    let location = [(header::LOCATION, API_DOMAIN.url(&id))];
    Ok((
        StatusCode::CREATED,
        location,
        Json(item(read(&ctx, &deps, id).await?)),
    )
        .into_response())
}

async fn show(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<DomainId>,
) -> WebResult<Json<SendingDomain>> {
    Ok(Json(item(read(&ctx, &deps, id).await?)))
}

async fn change(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<DomainId>,
    Body(patch): Body<SendingDomainPatch>,
) -> WebResult<Json<SendingDomain>> {
    let before = read(&ctx, &deps, id).await?;
    check(&ctx, &patch)?;
    if patch.from_local_part.is_some() || patch.from_name.is_some() || patch.reply_to.is_some() {
        let sender = changed_sender(&before, &patch);
        change_sender(&deps, ctx.org, id, &sender)
            .await
            .map_err(|error| refused(&ctx, error))?;
    }
    match patch.dkim {
        Some(Some(key)) => replace_key(&deps, ctx.org, id, &key_request(key), ctx.now)
            .await
            .map_err(|error| refused(&ctx, error))?,
        Some(None) => {
            remove_key(&deps, ctx.org, id).await?;
        }
        None => {}
    }
    if patch.is_default == Some(true) {
        prefer_domain(&deps.db, ctx.org, id).await?;
    }
    if patch.state == Some(SendingState::Active) {
        resume_domain(&deps.db, ctx.org, id).await?;
    }
    Ok(Json(item(read(&ctx, &deps, id).await?)))
}

/// What can be told of a change before any of it is made.
fn check(ctx: &Ctx, patch: &SendingDomainPatch) -> WebResult<()> {
    if patch.is_default == Some(false) {
        let detail = ctx.t("delivery-domain-default-needed");
        return Err(AppError::invalid("is_default", "default_needed", detail));
    }
    if patch.state == Some(SendingState::Paused) {
        let detail = ctx.t("delivery-domain-pause-by-program");
        return Err(AppError::invalid("state", "not_paused_by_hand", detail));
    }
    Ok(())
}

fn changed_sender(before: &Domain, patch: &SendingDomainPatch) -> SenderDraft {
    let sender = &before.sender;
    let local = sender
        .address
        .as_str()
        .rsplit_once('@')
        .map_or("", |(local, _)| local);
    let reply_to = sender
        .reply_to
        .as_ref()
        .map(EmailAddress::as_str)
        .unwrap_or_default();
    SenderDraft {
        domain: before.domain.clone(),
        from_local_part: patch.from_local_part.clone().unwrap_or_else(|| local.to_owned()),
        from_name: patch.from_name.clone().unwrap_or_else(|| sender.name.clone()),
        reply_to: match &patch.reply_to {
            Some(given) => given.clone().unwrap_or_default(),
            None => reply_to.to_owned(),
        },
    }
}

async fn remove(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<DomainId>,
) -> WebResult<StatusCode> {
    if delete_domain(&deps.db, ctx.org, id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(AppError::NotFound)
    }
}

async fn read(ctx: &Ctx, deps: &SettingsDeps, id: DomainId) -> WebResult<Domain> {
    find_domain(&deps.db, ctx.org, id)
        .await?
        .ok_or(AppError::NotFound)
}

fn refused(ctx: &Ctx, error: DomainNotSaved) -> AppError {
    domain_not_saved(&ctx.l10n, error)
}

fn key_request(key: NewDkimKey) -> KeyRequest {
    let algorithm = match key.algorithm {
        DkimKeyKind::Rsa => DkimAlgorithm::Rsa,
        DkimKeyKind::Ed25519 => DkimAlgorithm::Ed25519,
    };
    KeyRequest {
        algorithm,
        selector: key.selector.unwrap_or_default(),
    }
}

fn item(domain: Domain) -> SendingDomain {
    let sender = domain.sender;
    let local = sender
        .address
        .as_str()
        .rsplit_once('@')
        .map_or("", |(local, _)| local);
    SendingDomain {
        id: domain.id,
        from_local_part: local.to_owned(),
        from_name: sender.name,
        reply_to: sender.reply_to.map(EmailAddress::into_string),
        is_default: domain.is_default,
        dkim: domain.dkim.as_ref().map(|dkim| key_info(&domain.domain, dkim)),
        domain: domain.domain,
        state: if domain.paused.is_some() {
            SendingState::Paused
        } else {
            SendingState::Active
        },
        pause_reason: domain.paused,
        updated_at: domain.updated_at,
    }
}

fn key_info(domain: &str, dkim: &DkimSetup) -> DkimKeyInfo {
    let record = dkim_record(domain, dkim);
    DkimKeyInfo {
        algorithm: match dkim.algorithm {
            DkimAlgorithm::Rsa => DkimKeyKind::Rsa,
            DkimAlgorithm::Ed25519 => DkimKeyKind::Ed25519,
        },
        selector: dkim.selector.clone(),
        record_name: record.name,
        record_value: record.value,
    }
}
