//! What others said became of a message.

use contracts::delivery::PROVIDER;
use kernel::Permission;
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{Card, Icon, Moment, Tone, link, timeline};

use crate::{
    application::read_messages::{MessageStory, ReportRow},
    interface::{
        web::template_parts::times,
        webhook_words::{report, report_result, reported_by},
    },
};

/// The reports, in the order in which things happened; nothing where nobody has said anything.
pub fn reports_card(ctx: &Ctx, story: &MessageStory) -> Markup {
    if story.reports.is_empty() {
        return Markup::default();
    }
    let moments: Vec<Moment<'_>> = story.reports.iter().map(|row| moment(ctx, row)).collect();
    Card::titled(ctx.t("delivery-reports"))
        .help(ctx.t("delivery-reports-help"))
        .body(timeline(&moments))
}

fn moment<'a>(ctx: &'a Ctx, row: &'a ReportRow) -> Moment<'a> {
    let (icon, tone) = match row.kind.as_str() {
        "delivered" => (Icon::Check, Tone::Success),
        "bounced" | "failed" | "complained" => (Icon::Error, Tone::Danger),
        "deferred" | "unsubscribed" => (Icon::Warning, Tone::Warning),
        "opened" => (Icon::Eye, Tone::Info),
        "clicked" => (Icon::Click, Tone::Info),
        _ => (Icon::Info, Tone::Neutral),
    };
    let account = row
        .provider
        .filter(|_| row.provider_name.is_some() && ctx.may(Permission::ProvidersRead));
    let by = reported_by(ctx, row);
    let detail = html! {
        div {
            @match account {
                Some(id) => { (link(&PROVIDER.url(&id), &by)) }
                None => { (by) }
            }
        }
        @if let Some(result) = report_result(ctx, row) { div { (result) } }
        @if !row.detail.is_empty() { div { code { (row.detail) } } }
    };
    Moment {
        icon,
        tone,
        title: html! { (report(ctx, row)) },
        at: times(ctx).exact(row.at),
        detail: Some(detail),
        id: None,
    }
}
