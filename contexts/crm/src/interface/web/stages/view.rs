use std::collections::HashMap;

use axum::response::Response;
use contracts::crm::people::{STAGE, STAGE_DELETION, STAGE_MOVE, STAGE_NEW, STAGES};
use http::StatusCode;
use kernel::{Permission, StageId};
use maud::{Markup, html};
use platform::web::{Ctx, FieldErrors};
use ui_kit::{
    ActionForm, Button, Column, Confirm, EmptyState, ErrorSummary, Field as Input, Form, Icon, PageHeader,
    Row, Table, button_row, danger_zone, form_section, link_with_note, number, stack,
};

use super::StageForm;
use crate::domain::stage::Stage;

/// The stages, how many stand in each, and how many came into each lately.
pub struct Funnel {
    pub stages: Vec<Stage>,
    pub counts: HashMap<StageId, i64>,
    pub arrivals: HashMap<StageId, i64>,
}

pub fn list_page(ctx: &Ctx, funnel: &Funnel) -> Response {
    let create = html! { (Button::primary(ctx.t("crm-stage-new")).icon(Icon::Plus).href(STAGE_NEW.url())) };
    let mut header = PageHeader::new(ctx.t("crm-stages-title")).purpose(ctx.t("crm-stages-purpose"));
    if !funnel.stages.is_empty() && may_define(ctx) {
        header = header.actions(create.clone());
    }
    let columns = vec![
        Column::text(ctx.t("crm-stage-name")),
        Column::number(ctx.t("crm-stage-contacts")),
        Column::number(ctx.t("crm-stage-arrivals")).wide_only(),
        Column::text(ctx.t("crm-stage-order")).hidden_label(),
    ];
    let mut empty =
        EmptyState::new(Icon::Filter, ctx.t("crm-stages-empty")).text(ctx.t("crm-stages-empty-help"));
    if may_define(ctx) {
        empty = empty.action(create);
    }
    let last = funnel.stages.len().saturating_sub(1);
    let rows = funnel
        .stages
        .iter()
        .enumerate()
        .map(|(n, stage)| row(ctx, funnel, stage, n == 0, n == last));
    let table = Table::new(ctx.t("crm-stages-title"), columns)
        .rows(rows)
        .empty(empty);
    ctx.page(&header, table.show(ctx.words()))
}

fn may_define(ctx: &Ctx) -> bool {
    ctx.may(Permission::FieldsWrite)
}

fn row<'a>(ctx: &Ctx, funnel: &Funnel, stage: &Stage, first: bool, last: bool) -> Row<'a> {
    let count = |counts: &HashMap<StageId, i64>| number(counts.get(&stage.id).copied().unwrap_or(0));
    let name = if may_define(ctx) {
        link_with_note(&STAGE.url(&stage.id), &stage.name, &stage.description)
    } else {
        html! { (stage.name) }
    };
    let buttons = html! {
        @if may_define(ctx) {
            div.btn-row {
                (shift(ctx, stage, "earlier", Icon::ArrowUp, "crm-stage-earlier", first))
                (shift(ctx, stage, "later", Icon::ArrowDown, "crm-stage-later", last))
            }
        }
    };
    Row::new(vec![
        name,
        html! { (count(&funnel.counts)) },
        html! { (count(&funnel.arrivals)) },
        buttons,
    ])
    .id(stage.id.to_string())
}

fn shift(ctx: &Ctx, stage: &Stage, direction: &'static str, icon: Icon, key: &str, disabled: bool) -> Markup {
    let label = ctx.ta(key, &[("name", stage.name.as_str().into())]);
    let button = Button::ghost(label).icon_only(icon).small().disabled(disabled);
    let fields = html! { (ctx.csrf_field()) input type="hidden" name="direction" value=(direction); };
    html! { (ActionForm::new(STAGE_MOVE.url(&stage.id), fields, button)) }
}

pub fn form_page(
    ctx: &Ctx,
    status: StatusCode,
    stage: Option<&Stage>,
    form: &StageForm,
    errors: &FieldErrors,
) -> Response {
    let title = match stage {
        Some(stage) => ctx.ta("crm-stage-edit-title", &[("name", stage.name.as_str().into())]),
        None => ctx.t("crm-stage-new-title"),
    };
    let header = PageHeader::new(title).crumb(ctx.t("crm-stages-title"), STAGES.url());
    let action = stage.map_or_else(|| STAGE_NEW.url(), |stage| STAGE.url(&stage.id));
    let mut summary = ErrorSummary::new(ctx.t("crm-form-errors"));
    for error in &errors.0 {
        summary = summary.error(error.field.as_str(), error.detail.as_str());
    }
    let error = |name: &str| errors.of(name).map(str::to_owned);
    let inputs = html! {
        (Input::text("name", ctx.t("crm-stage-name"))
            .value(&form.name)
            .error(error("name"))
            .max_length(100)
            .required())
        (Input::textarea("description", ctx.t("crm-stage-description"), 3)
            .value(&form.description)
            .error(error("description")))
    };
    let body = html! {
        (form_section(&ctx.t("crm-stage-section"), None, inputs))
        (button_row(html! {
            (Button::primary(ctx.t(if stage.is_some() { "crm-stage-save" } else { "crm-stage-create" })))
            (Button::ghost(ctx.words().cancel.as_str()).href(STAGES.url()))
        }))
    };
    let page = stack(html! {
        (summary)
        (Form::post(action, ctx.csrf_field()).body(ctx.words(), body))
        @if let Some(stage) = stage { (deletion(ctx, stage)) }
    });
    ctx.page_with(status, &header, page)
}

fn deletion(ctx: &Ctx, stage: &Stage) -> Markup {
    let label = ctx.t("crm-stage-delete");
    let confirm = Confirm {
        title: ctx
            .ta("crm-stage-delete-title", &[("name", stage.name.as_str().into())])
            .into(),
        text: ctx.t("crm-stage-delete-text").into(),
        button: label.clone().into(),
    };
    let form = ActionForm::new(
        STAGE_DELETION.url(&stage.id),
        ctx.csrf_field(),
        Button::danger(label.clone()),
    )
    .confirm(confirm);
    danger_zone(&label, &ctx.t("crm-stage-delete-text"), html! { (form) })
}
