//! Events that other software sent, in the timeline: what they are called, and what came with them.

use maud::{Markup, html};
use platform::web::Ctx;
use serde_json::Value;
use ui_kit::{Icon, Tone};

use crate::domain::{
    field_value::to_text,
    ingest::message::{PAGE_VIEW, SCREEN_VIEW},
    timeline::Event,
};

/// Properties shown before the rest is folded away.
const SHOWN: usize = 4;
/// The longest value shown in a line.
const MOST: usize = 120;

/// Picture and title of an entry.
pub fn head(ctx: &Ctx, name: &str, event: &Event) -> (Icon, Tone, Markup) {
    let said = |key: &str| event.properties.get(key).and_then(Value::as_str);
    match name {
        PAGE_VIEW => {
            let page = said("title").or_else(|| said("name")).or_else(|| said("path"));
            (
                Icon::Globe,
                Tone::Neutral,
                titled(ctx, "crm-event-page-view", page),
            )
        }
        SCREEN_VIEW => (
            Icon::Phone,
            Tone::Neutral,
            titled(ctx, "crm-event-screen-view", said("name")),
        ),
        name => (Icon::Click, Tone::Info, html! { (name) }),
    }
}

fn titled(ctx: &Ctx, key: &str, what: Option<&str>) -> Markup {
    html! { (ctx.t(key)) @if let Some(what) = what { ": " (cut(what)) } }
}

/// The properties, each with its value; what is long is folded away.
pub fn detail(ctx: &Ctx, event: &Event) -> Markup {
    let empty = serde_json::Map::new();
    let properties = event.properties.as_object().unwrap_or(&empty);
    let mut told: Vec<(String, String)> = Vec::new();
    tell("", properties, &mut told);
    let shown = told.len().min(SHOWN);
    html! {
        @for (name, value) in &told[..shown] { (property(name, value)) " " }
        @if told.len() > shown {
            details {
                summary { (ctx.ta("crm-event-more-properties", &[("count", (told.len() - shown).into())])) }
                @for (name, value) in &told[shown..] { (property(name, value)) " " }
            }
        }
    }
}

fn property(name: &str, value: &str) -> Markup {
    html! { span { (name) ": " (cut(value)) } }
}

fn tell(prefix: &str, members: &serde_json::Map<String, Value>, told: &mut Vec<(String, String)>) {
    for (key, value) in members {
        let name = format!("{prefix}{key}");
        match value {
            Value::Null => {}
            Value::Object(inner) => tell(&format!("{name}."), inner, told),
            Value::Array(_) => told.push((name, value.to_string())),
            value => told.push((name, to_text(value))),
        }
    }
}

fn cut(text: &str) -> String {
    let mut letters = text.chars();
    let mut short: String = letters.by_ref().take(MOST).collect();
    if letters.next().is_some() {
        short.push('…');
    }
    short
}
