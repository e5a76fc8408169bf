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
use ui_kit::{Alert, Button, Card, Column, Row, Stat, Table, Tone, code_block, number, stats};

use super::{
    editor::{Choices, FORM, RULE, rule_editor},
    form::{COUNT, SegmentForm},
    verdict::verdict_card,
    words::{person, reasons_text, rule_sentence},
};
use crate::{
    Crm,
    application::{
        preview_segment::{Expected, Precision, Preview, preview_segment},
        test_contact::{find_contact, test_contact},
    },
    domain::{
        contact::Contact,
        rule::{self, Moment, Rule, draft::EDIT},
    },
    infrastructure::pg::CrmTx,
};

/// The id of the element that shows the count.
pub const PREVIEW: &str = "segment-preview";
/// Who a draft finds.
pub enum Found {
    /// Something is missing or wrong, so that nobody can be found.
    Incomplete,
    /// Them, and the rule with what it looks like.
    People(Box<People>),
}

/// Who a rule finds.
pub struct People {
    preview: Preview,
    rule: Rule,
    sentence: String,
    /// The reasons of each of the people.
    reasons: Vec<String>,
    probe: Probe,
}

/// What became of the contact that the rule is tried on.
enum Probe {
    NotAsked,
    Nobody,
    Contact(Box<Contact>, Vec<bool>),
}

impl Found {
    /// By the form as it stands.
    pub async fn by(ctx: &Ctx, crm: &Crm, choices: &Choices, form: &SegmentForm) -> Result<Self, AppError> {
        let Ok(rule) = rule::parse(&form.draft.to_json(&choices.schema), &choices.schema) else {
            return Ok(Found::Incomplete);
        };
        let at = Moment {
            now: ctx.now,
            zone: ctx.zone.clone(),
        };
        let precision = if form.exact {
            Precision::Exact
        } else {
            Precision::Quick
        };
        let preview = preview_segment(&crm.deps.db, ctx.org, &rule, &at, precision).await?;
        let reasons = preview
            .people
            .iter()
            .map(|(_, answers)| reasons_text(ctx, &rule, answers, &choices.schema, &choices.names))
            .collect();
        let probe = probe(ctx, crm, form, &rule, &at).await?;
        Ok(Found::People(Box::new(People {
            sentence: rule_sentence(ctx, &rule, &choices.schema, &choices.names),
            preview,
            reasons,
            probe,
            rule,
        })))
    }
}

async fn probe(
    ctx: &Ctx,
    crm: &Crm,
    form: &SegmentForm,
    rule: &Rule,
    at: &Moment,
) -> Result<Probe, AppError> {
    if form.probe.trim().is_empty() {
        return Ok(Probe::NotAsked);
    }
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let Some(contact) = find_contact(&mut tx, &form.probe).await? else {
        return Ok(Probe::Nobody);
    };
    let answers = test_contact(&mut tx, rule, at, contact.id).await?;
    Ok(Probe::Contact(Box::new(contact), answers))
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
    let editor = (target(&headers) == Some(RULE))
        .then(|| rule_editor(&ctx, &choices, &form.draft, &FieldErrors::new()));
    // The list of contacts is filtered by the same editor, without a pane and without a name.
    let of_segment = fields.iter().any(|(name, _)| name == "name");
    if let Some(editor) = editor.as_ref().filter(|_| !of_segment) {
        return Ok(answer(html! { (editor) }));
    }
    let found = Found::by(&ctx, &crm, &choices, &form).await?;
    Ok(if let Some(editor) = editor {
        answer(html! { (editor) (pane(&ctx, &choices, &found, Swap::OutOfBand)) })
    } else {
        answer(pane(&ctx, &choices, &found, Swap::InPlace))
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
pub fn pane(ctx: &Ctx, choices: &Choices, found: &Found, swap: Swap) -> Markup {
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
                Found::People(found) => (people(ctx, choices, found)),
            }
        }
    }
}

fn people(ctx: &Ctx, choices: &Choices, found: &People) -> Markup {
    let preview = &found.preview;
    let rows = preview
        .people
        .iter()
        .zip(&found.reasons)
        .map(|((contact, _), reason)| {
            Row::new(vec![html! {
                (person(ctx, contact))
                @if !reason.is_empty() { p.muted { (reason) } }
            }])
        });
    html! {
        (stats(&[figure(ctx, preview), Stat::new(ctx.t("crm-segments-cost"), cost(ctx, preview.expected))]))
        @if !preview.exact() {
            div.btn-row {
                (Button::secondary(ctx.t("crm-segments-count-exactly")).small()
                    .value(EDIT, COUNT)
                    .attr("form", FORM).attr("formnovalidate", "")
                    .attr("hx-post", SEGMENT_PREVIEW.url())
                    .attr("hx-include", format!("#{FORM}"))
                    .attr("hx-target", format!("#{PREVIEW}"))
                    .attr("hx-swap", "outerHTML"))
            }
        }
        (Card::untitled().body(html! { p { (found.sentence) } }))
        @match &found.probe {
            Probe::NotAsked => {}
            Probe::Nobody => (Alert::new(Tone::Warning, ctx.t("crm-segments-probe-nobody"))),
            Probe::Contact(contact, answers) => {
                (verdict_card(ctx, contact, &found.rule, answers, &choices.schema, &choices.names))
            }
        }
        @if !preview.people.is_empty() {
            (Card::titled(ctx.t("crm-segments-sample")).flush().body(
                Table::new(ctx.t("crm-segments-sample"), vec![Column::text(ctx.t("crm-segments-member"))])
                    .rows(rows)
                    .show(ctx.words())))
        }
        (Card::titled(ctx.t("crm-segments-json")).help(ctx.t("crm-segments-json-help"))
            .body(code_block(ctx.words(), &ctx.t("crm-segments-json"), &found.rule.to_json().to_string())))
    }
}

fn figure<'a>(ctx: &Ctx, preview: &Preview) -> Stat<'a> {
    let label = ctx.t("crm-segments-preview");
    match preview.margin {
        None => Stat::new(label, number(preview.count)),
        Some(margin) => {
            let about = ctx.ta(
                "crm-segments-estimate",
                &[
                    ("count", rounded(preview.count).into()),
                    ("margin", rounded(margin).into()),
                ],
            );
            Stat::new(label, about).note(ctx.t("crm-segments-estimate-help"))
        }
    }
}

/// About how long a rebuild takes.
pub fn cost(ctx: &Ctx, expected: Expected) -> String {
    match expected {
        Expected::Milliseconds(0..1_000) => ctx.t("crm-segments-cost-instant"),
        Expected::Milliseconds(ms) => {
            let seconds = i64::try_from(ms.div_ceil(1_000)).unwrap_or(i64::MAX);
            ctx.ta("crm-segments-cost-seconds", &[("seconds", seconds.into())])
        }
        Expected::Long => ctx.t("crm-segments-cost-long"),
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
