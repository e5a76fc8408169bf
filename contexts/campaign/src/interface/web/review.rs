//! What is judged before a campaign is let go: the three numbers and the checks, as several pages
//! show them.

use contracts::{
    campaign::{CAMPAIGN, CAMPAIGN_LAUNCH},
    crm::{AudienceCounts, AudienceSpec, SEGMENT, consent::Channel},
    delivery::{DOMAIN, DOMAINS, TEMPLATE, TEMPLATES},
    identity::{GO_LIVE, ORGANIZATION},
};
use kernel::Permission;
use maud::{Markup, Render, html};
use platform::web::Ctx;
use ui_kit::{Button, CheckItem, Stat, Times, Tone, checklist, facts, mark, number, stats};

use crate::{
    application::campaign_facts::CampaignFacts,
    domain::{
        campaign::{Campaign, Content},
        preflight::{Check, Finding, Level},
        state::Act,
    },
    interface::words::{check_words, counted},
};

/// The three numbers side by side, as large as they are important.
pub fn number_tiles(ctx: &Ctx, audience: &AudienceSpec, channel: Channel, counts: AudienceCounts) -> Markup {
    let matching =
        Stat::new(ctx.t("campaign-matching"), number(counts.matching)).note(ctx.t("campaign-matching-note"));
    let matching = match the_people(audience) {
        Some(href) => matching.href(href),
        None => matching,
    };
    stats(&[
        matching,
        Stat::new(ctx.t("campaign-reachable"), number(counts.reachable)).note(ctx.t(reachable_note(channel))),
        Stat::new(ctx.t("campaign-will-receive"), number(counts.will_receive))
            .note(ctx.t("campaign-will-receive-note")),
    ])
}

/// What it takes to be reached.
const fn reachable_note(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => "campaign-reachable-note",
        Channel::Sms => "campaign-reachable-note-sms",
        Channel::Push => "campaign-reachable-note-push",
    }
}

/// What a channel is called.
pub fn channel_name(ctx: &Ctx, channel: Channel) -> String {
    ctx.t(match channel {
        Channel::Email => "campaign-channel-email",
        Channel::Sms => "campaign-channel-sms",
        Channel::Push => "campaign-channel-push",
    })
}

/// What a text message comes to: parts for each person, and in all. Nothing for what is none.
pub fn cost(ctx: &Ctx, facts: &CampaignFacts) -> Markup {
    let Some(parts) = facts.parts() else {
        return Markup::default();
    };
    let segments = i64::try_from(parts.segments).unwrap_or(i64::MAX);
    let all = segments.saturating_mul(facts.counts.will_receive);
    let values = [
        ("count", segments.into()),
        ("people", number(facts.counts.will_receive).into()),
        ("all", number(all).into()),
    ];
    html! { p.muted { (ctx.ta("campaign-parts", &values)) } }
}

/// Who they are, where one page shows exactly them.
fn the_people(audience: &AudienceSpec) -> Option<String> {
    match (audience.include.as_slice(), audience.exclude.as_slice()) {
        ([only], []) => Some(SEGMENT.url(only)),
        _ => None,
    }
}

/// The three numbers below each other, beside something else.
pub fn number_list(ctx: &Ctx, counts: AudienceCounts) -> Markup {
    let line = |key: &str, count: i64| (ctx.t(key).into(), html! { span.num { (number(count)) } });
    facts(&[
        line("campaign-matching", counts.matching),
        line("campaign-reachable", counts.reachable),
        line("campaign-will-receive", counts.will_receive),
    ])
}

/// All checks, those that need a person first.
pub fn check_list(ctx: &Ctx, findings: &[Finding], content: &Content) -> Markup {
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| (finding.passed, finding.level == Level::Advisory));
    let items: Vec<CheckItem<'_>> = sorted
        .into_iter()
        .map(|finding| check_item(ctx, finding, content))
        .collect();
    checklist(&items)
}

fn check_item<'a>(ctx: &Ctx, finding: &'a Finding, content: &Content) -> CheckItem<'a> {
    let words = check_words(finding.check);
    if finding.passed {
        return CheckItem::new(
            mark(Tone::Success, &ctx.t("campaign-check-ok")),
            ctx.t(words.passed),
        )
        .done(true);
    }
    let (tone, word) = match finding.level {
        Level::Blocking => (Tone::Danger, "campaign-check-blocking"),
        Level::Advisory => (Tone::Warning, "campaign-check-advisory"),
    };
    let help = finding.detail.clone().unwrap_or_else(|| ctx.t(words.help));
    let item = CheckItem::new(mark(tone, &ctx.t(word)), ctx.t(words.failed)).help(help);
    match way_to_mend(ctx, finding, content) {
        Some(action) => item.action(action),
        None => item,
    }
}

/// Where what is missing can be mended, when it is not on this page.
fn way_to_mend(ctx: &Ctx, finding: &Finding, content: &Content) -> Option<Markup> {
    let template = content
        .template
        .map_or_else(|| TEMPLATES.url(), |id| TEMPLATE.url(&id));
    let (key, href, permission) = match finding.check {
        Check::Subject | Check::UnsubscribeLink | Check::OptOut | Check::Renders => {
            ("campaign-mend-template", template, Permission::TemplatesWrite)
        }
        Check::PostalAddress => (
            "campaign-mend-address",
            ORGANIZATION.url(),
            Permission::OrganizationWrite,
        ),
        Check::DomainVerified => (
            "campaign-mend-domain",
            finding.domain.map_or_else(|| DOMAINS.url(), |id| DOMAIN.url(&id)),
            Permission::ProvidersRead,
        ),
        Check::LiveMode => ("campaign-mend-live", GO_LIVE.url(), Permission::OrganizationRead),
        _ => return None,
    };
    ctx.may(permission)
        .then(|| Button::ghost(ctx.t(key)).small().href(href).render())
}

/// What letting it go is called: it names the number, or the time.
pub fn go_label(ctx: &Ctx, campaign: &Campaign, counts: AudienceCounts) -> String {
    match (campaign.way_to_go(), campaign.content.scheduled_at) {
        (Act::Schedule, Some(at)) => {
            let times = Times {
                now: ctx.now,
                zone: &ctx.zone,
                words: ctx.words(),
            };
            ctx.ta("campaign-schedule-for", &[("time", times.exact_text(at).into())])
        }
        _ => counted(ctx, "campaign-send-to", counts.will_receive),
    }
}

/// Names of the segments of a list, with links; one that is gone says so.
pub fn segment_names(ctx: &Ctx, ids: &[kernel::SegmentId], facts: &CampaignFacts) -> Markup {
    let name = |id: &kernel::SegmentId| facts.segments.iter().find(|segment| segment.id == *id);
    html! {
        @for (n, id) in ids.iter().enumerate() {
            @if n > 0 { ", " }
            @match name(id) {
                Some(segment) => a.link href=(SEGMENT.url(id)) { (segment.name) },
                None => span.muted { (ctx.t("campaign-segment-gone")) },
            }
        }
    }
}

/// The way to the page that asks for the last time.
pub fn launch_link(campaign: &Campaign, label: String) -> Button<'static> {
    Button::primary(label)
        .icon(ui_kit::Icon::Send)
        .href(CAMPAIGN_LAUNCH.url(&campaign.id))
}

/// The way back from it.
pub fn back_link(ctx: &Ctx, campaign: &Campaign) -> Button<'static> {
    Button::ghost(ctx.t("campaign-back")).href(CAMPAIGN.url(&campaign.id))
}
