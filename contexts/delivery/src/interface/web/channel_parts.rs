//! Channels as pages name them, and what phones make of messages that are no mail.

use contracts::crm::consent::Channel;
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{facts, filter_select, no_value, phone_notification, phone_text, stack};

/// What a channel is called.
pub fn channel_name(ctx: &Ctx, channel: Channel) -> String {
    ctx.t(match channel {
        Channel::Email => "delivery-channel-email",
        Channel::Sms => "delivery-channel-sms",
        Channel::Push => "delivery-channel-push",
    })
}

/// The choice of a list: all channels, or one.
pub fn channel_filter(ctx: &Ctx, chosen: &str) -> Markup {
    let options: Vec<_> = std::iter::once(("".into(), ctx.t("delivery-channel-any").into()))
        .chain(Channel::ALL.map(|channel| (channel.as_str().into(), channel_name(ctx, channel).into())))
        .collect();
    filter_select("channel", &ctx.t("delivery-channel"), &options, chosen)
}

/// A text message on a phone.
pub fn text_on_phone(ctx: &Ctx, text: &str) -> Markup {
    phone_text(&ctx.t("delivery-sms-on-phone"), text)
}

/// A push notification on a phone, and what its app is told below it.
pub fn push_on_phone(
    ctx: &Ctx,
    app: &str,
    (title, text): (&str, &str),
    url: &str,
    data: &[(String, String)],
) -> Markup {
    let opens = if url.is_empty() {
        no_value()
    } else {
        html! { span.cell-long { (url) } }
    };
    let mut told = vec![(ctx.t("delivery-push-url").into(), opens)];
    told.extend(data.iter().map(|(key, value)| {
        let value = html! { span.cell-long { (value) } };
        (key.as_str().into(), value)
    }));
    stack(html! {
        (phone_notification(&ctx.t("delivery-push-on-phone"), app, title, text))
        (facts(&told))
    })
}
