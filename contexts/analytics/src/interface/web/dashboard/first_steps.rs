//! The way to the first mail, while nothing has been sent.

use contracts::{
    campaign::CAMPAIGN_NEW,
    crm::{IMPORT_NEW, SEGMENT_NEW},
    delivery::TEMPLATE_NEW,
};
use kernel::Permission;
use maud::{Markup, Render, html};
use platform::web::Ctx;
use ui_kit::{Button, Card, CheckItem, Tone, checklist, mark};

use crate::application::read_dashboard::FirstSteps;

/// One of the steps, in the order in which they are usually taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Milestone {
    Contacts,
    Segment,
    Template,
    Campaign,
}

impl Milestone {
    const ALL: [Milestone; 4] = [
        Milestone::Contacts,
        Milestone::Segment,
        Milestone::Template,
        Milestone::Campaign,
    ];

    const fn is_reached(self, steps: FirstSteps) -> bool {
        match self {
            Milestone::Contacts => steps.contacts,
            Milestone::Segment => steps.segment,
            Milestone::Template => steps.template,
            Milestone::Campaign => false,
        }
    }
}

struct Step {
    text: &'static str,
    help: &'static str,
    button: &'static str,
    href: String,
    permission: Permission,
}

fn step(milestone: Milestone) -> Step {
    let (text, help, button, href, permission) = match milestone {
        Milestone::Contacts => (
            "analytics-step-contacts",
            "analytics-step-contacts-help",
            "analytics-step-contacts-do",
            IMPORT_NEW.url(),
            Permission::ContactsWrite,
        ),
        Milestone::Segment => (
            "analytics-step-segment",
            "analytics-step-segment-help",
            "analytics-step-segment-do",
            SEGMENT_NEW.url(),
            Permission::SegmentsWrite,
        ),
        Milestone::Template => (
            "analytics-step-template",
            "analytics-step-template-help",
            "analytics-step-template-do",
            TEMPLATE_NEW.url(),
            Permission::TemplatesWrite,
        ),
        Milestone::Campaign => (
            "analytics-step-campaign",
            "analytics-step-campaign-help",
            "analytics-step-campaign-do",
            CAMPAIGN_NEW.url(),
            Permission::CampaignsWrite,
        ),
    };
    Step {
        text,
        help,
        button,
        href,
        permission,
    }
}

/// The steps; the next one has the primary button.
pub fn card(ctx: &Ctx, steps: FirstSteps) -> Markup {
    let next = Milestone::ALL
        .into_iter()
        .find(|milestone| !milestone.is_reached(steps));
    let items: Vec<CheckItem<'_>> = Milestone::ALL
        .into_iter()
        .map(|milestone| item(ctx, milestone, milestone.is_reached(steps), next))
        .collect();
    Card::titled(ctx.t("analytics-first-steps"))
        .help(ctx.t("analytics-first-steps-help"))
        .id("first-steps")
        .body(html! { (checklist(&items)) })
}

fn item<'a>(ctx: &Ctx, milestone: Milestone, done: bool, next: Option<Milestone>) -> CheckItem<'a> {
    let step = step(milestone);
    let (tone, word) = if done {
        (Tone::Success, "analytics-step-done")
    } else {
        (Tone::Neutral, "analytics-step-to-do")
    };
    let item = CheckItem::new(mark(tone, &ctx.t(word)), ctx.t(step.text))
        .help(ctx.t(step.help))
        .done(done);
    if done || !ctx.may(step.permission) {
        return item;
    }
    let label = ctx.t(step.button);
    let button = if next == Some(milestone) {
        Button::primary(label)
    } else {
        Button::secondary(label)
    };
    item.action(button.small().href(step.href).render())
}
