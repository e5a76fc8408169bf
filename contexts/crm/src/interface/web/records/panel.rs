//! Companies and other records on the page of a contact.

use contracts::crm::objects::{CONTACT_RECORDS, CONTACT_RECORDS_REMOVAL, RECORD};
use kernel::ContactId;
use maud::{Markup, Render, html};
use platform::{DbError, web::Ctx};
use ui_kit::{
    ActionForm, Button, Card, Dialog, Field as Input, Form, Icon, Switch, Tone, badge, dialog_actions, link,
};

use super::{may_write, view::object_select};
use crate::{
    domain::{object::Object, record::MAX_ROLE},
    infrastructure::pg::{CrmTx, record_contacts::LinkedRecord},
};

/// Records of each object that are shown.
const MOST: i64 = 20;

/// What the panel shows.
pub struct RecordPanel {
    contact: ContactId,
    /// Companies first.
    objects: Vec<Object>,
    records: Vec<LinkedRecord>,
}

/// Reads the records of somebody.
pub async fn read(tx: &mut CrmTx, contact: ContactId) -> Result<RecordPanel, DbError> {
    let objects = tx.objects().await?;
    let ids: Vec<_> = objects.iter().map(|object| object.id).collect();
    Ok(RecordPanel {
        contact,
        records: tx.records_of_contacts(&[contact], &ids, MOST).await?,
        objects,
    })
}

/// The panel; nothing for somebody who may see no records.
pub fn card(ctx: &Ctx, panel: &RecordPanel) -> Markup {
    if !ctx.may(kernel::Permission::RecordsRead) {
        return Markup::default();
    }
    let mut card = Card::titled(ctx.t("crm-contact-records")).id("contact-records");
    if may_write(ctx) {
        let add = Button::ghost(ctx.t("crm-contact-records-add"))
            .icon_only(Icon::Plus)
            .small()
            .plain()
            .dialog("link-record");
        card = card.actions(add.render());
    }
    html! {
        (card.body(body(ctx, panel)))
        @if may_write(ctx) { (dialog(ctx, panel)) }
    }
}

fn body(ctx: &Ctx, panel: &RecordPanel) -> Markup {
    if panel.records.is_empty() {
        return html! { p.muted { (ctx.t("crm-contact-records-none")) } };
    }
    html! {
        @for object in &panel.objects {
            @let records: Vec<_> = panel.records.iter().filter(|linked| linked.record.object == object.id).collect();
            @if !records.is_empty() {
                @if !object.is_companies() { p.muted { (object.plural) } }
                ul.link-list {
                    @for linked in records { (item(ctx, panel, object, linked)) }
                }
            }
        }
    }
}

fn item(ctx: &Ctx, panel: &RecordPanel, object: &Object, linked: &LinkedRecord) -> Markup {
    let record = &linked.record;
    let label = ctx.ta("crm-record-unlink", &[("name", record.label().into())]);
    let remove = ActionForm::new(
        CONTACT_RECORDS_REMOVAL.url(&panel.contact),
        ctx.csrf_field(),
        Button::ghost(label).icon_only(Icon::Close).small(),
    )
    .field("object", object.key.clone())
    .field("record", record.id.to_string());
    html! {
        li.link-item {
            span {
                (link(&RECORD.url(&object.key, &record.id), &record.label()))
                @if !linked.role.is_empty() { " " span.muted { (linked.role) } }
                @if linked.primary && object.is_companies() {
                    " " (badge(Tone::Success, &ctx.t("crm-record-primary")))
                }
            }
            @if may_write(ctx) { (remove) }
        }
    }
}

fn dialog(ctx: &Ctx, panel: &RecordPanel) -> Markup {
    let fields = html! {
        (object_select(ctx, &panel.objects))
        (Input::text("record", ctx.t("crm-contact-records-record"))
            .help(ctx.t("crm-contact-records-record-help"))
            .autocomplete("off")
            .required())
        (Input::text("role", ctx.t("crm-record-role")).help(ctx.t("crm-record-role-help")).max_length(MAX_ROLE))
        (Switch::new("primary", ctx.t("crm-record-make-primary"), false)
            .value("true")
            .help(ctx.t("crm-record-primary-help")))
        (dialog_actions(ctx.words(), &Button::primary(ctx.t("crm-record-link-do"))))
    };
    let url = CONTACT_RECORDS.url(&panel.contact);
    Dialog::new("link-record", ctx.t("crm-contact-records-add")).body(
        ctx.words(),
        Form::post(url, ctx.csrf_field()).body(ctx.words(), fields),
    )
}
