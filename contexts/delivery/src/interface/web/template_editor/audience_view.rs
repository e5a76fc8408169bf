use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{Alert, Tone};

use crate::application::preview_audience::AudienceFindings;

/// For how many of the newest people fields are empty.
pub fn show(ctx: &Ctx, found: &AudienceFindings) -> Markup {
    if found.sample == 0 {
        return html! { (Alert::new(Tone::Info, ctx.t("delivery-audience-empty"))) };
    }
    let sample = [("sample", found.sample.into())];
    if found.empty.is_empty() {
        return html! { (Alert::new(Tone::Success, ctx.ta("delivery-audience-fine", &sample))) };
    }
    let list = html! {
        ul {
            @for share in &found.empty {
                li {
                    (ctx.ta("delivery-audience-share", &[
                        ("field", share.path.as_str().into()),
                        ("percent", share.percent.into()),
                        ("people", share.empty.into()),
                    ]))
                }
            }
        }
    };
    html! { (Alert::new(Tone::Warning, ctx.ta("delivery-audience-found", &sample)).actions(list)) }
}
