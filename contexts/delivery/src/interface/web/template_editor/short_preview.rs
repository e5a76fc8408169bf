//! Text messages and push notifications as phones show them, and what they come to.

use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{Alert, Tone, facts, number, stack};

use crate::{
    application::preview_template::Preview,
    domain::{
        push::{LARGEST_PAYLOAD, payload_size},
        sms::{self, Encoding},
    },
    interface::web::channel_parts::{push_on_phone, text_on_phone},
};

/// How a text comes out, how long it is, and what makes it expensive.
pub fn text_message(ctx: &Ctx, preview: &Preview) -> Markup {
    let text = &preview.rendered.text;
    let size = sms::size(text);
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let encoding = ctx.t(match size.encoding {
        Encoding::Gsm7 => "delivery-sms-encoding-gsm7",
        Encoding::Ucs2 => "delivery-sms-encoding-ucs2",
    });
    let parts = ctx.ta(
        "delivery-sms-parts",
        &[
            ("count", count(size.segments).into()),
            ("left", count(size.left).into()),
        ],
    );
    let odd: Vec<String> = sms::forces_unicode(text).iter().map(char::to_string).collect();
    stack(html! {
        (facts(&[
            (ctx.t("delivery-sms-characters").into(), html! { span.num { (number(count(size.characters))) } }),
            (ctx.t("delivery-sms-encoding").into(), html! { (encoding) }),
            (ctx.t("delivery-sms-cost").into(), html! { (parts) }),
        ]))
        @if !odd.is_empty() {
            (Alert::new(Tone::Warning, ctx.t("delivery-sms-unicode"))
                .text(ctx.ta("delivery-sms-unicode-help", &[("characters", odd.join(" ").into())])))
        }
        (text_on_phone(ctx, text))
    })
}

/// How a notification comes out, what its app is told, and how much room is left.
pub fn notification(ctx: &Ctx, app: &str, preview: &Preview) -> Markup {
    let made = &preview.rendered;
    let size = payload_size(&made.subject, &made.text, &made.url, &made.data);
    let bytes = |n: usize| ui_kit::bytes(n as u64);
    stack(html! {
        (push_on_phone(ctx, app, (made.subject.as_str(), made.text.as_str()), &made.url, &made.data))
        (facts(&[(
            ctx.t("delivery-template-size").into(),
            html! { (bytes(size)) " / " (bytes(LARGEST_PAYLOAD)) },
        )]))
    })
}
