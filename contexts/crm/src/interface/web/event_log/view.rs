use axum::response::Response;
use contracts::crm::{
    CONTACT,
    events::{
        EVENT_LOG, EVENT_LOG_LIST, EVENT_NAMES, IDENTITY_CONFLICT_DISMISSAL, IDENTITY_CONFLICTS,
        LOGGED_EVENT, SOURCE_NEW, SOURCES,
    },
};
use kernel::{Permission, SourceId};
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{
    ActionForm, Alert, Button, Card, Column, EmptyState, FilterBar, Icon, Live, PageHeader, Row, Table,
    Times, Tone, badge, code_block, facts, filter_select, link, no_value, stack,
};

use super::LogQuery;
use crate::{
    domain::{ingest::message::Kind, source::Source},
    infrastructure::pg::{event_log::Logged, identity_conflicts::OpenConflict},
    interface::event_words::{identifier, reason},
};

/// What the debugger shows.
pub struct Log {
    pub lines: Vec<Logged>,
    pub sources: Vec<Source>,
    pub conflicts: usize,
    pub query: LogQuery,
}

const REGION: &str = "event-log";

pub fn page(ctx: &Ctx, log: &Log) -> Response {
    let header = PageHeader::new(ctx.t("crm-events-title"))
        .purpose(ctx.t("crm-events-purpose"))
        .actions(html! {
            (Button::secondary(ctx.t("crm-event-names-title")).icon(Icon::List).href(EVENT_NAMES.url()))
            (Button::secondary(ctx.t("crm-sources-title")).icon(Icon::Plug).href(SOURCES.url()))
        });
    let body = stack(html! {
        @if log.conflicts > 0 { (conflict_alert(ctx, log.conflicts)) }
        (filters(ctx, log))
        (list(ctx, log))
    });
    ctx.page(&header, body)
}

fn conflict_alert(ctx: &Ctx, count: usize) -> Markup {
    let title = ctx.ta("crm-conflicts-waiting", &[("count", count.into())]);
    html! {
        (Alert::new(Tone::Warning, title)
            .text(ctx.t("crm-conflicts-waiting-help"))
            .actions(link(&IDENTITY_CONFLICTS.url(), &ctx.t("crm-conflicts-see"))))
    }
}

fn filters(ctx: &Ctx, log: &Log) -> Markup {
    let any = || (std::borrow::Cow::Borrowed(""), ctx.t("crm-filter-any").into());
    let sources = std::iter::once(any())
        .chain(
            log.sources
                .iter()
                .map(|s| (s.id.to_string().into(), s.settings.name.as_str().into())),
        )
        .collect::<Vec<_>>();
    let kinds = std::iter::once(any())
        .chain(
            Kind::ALL
                .into_iter()
                .map(|kind| (kind.as_str().into(), kind.as_str().into())),
        )
        .collect::<Vec<_>>();
    let outcomes = std::iter::once(any())
        .chain(["accepted", "repeated", "rejected"].map(|word| (word.into(), outcome_word(ctx, word).into())))
        .collect::<Vec<_>>();
    let selects = html! {
        (filter_select("source", &ctx.t("crm-event-source"), &sources, &log.query.source))
        (filter_select("type", &ctx.t("crm-event-type"), &kinds, &log.query.r#type))
        (filter_select("outcome", &ctx.t("crm-event-outcome"), &outcomes, &log.query.outcome))
    };
    FilterBar::new(EVENT_LOG.url())
        .search("name", &log.query.name, ctx.t("crm-event-name-exactly"))
        .controls(selects)
        .live(Live(REGION))
        .show(ctx.words())
}

/// The list; asks for itself again every two seconds.
pub fn list(ctx: &Ctx, log: &Log) -> Markup {
    let columns = vec![
        Column::text(ctx.t("crm-event-column-event")),
        Column::text(ctx.t("crm-event-outcome")),
        Column::text(ctx.t("crm-event-source")).wide_only(),
        Column::text(ctx.t("crm-event-contact")).wide_only(),
        Column::text(ctx.t("crm-event-received")),
    ];
    let filtered = log.query.pairs().iter().any(|(_, value)| !value.is_empty());
    let empty = if filtered {
        EmptyState::new(Icon::Search, ctx.t("crm-events-none-found"))
    } else {
        EmptyState::new(Icon::Click, ctx.t("crm-events-empty"))
            .text(ctx.t("crm-events-empty-help"))
            .action(html! {
                @if ctx.may(Permission::SourcesWrite) {
                    (Button::primary(ctx.t("crm-source-new")).icon(Icon::Plus).href(SOURCE_NEW.url()))
                }
            })
    };
    let table = Table::new(ctx.t("crm-events-title"), columns)
        .rows(log.lines.iter().map(|line| row(ctx, line, &log.sources)))
        .empty(empty);
    html! {
        div id=(REGION) hx-get=(EVENT_LOG_LIST.with(&log.query.pairs())) hx-trigger="every 2s" hx-swap="outerHTML" {
            (table.show(ctx.words()))
        }
    }
}

fn row<'a>(ctx: &Ctx, line: &Logged, sources: &[Source]) -> Row<'a> {
    let name = if line.name.is_empty() {
        line.kind.as_str()
    } else {
        line.name.as_str()
    };
    let name = if name.is_empty() { "–" } else { name };
    Row::new(vec![
        html! {
            span.cell-two {
                (link(&LOGGED_EVENT.url(&line.id), name))
                @if !line.name.is_empty() { span.muted { (line.kind) } }
            }
        },
        html! {
            span.cell-two {
                (outcome(ctx, line))
                @if let Some(first) = line.reasons.first() { span.muted { (reason(ctx, first)) } }
            }
        },
        html! { (source_name(ctx, line.source, sources)) },
        contact(ctx, line),
        times(ctx).relative(line.received_at),
    ])
    .id(line.id.to_string())
}

fn outcome(ctx: &Ctx, line: &Logged) -> Markup {
    let word = outcome_word(ctx, line.outcome);
    let tone = match line.outcome {
        "accepted" if line.reasons.is_empty() => Tone::Success,
        "accepted" => Tone::Warning,
        "repeated" => Tone::Neutral,
        _ => Tone::Danger,
    };
    html! {
        span {
            (badge(tone, &word))
            @if line.bot { " " (badge(Tone::Neutral, &ctx.t("crm-event-bot"))) }
        }
    }
}

fn outcome_word(ctx: &Ctx, word: &str) -> String {
    ctx.t(match word {
        "accepted" => "crm-event-accepted",
        "repeated" => "crm-event-repeated",
        _ => "crm-event-rejected",
    })
}

fn source_name(ctx: &Ctx, id: Option<SourceId>, sources: &[Source]) -> String {
    match id {
        None => ctx.t("crm-event-by-api"),
        Some(id) => sources.iter().find(|source| source.id == id).map_or_else(
            || ctx.t("crm-event-source-gone"),
            |source| source.settings.name.clone(),
        ),
    }
}

fn contact(ctx: &Ctx, line: &Logged) -> Markup {
    match line.contact {
        Some(id) => link(&CONTACT.url(&id), &ctx.t("crm-event-see-contact")),
        None => no_value(),
    }
}

pub fn event_page(ctx: &Ctx, line: &Logged, sources: &[Source]) -> Response {
    let name = if line.name.is_empty() {
        &line.kind
    } else {
        &line.name
    };
    let header = PageHeader::new(name.as_str())
        .crumb(ctx.t("crm-events-title"), EVENT_LOG.url())
        .badge(outcome(ctx, line));
    let pairs = vec![
        (ctx.t("crm-event-type").into(), html! { (line.kind) }),
        (
            ctx.t("crm-event-source").into(),
            html! { (source_name(ctx, line.source, sources)) },
        ),
        (
            ctx.t("crm-event-received").into(),
            times(ctx).exact(line.received_at),
        ),
        (ctx.t("crm-event-contact").into(), contact(ctx, line)),
    ];
    let raw = serde_json::from_str::<serde_json::Value>(&line.raw)
        .ok()
        .and_then(|value| serde_json::to_string_pretty(&value).ok())
        .unwrap_or_else(|| line.raw.clone());
    let title = ctx.t("crm-event-raw");
    let tone = if line.outcome == "rejected" {
        Tone::Danger
    } else {
        Tone::Warning
    };
    let body = stack(html! {
        @for word in &line.reasons { (Alert::new(tone, reason(ctx, word))) }
        (Card::untitled().body(facts(&pairs)))
        (Card::titled(title.as_str()).body(code_block(ctx.words(), &title, &raw)))
    });
    ctx.page(&header, body)
}

pub fn conflicts_page(ctx: &Ctx, conflicts: &[OpenConflict]) -> Response {
    let header = PageHeader::new(ctx.t("crm-conflicts-title"))
        .purpose(ctx.t("crm-conflicts-purpose"))
        .crumb(ctx.t("crm-events-title"), EVENT_LOG.url());
    let columns = vec![
        Column::text(ctx.t("crm-conflict-counted")),
        Column::text(ctx.t("crm-conflict-other")),
        Column::text(ctx.t("crm-conflict-shared")),
        Column::text(ctx.t("crm-conflict-since")).wide_only(),
    ];
    let table = Table::new(ctx.t("crm-conflicts-title"), columns)
        .rows(conflicts.iter().map(|conflict| conflict_row(ctx, conflict)))
        .empty(EmptyState::new(Icon::CheckCircle, ctx.t("crm-conflicts-none")));
    ctx.page(&header, table.show(ctx.words()))
}

fn conflict_row<'a>(ctx: &Ctx, conflict: &OpenConflict) -> Row<'a> {
    let person = |id, label: &str| {
        let label = if label.is_empty() {
            ctx.t("crm-contact-anonymous")
        } else {
            label.to_owned()
        };
        link(&CONTACT.url(id), &label)
    };
    let row = Row::new(vec![
        person(&conflict.contact, &conflict.contact_label),
        person(&conflict.other, &conflict.other_label),
        html! { span.cell-two { span { (identifier(ctx, conflict.kind)) } span.muted { (conflict.value) } } },
        times(ctx).relative(conflict.at),
    ]);
    if !ctx.may(Permission::ContactsWrite) {
        return row;
    }
    let button = Button::secondary(ctx.t("crm-conflict-dismiss")).small();
    let url = IDENTITY_CONFLICT_DISMISSAL.url(&conflict.id.to_string());
    row.actions(html! { (ActionForm::new(url, ctx.csrf_field(), button)) })
}

/// What stands on the page of a contact when somebody else may be them.
pub fn contact_alert(ctx: &Ctx, contact: kernel::ContactId, conflicts: &[OpenConflict]) -> Markup {
    html! {
        @if let Some(conflict) = conflicts.first() {
            @let (id, label) = if conflict.contact == contact {
                (conflict.other, &conflict.other_label)
            } else {
                (conflict.contact, &conflict.contact_label)
            };
            @let label = if label.is_empty() { ctx.t("crm-contact-anonymous") } else { label.clone() };
            (Alert::new(Tone::Warning, ctx.t("crm-conflict-alert"))
                .text(ctx.ta("crm-conflict-alert-text", &[
                    ("kind", identifier(ctx, conflict.kind).into()), ("value", conflict.value.clone().into()),
                ]))
                .actions(html! {
                    (link(&CONTACT.url(&id), &label)) " "
                    (link(&IDENTITY_CONFLICTS.url(), &ctx.t("crm-conflicts-see")))
                }))
        }
    }
}

fn times(ctx: &Ctx) -> Times<'_> {
    Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    }
}
