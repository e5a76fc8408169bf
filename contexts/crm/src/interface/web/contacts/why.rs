//! Why a message was sent, or was not: what delivery knows of it, step by step.

use std::collections::HashMap;

use contracts::delivery::{MessageTrace, TraceAttempt};
use kernel::{MessageId, OrgId};
use maud::{Markup, html};
use platform::web::{AppError, Ctx};
use ui_kit::Times;

use crate::{
    Crm,
    domain::{
        timeline::{Event, EventName, Name},
        timeline_entry::Entry,
    },
};

/// The traces of the messages among some entries, by one question.
pub async fn read(
    crm: &Crm,
    org: OrgId,
    entries: &[Entry],
) -> Result<HashMap<MessageId, MessageTrace>, AppError> {
    let mut ids: Vec<MessageId> = entries.iter().filter_map(told).collect();
    ids.sort_unstable();
    ids.dedup();
    match &crm.traces {
        Some(traces) if !ids.is_empty() => {
            let found = traces.traces(org, &ids).await?;
            Ok(found.into_iter().map(|trace| (trace.message, trace)).collect())
        }
        _ => Ok(HashMap::new()),
    }
}

/// The message that an entry tells the fate of.
fn told(entry: &Entry) -> Option<MessageId> {
    match entry {
        Entry::Event(event) => is_told(event).then_some(event.message).flatten(),
        _ => None,
    }
}

/// What somebody did with a message later does not say why it was sent.
fn is_told(event: &Event) -> bool {
    matches!(
        event.name,
        Name::Own(
            EventName::EmailSent
                | EventName::EmailFailed
                | EventName::EmailBounced
                | EventName::SmsSent
                | EventName::SmsFailed
                | EventName::SmsBounced
                | EventName::PushSent
                | EventName::PushFailed
                | EventName::PushBounced
        )
    )
}

/// The steps of a message, folded away.
pub fn trace(ctx: &Ctx, event: &Event, traces: &HashMap<MessageId, MessageTrace>) -> Markup {
    let trace = event
        .message
        .filter(|_| is_told(event))
        .and_then(|id| traces.get(&id));
    let Some(trace) = trace else {
        return html! {};
    };
    let times = Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    };
    let step = |key: &str, at: Option<kernel::Timestamp>| {
        html! { @if let Some(at) = at { li { (ctx.t(key)) " " (times.exact(at)) } } }
    };
    html! {
        details {
            summary { (ctx.t("crm-why")) }
            ol {
                @if event.campaign.is_some() {
                    @let name = event.campaign_name.clone().unwrap_or_else(|| ctx.t("crm-event-campaign"));
                    li { (ctx.ta("crm-why-campaign", &[("name", name.into())])) }
                }
                (step("crm-why-queued", Some(trace.queued_at)))
                @for attempt in &trace.attempts { li { (attempt_text(ctx, attempt)) " " (times.exact(attempt.at)) } }
                li {
                    (ctx.t(&format!("crm-why-state-{}", trace.state)))
                    @if let Some(reason) = &trace.reason { " (" (reason.replace('_', " ")) ")" }
                    " " (times.exact(trace.state_at))
                }
                (step("crm-why-opened", trace.opened_at))
                (step("crm-why-clicked", trace.clicked_at))
            }
        }
    }
}

fn attempt_text(ctx: &Ctx, attempt: &TraceAttempt) -> Markup {
    let outcome = attempt.outcome.as_deref().unwrap_or("unknown").replace('_', "-");
    let provider = match &attempt.provider {
        Some(provider) => provider.clone(),
        None => ctx.t("crm-why-inbox"),
    };
    let text = ctx.ta(
        "crm-why-attempt",
        &[
            ("number", i64::from(attempt.number).into()),
            ("provider", provider.into()),
            ("outcome", ctx.t(&format!("crm-why-outcome-{outcome}")).into()),
        ],
    );
    html! { (text) @if let Some(reply) = &attempt.reply { " " code { (reply) } } }
}
