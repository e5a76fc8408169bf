//! The reference of the API as a page, shown from the same document that programs read.

use contracts::{identity::API_KEYS, platform::OPENAPI};
use maud::{Markup, html};
use serde_json::Value;
use ui_kit::{Button, Card, Column, PageHeader, Row, Table, Tone, badge, code_block, stack};

use super::{Ctx, WebResult};

/// All operations, by resource.
pub(super) async fn show(ctx: Ctx) -> WebResult {
    let document: Value = serde_json::from_str(&ctx.site.openapi)?;
    let title = ctx.t("platform-api-title");
    let document_link = Button::secondary(ctx.t("platform-api-document"))
        .href(OPENAPI.url())
        .attr("download", "openapi.json");
    let header = PageHeader::new(title)
        .purpose(ctx.t("platform-api-purpose"))
        .actions(
            html! { (document_link) (Button::primary(ctx.t("platform-api-keys")).href(API_KEYS.url())) },
        );
    Ok(ctx.page(
        &header,
        stack(html! {
            (first_call(&ctx))
            @for (tag, operations) in by_tag(&document) { (resource(&ctx, &tag, &operations)) }
        }),
    ))
}

fn first_call(ctx: &Ctx) -> Markup {
    let url = format!(
        "{}{}",
        ctx.site.deps.config.base_url(),
        contracts::crm::API_CONTACTS.url()
    );
    let call = format!("curl -H \"Authorization: Bearer $KEY\" {url}");
    Card::titled(ctx.t("platform-api-first-call"))
        .help(ctx.t("platform-api-first-call-help"))
        .body(code_block(ctx.words(), &ctx.t("platform-api-first-call"), &call))
}

struct Operation {
    method: String,
    path: String,
    summary: String,
    scope: String,
}

/// In the order of their paths.
fn by_tag(document: &Value) -> Vec<(String, Vec<Operation>)> {
    let mut groups: Vec<(String, Vec<Operation>)> = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let text = |name: &str| operation[name].as_str().unwrap_or_default().to_owned();
            let tag = operation["tags"][0].as_str().unwrap_or_default().to_owned();
            let entry = Operation {
                method: method.to_ascii_uppercase(),
                path: path.clone(),
                summary: text("summary"),
                scope: text("x-scope"),
            };
            match groups.iter_mut().find(|(name, _)| *name == tag) {
                Some((_, operations)) => operations.push(entry),
                None => groups.push((tag, vec![entry])),
            }
        }
    }
    groups
}

fn resource(ctx: &Ctx, tag: &str, operations: &[Operation]) -> Markup {
    let columns = vec![
        Column::text(ctx.t("platform-api-operation")),
        Column::text(ctx.t("platform-api-path")),
        Column::text(ctx.t("platform-api-scope")).wide_only(),
    ];
    let rows = operations.iter().map(|operation| {
        Row::new(vec![
            html! { (operation.summary) },
            html! { (badge(tone(&operation.method), &operation.method)) " " code { (operation.path) } },
            html! { code { (operation.scope) } },
        ])
    });
    let table = Table::new(tag, columns).rows(rows).show(ctx.words());
    Card::titled(tag.to_owned()).flush().body(table)
}

fn tone(method: &str) -> Tone {
    match method {
        "GET" => Tone::Info,
        "DELETE" => Tone::Danger,
        _ => Tone::Neutral,
    }
}
