use axum::response::Response;
use contracts::{
    crm::{
        CONTACT_DELETION, CONTACT_EDIT, CONTACT_TAGS, CONTACTS, IMPORT, SEGMENT, people::CONTACT_ASSIGNMENT,
    },
    delivery::SUPPRESSIONS,
};
use kernel::{SegmentId, Timestamp};
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{
    ActionForm, Alert, Button, Card, Confirm, Field as Input, Form, Icon, MenuTrigger, PageHeader, TagField,
    Times, Tone, badge, facts, link, menu, no_value, number, tags, three_columns,
};

use super::{
    columns::field_label,
    devices,
    form_view::{owner_select, stage_select},
    list_view::reason_word,
    may_write, merge, name_of,
    timeline::{self, TimelinePage},
};
use crate::{
    domain::{
        change::ContactChange,
        contact::{Contact, Source, TextField},
        field::Field,
        merge::OtherIdentifier,
        tag::Tag,
    },
    infrastructure::pg::do_not_contact::DoNotContact,
    interface::{
        assignment::{ActorNames, People},
        web::{
            consent::{self, ConsentCard},
            field_widgets::{by_group, group_label, shown},
            privacy,
            records::{self, panel::RecordPanel},
        },
    },
};

/// What the page of a contact shows.
pub struct ContactPage {
    pub contact: Contact,
    /// Those that are shown.
    pub fields: Vec<Field>,
    pub people: People,
    /// The last ones, the newest first.
    pub changes: Vec<ContactChange>,
    pub actors: ActorNames,
    /// By what else the contact is known, and since when.
    pub identifiers: Vec<(OtherIdentifier, Timestamp)>,
    pub tags: Vec<String>,
    /// Those that the contact stands in.
    pub segments: Vec<(SegmentId, String)>,
    pub do_not_contact: Option<DoNotContact>,
    /// Companies and other records.
    pub records: RecordPanel,
    pub timeline: TimelinePage,
    pub consent: ConsentCard,
    pub met: devices::Met,
}

/// The page: its header, the timeline, and panels beside it. A panel is a line in one of the two lists.
pub fn page(ctx: &Ctx, page: &ContactPage) -> Response {
    let contact = &page.contact;
    let mut header = PageHeader::new(name_of(ctx, contact))
        .crumb(ctx.t("crm-contacts-title"), CONTACTS.url())
        .badge(state(ctx, page))
        .wide();
    if may_write(ctx) {
        header = header.actions(actions(ctx, contact));
    }
    let who = [
        page.do_not_contact.as_ref().map(|why| do_not_contact(ctx, why)),
        Some(Card::titled(ctx.t("crm-contact-section-person")).body(identity(ctx, page))),
        Some(attribute_cards(ctx, page)),
    ];
    let beside = [
        Some(Card::titled(ctx.t("crm-contact-section-care")).body(care(ctx, page))),
        Some(consent::card(ctx, &page.consent)),
        Some(records::panel::card(ctx, &page.records)),
        Some(Card::titled(ctx.t("crm-column-tags")).body(tag_form(ctx, page))),
        (!page.segments.is_empty()).then(|| Card::titled(ctx.t("crm-contact-segments")).body(segments(page))),
        Some(devices::card(ctx, contact.id, &page.met)),
    ];
    let timeline = timeline::card(
        ctx,
        &page.timeline,
        &page.fields,
        &page.people,
        contact.created_at,
    );
    ctx.page(&header, three_columns(panels(who), timeline, panels(beside)))
}

/// The fields of the organisation, under their headings.
fn attribute_cards(ctx: &Ctx, page: &ContactPage) -> Markup {
    html! {
        @for (group, fields) in by_group(&page.fields) {
            (Card::titled(group_label(ctx, group)).body(attributes(ctx, page, &fields)))
        }
    }
}

fn panels<const N: usize>(panels: [Option<Markup>; N]) -> Markup {
    html! { @for panel in panels.into_iter().flatten() { (panel) } }
}

/// Who looks after the contact, how far it has come, and what it has earned.
fn care(ctx: &Ctx, page: &ContactPage) -> Markup {
    let contact = &page.contact;
    let owner = contact.owner.map(|id| id.to_string()).unwrap_or_default();
    let stage = contact.stage.map(|id| id.to_string()).unwrap_or_default();
    if !may_write(ctx) {
        let owner = contact
            .owner
            .and_then(|id| page.people.member(id))
            .map(str::to_owned);
        let stage = contact
            .stage
            .and_then(|id| page.people.stage(id))
            .map(str::to_owned);
        let shown = |text: Option<String>| text.map_or_else(no_value, |text| html! { (text) });
        return facts(&[
            (ctx.t("crm-column-owner").into(), shown(owner)),
            (ctx.t("crm-column-stage").into(), shown(stage)),
            (
                ctx.t("crm-column-points").into(),
                html! { (number(contact.points)) },
            ),
        ]);
    }
    let fields = html! {
        (owner_select(ctx, &page.people, &owner, None))
        (stage_select(ctx, &page.people, &stage, None))
        (Input::text("points", ctx.t("crm-column-points"))
            .value(contact.points.to_string())
            .attr("inputmode", "numeric"))
        (Button::secondary(ctx.t("crm-contact-assign")).small())
    };
    Form::post(CONTACT_ASSIGNMENT.url(&contact.id), ctx.csrf_field()).body(ctx.words(), fields)
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
        (menu(
            &MenuTrigger::More(ctx.t("crm-contact-more").into()),
            &privacy::menu_items(ctx, contact.id, merge::menu_link(ctx, contact.id), html! { (form) }),
        ))
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

fn identity(ctx: &Ctx, page: &ContactPage) -> Markup {
    let contact = &page.contact;
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
    for (other, since) in &page.identifiers {
        let title = ctx.ta(
            "crm-identifier-since",
            &[("day", times.exact_text(*since).into())],
        );
        pairs.push((
            ctx.t(&format!("crm-identifier-{}", other.kind.replace('_', "-")))
                .into(),
            html! { span title=(title) { (other.value) } },
        ));
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
        Source::Event => "crm-source-event",
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

fn attributes(ctx: &Ctx, page: &ContactPage, fields: &[&Field]) -> Markup {
    let pairs: Vec<_> = fields
        .iter()
        .map(|field| {
            let value = page.contact.attributes.get(&field.key);
            (
                field.label.as_str().into(),
                html! {
                    (value.map_or_else(no_value, |value| shown(ctx, field, value)))
                    (last_changed(ctx, page, &format!("attributes.{}", field.key)))
                },
            )
        })
        .collect();
    facts(&pairs)
}

/// Who changed a value last, and when, as far back as it was looked.
fn last_changed(ctx: &Ctx, page: &ContactPage, key: &str) -> Markup {
    let times = Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    };
    let last = page
        .changes
        .iter()
        .find(|change| change.what.after.contains_key(key));
    html! {
        @if let Some(change) = last {
            p.muted { (page.actors.of(ctx, &page.people, change.by.actor)) " · " (times.relative(change.at)) }
        }
    }
}
