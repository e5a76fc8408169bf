use maud::Markup;
use platform::web::Ctx;
use ui_kit::{Card, CheckItem, Tone, checklist, mark};

use crate::{
    application::read_domains::DomainReport,
    domain::{
        domain_check::{Alignment, Policy, RecordKind, Status},
        domain_key::signing,
    },
};

/// Why mail from this domain can be trusted, or why it cannot yet.
pub fn card(ctx: &Ctx, report: &DomainReport) -> Markup {
    let items = [
        signature(ctx, report),
        alignment(ctx, report),
        policy(ctx, report),
        servers(ctx, report),
    ];
    Card::titled(ctx.t("delivery-trust-title"))
        .help(ctx.t("delivery-trust-help"))
        .body(checklist(&items))
}

fn item<'a>(ctx: &Ctx, fine: bool, text: String, help: String) -> CheckItem<'a> {
    let (tone, word) = if fine {
        (Tone::Success, "delivery-trust-yes")
    } else {
        (Tone::Warning, "delivery-trust-not-yet")
    };
    CheckItem::new(mark(tone, &ctx.t(word)), text)
        .help(help)
        .done(fine)
}

/// Receivers find the key and can verify.
fn signature<'a>(ctx: &Ctx, report: &DomainReport) -> CheckItem<'a> {
    let fine = signing(&report.domain.keys)
        .iter()
        .any(|key| key.published == Some(true));
    let text = ctx.t(if fine {
        "delivery-trust-signed"
    } else {
        "delivery-trust-unsigned"
    });
    item(ctx, fine, text, ctx.t("delivery-trust-signed-help"))
}

/// The signing domain is the one that people see, so that even strict alignment holds (RFC 7489
/// section 3.1.1).
fn alignment<'a>(ctx: &Ctx, report: &DomainReport) -> CheckItem<'a> {
    let fine = !signing(&report.domain.keys).is_empty();
    let strict = report
        .dmarc()
        .is_some_and(|dmarc| dmarc.dkim == Alignment::Strict);
    let values = [("domain", report.domain.domain.as_str().into())];
    let help = ctx.ta(
        if strict {
            "delivery-trust-aligned-strictly"
        } else {
            "delivery-trust-aligned-help"
        },
        &values,
    );
    item(ctx, fine, ctx.ta("delivery-trust-aligned", &values), help)
}

/// The owner of the domain has said what to do with mail that fails.
fn policy<'a>(ctx: &Ctx, report: &DomainReport) -> CheckItem<'a> {
    let Some(dmarc) = report.dmarc() else {
        let text = ctx.t("delivery-trust-no-policy");
        return item(ctx, false, text, ctx.t("delivery-trust-no-policy-help"));
    };
    let text = ctx.t(match dmarc.policy {
        Policy::None => "delivery-trust-policy-none",
        Policy::Quarantine => "delivery-trust-policy-quarantine",
        Policy::Reject => "delivery-trust-policy-reject",
    });
    let help = ctx.t(if dmarc.has_reports {
        "delivery-trust-reports"
    } else {
        "delivery-trust-no-reports"
    });
    item(ctx, true, text, help)
}

/// Which servers may send.
fn servers<'a>(ctx: &Ctx, report: &DomainReport) -> CheckItem<'a> {
    let spf = report.records.iter().find(|r| r.expected.kind == RecordKind::Spf);
    let fine = spf.is_some_and(|record| record.status() == Some(Status::Ok));
    let text = ctx.t(if fine {
        "delivery-trust-spf"
    } else {
        "delivery-trust-no-spf"
    });
    item(ctx, fine, text, ctx.t("delivery-trust-spf-help"))
}
