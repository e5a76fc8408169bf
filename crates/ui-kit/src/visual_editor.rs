//! The visual editor of mails: the markup that `assets/visual-editor.js` brings to life.

use maud::{Markup, html};

use crate::{Icon, Tone, asset, element::Text};

/// The policy of the page that the editor stands on, and of no other: what GrapesJS puts into the
/// frame of its canvas are style elements and style attributes, and images of the mail. Scripts stay
/// as everywhere: our own files, no `eval`, nothing inline.
pub const VISUAL_EDITOR_POLICY: &str = "default-src 'none'; script-src 'self'; \
    style-src 'self' 'unsafe-inline'; img-src 'self' data: https:; connect-src 'self'; font-src 'self'; \
    frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Something that can be put into a mail.
#[derive(Debug, Clone)]
pub struct VisualBlock<'a> {
    /// The word in the script, unique in the list.
    pub key: &'static str,
    /// What people read.
    pub label: Text<'a>,
    /// Its drawing.
    pub icon: Icon,
    /// What is put in.
    pub mjml: Text<'a>,
}

/// The words of the editor's own markup; those of the script come with its configuration.
#[derive(Debug, Clone)]
pub struct VisualEditorWords<'a> {
    /// Above the list of what would be lost.
    pub refused: Text<'a>,
    /// What follows from it.
    pub refused_help: Text<'a>,
    /// Name of the toolbar.
    pub tools: Text<'a>,
    /// Takes a step back.
    pub undo: Text<'a>,
    /// And forth.
    pub redo: Text<'a>,
    /// Name of the choice of a width, and its three choices.
    pub width: Text<'a>,
    /// As wide as there is room.
    pub desktop: Text<'a>,
    /// 600 px.
    pub tablet: Text<'a>,
    /// 375 px.
    pub phone: Text<'a>,
    /// Bold text.
    pub bold: Text<'a>,
    /// Italic text.
    pub italic: Text<'a>,
    /// Underlined text.
    pub underline: Text<'a>,
    /// A link for the selected words.
    pub link: Text<'a>,
    /// Takes a link away.
    pub unlink: Text<'a>,
    /// Puts a field into the text.
    pub insert_field: Text<'a>,
    /// Name of the list of blocks.
    pub blocks: Text<'a>,
    /// Name of the outline.
    pub outline: Text<'a>,
    /// Above the texts on a narrow screen.
    pub narrow: Text<'a>,
}

/// The editor around the field that holds the source. Without its script the field is all there is,
/// and it stays when the source cannot be opened.
#[derive(Debug, Clone)]
pub struct VisualEditor<'a> {
    /// JSON for the script: words, names, fields, and the ids of what it works with.
    pub config: Text<'a>,
    /// The words of the markup.
    pub words: VisualEditorWords<'a>,
    /// What can be put in.
    pub blocks: Vec<VisualBlock<'a>>,
}

impl VisualEditor<'_> {
    /// Around the field.
    #[must_use]
    pub fn body(&self, code: Markup) -> Markup {
        let files = asset::visual_editor();
        html! {
            link rel="stylesheet" href=(files.vendor_css.path);
            link rel="stylesheet" href=(files.css.path);
            div.visual data-visual=(self.config) {
                (self.refusal())
                (self.bar())
                div.visual-main {
                    div.visual-side {
                        div.visual-blocks role="group" aria-label=(self.words.blocks) {
                            @for block in &self.blocks { (tile(block)) }
                        }
                        nav.visual-outline data-visual-outline aria-label=(self.words.outline) {}
                    }
                    div.visual-canvas data-visual-canvas {}
                }
                div.visual-texts data-visual-texts hidden { p.muted { (self.words.narrow) } }
                div.visual-code { (code) }
            }
            script src=(files.grapesjs.path) defer {}
            script src=(files.mjml.path) defer {}
            script src=(files.js.path) defer {}
        }
    }

    /// The settings of what is selected stand in the panel of the builder.
    #[must_use]
    pub fn panel(label: &str) -> Markup {
        html! { section.visual-panel data-visual-panel data-aside aria-label=(label) hidden {} }
    }

    fn refusal(&self) -> Markup {
        html! {
            div.alert.alert-warning data-visual-refused role="alert" hidden {
                (Tone::Warning.icon())
                div.alert-body {
                    p.alert-title { (self.words.refused) }
                    p { (self.words.refused_help) }
                    ul data-visual-losses {}
                }
            }
        }
    }

    fn bar(&self) -> Markup {
        let words = &self.words;
        let devices = [
            ("desktop", Icon::Monitor, &words.desktop),
            ("tablet", Icon::Tablet, &words.tablet),
            ("phone", Icon::Phone, &words.phone),
        ];
        html! {
            div.visual-bar data-visual-bar data-aside role="group" aria-label=(words.tools) {
                (tool("undo", &words.undo, &html! { (Icon::Undo) }))
                (tool("redo", &words.redo, &html! { span.visual-redo { (Icon::Undo) } }))
                fieldset.segmented {
                    legend.sr { (words.width) }
                    @for (value, icon, label) in devices {
                        label title=(label) {
                            input type="radio" name="visual-device" value=(value) data-device
                                checked[value == "desktop"] autocomplete="off";
                            span { (icon) span.sr { (label) } }
                        }
                    }
                }
                div.visual-typing {
                    (tool("bold", &words.bold, &html! { b aria-hidden="true" { "B" } }))
                    (tool("italic", &words.italic, &html! { i aria-hidden="true" { "I" } }))
                    (tool("underline", &words.underline, &html! { u aria-hidden="true" { "U" } }))
                    button.btn.btn-ghost.btn-icon type="button" data-visual-link aria-label=(words.link) title=(words.link) { (Icon::Link) }
                    (tool("unlink", &words.unlink, &html! { (Icon::Close) }))
                    select.input.select data-visual-merge aria-label=(words.insert_field) autocomplete="off" {
                        option value="" { (words.insert_field) }
                    }
                }
            }
        }
    }
}

fn tool(name: &str, label: &str, drawing: &Markup) -> Markup {
    html! {
        button.btn.btn-ghost.btn-icon type="button" data-tool=(name) aria-label=(label) title=(label) { (drawing) }
    }
}

fn tile(block: &VisualBlock<'_>) -> Markup {
    html! {
        button.visual-block type="button" data-block=(block.key) data-mjml=(block.mjml) {
            (block.icon)
            span { (block.label) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_styles_and_images_are_laxer_than_elsewhere() {
        assert!(VISUAL_EDITOR_POLICY.contains("script-src 'self';"));
        assert!(VISUAL_EDITOR_POLICY.contains("connect-src 'self';"));
        assert!(!VISUAL_EDITOR_POLICY.contains("unsafe-eval"));
        assert_eq!(VISUAL_EDITOR_POLICY.matches("unsafe-inline").count(), 1);
    }

    #[test]
    fn the_configuration_cannot_leave_its_attribute() {
        let word = || Text::Borrowed("<\">");
        let editor = VisualEditor {
            config: "{\"a\":\"</div>\"}".into(),
            words: VisualEditorWords {
                refused: word(),
                refused_help: word(),
                tools: word(),
                undo: word(),
                redo: word(),
                width: word(),
                desktop: word(),
                tablet: word(),
                phone: word(),
                bold: word(),
                italic: word(),
                underline: word(),
                link: word(),
                unlink: word(),
                insert_field: word(),
                blocks: word(),
                outline: word(),
                narrow: word(),
            },
            blocks: vec![VisualBlock {
                key: "text",
                label: word(),
                icon: Icon::Field,
                mjml: "<mj-text>\"</mj-text>".into(),
            }],
        };
        let html = editor.body(html! { textarea {} }).0;
        assert!(html.contains("data-visual=\"{&quot;a&quot;:&quot;&lt;/div&gt;&quot;}\""));
        assert!(html.contains("data-mjml=\"&lt;mj-text&gt;&quot;&lt;/mj-text&gt;\""));
        assert!(!html.contains("<\">") && html.contains("<textarea></textarea>"));
    }
}
