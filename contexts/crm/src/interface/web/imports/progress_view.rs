use contracts::crm::{IMPORT_CANCELLATION, IMPORT_PROGRESS};
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{ActionForm, Button, Card, Icon, Progress, Stat, number, stats};

use crate::domain::import::state::{Import, ImportState};

/// How far the import or its dry run is; asks for itself again as long as that changes.
pub fn part(ctx: &Ctx, import: &Import) -> Markup {
    let label = ctx.t(match import.state {
        ImportState::Checking => "crm-import-progress-checking",
        ImportState::Undoing => "crm-import-progress-undoing",
        _ => "crm-import-progress-importing",
    });
    let percent = if import.size_bytes > 0 {
        import.bytes_read * 100 / import.size_bytes
    } else {
        0
    };
    let progress = match import.state {
        // How many are still to be looked at is not known.
        ImportState::Undoing => Progress::new(label, import.removed + import.restored, None),
        _ => Progress::new(label, percent.min(100), Some(100)),
    };
    let cancel = Button::secondary(ctx.t("crm-import-cancel")).icon(Icon::Stop);
    let body = html! {
        (progress.show(ctx.words()))
        @if import.state == ImportState::Importing { (counts(ctx, import)) }
        @if import.state.after_cancelling().is_some() {
            (ActionForm::new(IMPORT_CANCELLATION.url(&import.id), ctx.csrf_field(), cancel))
        }
    };
    html! {
        div id="import-progress" hx-get=(IMPORT_PROGRESS.url(&import.id)) hx-trigger="every 1s" hx-swap="outerHTML" {
            (Card::untitled().body(body))
        }
    }
}

/// What became of the rows so far.
pub fn counts(ctx: &Ctx, import: &Import) -> Markup {
    let counts = import.counts;
    stats(&[
        Stat::new(ctx.t("crm-import-created"), number(counts.created)),
        Stat::new(ctx.t("crm-import-updated"), number(counts.updated)),
        Stat::new(ctx.t("crm-import-unchanged"), number(counts.unchanged)),
        Stat::new(ctx.t("crm-import-rejected"), number(counts.rejected)),
    ])
}
