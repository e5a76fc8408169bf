//! The conditions of the list: the editor of segments' rules, whose answer is the list with the rule
//! in its address. It changes nothing, so that all of it is `GET`.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::crm::{CONTACTS, lists::CONTACTS_FILTER};
use http::StatusCode;
use maud::{Markup, html};
use platform::web::{Ctx, FieldErrors, Query, Redirect, View, WebResult};
use serde_json::Value;
use ui_kit::{Button, Card, ErrorSummary, Icon, PageHeader, button_row, stack};

use crate::{
    Crm,
    domain::rule::{
        self, Matching, Schema,
        draft::{Draft, EDIT, Edit},
        sentence::Names,
    },
    interface::{
        contact_query::ContactQuery,
        web::segments::{Choices, form_errors, rule_editor, rule_sentence},
    },
};

/// The name of the button that leads to the list.
const APPLY: &str = "apply";

/// The editor, or the way to the list once the rule is right.
pub async fn filter(
    ctx: Ctx,
    view: View,
    State(crm): State<Crm>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> WebResult {
    let (mut fields, kept): (Vec<_>, Vec<_>) = pairs
        .into_iter()
        .partition(|(name, _)| name == EDIT || name == APPLY || name.contains(':'));
    let query = ContactQuery::read(kept);
    let applies = fields.iter().any(|(name, _)| name == APPLY);
    let edit = fields
        .iter()
        .position(|(name, _)| name == EDIT)
        .map(|n| Edit::parse(&fields.swap_remove(n).1));
    let choices = Choices::load(&ctx, &crm, None).await?;
    let mut draft = begun(&query, &fields, edit.as_ref());
    draft.settle(&choices.schema);
    let mut errors = FieldErrors::new();
    if applies && edit.is_none() {
        let json = draft.to_json(&choices.schema);
        match rule::parse(&json, &choices.schema) {
            Ok(rule) => {
                let query = query.with_rule(&rule.to_json());
                return Ok(Redirect::to(&ctx, query.url()).into_response());
            }
            Err(problems) => errors = form_errors(&ctx, &problems),
        }
    }
    Ok(answer(&ctx, view, &query, &choices, &draft, &errors))
}

/// What stands in the form, or the rule of the list with one more condition to fill in.
fn begun(query: &ContactQuery, fields: &[(String, String)], edit: Option<&Edit>) -> Draft {
    if !fields.iter().any(|(name, _)| name.contains(':')) {
        let rule = query
            .rule
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok());
        return match rule.as_ref() {
            None => Draft::blank(),
            Some(rule) => {
                let mut draft = Draft::from_json(rule);
                draft.edit(&Edit::AddCondition(Vec::new()));
                draft
            }
        };
    }
    let mut draft = Draft::from_form(fields);
    if let Some(edit) = edit {
        draft.edit(edit);
    }
    draft
}

fn answer(
    ctx: &Ctx,
    view: View,
    query: &ContactQuery,
    choices: &Choices,
    draft: &Draft,
    errors: &FieldErrors,
) -> Response {
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let form = form(ctx, query, choices, draft, errors);
    match view {
        View::Part => form.into_response(),
        View::Full => {
            let header = PageHeader::new(ctx.t("crm-list-filter-title"))
                .crumb(ctx.t("crm-contacts-title"), CONTACTS.url())
                .wide();
            ctx.page_with(status, &header, form)
        }
    }
}

fn form(ctx: &Ctx, query: &ContactQuery, choices: &Choices, draft: &Draft, errors: &FieldErrors) -> Markup {
    let summary = errors.0.iter().fold(
        ErrorSummary::new(ctx.t("crm-segments-errors")),
        |summary, error| summary.error(error.field.as_str(), error.detail.as_str()),
    );
    let kept = ContactQuery {
        cursor: None,
        rule: None,
        ..query.clone()
    };
    html! {
        form id="contacts-filter-form" method="get" action=(CONTACTS_FILTER.url()) {
            // Enter in a field presses the first button of a form, which must not be one that removes.
            button.sr type="submit" name=(APPLY) value="1" tabindex="-1" aria-hidden="true" {}
            @for (name, value) in kept.pairs() { input type="hidden" name=(name) value=(value); }
            (stack(html! {
                (summary)
                (Card::titled(ctx.t("crm-list-filter-title")).body(html! {
                    (rule_editor(ctx, choices, draft, errors))
                    noscript { (Button::secondary(ctx.t("crm-segments-update-form")).icon(Icon::Refresh).value(EDIT, Edit::Refresh.value())) }
                    (button_row(html! {
                        (Button::primary(ctx.t("crm-filter-field-do")).value(APPLY, "1"))
                        (Button::ghost(ctx.words().cancel.as_str()).href(query.url()))
                    }))
                }))
            }))
        }
    }
}

/// The conditions of a list in words, in the order of [`ContactQuery::conditions`]. What is no rule
/// any more is shown as it is written.
pub fn conditions_in_words(ctx: &Ctx, conditions: &[Value], schema: &Schema, names: &Names) -> Vec<String> {
    conditions
        .iter()
        .map(|condition| {
            let group = serde_json::json!({ Matching::All.word(): [condition] });
            match rule::parse(&group, schema) {
                Ok(rule) => rule_sentence(ctx, &rule, schema, names),
                Err(_) => condition.to_string(),
            }
        })
        .collect()
}
