//! The live count beside the editor, and the editor's moving parts.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::crm::SEGMENT_PREVIEW;
use http::HeaderMap;
use kernel::SegmentId;
use maud::{Markup, html};
use platform::web::{AppError, Ctx, FieldErrors, Form, WebResult};
use ui_kit::{Card, Column, Row, Stat, Table, number, stats};

use super::{
    editor::{Choices, FORM, RULE, rule_editor},
    form::SegmentForm,
    words::{person, rule_sentence},
};
use crate::{
    Crm,
    application::preview_segment::{Preview, preview_segment},
    domain::rule::{self, Moment, draft::Draft},
};

/// The id of the element that shows the count.
pub const PREVIEW: &str = "segment-preview";

/// Who a draft finds.
pub enum Found {
    /// Something is missing or wrong, so that nobody can be found.
    Incomplete,
    /// Them, and the rule in words.
    People(Preview, String),
}

impl Found {
    /// By the draft as it stands.
    pub async fn by(ctx: &Ctx, crm: &Crm, choices: &Choices, draft: &Draft) -> Result<Self, AppError> {
        let Ok(rule) = rule::parse(&draft.to_json(&choices.schema), &choices.schema) else {
            return Ok(Found::Incomplete);
        };
        let at = Moment {
            now: ctx.now,
            zone: ctx.zone.clone(),
        };
        let preview = preview_segment(&crm.deps.db, ctx.org, &rule, &at).await?;
        Ok(Found::People(
            preview,
            rule_sentence(ctx, &rule, &choices.schema, &choices.names),
        ))
    }
}

/// Answers with the editor when the tree or a field has changed, and with the count when only a value
/// has: what people type into is not replaced under their hands.
pub async fn preview(
    ctx: Ctx,
    State(crm): State<Crm>,
    headers: HeaderMap,
    Form(fields): Form<Vec<(String, String)>>,
) -> WebResult {
    let mut form = SegmentForm::read(&fields);
    let id = fields
        .iter()
        .find(|(name, _)| name == "segment")
        .and_then(|(_, id)| id.parse::<SegmentId>().ok());
    let choices = Choices::load(&ctx, &crm, id).await?;
    form.draft.settle(&choices.schema);
    let found = Found::by(&ctx, &crm, &choices, &form.draft).await?;
    Ok(if target(&headers) == Some(RULE) {
        let editor = rule_editor(&ctx, &choices, &form.draft, &FieldErrors::new());
        answer(html! { (editor) (pane(&ctx, &found, Swap::OutOfBand)) })
    } else {
        answer(pane(&ctx, &found, Swap::InPlace))
    })
}

fn answer(markup: Markup) -> Response {
    markup.into_response()
}

fn target(headers: &HeaderMap) -> Option<&str> {
    headers.get("hx-target").and_then(|value| value.to_str().ok())
}

/// How htmx puts the pane into the page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Swap {
    InPlace,
    OutOfBand,
}

/// The pane. It asks for itself anew whenever a value of the form changes.
pub fn pane(ctx: &Ctx, found: &Found, swap: Swap) -> Markup {
    let oob = (swap == Swap::OutOfBand).then_some("outerHTML");
    html! {
        div.stack id=(PREVIEW) aria-live="polite"
            hx-post=(SEGMENT_PREVIEW.url())
            hx-trigger={ "input delay:300ms from:#" (FORM) }
            hx-include={ "#" (FORM) }
            hx-target="this" hx-swap="outerHTML" hx-sync="this:replace" hx-swap-oob=[oob] {
            @match found {
                Found::Incomplete => {
                    (Card::titled(ctx.t("crm-segments-preview")).body(html! {
                        p.muted { (ctx.t("crm-segments-incomplete")) }
                    }))
                }
                Found::People(preview, sentence) => (people(ctx, preview, sentence)),
            }
        }
    }
}

fn people(ctx: &Ctx, preview: &Preview, sentence: &str) -> Markup {
    let (count, note) = if preview.exact {
        (number(preview.count), String::new())
    } else {
        let about = ctx.ta(
            "crm-segments-estimate",
            &[("count", rounded(preview.count).into())],
        );
        (about, ctx.t("crm-segments-estimate-help"))
    };
    let rows = preview
        .people
        .iter()
        .map(|contact| Row::new(vec![person(ctx, contact)]));
    html! {
        (stats(&[Stat::new(ctx.t("crm-segments-preview"), count).note(note)]))
        (Card::untitled().body(html! { p { (sentence) } }))
        @if !preview.people.is_empty() {
            (Card::titled(ctx.t("crm-segments-sample")).flush().body(
                Table::new(ctx.t("crm-segments-sample"), vec![Column::text(ctx.t("crm-segments-member"))])
                    .rows(rows)
                    .show(ctx.words())))
        }
    }
}

/// Two digits: an estimate claims no more.
pub fn rounded(count: i64) -> i64 {
    let mut unit = 1;
    while count / unit >= 100 {
        unit *= 10;
    }
    (count + unit / 2) / unit * unit
}

#[cfg(test)]
mod tests {
    use super::rounded;

    #[test]
    fn an_estimate_claims_two_digits() {
        for (count, shown) in [
            (0, 0),
            (7, 7),
            (99, 99),
            (123, 120),
            (12_749, 13_000),
            (999_999, 1_000_000),
        ] {
            assert_eq!(rounded(count), shown, "{count}");
        }
    }
}
