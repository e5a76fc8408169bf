use axum::response::Response;
use contracts::{
    campaign::{CAMPAIGN, CAMPAIGN_AUDIENCE},
    crm::{AudienceCounts, AudienceSpec, SEGMENT_NEW, consent::Channel},
    delivery::{TEMPLATE, TemplateSummary},
};
use http::StatusCode;
use kernel::{CampaignId, Permission, SegmentId};
use maud::{Markup, html};
use platform::web::{Ctx, FieldErrors};
use ui_kit::{
    Alert, Button, Card, CheckboxGroup, Choice, EmptyState, ErrorSummary, Field, Form, Icon, Part,
    RadioCards, Select, Times, Tone, button_row, columns, grid, mark,
};

use super::DraftForm;
use crate::{
    application::campaign_facts::CampaignFacts,
    domain::{
        campaign::Campaign,
        preflight::{Check, Finding, Level, blocker},
        schedule::local_text,
    },
    interface::{
        web::{
            campaign::header,
            naming::view::name_field,
            preview,
            review::{channel_name, check_list, go_label, number_list, number_tiles},
        },
        words::{contact_name, counted, people},
    },
};

/// Id of the form, for the buttons beside it.
const FORM: &str = "draft-form";

/// What is shown.
pub struct Draft<'a> {
    /// As it is stored.
    pub campaign: &'a Campaign,
    /// What the other contexts know of it.
    pub facts: &'a CampaignFacts,
    /// As it is filled in.
    pub form: &'a DraftForm,
    /// Why it was not saved.
    pub trouble: Option<&'a Trouble>,
}

/// Why a draft was not saved.
pub enum Trouble {
    /// Fields are wrong.
    Invalid(FieldErrors),
    /// Somebody else changed it.
    Changed,
}

/// A part of the page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Audience,
    Content,
    Schedule,
}

impl Section {
    const ALL: [Section; 3] = [Section::Audience, Section::Content, Section::Schedule];

    const fn id(self) -> &'static str {
        match self {
            Section::Audience => "audience",
            Section::Content => "content",
            Section::Schedule => "schedule",
        }
    }

    const fn is_about(self, check: Check) -> bool {
        matches!(
            (self, check),
            (
                Section::Audience,
                Check::AudienceChosen | Check::AudienceExists | Check::AudienceNotEmpty
            ) | (
                Section::Content,
                Check::TemplateChosen | Check::TemplateUsable | Check::Subject
            ) | (Section::Content, Check::UnsubscribeLink | Check::Renders)
                | (Section::Schedule, Check::TimeAhead)
        )
    }
}

impl Draft<'_> {
    fn error(&self, field: &str) -> Option<String> {
        match self.trouble {
            Some(Trouble::Invalid(errors)) => errors.of(field).map(str::to_owned),
            _ => None,
        }
    }

    fn findings(&self, ctx: &Ctx) -> Vec<Finding> {
        let content = &self.campaign.content;
        self.facts.findings(content, content.scheduled_at, ctx.now)
    }
}

/// The whole page.
pub fn page(ctx: &Ctx, status: StatusCode, draft: &Draft<'_>) -> Response {
    let findings = draft.findings(ctx);
    let header = header(ctx, draft.campaign, &Markup::default());
    let url = CAMPAIGN.url(&draft.campaign.id);
    // Changes are saved by themselves, one after the other: each needs the version that the one
    // before it made.
    let form = Form::post(url.as_str(), ctx.csrf_field())
        .id(FORM)
        .attr("hx-post", url.as_str())
        .attr("hx-trigger", "change delay:600ms")
        .attr("hx-sync", "this:queue last")
        .attr("hx-swap", "none");
    let main = form.body(ctx.words(), html! {
        (version(draft))
        (note(&draft.trouble.map_or_else(Markup::default, |trouble| whole_trouble(ctx, draft.campaign.id, trouble))))
        (Card::untitled().body(html! { (name_field(ctx, &draft.form.name, draft.error("name"))) }))
        @for section in Section::ALL { (part(ctx, draft, section, &findings)) }
    });
    ctx.page_with(status, &header, columns(main, review(ctx, draft, &findings)))
}

/// What a saved change changes elsewhere on the page.
pub fn changes(ctx: &Ctx, draft: &Draft<'_>, other_mail: bool) -> Markup {
    let findings = draft.findings(ctx);
    html! {
        (version(draft))
        (note(&Markup::default()))
        @for section in Section::ALL {
            span id={ (section.id()) "-mark" } hx-swap-oob="true" { (section_mark(ctx, section, &findings)) }
            span.part-summary id={ (section.id()) "-summary" } hx-swap-oob="true" { (summary(ctx, draft, section)) }
        }
        (review(ctx, draft, &findings))
        @if other_mail {
            (mail(ctx, draft))
            // Another template may be of another channel, which reaches other people.
            div id="audience-numbers" hx-swap-oob="true" aria-live="polite" {
                (number_tiles(ctx, &draft.campaign.content.audience, draft.facts.channel, draft.facts.counts))
            }
        }
    }
}

/// Why a change was not saved, above the form; what was typed stays.
pub fn trouble_note(ctx: &Ctx, id: CampaignId, trouble: &Trouble) -> Markup {
    let text = match trouble {
        Trouble::Invalid(errors) => errors
            .0
            .first()
            .map(|error| error.detail.clone())
            .unwrap_or_default(),
        Trouble::Changed => return note(&changed(ctx, id)),
    };
    note(&html! { (Alert::new(Tone::Danger, ctx.t("campaign-not-saved")).text(text).live()) })
}

fn whole_trouble(ctx: &Ctx, id: CampaignId, trouble: &Trouble) -> Markup {
    match trouble {
        Trouble::Changed => changed(ctx, id),
        Trouble::Invalid(errors) => {
            let start = ErrorSummary::new(ctx.t("campaign-not-saved"));
            let all = errors
                .0
                .iter()
                .fold(start, |sum, e| sum.error(e.field.as_str(), e.detail.as_str()));
            html! { (all) }
        }
    }
}

fn changed(ctx: &Ctx, id: CampaignId) -> Markup {
    let theirs = Button::secondary(ctx.t("campaign-changed-theirs"))
        .small()
        .href(CAMPAIGN.url(&id));
    html! {
        (Alert::new(Tone::Danger, ctx.t("campaign-changed-title"))
            .text(ctx.t("campaign-changed-text"))
            .actions(html! { (theirs) })
            .live())
    }
}

/// Every fragment that a saved change may replace carries the attribute from the start; on a page
/// that is loaded it means nothing.
fn note(content: &Markup) -> Markup {
    html! { div id="draft-note" hx-swap-oob="true" hidden[content.0.is_empty()] { (content) } }
}

fn version(draft: &Draft<'_>) -> Markup {
    html! {
        input type="hidden" id="draft-version" name="version" value=(draft.campaign.version) hx-swap-oob="true";
        input type="hidden" id="draft-previewed" name="previewed" value=(draft.form.preview_as) hx-swap-oob="true";
    }
}

fn part(ctx: &Ctx, draft: &Draft<'_>, section: Section, findings: &[Finding]) -> Markup {
    let (title, body, open) = match section {
        Section::Audience => ("campaign-audience", audience(ctx, draft), true),
        Section::Content => ("campaign-content", content(ctx, draft), true),
        Section::Schedule => ("campaign-schedule", schedule(ctx, draft), draft.form.when == "at"),
    };
    Part::new(section.id(), ctx.t(title))
        .mark(section_mark(ctx, section, findings))
        .summary(summary(ctx, draft, section))
        .open(open)
        .body(body)
}

fn section_mark(ctx: &Ctx, section: Section, findings: &[Finding]) -> Markup {
    let open = |finding: &&Finding| section.is_about(finding.check) && !finding.passed;
    let untouched =
        |finding: &Finding| matches!(finding.check, Check::AudienceChosen | Check::TemplateChosen);
    match findings.iter().find(open) {
        None => mark(Tone::Success, &ctx.t("campaign-part-complete")),
        Some(finding) if untouched(finding) => mark(Tone::Neutral, &ctx.t("campaign-part-to-do")),
        Some(finding) if finding.level == Level::Advisory => {
            mark(Tone::Warning, &ctx.t("campaign-check-advisory"))
        }
        Some(_) => mark(Tone::Danger, &ctx.t("campaign-check-blocking")),
    }
}

fn summary(ctx: &Ctx, draft: &Draft<'_>, section: Section) -> String {
    let content = &draft.campaign.content;
    match section {
        Section::Audience if content.audience.include.is_empty() => ctx.t("campaign-audience-none"),
        Section::Audience => {
            let segments = content.audience.include.len() + content.audience.exclude.len();
            let count = i64::try_from(segments).unwrap_or(i64::MAX);
            let mut parts = vec![
                counted(ctx, "campaign-segments", count),
                people(ctx, draft.facts.counts.will_receive),
            ];
            if let Some(topic) = draft.facts.topic(content) {
                parts.push(ctx.ta("campaign-topic-about", &[("topic", topic.name.as_str().into())]));
            }
            parts.join(", ")
        }
        Section::Content => match draft.facts.template(content) {
            Some(template) if template.channel != Channel::Email => {
                format!("{}: {}", channel_name(ctx, template.channel), template.name)
            }
            Some(template) => format!("{}: {}", template.name, template.subject),
            None => ctx.t("campaign-content-none"),
        },
        Section::Schedule => match content.scheduled_at {
            Some(at) => Times {
                now: ctx.now,
                zone: &ctx.zone,
                words: ctx.words(),
            }
            .exact_text(at),
            None => ctx.t("campaign-schedule-now-summary"),
        },
    }
}

fn audience(ctx: &Ctx, draft: &Draft<'_>) -> Markup {
    if draft.facts.segments.is_empty() {
        let empty = EmptyState::new(Icon::Segments, ctx.t("campaign-no-segments"));
        let make = Button::secondary(ctx.t("campaign-no-segments-make"))
            .icon(Icon::Plus)
            .href(SEGMENT_NEW.url());
        return html! {
            @if ctx.may(Permission::SegmentsWrite) { (empty.action(html! { (make) })) } @else { (empty) }
        };
    }
    html! {
        div hx-post=(CAMPAIGN_AUDIENCE.url()) hx-trigger="change" hx-sync="this:replace"
            hx-target="#audience-numbers" hx-swap="outerHTML" {
            (grid(html! {
                (segments(ctx, draft, "include", "campaign-include", &draft.form.include))
                (segments(ctx, draft, "exclude", "campaign-exclude", &draft.form.exclude))
            }))
            (topic(ctx, draft))
        }
        (numbers(ctx, &draft.campaign.content.audience, draft.facts.channel, draft.facts.counts))
    }
}

fn segments<'a>(
    ctx: &Ctx,
    draft: &'a Draft<'_>,
    name: &'a str,
    label: &str,
    chosen: &[SegmentId],
) -> CheckboxGroup<'a> {
    let choice = |id: &SegmentId, name: &'a str, help: String| Choice::new(id.to_string(), name).help(help);
    let known = draft.facts.segments.iter();
    let choices = known.map(|segment| choice(&segment.id, &segment.name, people(ctx, segment.members)));
    CheckboxGroup::new(name, ctx.t(label), choices.collect())
        .chosen(chosen.iter().map(ToString::to_string))
        .error(draft.error(name))
}

/// What it is about: only who hears of that gets it.
fn topic<'a>(ctx: &Ctx, draft: &'a Draft<'_>) -> Select<'a> {
    let all = (String::new(), ctx.t("campaign-topic-none"));
    let known = draft
        .facts
        .topics
        .iter()
        .map(|topic| (topic.id.to_string(), topic.name.clone()));
    let chosen = draft.form.topic.as_str();
    let gone = !chosen.is_empty()
        && draft
            .facts
            .topics
            .iter()
            .all(|topic| topic.id.to_string() != chosen);
    let gone = gone.then(|| (chosen.to_owned(), ctx.t("campaign-topic-gone")));
    Select::new("topic", ctx.t("campaign-topic"))
        .options(std::iter::once(all).chain(known).chain(gone))
        .selected(chosen)
        .error(draft.error("topic"))
        .help(ctx.t("campaign-topic-help"))
}

/// The three numbers of an audience, which choosing another one replaces.
pub fn numbers(ctx: &Ctx, audience: &AudienceSpec, channel: Channel, counts: AudienceCounts) -> Markup {
    html! { div id="audience-numbers" aria-live="polite" { (number_tiles(ctx, audience, channel, counts)) } }
}

fn content(ctx: &Ctx, draft: &Draft<'_>) -> Markup {
    let none = (String::new(), ctx.t("campaign-template-choose"));
    let templates = draft
        .facts
        .templates
        .iter()
        .map(|template| (template.id.to_string(), template_label(ctx, template)));
    let samples = draft
        .facts
        .samples
        .iter()
        .map(|contact| (contact.id.to_string(), contact_name(ctx, contact)));
    html! {
        @if !draft.facts.templates.is_empty() {
            (grid(html! {
                (Select::new("template", ctx.t("campaign-template"))
                    .options(std::iter::once(none).chain(templates))
                    .selected(draft.form.template.as_str())
                    .error(draft.error("template"))
                    .help(ctx.t("campaign-template-help")))
                @if !draft.facts.samples.is_empty() {
                    (Select::new("preview_as", ctx.t("campaign-preview-as"))
                        .options(samples)
                        .selected(draft.form.preview_as.as_str())
                        .help(ctx.t("campaign-preview-as-help")))
                }
            }))
        }
        (mail(ctx, draft))
    }
}

/// The name, and the channel where it is another than one expects.
fn template_label(ctx: &Ctx, template: &TemplateSummary) -> String {
    match template.channel {
        Channel::Email => template.name.clone(),
        channel => format!("{} ({})", template.name, channel_name(ctx, channel)),
    }
}

fn mail(ctx: &Ctx, draft: &Draft<'_>) -> Markup {
    let sample = draft.facts.sample(draft.form.preview_as());
    let content = &draft.campaign.content;
    html! {
        div.stack id="draft-mail" hx-swap-oob="true" {
            (preview::frame(ctx, content, draft.facts, sample))
            @if let Some(template) = draft.facts.template(content) {
                (button_row(html! {
                    (Button::ghost(ctx.t("campaign-template-open")).small().icon(Icon::Edit).href(TEMPLATE.url(&template.id)))
                }))
            }
        }
    }
}

fn schedule(ctx: &Ctx, draft: &Draft<'_>) -> Markup {
    let choices = vec![
        Choice::new("now", ctx.t("campaign-schedule-now"))
            .help(ctx.t("campaign-schedule-now-help"))
            .icon(Icon::Send),
        Choice::new("at", ctx.t("campaign-schedule-at"))
            .help(ctx.t("campaign-schedule-at-help"))
            .icon(Icon::Calendar),
    ];
    let zone = ctx.organization.timezone.as_str();
    html! {
        (RadioCards::new("when", ctx.t("campaign-schedule-when"), choices).chosen(draft.form.when.as_str()))
        (Field::datetime("at", ctx.t("campaign-schedule-time"))
            .value(draft.form.at.as_str())
            .attr("min", local_text(ctx.now, &ctx.zone))
            .error(draft.error("at"))
            .help(ctx.ta("campaign-schedule-zone", &[("zone", zone.into())])))
    }
}

/// What is judged, and the way to let it go.
fn review(ctx: &Ctx, draft: &Draft<'_>, findings: &[Finding]) -> Markup {
    let campaign = draft.campaign;
    let blocked = blocker(findings).is_some();
    let save = Button::secondary(ctx.t("campaign-save"))
        .small()
        .attr("form", FORM);
    let go = Button::primary(go_label(ctx, campaign, draft.facts.counts))
        .icon(Icon::Send)
        .value("then", "launch")
        .attr("form", FORM)
        .disabled(blocked);
    let times = Times {
        now: ctx.now,
        zone: &ctx.zone,
        words: ctx.words(),
    };
    html! {
        div.stack id="draft-review" hx-swap-oob="true" {
            (Card::titled(ctx.t("campaign-review")).actions(html! { (save) }).body(html! {
                (number_list(ctx, draft.facts.counts))
                (check_list(ctx, findings, &campaign.content))
                @if ctx.may(Permission::CampaignsSend) {
                    (button_row(html! { (go) }))
                    @if blocked { p.muted { (ctx.t("campaign-blocked")) } }
                }
                p.muted role="status" { (ctx.t("campaign-saved-at")) " " (times.relative(campaign.updated_at)) }
            }))
        }
    }
}
