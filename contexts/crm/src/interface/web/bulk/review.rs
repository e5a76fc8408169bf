//! What would happen to whom, before it does.

use axum::response::Response;
use contracts::crm::{
    CONTACTS,
    consent::Channel,
    lists::{BULK_ACTIONS, EXPORTS},
};
use http::StatusCode;
use maud::{Markup, html};
use platform::web::{AppError, Ctx, FieldErrors};
use ui_kit::{
    Alert, Button, Card, ErrorSummary, Field as Input, Form, Icon, PageHeader, Select, Switch, TagField,
    Tone, button_row, facts, number, stack,
};

use super::form::{BulkForm, EXPORT};
use crate::{
    Crm,
    application::select_contacts::Size,
    domain::{bulk::TYPED_ABOVE, consent::Basis, contact::TextField, export::ExportFormat, field::Field},
    infrastructure::pg::CrmTx,
    interface::{
        assignment::People,
        consent_words::{basis_word, channel_word},
        web::{contacts::field_label, segments::rounded},
    },
};

/// What the page shows.
pub struct Review<'a> {
    pub form: &'a BulkForm,
    pub size: Size,
    /// Who is meant, in words.
    pub sentence: String,
    pub choices: Choices,
    pub errors: FieldErrors,
}

/// What can be chosen.
pub struct Choices {
    fields: Vec<Field>,
    tags: Vec<String>,
    people: People,
    segments: Vec<(String, String)>,
    topics: Vec<(String, String)>,
}

const MOST_TAGS: i64 = 500;

impl Choices {
    pub async fn load(ctx: &Ctx, crm: &Crm, tx: &mut CrmTx, fields: Vec<Field>) -> Result<Self, AppError> {
        Ok(Self {
            fields,
            tags: tx.tags(MOST_TAGS).await?,
            people: People::read(crm, tx, ctx.org).await?,
            segments: {
                let names = tx.segment_names().await?;
                names
                    .into_iter()
                    .map(|(id, name)| (id.to_string(), name))
                    .collect()
            },
            topics: {
                let topics = tx.topics().await?;
                topics
                    .into_iter()
                    .map(|topic| (topic.id.to_string(), topic.name))
                    .collect()
            },
        })
    }
}

/// The number that is shown, and that has to be typed.
pub fn shown_count(size: Size) -> i64 {
    match size {
        Size::Exactly(count) => count,
        Size::About(count) => rounded(count),
    }
}

pub fn page(ctx: &Ctx, status: StatusCode, review: &Review<'_>) -> Response {
    let action = review.form.get("action");
    let title = ctx.t(&format!("crm-bulk-title-{}", known(action).replace('_', "-")));
    let header = PageHeader::new(title).crumb(ctx.t("crm-contacts-title"), CONTACTS.url());
    let count = number(shown_count(review.size));
    let count = match review.size {
        Size::Exactly(_) => count,
        Size::About(_) => ctx.ta("crm-bulk-about", &[("count", count.into())]),
    };
    let who = Card::titled(ctx.t("crm-bulk-who")).body(facts(&[
        (ctx.t("crm-bulk-who-rule").into(), html! { (review.sentence) }),
        (
            ctx.t("crm-bulk-who-count").into(),
            html! { strong.num { (count) } },
        ),
    ]));
    let target = if action == EXPORT {
        EXPORTS.url()
    } else {
        BULK_ACTIONS.url()
    };
    let form = Form::post(target, ctx.csrf_field())
        .id("bulk-review")
        .body(ctx.words(), fields(ctx, review));
    let summary = review
        .errors
        .0
        .iter()
        .fold(ErrorSummary::new(ctx.t("crm-form-errors")), |summary, error| {
            summary.error(error.field.as_str(), error.detail.as_str())
        });
    ctx.page_with(status, &header, stack(html! { (summary) (who) (form) }))
}

/// The word of an action that there is; the list's buttons send no other.
fn known(action: &str) -> &str {
    const ALL: [&str; 11] = [
        "tag",
        "set_field",
        "set_owner",
        "set_stage",
        "add_to_segment",
        "remove_from_segment",
        "subscribe",
        "unsubscribe",
        "do_not_contact",
        "delete",
        EXPORT,
    ];
    ALL.into_iter().find(|word| *word == action).unwrap_or("tag")
}

fn fields(ctx: &Ctx, review: &Review<'_>) -> Markup {
    let form = review.form;
    let action = known(form.get("action"));
    let key = action.replace('_', "-");
    let dangerous = matches!(action, "delete" | "do_not_contact");
    let label = ctx.t(&format!("crm-bulk-do-{key}"));
    let button = if dangerous {
        Button::danger(label)
    } else {
        Button::primary(label)
    };
    html! {
        input type="hidden" name="action" value=(action);
        input type="hidden" name="query" value=(form.get("query"));
        @if form.means_all() { input type="hidden" name="all" value="1"; }
        @else { @for id in form.ids() { input type="hidden" name="id" value=(id); } }
        (Card::untitled().body(html! {
            (inputs(ctx, review, action))
            (note(ctx, action))
            (button_row(html! {
                (button)
                (Button::ghost(ctx.words().cancel.as_str()).href(form.list().url()))
            }))
        }))
    }
}

/// What follows from it, and whether there is a way back.
fn note(ctx: &Ctx, action: &str) -> Markup {
    let (tone, key) = match action {
        "do_not_contact" => (Tone::Warning, "crm-bulk-do-not-contact-is-final"),
        "delete" => (Tone::Danger, "crm-bulk-delete-is-final"),
        EXPORT => (Tone::Info, "crm-bulk-export-note"),
        "add_to_segment" | "remove_from_segment" => (Tone::Info, "crm-bulk-segment-note"),
        "subscribe" => (Tone::Info, "crm-bulk-subscribe-note"),
        "unsubscribe" => (Tone::Info, "crm-bulk-topic-note"),
        _ => (Tone::Info, "crm-bulk-can-be-undone"),
    };
    html! { (Alert::new(tone, ctx.t(key))) }
}

fn inputs(ctx: &Ctx, review: &Review<'_>, action: &str) -> Markup {
    let (form, choices) = (review.form, &review.choices);
    let error = |field: &str| review.errors.of(field).map(str::to_owned);
    let select = |field: &'static str, label: &str, none: &str, options: Vec<(String, String)>| {
        let select = Select::new(field, ctx.t(label)).option("", ctx.t("crm-segments-choose"));
        let select = match none {
            "" => select,
            none => select.option("none", ctx.t(none)),
        };
        let select = select.options(options).selected(form.get(field));
        html! { (select.error(error(field))) }
    };
    let tags = |field: &'static str, label: &str| {
        TagField::new(field, ctx.t(label))
            .value(form.get(field))
            .suggestions(choices.tags.iter().map(String::as_str))
            .error(error(field))
            .show(ctx.words())
    };
    match action {
        "tag" => html! {
            (tags("add", "crm-bulk-tags-add"))
            (tags("remove", "crm-bulk-tags-remove"))
        },
        "set_field" => set_field(ctx, review),
        "set_owner" => {
            let members = choices.people.members.iter();
            let members = members.map(|member| (member.id.to_string(), member.name.clone()));
            select(
                "owner",
                "crm-bulk-owner",
                "crm-bulk-owner-none",
                members.collect(),
            )
        }
        "set_stage" => {
            let stages = choices.people.stages.iter();
            let stages = stages.map(|stage| (stage.id.to_string(), stage.name.clone()));
            select("stage", "crm-bulk-stage", "crm-bulk-stage-none", stages.collect())
        }
        "add_to_segment" | "remove_from_segment" => {
            select("segment", "crm-filter-segment", "", choices.segments.clone())
        }
        "subscribe" | "unsubscribe" => html! {
            (select("topic", "crm-bulk-topic", "", choices.topics.clone()))
            (channel(ctx, review))
            @if action == "subscribe" { (proof(ctx, review)) }
        },
        EXPORT => {
            let formats = ExportFormat::ALL
                .map(|format| (format.as_str(), ctx.t(&format!("crm-export-{}", format.as_str()))));
            html! { (Select::new("format", ctx.t("crm-export-format")).options(formats).selected(form.get("format"))) }
        }
        "delete" if review.size.number() > TYPED_ABOVE => {
            let count = shown_count(review.size);
            html! {
                (Input::text("confirm", ctx.ta("crm-bulk-confirm", &[("count", number(count).into())]))
                    .required()
                    .autocomplete("off")
                    .error(error("confirm")))
            }
        }
        _ => Markup::default(),
    }
}

fn channel(ctx: &Ctx, review: &Review<'_>) -> Markup {
    let channels = Channel::ALL.map(|channel| (channel.as_str(), channel_word(&ctx.l10n, channel)));
    html! {
        (Select::new("channel", ctx.t("crm-consent-channel"))
            .options(channels)
            .selected(review.form.get("channel"))
            .error(review.errors.of("channel").map(str::to_owned)))
    }
}

/// By what right, and what is known of it.
fn proof(ctx: &Ctx, review: &Review<'_>) -> Markup {
    let form = review.form;
    let error = |field: &str| review.errors.of(field).map(str::to_owned);
    let bases = Basis::ALL.map(|basis| (basis.as_str(), basis_word(&ctx.l10n, basis)));
    html! {
        (Select::new("basis", ctx.t("crm-consent-basis"))
            .option("", ctx.t("crm-consent-basis-choose"))
            .options(bases)
            .selected(form.get("basis"))
            .help(ctx.t("crm-bulk-basis-help"))
            .error(error("basis")))
        (Input::textarea("text", ctx.t("crm-bulk-proof"), 3)
            .value(form.get("text"))
            .help(ctx.t("crm-bulk-proof-help"))
            .error(error("text")))
        (Switch::new("confirmed", ctx.t("crm-bulk-confirmed"), form.get("confirmed") == "true")
            .value("true")
            .help(ctx.t("crm-bulk-confirmed-help")))
    }
}

fn set_field(ctx: &Ctx, review: &Review<'_>) -> Markup {
    let form = review.form;
    let error = |field: &str| review.errors.of(field).map(str::to_owned);
    let core: Vec<_> = TextField::ALL
        .iter()
        .map(|field| (field.key(), field_label(ctx, field.key())))
        .collect();
    let own: Vec<_> = review
        .choices
        .fields
        .iter()
        .map(|field| (format!("attributes.{}", field.key), field.label.clone()))
        .collect();
    let select = Select::new("field", ctx.t("crm-filter-field-name")).options(core);
    let select = if own.is_empty() {
        select
    } else {
        select.group(ctx.t("crm-fields-title"), own)
    };
    html! {
        (select.selected(form.get("field")).error(error("field")))
        (Input::text("value", ctx.t("crm-bulk-value"))
            .value(form.get("value"))
            .help(ctx.t("crm-bulk-value-help"))
            .error(error("value")))
        (Switch::new("clear", ctx.t("crm-bulk-clear"), form.get("clear") == "true").value("true"))
    }
}

/// The buttons above selected rows. Each sends the selection to the page of its action.
pub fn buttons(ctx: &Ctx, form: &str, review: &str, may_export: bool) -> Markup {
    let button = |button: Button<'static>, action: &'static str| {
        button
            .small()
            .attr("form", form.to_owned())
            .attr("formaction", review.to_owned())
            .value("action", action)
    };
    let item = |action: &'static str, icon: Icon| {
        let label = ctx.t(&format!("crm-bulk-{}", action.replace('_', "-")));
        ui_kit::MenuItem::Custom(html! {
            button.menu-item type="submit" form=(form) formaction=(review) name="action" value=(action) {
                (icon) span { (label) }
            }
        })
    };
    let mut more = vec![
        item("set_owner", Icon::User),
        item("set_stage", Icon::Journey),
        item("add_to_segment", Icon::Segments),
        item("remove_from_segment", Icon::Segments),
        item("subscribe", Icon::Mail),
        item("unsubscribe", Icon::Mail),
        item("do_not_contact", Icon::Stop),
    ];
    if may_export {
        more.push(item(EXPORT, Icon::Download));
    }
    html! {
        (button(Button::secondary(ctx.t("crm-bulk-tag")).icon(Icon::Tag), "tag"))
        (button(Button::secondary(ctx.t("crm-bulk-set-field")).icon(Icon::Edit), "set_field"))
        (button(Button::danger(ctx.t("crm-bulk-delete")).icon(Icon::Trash), "delete"))
        (ui_kit::menu(&ui_kit::MenuTrigger::Button(ctx.t("crm-bulk-more").into()), &more))
    }
}
