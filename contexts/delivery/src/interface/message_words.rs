//! What became of a message, in a person's words.

use kernel::Timestamp;
use platform::web::Ctx;
use ui_kit::Times;

use crate::{
    application::read_messages::{AttemptRow, MessageStory},
    domain::{message_state::MessageState, provider_test},
    interface::settings_words,
};

/// A state in a word or two.
pub fn state(ctx: &Ctx, state: MessageState) -> String {
    ctx.t(match state {
        // A moment in the hands of an engine is still waiting, as far as people are concerned.
        MessageState::Queued | MessageState::Claimed => "delivery-state-queued",
        MessageState::Sending => "delivery-state-sending",
        MessageState::Deferred => "delivery-state-deferred",
        MessageState::Ambiguous | MessageState::Held => "delivery-state-held",
        MessageState::Accepted => "delivery-state-accepted",
        MessageState::Delivered => "delivery-state-delivered",
        MessageState::Bounced => "delivery-state-bounced",
        MessageState::Complained => "delivery-state-complained",
        MessageState::Failed => "delivery-state-failed",
        MessageState::Suppressed => "delivery-state-suppressed",
        MessageState::Expired => "delivery-state-expired",
        MessageState::Cancelled => "delivery-state-cancelled",
    })
}

/// Why a message stands where it does, in a sentence or two.
pub fn why(ctx: &Ctx, story: &MessageStory) -> String {
    let row = &story.message.row;
    match row.state {
        MessageState::Queued | MessageState::Claimed => waiting(ctx, story),
        MessageState::Sending => ctx.t("delivery-why-sending"),
        MessageState::Deferred => deferred(ctx, story),
        MessageState::Ambiguous | MessageState::Held => ctx.t("delivery-why-held"),
        MessageState::Accepted => accepted(ctx, story),
        MessageState::Delivered => ctx.t("delivery-why-delivered"),
        MessageState::Bounced => came_back(ctx, story),
        MessageState::Complained => ctx.t("delivery-why-complained"),
        MessageState::Failed => with_reply(ctx, failed(row.reason.as_deref()), story),
        MessageState::Suppressed if story.message.row.reason.as_deref() == Some("no_consent") => {
            ctx.t("delivery-why-no-consent")
        }
        MessageState::Suppressed if story.message.row.reason.as_deref() == Some("frequency") => {
            ctx.t("delivery-why-frequency")
        }
        MessageState::Suppressed => suppressed(ctx, story),
        MessageState::Expired => {
            let values = [("time", instant(ctx, story.message.expires_at).into())];
            ctx.ta("delivery-why-expired", &values)
        }
        MessageState::Cancelled if row.reason.as_deref() == Some("given_up") => {
            ctx.t("delivery-why-given-up")
        }
        MessageState::Cancelled => ctx.t("delivery-why-cancelled"),
    }
}

fn waiting(ctx: &Ctx, story: &MessageStory) -> String {
    match (
        story.message.batch_state.as_str(),
        story.message.batch_pause.as_deref(),
    ) {
        ("paused", Some("content")) => ctx.t("delivery-why-stopped-content"),
        ("paused", Some("policy")) => ctx.t("delivery-why-stopped-policy"),
        ("paused", _) => ctx.t("delivery-why-paused"),
        ("cancelled", _) => ctx.t("delivery-why-cancelled"),
        _ => ctx.t("delivery-why-queued"),
    }
}

fn deferred(ctx: &Ctx, story: &MessageStory) -> String {
    let next = story
        .message
        .due_at
        .map(|at| instant(ctx, at))
        .unwrap_or_default();
    let values = [("time", next.into()), ("said", last_reply(ctx, story).into())];
    ctx.ta("delivery-why-deferred", &values)
}

fn accepted(ctx: &Ctx, story: &MessageStory) -> String {
    let last = story.attempts.last();
    if last.is_some_and(|attempt| attempt.resolution.as_deref() == Some("marked_sent")) {
        return ctx.t("delivery-why-marked-sent");
    }
    if last.is_some_and(|attempt| attempt.resolution.as_deref() == Some("reported")) {
        return ctx.t("delivery-resolution-reported");
    }
    match last {
        Some(attempt) if attempt.resolution.as_deref() == Some("found_in_log") => {
            with_reply(ctx, "delivery-why-found-in-log", story)
        }
        Some(attempt) if attempt.provider.is_none() => ctx.t("delivery-why-caught"),
        _ => with_reply(ctx, "delivery-why-accepted", story),
    }
}

/// The words that the engine stores.
fn failed(reason: Option<&str>) -> &'static str {
    match reason {
        Some("hard_bounce") => "delivery-why-failed-hard-bounce",
        Some("inactive") => "delivery-why-failed-inactive",
        Some("policy") => "delivery-why-failed-policy",
        Some("content") => "delivery-why-failed-content",
        Some("template") => "delivery-why-failed-template",
        Some("crashes") => "delivery-why-failed-crashes",
        _ => "delivery-why-failed",
    }
}

fn suppressed(ctx: &Ctx, story: &MessageStory) -> String {
    let reasons: Vec<String> = story
        .suppressed
        .iter()
        .map(|entry| settings_words::suppression_reason(&ctx.l10n, entry.reason))
        .collect();
    if reasons.is_empty() {
        return ctx.t("delivery-why-suppressed-then");
    }
    ctx.ta(
        "delivery-why-suppressed",
        &[("reasons", reasons.join(", ").into())],
    )
}

/// By whoever reported it: our own attempt ended well.
fn came_back(ctx: &Ctx, story: &MessageStory) -> String {
    let mut reports = story.reports.iter().rev().filter(|report| {
        matches!(report.kind.as_str(), "bounced" | "failed") && report.result.as_deref() == Some("applied")
    });
    let said = reports.find(|report| !report.detail.is_empty());
    let said = said.map(|report| report.detail.clone());
    let said = said.unwrap_or_else(|| ctx.t("delivery-why-nothing-said"));
    ctx.ta("delivery-why-bounced", &[("said", said.into())])
}

fn with_reply(ctx: &Ctx, key: &'static str, story: &MessageStory) -> String {
    ctx.ta(key, &[("said", last_reply(ctx, story).into())])
}

/// What the other side said last, or that it said nothing.
fn last_reply(ctx: &Ctx, story: &MessageStory) -> String {
    let said = story.attempts.last().map(reply).filter(|said| !said.is_empty());
    said.unwrap_or_else(|| ctx.t("delivery-why-nothing-said"))
}

/// What the other side said: code, enhanced code, text.
pub fn reply(attempt: &AttemptRow) -> String {
    let code = attempt.code.map(|code| code.to_string());
    let parts = [
        code.as_deref(),
        attempt.enhanced_code.as_deref(),
        attempt.reply.as_deref(),
    ];
    parts
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// What became of one attempt: "Relay took it over".
pub fn attempt(ctx: &Ctx, attempt: &AttemptRow) -> String {
    let who = match (&attempt.provider, &attempt.provider_name) {
        (None, _) => ctx.t("delivery-attempt-inbox"),
        (Some(_), Some(name)) => name.clone(),
        (Some(_), None) => ctx.t("delivery-attempt-deleted-account"),
    };
    let key = match attempt.outcome.as_deref() {
        Some("accepted") => "delivery-attempt-accepted",
        Some("deferred") => "delivery-attempt-deferred",
        Some("rejected") => "delivery-attempt-rejected",
        Some("not_sent") => "delivery-attempt-not-sent",
        Some(_) => "delivery-attempt-unknown",
        None => "delivery-attempt-running",
    };
    let values = [
        ("number", i64::from(attempt.number).into()),
        ("account", who.into()),
    ];
    ctx.ta(key, &values)
}

/// How far the conversation of an attempt came.
pub fn attempt_phase(ctx: &Ctx, attempt: &AttemptRow) -> Option<String> {
    let phase = provider_test::phase(attempt.phase.as_deref()?)?;
    Some(settings_words::phase(&ctx.l10n, phase))
}

/// Which kind of answer it was.
pub fn attempt_class(ctx: &Ctx, attempt: &AttemptRow) -> Option<String> {
    let key = match attempt.class.as_deref()? {
        "not_sent" => "delivery-class-not-sent",
        "ambiguous" => "delivery-class-ambiguous",
        "deferred" => "delivery-class-deferred",
        "rate" => "delivery-class-rate",
        "hard_bounce" => "delivery-class-hard-bounce",
        "inactive" => "delivery-class-inactive",
        "authentication" => "delivery-class-authentication",
        "account" => "delivery-class-account",
        "policy" => "delivery-class-policy",
        "content" => "delivery-class-content",
        "rejected" => "delivery-class-rejected",
        _ => return None,
    };
    Some(ctx.t(key))
}

/// By which rule, or by whose decision, an unknown outcome was resolved.
pub fn resolution(ctx: &Ctx, attempt: &AttemptRow) -> Option<String> {
    let key = match attempt.resolution.as_deref()? {
        "held" => "delivery-resolution-held",
        "resent" => "delivery-resolution-resent",
        "repeated" => "delivery-resolution-repeated",
        "marked_sent" => "delivery-resolution-marked-sent",
        "reported" => "delivery-resolution-reported",
        "found_in_log" => "delivery-resolution-found-in-log",
        "absent_from_log" => "delivery-resolution-absent-from-log",
        _ => return None,
    };
    Some(ctx.t(key))
}

fn instant(ctx: &Ctx, at: Timestamp) -> String {
    Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    }
    .exact_text(at)
}
