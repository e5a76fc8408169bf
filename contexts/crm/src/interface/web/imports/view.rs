use axum::response::Response;
use contracts::crm::{IMPORT, IMPORTS};
use maud::html;
use platform::web::Ctx;
use ui_kit::{Button, PageHeader, stack};

use super::{list_view::state_badge, progress_view, report_view, what::What};
use crate::{
    domain::{import::state::Import, topic::Topic},
    infrastructure::pg::import_skips::StoredSkip,
};

/// An import that runs or has ended.
pub fn page(ctx: &Ctx, import: &Import, what: &What, skips: &[StoredSkip], topics: &[Topic]) -> Response {
    let mut header = PageHeader::new(import.file_name.as_str());
    if let Some(url) = what.url() {
        header = header.crumb(what.plural(ctx), url);
    }
    header = header
        .crumb(ctx.t("crm-imports-title"), IMPORTS.url())
        .badge(state_badge(ctx, import.state));
    if import.state.has_report() {
        return ctx.page(&header, report_view::report(ctx, import, what, skips, topics));
    }
    let body = stack(html! {
        (progress_view::part(ctx, import))
        // Without a script nothing moves by itself.
        (Button::ghost(ctx.t("crm-import-reload")).href(IMPORT.url(&import.id)))
    });
    ctx.page(&header, body)
}
