//! How much may be sent: limits, warm-ups, brakes, shares of accounts.

mod view;
mod warm_up_view;

use axum::{extract::State, response::IntoResponse};
use contracts::delivery::{
    PROVIDER,
    limits::{LIMITS, WARM_UP},
};
use http::StatusCode;
use kernel::{DomainId, ProviderId};
use platform::web::{AppError, Ctx, FieldErrors, Form, Path, Redirect, Toast, WebResult};
use serde::Deserialize;

pub use view::share_card;

use crate::{
    application::{
        sending_limits::{
            OrganizationLimits, Share, Subject, WarmUpRefused, begin_warm_up, end_warm_up, limits_overview,
            pause_warm_up, release_brake, set_limits, set_share, warm_up_story,
        },
        settings_deps::SettingsDeps,
    },
    domain::{mx_group::MxGroup, warm_up::Plan},
};

/// The most that any of these numbers may be.
const MOST: u32 = 1_000_000_000;

/// All of it.
pub async fn show(ctx: Ctx, State(deps): State<SettingsDeps>) -> WebResult {
    let overview = limits_overview(&deps.db, ctx.org).await?;
    let form = LimitsForm::of(overview.own);
    Ok(view::page(
        &ctx,
        StatusCode::OK,
        &overview,
        &form,
        &FieldErrors::new(),
    ))
}

/// The organisation's own limits as they were filled in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct LimitsForm {
    messages_per_second: String,
    messages_per_day: String,
}

impl LimitsForm {
    fn of(limits: OrganizationLimits) -> Self {
        let text = |n: Option<u32>| n.map(|n| n.to_string()).unwrap_or_default();
        Self {
            messages_per_second: text(limits.per_second),
            messages_per_day: text(limits.per_day),
        }
    }
}

/// Sets them.
pub async fn save(ctx: Ctx, State(deps): State<SettingsDeps>, Form(form): Form<LimitsForm>) -> WebResult {
    let mut errors = FieldErrors::new();
    let per_second = limit(
        &ctx,
        &mut errors,
        "messages_per_second",
        &form.messages_per_second,
    );
    let per_day = limit(&ctx, &mut errors, "messages_per_day", &form.messages_per_day);
    if !errors.is_empty() {
        let overview = limits_overview(&deps.db, ctx.org).await?;
        return Ok(view::page(
            &ctx,
            StatusCode::UNPROCESSABLE_ENTITY,
            &overview,
            &form,
            &errors,
        ));
    }
    set_limits(&deps.db, ctx.org, OrganizationLimits { per_second, per_day }).await?;
    said(&ctx, "delivery-limits-saved")
}

/// A limit, or none.
fn limit(ctx: &Ctx, errors: &mut FieldErrors, field: &'static str, text: &str) -> Option<u32> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let number = text.parse().ok().filter(|n| (1..=MOST).contains(n));
    if number.is_none() {
        errors.add(field, "invalid_limit", ctx.t("delivery-limits-invalid"));
    }
    number
}

/// A warm-up as it was filled in.
#[derive(Clone, Debug, Deserialize)]
pub struct WarmUpForm {
    subject: String,
    plan: String,
}

/// Begins one.
pub async fn begin(ctx: Ctx, State(deps): State<SettingsDeps>, Form(form): Form<WarmUpForm>) -> WebResult {
    let subject = parse_subject(&form.subject).ok_or(AppError::NotFound)?;
    let plan = if form.plan == "known" {
        Plan::KNOWN
    } else {
        Plan::CAREFUL
    };
    match begin_warm_up(&deps.db, ctx.org, subject, plan).await {
        Ok(()) => Ok(Redirect::to(&ctx, url_of(subject))
            .say(&ctx, Toast::done(ctx.t("delivery-warm-up-begun")))
            .into_response()),
        Err(WarmUpRefused::NotFound | WarmUpRefused::Plan) => Err(AppError::NotFound),
        Err(WarmUpRefused::Begun) => Ok(Redirect::to(&ctx, url_of(subject)).into_response()),
        Err(WarmUpRefused::Db(error)) => Err(error.into()),
    }
}

/// One warm-up with its days.
pub async fn warm_up(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path((word, id)): Path<(String, String)>,
) -> WebResult {
    let subject = subject_of(&word, &id)?;
    let story = warm_up_story(&deps.db, ctx.org, subject, ctx.now).await?;
    Ok(warm_up_view::page(&ctx, &story.ok_or(AppError::NotFound)?))
}

/// What becomes of it.
#[derive(Clone, Debug, Deserialize)]
pub struct WarmUpOrder {
    order: String,
}

/// Pauses it, lets it go on, or ends it.
pub async fn order(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path((word, id)): Path<(String, String)>,
    Form(form): Form<WarmUpOrder>,
) -> WebResult {
    let subject = subject_of(&word, &id)?;
    let (there, key, to) = match form.order.as_str() {
        "pause" => (
            pause_warm_up(&deps.db, ctx.org, subject, true).await?,
            "delivery-warm-up-paused",
            url_of(subject),
        ),
        "resume" => (
            pause_warm_up(&deps.db, ctx.org, subject, false).await?,
            "delivery-warm-up-resumed",
            url_of(subject),
        ),
        "end" => (
            end_warm_up(&deps.db, ctx.org, subject).await?,
            "delivery-warm-up-ended",
            LIMITS.url(),
        ),
        _ => return Err(AppError::BadRequest("order is pause, resume or end".to_owned())),
    };
    if !there {
        return Err(AppError::NotFound);
    }
    Ok(Redirect::to(&ctx, to)
        .say(&ctx, Toast::done(ctx.t(key)))
        .into_response())
}

/// Which brake.
#[derive(Clone, Debug, Deserialize)]
pub struct ReleaseForm {
    domain: DomainId,
    mailbox_provider: String,
}

/// Takes a brake off.
pub async fn release(ctx: Ctx, State(deps): State<SettingsDeps>, Form(form): Form<ReleaseForm>) -> WebResult {
    let group = MxGroup::parse(&form.mailbox_provider).ok_or(AppError::NotFound)?;
    if !release_brake(&deps.db, ctx.org, form.domain, group).await? {
        return Err(AppError::NotFound);
    }
    said(&ctx, "delivery-brake-released")
}

/// How an account stands among the others, as it was filled in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ShareForm {
    rank: String,
    weight: String,
    messages_per_day: String,
    domains: Vec<DomainId>,
}

/// Changes it.
pub async fn share(
    ctx: Ctx,
    State(deps): State<SettingsDeps>,
    Path(id): Path<ProviderId>,
    Form(form): Form<ShareForm>,
) -> WebResult {
    let rank = form
        .rank
        .trim()
        .parse()
        .ok()
        .filter(|n| (-1000..=1000).contains(n));
    let weight = form.weight.trim().parse().ok().filter(|n| (1..=1000).contains(n));
    let mut errors = FieldErrors::new();
    let messages_per_day = limit(&ctx, &mut errors, "messages_per_day", &form.messages_per_day);
    let (Some(rank), Some(weight), true) = (rank, weight, errors.is_empty()) else {
        return Ok(Redirect::to(&ctx, PROVIDER.url(&id))
            .say(&ctx, Toast::failed(ctx.t("delivery-share-invalid")))
            .into_response());
    };
    let share = Share {
        rank,
        weight,
        messages_per_day,
        domains: form.domains,
    };
    if !set_share(&deps.db, ctx.org, id, &share).await? {
        return Err(AppError::NotFound);
    }
    Ok(Redirect::to(&ctx, PROVIDER.url(&id))
        .say(&ctx, Toast::done(ctx.t("delivery-share-saved")))
        .into_response())
}

fn said(ctx: &Ctx, key: &'static str) -> WebResult {
    Ok(Redirect::to(ctx, LIMITS.url())
        .say(ctx, Toast::done(ctx.t(key)))
        .into_response())
}

/// `dom_…` or `prv_…`.
pub fn parse_subject(id: &str) -> Option<Subject> {
    let domain = id.parse().map(Subject::Domain);
    domain.or_else(|_| id.parse().map(Subject::Account)).ok()
}

/// The same as it stands in addresses.
pub fn subject_id(subject: Subject) -> String {
    match subject {
        Subject::Domain(id) => id.to_string(),
        Subject::Account(id) => id.to_string(),
    }
}

fn subject_of(word: &str, id: &str) -> WebResult<Subject> {
    let subject = parse_subject(id).filter(|subject| subject.columns().0 == word);
    subject.ok_or(AppError::NotFound)
}

/// Where a warm-up is shown.
fn url_of(subject: Subject) -> String {
    WARM_UP.url(&subject.columns().0.to_owned(), &subject_id(subject))
}
