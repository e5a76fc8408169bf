//! What the pages of templates and of the inbox share.

use maud::{Markup, html};
use platform::web::{Ctx, FieldErrors};
use ui_kit::{Confirm, ErrorSummary, Times};

use crate::application::template_deps::Author;

/// Who acts.
pub fn author(ctx: &Ctx) -> Author {
    Author {
        org: ctx.org,
        user: ctx.user(),
        now: ctx.now,
    }
}

/// Shows instants to this person.
pub fn times(ctx: &Ctx) -> Times<'_> {
    Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    }
}

/// What a person is asked before a template goes.
pub fn confirm_deletion<'a>(ctx: &Ctx, name: &str) -> Confirm<'a> {
    Confirm {
        title: ctx
            .ta("delivery-template-delete-title", &[("name", name.into())])
            .into(),
        text: ctx.t("delivery-template-delete-text").into(),
        button: ctx.t("delivery-template-delete").into(),
    }
}

/// What is wrong with a form, above it.
pub fn summary(ctx: &Ctx, errors: &FieldErrors) -> Markup {
    let summary = errors.0.iter().fold(
        ErrorSummary::new(ctx.t("delivery-form-errors")),
        |summary, error| summary.error(error.field.clone(), error.detail.clone()),
    );
    html! { (summary) }
}
