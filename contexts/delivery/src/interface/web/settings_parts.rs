//! What the pages of settings share.

use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{Button, Form, PageHeader, button_row};

/// A page that asks before something that cannot be undone.
pub struct Question {
    /// What follows from it.
    pub text: String,
    /// The verb on the button.
    pub button: String,
    /// Where the answer is posted.
    pub action: String,
    /// Where it is called off.
    pub back: String,
}

impl Question {
    /// The page.
    pub fn page(&self, ctx: &Ctx, header: PageHeader<'_>) -> axum::response::Response {
        ctx.page(&header, self.body(ctx))
    }

    fn body(&self, ctx: &Ctx) -> Markup {
        let fields = html! {
            p { (self.text) }
            (button_row(html! {
                (Button::danger(self.button.as_str()))
                (Button::ghost(ctx.t("delivery-cancel")).href(self.back.as_str()))
            }))
        };
        Form::post(self.action.as_str(), ctx.csrf_field()).body(ctx.words(), fields)
    }
}
