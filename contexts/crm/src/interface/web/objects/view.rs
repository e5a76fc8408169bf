use axum::response::Response;
use contracts::crm::{
    FIELDS,
    objects::{
        OBJECT, OBJECT_DELETION, OBJECT_NEW, OBJECT_RELATION_DELETION, OBJECT_RELATIONS, OBJECTS, RECORDS,
    },
};
use http::StatusCode;
use maud::{Markup, Render, html};
use platform::web::{Ctx, FieldErrors};
use ui_kit::{
    ActionForm, Button, Card, Choice, Column, Confirm, Dialog, EmptyState, ErrorSummary, Field as Input,
    Form, Icon, PageHeader, RadioCards, Row, Select, Switch, Table, Tone, badge, button_row, danger_zone,
    dialog_actions, form_section, link_with_note, no_value, stack,
};

use super::{ObjectForm, RelationForm};
use crate::{
    domain::object::{Object, ObjectKind, Relation},
    interface::web::records::kind_badge,
};

pub fn list_page(ctx: &Ctx, objects: &[Object], relations: &[Relation]) -> Response {
    let create = Button::primary(ctx.t("crm-object-new"))
        .icon(Icon::Plus)
        .href(OBJECT_NEW.url());
    let header = PageHeader::new(ctx.t("crm-objects-title"))
        .purpose(ctx.t("crm-objects-purpose"))
        .actions(create.render());
    let columns = vec![
        Column::text(ctx.t("crm-object-column-name")),
        Column::text(ctx.t("crm-object-column-kind")),
        Column::text(ctx.t("crm-object-column-relations")).wide_only(),
    ];
    let rows = objects.iter().map(|object| {
        let names: Vec<&str> = relations
            .iter()
            .filter(|relation| relation.from == object.id)
            .map(|relation| relation.label.as_str())
            .collect();
        let name = html! {
            (link_with_note(&OBJECT.url(&object.key), &object.plural, &object.key))
            @if object.built_in { " " (badge(Tone::Neutral, &ctx.t("crm-object-built-in-badge"))) }
        };
        let related = html! { @if names.is_empty() { (no_value()) } @else { (names.join(", ")) } };
        Row::new(vec![name, kind_badge(ctx, object), related])
    });
    let table = Table::new(ctx.t("crm-objects-title"), columns).rows(rows);
    ctx.page(&header, table.show(ctx.words()))
}

pub fn new_page(ctx: &Ctx, status: StatusCode, form: &ObjectForm, errors: &FieldErrors) -> Response {
    let header = PageHeader::new(ctx.t("crm-object-new")).crumb(ctx.t("crm-objects-title"), OBJECTS.url());
    let error = |name: &str| errors.of(name).map(str::to_owned);
    let kinds = vec![
        Choice::new("records", ctx.t("crm-object-kind-records"))
            .help(ctx.t("crm-object-kind-records-help"))
            .icon(Icon::Contacts),
        Choice::new("catalogue", ctx.t("crm-object-kind-catalogue"))
            .help(ctx.t("crm-object-kind-catalogue-help"))
            .icon(Icon::List),
    ];
    let chosen = if form.kind.is_empty() {
        ObjectKind::default().as_str()
    } else {
        form.kind.as_str()
    };
    let body = html! {
        (form_section(&ctx.t("crm-object-section"), None, html! {
            (Input::text("singular", ctx.t("crm-object-singular"))
                .value(&form.singular)
                .help(ctx.t("crm-object-singular-help"))
                .max_length(100)
                .error(error("singular"))
                .required())
            (Input::text("plural", ctx.t("crm-object-plural"))
                .value(&form.plural)
                .help(ctx.t("crm-object-plural-help"))
                .max_length(100)
                .error(error("plural"))
                .required())
            (Input::text("key", ctx.t("crm-field-key"))
                .value(&form.key)
                .help(ctx.t("crm-object-key-help"))
                .max_length(63)
                .error(error("key")))
            (RadioCards::new("kind", ctx.t("crm-object-column-kind"), kinds).chosen(chosen))
        }))
        (button_row(html! {
            (Button::primary(ctx.t("crm-object-define")))
            (Button::ghost(ctx.words().cancel.as_str()).href(OBJECTS.url()))
        }))
    };
    let page = stack(html! {
        (summary(ctx, errors))
        (Form::post(OBJECT_NEW.url(), ctx.csrf_field()).body(ctx.words(), body))
    });
    ctx.page_with(status, &header, page)
}

fn summary(ctx: &Ctx, errors: &FieldErrors) -> Markup {
    let mut summary = ErrorSummary::new(ctx.t("crm-form-errors"));
    for error in &errors.0 {
        summary = summary.error(error.field.as_str(), error.detail.as_str());
    }
    html! { (summary) }
}

/// One object with its relations.
pub struct ObjectPage<'a> {
    pub object: &'a Object,
    pub form: &'a ObjectForm,
    pub relation: &'a RelationForm,
    pub errors: &'a FieldErrors,
    pub relations: Vec<Relation>,
    pub objects: Vec<Object>,
}

pub fn object_page(ctx: &Ctx, status: StatusCode, page: &ObjectPage<'_>) -> Response {
    let object = page.object;
    let header = PageHeader::new(object.plural.as_str())
        .crumb(ctx.t("crm-objects-title"), OBJECTS.url())
        .badge(kind_badge(ctx, object))
        .actions(html! {
            (Button::secondary(ctx.t("crm-object-fields")).icon(Icon::Field)
                .href(FIELDS.with(&[("object", object.key.as_str())])))
            (Button::secondary(ctx.t("crm-object-records")).icon(Icon::List).href(RECORDS.url(&object.key)))
        });
    let body = html! {
        (summary(ctx, page.errors))
        @if !object.built_in { (names(ctx, page)) }
        (relations(ctx, page))
        @if !object.built_in { (deletion(ctx, object)) }
    };
    ctx.page_with(status, &header, stack(body))
}

fn names(ctx: &Ctx, page: &ObjectPage<'_>) -> Markup {
    let error = |name: &str| page.errors.of(name).map(str::to_owned);
    let body = html! {
        (form_section(&ctx.t("crm-object-section"), None, html! {
            (Input::text("singular", ctx.t("crm-object-singular"))
                .value(&page.form.singular).max_length(100).error(error("singular")).required())
            (Input::text("plural", ctx.t("crm-object-plural"))
                .value(&page.form.plural).max_length(100).error(error("plural")).required())
            (Input::text("fixed-key", ctx.t("crm-field-key"))
                .value(&page.object.key).help(ctx.t("crm-object-key-fixed")).disabled(true))
        }))
        (button_row(html! { (Button::primary(ctx.t("crm-object-save"))) }))
    };
    Form::post(OBJECT.url(&page.object.key), ctx.csrf_field()).body(ctx.words(), body)
}

fn relations(ctx: &Ctx, page: &ObjectPage<'_>) -> Markup {
    let of_object = |relation: &&Relation| relation.from == page.object.id || relation.to == page.object.id;
    let rows: Vec<_> = page
        .relations
        .iter()
        .filter(of_object)
        .filter_map(|relation| row(ctx, page, relation))
        .collect();
    let columns = vec![
        Column::text(ctx.t("crm-relation-column-label")),
        Column::text(ctx.t("crm-relation-column-with")),
        Column::text(ctx.t("crm-relation-column-many")).wide_only(),
    ];
    let empty =
        EmptyState::new(Icon::Link, ctx.t("crm-relations-none")).text(ctx.t("crm-relations-none-help"));
    let table = Table::new(ctx.t("crm-relations-title"), columns)
        .rows(rows)
        .empty(empty);
    let add = Button::secondary(ctx.t("crm-relation-new"))
        .icon(Icon::Plus)
        .small()
        .plain()
        .dialog("new-relation");
    html! {
        (Card::titled(ctx.t("crm-relations-title")).flush().actions(add.render()).body(table.show(ctx.words())))
        (dialog(ctx, page))
    }
}

fn row<'a>(ctx: &Ctx, page: &ObjectPage<'_>, relation: &Relation) -> Option<Row<'a>> {
    let forward = relation.from == page.object.id;
    let other_id = if forward { relation.to } else { relation.from };
    let other = page.objects.iter().find(|object| object.id == other_id)?;
    let word = if forward {
        &relation.key
    } else {
        &relation.inverse_key
    };
    let many = match (forward, relation.single) {
        (true, true) => "crm-relation-one",
        _ => "crm-relation-many",
    };
    let label = ctx.ta("crm-relation-delete", &[("name", relation.label.as_str().into())]);
    let confirm = Confirm {
        title: label.clone().into(),
        text: ctx.t("crm-relation-delete-text").into(),
        button: ctx.t("crm-relation-delete-do").into(),
    };
    let delete = ActionForm::new(
        OBJECT_RELATION_DELETION.url(&page.object.key, &relation.id),
        ctx.csrf_field(),
        Button::ghost(label).icon_only(Icon::Trash).small(),
    )
    .confirm(confirm);
    let row = Row::new(vec![
        link_with_note(&OBJECT.url(&other.key), &relation.label, word),
        html! { (other.plural) },
        html! { (ctx.t(many)) },
    ]);
    Some(row.id(relation.id.to_string()).actions(html! { (delete) }))
}

fn dialog(ctx: &Ctx, page: &ObjectPage<'_>) -> Markup {
    let form = page.relation;
    let error = |name: &str| page.errors.of(name).map(str::to_owned);
    let objects = page
        .objects
        .iter()
        .map(|object| (object.key.as_str(), object.plural.as_str()));
    let failed = ["to", "label", "inverse_key"]
        .iter()
        .any(|name| page.errors.of(name).is_some())
        || (page.errors.of("key").is_some() && !form.label.is_empty());
    let mut dialog = Dialog::new("new-relation", ctx.t("crm-relation-new"));
    if failed {
        dialog = dialog.open();
    }
    let fields = html! {
        (Select::new("to", ctx.t("crm-relation-to")).options(objects).selected(form.to.as_str()).error(error("to")))
        (Input::text("label", ctx.t("crm-relation-column-label"))
            .value(&form.label).help(ctx.t("crm-relation-label-help")).max_length(100).error(error("label")).required())
        (Input::text("key", ctx.t("crm-relation-key"))
            .value(&form.key).help(ctx.t("crm-relation-key-help")).max_length(63).error(error("key")))
        (Input::text("inverse_key", ctx.t("crm-relation-inverse-key"))
            .value(&form.inverse_key).help(ctx.t("crm-relation-inverse-key-help")).max_length(63).error(error("inverse_key")))
        (Switch::new("single", ctx.t("crm-relation-single"), form.single).value("true"))
        (dialog_actions(ctx.words(), &Button::primary(ctx.t("crm-relation-define"))))
    };
    let url = OBJECT_RELATIONS.url(&page.object.key);
    dialog.body(
        ctx.words(),
        Form::post(url, ctx.csrf_field()).body(ctx.words(), fields),
    )
}

fn deletion(ctx: &Ctx, object: &Object) -> Markup {
    let label = ctx.t("crm-object-delete");
    let confirm = Confirm {
        title: ctx
            .ta(
                "crm-object-delete-title",
                &[("name", object.plural.as_str().into())],
            )
            .into(),
        text: ctx.t("crm-object-delete-text").into(),
        button: label.clone().into(),
    };
    let form = ActionForm::new(
        OBJECT_DELETION.url(&object.key),
        ctx.csrf_field(),
        Button::danger(label.clone()),
    )
    .confirm(confirm);
    danger_zone(&label, &ctx.t("crm-object-delete-text"), html! { (form) })
}
