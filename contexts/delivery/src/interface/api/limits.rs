//! Limits, warm-ups, brakes and the queue by the API.

use axum::{Json, extract::State, response::IntoResponse};
use contracts::{
    ListPage,
    delivery::limits::{
        API_BRAKE, API_BRAKES, API_PROVIDER_SHARE, API_QUEUE, API_SENDING_LIMITS, API_WARM_UP, API_WARM_UPS,
        BrakeItem, NewWarmUp, ProviderShare, QueueItem, SendingLimits, WarmUpDay, WarmUpDetail, WarmUpPatch,
    },
};
use http::StatusCode;
use kernel::{DomainId, Permission, ProviderId};
use platform::web::{Access, AppError, Ctx, FieldErrors, Json as Body, Op, Path, Routes, WebResult};

use crate::{
    application::{
        read_domains::list_domains,
        read_providers::find_provider,
        read_queue::read_queue,
        sending_limits::{
            OrganizationLimits, Share, Subject, WarmUpRefused, WarmUpStory, begin_warm_up, end_warm_up,
            limits_overview, pause_warm_up, release_brake, set_limits, set_share, warm_up_story,
        },
        settings_deps::SettingsDeps,
    },
    domain::{mx_group::MxGroup, warm_up::Plan},
    interface::web::limits::{parse_subject, subject_id},
};

/// All routes.
pub fn routes() -> Routes<SettingsDeps> {
    let read = Access::needs(Permission::ProvidersRead);
    let write = Access::needs(Permission::ProvidersWrite);
    let see_mail = Access::needs(Permission::MessagesRead);
    Routes::new()
        .get(API_SENDING_LIMITS.template(), read, show)
        .doc(
            Op::new("get_sending_limits", "Get the organisation's own limits")
                .returns::<SendingLimits>(200, "The limits."),
        )
        .put(API_SENDING_LIMITS.template(), write, set)
        .doc(
            Op::new("set_sending_limits", "Set the organisation's own limits")
                .body::<SendingLimits>()
                .returns::<SendingLimits>(200, "The limits as they are now."),
        )
        .get(API_PROVIDER_SHARE.template(), read, show_share)
        .doc(
            Op::new("get_provider_share", "Get how an account stands among the others")
                .returns::<ProviderShare>(200, "Its share."),
        )
        .put(API_PROVIDER_SHARE.template(), write, change_share)
        .doc(
            Op::new("set_provider_share", "Set how an account stands among the others")
                .body::<ProviderShare>()
                .returns::<ProviderShare>(200, "Its share as it is now."),
        )
        .get(API_WARM_UPS.template(), read, list_warm_ups)
        .doc(
            Op::new("list_warm_ups", "List warm-ups")
                .returns::<ListPage<WarmUpDetail>>(200, "All of them with their last 30 days."),
        )
        .post(API_WARM_UPS.template(), write, begin)
        .doc(
            Op::new("create_warm_up", "Begin to warm up a domain or an account")
                .body::<NewWarmUp>()
                .returns::<WarmUpDetail>(201, "The warm-up."),
        )
        .get(API_WARM_UP.template(), read, show_warm_up)
        .doc(Op::new("get_warm_up", "Get a warm-up").returns::<WarmUpDetail>(200, "The warm-up."))
        .patch(API_WARM_UP.template(), write, change_warm_up)
        .doc(
            Op::new("update_warm_up", "Pause a warm-up or let it go on")
                .body_as::<WarmUpPatch>("application/merge-patch+json")
                .returns::<WarmUpDetail>(200, "The warm-up as it is now."),
        )
        .delete(API_WARM_UP.template(), write, remove_warm_up)
        .doc(Op::new("delete_warm_up", "End a warm-up").answers(204, "Nothing is limited by it any more."))
        .get(API_BRAKES.template(), read, list_brakes)
        .doc(
            Op::new("list_brakes", "List what is braked")
                .describe("Mail of a domain to a mailbox provider, where too many bounced or complained.")
                .returns::<ListPage<BrakeItem>>(200, "All of them."),
        )
        .delete(API_BRAKE.template(), write, remove_brake)
        .doc(Op::new("delete_brake", "Take a brake off").answers(204, "Mail goes out again."))
        .get(API_QUEUE.template(), see_mail, show_queue)
        .doc(
            Op::new("get_queue", "List what waits, and for what")
                .returns::<ListPage<QueueItem>>(200, "What waits together, the first taken in first."),
        )
}

fn all<T>(data: Vec<T>) -> Json<ListPage<T>> {
    Json(ListPage {
        data,
        has_more: false,
        next_cursor: None,
    })
}

async fn show(ctx: Ctx, State(deps): State<SettingsDeps>) -> WebResult<Json<SendingLimits>> {
    let own = limits_overview(&deps.db, ctx.org).await?.own;
    Ok(Json(SendingLimits {
        messages_per_second: own.per_second,
        messages_per_day: own.per_day,
    }))
}

async fn set(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Body(new): Body<SendingLimits>,
) -> WebResult<Json<SendingLimits>> {
    let mut errors = FieldErrors::new();
    positive(&ctx, &mut errors, "messages_per_second", new.messages_per_second);
    positive(&ctx, &mut errors, "messages_per_day", new.messages_per_day);
    if !errors.is_empty() {
        return Err(AppError::Invalid(errors));
    }
    let limits = OrganizationLimits {
        per_second: new.messages_per_second,
        per_day: new.messages_per_day,
    };
    set_limits(&deps.db, ctx.org, limits).await?;
    Ok(Json(new))
}

fn positive(ctx: &Ctx, errors: &mut FieldErrors, field: &'static str, value: Option<u32>) {
    if value.is_some_and(|n| !(1..=1_000_000_000).contains(&n)) {
        errors.add(field, "invalid_limit", ctx.t("delivery-limits-invalid"));
    }
}

async fn show_share(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<ProviderId>,
) -> WebResult<Json<ProviderShare>> {
    let provider = find_provider(&deps.db, ctx.org, id)
        .await?
        .ok_or(AppError::NotFound)?;
    Ok(Json(ProviderShare {
        rank: provider.rank,
        weight: provider.weight,
        messages_per_day: provider.messages_per_day,
        domain_ids: provider.domains,
    }))
}

async fn change_share(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<ProviderId>,
    Body(new): Body<ProviderShare>,
) -> WebResult<Json<ProviderShare>> {
    let mut errors = FieldErrors::new();
    if !(1..=1000).contains(&new.weight) || !(-1000..=1000).contains(&new.rank) {
        errors.add("weight", "out_of_range", ctx.t("delivery-share-invalid"));
    }
    positive(&ctx, &mut errors, "messages_per_day", new.messages_per_day);
    let known = list_domains(&deps.db, ctx.org).await?;
    if new
        .domain_ids
        .iter()
        .any(|id| !known.iter().any(|domain| domain.id == *id))
    {
        errors.add(
            "domain_ids",
            "unknown_domain",
            ctx.t("delivery-share-unknown-domain"),
        );
    }
    if !errors.is_empty() {
        return Err(AppError::Invalid(errors));
    }
    let share = Share {
        rank: new.rank,
        weight: new.weight,
        messages_per_day: new.messages_per_day,
        domains: new.domain_ids.clone(),
    };
    if !set_share(&deps.db, ctx.org, id, &share).await? {
        return Err(AppError::NotFound);
    }
    Ok(Json(new))
}

async fn list_warm_ups(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
) -> WebResult<Json<ListPage<WarmUpDetail>>> {
    let overview = limits_overview(&deps.db, ctx.org).await?;
    let mut found = Vec::new();
    for (warm_up, _) in overview.warm_ups {
        if let Some(story) = warm_up_story(&deps.db, ctx.org, warm_up.subject, ctx.now).await? {
            found.push(detail(story));
        }
    }
    Ok(all(found))
}

async fn begin(ctx: Ctx, State(deps): State<SettingsDeps>, Body(new): Body<NewWarmUp>) -> WebResult {
    let unknown = || AppError::invalid("id", "unknown", ctx.t("delivery-warm-up-unknown"));
    let subject = parse_subject(&new.id).ok_or_else(unknown)?;
    let plan = Plan {
        first_day: new.first_day,
        growth: new.growth,
        target: new.target,
    };
    begin_warm_up(&deps.db, ctx.org, subject, plan)
        .await
        .map_err(|error| match error {
            WarmUpRefused::NotFound => unknown(),
            WarmUpRefused::Plan => AppError::invalid("growth", "no_plan", ctx.t("delivery-warm-up-no-plan")),
            WarmUpRefused::Begun => AppError::Conflict {
                code: "warm_up_exists",
                detail: ctx.t("delivery-warm-up-exists"),
                existing: Some(new.id.clone()),
            },
            WarmUpRefused::Db(error) => error.into(),
        })?;
    let story = read(&ctx, &deps, subject).await?;
    Ok((StatusCode::CREATED, Json(detail(story))).into_response())
}

async fn show_warm_up(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<String>,
) -> WebResult<Json<WarmUpDetail>> {
    Ok(Json(detail(read(&ctx, &deps, subject(&id)?).await?)))
}

async fn change_warm_up(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<String>,
    Body(patch): Body<WarmUpPatch>,
) -> WebResult<Json<WarmUpDetail>> {
    let subject = subject(&id)?;
    if !pause_warm_up(&deps.db, ctx.org, subject, patch.paused).await? {
        return Err(AppError::NotFound);
    }
    Ok(Json(detail(read(&ctx, &deps, subject).await?)))
}

async fn remove_warm_up(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<String>,
) -> WebResult<StatusCode> {
    if end_warm_up(&deps.db, ctx.org, subject(&id)?).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(AppError::NotFound)
    }
}

fn subject(id: &str) -> WebResult<Subject> {
    parse_subject(id).ok_or(AppError::NotFound)
}

async fn read(ctx: &Ctx, deps: &SettingsDeps, subject: Subject) -> WebResult<WarmUpStory> {
    let story = warm_up_story(&deps.db, ctx.org, subject, ctx.now).await?;
    story.ok_or(AppError::NotFound)
}

fn detail(story: WarmUpStory) -> WarmUpDetail {
    let warm_up = story.warm_up;
    WarmUpDetail {
        id: subject_id(warm_up.subject),
        name: story.name,
        first_day: warm_up.plan.first_day,
        growth: warm_up.plan.growth,
        target: warm_up.plan.target,
        paused: warm_up.paused,
        started_at: warm_up.started_at,
        days: story
            .days
            .into_iter()
            .map(|day| WarmUpDay {
                day: day.day,
                mailbox_provider: day.group.as_str().to_owned(),
                cap: day.cap,
                decision: day.decision,
                sent: day.facts.sent,
                deferred: day.facts.deferred,
                bounced: day.facts.bounced,
                complained: day.facts.complained,
            })
            .collect(),
    }
}

async fn list_brakes(ctx: Ctx, State(deps): State<SettingsDeps>) -> WebResult<Json<ListPage<BrakeItem>>> {
    let brakes = limits_overview(&deps.db, ctx.org).await?.brakes;
    Ok(all(brakes
        .into_iter()
        .map(|(brake, _)| BrakeItem {
            domain_id: brake.domain,
            mailbox_provider: brake.group.as_str().to_owned(),
            reason: brake.harm.as_str().to_owned(),
            messages: brake.messages,
            harmful: brake.harmful,
            braked_at: brake.at,
        })
        .collect()))
}

async fn remove_brake(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path((domain, group)): Path<(DomainId, String)>,
) -> WebResult<StatusCode> {
    let group = MxGroup::parse(&group).ok_or(AppError::NotFound)?;
    if release_brake(&deps.db, ctx.org, domain, group).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(AppError::NotFound)
    }
}

async fn show_queue(ctx: Ctx, State(deps): State<SettingsDeps>) -> WebResult<Json<ListPage<QueueItem>>> {
    let waiting = read_queue(&deps.db, ctx.org).await?;
    Ok(all(waiting
        .into_iter()
        .map(|waiting| QueueItem {
            campaign_id: waiting.campaign(),
            seconds_left: waiting.seconds_left(),
            id: waiting.id,
            name: waiting.name,
            source: waiting.source,
            stream: waiting.stream,
            state: waiting.state,
            pause_reason: waiting.pause_reason,
            waiting: waiting.progress.pending,
            put_off: waiting.put_off,
            next_due_at: waiting.next_due,
            per_second: waiting.progress.per_second,
            expires_at: waiting.expires_at,
        })
        .collect()))
}
