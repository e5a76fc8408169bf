use std::collections::HashMap;

use axum::response::Response;
use contracts::crm::consent::{Channel, TOPIC, TOPIC_DELETION, TOPIC_NEW, TOPIC_POSITION, TOPICS};
use http::StatusCode;
use kernel::{Permission, TopicId};
use maud::{Markup, html};
use platform::web::{Ctx, FieldErrors};
use ui_kit::{
    ActionForm, Alert, Button, CheckboxGroup, Choice, Column, EmptyState, ErrorSummary, Field, Form, Icon,
    PageHeader, RadioCards, Row, Switch, Table, Tone, badge, button_row, danger_zone, form_section,
    link_with_note, number, stack,
};

use super::TopicForm;
use crate::{
    domain::{consent::State, topic::Topic},
    infrastructure::pg::topics::TopicCounts,
    interface::consent_words::channel_word,
};

pub fn list_page(ctx: &Ctx, topics: &[Topic], counts: &HashMap<TopicId, TopicCounts>) -> Response {
    let may = ctx.may(Permission::TopicsWrite);
    let create = html! {
        @if may { (Button::primary(ctx.t("crm-topic-new")).icon(Icon::Plus).href(TOPIC_NEW.url())) }
    };
    let mut header = PageHeader::new(ctx.t("crm-topics-title")).purpose(ctx.t("crm-topics-purpose"));
    if !topics.is_empty() {
        header = header.actions(create.clone());
    }
    let columns = vec![
        Column::text(ctx.t("crm-topic-name")),
        Column::text(ctx.t("crm-topic-channels")).wide_only(),
        Column::text(ctx.t("crm-topic-initial")).wide_only(),
        Column::number(ctx.t("crm-topic-subscribed")),
        Column::number(ctx.t("crm-topic-unsubscribed")).wide_only(),
    ];
    let last = topics.len().saturating_sub(1);
    let rows = topics.iter().enumerate().map(|(n, topic)| {
        let counts = counts.get(&topic.id).copied().unwrap_or_default();
        let row = row(ctx, topic, counts);
        if may {
            row.actions(order(ctx, topic, n > 0, n < last))
        } else {
            row
        }
    });
    let empty = EmptyState::new(Icon::List, ctx.t("crm-topics-empty"))
        .text(ctx.t("crm-topics-empty-help"))
        .action(create);
    let table = Table::new(ctx.t("crm-topics-title"), columns)
        .rows(rows)
        .empty(empty);
    ctx.page(&header, table.show(ctx.words()))
}

fn row<'a>(ctx: &Ctx, topic: &Topic, counts: TopicCounts) -> Row<'a> {
    let channels: Vec<String> = topic
        .channels
        .iter()
        .map(|c| channel_word(&ctx.l10n, *c))
        .collect();
    let marks = html! {
        (badge(
            if topic.initial == State::Subscribed { Tone::Info } else { Tone::Neutral },
            &ctx.t(if topic.initial == State::Subscribed { "crm-topic-opt-out" } else { "crm-topic-opt-in" }),
        ))
        @if topic.double_opt_in { " " (badge(Tone::Success, &ctx.t("crm-topic-double"))) }
        @if !topic.public { " " (badge(Tone::Warning, &ctx.t("crm-topic-hidden"))) }
    };
    let name = if ctx.may(Permission::TopicsWrite) {
        link_with_note(&TOPIC.url(&topic.id), &topic.name, &topic.key)
    } else {
        html! { (topic.name) " " span.muted { (topic.key) } }
    };
    Row::new(vec![
        name,
        html! { (channels.join(", ")) },
        marks,
        html! { (number(counts.subscribed)) @if counts.pending > 0 {
            " " span.muted { (ctx.ta("crm-topic-pending-count", &[("count", counts.pending.into())])) }
        } },
        html! { (number(counts.unsubscribed)) },
    ])
    .id(topic.id.to_string())
}

/// Two buttons, so that the order can be changed with a keyboard and without a script.
fn order(ctx: &Ctx, topic: &Topic, up: bool, down: bool) -> Markup {
    let step = |to: &'static str, key: &str, icon: Icon, may: bool| {
        let label = ctx.ta(key, &[("name", topic.name.as_str().into())]);
        let button = Button::ghost(label).icon_only(icon).small().disabled(!may);
        ActionForm::new(TOPIC_POSITION.url(&topic.id), ctx.csrf_field(), button).field("to", to)
    };
    html! {
        (step("up", "crm-topic-up", Icon::ArrowUp, up))
        (step("down", "crm-topic-down", Icon::ArrowDown, down))
    }
}

pub fn form_page(
    ctx: &Ctx,
    status: StatusCode,
    topic: Option<&Topic>,
    form: &TopicForm,
    errors: &FieldErrors,
) -> Response {
    let title = match topic {
        Some(topic) => ctx.ta("crm-topic-edit-title", &[("name", topic.name.as_str().into())]),
        None => ctx.t("crm-topic-new-title"),
    };
    let header = PageHeader::new(title).crumb(ctx.t("crm-topics-title"), TOPICS.url());
    let action = topic.map_or_else(|| TOPIC_NEW.url(), |topic| TOPIC.url(&topic.id));
    let mut summary = ErrorSummary::new(ctx.t("crm-form-errors"));
    for error in &errors.0 {
        summary = summary.error(error.field.as_str(), error.detail.as_str());
    }
    let body = html! {
        (form_section(&ctx.t("crm-topic-section"), None, names(ctx, topic, form, errors)))
        (form_section(&ctx.t("crm-topic-section-rules"), Some(&ctx.t("crm-topic-section-rules-help")), rules(ctx, form, errors)))
        (button_row(html! {
            (Button::primary(ctx.t(if topic.is_some() { "crm-topic-save" } else { "crm-topic-create" })))
            (Button::ghost(ctx.words().cancel.as_str()).href(TOPICS.url()))
        }))
    };
    let page = stack(html! {
        (summary)
        (Form::post(action, ctx.csrf_field()).body(ctx.words(), body))
        @if let Some(topic) = topic {
            (danger_zone(&ctx.t("crm-topic-delete"), &ctx.t("crm-topic-delete-hint"), html! {
                (Button::danger(ctx.t("crm-topic-delete")).href(TOPIC_DELETION.url(&topic.id)))
            }))
        }
    });
    ctx.page_with(status, &header, page)
}

fn names(ctx: &Ctx, topic: Option<&Topic>, form: &TopicForm, errors: &FieldErrors) -> Markup {
    let error = |name: &str| errors.of(name).map(str::to_owned);
    html! {
        (Field::text("name", ctx.t("crm-topic-name"))
            .value(&form.name)
            .help(ctx.t("crm-topic-name-help"))
            .error(error("name"))
            .max_length(100)
            .required())
        // Imports and programs name it by its key, so that stays as it is.
        (Field::text("key", ctx.t("crm-topic-key"))
            .value(&form.key)
            .help(ctx.t(if topic.is_some() { "crm-topic-key-fixed" } else { "crm-topic-key-help" }))
            .error(error("key"))
            .max_length(63)
            .disabled(topic.is_some()))
        (Field::text("description", ctx.t("crm-topic-description"))
            .value(&form.description)
            .help(ctx.t("crm-topic-description-help"))
            .error(error("description"))
            .max_length(500))
        (CheckboxGroup::new("channels", ctx.t("crm-topic-channels"), Channel::ALL.map(|channel| {
                Choice::new(channel.as_str(), channel_word(&ctx.l10n, channel))
            }).to_vec())
            .chosen(form.channels.iter().map(String::as_str))
            .error(error("channels")))
    }
}

fn rules(ctx: &Ctx, form: &TopicForm, errors: &FieldErrors) -> Markup {
    let error = |name: &str| errors.of(name).map(str::to_owned);
    let choices = vec![
        Choice::new("unsubscribed", ctx.t("crm-topic-opt-in")).help(ctx.t("crm-topic-opt-in-help")),
        Choice::new("subscribed", ctx.t("crm-topic-opt-out")).help(ctx.t("crm-topic-opt-out-help")),
    ];
    html! {
        (RadioCards::new("initial", ctx.t("crm-topic-initial"), choices)
            .chosen(form.initial.as_str())
            .error(error("initial")))
        (Switch::new("double_opt_in", ctx.t("crm-topic-double"), form.double_opt_in)
            .help(ctx.t("crm-topic-double-help")))
        (Switch::new("public", ctx.t("crm-topic-public"), form.public)
            .help(ctx.t("crm-topic-public-help")))
        (Field::textarea("consent_text", ctx.t("crm-topic-text"), 4)
            .value(&form.consent_text)
            .help(ctx.t("crm-topic-text-help"))
            .error(error("consent_text"))
            .max_length(5_000))
    }
}

pub fn deletion_page(ctx: &Ctx, topic: &Topic, counts: TopicCounts) -> Response {
    let name = [("name", topic.name.as_str().into())];
    let header = PageHeader::new(ctx.ta("crm-topic-delete-title", &name))
        .crumb(ctx.t("crm-topics-title"), TOPICS.url())
        .crumb(topic.name.as_str(), TOPIC.url(&topic.id));
    let people = [
        ("subscribed", counts.subscribed.into()),
        ("unsubscribed", counts.unsubscribed.into()),
    ];
    let body = html! {
        (Alert::new(Tone::Warning, ctx.ta("crm-topic-delete-people", &people)).text(ctx.t("crm-topic-delete-text")))
        (Form::post(TOPIC_DELETION.url(&topic.id), ctx.csrf_field()).body(ctx.words(), button_row(html! {
            (Button::danger(ctx.t("crm-topic-delete")))
            (Button::ghost(ctx.words().cancel.as_str()).href(TOPIC.url(&topic.id)))
        })))
    };
    ctx.page(&header, stack(body))
}
