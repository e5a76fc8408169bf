//! From rules to words: states, checks and errors as people read them.

use contracts::crm::ContactSnapshot;
use maud::Markup;
use platform::web::{AppError, Ctx, FieldErrors};
use ui_kit::{Tone, badge, number};

use crate::{
    application::CampaignError,
    domain::{
        audience::{InvalidAudience, MOST_SEGMENTS},
        campaign::Campaign,
        name::{InvalidName, LONGEST_NAME},
        preflight::{Check, Finding, Level},
        schedule::InvalidTime,
        state::State,
    },
};

/// The word for a state.
pub fn state_word(ctx: &Ctx, state: State) -> String {
    ctx.t(match state {
        State::Draft => "campaign-state-draft",
        State::Scheduled => "campaign-state-scheduled",
        State::Launching => "campaign-state-launching",
        State::Running => "campaign-state-running",
        State::Paused => "campaign-state-paused",
        State::Completed => "campaign-state-completed",
        State::Cancelled => "campaign-state-cancelled",
    })
}

/// Where a campaign stands, and whether it waits for a person.
pub fn state_badge(ctx: &Ctx, campaign: &Campaign) -> Markup {
    if campaign.refused_by.is_some() {
        return badge(Tone::Danger, &ctx.t("campaign-state-refused"));
    }
    if campaign.is_stale(ctx.now) {
        return badge(Tone::Warning, &ctx.t("campaign-state-stale"));
    }
    let tone = match campaign.state {
        State::Draft | State::Cancelled => Tone::Neutral,
        State::Scheduled | State::Launching | State::Running => Tone::Info,
        State::Paused => Tone::Warning,
        State::Completed => Tone::Success,
    };
    badge(tone, &state_word(ctx, campaign.state))
}

/// "12,408 people".
pub fn people(ctx: &Ctx, count: i64) -> String {
    counted(ctx, "campaign-people", count)
}

/// A message about a number, which it gets as `$count` for its form and as `$number` to be shown.
pub fn counted(ctx: &Ctx, key: &str, count: i64) -> String {
    ctx.ta(key, &[("count", count.into()), ("number", number(count).into())])
}

/// What a contact is called: name and address, or whatever there is of them.
pub fn contact_name(ctx: &Ctx, contact: &ContactSnapshot) -> String {
    let name = format!("{} {}", contact.first_name, contact.last_name);
    let email = contact.email.as_ref().map_or("", |email| email.as_str());
    match (name.trim(), email) {
        ("", "") => ctx.t("campaign-nameless"),
        ("", email) => email.to_owned(),
        (name, "") => name.to_owned(),
        (name, email) => format!("{name} ({email})"),
    }
}

/// Keys of what a check says.
pub struct CheckWords {
    /// When all is well.
    pub passed: &'static str,
    /// When it is not.
    pub failed: &'static str,
    /// What to do then.
    pub help: &'static str,
}

/// For every check.
pub const fn check_words(check: Check) -> CheckWords {
    let (passed, failed, help) = match check {
        Check::AudienceChosen => (
            "campaign-check-audience",
            "campaign-check-audience-not",
            "campaign-check-audience-help",
        ),
        Check::AudienceExists => (
            "campaign-check-exists",
            "campaign-check-exists-not",
            "campaign-check-exists-help",
        ),
        Check::AudienceNotEmpty => (
            "campaign-check-somebody",
            "campaign-check-somebody-not",
            "campaign-check-somebody-help",
        ),
        Check::TemplateChosen => (
            "campaign-check-template",
            "campaign-check-template-not",
            "campaign-check-template-help",
        ),
        Check::TemplateUsable => (
            "campaign-check-usable",
            "campaign-check-usable-not",
            "campaign-check-usable-help",
        ),
        Check::Subject => (
            "campaign-check-subject",
            "campaign-check-subject-not",
            "campaign-check-subject-help",
        ),
        Check::UnsubscribeLink => (
            "campaign-check-unsubscribe",
            "campaign-check-unsubscribe-not",
            "campaign-check-unsubscribe-help",
        ),
        Check::OptOut => (
            "campaign-check-opt-out",
            "campaign-check-opt-out-not",
            "campaign-check-opt-out-help",
        ),
        Check::Renders => (
            "campaign-check-renders",
            "campaign-check-renders-not",
            "campaign-check-renders-help",
        ),
        Check::TimeAhead => (
            "campaign-check-time",
            "campaign-check-time-not",
            "campaign-check-time-help",
        ),
        Check::PostalAddress => (
            "campaign-check-address",
            "campaign-check-address-not",
            "campaign-check-address-help",
        ),
        Check::DomainVerified => (
            "campaign-check-domain",
            "campaign-check-domain-not",
            "campaign-check-domain-help",
        ),
        Check::LiveMode => (
            "campaign-check-live",
            "campaign-check-live-not",
            "campaign-check-live-help",
        ),
    };
    CheckWords { passed, failed, help }
}

/// Why a launch was refused, in a sentence.
pub fn refusal(ctx: &Ctx, check: Check) -> String {
    ctx.t(check_words(check).failed)
}

/// What is wrong with a name.
pub fn name_error(ctx: &Ctx, error: InvalidName) -> String {
    match error {
        InvalidName::Empty => ctx.t("campaign-error-name-empty"),
        InvalidName::TooLong => ctx.ta("campaign-error-name-long", &[("most", LONGEST_NAME.into())]),
        InvalidName::Control => ctx.t("campaign-error-name-control"),
    }
}

/// What is wrong with a time.
pub fn time_error(ctx: &Ctx, error: InvalidTime) -> String {
    match error {
        InvalidTime::Malformed => ctx.t("campaign-error-time-malformed"),
        InvalidTime::Skipped { instead } => {
            let instead = instead.strftime("%H:%M").to_string();
            ctx.ta("campaign-error-time-skipped", &[("instead", instead.into())])
        }
        InvalidTime::Past => ctx.t("campaign-error-time-past"),
        InvalidTime::TooFar => ctx.t("campaign-error-time-far"),
    }
}

/// What is wrong with an audience.
pub fn audience_error(ctx: &Ctx, error: InvalidAudience) -> String {
    match error {
        InvalidAudience::TooMany => ctx.ta("campaign-error-audience-many", &[("most", MOST_SEGMENTS.into())]),
        InvalidAudience::Both(_) => ctx.t("campaign-error-audience-both"),
        InvalidAudience::Unknown(_) => ctx.t("campaign-error-audience-unknown"),
        InvalidAudience::UnknownTopic(_) => ctx.t("campaign-error-topic"),
    }
}

/// Why an act is not possible, in a sentence.
pub fn not_now(ctx: &Ctx, state: State) -> String {
    ctx.ta(
        "campaign-error-state",
        &[("state", state_word(ctx, state).into())],
    )
}

/// The fields that a refused launch is about.
pub fn blocking_fields(ctx: &Ctx, findings: &[Finding]) -> FieldErrors {
    let mut errors = FieldErrors::new();
    for finding in findings
        .iter()
        .filter(|f| !f.passed && f.level == Level::Blocking)
    {
        let field = match finding.check {
            Check::AudienceChosen | Check::AudienceExists | Check::AudienceNotEmpty => "audience",
            Check::TimeAhead => "scheduled_at",
            Check::PostalAddress | Check::LiveMode => "organization",
            Check::DomainVerified => "domain",
            _ => "template_id",
        };
        errors.add(field, finding.check.as_str(), refusal(ctx, finding.check));
    }
    errors
}

/// An error as the web edge knows it.
pub fn app_error(ctx: &Ctx, error: CampaignError) -> AppError {
    match error {
        CampaignError::NotFound => AppError::NotFound,
        CampaignError::NotNow(not) => AppError::Conflict {
            code: "wrong_state",
            detail: not_now(ctx, not.state),
            existing: None,
        },
        CampaignError::Changed => AppError::PreconditionFailed,
        CampaignError::Audience(error) => {
            AppError::invalid("audience", "invalid_audience", audience_error(ctx, error))
        }
        CampaignError::UnknownTemplate(_) => AppError::invalid(
            "template_id",
            "unknown_template",
            ctx.t("campaign-error-template"),
        ),
        CampaignError::Blocked(findings) => AppError::Invalid(blocking_fields(ctx, &findings)),
        CampaignError::Port(error) => error.into(),
        CampaignError::Db(error) => error.into(),
    }
}
