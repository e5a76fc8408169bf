use axum::response::Response;
use contracts::{
    crm::CONTACT,
    delivery::{INBOX_MESSAGE, MESSAGE_RESOLUTIONS, MESSAGES, PROVIDER, SUPPRESSION, Stream, TEMPLATE},
};
use kernel::{MessageId, Permission};
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{
    ActionForm, Alert, Button, Card, Confirm, Icon, Moment, PageHeader, Tone, button_row, columns, facts,
    link, no_value, stack, timeline,
};

use super::list_view::{source, state_badge};
use crate::{
    application::read_messages::{AttemptRow, MessageStory},
    domain::{held::HeldDecision, message_state::MessageState},
    interface::{
        message_words,
        web::{channel_parts::channel_name, message_reports::reports_card, template_parts::times},
    },
};

/// One message.
pub fn page(ctx: &Ctx, story: &MessageStory) -> Response {
    let row = &story.message.row;
    let title = row.recipient.as_ref().map(|recipient| recipient.address.clone());
    let header = PageHeader::new(title.unwrap_or_else(|| ctx.t("delivery-message-erased")))
        .crumb(ctx.t("delivery-messages-title"), MESSAGES.url())
        .badge(state_badge(ctx, row.state));
    let header = if story.message.in_inbox {
        header.actions(html! {
            (Button::secondary(ctx.t("delivery-message-see-mail")).icon(Icon::Eye).href(INBOX_MESSAGE.url(&row.id)))
        })
    } else {
        header
    };
    let main = stack(html! {
        (why_card(ctx, story))
        (reports_card(ctx, story))
        (Card::titled(ctx.t("delivery-message-timeline")).body(timeline(&moments(ctx, story))))
    });
    let aside = Card::titled(ctx.t("delivery-message-facts")).body(about(ctx, story));
    ctx.page(&header, columns(main, aside))
}

fn why_card(ctx: &Ctx, story: &MessageStory) -> Markup {
    let held = story.message.row.state == MessageState::Held;
    let card = Card::titled(ctx.t("delivery-message-why"));
    card.body(html! {
        p { (message_words::why(ctx, story)) }
        @if held && ctx.may(Permission::MessagesWrite) { (decisions(ctx, story)) }
        @if let (MessageState::Suppressed, Some(recipient)) = (story.message.row.state, &story.message.row.recipient) {
            @if ctx.may(Permission::SuppressionsRead) {
                p { (link(&SUPPRESSION.url(&recipient.address), &ctx.t("delivery-message-suppression-link"))) }
            }
        }
    })
}

/// What a person can do about a held message. What cannot be done is said instead.
fn decisions(ctx: &Ctx, story: &MessageStory) -> Markup {
    let id = story.message.row.id;
    let over = story.message.batch_state == "cancelled" || story.message.expires_at <= ctx.now;
    let gone = story.message.row.recipient.is_none();
    html! {
        @if over { (Alert::new(Tone::Info, ctx.t("delivery-held-over")).text(ctx.t("delivery-held-over-help"))) }
        (button_row(html! {
            @if !over && !gone {
                (decision(ctx, id, HeldDecision::SendAgain, Button::secondary(ctx.t("delivery-held-send-again")).icon(Icon::Refresh))
                    .confirm(Confirm {
                        title: ctx.t("delivery-held-send-again-title").into(),
                        text: ctx.t("delivery-held-send-again-text").into(),
                        button: ctx.t("delivery-held-send-again").into(),
                    }))
            }
            (decision(ctx, id, HeldDecision::MarkSent, Button::secondary(ctx.t("delivery-held-mark-sent")).icon(Icon::Check)))
            (decision(ctx, id, HeldDecision::GiveUp, Button::ghost(ctx.t("delivery-held-give-up")).icon(Icon::Stop)))
        }))
    }
}

fn decision<'a>(ctx: &Ctx, id: MessageId, decision: HeldDecision, button: Button<'a>) -> ActionForm<'a> {
    ActionForm::new(MESSAGE_RESOLUTIONS.url(), ctx.csrf_field(), button)
        .field("id", id.to_string())
        .field("decision", decision.as_str())
}

fn about(ctx: &Ctx, story: &MessageStory) -> Markup {
    let message = &story.message;
    let row = &message.row;
    let times = times(ctx);
    let contact = match &row.recipient {
        Some(recipient) if ctx.may(Permission::ContactsRead) => {
            let name = if recipient.name.is_empty() {
                &recipient.address
            } else {
                &recipient.name
            };
            link(&CONTACT.url(&recipient.contact), name)
        }
        Some(recipient) => html! { (recipient.address) },
        None => html! { (ctx.t("delivery-message-erased")) },
    };
    let template = match &message.template {
        Some((id, name)) if ctx.may(Permission::TemplatesRead) => link(&TEMPLATE.url(id), name),
        Some((_, name)) => html! { (name) },
        None => no_value(),
    };
    let promise = ctx.t(match row.stream {
        Stream::Marketing => "delivery-message-stream-marketing",
        Stream::Transactional => "delivery-message-stream-transactional",
    });
    facts(&[
        (ctx.t("delivery-message-contact").into(), contact),
        (
            ctx.t("delivery-channel").into(),
            html! { (channel_name(ctx, row.channel)) },
        ),
        (ctx.t("delivery-message-source").into(), source(ctx, row.source)),
        (ctx.t("delivery-message-template").into(), template),
        (ctx.t("delivery-message-stream").into(), html! { (promise) }),
        (
            ctx.t("delivery-message-created").into(),
            times.exact(row.created_at),
        ),
        (
            ctx.t("delivery-message-expires").into(),
            times.exact(message.expires_at),
        ),
        (ctx.t("delivery-message-id").into(), html! { code { (row.id) } }),
    ])
}

/// What happened, the newest first.
fn moments<'a>(ctx: &'a Ctx, story: &'a MessageStory) -> Vec<Moment<'a>> {
    let message = &story.message;
    let times = times(ctx);
    let plain = |icon, tone, title: String, at| Moment {
        icon,
        tone,
        title: html! { (title) },
        at: times.exact(at),
        detail: None,
        id: None,
    };
    let created = ctx.t("delivery-moment-created");
    let mut moments = vec![plain(Icon::Plus, Tone::Neutral, created, message.row.created_at)];
    moments.extend(story.attempts.iter().map(|attempt| tried(ctx, attempt)));
    if !is_told_by_attempts(story) {
        let state = message_words::state(ctx, message.row.state);
        moments.push(plain(Icon::Info, Tone::Neutral, state, message.row.state_at));
    }
    let seen = [
        (message.opened_at, Icon::Eye, "delivery-moment-opened"),
        (message.clicked_at, Icon::Click, "delivery-moment-clicked"),
    ];
    for (at, icon, key) in seen {
        moments.extend(at.map(|at| plain(icon, Tone::Info, ctx.t(key), at)));
    }
    moments.reverse();
    moments
}

/// Whether the last attempt says by itself where the message stands.
fn is_told_by_attempts(story: &MessageStory) -> bool {
    match story.message.row.state {
        MessageState::Suppressed
        | MessageState::Expired
        | MessageState::Cancelled
        | MessageState::Delivered
        | MessageState::Bounced
        | MessageState::Complained => false,
        MessageState::Failed => !story.attempts.is_empty(),
        _ => true,
    }
}

fn tried<'a>(ctx: &'a Ctx, attempt: &'a AttemptRow) -> Moment<'a> {
    let (icon, tone) = match attempt.outcome.as_deref() {
        Some("accepted") => (Icon::Check, Tone::Success),
        Some("deferred" | "not_sent") => (Icon::Refresh, Tone::Warning),
        Some("rejected") => (Icon::Error, Tone::Danger),
        Some(_) => (Icon::Help, Tone::Warning),
        None => (Icon::Send, Tone::Info),
    };
    let said = message_words::reply(attempt);
    let lines = [
        message_words::attempt_class(ctx, attempt),
        message_words::attempt_phase(ctx, attempt)
            .map(|phase| ctx.ta("delivery-attempt-phase", &[("phase", phase.into())])),
        message_words::resolution(ctx, attempt),
    ];
    let provider = attempt
        .provider
        .filter(|_| attempt.provider_name.is_some() && ctx.may(Permission::ProvidersRead));
    let detail = html! {
        @for line in lines.iter().flatten() { div { (line) } }
        @if !said.is_empty() { div { code { (said) } } }
        @if let Some(provider) = provider { div { (link(&PROVIDER.url(&provider), &ctx.t("delivery-attempt-account-link"))) } }
    };
    Moment {
        icon,
        tone,
        title: html! { (message_words::attempt(ctx, attempt)) },
        at: times(ctx).exact(attempt.finished_at.unwrap_or(attempt.started_at)),
        detail: Some(detail),
        id: Some(format!("attempt-{}", attempt.number).into()),
    }
}
