use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{Alert, Card, Column, Row, Table, Times, Tone, code_block, copy_value, facts};

use crate::{
    application::read_domains::{DomainReport, RecordChange, RecordReport},
    domain::{
        dns_record::TxtRecord,
        domain_check::{Advice, RecordKind, Status},
    },
    interface::domain_words::{failure, missing_records, purpose, record_badge, status_word},
};

/// What has to be published, each part with a button that copies it, and what DNS says of it.
pub fn card(ctx: &Ctx, report: &DomainReport) -> Markup {
    let zone: Vec<String> = report.records.iter().filter_map(zone_line).collect();
    let card = Card::titled(ctx.t("delivery-records-title")).help(ctx.t("delivery-records-help"));
    card.body(html! {
        @if let Some(missing) = missing_records(ctx, report) {
            (Alert::new(Tone::Warning, missing).text(ctx.t("delivery-records-missing-help")))
        }
        p.muted { (last_checked(ctx, report)) }
        @for record in &report.records { (record_block(ctx, record)) }
        p { (ctx.t("delivery-records-zone")) }
        (code_block(ctx.words(), &ctx.t("delivery-records-zone"), &zone.join("\n")))
    })
}

fn last_checked(ctx: &Ctx, report: &DomainReport) -> Markup {
    match report.domain.checked_at {
        Some(at) => html! { (ctx.t("delivery-records-checked")) " " (times(ctx).relative(at)) },
        None => html! { (ctx.t("delivery-records-unchecked")) },
    }
}

/// Below each other and not in a table: a key is far longer than any column.
fn record_block(ctx: &Ctx, record: &RecordReport) -> Markup {
    let expected = &record.expected;
    let mut pairs = vec![
        (
            ctx.t("delivery-domain-state").into(),
            record_badge(ctx, record.check.as_ref()),
        ),
        (
            ctx.t("delivery-record-type").into(),
            html! { (expected.kind.dns_type()) },
        ),
        (
            ctx.t("delivery-record-name").into(),
            copy_value(ctx.words(), &expected.host),
        ),
    ];
    if let Some(value) = record.value() {
        let label = match expected.advice {
            Advice::ForInstance(_) => "delivery-record-for-instance",
            _ => "delivery-record-value",
        };
        pairs.push((ctx.t(label).into(), copy_value(ctx.words(), value)));
    }
    if let Some(check) = &record.check {
        if let Some(word) = &check.failure {
            pairs.push((
                ctx.t("delivery-record-failure").into(),
                html! { (failure(ctx, word)) },
            ));
        }
        if !check.found.is_empty() && check.status != Some(Status::Missing) {
            pairs.push((
                ctx.t("delivery-record-found").into(),
                html! { code { (check.found) } },
            ));
        }
    }
    html! {
        h3 { (purpose(ctx, &expected.kind)) }
        @if let Some(help) = help(&expected.kind) { p.muted { (ctx.t(help)) } }
        (facts(&pairs))
    }
}

const fn help(kind: &RecordKind) -> Option<&'static str> {
    match kind {
        RecordKind::Dkim(_) => None,
        RecordKind::Spf => Some("delivery-record-spf-help"),
        RecordKind::Dmarc => Some("delivery-record-dmarc-help"),
        RecordKind::Mx => Some("delivery-record-mx-help"),
        RecordKind::Tracking => Some("delivery-record-tracking-help"),
    }
}

/// Only what is still to be entered as it stands: what is in order needs no line.
fn zone_line(record: &RecordReport) -> Option<String> {
    let host = &record.expected.host;
    match record.expected.kind {
        RecordKind::Tracking => record
            .value()
            .map(|value| format!("{host}. 3600 IN CNAME {value}.")),
        RecordKind::Mx => None,
        // A second one would break the first.
        RecordKind::Spf | RecordKind::Dmarc if record.status().is_some_and(|s| s != Status::Missing) => None,
        _ => record.value().map(|value| {
            let record = TxtRecord {
                name: host.clone(),
                value: value.to_owned(),
            };
            record.zone_line()
        }),
    }
}

/// What changed of the records.
pub fn history(ctx: &Ctx, report: &DomainReport) -> Markup {
    if report.changes.is_empty() {
        return Markup::default();
    }
    let columns = vec![
        Column::text(ctx.t("delivery-record-change-at")),
        Column::text(ctx.t("delivery-record-change-record")),
        Column::text(ctx.t("delivery-record-change")),
    ];
    let table = Table::new(ctx.t("delivery-records-history"), columns)
        .rows(report.changes.iter().map(|change| change_row(ctx, change)))
        .show(ctx.words());
    Card::titled(ctx.t("delivery-records-history"))
        .flush()
        .body(table)
}

fn change_row<'a>(ctx: &Ctx, change: &RecordChange) -> Row<'a> {
    let values = [
        ("before", status_word(ctx, change.before).into()),
        ("after", status_word(ctx, Some(change.status)).into()),
    ];
    Row::new(vec![
        times(ctx).exact(change.at),
        html! { (purpose(ctx, &change.record)) },
        html! { (ctx.ta("delivery-record-change-text", &values)) },
    ])
}

fn times(ctx: &Ctx) -> Times<'_> {
    Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    }
}
