use axum::response::Response;
use contracts::crm::{
    CONTACT,
    objects::{
        RECORD, RECORD_CONTACTS, RECORD_CONTACTS_REMOVAL, RECORD_DELETION, RECORD_EDIT, RECORD_LINKS,
        RECORD_LINKS_REMOVAL, RECORD_MERGE, RECORDS,
    },
};
use http::StatusCode;
use maud::{Markup, Render, html};
use platform::web::{Ctx, FieldErrors};
use ui_kit::{
    ActionForm, Button, Card, Column, Confirm, Dialog, EmptyState, ErrorSummary, Field as Input, Form, Icon,
    MenuItem, MenuTrigger, PageHeader, Row, Select, Switch, Table, Times, Tone, badge, columns,
    dialog_actions, facts, link, menu, no_value, person_link, stack,
};

use super::may_write;
use crate::{
    domain::{
        field::Field,
        object::{Object, Relation},
        record::{MAX_ROLE, Record},
    },
    infrastructure::pg::{record_contacts::LinkedContact, record_links::LinkedTo},
    interface::web::field_widgets::{by_group, group_label, shown},
};

/// What the page of a record shows.
pub struct RecordPage {
    pub object: Object,
    pub record: Record,
    /// Those that are shown.
    pub fields: Vec<Field>,
    pub people: Vec<LinkedContact>,
    pub more_people: bool,
    pub linked: Vec<LinkedTo>,
    /// By the word from this object's side, and whether the relation begins here.
    pub relations: Vec<(String, (Relation, bool))>,
    pub objects: Vec<Object>,
    /// What is wrong with a form that was sent.
    pub errors: FieldErrors,
}

pub fn page(ctx: &Ctx, status: StatusCode, page: &RecordPage) -> Response {
    let object = &page.object;
    let mut header =
        PageHeader::new(page.record.label()).crumb(object.plural.as_str(), RECORDS.url(&object.key));
    if may_write(ctx) {
        header = header.actions(actions(ctx, page));
    }
    let mut summary = ErrorSummary::new(ctx.t("crm-form-errors"));
    for error in &page.errors.0 {
        summary = summary.error(error.field.as_str(), error.detail.as_str());
    }
    let main = html! {
        (summary)
        @if object.has_contacts() { (people(ctx, page)) }
        @for (word, (relation, forward)) in &page.relations { (related(ctx, page, word, relation, *forward)) }
        @if may_write(ctx) { (merge_dialog(ctx, page)) }
    };
    let aside = html! {
        (Card::titled(object.singular.as_str()).body(identity(ctx, page)))
        @for (group, fields) in by_group(&page.fields) {
            (Card::titled(group_label(ctx, group)).body(attributes(ctx, page, &fields)))
        }
    };
    ctx.page_with(status, &header, columns(stack(main), aside))
}

fn actions(ctx: &Ctx, page: &RecordPage) -> Markup {
    let (object, record) = (&page.object, &page.record);
    let label = ctx.ta(
        "crm-record-delete",
        &[("object", object.singular.as_str().into())],
    );
    let confirm = Confirm {
        title: ctx
            .ta("crm-record-delete-title", &[("name", record.label().into())])
            .into(),
        text: ctx.t("crm-record-delete-text").into(),
        button: label.clone().into(),
    };
    let delete = Button::ghost(label).icon(Icon::Trash);
    let form = ActionForm::new(
        RECORD_DELETION.url(&object.key, &record.id),
        ctx.csrf_field(),
        delete,
    )
    .confirm(confirm)
    .in_menu();
    let merge = Button::ghost(ctx.t("crm-record-merge")).plain().dialog("merge");
    html! {
        (Button::secondary(ctx.t("crm-contact-edit")).icon(Icon::Edit).href(RECORD_EDIT.url(&object.key, &record.id)))
        (menu(&MenuTrigger::More(ctx.t("crm-contact-more").into()), &[
            MenuItem::Custom(merge.render()),
            MenuItem::Custom(html! { (form) }),
        ]))
    }
}

fn identity(ctx: &Ctx, page: &RecordPage) -> Markup {
    let times = times(ctx);
    let record = &page.record;
    let mut pairs = vec![(ctx.t("crm-record-name").into(), text(&record.name))];
    if let Some(id) = &record.external_id {
        pairs.push((ctx.t("crm-field-external-id").into(), html! { (id) }));
    }
    pairs.push((ctx.t("crm-column-created").into(), times.exact(record.created_at)));
    pairs.push((ctx.t("crm-column-updated").into(), times.exact(record.updated_at)));
    facts(&pairs)
}

fn text(value: &str) -> Markup {
    html! { @if value.is_empty() { (no_value()) } @else { (value) } }
}

fn attributes(ctx: &Ctx, page: &RecordPage, fields: &[&Field]) -> Markup {
    let pairs: Vec<_> = fields
        .iter()
        .map(|field| {
            let value = page.record.attributes.get(&field.key);
            (
                field.label.as_str().into(),
                value.map_or_else(no_value, |value| shown(ctx, field, value)),
            )
        })
        .collect();
    facts(&pairs)
}

/// Whom it belongs to.
fn people(ctx: &Ctx, page: &RecordPage) -> Markup {
    let head = vec![
        Column::text(ctx.t("crm-column-contact")),
        Column::text(ctx.t("crm-record-role")),
        Column::text(ctx.t("crm-record-since")).wide_only(),
    ];
    let table = Table::new(ctx.t("crm-record-people"), head)
        .rows(page.people.iter().map(|person| person_row(ctx, page, person)))
        .empty(
            EmptyState::new(Icon::Contacts, ctx.t("crm-record-people-none"))
                .text(ctx.t("crm-record-people-none-help")),
        );
    let mut card = Card::titled(ctx.t("crm-record-people")).flush();
    if may_write(ctx) {
        let add = Button::secondary(ctx.t("crm-record-link"))
            .icon(Icon::Plus)
            .small()
            .plain()
            .dialog("link-contact");
        card = card.actions(add.render());
    }
    html! {
        (card.body(html! {
            (table.show(ctx.words()))
            @if page.more_people { p.muted { (ctx.t("crm-record-people-more")) } }
        }))
        @if may_write(ctx) { (link_dialog(ctx, page)) }
    }
}

fn person_row<'a>(ctx: &Ctx, page: &RecordPage, person: &LinkedContact) -> Row<'a> {
    let role = html! {
        (text(&person.role))
        @if person.primary && page.object.is_companies() {
            " " (badge(Tone::Success, &ctx.t("crm-record-primary")))
        }
    };
    let row = Row::new(vec![
        person_link(
            &CONTACT.url(&person.id),
            &person.name,
            person.email.as_deref().unwrap_or_default(),
        ),
        role,
        times(ctx).relative(person.linked_at),
    ])
    .id(person.id.to_string());
    if !may_write(ctx) {
        return row;
    }
    let (key, id) = (&page.object.key, &page.record.id);
    let label = ctx.ta("crm-record-unlink", &[("name", person.name.as_str().into())]);
    let remove = ActionForm::new(
        RECORD_CONTACTS_REMOVAL.url(key, id),
        ctx.csrf_field(),
        Button::ghost(label).icon_only(Icon::Close).small(),
    )
    .field("contact", person.id.to_string());
    let primary = ActionForm::new(
        RECORD_CONTACTS.url(key, id),
        ctx.csrf_field(),
        Button::ghost(ctx.t("crm-record-make-primary")).small(),
    )
    .field("contact", person.id.to_string())
    .field("role", person.role.clone())
    .field("primary", "true");
    row.actions(html! {
        @if page.object.is_companies() && !person.primary { (primary) }
        (remove)
    })
}

fn link_dialog(ctx: &Ctx, page: &RecordPage) -> Markup {
    let error = |name: &str| page.errors.of(name).map(str::to_owned);
    let mut dialog = Dialog::new("link-contact", ctx.t("crm-record-link"));
    if page.errors.of("contact").is_some() || page.errors.of("role").is_some() {
        dialog = dialog.open();
    }
    let send = Button::primary(ctx.t("crm-record-link-do"));
    let fields = html! {
        (Input::text("contact", ctx.t("crm-record-link-contact"))
            .help(ctx.t("crm-record-link-contact-help"))
            .autocomplete("off")
            .error(error("contact"))
            .required())
        (Input::text("role", ctx.t("crm-record-role"))
            .help(ctx.t("crm-record-role-help"))
            .max_length(MAX_ROLE)
            .error(error("role")))
        @if page.object.is_companies() {
            (Switch::new("primary", ctx.t("crm-record-make-primary"), false)
                .value("true")
                .help(ctx.t("crm-record-primary-help")))
        }
        (dialog_actions(ctx.words(), &send))
    };
    let url = RECORD_CONTACTS.url(&page.object.key, &page.record.id);
    dialog.body(
        ctx.words(),
        Form::post(url, ctx.csrf_field()).body(ctx.words(), fields),
    )
}

/// The records of one relation.
fn related(ctx: &Ctx, page: &RecordPage, word: &str, relation: &Relation, forward: bool) -> Markup {
    let other_id = if forward { relation.to } else { relation.from };
    let Some(other) = page.objects.iter().find(|object| object.id == other_id) else {
        return Markup::default();
    };
    let title = if forward {
        relation.label.clone()
    } else {
        format!("{} ({word})", other.plural)
    };
    let rows: Vec<_> = page
        .linked
        .iter()
        .filter(|linked| linked.relation == relation.id && linked.forward == forward)
        .map(|linked| linked_row(ctx, page, word, other, &linked.record))
        .collect();
    let dialog = format!("link-{word}");
    let mut card = Card::titled(title.clone()).flush();
    if may_write(ctx) {
        let add = Button::secondary(ctx.t("crm-record-join"))
            .icon(Icon::Plus)
            .small()
            .plain()
            .dialog(dialog.clone());
        card = card.actions(add.render());
    }
    let empty = EmptyState::new(
        Icon::Link,
        ctx.ta(
            "crm-record-links-none",
            &[("objects", other.plural.as_str().into())],
        ),
    );
    let table = Table::new(title, vec![Column::text(other.singular.as_str())])
        .rows(rows)
        .empty(empty);
    html! {
        (card.body(table.show(ctx.words())))
        @if may_write(ctx) { (join_dialog(ctx, page, word, other, &dialog)) }
    }
}

fn linked_row<'a>(ctx: &Ctx, page: &RecordPage, word: &str, other: &Object, record: &Record) -> Row<'a> {
    let row =
        Row::new(vec![link(&RECORD.url(&other.key, &record.id), &record.label())]).id(record.id.to_string());
    if !may_write(ctx) {
        return row;
    }
    let label = ctx.ta("crm-record-unlink", &[("name", record.label().into())]);
    let remove = ActionForm::new(
        RECORD_LINKS_REMOVAL.url(&page.object.key, &page.record.id),
        ctx.csrf_field(),
        Button::ghost(label).icon_only(Icon::Close).small(),
    )
    .field("relation", word.to_owned())
    .field("record", record.id.to_string());
    row.actions(html! { (remove) })
}

fn join_dialog(ctx: &Ctx, page: &RecordPage, word: &str, other: &Object, id: &str) -> Markup {
    let title = ctx.ta(
        "crm-record-join-title",
        &[("object", other.singular.as_str().into())],
    );
    let fields = html! {
        input type="hidden" name="relation" value=(word);
        (Input::text("record", other.singular.as_str())
            .id(format!("{id}-record"))
            .help(ctx.t("crm-record-join-help"))
            .autocomplete("off")
            .error(page.errors.of("record").map(str::to_owned))
            .required())
        (dialog_actions(ctx.words(), &Button::primary(ctx.t("crm-record-link-do"))))
    };
    let url = RECORD_LINKS.url(&page.object.key, &page.record.id);
    Dialog::new(id.to_owned(), title).body(
        ctx.words(),
        Form::post(url, ctx.csrf_field()).body(ctx.words(), fields),
    )
}

fn merge_dialog(ctx: &Ctx, page: &RecordPage) -> Markup {
    let mut dialog = Dialog::new(
        "merge",
        ctx.ta("crm-record-merge-title", &[("name", page.record.label().into())]),
    );
    if page.errors.of("other").is_some() {
        dialog = dialog.open();
    }
    let fields = html! {
        p { (ctx.t("crm-record-merge-text")) }
        (Input::text("other", ctx.t("crm-record-merge-other"))
            .help(ctx.t("crm-record-join-help"))
            .autocomplete("off")
            .error(page.errors.of("other").map(str::to_owned))
            .required())
        (dialog_actions(ctx.words(), &Button::danger(ctx.t("crm-record-merge-do"))))
    };
    let url = RECORD_MERGE.url(&page.object.key, &page.record.id);
    dialog.body(
        ctx.words(),
        Form::post(url, ctx.csrf_field()).body(ctx.words(), fields),
    )
}

fn times(ctx: &Ctx) -> Times<'_> {
    Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    }
}

/// The objects that a contact's records may be of, in a select.
pub fn object_select<'a>(ctx: &Ctx, objects: &'a [Object]) -> Select<'a> {
    let options = objects
        .iter()
        .filter(|object| object.has_contacts())
        .map(|object| (object.key.as_str(), object.singular.as_str()));
    Select::new("object", ctx.t("crm-record-object")).options(options)
}
