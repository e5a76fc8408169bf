use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{Alert, Card, Stat, Tone, number, stats};

use crate::{
    application::read_bounce_mailboxes::ShownMailbox,
    interface::{bounce_words::stored_failure, web::template_parts::times},
};

/// What the mailbox came to so far, and what is wrong with it.
pub fn status(ctx: &Ctx, shown: &ShownMailbox) -> Markup {
    html! {
        (failure(ctx, shown))
        (return_path(ctx, shown))
        (counts(ctx, shown))
    }
}

fn failure(ctx: &Ctx, shown: &ShownMailbox) -> Markup {
    let status = &shown.mailbox.status;
    let Some(error) = &status.last_error else {
        return Markup::default();
    };
    let said = stored_failure(&ctx.l10n, error);
    let title = ctx.ta("delivery-bounce-failing", &[("count", status.failures.into())]);
    html! { (Alert::new(Tone::Danger, title).text(said)) }
}

/// Whether messages come back here, and why not.
fn return_path(ctx: &Ctx, shown: &ShownMailbox) -> Markup {
    let (tone, title, text) = match (shown.is_return_path, shown.fits) {
        (true, _) => (
            Tone::Success,
            "delivery-bounce-path-used",
            "delivery-bounce-path-used-help",
        ),
        _ if !shown.mailbox.settings.enabled => (
            Tone::Neutral,
            "delivery-bounce-path-off",
            "delivery-bounce-path-off-help",
        ),
        (false, None) => (
            Tone::Warning,
            "delivery-bounce-path-no-domain",
            "delivery-bounce-path-no-domain-help",
        ),
        (false, Some(false)) => (
            Tone::Warning,
            "delivery-bounce-path-unfit",
            "delivery-bounce-path-unfit-help",
        ),
        (false, Some(true)) => (
            Tone::Info,
            "delivery-bounce-path-second",
            "delivery-bounce-path-second-help",
        ),
    };
    html! { (Alert::new(tone, ctx.t(title)).text(ctx.t(text))) }
}

fn counts(ctx: &Ctx, shown: &ShownMailbox) -> Markup {
    let status = &shown.mailbox.status;
    let counts = status.counts;
    let stat = |key: &str, count: i64| Stat::new(ctx.t(key), number(count));
    Card::titled(ctx.t("delivery-bounce-status"))
        .help(ctx.t("delivery-bounce-status-help"))
        .body(html! {
            p {
                (ctx.t("delivery-bounce-looked-at")) ": "
                @match status.looked_at {
                    Some(at) => { (times(ctx).relative(at)) }
                    None => { (ctx.t("delivery-bounce-never")) }
                }
            }
            (stats(&[
                stat("delivery-bounce-count-bounces", counts.bounces),
                stat("delivery-bounce-count-complaints", counts.complaints),
                stat("delivery-bounce-count-unsubscribes", counts.unsubscribes),
                stat("delivery-bounce-count-deliveries", counts.deliveries),
            ]))
            (stats(&[
                stat("delivery-bounce-count-auto-replies", counts.auto_replies),
                stat("delivery-bounce-count-others", counts.others),
                stat("delivery-bounce-count-unmatched", counts.unmatched),
                stat("delivery-bounce-count-unreadable", counts.unreadable),
            ]))
        })
}
