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
    AttributeField, Channel, IdSource, Kind, Operator, Period, PropertyKind, REASONS, RelativeDay, Scope,
    Shape, Subject, SubscriptionState, TopicState, Unit,
    draft::DraftCondition,
    fixed_subjects, record_subjects,
    sentence::{label_in, operator_key, period_key, relative_day},
};

/// Where a condition stands, what it is about, and what is wrong with the form.
pub struct Place<'a> {
    pub name: String,
    pub scope: Scope<'a>,
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
    let value = Value {
        ctx,
        choices,
        condition,
        place,
    };
    let subject = condition.subject(&choices.schema, place.scope);
    html! {
        @if place.scope == Scope::Event { (value.property()) } @else { (value.field_select()) }
        @if let Some(subject) = subject {
            @if subject.members().contains(&"name") { (value.event("name", "crm-segments-event-name")) }
            (value.operator_select(subject.kind()))
            (value.value())
            (value.limits(subject))
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

/// Within a sentence a field begins with a small letter, in a list of its own it does not.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Days that are offered, besides those of the calendar.
const DAYS: [&str; 27] = [
    "today",
    "yesterday",
    "tomorrow",
    "+2 days",
    "+3 days",
    "+5 days",
    "+7 days",
    "+10 days",
    "+14 days",
    "+30 days",
    "+60 days",
    "+90 days",
    "-2 days",
    "-3 days",
    "-5 days",
    "-7 days",
    "-10 days",
    "-14 days",
    "-30 days",
    "-60 days",
    "-90 days",
    "first_day_of_this_month",
    "last_day_of_this_month",
    "first_day_of_last_month",
    "last_day_of_last_month",
    "first_day_of_this_year",
    "last_day_of_this_year",
];

struct Value<'a> {
    ctx: &'a Ctx,
    choices: &'a Choices,
    condition: &'a DraftCondition,
    place: &'a Place<'a>,
}

impl Value<'_> {
    fn label(&self, subject: Subject<'_>) -> String {
        let say = |key: &str, words: &[_]| say(self.ctx, key, words);
        capitalised(&label_in(
            self.place.scope,
            &subject.name(),
            &self.choices.schema,
            &say,
        ))
    }

    fn field_select(&self) -> Markup {
        let (ctx, condition) = (self.ctx, self.condition);
        let mut select = Select::new(self.place.field("field"), ctx.t("crm-segments-choose-field"))
            .selected(condition.field.as_str())
            .error(self.place.error("field"));
        if condition.kind(&self.choices.schema, self.place.scope).is_none() {
            // What is gone is shown as it was, so that it is not taken for something else.
            select = select.option(condition.field.as_str(), condition.field.as_str());
        }
        for (key, options) in self.field_groups() {
            if !options.is_empty() {
                select = select.group(ctx.t(key), options);
            }
        }
        html! { (live(select)) }
    }

    fn field_groups(&self) -> Vec<(&'static str, Vec<(String, String)>)> {
        let schema = &self.choices.schema;
        let option = |subject: Subject<'_>| (subject.name(), self.label(subject));
        let custom = |fields: &[AttributeField]| fields.iter().map(Subject::Attribute).map(option).collect();
        let object = match self.place.scope {
            Scope::Contact | Scope::Event => {
                let fixed =
                    |wanted: fn(&Subject<'_>) -> bool| fixed_subjects().filter(wanted).map(option).collect();
                let topics = schema.topics().iter().map(Subject::Topic).map(option);
                let mut reach: Vec<_> =
                    fixed(|s| matches!(s, Subject::Subscription | Subject::DoNotContact(_)));
                reach.extend(topics);
                return vec![
                    ("crm-segments-group-contact", fixed(is_of_contact)),
                    ("crm-segments-group-custom", custom(schema.attributes())),
                    (
                        "crm-segments-group-dates",
                        fixed(|s| matches!(s, Subject::Time(_) | Subject::StageSince)),
                    ),
                    (
                        "crm-segments-group-groups",
                        fixed(|s| matches!(s, Subject::Tags | Subject::Segment)),
                    ),
                    ("crm-segments-group-reach", reach),
                    (
                        "crm-segments-group-mail",
                        fixed(|s| matches!(s, Subject::Mail(_))),
                    ),
                    (
                        "crm-segments-group-events",
                        fixed(|s| matches!(s, Subject::Event(_) | Subject::Sequence | Subject::Page)),
                    ),
                    (
                        "crm-segments-group-records",
                        schema
                            .objects()
                            .iter()
                            .map(Subject::Records)
                            .map(option)
                            .collect(),
                    ),
                ];
            }
            Scope::Record(object) | Scope::Related(object) => object,
        };
        let own = matches!(self.place.scope, Scope::Record(_));
        let relations = object.relations.iter().map(Subject::Relation);
        vec![
            (
                "crm-segments-group-record",
                record_subjects()
                    .filter(|subject| own || !subject.is_of_people())
                    .map(option)
                    .collect(),
            ),
            ("crm-segments-group-custom", custom(&object.attributes)),
            (
                "crm-segments-group-records",
                relations.filter(|_| own).map(option).collect(),
            ),
        ]
    }

    fn operator_select(&self, kind: Kind) -> Markup {
        let options = kind.operators().iter().map(|operator| {
            (
                operator.word(),
                say(self.ctx, &operator_key("operator", *operator), &[]),
            )
        });
        let select = Select::new(
            self.place.field("operator"),
            self.ctx.t("crm-segments-choose-operator"),
        )
        .options(options)
        .selected(self.condition.operator.as_str())
        .error(self.place.error("operator"));
        html! { (live(select)) }
    }

    // --- the value

    fn value(&self) -> Markup {
        let (ctx, error) = (self.ctx, self.place.error("value"));
        let state = |words: Vec<&'static str>, prefix: &str| {
            let option = |word: &str| {
                (
                    word.to_owned(),
                    ctx.t(&format!("{prefix}{}", word.replace('_', "-"))),
                )
            };
            self.select(words.into_iter().map(option).collect())
        };
        match self.condition.shape(&self.choices.schema, self.place.scope) {
            None | Some(Shape::Nothing) => Markup::default(),
            Some(Shape::Text | Shape::Pattern) => self.text(),
            Some(Shape::Texts) => self.texts(),
            Some(Shape::Number) => self.number("crm-segments-value", 0, error),
            Some(Shape::Times) => self.number("crm-segments-times", 0, error),
            Some(Shape::Numbers) => html! {
                (self.number("crm-segments-from", 0, error))
                (self.number("crm-segments-until", 1, None))
            },
            Some(Shape::Truth) => self.select(vec![
                ("true".to_owned(), ctx.t("crm-segments-yes")),
                ("false".to_owned(), ctx.t("crm-segments-no")),
            ]),
            Some(Shape::Day) => self.day("value", "crm-segments-value", 0, true, error),
            Some(Shape::Point) => self.day("value", "crm-segments-value", 0, false, error),
            Some(Shape::Points) => html! {
                (self.day("value", "crm-segments-from", 0, false, error))
                (self.day("value", "crm-segments-until", 2, false, None))
            },
            Some(Shape::Span) => html! {
                (self.number("crm-segments-amount", 0, error))
                (self.unit("unit", &self.condition.unit, &Unit::ALL))
            },
            Some(Shape::Segment) => self.select(
                self.choices
                    .segments
                    .iter()
                    .map(|(id, name)| (id.to_string(), name.clone()))
                    .collect(),
            ),
            Some(Shape::Subscription) => state(
                SubscriptionState::ALL.map(SubscriptionState::word).to_vec(),
                "crm-segments-subscription-",
            ),
            Some(Shape::TopicState) => state(
                TopicState::ALL.map(TopicState::word).to_vec(),
                "crm-segments-topic-",
            ),
            Some(Shape::Id) => self.select(self.ids()),
            Some(Shape::Ids) => self.checkboxes(self.ids()),
        }
    }

    fn nth(&self, n: usize) -> &str {
        self.condition.values.get(n).map_or("", String::as_str)
    }

    /// Two fields of one condition share their name, and are told apart by their ids.
    fn id(&self, member: &str, n: usize) -> String {
        let id = ui_kit::field_id(&self.place.field(member));
        if n == 0 { id } else { format!("{id}-{n}") }
    }

    fn subject(&self) -> Option<Subject<'_>> {
        self.condition.subject(&self.choices.schema, self.place.scope)
    }

    /// What can be chosen, where only some values make sense.
    fn options(&self) -> Vec<(String, String)> {
        match self.subject() {
            Some(Subject::Attribute(field)) => field
                .options
                .iter()
                .map(|option| (option.clone(), option.clone()))
                .collect(),
            Some(Subject::DoNotContact(_)) => REASONS
                .map(|reason| {
                    let key = format!("crm-segments-reason-{}", reason.replace('_', "-"));
                    (reason.to_owned(), self.ctx.t(&key))
                })
                .to_vec(),
            _ => Vec::new(),
        }
    }

    fn ids(&self) -> Vec<(String, String)> {
        match self.subject().map(|subject| subject.kind()) {
            Some(Kind::Id(IdSource::Stage)) => self.choices.stages.clone(),
            _ => self.choices.owners.clone(),
        }
    }

    fn text(&self) -> Markup {
        let whole = [Operator::Is.word(), Operator::IsNot.word()].contains(&self.condition.operator.as_str());
        let options = self.options();
        if whole && !options.is_empty() {
            return self.select(options);
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
        let options = self.options();
        if options.is_empty() {
            return html! {
                (Field::textarea(name, ctx.t("crm-segments-values"), 3)
                    .value(values.join("\n")).help(ctx.t("crm-segments-values")).hide_label().error(error))
            };
        }
        self.checkboxes(options)
    }

    fn checkboxes(&self, options: Vec<(String, String)>) -> Markup {
        let values = &self.condition.values;
        // What is no longer offered stays chosen.
        let gone = values
            .iter()
            .filter(|value| options.iter().all(|(known, _)| known != *value));
        let gone: Vec<(String, String)> = gone.map(|value| (value.clone(), value.clone())).collect();
        let choices = options.into_iter().chain(gone);
        let choices = choices.map(|(value, label)| Choice::new(value, label)).collect();
        html! {
            (CheckboxGroup::new(self.place.field("value"), self.ctx.t("crm-segments-value"), choices)
                .chosen(values.iter().map(String::as_str)).hide_label().error(self.place.error("value")))
        }
    }

    fn number(&self, label: &str, n: usize, error: Option<String>) -> Markup {
        html! {
            (Field::number(self.place.field("value"), self.ctx.t(label))
                .id(self.id("value", n)).value(self.nth(n)).hide_label().error(error).attr("step", "any"))
        }
    }

    /// A day by a word, or else by the calendar. `n` is the first of its two values.
    fn day(&self, member: &str, label: &str, n: usize, periods: bool, error: Option<String>) -> Markup {
        let (word, date) = match (self.nth(n), self.nth(n + 1)) {
            // One that is not yet in two parts.
            (one, "") if !is_word(one) => ("", one),
            both => both,
        };
        self.day_fields(member, label, (word, date), n, periods, error)
    }

    fn day_fields(
        &self,
        member: &str,
        label: &str,
        (word, date): (&str, &str),
        n: usize,
        periods: bool,
        error: Option<String>,
    ) -> Markup {
        let say = |key: &str, words: &[_]| say(self.ctx, key, words);
        let mut options: Vec<(String, String)> = DAYS
            .iter()
            .filter_map(|text| {
                Some((
                    (*text).to_owned(),
                    capitalised(&relative_day(RelativeDay::parse(text)?, &say)),
                ))
            })
            .collect();
        if periods {
            options.extend(Period::all().map(|period| {
                let word = period.to_string();
                let label = capitalised(&self.ctx.t(&period_key(&word)));
                (word, label)
            }));
        }
        if !word.is_empty() && options.iter().all(|(known, _)| known != word) {
            let label =
                RelativeDay::parse(word).map_or_else(|| word.to_owned(), |day| relative_day(day, &say));
            options.push((word.to_owned(), capitalised(&label)));
        }
        let (name, label) = (self.place.field(member), self.ctx.t(label));
        let choice = Select::new(name.clone(), label.clone())
            .id(self.id(member, n))
            .option("", self.ctx.t("crm-segments-on-date"))
            .options(options)
            .selected(word)
            .hide_label()
            .error(error);
        // A field for days shows an instant as nothing, and would lose it.
        let is_day = date.is_empty() || date.parse::<jiff::civil::Date>().is_ok() && date.len() == 10;
        let field = if is_day {
            Field::date(name, label)
        } else {
            Field::text(name, label)
        };
        html! { (choice) (field.id(self.id(member, n + 1)).value(date).hide_label()) }
    }

    fn unit(&self, member: &str, selected: &str, units: &[Unit]) -> Markup {
        let selected = if selected.is_empty() {
            Unit::Days.word()
        } else {
            selected
        };
        let units = units.iter().map(|unit| {
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
        self.select_of("value", self.nth(0), "crm-segments-value", options)
    }

    fn select_of(&self, member: &str, chosen: &str, label: &str, options: Vec<(String, String)>) -> Markup {
        let mut select = Select::new(self.place.field(member), self.ctx.t(label))
            .hide_label()
            .selected(chosen)
            .error(self.place.error(member))
            .option("", self.ctx.t("crm-segments-choose"));
        if !chosen.is_empty() && options.iter().all(|(value, _)| value != chosen) {
            select = select.option(chosen, chosen);
        }
        html! { (select.options(options)) }
    }

    // --- what else there is to say

    /// The property of an event, and what it holds.
    fn property(&self) -> Markup {
        let path = self.condition.field.split_once('.').map_or("", |(_, path)| path);
        let kinds = PropertyKind::ALL.map(|kind| {
            (
                kind.word(),
                self.ctx.t(&format!("crm-segments-type-{}", kind.word())),
            )
        });
        let kind = match self.condition.detail("type") {
            "" => PropertyKind::Text.word(),
            kind => kind,
        };
        html! {
            (Field::text(self.place.field("property"), self.ctx.t("crm-segments-property"))
                .id(ui_kit::field_id(&self.place.field("field")))
                .value(path).placeholder(self.ctx.t("crm-segments-property-hint"))
                .hide_label().error(self.place.error("field")))
            (live(Select::new(self.place.field("type"), self.ctx.t("crm-segments-type"))
                .options(kinds).selected(kind).error(self.place.error("type"))))
        }
    }

    /// The name of an event, out of those that have come in or any other.
    fn event(&self, member: &str, label: &str) -> Markup {
        html! {
            (Field::text(self.place.field(member), self.ctx.t(label))
                .value(self.condition.detail(member)).placeholder(self.ctx.t(label))
                .attr("list", EVENT_NAMES).hide_label().error(self.place.error(member)))
        }
    }

    fn limits(&self, subject: Subject<'_>) -> Markup {
        let has = |member: &str| subject.members().contains(&member);
        let detail = |name: &str| self.condition.detail(name);
        html! {
            @if has("then") {
                (self.event("then_name", "crm-segments-then-name"))
                (self.span("gap", "crm-segments-gap", &[Unit::Hours, Unit::Days, Unit::Weeks]))
                @if !detail("then_where").is_empty() {
                    // Made by a program, and kept as it is.
                    input type="hidden" name=(self.place.field("then_where")) value=(detail("then_where"));
                }
            }
            @if has("within") { (self.span("within", "crm-segments-window", &Unit::ALL)) }
            @for member in ["from", "until"] {
                @if !detail(member).is_empty() {
                    (Field::text(self.place.field(member), self.ctx.t(&format!("crm-segments-{member}")))
                        .value(detail(member)).prefix(self.ctx.t(&format!("crm-segments-{member}")))
                        .hide_label().error(self.place.error(member)))
                }
            }
            @if has("campaign") { (self.campaign()) }
            @if has("url_contains") {
                (Field::text(self.place.field("url_contains"), self.ctx.t("crm-segments-url-contains"))
                    .value(detail("url_contains")).placeholder(self.ctx.t("crm-segments-url-contains"))
                    .hide_label().error(self.place.error("url_contains")))
            }
            @if let Subject::Topic(topic) = subject { (self.channel(&topic.channels)) }
            @if has("seed") {
                (Field::text(self.place.field("seed"), self.ctx.t("crm-segments-seed"))
                    .value(detail("seed")).placeholder(self.ctx.t("crm-segments-seed"))
                    .hide_label().error(self.place.error("seed")))
            }
        }
    }

    fn span(&self, member: &str, label: &str, units: &[Unit]) -> Markup {
        let unit = format!("{member}_unit");
        html! {
            (Field::number(self.place.field(member), self.ctx.t(label))
                .value(self.condition.detail(member)).placeholder(self.ctx.t("crm-segments-ever"))
                .hide_label().prefix(self.ctx.t(label)).error(self.place.error(member)))
            (self.unit(&unit, self.condition.detail(&unit), units))
        }
    }

    fn campaign(&self) -> Markup {
        let mut campaigns: Vec<(String, String)> = self
            .choices
            .names
            .campaigns
            .iter()
            .map(|(id, name)| (id.to_string(), name.clone()))
            .collect();
        campaigns.sort_by_key(|(_, name)| name.to_lowercase());
        let chosen = self.condition.detail("campaign");
        if !chosen.is_empty() && campaigns.iter().all(|(id, _)| id != chosen) {
            campaigns.push((chosen.to_owned(), chosen.to_owned()));
        }
        if campaigns.is_empty() {
            return Markup::default();
        }
        html! {
            (Select::new(self.place.field("campaign"), self.ctx.t("crm-segments-campaign"))
                .option("", self.ctx.t("crm-segments-any-campaign"))
                .options(campaigns)
                .selected(chosen).hide_label().error(self.place.error("campaign")))
        }
    }

    fn channel(&self, channels: &[Channel]) -> Markup {
        let options = channels.iter().map(|channel| {
            (
                channel.word(),
                self.ctx.t(&format!("crm-segments-channel-{}", channel.word())),
            )
        });
        let chosen = match self.condition.detail("channel") {
            "" => Channel::Email.word(),
            word => word,
        };
        html! {
            (Select::new(self.place.field("channel"), self.ctx.t("crm-segments-channel"))
                .options(options).selected(chosen).hide_label().error(self.place.error("channel")))
        }
    }
}

/// The list of events that have come in, which fields for their names suggest.
pub const EVENT_NAMES: &str = "segment-event-names";

fn is_of_contact(subject: &Subject<'_>) -> bool {
    matches!(
        subject,
        Subject::Text(_)
            | Subject::Owner
            | Subject::Stage
            | Subject::Points
            | Subject::Anonymous
            | Subject::Identifiers
            | Subject::Random
    )
}

fn is_word(text: &str) -> bool {
    RelativeDay::parse(text).is_some() || Period::parse(text).is_some()
}
