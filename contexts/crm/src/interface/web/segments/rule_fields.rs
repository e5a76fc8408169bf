//! The fields of one condition: what it looks at, how, and with which value.

use contracts::crm::SEGMENT_PREVIEW;
use maud::{Markup, html};
use platform::web::{Ctx, FieldErrors};
use ui_kit::{CheckboxGroup, Choice, Field, Select, TagField};

use super::{
    editor::{Choices, RULE},
    words::say,
};
use crate::domain::rule::{
    AttributeField, Kind, Shape, Subject, SubscriptionState, Unit,
    draft::DraftCondition,
    fixed_subjects,
    sentence::{field_key, operator_key},
};

/// Where a condition stands, and what is wrong with the form.
pub struct Place<'a> {
    pub name: String,
    pub errors: &'a FieldErrors,
}

impl Place<'_> {
    fn field(&self, member: &str) -> String {
        format!("{}:{member}", self.name)
    }

    fn error(&self, member: &str) -> Option<String> {
        self.errors.of(&self.field(member)).map(str::to_owned)
    }
}

/// All fields of a condition.
pub fn controls(ctx: &Ctx, choices: &Choices, condition: &DraftCondition, place: &Place<'_>) -> Markup {
    let kind = condition.kind(&choices.schema);
    html! {
        (field_select(ctx, choices, condition, place))
        @if let Some(kind) = kind {
            (operator_select(ctx, kind, condition, place))
            (value(ctx, choices, condition, place))
            @if matches!(kind, Kind::Mail(_)) { (mail_limits(ctx, choices, kind, condition, place)) }
        }
    }
}

/// With htmx, another field or comparison brings the fields that fit it.
fn live(select: Select<'_>) -> Select<'_> {
    select
        .hide_label()
        .attr("hx-post", SEGMENT_PREVIEW.url())
        .attr("hx-trigger", "change")
        .attr("hx-target", format!("#{RULE}"))
        .attr("hx-swap", "outerHTML")
}

fn field_select(ctx: &Ctx, choices: &Choices, condition: &DraftCondition, place: &Place<'_>) -> Markup {
    let group = |wanted: fn(&Subject<'_>) -> bool| {
        fixed_subjects()
            .filter(move |subject| wanted(subject))
            .map(|subject| {
                let name = subject.name();
                let label = capitalised(&ctx.t(&field_key(&name)));
                (name, label)
            })
    };
    let custom = choices
        .schema
        .attributes()
        .iter()
        .map(|field| (Subject::Attribute(field).name(), field.label.clone()));
    let mut select = Select::new(place.field("field"), ctx.t("crm-segments-choose-field"))
        .selected(condition.field.as_str())
        .error(place.error("field"));
    if condition.kind(&choices.schema).is_none() {
        // What is gone is shown as it was, so that it is not taken for something else.
        select = select.option(condition.field.as_str(), condition.field.as_str());
    }
    select = select.group(
        ctx.t("crm-segments-group-contact"),
        group(|s| matches!(s, Subject::Text(_))),
    );
    if !choices.schema.attributes().is_empty() {
        select = select.group(ctx.t("crm-segments-group-custom"), custom);
    }
    let groups = |s: &Subject<'_>| matches!(s, Subject::Tags | Subject::Segment);
    let mail = |s: &Subject<'_>| matches!(s, Subject::Mail(_) | Subject::Subscription);
    select = select
        .group(
            ctx.t("crm-segments-group-dates"),
            group(|s| matches!(s, Subject::Time(_))),
        )
        .group(ctx.t("crm-segments-group-groups"), group(groups))
        .group(ctx.t("crm-segments-group-mail"), group(mail));
    html! { (live(select)) }
}

/// Within a sentence a field begins with a small letter, in a list of its own it does not.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn operator_select(ctx: &Ctx, kind: Kind, condition: &DraftCondition, place: &Place<'_>) -> Markup {
    let options = kind.operators().iter().map(|operator| {
        (
            operator.word(),
            say(ctx, &operator_key("operator", *operator), &[]),
        )
    });
    let select = Select::new(place.field("operator"), ctx.t("crm-segments-choose-operator"))
        .options(options)
        .selected(condition.operator.as_str())
        .error(place.error("operator"));
    html! { (live(select)) }
}

fn value(ctx: &Ctx, choices: &Choices, condition: &DraftCondition, place: &Place<'_>) -> Markup {
    let value = Value {
        ctx,
        choices,
        condition,
        place,
    };
    let error = place.error("value");
    match condition.shape(&choices.schema) {
        None | Some(Shape::Nothing) => Markup::default(),
        Some(Shape::Text) => value.text(),
        Some(Shape::Texts) => value.texts(),
        Some(Shape::Number) => value.number("crm-segments-value", 0, error),
        Some(Shape::Times) => value.number("crm-segments-times", 0, error),
        Some(Shape::Numbers) => html! {
            (value.number("crm-segments-from", 0, error))
            (value.number("crm-segments-until", 1, None))
        },
        Some(Shape::Truth) => value.select(vec![
            ("true".to_owned(), ctx.t("crm-segments-yes")),
            ("false".to_owned(), ctx.t("crm-segments-no")),
        ]),
        Some(Shape::Day | Shape::Point) => value.date("crm-segments-value", 0, error),
        Some(Shape::Points) => html! {
            (value.date("crm-segments-from", 0, error))
            (value.date("crm-segments-until", 1, None))
        },
        Some(Shape::Span) => html! {
            (value.number("crm-segments-amount", 0, error))
            (value.unit("unit", &condition.unit))
        },
        Some(Shape::Segment) => value.select(
            choices
                .segments
                .iter()
                .map(|(id, name)| (id.to_string(), name.clone()))
                .collect(),
        ),
        Some(Shape::Subscription) => value.select(
            SubscriptionState::ALL
                .map(|state| {
                    (
                        state.word().to_owned(),
                        ctx.t(&format!("crm-segments-subscription-{}", state.word())),
                    )
                })
                .to_vec(),
        ),
    }
}

struct Value<'a> {
    ctx: &'a Ctx,
    choices: &'a Choices,
    condition: &'a DraftCondition,
    place: &'a Place<'a>,
}

impl Value<'_> {
    fn nth(&self, n: usize) -> &str {
        self.condition.values.get(n).map_or("", String::as_str)
    }

    /// Two fields of one condition share their name, and are told apart by their ids.
    fn id(&self, n: usize) -> String {
        let id = ui_kit::field_id(&self.place.field("value"));
        if n == 0 { id } else { format!("{id}-{n}") }
    }

    fn attribute(&self) -> Option<&AttributeField> {
        match self.choices.schema.subject(&self.condition.field) {
            Some(Subject::Attribute(field)) => Some(field),
            _ => None,
        }
    }

    fn text(&self) -> Markup {
        if let Some(field) = self.attribute().filter(|field| !field.options.is_empty()) {
            return self.select(
                field
                    .options
                    .iter()
                    .map(|option| (option.clone(), option.clone()))
                    .collect(),
            );
        }
        html! {
            (Field::text(self.place.field("value"), self.ctx.t("crm-segments-value"))
                .value(self.nth(0)).hide_label().error(self.place.error("value")))
        }
    }

    fn texts(&self) -> Markup {
        let (ctx, name, error) = (self.ctx, self.place.field("value"), self.place.error("value"));
        let values = &self.condition.values;
        if self.condition.field == Subject::Tags.name() {
            let has_comma = values.iter().any(|tag| tag.contains([',', ';']));
            let text = if has_comma {
                format!("{}|", values.join("|"))
            } else {
                values.join(", ")
            };
            return TagField::new(name, ctx.t("crm-segments-tags"))
                .value(text)
                .suggestions(self.choices.tags.iter().map(String::as_str))
                .hide_label()
                .error(error)
                .show(ctx.words());
        }
        match self.attribute().filter(|field| !field.options.is_empty()) {
            Some(field) => {
                let options = field
                    .options
                    .iter()
                    .map(|option| Choice::new(option.as_str(), option.as_str()));
                html! {
                    (CheckboxGroup::new(name, ctx.t("crm-segments-value"), options.collect())
                        .chosen(values.iter().map(String::as_str)).hide_label().error(error))
                }
            }
            None => html! {
                (Field::textarea(name, ctx.t("crm-segments-values"), 3)
                    .value(values.join("\n")).help(ctx.t("crm-segments-values")).hide_label().error(error))
            },
        }
    }

    fn number(&self, label: &str, n: usize, error: Option<String>) -> Markup {
        html! {
            (Field::number(self.place.field("value"), self.ctx.t(label))
                .id(self.id(n)).value(self.nth(n)).hide_label().error(error).attr("step", "any"))
        }
    }

    fn date(&self, label: &str, n: usize, error: Option<String>) -> Markup {
        let (name, label) = (self.place.field("value"), self.ctx.t(label));
        // A field for days shows an instant as nothing, and would lose it.
        let is_day = self.nth(n).is_empty()
            || self.nth(n).parse::<jiff::civil::Date>().is_ok() && self.nth(n).len() == 10;
        let field = if is_day {
            Field::date(name, label)
        } else {
            Field::text(name, label)
        };
        html! { (field.id(self.id(n)).value(self.nth(n)).hide_label().error(error)) }
    }

    fn unit(&self, member: &str, selected: &str) -> Markup {
        let selected = if selected.is_empty() {
            Unit::Days.word()
        } else {
            selected
        };
        let units = Unit::ALL.map(|unit| {
            (
                unit.word(),
                self.ctx.t(&format!("crm-segments-unit-{}", unit.word())),
            )
        });
        html! {
            (Select::new(self.place.field(member), self.ctx.t("crm-segments-unit"))
                .options(units).selected(selected).hide_label().error(self.place.error(member)))
        }
    }

    fn select(&self, options: Vec<(String, String)>) -> Markup {
        let chosen = self.nth(0);
        let mut select = Select::new(self.place.field("value"), self.ctx.t("crm-segments-value"))
            .hide_label()
            .selected(chosen)
            .error(self.place.error("value"))
            .option("", self.ctx.t("crm-segments-choose"));
        if !chosen.is_empty() && options.iter().all(|(value, _)| value != chosen) {
            select = select.option(chosen, chosen);
        }
        html! { (select.options(options)) }
    }
}

fn mail_limits(
    ctx: &Ctx,
    choices: &Choices,
    kind: Kind,
    condition: &DraftCondition,
    place: &Place<'_>,
) -> Markup {
    let value = Value {
        ctx,
        choices,
        condition,
        place,
    };
    let mut campaigns: Vec<(String, String)> = choices
        .names
        .campaigns
        .iter()
        .map(|(id, name)| (id.to_string(), name.clone()))
        .collect();
    campaigns.sort_by_key(|(_, name)| name.to_lowercase());
    if !condition.campaign.is_empty() && campaigns.iter().all(|(id, _)| *id != condition.campaign) {
        campaigns.push((condition.campaign.clone(), condition.campaign.clone()));
    }
    html! {
        (Field::number(place.field("within"), ctx.t("crm-segments-window"))
            .value(condition.within.as_str()).placeholder(ctx.t("crm-segments-ever"))
            .hide_label().prefix(ctx.t("crm-segments-window")).error(place.error("within")))
        (value.unit("within_unit", &condition.within_unit))
        (Select::new(place.field("campaign"), ctx.t("crm-segments-campaign"))
            .option("", ctx.t("crm-segments-any-campaign"))
            .options(campaigns)
            .selected(condition.campaign.as_str()).hide_label().error(place.error("campaign")))
        @if kind == Kind::Mail(crate::domain::rule::Activity::Clicked) {
            (Field::text(place.field("url_contains"), ctx.t("crm-segments-url-contains"))
                .value(condition.url_contains.as_str()).placeholder(ctx.t("crm-segments-url-contains"))
                .hide_label().error(place.error("url_contains")))
        }
    }
}
