//! What the visual editor is given: words, blocks, the fields of what can be selected.

use maud::{Markup, html};
use platform::web::Ctx;
use serde_json::{Map, Value, json};
use ui_kit::{
    Alert, Button, Dialog, Field, Icon, Tone, VisualBlock, VisualEditor, VisualEditorWords, dialog_actions,
    field_id,
};

use crate::domain::template::Loss;

const IMAGE: &str = "visual-image";
const LINK: &str = "visual-link";

/// What a source can lose, as the script names it.
const LOSSES: [&str; 10] = [
    "in-tag", "twice", "unclosed", "closes", "text", "element", "program", "no-body", "lost", "entity",
];

/// Words of the script by their key there.
const WORDS: [(&str, &str); 12] = [
    ("unset", "delivery-visual-unset"),
    ("insertField", "delivery-visual-insert-field"),
    ("source", "delivery-visual-source"),
    ("carried", "delivery-visual-carried"),
    ("editText", "delivery-visual-edit-text"),
    ("chooseImage", "delivery-visual-choose-image"),
    ("up", "delivery-visual-up"),
    ("down", "delivery-visual-down"),
    ("duplicate", "delivery-visual-duplicate"),
    ("remove", "delivery-visual-remove"),
    ("canvas", "delivery-visual-canvas"),
    ("selected", "delivery-visual-selected"),
];

/// Everything that can stand in a mail.
const NAMES: [&str; 16] = [
    "mj-body",
    "mj-wrapper",
    "mj-section",
    "mj-group",
    "mj-column",
    "mj-hero",
    "mj-social",
    "mj-text",
    "mj-button",
    "mj-social-element",
    "mj-image",
    "mj-divider",
    "mj-spacer",
    "jinja",
    "note",
    "sealed",
];

/// How a setting is entered.
#[derive(Clone, Copy)]
enum Kind {
    /// As MJML has it: a length, a number, a name.
    Text,
    /// A colour.
    Color,
    /// An address, into which fields can be put.
    Link,
    /// One of these; each is a message key after `delivery-visual-value-`.
    One(&'static [&'static str]),
}

const ALIGN: Kind = Kind::One(&["left", "center", "right"]);
const VERTICAL: Kind = Kind::One(&["top", "middle", "bottom"]);
const WEIGHT: Kind = Kind::One(&["400", "600", "700"]);
const LINE: Kind = Kind::One(&["solid", "dashed", "dotted"]);

/// The settings of each element: what mail programs can show, and no more.
const FIELDS: &[(&str, &[(&str, Kind)])] = &[
    (
        "mj-body",
        &[("background-color", Kind::Color), ("width", Kind::Text)],
    ),
    (
        "mj-wrapper",
        &[
            ("background-color", Kind::Color),
            ("padding", Kind::Text),
            ("border-radius", Kind::Text),
        ],
    ),
    (
        "mj-section",
        &[
            ("background-color", Kind::Color),
            ("background-url", Kind::Text),
            ("padding", Kind::Text),
            ("border-radius", Kind::Text),
            ("full-width", Kind::One(&["full-width"])),
        ],
    ),
    ("mj-group", &[("width", Kind::Text), ("vertical-align", VERTICAL)]),
    (
        "mj-column",
        &[
            ("width", Kind::Text),
            ("background-color", Kind::Color),
            ("padding", Kind::Text),
            ("vertical-align", VERTICAL),
        ],
    ),
    (
        "mj-hero",
        &[
            ("background-color", Kind::Color),
            ("background-url", Kind::Text),
            ("height", Kind::Text),
            ("padding", Kind::Text),
            ("mode", Kind::One(&["fluid-height", "fixed-height"])),
            ("vertical-align", VERTICAL),
        ],
    ),
    (
        "mj-text",
        &[
            ("align", ALIGN),
            ("font-size", Kind::Text),
            ("font-weight", WEIGHT),
            ("line-height", Kind::Text),
            ("color", Kind::Color),
            ("container-background-color", Kind::Color),
            ("padding", Kind::Text),
        ],
    ),
    (
        "mj-button",
        &[
            ("href", Kind::Link),
            ("align", ALIGN),
            ("background-color", Kind::Color),
            ("color", Kind::Color),
            ("font-size", Kind::Text),
            ("font-weight", WEIGHT),
            ("border-radius", Kind::Text),
            ("inner-padding", Kind::Text),
            ("width", Kind::Text),
            ("padding", Kind::Text),
        ],
    ),
    (
        "mj-image",
        &[
            ("src", Kind::Text),
            ("alt", Kind::Text),
            ("href", Kind::Link),
            ("width", Kind::Text),
            ("align", ALIGN),
            ("border-radius", Kind::Text),
            ("padding", Kind::Text),
        ],
    ),
    (
        "mj-divider",
        &[
            ("border-color", Kind::Color),
            ("border-width", Kind::Text),
            ("border-style", LINE),
            ("padding", Kind::Text),
        ],
    ),
    ("mj-spacer", &[("height", Kind::Text)]),
    (
        "mj-social",
        &[
            ("mode", Kind::One(&["horizontal", "vertical"])),
            ("align", ALIGN),
            ("icon-size", Kind::Text),
            ("color", Kind::Color),
            ("font-size", Kind::Text),
            ("padding", Kind::Text),
        ],
    ),
    (
        "mj-social-element",
        &[
            (
                "name",
                Kind::One(&[
                    "facebook-noshare",
                    "instagram",
                    "linkedin-noshare",
                    "x-noshare",
                    "youtube",
                    "github",
                    "web",
                ]),
            ),
            ("href", Kind::Link),
            ("src", Kind::Text),
            ("alt", Kind::Text),
        ],
    ),
];

/// The editor around the field with the source; `merge` is what can be filled in, label and code.
pub fn editor(ctx: &Ctx, merge: &[(String, String)], code: Markup) -> Markup {
    let t = |key: &str| ctx.t(&format!("delivery-visual-{key}")).into();
    VisualEditor {
        config: config(ctx, merge).to_string().into(),
        words: VisualEditorWords {
            refused: t("refused"),
            refused_help: t("refused-help"),
            tools: t("tools"),
            undo: t("undo"),
            redo: t("redo"),
            width: t("width"),
            desktop: t("desktop"),
            tablet: t("tablet"),
            phone: t("phone"),
            bold: t("bold"),
            italic: t("italic"),
            underline: t("underline"),
            link: t("link"),
            unlink: t("unlink"),
            insert_field: t("insert-field"),
            blocks: t("blocks"),
            outline: t("outline"),
            narrow: t("narrow"),
        },
        blocks: blocks(ctx),
    }
    .body(code)
}

/// The dialogs for an image and for a link in text.
pub fn dialogs(ctx: &Ctx) -> Markup {
    let t = |key: &str| ctx.t(&format!("delivery-visual-{key}"));
    let image = html! {
        form method="dialog" {
            (Field::url("visual-src", t("image-url")).help(t("image-url-help")).placeholder("https://")
                .attr("data-visual-src", "").attr("pattern", "https://.+"))
            (Field::text("visual-alt", t("image-alt")).help(t("image-alt-help")).attr("data-visual-alt", ""))
            (dialog_actions(ctx.words(), &Button::primary(t("image-use"))))
        }
    };
    let link = html! {
        form method="dialog" {
            (Field::text("visual-href", t("link-url")).placeholder("https://").attr("data-visual-href", ""))
            (dialog_actions(ctx.words(), &Button::primary(t("link-use"))))
        }
    };
    html! {
        div data-aside {
            (Dialog::new(IMAGE, t("choose-image")).body(ctx.words(), image))
            (Dialog::new(LINK, t("link")).body(ctx.words(), link))
        }
    }
}

/// Why the visual editor is not opened, or not saved from.
pub fn refusal(ctx: &Ctx, loss: &Loss) -> Markup {
    html! {
        (Alert::new(Tone::Warning, ctx.t("delivery-visual-refused"))
            .text(ctx.t("delivery-visual-refused-help"))
            .actions(html! { ul { li { (loss_words(ctx, loss.code, &loss.line.to_string(), &loss.detail)) } } }))
    }
}

fn loss_words(ctx: &Ctx, code: &str, line: &str, detail: &str) -> String {
    ctx.ta(
        &format!("delivery-visual-loss-{code}"),
        &[
            ("line", line.to_owned().into()),
            ("detail", detail.to_owned().into()),
        ],
    )
}

fn config(ctx: &Ctx, merge: &[(String, String)]) -> Value {
    let mut words: Map<String, Value> = WORDS
        .iter()
        .map(|(key, message)| ((*key).to_owned(), ctx.t(message).into()))
        .collect();
    // The script puts the line and the detail in.
    let losses: Map<String, Value> = LOSSES
        .iter()
        .map(|code| {
            (
                (*code).to_owned(),
                loss_words(ctx, code, "{line}", "{detail}").into(),
            )
        })
        .collect();
    words.insert("losses".to_owned(), losses.into());
    let names: Map<String, Value> = NAMES
        .iter()
        .map(|name| {
            (
                (*name).to_owned(),
                ctx.t(&format!("delivery-visual-name-{name}")).into(),
            )
        })
        .collect();
    let fields: Map<String, Value> = FIELDS
        .iter()
        .map(|(name, fields)| {
            let fields: Vec<Value> = fields
                .iter()
                .map(|(field, kind)| setting(ctx, field, *kind))
                .collect();
            ((*name).to_owned(), fields.into())
        })
        .collect();
    let merge: Vec<Value> = merge
        .iter()
        .map(|(label, code)| json!({"label": label, "code": code}))
        .collect();
    json!({
        "body": field_id("body"),
        "imageDialog": IMAGE,
        "linkDialog": LINK,
        "words": words,
        "names": names,
        "fields": fields,
        "merge": merge,
    })
}

fn setting(ctx: &Ctx, name: &str, kind: Kind) -> Value {
    let label = ctx.t(&format!("delivery-visual-field-{name}"));
    match kind {
        Kind::Text => json!({"name": name, "label": label, "kind": "text"}),
        Kind::Color => json!({"name": name, "label": label, "kind": "color", "hint": "#1a2b3c"}),
        Kind::Link => json!({"name": name, "label": label, "kind": "link", "hint": "https://"}),
        Kind::One(values) => {
            let unset = (String::new(), ctx.t("delivery-visual-unset"));
            let options: Vec<_> = std::iter::once(unset)
                .chain(values.iter().map(|value| {
                    (
                        (*value).to_owned(),
                        ctx.t(&format!("delivery-visual-value-{value}")),
                    )
                }))
                .collect();
            json!({"name": name, "label": label, "options": options})
        }
    }
}

fn blocks<'a>(ctx: &Ctx) -> Vec<VisualBlock<'a>> {
    let text = xml(&ctx.t("delivery-visual-new-text"));
    let button = xml(&ctx.t("delivery-visual-new-button"));
    let heading = xml(&ctx.t("delivery-visual-new-heading"));
    let columns = |count: usize| {
        let column = format!("<mj-column><mj-text>{text}</mj-text></mj-column>");
        format!("<mj-section>{}</mj-section>", column.repeat(count))
    };
    let mjml = [
        ("section", Icon::Section, "<mj-section><mj-column></mj-column></mj-section>".to_owned()),
        ("columns-1", Icon::Stop, columns(1)),
        ("columns-2", Icon::TwoColumns, columns(2)),
        ("columns-3", Icon::Columns, columns(3)),
        ("text", Icon::List, format!("<mj-text>{text}</mj-text>")),
        (
            "button",
            Icon::Click,
            format!("<mj-button href=\"https://example.com\">{button}</mj-button>"),
        ),
        ("image", Icon::Image, "<mj-image src=\"\" alt=\"\" />".to_owned()),
        (
            "divider",
            Icon::Minus,
            "<mj-divider border-width=\"1px\" border-color=\"#d9d9d9\" />".to_owned(),
        ),
        ("spacer", Icon::ChevronUpDown, "<mj-spacer height=\"24px\" />".to_owned()),
        (
            "social",
            Icon::Link,
            "<mj-social mode=\"horizontal\">\
             <mj-social-element name=\"facebook-noshare\" href=\"https://www.facebook.com/\">Facebook</mj-social-element>\
             <mj-social-element name=\"instagram\" href=\"https://www.instagram.com/\">Instagram</mj-social-element>\
             <mj-social-element name=\"linkedin-noshare\" href=\"https://www.linkedin.com/\">LinkedIn</mj-social-element>\
             </mj-social>"
                .to_owned(),
        ),
        (
            "hero",
            Icon::Campaign,
            format!(
                "<mj-hero mode=\"fluid-height\" background-color=\"#22313a\" padding=\"64px 24px\">\
                 <mj-text align=\"center\" color=\"#ffffff\" font-size=\"32px\" line-height=\"1.2\">{heading}</mj-text>\
                 <mj-button href=\"https://example.com\">{button}</mj-button></mj-hero>"
            ),
        ),
        (
            "raw",
            Icon::Code,
            "<mj-raw><!-- HTML --></mj-raw>".to_owned(),
        ),
    ];
    mjml.into_iter()
        .map(|(key, icon, mjml)| VisualBlock {
            key,
            label: ctx.t(&format!("delivery-visual-block-{key}")).into(),
            icon,
            mjml: mjml.into(),
        })
        .collect()
}

/// Words as they stand in MJML.
fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
