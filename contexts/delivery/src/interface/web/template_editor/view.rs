use axum::response::Response;
use contracts::{
    crm::consent::Channel,
    delivery::{
        TEMPLATE, TEMPLATE_DELETION, TEMPLATE_PREVIEW, TEMPLATE_TEST, TEMPLATES,
        editor::{TEMPLATE_CODE, TEMPLATE_VISUAL},
    },
};
use maud::{Markup, html};
use platform::web::{Ctx, FieldErrors};
use ui_kit::{
    ActionForm, Alert, Builder, Button, CodeField, Dialog, Field, Form, Icon, Tone, VisualEditor, badge,
    dialog_actions, field_id,
};

use super::{
    form::{EditorForm, VISUAL},
    link_view,
    preview_view::{self, PreviewView},
    short_fields, visual_view,
};
use crate::{
    application::{
        check_links::CheckedLinks, read_templates::VersionRow, send_template_test::MOST_TEST_ADDRESSES,
    },
    domain::template::{Loss, Template, TemplateKind, TemplateName},
    interface::web::template_parts::{confirm_deletion, summary, times},
};

/// Id of the form. Its fields stand in three places of the page and name it.
pub const FORM: &str = "template-form";
pub const TEST: &str = "template-test";

/// All that the page shows.
pub struct EditorView<'a> {
    pub template: &'a Template,
    pub form: &'a EditorForm,
    pub versions: &'a [VersionRow],
    pub older: Option<i32>,
    pub newer: Option<i32>,
    pub errors: FieldErrors,
    pub wrong_line: Option<usize>,
    pub preview: PreviewView,
    pub dialog: &'a TestDialog,
    pub may_write: bool,
    /// What the visual editor would lose.
    pub loss: Option<&'a Loss>,
    /// Where the links lead, if that was asked.
    pub links: Option<&'a CheckedLinks>,
    /// What can be filled in, in the visual editor; `None` in the code editor.
    pub visual: Option<&'a [(String, String)]>,
}

/// The dialog for a test.
#[derive(Default)]
pub struct TestDialog {
    pub open: bool,
    pub to: String,
    pub error: Option<String>,
}

/// The page.
pub fn page(ctx: &Ctx, view: &EditorView<'_>) -> Response {
    let number = [("version", i64::from(view.template.version.number).into())];
    ctx.builder(&Builder {
        title: view.template.name.as_str().into(),
        back: (TEMPLATES.url().into(), ctx.t("delivery-templates-title").into()),
        state: html! {
            (badge(Tone::Neutral, &ctx.t(&format!("delivery-template-kind-{}", view.template.version.source.kind.as_str()))))
            span { (ctx.ta("delivery-template-version-number", &number)) " " (times(ctx).relative(view.template.updated_at)) }
        },
        actions: actions(ctx, view),
        canvas: canvas(ctx, view),
        panel: panel(ctx, view),
        panel_label: ctx.t("delivery-template-settings").into(),
    })
}

fn actions(ctx: &Ctx, view: &EditorView<'_>) -> Markup {
    if !view.may_write {
        return Markup::default();
    }
    html! {
        @if view.visual.is_some() {
            (Button::secondary(ctx.t("delivery-visual-code")).icon(Icon::Code).attr("form", FORM)
                .attr("formaction", TEMPLATE_CODE.url(&view.template.id)))
        } @else if view.template.version.source.kind == TemplateKind::Mjml {
            (Button::secondary(ctx.t("delivery-visual-open")).icon(Icon::Edit).attr("form", FORM)
                .attr("formaction", TEMPLATE_VISUAL.url(&view.template.id)))
        }
        (Button::secondary(ctx.t("delivery-template-preview")).icon(Icon::Eye).attr("form", FORM)
            .attr("formaction", TEMPLATE_PREVIEW.url()))
        (Button::secondary(ctx.t("delivery-template-test")).icon(Icon::Send).dialog(TEST))
        (Button::primary(ctx.t("delivery-template-save")).attr("form", FORM))
    }
}

fn canvas(ctx: &Ctx, view: &EditorView<'_>) -> Markup {
    let source = match view.template.version.source.kind.channel() {
        Channel::Email => code(ctx, view),
        Channel::Sms => short_fields::text_message(ctx, view),
        Channel::Push => short_fields::notification(ctx, view),
    };
    html! {
        (source)
        (preview_view::region(ctx, &view.preview))
    }
}

fn code(ctx: &Ctx, view: &EditorView<'_>) -> Markup {
    let label = match view.template.version.source.kind.as_str() {
        "mjml" => ctx.t("delivery-template-body-mjml"),
        _ => ctx.t("delivery-template-body-html"),
    };
    let code = html! {
        (CodeField::new("body", label)
            .value(view.form.body.as_str())
            .rows(20)
            .wrong_line(view.wrong_line)
            .error(view.errors.of("body").map(str::to_owned))
            .disabled(!view.may_write)
            .attr("form", FORM))
    };
    html! {
        @match view.visual {
            Some(merge) => { (visual_view::editor(ctx, merge, code)) }
            None => { (code) }
        }
    }
}

fn panel(ctx: &Ctx, view: &EditorView<'_>) -> Markup {
    html! {
        @if view.visual.is_some() { (VisualEditor::panel(&ctx.t("delivery-visual-selected"))) }
        (notices(ctx, view))
        (summary(ctx, &view.errors))
        (settings(ctx, view))
        (preview_view::checks(ctx, &view.preview))
        (link_view::region(ctx, view.links, view.may_write))
        (versions(ctx, view))
        @if view.may_write {
            (test_dialog(ctx, view))
            @if view.visual.is_some() { (visual_view::dialogs(ctx)) }
            (ActionForm::new(
                TEMPLATE_DELETION.url(&view.template.id),
                ctx.csrf_field(),
                Button::danger(ctx.t("delivery-template-delete")).icon(Icon::Trash).small(),
            ).confirm(confirm_deletion(ctx, &view.template.name)))
        }
    }
}

fn notices(ctx: &Ctx, view: &EditorView<'_>) -> Markup {
    html! {
        @if let Some(loss) = view.loss { (visual_view::refusal(ctx, loss)) }
        @if let Some(number) = view.newer {
            (Alert::new(Tone::Warning, ctx.ta("delivery-template-outdated", &[("version", i64::from(number).into())]))
                .text(ctx.t("delivery-template-outdated-help"))
                .actions(html! { (Button::secondary(ctx.t("delivery-template-see-newer")).small().href(TEMPLATE.url(&view.template.id))) }))
        }
        @if let Some(number) = view.older {
            (Alert::new(Tone::Info, ctx.ta("delivery-template-older", &[("version", i64::from(number).into())]))
                .text(ctx.t("delivery-template-older-help")))
        }
    }
}

fn settings(ctx: &Ctx, view: &EditorView<'_>) -> Markup {
    let form = view.form;
    let error = |field: &str| view.errors.of(field).map(str::to_owned);
    let fields = html! {
        input type="hidden" name="id" value=(view.template.id);
        input type="hidden" name="kind" value=(form.kind);
        input type="hidden" name="based_on" value=[form.based_on];
        @if view.visual.is_some() { input type="hidden" name="mode" value=(VISUAL); }
        (Field::text("name", ctx.t("delivery-template-name"))
            .value(form.name.as_str())
            .error(error("name"))
            .max_length(TemplateName::LONGEST)
            .required()
            .disabled(!view.may_write))
        @if view.template.version.source.kind.channel() == Channel::Email { (mail_settings(ctx, view)) }
    };
    html! {
        (Form::post(TEMPLATE.url(&view.template.id), ctx.csrf_field())
            .id(FORM)
            .attr("data-save-bar", "")
            .body(ctx.words(), fields))
        @if view.may_write { (live_preview(view)) }
    }
}

fn mail_settings(ctx: &Ctx, view: &EditorView<'_>) -> Markup {
    let form = view.form;
    let error = |field: &str| view.errors.of(field).map(str::to_owned);
    html! {
        (Field::text("subject", ctx.t("delivery-template-subject"))
            .value(form.subject.as_str())
            .error(error("subject"))
            .help(ctx.t("delivery-template-subject-help"))
            .max_length(1000)
            .disabled(!view.may_write))
        (Field::text("preheader", ctx.t("delivery-template-preheader"))
            .value(form.preheader.as_str())
            .error(error("preheader"))
            .help(ctx.t("delivery-template-preheader-help"))
            .max_length(1000)
            .disabled(!view.may_write))
        (Field::textarea("text", ctx.t("delivery-template-text"), 6)
            .value(form.text.as_str())
            .error(error("text"))
            .help(ctx.t("delivery-template-text-help"))
            .disabled(!view.may_write))
    }
}

/// Asks for the preview while somebody writes. An element of its own, because a request of the form
/// itself would count as saved.
fn live_preview(view: &EditorView<'_>) -> Markup {
    // Beside the form, since these fields only name it. A short text is counted while it is written.
    let (fields, delay): (&[&str], _) = match view.template.version.source.kind.channel() {
        Channel::Email => (&["body"], "700ms"),
        Channel::Sms => (&["body"], "250ms"),
        Channel::Push => (&["subject", "body", "url", "data"], "250ms"),
    };
    let mut trigger = format!(
        "input delay:700ms from:#{FORM}, input delay:300ms from:#{}",
        preview_view::ID
    );
    for field in fields {
        trigger.push_str(&format!(", input delay:{delay} from:#{}", field_id(field)));
    }
    html! {
        div hx-post=(TEMPLATE_PREVIEW.url()) hx-trigger=(trigger) hx-include={ "#" (FORM) }
            hx-target={ "#" (preview_view::ID) } hx-swap="innerHTML" hx-sync="this:replace" {}
    }
}

fn versions(ctx: &Ctx, view: &EditorView<'_>) -> Markup {
    html! {
        details {
            summary { (ctx.ta("delivery-template-versions", &[("count", view.versions.len().into())])) }
            ol {
                @for version in view.versions {
                    @let number = [("version", i64::from(version.number).into())];
                    li {
                        a.link href=(TEMPLATE.with(&view.template.id, &[("version", version.number)])) {
                            (ctx.ta("delivery-template-version-number", &number))
                        }
                        " " (times(ctx).relative(version.created_at.to_jiff()))
                        " " span.muted { (version.subject) }
                    }
                }
            }
        }
    }
}

fn test_dialog(ctx: &Ctx, view: &EditorView<'_>) -> Markup {
    let limit = [("limit", (MOST_TEST_ADDRESSES as i64).into())];
    let channel = view.template.version.source.kind.channel();
    // Of a person who works here no more is known than an address.
    let own = ctx
        .person()
        .filter(|_| channel == Channel::Email)
        .map(|person| person.email.clone())
        .unwrap_or_default();
    let about = match channel {
        Channel::Email => "delivery-template-test-help",
        Channel::Sms | Channel::Push => "delivery-template-test-short-help",
    };
    let (label, help) = match channel {
        Channel::Email => ("delivery-template-test-to", "delivery-template-test-to-help"),
        Channel::Sms => (
            "delivery-template-test-to-numbers",
            "delivery-template-test-to-numbers-help",
        ),
        Channel::Push => (
            "delivery-template-test-to-tokens",
            "delivery-template-test-to-tokens-help",
        ),
    };
    let to = if view.dialog.to.is_empty() {
        own
    } else {
        view.dialog.to.clone()
    };
    let fields = html! {
        input type="hidden" name="contact" value=(view.preview.contact);
        p { (ctx.ta(about, &[("version", i64::from(view.template.version.number).into())])) }
        (Field::textarea("to", ctx.t(label), 3)
            .value(to)
            .help(ctx.ta(help, &limit))
            .error(view.dialog.error.clone())
            .required())
        (dialog_actions(ctx.words(), &Button::primary(ctx.t("delivery-template-test-send")).icon(Icon::Send)))
    };
    let mut dialog = Dialog::new(TEST, ctx.t("delivery-template-test"));
    if view.dialog.open {
        dialog = dialog.open();
    }
    dialog.body(
        ctx.words(),
        Form::post(TEMPLATE_TEST.url(&view.template.id), ctx.csrf_field()).body(ctx.words(), fields),
    )
}
