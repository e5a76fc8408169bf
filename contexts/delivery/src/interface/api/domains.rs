//! Sending domains by the API.

use axum::{Json, extract::State, response::IntoResponse};
use contracts::{
    ListPage,
    delivery::{
        API_DOMAIN, API_DOMAINS,
        domains::{
            API_DOMAIN_ACTIVATION, API_DOMAIN_CHECKS, API_DOMAIN_ROTATIONS, DomainKeyInfo, DomainKeyState,
            DomainRecord, NewRotation, RecordStatus,
        },
        settings::{
            DkimKeyKind, NewDkimKey, NewSendingDomain, SendingDomain, SendingDomainPatch, SendingState,
        },
    },
};
use http::{StatusCode, header};
use kernel::{DomainId, EmailAddress, Permission};
use platform::web::{Access, AppError, Ctx, Json as Body, Op, Path, Routes, WebResult};

use crate::{
    application::{
        check_domain::{check_domain, check_soon},
        choose_domain::{delete_domain, prefer_domain, resume_domain},
        read_domains::{Domain, DomainReport, RecordReport, list_domains, report_domain},
        rotate_keys::{activate_keys, both_kinds, rotate_keys, stop_signing},
        save_domain::{
            DomainDraft, DomainNotSaved, KeyRequest, add_domain, change_sender, set_tracking_host,
        },
        settings_deps::SettingsDeps,
    },
    domain::{
        dkim::DkimAlgorithm,
        domain_check::Status,
        domain_key::{DomainKey, KeyState, signing},
        sender_settings::SenderDraft,
    },
    interface::{domain_words::key_record, settings_words::domain_not_saved},
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
                .returns::<SendingDomain>(201, "The domain with the records to publish."),
        )
        .get(API_DOMAIN.template(), read, show)
        .doc(Op::new("get_domain", "Get a sending domain").returns::<SendingDomain>(200, "The domain."))
        .patch(API_DOMAIN.template(), write, change)
        .doc(
            Op::new("update_domain", "Change a sending domain")
                .describe("JSON Merge Patch. New keys are made by a rotation.")
                .body_as::<SendingDomainPatch>("application/merge-patch+json")
                .returns::<SendingDomain>(200, "The domain as it is now."),
        )
        .delete(API_DOMAIN.template(), write, remove)
        .doc(
            Op::new("delete_domain", "Delete a sending domain")
                .describe("When mail was sent from it, the first of the others takes its place.")
                .answers(204, "It is gone."),
        )
        .post(API_DOMAIN_CHECKS.template(), write, check_records)
        .doc(
            Op::new("check_domain", "Ask DNS about a sending domain now")
                .describe("Answers when DNS has, within 15 seconds. The same happens by itself: every ten minutes while something is missing, and once a day otherwise.")
                .returns::<SendingDomain>(200, "The domain with what was found."),
        )
        .post(API_DOMAIN_ROTATIONS.template(), write, rotate)
        .doc(
            Op::new("rotate_domain_keys", "Make new keys for a sending domain")
                .describe("They wait until DNS shows their records, and then take the place of the present ones of their kind, whose records have to stay for seven days. A domain that has no key signs with them at once.")
                .body::<NewRotation>()
                .returns::<SendingDomain>(201, "The domain with the records to publish.")
                .answers(409, "New keys wait already."),
        )
        .post(API_DOMAIN_ACTIVATION.template(), write, activate)
        .doc(
            Op::new("activate_domain_keys", "Sign with the new keys although DNS does not show them")
                .describe("Until their records are published, receivers cannot verify what is sent.")
                .returns::<SendingDomain>(200, "The domain as it is now."),
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
        keys: key_requests(&ctx, new.keys)?,
        is_default: new.is_default,
    };
    let id = add_domain(&deps, ctx.org, &draft)
        .await
        .map_err(|error| refused(&ctx, error))?;
    check_soon(&deps, ctx.org, id).await;
    let location = [(header::LOCATION, API_DOMAIN.url(&id))];
    Ok((
        StatusCode::CREATED,
        location,
        Json(detail(read(&ctx, &deps, id).await?)),
    )
        .into_response())
}

async fn show(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<DomainId>,
) -> WebResult<Json<SendingDomain>> {
    Ok(Json(detail(read(&ctx, &deps, id).await?)))
}

async fn check_records(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<DomainId>,
) -> WebResult<Json<SendingDomain>> {
    if !check_domain(&deps, ctx.org, id).await? {
        return Err(AppError::NotFound);
    }
    Ok(Json(detail(read(&ctx, &deps, id).await?)))
}

async fn rotate(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<DomainId>,
    Body(new): Body<NewRotation>,
) -> WebResult {
    let requests = key_requests(&ctx, new.keys)?;
    if requests.is_empty() {
        return Err(AppError::invalid(
            "keys",
            "required",
            ctx.t("delivery-keys-none-asked"),
        ));
    }
    rotate_keys(&deps, ctx.org, id, &requests, ctx.now)
        .await
        .map_err(|error| refused(&ctx, error))?;
    check_soon(&deps, ctx.org, id).await;
    let location = [(header::LOCATION, API_DOMAIN.url(&id))];
    let domain = Json(detail(read(&ctx, &deps, id).await?));
    Ok((StatusCode::CREATED, location, domain).into_response())
}

async fn activate(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<DomainId>,
) -> WebResult<Json<SendingDomain>> {
    if !activate_keys(&deps, ctx.org, id).await? {
        return Err(AppError::NotFound);
    }
    Ok(Json(detail(read(&ctx, &deps, id).await?)))
}

async fn change(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<DomainId>,
    Body(patch): Body<SendingDomainPatch>,
) -> WebResult<Json<SendingDomain>> {
    let before = read(&ctx, &deps, id).await?.domain;
    check(&ctx, &patch)?;
    if patch.from_local_part.is_some() || patch.from_name.is_some() || patch.reply_to.is_some() {
        let sender = changed_sender(&before, &patch);
        change_sender(&deps, ctx.org, id, &sender)
            .await
            .map_err(|error| refused(&ctx, error))?;
    }
    if let Some(host) = patch.tracking_host {
        set_tracking_host(&deps, ctx.org, id, &host.unwrap_or_default())
            .await
            .map_err(|error| refused(&ctx, error))?;
        check_soon(&deps, ctx.org, id).await;
    }
    if patch.keys.is_some() {
        stop_signing(&deps, ctx.org, id).await?;
    }
    if patch.is_default == Some(true) {
        prefer_domain(&deps.db, ctx.org, id).await?;
    }
    if patch.state == Some(SendingState::Active) {
        resume_domain(&deps.db, ctx.org, id).await?;
    }
    Ok(Json(detail(read(&ctx, &deps, id).await?)))
}

/// What can be told of a change before any of it is made.
fn check(ctx: &Ctx, patch: &SendingDomainPatch) -> WebResult<()> {
    if patch.is_default == Some(false) {
        let detail = ctx.t("delivery-domain-default-needed");
        return Err(AppError::invalid("is_default", "default_needed", detail));
    }
    if patch.keys.as_ref().is_some_and(|keys| !keys.is_empty()) {
        let detail = ctx.t("delivery-keys-by-rotation");
        return Err(AppError::invalid("keys", "not_by_patch", detail));
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

async fn read(ctx: &Ctx, deps: &SettingsDeps, id: DomainId) -> WebResult<DomainReport> {
    report_domain(deps, ctx.org, id).await?.ok_or(AppError::NotFound)
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

/// A key of each kind when nothing is said.
fn key_requests(ctx: &Ctx, keys: Option<Vec<NewDkimKey>>) -> WebResult<Vec<KeyRequest>> {
    let Some(keys) = keys else {
        return Ok(both_kinds());
    };
    let of = |kind| keys.iter().filter(|key| key.algorithm == kind).count();
    if of(DkimKeyKind::Rsa) > 1 || of(DkimKeyKind::Ed25519) > 1 {
        return Err(AppError::invalid(
            "keys",
            "one_of_each_kind",
            ctx.t("delivery-keys-one-each"),
        ));
    }
    Ok(keys.into_iter().map(key_request).collect())
}

fn detail(report: DomainReport) -> SendingDomain {
    let records = report.records.iter().map(record).collect();
    SendingDomain {
        records: Some(records),
        ..item(report.domain)
    }
}

fn record(report: &RecordReport) -> DomainRecord {
    let check = report.check.as_ref();
    DomainRecord {
        record: report.expected.kind.key(),
        kind: report.expected.kind.dns_type().to_owned(),
        host: report.expected.host.clone(),
        value: report.value().map(str::to_owned),
        status: match report.status() {
            Some(Status::Ok) => RecordStatus::Ok,
            Some(Status::Missing) => RecordStatus::Missing,
            Some(Status::Different) => RecordStatus::Different,
            None => RecordStatus::Unknown,
        },
        found: check
            .map(|check| check.found.clone())
            .filter(|found| !found.is_empty()),
        failure: check.and_then(|check| check.failure.clone()),
        checked_at: check.map(|check| check.checked_at),
    }
}

fn item(domain: Domain) -> SendingDomain {
    let signing: Vec<String> = signing(&domain.keys)
        .into_iter()
        .map(|key| key.selector.clone())
        .collect();
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
        keys: domain
            .keys
            .iter()
            .map(|key| key_info(&domain.domain, key, signing.contains(&key.selector)))
            .collect(),
        records: None,
        verified_at: domain.verified_at,
        checked_at: domain.checked_at,
        tracking_host: domain.tracking_host,
        tracking_verified_at: domain.tracking_verified_at,
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

fn key_info(domain: &str, key: &DomainKey, signs: bool) -> DomainKeyInfo {
    let record = key_record(domain, key);
    DomainKeyInfo {
        algorithm: match key.algorithm {
            DkimAlgorithm::Rsa => DkimKeyKind::Rsa,
            DkimAlgorithm::Ed25519 => DkimKeyKind::Ed25519,
        },
        selector: key.selector.clone(),
        state: match key.state {
            KeyState::Pending => DomainKeyState::Pending,
            KeyState::Active => DomainKeyState::Active,
            KeyState::Retiring => DomainKeyState::Retiring,
            KeyState::Retired => DomainKeyState::Retired,
        },
        signs,
        record_name: record.name,
        record_value: record.value,
        created_at: key.created_at,
        activated_at: key.activated_at,
        removable_at: key.removable_at(),
    }
}
