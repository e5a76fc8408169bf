use contracts::delivery::editor::TEMPLATE_LINK_CHECK;
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{Button, Card, CheckItem, Icon, Tone, checklist, mark, stack};

use super::{preview_view::line_link, view::FORM};
use crate::{
    application::check_links::{CheckedLink, CheckedLinks, MOST_LINKS},
    domain::link_outcome::LinkOutcome,
};

const ID: &str = "template-links";

/// The button that tries the links, and what came of it.
pub fn region(ctx: &Ctx, checked: Option<&CheckedLinks>, may_write: bool) -> Markup {
    if !may_write {
        return Markup::default();
    }
    let limit = [("limit", (MOST_LINKS as i64).into())];
    let button = Button::secondary(ctx.t("delivery-links-check"))
        .icon(Icon::Link)
        .small()
        .attr("form", FORM)
        .attr("formaction", TEMPLATE_LINK_CHECK.url())
        .attr("hx-post", TEMPLATE_LINK_CHECK.url())
        .attr("hx-include", format!("#{FORM}"))
        .attr("hx-target", format!("#{ID}"))
        .attr("hx-swap", "outerHTML")
        .attr("hx-disabled-elt", "this");
    let body = stack(html! {
        @if let Some(checked) = checked { (results(ctx, checked)) }
        @else { p.muted { (ctx.ta("delivery-links-help", &limit)) } }
        div { (button) }
    });
    html! {
        section id=(ID) data-aside aria-label=(ctx.t("delivery-links")) aria-live="polite" {
            (Card::titled(ctx.t("delivery-links")).body(body))
        }
    }
}

fn results(ctx: &Ctx, checked: &CheckedLinks) -> Markup {
    if checked.links.is_empty() {
        return html! { p.muted { (ctx.t("delivery-links-none")) } };
    }
    let items: Vec<_> = checked.links.iter().map(|link| item(ctx, link)).collect();
    html! {
        (checklist(&items))
        @if checked.skipped > 0 {
            p.muted { (ctx.ta("delivery-links-skipped", &[("count", checked.skipped.into())])) }
        }
    }
}

fn item<'a>(ctx: &Ctx, link: &CheckedLink) -> CheckItem<'a> {
    let tone = match link.outcome {
        LinkOutcome::Ok(_) | LinkOutcome::Redirect(_) => Tone::Success,
        LinkOutcome::Unclear(_) => Tone::Info,
        LinkOutcome::Broken(_) | LinkOutcome::Unreachable | LinkOutcome::Refused => Tone::Danger,
    };
    let status = link
        .outcome
        .status()
        .map(|status| status.to_string())
        .unwrap_or_default();
    let said = ctx.ta(
        &format!("delivery-link-{}", link.outcome.as_str()),
        &[("status", status.into())],
    );
    CheckItem::new(mark(tone, &said), link.url.clone())
        .help(said)
        .action(line_link(ctx, link.line))
}
