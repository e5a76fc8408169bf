use std::collections::BTreeMap;

use contracts::crm::{IMPORT_ERRORS, lists::IMPORT_UNDO};
use kernel::Permission;
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{
    ActionForm, Alert, Button, Card, Column, Confirm, Icon, Row, Stat, Table, Times, Tone, button_row,
    number, stack, stats,
};

use super::{progress_view, what::What};
use crate::{
    domain::import::{
        dry_run::DryRun,
        state::{Import, ImportState},
    },
    domain::topic::Topic,
    infrastructure::pg::import_skips::StoredSkip,
    interface::{assignment::People, problem_text::reason, web::contacts::field_label},
};

/// What came of an import that has ended.
pub fn report(ctx: &Ctx, import: &Import, what: &What, skips: &[StoredSkip], topics: &[Topic]) -> Markup {
    let (tone, title, text) = match import.state {
        ImportState::Finished => (Tone::Success, "crm-import-finished", "crm-import-finished-help"),
        ImportState::Undone if what.is_contacts() => {
            (Tone::Success, "crm-import-undone", "crm-import-undone-help")
        }
        ImportState::Undone => (
            Tone::Success,
            "crm-import-undone",
            "crm-import-records-undone-help",
        ),
        ImportState::Cancelled => (
            Tone::Warning,
            "crm-import-was-cancelled",
            "crm-import-was-cancelled-help",
        ),
        _ => (
            Tone::Danger,
            "crm-import-has-failed",
            "crm-import-has-failed-help",
        ),
    };
    stack(html! {
        (Alert::new(tone, ctx.t(title)).text(ctx.t(text)))
        (progress_view::counts(ctx, import))
        @if import.subscribed + import.skipped > 0 {
            (stats(&subscriptions(ctx, import.subscribed, import.skipped)))
        }
        @if !skips.is_empty() { (skipped(ctx, skips, topics)) }
        @if import.state == ImportState::Undone { (taken_back(ctx, import)) }
        @if import.counts.rejected > 0 { (rejected(ctx, import)) }
        (undo(ctx, import, what))
        (button_row(html! {
            @if let Some(url) = what.url() { (Button::primary(see(ctx, what)).href(url)) }
            (Button::secondary(ctx.t("crm-import-another")).icon(Icon::Upload).href(what.upload_url()))
        }))
    })
}

fn see(ctx: &Ctx, what: &What) -> String {
    if what.is_contacts() {
        return ctx.t("crm-import-see-contacts");
    }
    ctx.ta("crm-import-see-records", &[("objects", what.plural(ctx).into())])
}

fn subscriptions(ctx: &Ctx, subscribed: i64, skipped: i64) -> [Stat<'_>; 2] {
    [
        Stat::new(ctx.t("crm-import-subscribed"), number(subscribed)),
        Stat::new(ctx.t("crm-import-skipped"), number(skipped)),
    ]
}

/// Whom the file says yes for, and who had said no.
fn skipped(ctx: &Ctx, skips: &[StoredSkip], topics: &[Topic]) -> Markup {
    let columns = vec![
        Column::number(ctx.t("crm-import-column-row")),
        Column::number(ctx.t("crm-import-column-line")),
        Column::text(ctx.t("crm-bulk-topic")),
        Column::text(ctx.t("crm-import-column-reason")),
    ];
    let rows = skips.iter().map(|skip| {
        let topic = topics.iter().find(|topic| topic.id == skip.topic);
        let why = match skip.reason.as_str() {
            "do_not_contact" => "crm-import-skip-do-not-contact",
            _ => "crm-import-skip-opted-out",
        };
        Row::new(vec![
            html! { (number(skip.row)) },
            html! { (number(skip.line)) },
            html! { (topic.map_or("", |topic| topic.name.as_str())) },
            html! { (ctx.t(why)) },
        ])
    });
    Card::titled(ctx.t("crm-import-skips"))
        .help(ctx.t("crm-import-skips-help"))
        .flush()
        .body(
            Table::new(ctx.t("crm-import-skips"), columns)
                .rows(rows)
                .show(ctx.words()),
        )
}

fn taken_back(ctx: &Ctx, import: &Import) -> Markup {
    stats(&[
        Stat::new(ctx.t("crm-import-removed"), number(import.removed)),
        Stat::new(ctx.t("crm-import-restored"), number(import.restored)),
    ])
}

/// The way back, as long as there is one.
fn undo(ctx: &Ctx, import: &Import, what: &What) -> Markup {
    let Some(until) = import
        .undo_until(ctx.now)
        .filter(|_| ctx.may(Permission::ContactsWrite))
        .filter(|_| what.is_contacts() || ctx.may(Permission::RecordsWrite))
    else {
        return Markup::default();
    };
    let times = Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    };
    let (help, confirm) = if what.is_contacts() {
        ("crm-import-undo-help", "crm-import-undo-text")
    } else {
        ("crm-import-records-undo-help", "crm-import-records-undo-text")
    };
    let text = ctx.ta(help, &[("until", times.exact_text(until).into())]);
    let form = ActionForm::new(
        IMPORT_UNDO.url(&import.id),
        ctx.csrf_field(),
        Button::secondary(ctx.t("crm-bulk-undo")).icon(Icon::Undo),
    )
    .confirm(Confirm {
        title: ctx.t("crm-import-undo-title").into(),
        text: ctx.t(confirm).into(),
        button: ctx.t("crm-bulk-undo").into(),
    });
    Card::titled(ctx.t("crm-bulk-undo"))
        .help(text)
        .body(html! { (form) })
}

fn rejected(ctx: &Ctx, import: &Import) -> Markup {
    let download = Button::secondary(ctx.t("crm-import-errors-download"))
        .icon(Icon::Download)
        .small()
        .href(IMPORT_ERRORS.url(&import.id))
        .attr("download", "errors.csv")
        .attr("hx-boost", "false");
    Card::titled(ctx.t("crm-import-why-rejected"))
        .help(ctx.t("crm-import-why-rejected-help"))
        .actions(html! { (download) })
        .flush()
        .body(reasons(ctx, &import.reasons))
}

fn reasons(ctx: &Ctx, reasons: &BTreeMap<String, i64>) -> Markup {
    let mut sorted: Vec<_> = reasons.iter().collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let columns = vec![
        Column::text(ctx.t("crm-import-column-reason")),
        Column::number(ctx.t("crm-import-column-rows")),
    ];
    let rows = sorted.into_iter().map(|(code, count)| {
        Row::new(vec![
            html! { (reason(&ctx.l10n, code)) },
            html! { (number(*count)) },
        ])
    });
    Table::new(ctx.t("crm-import-why-rejected"), columns)
        .rows(rows)
        .show(ctx.words())
}

/// What a dry run found.
pub fn dry_run(ctx: &Ctx, people: &People, what: &What, found: &DryRun) -> Markup {
    let counts = found.counts;
    let figures = stats(&[
        Stat::new(ctx.t("crm-import-would-create"), number(counts.created)),
        Stat::new(ctx.t("crm-import-would-update"), number(counts.updated)),
        Stat::new(ctx.t("crm-import-unchanged"), number(counts.unchanged)),
        Stat::new(ctx.t("crm-import-would-reject"), number(counts.rejected)),
    ]);
    html! {
        (Alert::new(Tone::Info, ctx.t("crm-import-checked")).text(ctx.t("crm-import-checked-help")))
        (figures)
        @if found.subscribed + found.skipped > 0 {
            (stats(&subscriptions(ctx, found.subscribed, found.skipped)))
        }
        @if found.repeated > 0 {
            (Alert::new(Tone::Info, ctx.ta("crm-import-repeated", &[("count", found.repeated.into())])))
        }
        @if !found.new_stages.is_empty() {
            (Alert::new(Tone::Info, ctx.ta("crm-import-new-stages", &[("stages", new_stages(found).into())])))
        }
        @if !found.updated.is_empty() { (updates(ctx, people, what, found)) }
        @if !found.rejected.is_empty() { (rejects(ctx, found)) }
    }
}

fn new_stages(found: &DryRun) -> String {
    let names: Vec<&str> = found.new_stages.iter().map(|new| new.name.as_str()).collect();
    names.join(", ")
}

fn updates(ctx: &Ctx, people: &People, what: &What, found: &DryRun) -> Markup {
    let whose = match what {
        What::Records(object) => object.singular.clone(),
        What::Contacts | What::Gone(_) => ctx.t("crm-column-contact"),
    };
    let columns = vec![
        Column::text(whose),
        Column::text(ctx.t("crm-import-column-field")),
        Column::text(ctx.t("crm-import-column-before")),
        Column::text(ctx.t("crm-import-column-after")),
    ];
    let rows = found.updated.iter().flat_map(|update| {
        update.changes.iter().map(|(field, before, after)| {
            Row::new(vec![
                html! { (update.contact) },
                html! { (changed_label(ctx, field)) },
                html! { (changed_value(ctx, people, found, field, before)) },
                html! { (changed_value(ctx, people, found, field, after)) },
            ])
        })
    });
    Card::titled(ctx.t("crm-import-sample-updates")).flush().body(
        Table::new(ctx.t("crm-import-sample-updates"), columns)
            .rows(rows)
            .show(ctx.words()),
    )
}

/// What people call a thing that changed; custom fields are named by their key.
fn changed_label(ctx: &Ctx, name: &str) -> String {
    match name.strip_prefix("attributes.") {
        Some(key) => key.to_owned(),
        None => match name {
            "tags" => ctx.t("crm-column-tags"),
            "name" => ctx.t("crm-record-name"),
            "owner_id" | "owner" => ctx.t("crm-column-owner"),
            "stage_id" => ctx.t("crm-column-stage"),
            "points" => ctx.t("crm-column-points"),
            "last_active_at" => ctx.t("crm-import-target-last-active"),
            name => field_label(ctx, name),
        },
    }
}

/// Members and stages by what they are called.
fn changed_value(ctx: &Ctx, people: &People, found: &DryRun, name: &str, value: &str) -> String {
    let times = Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    };
    let called = match name {
        "owner_id" | "owner" => value
            .parse()
            .ok()
            .and_then(|id| people.member(id))
            .map(str::to_owned),
        "stage_id" => value
            .parse()
            .ok()
            .and_then(|id| {
                let new = || found.new_stages.iter().find(|new| new.id == id);
                people.stage(id).or_else(|| Some(new()?.name.as_str()))
            })
            .map(str::to_owned),
        "last_active_at" => value.parse().ok().map(|at| times.exact_text(at).to_string()),
        _ => None,
    };
    called.unwrap_or_else(|| value.to_owned())
}

fn rejects(ctx: &Ctx, found: &DryRun) -> Markup {
    let columns = vec![
        Column::number(ctx.t("crm-import-column-line")),
        Column::text(ctx.t("crm-import-column-reason")),
        Column::text(ctx.t("crm-import-column-name")).wide_only(),
        Column::text(ctx.t("crm-import-column-row")).wide_only(),
    ];
    let rows = found.rejected.iter().map(|reject| {
        Row::new(vec![
            html! { (reject.line) },
            html! { (reason(&ctx.l10n, &reject.reason)) },
            html! { (reject.column) },
            html! { span.muted { (reject.beginning) } },
        ])
    });
    Card::titled(ctx.t("crm-import-sample-rejects")).flush().body(
        Table::new(ctx.t("crm-import-sample-rejects"), columns)
            .rows(rows)
            .show(ctx.words()),
    )
}
