use axum::response::Response;
use contracts::crm::{
    CONTACTS,
    lists::{BULK_ACTION, BULK_ACTION_CANCELLATION, BULK_ACTION_PROGRESS, BULK_ACTION_UNDO, BULK_ACTIONS},
};
use maud::{Markup, Render, html};
use platform::web::Ctx;
use ui_kit::{
    ActionForm, Alert, Button, Card, Column, Confirm, EmptyState, Icon, PageHeader, Pager, Progress, Row,
    Stat, Table, Times, Tone, badge, link_with_note, number, stack, stats,
};

use crate::domain::bulk::{BulkAction, BulkState};

pub fn list(ctx: &Ctx, actions: &[(BulkAction, String)], next: Option<String>) -> Response {
    let header = PageHeader::new(ctx.t("crm-bulk-actions-title"))
        .purpose(ctx.t("crm-bulk-actions-purpose"))
        .crumb(ctx.t("crm-contacts-title"), CONTACTS.url());
    let columns = vec![
        Column::text(ctx.t("crm-bulk-action")),
        Column::text(ctx.t("crm-import-column-state")),
        Column::number(ctx.t("crm-bulk-changed")),
        Column::text(ctx.t("crm-export-when")).wide_only(),
    ];
    let empty = EmptyState::new(Icon::Edit, ctx.t("crm-bulk-actions-empty"))
        .text(ctx.t("crm-bulk-actions-empty-help"));
    let rows = actions.iter().map(|(action, words)| {
        Row::new(vec![
            link_with_note(&BULK_ACTION.url(&action.id), words, &action.sentence),
            state_badge(ctx, action.state),
            html! { (number(action.changed)) },
            times(ctx).relative(action.created_at),
        ])
    });
    let table = Table::new(ctx.t("crm-bulk-actions-title"), columns)
        .rows(rows)
        .empty(empty)
        .show(ctx.words());
    let pager = Pager {
        next: next.map(Into::into),
        ..Pager::default()
    };
    ctx.page(&header, html! { (table) (pager.show(ctx.words())) })
}

pub fn page(ctx: &Ctx, action: &BulkAction, words: &str) -> Response {
    let header = PageHeader::new(words)
        .purpose(action.sentence.as_str())
        .crumb(ctx.t("crm-contacts-title"), CONTACTS.url())
        .crumb(ctx.t("crm-bulk-actions-title"), BULK_ACTIONS.url())
        .badge(state_badge(ctx, action.state));
    if action.state.is_running() {
        let body = stack(html! {
            (progress(ctx, action))
            // Without a script nothing moves by itself.
            (Button::ghost(ctx.t("crm-import-reload")).href(BULK_ACTION.url(&action.id)))
        });
        return ctx.page(&header, body);
    }
    let (tone, title, text) = match action.state {
        BulkState::Cancelled => (
            Tone::Warning,
            "crm-bulk-was-cancelled",
            "crm-bulk-was-cancelled-help",
        ),
        BulkState::Failed => (Tone::Danger, "crm-bulk-has-failed", "crm-bulk-has-failed-help"),
        BulkState::Undone => (Tone::Success, "crm-bulk-is-undone", "crm-bulk-is-undone-help"),
        _ => (Tone::Success, "crm-bulk-is-done", "crm-bulk-is-done-help"),
    };
    let body = stack(html! {
        (Alert::new(tone, ctx.t(title)).text(ctx.t(text)))
        (figures(ctx, action))
        (undo(ctx, action))
        (Button::secondary(ctx.t("crm-import-see-contacts")).href(CONTACTS.url()))
    });
    ctx.page(&header, body)
}

fn undo(ctx: &Ctx, action: &BulkAction) -> Markup {
    let Some(until) = action.undo_until(ctx.now) else {
        return html! {
            @if !action.kind.can_be_undone() && action.changed > 0 {
                p.muted { (ctx.t("crm-bulk-cannot-be-undone")) }
            }
        };
    };
    let text = ctx.ta(
        "crm-bulk-undo-help",
        &[("until", times(ctx).exact_text(until).into())],
    );
    let form = ActionForm::new(
        BULK_ACTION_UNDO.url(&action.id),
        ctx.csrf_field(),
        Button::secondary(ctx.t("crm-bulk-undo")).icon(Icon::Undo),
    )
    .confirm(Confirm {
        title: ctx.t("crm-bulk-undo-title").into(),
        text: ctx.t("crm-bulk-undo-text").into(),
        button: ctx.t("crm-bulk-undo").into(),
    });
    Card::titled(ctx.t("crm-bulk-undo"))
        .help(text)
        .body(form.render())
}

/// How far it is; asks for itself again as long as that changes.
pub fn progress(ctx: &Ctx, action: &BulkAction) -> Markup {
    let bar = match action.state {
        BulkState::Undoing => Progress::new(ctx.t("crm-bulk-undoing"), action.undone, Some(action.changed)),
        _ => Progress::new(ctx.t("crm-bulk-running"), action.done, action.expected),
    };
    let cancel = Button::secondary(ctx.t("crm-import-cancel")).icon(Icon::Stop);
    html! {
        div id="bulk-progress" hx-get=(BULK_ACTION_PROGRESS.url(&action.id)) hx-trigger="every 1s" hx-swap="outerHTML" {
            (Card::untitled().body(html! {
                (bar.show(ctx.words()))
                (figures(ctx, action))
                @if action.state == BulkState::Running {
                    (ActionForm::new(BULK_ACTION_CANCELLATION.url(&action.id), ctx.csrf_field(), cancel))
                }
            }))
        }
    }
}

fn figures(ctx: &Ctx, action: &BulkAction) -> Markup {
    let mut all = vec![
        Stat::new(ctx.t("crm-bulk-done"), number(action.done)),
        Stat::new(ctx.t("crm-bulk-changed"), number(action.changed)),
        Stat::new(
            ctx.t("crm-import-unchanged"),
            number(action.done - action.changed),
        ),
    ];
    if action.undone > 0 {
        all.push(Stat::new(ctx.t("crm-bulk-undone"), number(action.undone)));
    }
    stats(&all)
}

fn state_badge(ctx: &Ctx, state: BulkState) -> Markup {
    let tone = match state {
        BulkState::Running | BulkState::Undoing => Tone::Info,
        BulkState::Finished => Tone::Success,
        BulkState::Cancelled => Tone::Warning,
        BulkState::Failed => Tone::Danger,
        BulkState::Undone => Tone::Neutral,
    };
    badge(tone, &ctx.t(&format!("crm-bulk-state-{}", state.as_str())))
}

fn times(ctx: &Ctx) -> Times<'_> {
    Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    }
}
