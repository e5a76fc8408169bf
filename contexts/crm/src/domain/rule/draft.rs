//! A rule while it is edited: a tree of what stands in the form, right or wrong.
//!
//! The form has one field for each part of a condition, named by the place of the condition in the
//! tree: `r.0.2:operator` is the operator of the third rule in the first group. So the whole tree
//! travels in a plain form, and every edit (add, remove) is a submit button that names what to do
//! where: the editor needs no script. [`Draft::to_json`] makes the JSON that is parsed, and a
//! [`Problem`]'s pointer leads back to the field it is about.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    MAX_DEPTH, MAX_NODES, Matching, Operator, Problem, Schema,
    draft_json::node_from_json,
    schema::{OBJECT_PREFIX, PROPERTY_PREFIX, RELATION_PREFIX, Scope, Subject},
};

/// The name of the root's place.
pub const ROOT: &str = "r";
/// The member of the form whose value says what to do with the tree.
pub const EDIT: &str = "edit";

/// A node of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Draft {
    /// A group.
    Group(DraftGroup),
    /// A condition.
    Condition(DraftCondition),
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftGroup {
    /// How its rules are taken together.
    pub matching: Matching,
    /// Its rules.
    pub rules: Vec<Draft>,
}

impl Default for DraftGroup {
    fn default() -> Self {
        Self {
            matching: Matching::All,
            rules: Vec::new(),
        }
    }
}

/// A condition: texts as they stand in the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DraftCondition {
    /// Word of the field.
    pub field: String,
    /// Word of the operator.
    pub operator: String,
    /// The value or values. A day has two: a word such as `today`, or else a date.
    pub values: Vec<String>,
    /// Unit of a span whose amount is the value.
    pub unit: String,
    /// What else there is to say, by the names of [`DETAILS`].
    pub details: BTreeMap<String, String>,
    /// The conditions of the things that it is about.
    pub filter: DraftGroup,
}

/// What there can be to say of a condition besides its value: a limit in time and its unit, from and
/// until when, the campaign, the link, the event, the channel, the seed, the type of a property, and
/// what follows within which time.
pub const DETAILS: [&str; 14] = [
    "within",
    "within_unit",
    "from",
    "until",
    "campaign",
    "url_contains",
    "name",
    "channel",
    "seed",
    "type",
    "then_name",
    "then_where",
    "gap",
    "gap_unit",
];

impl DraftCondition {
    /// A detail; empty when there is none.
    pub fn detail(&self, name: &str) -> &str {
        self.details.get(name).map_or("", String::as_str)
    }
}

/// What a button does to the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Adds a condition to the group at a place.
    AddCondition(Vec<usize>),
    /// Adds a group with one condition to the group at a place.
    AddGroup(Vec<usize>),
    /// Removes what is at a place.
    Remove(Vec<usize>),
    /// Changes nothing: the form is shown anew, with the operators that fit the chosen fields.
    Refresh,
}

impl Draft {
    /// What a new segment begins with: one condition to fill in.
    pub fn blank() -> Self {
        Draft::Group(DraftGroup {
            matching: Matching::All,
            rules: vec![Draft::blank_condition()],
        })
    }

    fn blank_condition() -> Self {
        let field = Subject::Text(super::CoreText::Email);
        Draft::Condition(DraftCondition {
            operator: Operator::Contains.word().to_owned(),
            field: field.name(),
            ..DraftCondition::default()
        })
    }

    /// The tree that a form holds. Fields that belong to nothing are passed over; a form without a
    /// root is a blank one.
    pub fn from_form(fields: &[(String, String)]) -> Self {
        let mut nodes: BTreeMap<Vec<usize>, BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
        for (name, value) in fields.iter().take(MAX_NODES * 16) {
            if let Some((place, member)) = name.split_once(':')
                && let Some(place) = place_of_name(place)
            {
                nodes
                    .entry(place)
                    .or_default()
                    .entry(member)
                    .or_default()
                    .push(value);
            }
        }
        match node_from_form(&nodes, &[]) {
            Some(Draft::Group(group)) => Draft::Group(group),
            Some(condition) => Draft::Group(DraftGroup {
                matching: Matching::All,
                rules: vec![condition],
            }),
            None => Draft::blank(),
        }
    }

    /// The tree of a rule that is stored. A rule that is one condition becomes a group of one.
    pub fn from_json(json: &Value) -> Self {
        match node_from_json(json) {
            Draft::Group(group) => Draft::Group(group),
            condition => Draft::Group(DraftGroup {
                matching: Matching::All,
                rules: vec![condition],
            }),
        }
    }

    /// The rule as JSON, ready to be parsed. What is missing or wrong is left as it is, for the
    /// parser to complain about.
    pub fn to_json(&self, schema: &Schema) -> Value {
        self.to_json_in(schema, Scope::Contact)
    }

    pub(super) fn to_json_in(&self, schema: &Schema, scope: Scope<'_>) -> Value {
        match self {
            Draft::Group(group) => group.to_json(schema, scope),
            Draft::Condition(condition) => condition.to_json(schema, scope),
        }
    }

    /// Gives each condition an operator that its field knows.
    pub fn settle(&mut self, schema: &Schema) {
        self.settle_in(schema, Scope::Contact);
    }

    pub(super) fn settle_in(&mut self, schema: &Schema, scope: Scope<'_>) {
        match self {
            Draft::Group(group) => group
                .rules
                .iter_mut()
                .for_each(|rule| rule.settle_in(schema, scope)),
            Draft::Condition(condition) => condition.settle(schema, scope),
        }
    }

    /// Does what a button says. What makes no sense does nothing.
    pub fn edit(&mut self, edit: &Edit) {
        match edit {
            Edit::AddCondition(place) => {
                let blank = self.blank_at(place);
                self.add(place, blank);
            }
            Edit::AddGroup(place) => {
                let inner = DraftGroup {
                    matching: Matching::Any,
                    rules: vec![self.blank_at(place)],
                };
                self.add(place, Draft::Group(inner));
            }
            Edit::Remove(place) => {
                if let Some((last, above)) = place.split_last()
                    && let Some(rules) = self.rules(above)
                    && *last < rules.len()
                {
                    rules.remove(*last);
                }
            }
            Edit::Refresh => {}
        }
    }

    fn add(&mut self, place: &[usize], rule: Draft) {
        if place.len() < MAX_DEPTH
            && let Some(rules) = self.rules(place)
            && rules.len() < MAX_NODES
        {
            rules.push(rule);
        }
    }

    /// The rules of the group at a place, or the conditions of the things that the condition there is
    /// about.
    fn rules(&mut self, place: &[usize]) -> Option<&mut Vec<Draft>> {
        let rules = match self {
            Draft::Group(group) => &mut group.rules,
            Draft::Condition(condition) if condition.is_about_things() => &mut condition.filter.rules,
            Draft::Condition(_) => return None,
        };
        match place.split_first() {
            None => Some(rules),
            Some((first, rest)) => rules.get_mut(*first)?.rules(rest),
        }
    }

    /// A condition to fill in about what conditions at a place are about.
    fn blank_at(&self, place: &[usize]) -> Draft {
        let (mut draft, mut blank) = (self, Draft::blank_condition());
        for n in place.iter().map(Some).chain([None]) {
            let rules = match draft {
                Draft::Group(group) => &group.rules,
                Draft::Condition(condition) => {
                    blank = condition.blank_thing();
                    &condition.filter.rules
                }
            };
            match n.and_then(|n| rules.get(*n)) {
                Some(inner) => draft = inner,
                None => break,
            }
        }
        blank
    }
}

impl DraftCondition {
    /// Whether it is about things that have conditions of their own.
    fn is_about_things(&self) -> bool {
        let field = self.field.as_str();
        ["event", "mail."].iter().any(|prefix| field.starts_with(prefix))
            || field == "page"
            || self.is_about_records()
    }

    fn is_about_records(&self) -> bool {
        self.field.starts_with(OBJECT_PREFIX) || self.field.starts_with(RELATION_PREFIX)
    }

    fn blank_thing(&self) -> Draft {
        let (field, operator) = if self.is_about_records() {
            ("name".to_owned(), Operator::Contains)
        } else {
            (PROPERTY_PREFIX.to_owned(), Operator::Is)
        };
        Draft::Condition(DraftCondition {
            field,
            operator: operator.word().to_owned(),
            ..DraftCondition::default()
        })
    }
}

impl Edit {
    /// Reads the value of a button.
    pub fn parse(text: &str) -> Self {
        let (what, place) = text.split_once(' ').unwrap_or((text, ROOT));
        match (what, place_of_name(place)) {
            ("add-condition", Some(place)) => Edit::AddCondition(place),
            ("add-group", Some(place)) => Edit::AddGroup(place),
            ("remove", Some(place)) => Edit::Remove(place),
            _ => Edit::Refresh,
        }
    }

    /// The value of the button.
    pub fn value(&self) -> String {
        match self {
            Edit::AddCondition(place) => format!("add-condition {}", name_of_place(place)),
            Edit::AddGroup(place) => format!("add-group {}", name_of_place(place)),
            Edit::Remove(place) => format!("remove {}", name_of_place(place)),
            Edit::Refresh => "refresh".to_owned(),
        }
    }
}

/// `r.0.2`
pub fn name_of_place(place: &[usize]) -> String {
    place
        .iter()
        .fold(ROOT.to_owned(), |name, n| format!("{name}.{n}"))
}

fn place_of_name(name: &str) -> Option<Vec<usize>> {
    let rest = name.strip_prefix(ROOT)?;
    if rest.is_empty() {
        return Some(Vec::new());
    }
    let numbers = rest.strip_prefix('.')?.split('.');
    let place: Option<Vec<usize>> = numbers.map(|n| n.parse().ok()).collect();
    place.filter(|place| place.len() <= MAX_DEPTH + 1)
}

/// The name of the form's field that a problem is about.
pub fn field_of(problem: &Problem) -> String {
    let mut place = Vec::new();
    let mut member = "match";
    let mut parts = problem.pointer.split('/').skip(1).peekable();
    while let Some(part) = parts.next() {
        if Matching::of_word(part).is_some() {
            match parts.next().and_then(|n| n.parse().ok()) {
                Some(n) => place.push(n),
                // The list of a group as such.
                None => {
                    member = "match";
                    break;
                }
            }
            member = "field";
        } else if part == "where" {
            // The conditions of things stand below the condition that is about them.
            member = "filter";
        } else {
            // `/value/1` is about the value all the same.
            member = part;
            break;
        }
    }
    format!("{}:{member}", name_of_place(&place))
}

type Nodes<'a> = BTreeMap<Vec<usize>, BTreeMap<&'a str, Vec<&'a str>>>;

fn node_from_form(nodes: &Nodes<'_>, place: &[usize]) -> Option<Draft> {
    let members = nodes.get(place)?;
    let one = |member: &str| members.get(member).and_then(|values| values.first()).copied();
    let group = |word: &str| DraftGroup {
        matching: Matching::of_word(word).unwrap_or(Matching::All),
        rules: below(nodes, place),
    };
    if let Some(word) = one("match") {
        return Some(Draft::Group(group(word)));
    }
    let field = match one("property") {
        Some(property) => format!("{PROPERTY_PREFIX}{}", property.trim()),
        None => one("field")?.to_owned(),
    };
    let values = members.get("value").cloned().unwrap_or_default();
    let details = DETAILS.into_iter().filter_map(|name| {
        let text = one(name)?.trim();
        (!text.is_empty()).then(|| (name.to_owned(), text.to_owned()))
    });
    Some(Draft::Condition(DraftCondition {
        field,
        operator: one("operator").unwrap_or_default().to_owned(),
        values: values.into_iter().map(str::to_owned).collect(),
        unit: one("unit").unwrap_or_default().to_owned(),
        details: details.collect(),
        filter: group(one("filter").unwrap_or_default()),
    }))
}

/// What stands directly below a place.
fn below(nodes: &Nodes<'_>, place: &[usize]) -> Vec<Draft> {
    // Children stand right behind their parent, since places sort as paths do.
    let children = nodes.range(place.to_vec()..).map(|(child, _)| child);
    let children = children.take_while(|child| child.starts_with(place));
    let children = children.filter(|child| child.len() == place.len() + 1);
    children
        .filter_map(|child| node_from_form(nodes, child))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{
        super::{ProblemCode, Schema, parse},
        Draft, Edit, field_of,
    };

    fn form(fields: &[(&str, &str)]) -> Vec<(String, String)> {
        fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    const NESTED: &[(&str, &str)] = &[
        ("name", "Leads"),
        ("r:match", "all"),
        ("r.0:field", "email"),
        ("r.0:operator", "ends_with"),
        ("r.0:value", "@example.com"),
        ("r.2:match", "none"),
        ("r.2.10:field", "city"),
        ("r.2.10:operator", "is_any_of"),
        ("r.2.10:value", "Bonn\r\n\r\n Berlin "),
        ("r.2.9:field", "created_at"),
        ("r.2.9:operator", "in_the_last"),
        ("r.2.9:value", "7"),
        ("r.2.9:unit", "weeks"),
        ("r.1:field", "mail.clicked"),
        ("r.1:operator", "at_least"),
        ("r.1:value", "2"),
        ("r.1:within", "30"),
        ("r.1:within_unit", "days"),
        ("r.1:url_contains", "/pricing"),
        ("r.1:campaign", ""),
    ];

    #[test]
    fn a_form_becomes_the_rule_that_it_shows_and_back() {
        let rule = json!({"all": [
            {"field": "email", "operator": "ends_with", "value": "@example.com"},
            {"field": "mail.clicked", "operator": "at_least", "value": 2,
             "within": {"amount": 30, "unit": "days"}, "url_contains": "/pricing"},
            {"none": [
                {"field": "created_at", "operator": "in_the_last", "value": {"amount": 7, "unit": "weeks"}},
                {"field": "city", "operator": "is_any_of", "value": ["Bonn", "Berlin"]},
            ]},
        ]});
        let schema = Schema::default();
        let draft = Draft::from_form(&form(NESTED));
        assert_eq!(draft.to_json(&schema), rule);
        assert!(parse(&rule, &schema).is_ok());
        assert_eq!(Draft::from_json(&rule).to_json(&schema), rule);
    }

    #[test]
    fn buttons_change_the_tree_where_they_stand() {
        let mut draft = Draft::from_form(&form(NESTED));
        draft.edit(&Edit::parse("add-condition r.2"));
        draft.edit(&Edit::parse("remove r.0"));
        draft.edit(&Edit::parse("add-group r"));
        let json = draft.to_json(&Schema::default());
        assert_eq!(json["all"].as_array().map(Vec::len), Some(3));
        assert_eq!(json["all"][0]["field"], "mail.clicked");
        assert_eq!(json["all"][1]["none"].as_array().map(Vec::len), Some(3));
        assert_eq!(json["all"][2]["any"][0]["field"], "email");
    }

    #[test]
    fn buttons_that_point_nowhere_do_nothing() {
        let draft = Draft::from_form(&form(NESTED));
        for text in [
            "remove r",
            "remove r.99",
            "add-group r.0",
            "add-condition r.5.5",
            "add-group x",
            "",
            "refresh",
        ] {
            let mut edited = draft.clone();
            edited.edit(&Edit::parse(text));
            assert_eq!(edited, draft, "{text}");
        }
        for edit in [
            Edit::AddCondition(vec![1, 2]),
            Edit::AddGroup(vec![]),
            Edit::Remove(vec![0]),
            Edit::Refresh,
        ] {
            assert_eq!(Edit::parse(&edit.value()), edit);
        }
    }

    #[test]
    fn hostile_forms_are_only_odd_trees() {
        let deep = format!("r{}:match", ".0".repeat(5000));
        for fields in [
            form(&[]),
            form(&[("r.0:field", "email")]),
            form(&[(deep.as_str(), "all")]),
            form(&[
                ("r:match", "'; DROP TABLE"),
                ("r.18446744073709551616:field", "x"),
                ("r.-1:field", "x"),
            ]),
        ] {
            let draft = Draft::from_form(&fields);
            let _checked = parse(&draft.to_json(&Schema::default()), &Schema::default());
        }
    }

    #[test]
    fn a_condition_gets_an_operator_that_its_field_knows() {
        let mut draft = Draft::from_form(&form(&[
            ("r:match", "any"),
            ("r.0:field", "created_at"),
            ("r.0:operator", "contains"),
            ("r.0:value", "x"),
        ]));
        draft.settle(&Schema::default());
        let json = draft.to_json(&Schema::default());
        assert_eq!(json["any"][0]["operator"], "in_the_last");
        assert_eq!(json["any"][0]["value"]["amount"], "");
    }

    #[test]
    fn tags_are_written_as_everywhere_else() {
        let tags = |text: &str| {
            let fields = [
                ("r:match", "all"),
                ("r.0:field", "tags"),
                ("r.0:operator", "has_any_of"),
                ("r.0:value", text),
            ];
            let json = Draft::from_form(&form(&fields)).to_json(&Schema::default());
            json["all"][0]["value"].clone()
        };
        assert_eq!(tags("vip, trial"), json!(["vip", "trial"]));
        assert_eq!(tags("Berlin, Germany|"), json!(["Berlin, Germany"]));
    }

    #[test]
    fn the_conditions_of_things_stand_below_the_condition_about_them() {
        let fields = [
            ("r:match", "all"),
            ("r.0:field", "event"),
            ("r.0:operator", "at_least"),
            ("r.0:value", "2"),
            ("r.0:name", "Order Completed"),
            ("r.0:filter", "any"),
            ("r.0.0:property", "total"),
            ("r.0.0:type", "number"),
            ("r.0.0:operator", "more_than"),
            ("r.0.0:value", "100"),
        ];
        let mut draft = Draft::from_form(&form(&fields));
        let schema = Schema::default();
        let total =
            json!({"field": "properties.total", "operator": "more_than", "value": 100, "type": "number"});
        let rule = json!({"all": [{"field": "event", "operator": "at_least", "value": 2,
            "name": "Order Completed", "where": {"any": [total]}}]});
        assert_eq!(draft.to_json(&schema), rule);
        assert_eq!(Draft::from_json(&rule).to_json(&schema), rule);
        draft.edit(&Edit::parse("add-condition r.0"));
        let problems = parse(&draft.to_json(&schema), &schema).expect_err("a property is missing");
        assert_eq!(field_of(&problems[0]), "r.0.1:field");
        draft.edit(&Edit::parse("remove r.0.0"));
        draft.edit(&Edit::parse("remove r.0.0"));
        assert_eq!(draft.to_json(&schema)["all"][0].get("where"), None);
    }

    #[test]
    fn a_day_is_a_word_or_a_date() {
        let value = |word: &str, date: &str| {
            let fields = [
                ("r:match", "all"),
                ("r.0:field", "created_at"),
                ("r.0:operator", "on"),
                ("r.0:value", word),
                ("r.0:value", date),
            ];
            Draft::from_form(&form(&fields)).to_json(&Schema::default())["all"][0]["value"].clone()
        };
        assert_eq!(value("last_week", "2026-05-31"), json!("last_week"));
        assert_eq!(value("", "2026-05-31"), json!("2026-05-31"));
        let rule = json!({"all": [{"field": "created_at", "operator": "between", "value": ["-7 days", "2026-05-31"]}]});
        assert_eq!(Draft::from_json(&rule).to_json(&Schema::default()), rule);
    }

    #[test]
    fn problems_lead_back_to_their_fields() {
        let draft = Draft::from_form(&form(&[
            ("r:match", "any"),
            ("r.0:match", "all"),
            ("r.1:field", "email"),
            ("r.1:operator", "is"),
            ("r.2:match", "none"),
            ("r.2.0:field", "nonsense"),
        ]));
        let problems = parse(&draft.to_json(&Schema::default()), &Schema::default()).expect_err("problems");
        let fields: Vec<_> = problems
            .iter()
            .map(|problem| (field_of(problem), problem.code))
            .collect();
        assert_eq!(
            fields,
            [
                ("r.0:match".to_owned(), ProblemCode::EmptyGroup),
                ("r.1:value".to_owned(), ProblemCode::ExpectedText),
                ("r.2.0:field".to_owned(), ProblemCode::UnknownField),
            ]
        );
    }
}
