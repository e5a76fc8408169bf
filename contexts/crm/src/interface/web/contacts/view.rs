use axum::response::Response;
use contracts::{
    crm::{CONTACT_DELETION, CONTACT_EDIT, CONTACT_TAGS, CONTACTS, IMPORT, SEGMENT},
    delivery::SUPPRESSIONS,
};
use kernel::SegmentId;
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{
    ActionForm, Alert, Button, Card, Confirm, Form, Icon, MenuItem, MenuTrigger, PageHeader, TagField, Times,
    Tone, badge, columns, facts, link, menu, no_value, tags,
};

use super::{
    list_view::{field_label, reason_word},
    may_write,
    timeline::{self, TimelinePage},
};
use crate::{
    domain::{
        contact::{Contact, Source, TextField},
        field::{Field, FieldType},
        field_value,
        tag::Tag,
    },
    infrastructure::pg::do_not_contact::DoNotContact,
};

/// What the page of a contact shows.
pub struct ContactPage {
    pub contact: Contact,
    pub fields: Vec<Field>,
    pub tags: Vec<String>,
    /// Those that the contact stands in.
    pub segments: Vec<(SegmentId, String)>,
    pub do_not_contact: Option<DoNotContact>,
    pub timeline: TimelinePage,
}

pub fn page(ctx: &Ctx, page: &ContactPage) -> Response {
    let contact = &page.contact;
    let mut header = PageHeader::new(contact.label())
        .crumb(ctx.t("crm-contacts-title"), CONTACTS.url())
        .badge(state(ctx, page));
    if may_write(ctx) {
        header = header.actions(actions(ctx, contact));
    }
    let aside = html! {
        @if let Some(why) = &page.do_not_contact { (do_not_contact(ctx, why)) }
        (Card::titled(ctx.t("crm-contact-section-person")).body(identity(ctx, contact)))
        (Card::titled(ctx.t("crm-column-tags")).body(tag_form(ctx, page)))
        @if !page.segments.is_empty() {
            (Card::titled(ctx.t("crm-contact-segments")).body(segments(page)))
        }
        @if !page.fields.is_empty() {
            (Card::titled(ctx.t("crm-fields-title")).body(attributes(ctx, page)))
        }
    };
    ctx.page(
        &header,
        columns(timeline::card(ctx, &page.timeline, contact.created_at), aside),
    )
}

fn state(ctx: &Ctx, page: &ContactPage) -> Markup {
    match (&page.do_not_contact, &page.contact.email) {
        (Some(why), _) => badge(Tone::Warning, &reason_word(ctx, &why.reason)),
        (None, None) => badge(Tone::Neutral, &ctx.t("crm-contact-no-address")),
        (None, Some(_)) => badge(Tone::Success, &ctx.t("crm-contact-reachable")),
    }
}

fn actions(ctx: &Ctx, contact: &Contact) -> Markup {
    let confirm = Confirm {
        title: ctx
            .ta("crm-contact-delete-title", &[("name", contact.label().into())])
            .into(),
        text: ctx.t("crm-delete-text").into(),
        button: ctx.t("crm-contact-delete").into(),
    };
    let delete = Button::ghost(ctx.t("crm-contact-delete")).icon(Icon::Trash);
    let form = ActionForm::new(CONTACT_DELETION.url(&contact.id), ctx.csrf_field(), delete)
        .confirm(confirm)
        .in_menu();
    html! {
        (Button::secondary(ctx.t("crm-contact-edit")).icon(Icon::Edit).href(CONTACT_EDIT.url(&contact.id)))
        (menu(&MenuTrigger::More(ctx.t("crm-contact-more").into()), &[MenuItem::Custom(html! { (form) })]))
    }
}

fn do_not_contact(ctx: &Ctx, why: &DoNotContact) -> Markup {
    let times = Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    };
    let text = ctx.ta("crm-dnc-text", &[("day", times.exact_text(why.at).into())]);
    html! {
        (Alert::new(Tone::Warning, ctx.ta("crm-dnc-title", &[("reason", reason_word(ctx, &why.reason).into())]))
            .text(text)
            .actions(link(&SUPPRESSIONS.url(), &ctx.t("crm-dnc-list"))))
    }
}

fn identity(ctx: &Ctx, contact: &Contact) -> Markup {
    let times = Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    };
    let mut pairs = vec![(
        field_label(ctx, "email").into(),
        contact
            .email
            .as_ref()
            .map_or_else(no_value, |email| html! { (email) }),
    )];
    for field in TextField::ALL {
        let value = contact.texts.get(field);
        if !value.is_empty() {
            pairs.push((field_label(ctx, field.key()).into(), html! { (value) }));
        }
    }
    if let Some(id) = &contact.external_id {
        pairs.push((field_label(ctx, "external_id").into(), html! { code { (id) } }));
    }
    pairs.push((
        ctx.t("crm-column-created").into(),
        html! { (times.exact(contact.created_at)) " " (origin(ctx, contact)) },
    ));
    pairs.push((
        ctx.t("crm-column-updated").into(),
        times.relative(contact.updated_at),
    ));
    if let Some(at) = contact.last_active_at {
        pairs.push((ctx.t("crm-column-last-active").into(), times.relative(at)));
    }
    facts(&pairs)
}

fn origin(ctx: &Ctx, contact: &Contact) -> Markup {
    let key = match contact.source {
        Source::Manual => "crm-source-manual",
        Source::Api => "crm-source-api",
        Source::Import => "crm-source-import",
        Source::Demo => "crm-source-demo",
    };
    match &contact.import_id {
        Some(import) => link(&IMPORT.url(import), &ctx.t(key)),
        None => html! { span.muted { (ctx.t(key)) } },
    }
}

fn tag_form(ctx: &Ctx, page: &ContactPage) -> Markup {
    let names: Vec<&str> = page.contact.tags.iter().map(Tag::as_str).collect();
    if !may_write(ctx) {
        return if names.is_empty() {
            no_value()
        } else {
            tags(&names)
        };
    }
    let fields = html! {
        (TagField::new("tags", ctx.t("crm-column-tags"))
            .tags(&names)
            .suggestions(page.tags.iter().map(String::as_str))
            .hide_label()
            .show(ctx.words()))
        (Button::secondary(ctx.t("crm-contact-save-tags")).small())
    };
    Form::post(CONTACT_TAGS.url(&page.contact.id), ctx.csrf_field()).body(ctx.words(), fields)
}

fn segments(page: &ContactPage) -> Markup {
    html! { ul.link-list { @for (id, name) in &page.segments { li { (link(&SEGMENT.url(id), name)) } } } }
}

fn attributes(ctx: &Ctx, page: &ContactPage) -> Markup {
    let pairs: Vec<_> = page
        .fields
        .iter()
        .map(|field| {
            let value = page.contact.attributes.get(&field.key);
            (
                field.label.as_str().into(),
                value.map_or_else(no_value, |value| shown(ctx, field, value)),
            )
        })
        .collect();
    facts(&pairs)
}

fn shown(ctx: &Ctx, field: &Field, value: &serde_json::Value) -> Markup {
    match (field.kind, value) {
        (FieldType::Boolean, serde_json::Value::Bool(yes)) => {
            html! { (ctx.t(if *yes { "crm-yes" } else { "crm-no" })) }
        }
        (FieldType::Multiselect, serde_json::Value::Array(items)) => {
            let names: Vec<String> = items.iter().map(field_value::to_text).collect();
            tags(&names)
        }
        // Checked to be http or https when it was stored.
        (FieldType::Url, serde_json::Value::String(url)) => {
            html! { a.link href=(url) rel="noreferrer noopener" { (url) } }
        }
        (FieldType::Datetime, serde_json::Value::String(text)) => match text.parse() {
            Ok(at) => Times {
                now: ctx.now,
                zone: &ctx.zone,
                words: ctx.words(),
            }
            .exact(at),
            Err(_) => html! { (text) },
        },
        (_, value) => html! { (field_value::to_text(value)) },
    }
}
