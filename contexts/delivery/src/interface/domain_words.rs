//! Keys and records of domains in a person's words.

use maud::Markup;
use platform::web::Ctx;
use ui_kit::{Icon, Tone, badge, badge_with_icon};

use crate::{
    application::read_domains::{Domain, DomainReport, RecordCheck},
    domain::{
        dkim::DkimAlgorithm,
        dns_record::TxtRecord,
        domain_check::{RecordKind, Status},
        domain_key::{DomainKey, KeyState, signing},
    },
};

/// The kind of a key, in a few words.
pub fn algorithm(ctx: &Ctx, algorithm: DkimAlgorithm) -> String {
    ctx.t(match algorithm {
        DkimAlgorithm::Rsa => "delivery-domain-key-rsa",
        DkimAlgorithm::Ed25519 => "delivery-domain-key-ed25519",
    })
}

/// The record that publishes a key.
pub fn key_record(domain: &str, key: &DomainKey) -> TxtRecord {
    TxtRecord::dkim(&key.selector, domain, key.record())
}

/// Where a key stands. One that would sign and does not, since its record is gone, says so.
pub fn key_badge(ctx: &Ctx, domain: &Domain, key: &DomainKey) -> Markup {
    let signs = signing(&domain.keys)
        .iter()
        .any(|other| other.selector == key.selector);
    match key.state {
        KeyState::Active if !signs => {
            badge_with_icon(Tone::Danger, Icon::Warning, &ctx.t("delivery-key-silent"))
        }
        KeyState::Active => badge_with_icon(Tone::Success, Icon::Check, &ctx.t("delivery-key-active")),
        KeyState::Pending => badge_with_icon(Tone::Info, Icon::Clock, &ctx.t("delivery-key-pending")),
        KeyState::Retiring => badge(Tone::Warning, &ctx.t("delivery-key-retiring")),
        KeyState::Retired => badge(Tone::Neutral, &ctx.t("delivery-key-retired")),
    }
}

/// What a record is for.
pub fn purpose(ctx: &Ctx, kind: &RecordKind) -> String {
    match kind {
        RecordKind::Dkim(selector) => ctx.ta(
            "delivery-record-for-dkim",
            &[("selector", selector.as_str().into())],
        ),
        RecordKind::Spf => ctx.t("delivery-record-for-spf"),
        RecordKind::Dmarc => ctx.t("delivery-record-for-dmarc"),
        RecordKind::Mx => ctx.t("delivery-record-for-mx"),
        RecordKind::Tracking => ctx.t("delivery-record-for-tracking"),
    }
}

/// The word for a status.
pub fn status_word(ctx: &Ctx, status: Option<Status>) -> String {
    ctx.t(match status {
        Some(Status::Ok) => "delivery-record-ok",
        Some(Status::Missing) => "delivery-record-missing",
        Some(Status::Different) => "delivery-record-different",
        None => "delivery-record-unknown",
    })
}

/// What DNS says of a record. A look-up that failed says so, whatever was known before.
pub fn record_badge(ctx: &Ctx, check: Option<&RecordCheck>) -> Markup {
    let Some(check) = check else {
        return badge(Tone::Neutral, &status_word(ctx, None));
    };
    if check.failure.is_some() {
        return badge_with_icon(Tone::Warning, Icon::Help, &ctx.t("delivery-record-failed"));
    }
    let word = status_word(ctx, check.status);
    match check.status {
        Some(Status::Ok) => badge_with_icon(Tone::Success, Icon::Check, &word),
        Some(Status::Missing) => badge_with_icon(Tone::Danger, Icon::Close, &word),
        Some(Status::Different) => badge_with_icon(Tone::Danger, Icon::Warning, &word),
        None => badge(Tone::Neutral, &word),
    }
}

/// Why a look-up failed.
pub fn failure(ctx: &Ctx, word: &str) -> String {
    ctx.t(match word {
        "timeout" => "delivery-look-up-timeout",
        "servfail" => "delivery-look-up-servfail",
        "off" => "delivery-look-up-off",
        _ => "delivery-look-up-unreachable",
    })
}

/// Whether receivers can verify a domain's mail, in a word.
pub fn domain_badge(ctx: &Ctx, domain: &Domain) -> Markup {
    if domain.verified_at.is_some() {
        badge_with_icon(Tone::Success, Icon::Shield, &ctx.t("delivery-domain-verified"))
    } else {
        badge_with_icon(Tone::Warning, Icon::Warning, &ctx.t("delivery-domain-unverified"))
    }
}

/// How many records need a hand; nothing while all are in order or nobody has looked.
pub fn missing_records(ctx: &Ctx, report: &DomainReport) -> Option<String> {
    let missing = i64::try_from(report.missing()).unwrap_or(i64::MAX);
    (missing > 0).then(|| ctx.ta("delivery-records-missing", &[("count", missing.into())]))
}
