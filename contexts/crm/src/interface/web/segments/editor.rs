//! The editor of rules: nested groups of conditions as one plain form.

use axum::response::Response;
use contracts::crm::{SEGMENT, SEGMENT_PREVIEW, SEGMENTS};
use http::StatusCode;
use kernel::SegmentId;
use maud::{Markup, html};
use platform::web::{AppError, Ctx, FieldErrors};
use ui_kit::{
    Button, Card, ErrorSummary, Field, Form, Icon, PageHeader, RuleGroup, Select, columns, field_id, rule,
    segmented, stack,
};

use super::{
    form::SegmentForm,
    preview::{Found, Swap, pane},
    rule_fields::{EVENT_NAMES, Place, controls},
    words::names,
};
use crate::{
    Crm,
    application::check_segment::schema_for,
    domain::{
        rule::{
            Matching, Schema, Scope,
            draft::{Draft, DraftCondition, DraftGroup, EDIT, Edit, name_of_place},
            sentence::Names,
        },
        segment::Segment,
    },
    infrastructure::pg::{CrmTx, categories::Category},
};

/// The id of the form.
pub const FORM: &str = "segment-form";
/// The id of the tree within it.
pub const RULE: &str = "segment-rule";
/// Deeper groups are shown, but not offered: three levels are as many as people follow.
const OFFERED_DEPTH: usize = 3;
/// How many tags are suggested.
const SUGGESTED_TAGS: i64 = 200;

/// What can be chosen in the editor.
pub struct Choices {
    pub schema: Schema,
    pub names: Names,
    /// Segments that the rule may look at, by name.
    pub segments: Vec<(SegmentId, String)>,
    pub tags: Vec<String>,
    /// Names of events that have come in.
    pub events: Vec<String>,
    /// Stages and colleagues, by their identifiers as rules have them.
    pub stages: Vec<(String, String)>,
    pub owners: Vec<(String, String)>,
    pub categories: Vec<Category>,
}

impl Choices {
    /// Of the organisation, for a rule of this segment.
    pub async fn load(ctx: &Ctx, crm: &Crm, id: Option<SegmentId>) -> Result<Self, AppError> {
        let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
        let schema = schema_for(&mut tx, id).await?;
        let names = names(ctx, crm, &mut tx).await?;
        let colleagues = crm.organizations.members(ctx.org).await?;
        let mut segments: Vec<(SegmentId, String)> = names
            .segments
            .iter()
            .filter(|(id, _)| schema.may_use(**id))
            .map(|(id, name)| (*id, name.clone()))
            .collect();
        segments.sort_by_key(|(_, name)| name.to_lowercase());
        let tags = tx.tags(SUGGESTED_TAGS).await?;
        let events = tx.event_names_in_use().await?;
        let stages = tx.stage_names().await?;
        let categories = tx.categories().await?;
        tx.commit().await?;
        Ok(Self {
            schema,
            names,
            segments,
            tags,
            events,
            stages: stages
                .into_iter()
                .map(|(id, name)| (id.to_string(), name))
                .collect(),
            owners: colleagues
                .into_iter()
                .map(|member| (member.id.to_string(), member.name))
                .collect(),
            categories,
        })
    }
}

/// What the page shows.
pub struct EditorPage<'a> {
    pub segment: Option<&'a Segment>,
    pub form: &'a SegmentForm,
    pub choices: &'a Choices,
    pub errors: &'a FieldErrors,
    pub found: &'a Found,
    /// Where the form goes.
    pub action: String,
}

/// The page.
pub fn page(ctx: &Ctx, status: StatusCode, page: &EditorPage<'_>) -> Response {
    let header = match page.segment {
        None => PageHeader::new(ctx.t("crm-segments-new-title"))
            .crumb(ctx.t("crm-segments-title"), SEGMENTS.url()),
        Some(segment) => {
            let name = segment.name.as_str();
            PageHeader::new(ctx.ta("crm-segments-edit-title", &[("name", name.into())]))
                .crumb(ctx.t("crm-segments-title"), SEGMENTS.url())
                .crumb(name, SEGMENT.url(&segment.id))
        }
    };
    let form = Form::post(page.action.as_str(), ctx.csrf_field())
        .id(FORM)
        .body(ctx.words(), fields(ctx, page));
    let body = stack(html! {
        (summary(ctx, page.errors))
        (columns(form, pane(ctx, page.choices, page.found, Swap::InPlace)))
    });
    ctx.page_with(status, &header.wide(), body)
}

fn fields(ctx: &Ctx, page: &EditorPage<'_>) -> Markup {
    let (form, errors) = (page.form, page.errors);
    let (save, cancel) = match page.segment {
        None => ("crm-segments-create", SEGMENTS.url()),
        Some(segment) => ("crm-segments-save", SEGMENT.url(&segment.id)),
    };
    html! {
        // Enter in a field presses the first button of a form, which must not be one that removes.
        button.sr type="submit" tabindex="-1" aria-hidden="true" {}
        @if let Some(version) = form.version { input type="hidden" name="version" value=(version); }
        @if let Some(segment) = page.segment { input type="hidden" name="segment" value=(segment.id); }
        (Card::untitled().body(html! {
            (Field::text("name", ctx.t("crm-segments-name"))
                .value(form.name.as_str()).max_length(100).required()
                .error(errors.of("name").map(str::to_owned)))
            (Field::textarea("description", ctx.t("crm-segments-description"), 2)
                .value(form.description.as_str()).max_length(1000)
                .help(ctx.t("crm-segments-description-help"))
                .error(errors.of("description").map(str::to_owned)))
            (category_field(ctx, page))
        }))
        (Card::titled(ctx.t("crm-segments-match")).body(rule_editor(ctx, page.choices, &form.draft, errors)))
        (Card::titled(ctx.t("crm-segments-probe-title")).body(html! {
            (Field::text("probe", ctx.t("crm-segments-probe"))
                .value(form.probe.as_str()).max_length(320)
                .help(ctx.t("crm-segments-probe-help")))
        }))
        noscript {
            div.btn-row {
                (Button::secondary(ctx.t("crm-segments-update-form")).icon(Icon::Refresh).value(EDIT, Edit::Refresh.value()))
                span.muted { (ctx.t("crm-segments-update-form-help")) }
            }
        }
        div.btn-row {
            (Button::primary(ctx.t(save)))
            (Button::ghost(ctx.words().cancel.as_str()).href(cancel))
        }
    }
}

fn category_field(ctx: &Ctx, page: &EditorPage<'_>) -> Markup {
    let options = page
        .choices
        .categories
        .iter()
        .map(|category| (category.id.to_string(), category.name.clone()));
    html! {
        (Select::new("category", ctx.t("crm-segments-category"))
            .option("", ctx.t("crm-segments-no-category"))
            .options(options)
            .selected(page.form.category.map(|id| id.to_string()).unwrap_or_default())
            .error(page.errors.of("category").map(str::to_owned)))
    }
}

fn summary(ctx: &Ctx, errors: &FieldErrors) -> Markup {
    let summary = ErrorSummary::new(ctx.t("crm-segments-errors"));
    let all = errors.0.iter().fold(summary, |summary, error| {
        summary.error(error.field.as_str(), error.detail.as_str())
    });
    html! { (all) }
}

/// The tree.
pub fn rule_editor(ctx: &Ctx, choices: &Choices, draft: &Draft, errors: &FieldErrors) -> Markup {
    let editor = Editor { ctx, choices, errors };
    html! {
        div id=(RULE) {
            datalist id=(EVENT_NAMES) { @for name in &choices.events { option value=(name) {} } }
            (editor.node(draft, &[], Scope::Contact))
        }
    }
}

struct Editor<'a> {
    ctx: &'a Ctx,
    choices: &'a Choices,
    errors: &'a FieldErrors,
}

impl Editor<'_> {
    fn node(&self, draft: &Draft, place: &[usize], scope: Scope<'_>) -> Markup {
        match draft {
            Draft::Group(group) => self.group(group, place, scope),
            Draft::Condition(condition) => self.condition(condition, place, scope),
        }
    }

    fn condition(&self, condition: &DraftCondition, at: &[usize], scope: Scope<'_>) -> Markup {
        let remove = self.button(Edit::Remove(at.to_vec()), "crm-segments-remove-condition");
        let place = Place {
            name: name_of_place(at),
            scope,
            errors: self.errors,
        };
        let shown = rule(controls(self.ctx, self.choices, condition, &place), remove);
        let schema = &self.choices.schema;
        let things = condition
            .subject(schema, scope)
            .and_then(|subject| subject.things(schema));
        let Some(things) = things else { return shown };
        html! { (shown) (self.filter(&condition.filter, at, things)) }
    }

    /// The conditions of the things that a condition is about.
    fn filter(&self, group: &DraftGroup, place: &[usize], scope: Scope<'_>) -> Markup {
        let add = self.add(Edit::AddCondition(place.to_vec()), "crm-segments-add-filter");
        if group.rules.is_empty() {
            return html! { div.btn-row { (add) } };
        }
        let legend = self.ctx.t("crm-segments-filter");
        let shown = self.rules(group, place, scope, "filter", legend).actions(add);
        html! { (shown) }
    }

    fn group(&self, group: &DraftGroup, place: &[usize], scope: Scope<'_>) -> Markup {
        let legend = self.ctx.t(if place.is_empty() {
            "crm-segments-conditions"
        } else {
            "crm-segments-group"
        });
        let mut shown = self.rules(group, place, scope, "match", legend).actions(html! {
            (self.add(Edit::AddCondition(place.to_vec()), "crm-segments-add-condition"))
            @if place.len() < OFFERED_DEPTH {
                (self.add(Edit::AddGroup(place.to_vec()), "crm-segments-add-group"))
            }
        });
        if !place.is_empty() {
            shown = shown.remove(self.button(Edit::Remove(place.to_vec()), "crm-segments-remove-group"));
        }
        html! { (shown) }
    }

    fn rules(
        &self,
        group: &DraftGroup,
        place: &[usize],
        scope: Scope<'_>,
        member: &str,
        legend: String,
    ) -> RuleGroup<'static> {
        let ctx = self.ctx;
        let matching = Matching::ALL.map(|matching| {
            let key = format!("crm-segments-match-{}", matching.word());
            (matching.word().into(), ctx.t(&key).into())
        });
        let match_name = format!("{}:{member}", name_of_place(place));
        let error = self.errors.of(&match_name).map(str::to_owned);
        let items = group.rules.iter().enumerate().map(|(n, rule)| {
            let place: Vec<usize> = place.iter().copied().chain([n]).collect();
            self.node(rule, &place, scope)
        });
        RuleGroup::new(legend, ctx.t(&format!("crm-segments-joiner-{}", group.matching.word())))
            .join(html! {
                // The place that the summary of errors leads to.
                div id=(field_id(&match_name)) tabindex="-1" {
                    (segmented(&match_name, &ctx.t("crm-segments-match"), &matching, group.matching.word()))
                }
                @if let Some(error) = error { p.field-error { (Icon::Error) span { (error) } } }
                @if place.is_empty() && group.rules.is_empty() { span.muted { (ctx.t("crm-segments-nobody-excluded")) } }
            })
            .items(items)
    }

    fn add(&self, edit: Edit, key: &str) -> Markup {
        html! { (live(Button::secondary(self.ctx.t(key)).small().icon(Icon::Plus).value(EDIT, edit.value()))) }
    }

    fn button(&self, edit: Edit, key: &str) -> Markup {
        html! { (live(Button::ghost(self.ctx.t(key)).small().icon_only(Icon::Close).value(EDIT, edit.value()))) }
    }
}

/// With htmx, the button replaces the tree and not the page.
fn live(button: Button<'_>) -> Button<'_> {
    button
        .attr("formnovalidate", "")
        .attr("hx-post", SEGMENT_PREVIEW.url())
        .attr("hx-target", format!("#{RULE}"))
        .attr("hx-swap", "outerHTML")
}
