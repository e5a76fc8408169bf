//! What is said of webhooks, reports and replies.

use contracts::delivery::webhooks::WEBHOOK;
use kernel::ProviderId;
use platform::{L10n, web::Ctx};

use crate::{
    application::read_messages::ReportRow,
    domain::{
        provider::ProviderKind,
        webhook::{KeyKind, Scheme},
    },
};

/// What is to be entered at the provider.
pub fn webhook_url(base_url: &str, id: ProviderId) -> String {
    format!("{base_url}{}", WEBHOOK.url(&id))
}

/// The name of the field of a kind's key.
pub const fn key_field(key: KeyKind) -> &'static str {
    match key {
        KeyKind::TopicArn | KeyKind::PublicKey => "webhook_key",
        KeyKind::Secret | KeyKind::OwnSecret => "webhook_secret",
    }
}

/// Which field is wrong, and what is wrong with it.
pub fn key_fault(l10n: &L10n, kind: ProviderKind) -> (&'static str, String) {
    let key = Scheme::of(kind).map_or(KeyKind::Secret, Scheme::key);
    let text = match key {
        KeyKind::TopicArn => "delivery-webhook-topic-invalid",
        KeyKind::PublicKey => "delivery-webhook-key-invalid",
        KeyKind::Secret | KeyKind::OwnSecret => "delivery-webhook-secret-invalid",
    };
    (key_field(key), l10n.t(text))
}

/// What is to be switched on at the provider.
pub const fn instructions(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Sns => "delivery-webhook-how-ses",
        Scheme::SendGrid => "delivery-webhook-how-sendgrid",
        Scheme::Mailgun => "delivery-webhook-how-mailgun",
        Scheme::Twilio => "delivery-webhook-how-twilio",
        Scheme::Plivo => "delivery-webhook-how-plivo",
        Scheme::Vonage => "delivery-webhook-how-vonage",
        Scheme::Telnyx => "delivery-webhook-how-telnyx",
    }
}

/// Why a call was refused.
pub fn refusal(ctx: &Ctx, why: &str) -> String {
    ctx.t(match why {
        "no_key" => "delivery-webhook-refused-no-key",
        "outside_window" => "delivery-webhook-refused-outside-window",
        "not_understood" => "delivery-webhook-refused-not-understood",
        _ => "delivery-webhook-refused-bad-signature",
    })
}

/// What a report says.
pub fn report(ctx: &Ctx, report: &ReportRow) -> String {
    ctx.t(match report.kind.as_str() {
        "accepted" => "delivery-report-accepted",
        "delivered" => "delivery-report-delivered",
        "deferred" => "delivery-report-deferred",
        "bounced" => "delivery-report-bounced",
        "failed" => "delivery-report-failed",
        "complained" => "delivery-report-complained",
        "unsubscribed" => "delivery-report-unsubscribed",
        "resubscribed" => "delivery-report-resubscribed",
        "opened" => "delivery-report-opened",
        _ => "delivery-report-clicked",
    })
}

/// Who said it.
pub fn reported_by(ctx: &Ctx, report: &ReportRow) -> String {
    match (&report.provider_name, report.source.as_str()) {
        (Some(name), _) => ctx.ta("delivery-report-by", &[("name", name.as_str().into())]),
        (None, "mailbox") => ctx.t("delivery-report-by-mailbox"),
        (None, _) => ctx.t("delivery-report-by-gone"),
    }
}

/// What came of it, where that is not plain.
pub fn report_result(ctx: &Ctx, report: &ReportRow) -> Option<String> {
    let key = match report.result.as_deref() {
        None => "delivery-report-waits",
        Some("other_recipient") => "delivery-report-other-recipient",
        Some(_) => match report.kind.as_str() {
            "opened" | "clicked" => "delivery-report-not-counted",
            _ => return None,
        },
    };
    Some(ctx.t(key))
}

/// What a keyword has done.
pub fn keyword(ctx: &Ctx, keyword: Option<&str>) -> String {
    ctx.t(match keyword {
        Some("stop") => "delivery-reply-stop",
        Some("start") => "delivery-reply-start",
        Some("help") => "delivery-reply-help",
        _ => "delivery-reply-text",
    })
}
