use contracts::{
    crm::{SegmentSummary, consent::Channel},
    delivery::TEMPLATE_PREVIEW,
};
use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{
    Alert, Button, Card, CheckItem, Field, Icon, MailFrame, Select, Tone, checklist, code_block, facts,
    field_id, mark, segmented_for, stack,
};

use super::{
    audience_view, short_preview,
    view::{FORM, TEST},
};
use crate::{
    application::{preview_audience::AudienceFindings, preview_template::Preview},
    domain::template::{Check, CheckLevel, Look, Place, RenderError, TemplateError, TemplatePart},
    interface::template_words,
};

/// The moving part of the editor.
pub struct PreviewView {
    pub outcome: PreviewOutcome,
    /// Contacts to choose from: id and label.
    pub contacts: Vec<(String, String)>,
    /// The chosen one; empty for the made-up person.
    pub contact: String,
    /// What was searched for.
    pub find: String,
    pub wants_text: bool,
    pub look: Look,
    /// To go through people of.
    pub segments: Vec<SegmentSummary>,
    /// Whether people can be gone through at all.
    pub can_step: bool,
    /// `all`, a segment, or nothing.
    pub chosen_audience: String,
    /// For how many of them fields are empty.
    pub audience: Option<AudienceFindings>,
    /// Whether a test may be sent.
    pub may_write: bool,
    /// Whose notification it is, as a phone shows it.
    pub app: String,
}

/// What came of it.
pub enum PreviewOutcome {
    /// The mail, and where the frame finds its HTML.
    Rendered { src: String, preview: Box<Preview> },
    /// The source has mistakes.
    Faults(Vec<TemplateError>),
    /// It does not render for this contact.
    Failed(RenderError),
}

/// The id of the moving part.
pub const ID: &str = "template-preview";

/// The part as it stands on the page.
pub fn region(ctx: &Ctx, view: &PreviewView) -> Markup {
    html! { section id=(ID) data-aside aria-label=(ctx.t("delivery-template-preview")) aria-live="polite" { (inner(ctx, view)) } }
}

/// The answer to htmx: what is in the part, and the checks for their place.
pub fn answer(ctx: &Ctx, view: &PreviewView) -> Markup {
    html! { (inner(ctx, view)) (checks_elsewhere(ctx, view)) }
}

fn inner(ctx: &Ctx, view: &PreviewView) -> Markup {
    stack(html! {
        (controls(ctx, view))
        @match &view.outcome {
            PreviewOutcome::Faults(faults) => { (fault_list(ctx, faults)) }
            PreviewOutcome::Failed(error) => {
                (Alert::new(Tone::Danger, ctx.t("delivery-template-does-not-render")).text(error.detail.clone()).live())
            }
            PreviewOutcome::Rendered { src, preview } => {
                @match preview.channel {
                    Channel::Email => { (rendered(ctx, view, src, preview)) }
                    Channel::Sms => { (short_preview::text_message(ctx, preview)) }
                    Channel::Push => { (short_preview::notification(ctx, &view.app, preview)) }
                }
            }
        }
    })
}

fn controls(ctx: &Ctx, view: &PreviewView) -> Markup {
    let people = std::iter::once((String::new(), ctx.t("delivery-template-preview-sample")))
        .chain(view.contacts.iter().cloned());
    html! {
        div.rule-controls {
            (Field::text("find", ctx.t("delivery-template-preview-find"))
                .value(view.find.as_str())
                .placeholder(ctx.t("delivery-template-preview-find"))
                .hide_label()
                .max_length(200)
                .attr("hx-preserve", "true")
                .attr("form", FORM))
            (Select::new("contact", ctx.t("delivery-template-preview-as"))
                .options(people)
                .selected(view.contact.as_str())
                .hide_label()
                .attr("form", FORM))
        }
        @if view.can_step { (stepping(ctx, view)) }
        @if let Some(found) = &view.audience { (audience_view::show(ctx, found)) }
    }
}

/// Through an audience, one person after the other.
fn stepping(ctx: &Ctx, view: &PreviewView) -> Markup {
    let audiences = [
        (String::new(), ctx.t("delivery-audience-none")),
        ("all".to_owned(), ctx.t("delivery-audience-all")),
    ];
    let segments = view
        .segments
        .iter()
        .map(|segment| (segment.id.to_string(), segment.name.clone()));
    let idle = view.chosen_audience.is_empty();
    html! {
        div.rule-controls {
            (Select::new("audience", ctx.t("delivery-audience"))
                .options(audiences.into_iter().chain(segments))
                .selected(view.chosen_audience.as_str())
                .hide_label()
                .attr("form", FORM))
            (step(ctx.t("delivery-audience-previous"), "previous", Icon::ChevronLeft, idle))
            (step(ctx.t("delivery-audience-next"), "next", Icon::ChevronRight, idle))
            @if view.may_write {
                (Button::secondary(ctx.t("delivery-template-test")).icon(Icon::Send).dialog(TEST))
            }
        }
    }
}

fn step<'a>(label: String, value: &'static str, icon: Icon, idle: bool) -> Button<'a> {
    Button::secondary(label)
        .icon_only(icon)
        .value("step", value)
        .attr("form", FORM)
        .attr("formaction", TEMPLATE_PREVIEW.url())
        .attr("hx-post", TEMPLATE_PREVIEW.url())
        .attr("hx-include", format!("#{FORM}"))
        .attr("hx-target", format!("#{ID}"))
        .attr("hx-swap", "innerHTML")
        .disabled(idle)
}

fn rendered(ctx: &Ctx, view: &PreviewView, src: &str, preview: &Preview) -> Markup {
    let mail = &preview.rendered;
    let size = ui_kit::bytes(mail.html.len() as u64);
    html! {
        (facts(&[
            (ctx.t("delivery-template-subject").into(), html! { strong { (mail.subject) } }),
            (ctx.t("delivery-template-size").into(), html! { (size) }),
        ]))
        @if view.wants_text {
            div.btn-row { (part_choice(ctx, view)) }
            (code_block(ctx.words(), &ctx.t("delivery-template-text"), &mail.text))
        } @else {
            (MailFrame::new(ctx.t("delivery-template-preview"), src.to_owned())
                .actions(html! { (look_choice(ctx, view)) (part_choice(ctx, view)) })
                .show(ctx.words()))
        }
    }
}

/// The radio buttons belong to the editor's form, so that the next preview shows the same part.
fn part_choice(ctx: &Ctx, view: &PreviewView) -> Markup {
    let options = [
        ("html".into(), ctx.t("delivery-template-part-html").into()),
        ("text".into(), ctx.t("delivery-template-part-text").into()),
    ];
    segmented_for(
        FORM,
        "part",
        &ctx.t("delivery-template-part"),
        &options,
        if view.wants_text { "text" } else { "html" },
    )
}

/// As the part: the next preview looks the same way.
fn look_choice(ctx: &Ctx, view: &PreviewView) -> Markup {
    let options = Look::ALL.map(|look| {
        let word = look.as_str();
        (word.into(), ctx.t(&format!("delivery-look-{word}")).into())
    });
    segmented_for(
        FORM,
        "look",
        &ctx.t("delivery-look"),
        &options,
        view.look.as_str(),
    )
}

fn fault_list(ctx: &Ctx, faults: &[TemplateError]) -> Markup {
    let list = html! {
        ul { @for fault in faults { li { (template_words::fault_with_place(&ctx.l10n, fault)) } } }
    };
    html! { (Alert::new(Tone::Danger, ctx.t("delivery-template-faults")).actions(list).live()) }
}

/// Id of the checks, which stand in the panel beside the preview.
const CHECKS: &str = "template-checks";

/// The checks as they stand on the page.
pub fn checks(ctx: &Ctx, view: &PreviewView) -> Markup {
    html! { section id=(CHECKS) aria-label=(ctx.t("delivery-template-checks")) { (check_list(ctx, view)) } }
}

/// The checks as htmx swaps them, beside the preview.
fn checks_elsewhere(ctx: &Ctx, view: &PreviewView) -> Markup {
    html! {
        section id=(CHECKS) aria-label=(ctx.t("delivery-template-checks")) hx-swap-oob="true" { (check_list(ctx, view)) }
    }
}

fn check_list(ctx: &Ctx, view: &PreviewView) -> Markup {
    let PreviewOutcome::Rendered { preview, .. } = &view.outcome else {
        return Markup::default();
    };
    let items: Vec<_> = if preview.checks.is_empty() {
        let fine = ctx.t("delivery-template-checks-fine");
        vec![CheckItem::new(mark(Tone::Success, &fine), fine.clone())]
    } else {
        preview
            .checks
            .iter()
            .map(|check| check_item(ctx, check))
            .collect()
    };
    Card::titled(ctx.t("delivery-template-checks"))
        .flush()
        .body(checklist(&items))
}

fn check_item<'a>(ctx: &Ctx, check: &Check) -> CheckItem<'a> {
    let mark = match check.level {
        CheckLevel::Problem => mark(Tone::Warning, &ctx.t("delivery-template-check-problem")),
        CheckLevel::Advice => mark(Tone::Info, &ctx.t("delivery-template-check-advice")),
    };
    let item = CheckItem::new(mark, template_words::check(&ctx.l10n, check));
    match check.place {
        Some(place) => item.action(place_link(ctx, place)),
        None => item,
    }
}

/// The way to what a finding is about.
fn place_link(ctx: &Ctx, place: Place) -> Markup {
    match place.part {
        TemplatePart::Body => line_link(ctx, place.line),
        part => html! { a.link href={ "#" (field_id(part.as_str())) } { (ctx.t("delivery-check-show")) } },
    }
}

/// The way to a line of the body. The script goes to the line, without it the link to the field.
pub fn line_link(ctx: &Ctx, line: u32) -> Markup {
    let words = ctx.ta("delivery-check-line", &[("line", i64::from(line).into())]);
    html! { a.link href={ "#" (field_id("body")) } data-line=(line) { (words) } }
}
