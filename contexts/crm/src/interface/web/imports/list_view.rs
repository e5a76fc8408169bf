use axum::response::Response;
use contracts::crm::{CONTACTS as CONTACTS_PAGE, IMPORT, IMPORT_NEW, IMPORTS};
use http::StatusCode;
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{
    Alert, Button, Column, EmptyState, Field, FileField, Form, Icon, PageHeader, Pager, Row, Select, Table,
    Times, Tone, badge, button_row, link_with_note, number, stack,
};

use super::what::What;
use crate::domain::{
    field::CONTACTS,
    import::state::{Import, ImportState},
    object::Object,
};

pub fn page(ctx: &Ctx, imports: &[Import], objects: &[Object], next: Option<String>) -> Response {
    let upload = html! { (Button::primary(ctx.t("crm-import-file-action")).icon(Icon::Upload).href(IMPORT_NEW.url())) };
    let mut header = PageHeader::new(ctx.t("crm-imports-title"))
        .purpose(ctx.t("crm-imports-purpose"))
        .crumb(ctx.t("crm-contacts-title"), CONTACTS_PAGE.url());
    if !imports.is_empty() {
        header = header.actions(upload.clone());
    }
    let columns = vec![
        Column::text(ctx.t("crm-import-column-file")),
        Column::text(ctx.t("crm-import-column-what")).wide_only(),
        Column::text(ctx.t("crm-import-column-state")),
        Column::number(ctx.t("crm-import-created")),
        Column::number(ctx.t("crm-import-updated")).wide_only(),
        Column::number(ctx.t("crm-import-rejected")),
        Column::text(ctx.t("crm-import-column-when")).wide_only(),
    ];
    let empty = EmptyState::new(Icon::Upload, ctx.t("crm-imports-empty"))
        .text(ctx.t("crm-imports-empty-help"))
        .action(upload);
    let table = Table::new(ctx.t("crm-imports-title"), columns)
        .rows(imports.iter().map(|import| row(ctx, import, objects)))
        .empty(empty)
        .show(ctx.words());
    let pager = Pager {
        next: next.map(|cursor| IMPORTS.with(&[("cursor", cursor)]).into()),
        ..Pager::default()
    };
    ctx.page(&header, html! { (table) (pager.show(ctx.words())) })
}

fn row<'a>(ctx: &Ctx, import: &Import, objects: &[Object]) -> Row<'a> {
    let times = Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    };
    Row::new(vec![
        link_with_note(
            &IMPORT.url(&import.id),
            &import.file_name,
            &ui_kit::bytes(import.size_bytes.unsigned_abs()),
        ),
        html! { (What::among(objects, &import.object).plural(ctx)) },
        state_badge(ctx, import.state),
        html! { (number(import.counts.created)) },
        html! { (number(import.counts.updated)) },
        html! { (number(import.counts.rejected)) },
        times.relative(import.created_at),
    ])
    .id(import.id.to_string())
}

pub fn state_badge(ctx: &Ctx, state: ImportState) -> Markup {
    let (tone, key) = match state {
        ImportState::Uploading => (Tone::Neutral, "crm-import-state-uploading"),
        ImportState::Mapping => (Tone::Neutral, "crm-import-state-mapping"),
        ImportState::Checking => (Tone::Info, "crm-import-state-checking"),
        ImportState::Checked => (Tone::Info, "crm-import-state-checked"),
        ImportState::Importing => (Tone::Info, "crm-import-state-importing"),
        ImportState::Finished => (Tone::Success, "crm-import-state-finished"),
        ImportState::Cancelled => (Tone::Warning, "crm-import-state-cancelled"),
        ImportState::Failed => (Tone::Danger, "crm-import-state-failed"),
        ImportState::Undoing => (Tone::Info, "crm-bulk-state-undoing"),
        ImportState::Undone => (Tone::Neutral, "crm-bulk-state-undone"),
    };
    badge(tone, &ctx.t(key))
}

/// The form for a file, and why the last one was not taken.
pub fn upload_page(
    ctx: &Ctx,
    status: StatusCode,
    objects: &[Object],
    what: &What,
    problem: Option<String>,
) -> Response {
    let title = match what {
        What::Records(object) => ctx.ta(
            "crm-import-records-new-title",
            &[("objects", object.plural.as_str().into())],
        ),
        What::Contacts | What::Gone(_) => ctx.t("crm-import-new-title"),
    };
    let mut header = PageHeader::new(title).purpose(ctx.t("crm-import-new-purpose"));
    if let Some(url) = what.url() {
        header = header.crumb(what.plural(ctx), url);
    }
    let header = header.crumb(ctx.t("crm-imports-title"), IMPORTS.url());
    // The token stands in the address: it has to be read before the file.
    let action = format!("{}?{}", IMPORT_NEW.url(), ctx.csrf_query());
    let chosen = match what {
        What::Records(object) => object.key.as_str(),
        What::Contacts | What::Gone(_) => CONTACTS,
    };
    let choices = std::iter::once((CONTACTS.to_owned(), ctx.t("crm-contacts-title")));
    let choices = choices.chain(
        objects
            .iter()
            .map(|object| (object.key.clone(), object.plural.clone())),
    );
    let fields = html! {
        // Before the file, which is read as it comes in.
        @if !objects.is_empty() {
            (Select::new("object", ctx.t("crm-import-what"))
                .options(choices)
                .selected(chosen)
                .help(ctx.t("crm-import-what-help")))
        }
        (FileField::new("file", ctx.t("crm-import-file"))
            .accept(".csv,.tsv,.txt,.xlsx,text/csv,text/plain,text/tab-separated-values")
            .help(ctx.t("crm-import-file-help"))
            .error(problem.as_deref().map(str::to_owned))
            .show(ctx.words()))
        (Field::textarea("text", ctx.t("crm-import-paste"), 6).help(ctx.t("crm-import-paste-help")))
        (button_row(html! {
            (Button::primary(ctx.t("crm-import-upload")).icon(Icon::Upload))
            (Button::ghost(ctx.words().cancel.as_str()).href(IMPORTS.url()))
        }))
    };
    let body = stack(html! {
        @if let Some(problem) = &problem { (Alert::new(Tone::Danger, problem.as_str()).live()) }
        (Form::post(action, Markup::default()).multipart().body(ctx.words(), fields))
    });
    ctx.page_with(status, &header, body)
}
