use axum::response::Response;
use contracts::crm::events::{
    EVENT_LOG, SOURCE, SOURCE_DELETION, SOURCE_KEY, SOURCE_NEW, SOURCE_STATE, SOURCES,
};
use http::StatusCode;
use kernel::Permission;
use maud::{Markup, html};
use platform::web::{Ctx, FieldErrors};
use ui_kit::{
    ActionForm, Button, Card, Choice, Column, Confirm, EmptyState, ErrorSummary, Field as Input, Form, Icon,
    PageHeader, RadioCards, Row, Switch, Table, Times, Tone, badge, button_row, code_block, copy_value,
    danger_zone, form_section, link_with_note, stack,
};

use super::{SourceForm, snippets::snippets};
use crate::{
    domain::source::{Source, SourceKind},
    interface::event_words::source_kind,
};

/// What the page of a source shows.
pub struct SourcePage {
    pub source: Source,
    pub base: String,
    pub form: SourceForm,
    pub errors: FieldErrors,
}

pub fn list_page(ctx: &Ctx, sources: &[Source]) -> Response {
    let may = ctx.may(Permission::SourcesWrite);
    let create = html! {
        @if may { (Button::primary(ctx.t("crm-source-new")).icon(Icon::Plus).href(SOURCE_NEW.url())) }
    };
    let mut header = PageHeader::new(ctx.t("crm-sources-title")).purpose(ctx.t("crm-sources-purpose"));
    if !sources.is_empty() {
        header = header.actions(create.clone());
    }
    let columns = vec![
        Column::text(ctx.t("crm-source-name")),
        Column::text(ctx.t("crm-source-kind")),
        Column::text(ctx.t("crm-source-state")),
        Column::text(ctx.t("crm-source-made")).wide_only(),
    ];
    let empty = EmptyState::new(Icon::Plug, ctx.t("crm-sources-empty"))
        .text(ctx.t("crm-sources-empty-help"))
        .action(create);
    let table = Table::new(ctx.t("crm-sources-title"), columns)
        .rows(sources.iter().map(|source| row(ctx, source, may)))
        .empty(empty);
    ctx.page(&header, table.show(ctx.words()))
}

fn row<'a>(ctx: &Ctx, source: &Source, may: bool) -> Row<'a> {
    let name = &source.settings.name;
    let key = &source.write_key[..14];
    Row::new(vec![
        html! {
            @if may { (link_with_note(&SOURCE.url(&source.id), name, &format!("{key}…"))) } @else { (name) }
        },
        html! { (source_kind(ctx, source.settings.kind)) },
        state(ctx, source),
        times(ctx).day(source.created_at),
    ])
    .id(source.id.to_string())
}

fn state(ctx: &Ctx, source: &Source) -> Markup {
    if source.enabled {
        badge(Tone::Success, &ctx.t("crm-source-is-enabled"))
    } else {
        badge(Tone::Neutral, &ctx.t("crm-source-is-disabled"))
    }
}

pub fn new_page(ctx: &Ctx, status: StatusCode, form: &SourceForm, errors: &FieldErrors) -> Response {
    let header = PageHeader::new(ctx.t("crm-source-new")).crumb(ctx.t("crm-sources-title"), SOURCES.url());
    let buttons = html! {
        (Button::primary(ctx.t("crm-source-create")))
        (Button::ghost(ctx.words().cancel.as_str()).href(SOURCES.url()))
    };
    let body = html! { (inputs(ctx, form, errors)) (button_row(buttons)) };
    let page = stack(html! {
        (summary(ctx, errors))
        (Form::post(SOURCE_NEW.url(), ctx.csrf_field()).body(ctx.words(), body))
    });
    ctx.page_with(status, &header, page)
}

pub fn page(ctx: &Ctx, status: StatusCode, page: &SourcePage) -> Response {
    let source = &page.source;
    let header = PageHeader::new(source.settings.name.as_str())
        .crumb(ctx.t("crm-sources-title"), SOURCES.url())
        .badge(state(ctx, source))
        .actions(html! {
            (Button::secondary(ctx.t("crm-source-see-events"))
                .icon(Icon::List)
                .href(EVENT_LOG.with(&[("source", source.id)])))
            (switch_button(ctx, source))
        });
    let body = html! {
        (inputs(ctx, &page.form, &page.errors))
        (button_row(html! { (Button::primary(ctx.t("crm-source-save"))) }))
    };
    let page = stack(html! {
        (summary(ctx, &page.errors))
        (key_card(ctx, source))
        @for snippet in snippets(source, &page.base) {
            @let title = ctx.t(snippet.title);
            (Card::titled(title.as_str()).body(code_block(ctx.words(), &title, &snippet.code)))
        }
        (Form::post(SOURCE.url(&source.id), ctx.csrf_field()).body(ctx.words(), body))
        (deletion(ctx, source))
    });
    ctx.page_with(status, &header, page)
}

fn switch_button<'a>(ctx: &Ctx, source: &Source) -> ActionForm<'a> {
    let (key, icon) = if source.enabled {
        ("crm-source-disable", Icon::Pause)
    } else {
        ("crm-source-enable", Icon::Play)
    };
    let form = ActionForm::new(
        SOURCE_STATE.url(&source.id),
        ctx.csrf_field(),
        Button::secondary(ctx.t(key)).icon(icon),
    );
    if source.enabled {
        form
    } else {
        form.field("enabled", "true")
    }
}

fn key_card(ctx: &Ctx, source: &Source) -> Markup {
    let label = ctx.t("crm-source-rotate");
    let confirm = Confirm {
        title: ctx.t("crm-source-rotate-title").into(),
        text: ctx.t("crm-source-rotate-text").into(),
        button: label.clone().into(),
    };
    let rotate = ActionForm::new(
        SOURCE_KEY.url(&source.id),
        ctx.csrf_field(),
        Button::secondary(label).small().icon(Icon::Refresh),
    )
    .confirm(confirm);
    Card::titled(ctx.t("crm-source-key"))
        .help(ctx.t("crm-source-key-help"))
        .actions(html! { (rotate) })
        .body(copy_value(ctx.words(), &source.write_key))
}

fn inputs(ctx: &Ctx, form: &SourceForm, errors: &FieldErrors) -> Markup {
    let error = |name: &str| errors.of(name).map(str::to_owned);
    let kinds = SourceKind::ALL
        .map(|kind| {
            let (help, icon) = match kind {
                SourceKind::Website => ("crm-source-kind-website-help", Icon::Globe),
                SourceKind::Server => ("crm-source-kind-server-help", Icon::Code),
                SourceKind::Mobile => ("crm-source-kind-mobile-help", Icon::Phone),
                SourceKind::Mautic => ("crm-source-kind-mautic-help", Icon::Undo),
            };
            Choice::new(kind.as_str(), source_kind(ctx, kind))
                .help(ctx.t(help))
                .icon(icon)
        })
        .to_vec();
    html! {
        (form_section(&ctx.t("crm-source-section"), None, html! {
            (Input::text("name", ctx.t("crm-source-name"))
                .value(&form.name)
                .error(error("name"))
                .max_length(100)
                .required())
            (RadioCards::new("kind", ctx.t("crm-source-kind"), kinds).chosen(form.kind.as_str()))
        }))
        (form_section(&ctx.t("crm-source-privacy"), Some(&ctx.t("crm-source-privacy-help")), html! {
            (Switch::new("consent_required", ctx.t("crm-source-consent"), form.consent_required)
                .value("true")
                .help(ctx.t("crm-source-consent-help")))
            (Input::textarea("allowed_origins", ctx.t("crm-source-origins"), 3)
                .value(&form.allowed_origins)
                .help(ctx.t("crm-source-origins-help"))
                .error(error("allowed_origins")))
        }))
        (form_section(&ctx.t("crm-source-handling"), None, html! {
            (Switch::new("create_fields", ctx.t("crm-source-create-fields"), form.create_fields)
                .value("true")
                .help(ctx.t("crm-source-create-fields-help")))
            (Switch::new("strict", ctx.t("crm-source-strict"), form.strict)
                .value("true")
                .help(ctx.t("crm-source-strict-help")))
            (Input::number("events_per_second", ctx.t("crm-source-rate"))
                .value(&form.events_per_second)
                .help(ctx.t("crm-source-rate-help"))
                .error(error("events_per_second")))
        }))
    }
}

fn summary<'a>(ctx: &Ctx, errors: &FieldErrors) -> ErrorSummary<'a> {
    errors
        .0
        .iter()
        .fold(ErrorSummary::new(ctx.t("crm-form-errors")), |summary, error| {
            summary.error(error.field.clone(), error.detail.clone())
        })
}

fn deletion(ctx: &Ctx, source: &Source) -> Markup {
    let label = ctx.t("crm-source-delete");
    let confirm = Confirm {
        title: ctx
            .ta(
                "crm-source-delete-title",
                &[("name", source.settings.name.as_str().into())],
            )
            .into(),
        text: ctx.t("crm-source-delete-text").into(),
        button: label.clone().into(),
    };
    let form = ActionForm::new(
        SOURCE_DELETION.url(&source.id),
        ctx.csrf_field(),
        Button::danger(label.clone()),
    )
    .confirm(confirm);
    danger_zone(&label, &ctx.t("crm-source-delete-text"), html! { (form) })
}

fn times(ctx: &Ctx) -> Times<'_> {
    Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    }
}
