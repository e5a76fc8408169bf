use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::{
    MAX_DEPTH, MAX_NODES,
    operator::Operator,
    parse_test::{Nested, read_test},
    schema::{Kind, PropertyKind, Schema, Scope, Subject},
    tree::{Condition, Group, Matching, Rule, Test},
};

/// What is wrong with a rule, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// RFC 6901, from the rule's root: `/all/0/value`.
    pub pointer: String,
    /// What.
    pub code: ProblemCode,
}

/// Declares the kinds of problems and the word of each, which programs can rely on.
macro_rules! problems {
    ($($name:ident = $word:literal;)*) => {
        /// What can be wrong with a rule. The message `crm-segments-problem-…` says it to people.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ProblemCode { $($name,)* }

        impl ProblemCode {
            /// All of them.
            #[cfg(test)]
            pub const ALL: &'static [ProblemCode] = &[$(ProblemCode::$name,)*];

            /// The word in answers of the API.
            pub const fn word(self) -> &'static str {
                match self { $(ProblemCode::$name => $word,)* }
            }
        }
    };
}

problems! {
    NotAnObject = "not_an_object";
    NotAList = "not_a_list";
    UnknownMember = "unknown_member";
    MissingMember = "missing_member";
    EmptyGroup = "empty_group";
    TooDeep = "too_deep";
    TooLarge = "too_large";
    UnknownField = "unknown_field";
    UnknownOperator = "unknown_operator";
    UnexpectedValue = "unexpected_value";
    ExpectedText = "expected_text";
    TextTooLong = "text_too_long";
    ExpectedTexts = "expected_texts";
    TooManyValues = "too_many_values";
    ExpectedNumber = "expected_number";
    ExpectedTwo = "expected_two";
    ExpectedTruth = "expected_truth";
    ExpectedDay = "expected_day";
    ExpectedPoint = "expected_point";
    ExpectedSpan = "expected_span";
    ExpectedDays = "expected_days";
    ExpectedSegment = "expected_segment";
    UnusableSegment = "unusable_segment";
    ExpectedSubscription = "expected_subscription";
    ExpectedTimes = "expected_times";
    ExpectedCampaign = "expected_campaign";
    ExpectedPattern = "expected_pattern";
    ExpectedId = "expected_id";
    ExpectedState = "expected_state";
    ExpectedEvent = "expected_event";
    ExpectedType = "expected_type";
    ExpectedChannel = "expected_channel";
    ExpectedGap = "expected_gap";
}

/// Reads a rule, or tells all that is wrong with it.
pub fn parse(json: &Value, schema: &Schema) -> Result<Rule, Vec<Problem>> {
    let mut parser = Parser {
        schema,
        nodes: 0,
        problems: Vec::new(),
    };
    let rule = parser.node(json, Scope::Contact, &mut String::new(), 0);
    match rule {
        Some(rule) if parser.problems.is_empty() => Ok(rule),
        _ => Err(parser.problems),
    }
}

struct Parser<'a> {
    schema: &'a Schema,
    nodes: usize,
    problems: Vec<Problem>,
}

type Members = Map<String, Value>;

impl Parser<'_> {
    /// Notes a problem; always `None`, so that it can end a function.
    fn problem<T>(&mut self, pointer: &str, code: ProblemCode) -> Option<T> {
        self.problems.push(Problem {
            pointer: pointer.to_owned(),
            code,
        });
        None
    }

    /// Notes a problem at a member of the object at `pointer`.
    fn problem_at<T>(&mut self, pointer: &str, member: &str, code: ProblemCode) -> Option<T> {
        let member = member.replace('~', "~0").replace('/', "~1");
        self.problem(&format!("{pointer}/{member}"), code)
    }

    fn node(&mut self, json: &Value, scope: Scope<'_>, pointer: &mut String, depth: usize) -> Option<Rule> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            // Said once; what follows is not looked at.
            return if self.nodes == MAX_NODES + 1 {
                self.problem(pointer, ProblemCode::TooLarge)
            } else {
                None
            };
        }
        if depth > MAX_DEPTH {
            return self.problem(pointer, ProblemCode::TooDeep);
        }
        let Value::Object(members) = json else {
            return self.problem(pointer, ProblemCode::NotAnObject);
        };
        let matching = Matching::ALL
            .into_iter()
            .find(|matching| members.contains_key(matching.word()));
        match matching {
            Some(matching) => {
                let group = self.group(matching, members, scope, pointer, depth);
                group.map(Rule::Group)
            }
            None if members.contains_key("field") => {
                let condition = self.condition(members, scope, pointer, depth);
                condition.map(Rule::Condition)
            }
            None => self.problem(pointer, ProblemCode::NotAnObject),
        }
    }

    fn group(
        &mut self,
        matching: Matching,
        members: &Members,
        scope: Scope<'_>,
        pointer: &mut String,
        depth: usize,
    ) -> Option<Group> {
        self.refuse_others(members, &[matching.word()], pointer);
        let Value::Array(items) = &members[matching.word()] else {
            return self.problem_at(pointer, matching.word(), ProblemCode::NotAList);
        };
        let everybody = depth == 0 && matching == Matching::All;
        if items.is_empty() && !everybody {
            return self.problem_at(pointer, matching.word(), ProblemCode::EmptyGroup);
        }
        let outer = pointer.len();
        let mut rules = Vec::with_capacity(items.len());
        for (n, item) in items.iter().enumerate() {
            write!(pointer, "/{}/{n}", matching.word()).expect("a String takes all");
            rules.extend(self.node(item, scope, pointer, depth + 1));
            pointer.truncate(outer);
        }
        Some(Group { matching, rules })
    }

    fn condition(
        &mut self,
        members: &Members,
        scope: Scope<'_>,
        pointer: &mut String,
        depth: usize,
    ) -> Option<Condition> {
        let schema = self.schema;
        let kind = match members.get("type").filter(|_| scope == Scope::Event) {
            None => PropertyKind::Text,
            Some(word) => match word.as_str().and_then(PropertyKind::of_word) {
                Some(kind) => kind,
                None => return self.problem_at(pointer, "type", ProblemCode::ExpectedType),
            },
        };
        let name = members["field"].as_str().unwrap_or_default();
        let Some(subject) = schema.subject(scope, name, kind) else {
            return self.problem_at(pointer, "field", ProblemCode::UnknownField);
        };
        let Some(word) = members.get("operator") else {
            return self.problem_at(pointer, "operator", ProblemCode::MissingMember);
        };
        let Some(operator) = word.as_str().and_then(|word| subject.kind().operator(word)) else {
            return self.problem_at(pointer, "operator", ProblemCode::UnknownOperator);
        };
        let known: Vec<&str> = ["field", "operator", "value"]
            .iter()
            .chain(subject.members())
            .copied()
            .collect();
        self.refuse_others(members, &known, pointer);
        let nested = self.nested(subject, members, pointer, depth)?;
        let asserted = operator.denied().unwrap_or(operator);
        let test = match read_test(subject, asserted, members, nested) {
            Ok(Test::Segment(id)) if !schema.may_use(id) => {
                return self.problem_at(pointer, "value", ProblemCode::UnusableSegment);
            }
            Ok(test) => test,
            Err(fault) => return self.problem(&format!("{pointer}/{}", fault.at), fault.code),
        };
        // "Never" and "at most" deny "at least" where something is counted.
        let counted = subject.kind() == Kind::Tally;
        let negated =
            operator != asserted || counted && matches!(operator, Operator::Never | Operator::AtMost);
        Some(Condition { test, negated })
    }

    /// The conditions of the things that a condition is about. `None` when something is wrong with
    /// them.
    fn nested(
        &mut self,
        subject: Subject<'_>,
        members: &Members,
        pointer: &mut String,
        depth: usize,
    ) -> Option<Nested> {
        let schema = self.schema;
        let mut nested = Nested::default();
        let Some(scope) = subject.things(schema) else {
            return Some(nested);
        };
        nested.filter = self.filter(members, scope, pointer, depth)?;
        if let Some(Value::Object(then)) = members.get("then") {
            let outer = pointer.len();
            pointer.push_str("/then");
            self.refuse_others(then, &["name", "where"], pointer);
            let filter = self.filter(then, scope, pointer, depth);
            pointer.truncate(outer);
            nested.then = filter?;
        }
        Some(nested)
    }

    /// The inner `None` when there are no conditions, the outer one when something is wrong.
    fn filter(
        &mut self,
        members: &Members,
        scope: Scope<'_>,
        pointer: &mut String,
        depth: usize,
    ) -> Option<Option<Box<Rule>>> {
        let json = match members.get("where") {
            None => return Some(None),
            // A group without conditions is none.
            Some(json) if json["all"].as_array().is_some_and(Vec::is_empty) => return Some(None),
            Some(json) => json,
        };
        let outer = pointer.len();
        pointer.push_str("/where");
        let rule = self.node(json, scope, pointer, depth + 1);
        pointer.truncate(outer);
        Some(Some(Box::new(match rule? {
            // As it is written, so that what was read is what will be read again.
            Rule::Condition(condition) => Rule::Group(Group {
                matching: Matching::All,
                rules: vec![Rule::Condition(condition)],
            }),
            group => group,
        })))
    }

    fn refuse_others(&mut self, members: &Members, known: &[&str], pointer: &str) {
        for member in members.keys().filter(|member| !known.contains(&member.as_str())) {
            self.problem_at::<()>(pointer, member, ProblemCode::UnknownMember);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{
        super::{
            AttributeField, Channel, Matching, ObjectField, RelationField, Rule, Schema, TopicField,
            TopicState, schema::AttributeKind, tree::Group,
        },
        MAX_DEPTH, MAX_NODES, ProblemCode, parse,
    };

    fn schema() -> Schema {
        let field = |key: &str, kind| AttributeField {
            key: key.to_owned(),
            label: key.to_owned(),
            kind,
            options: Vec::new(),
        };
        Schema::new(vec![
            field("note", AttributeKind::Text),
            field("plan", AttributeKind::Choice),
            field("score", AttributeKind::Number),
            field("vip", AttributeKind::Truth),
            field("birthday", AttributeKind::Day),
            field("renewal", AttributeKind::Instant),
            field("topics", AttributeKind::Set),
        ])
        .with_topics(vec![TopicField {
            id: kernel::TopicId::generate(),
            key: "news".to_owned(),
            label: "News".to_owned(),
            channels: vec![Channel::Email, Channel::Sms],
            initial: TopicState::Unsubscribed,
        }])
        .with_objects(objects())
    }

    fn objects() -> Vec<ObjectField> {
        let (orders, products) = (kernel::ObjectId::generate(), kernel::ObjectId::generate());
        let object = |id, key: &str, relations| ObjectField {
            id,
            key: key.to_owned(),
            label: key.to_owned(),
            attributes: vec![AttributeField {
                key: "total".to_owned(),
                label: "Total".to_owned(),
                kind: AttributeKind::Number,
                options: Vec::new(),
            }],
            relations,
        };
        let has = RelationField {
            id: kernel::RelationId::generate(),
            key: "products".to_owned(),
            label: "has".to_owned(),
            forward: true,
            object: products,
        };
        vec![
            object(orders, "orders", vec![has]),
            object(products, "products", Vec::new()),
        ]
    }

    /// Every operator of every kind, as people would send it.
    fn conditions() -> Vec<Value> {
        let month = json!({"amount": 1, "unit": "months"});
        let mut all = Vec::new();
        for field in ["email", "attributes.note"] {
            for operator in [
                "is",
                "is_not",
                "contains",
                "does_not_contain",
                "starts_with",
                "does_not_start_with",
            ] {
                all.push(json!({"field": field, "operator": operator, "value": "x"}));
            }
            for operator in ["ends_with", "does_not_end_with"] {
                all.push(json!({"field": field, "operator": operator, "value": "x"}));
            }
        }
        for field in ["email", "attributes.plan"] {
            for operator in ["is_any_of", "is_none_of"] {
                all.push(json!({"field": field, "operator": operator, "value": ["x", "y"]}));
            }
        }
        for operator in ["is", "is_not", "more_than", "at_least", "less_than", "at_most"] {
            all.push(json!({"field": "attributes.score", "operator": operator, "value": 2.5}));
        }
        for operator in ["between", "not_between"] {
            all.push(json!({"field": "attributes.score", "operator": operator, "value": [-1, 7]}));
        }
        for operator in ["is", "is_not"] {
            all.push(json!({"field": "attributes.vip", "operator": operator, "value": true}));
            all.push(json!({"field": "subscription", "operator": operator, "value": "bounced"}));
        }
        for field in ["created_at", "attributes.birthday", "attributes.renewal"] {
            for operator in ["on", "not_on", "before", "after"] {
                all.push(json!({"field": field, "operator": operator, "value": "2026-05-31"}));
            }
            for operator in ["between", "not_between"] {
                all.push(
                    json!({"field": field, "operator": operator, "value": ["2026-05-30", "2026-05-31"]}),
                );
            }
            for operator in [
                "in_the_last",
                "not_in_the_last",
                "more_than_ago",
                "in_the_next",
                "not_in_the_next",
            ] {
                all.push(json!({"field": field, "operator": operator, "value": month}));
            }
            all.push(json!({"field": field, "operator": "more_than_ahead", "value": month}));
        }
        all.push(json!({"field": "updated_at", "operator": "before", "value": "2026-05-31T10:00:00Z"}));
        for field in ["tags", "attributes.topics"] {
            for operator in ["has_any_of", "has_all_of", "has_none_of"] {
                all.push(json!({"field": field, "operator": operator, "value": ["x", "y"]}));
            }
        }
        let segment = kernel::SegmentId::generate();
        for operator in ["is_in", "is_not_in"] {
            all.push(json!({"field": "segment", "operator": operator, "value": segment}));
        }
        let campaign = kernel::CampaignId::generate();
        for field in ["mail.sent", "mail.opened", "mail.clicked", "mail.bounced"] {
            all.push(json!({"field": field, "operator": "at_least", "value": 1}));
            all.push(json!({"field": field, "operator": "at_most", "value": 3, "within": month}));
            all.push(json!({"field": field, "operator": "exactly", "value": 3}));
            all.push(json!({"field": field, "operator": "never", "campaign": campaign}));
        }
        all.push(json!({"field": "mail.clicked", "operator": "never", "url_contains": "/pricing"}));
        all.extend(conditions_on_people());
        all.extend(conditions_on_things());
        for field in [
            "email",
            "attributes.plan",
            "attributes.score",
            "attributes.vip",
            "created_at",
            "tags",
            "owner",
            "stage",
            "stage.since",
            "event.first",
            "do_not_contact.sms",
        ] {
            for operator in ["is_empty", "is_not_empty"] {
                all.push(json!({"field": field, "operator": operator}));
            }
        }
        all
    }

    fn conditions_on_people() -> Vec<Value> {
        let (owner, stage) = (kernel::UserId::generate(), kernel::StageId::generate());
        let condition = |field: &str, operator: &str, value: Value| json!({"field": field, "operator": operator, "value": value});
        let mut all = vec![
            condition("owner", "is", json!(owner)),
            condition("stage", "is_none_of", json!([stage])),
            condition("points", "at_least", json!(10)),
            condition("identifiers", "more_than", json!(1)),
            condition("random", "less_than", json!(12.5)),
            json!({"field": "random", "operator": "less_than", "value": 50, "seed": "test a"}),
            condition("anonymous", "is", json!(true)),
            condition(
                "do_not_contact.email",
                "is_any_of",
                json!(["complaint", "manual"]),
            ),
            condition("topics.news", "is_not", json!("subscribed")),
            json!({"field": "topics.news", "operator": "is", "value": "pending", "channel": "sms"}),
            condition("email", "like", json!("%@example.%")),
            condition("email", "not_like", json!("a_b%")),
            condition("email", "matches", json!("^[a-z]+@")),
            condition("attributes.score", "does_not_match", json!("7$")),
            condition("attributes.birthday", "starts_with", json!("1990-")),
            condition("attributes.birthday", "anniversary", json!("+3 days")),
            condition("attributes.birthday", "anniversary", json!("this_month")),
            condition("created_at", "on", json!("last_week")),
            condition("created_at", "on", json!("yesterday")),
            condition("created_at", "on_or_after", json!("first_day_of_this_year")),
            condition("created_at", "between", json!(["-7 days", "today"])),
            condition("attributes.renewal", "on_or_before", json!("tomorrow")),
        ];
        let week = json!({"amount": 1, "unit": "weeks"});
        all.push(condition("attributes.birthday", "anniversary_in_the_next", week));
        all
    }

    fn conditions_on_things() -> Vec<Value> {
        let month = json!({"amount": 1, "unit": "months"});
        let total = json!({"all": [{"field": "attributes.total", "operator": "more_than", "value": 100}]});
        let properties = json!({"any": [
            {"field": "properties.cart.total", "operator": "more_than", "value": 100, "type": "number"},
            {"field": "properties.plan", "operator": "is", "value": "pro"},
            {"field": "properties.on", "operator": "in_the_last", "value": month, "type": "date"},
            {"field": "properties.colours", "operator": "has_any_of", "value": ["red"], "type": "list"},
            {"field": "properties.gift", "operator": "is", "value": true, "type": "boolean"},
        ]});
        vec![
            json!({"field": "event", "operator": "at_least", "value": 2, "name": "Order Completed",
                   "within": month, "where": properties}),
            json!({"field": "event", "operator": "never", "from": "2026-01-01", "until": "yesterday"}),
            json!({"field": "event.days", "operator": "exactly", "value": 3, "name": "App Opened"}),
            json!({"field": "event.first", "operator": "in_the_last", "value": month, "name": "x"}),
            json!({"field": "event.last", "operator": "not_in_the_last", "value": month, "name": "x"}),
            json!({"field": "event.sequence", "operator": "followed", "name": "A", "then": {"name": "B"},
                   "gap": {"amount": 3, "unit": "days"}}),
            json!({"field": "event.sequence", "operator": "not_followed", "name": "A", "where": properties,
                   "then": {"name": "B", "where": properties}, "gap": {"amount": 2, "unit": "hours"}}),
            json!({"field": "page", "operator": "at_most", "value": 5, "where":
                   {"all": [{"field": "properties.url", "operator": "contains", "value": "/pricing"}]}}),
            json!({"field": "objects.orders", "operator": "at_least", "value": 1, "where": total}),
            json!({"field": "objects.orders", "operator": "never", "where": {"all": [
                {"field": "linked_at", "operator": "in_the_last", "value": month},
                {"field": "name", "operator": "contains", "value": "x"},
                {"field": "primary", "operator": "is", "value": true},
                {"field": "role", "operator": "is", "value": "buyer"},
                {"field": "relations.products", "operator": "at_least", "value": 2, "where": total},
            ]}}),
            json!({"none": [{"field": "objects.orders", "operator": "exactly", "value": 2}]}),
        ]
    }

    #[test]
    fn every_condition_survives_the_way_through_the_tree() {
        for condition in conditions() {
            let rule = parse(&condition, &schema()).unwrap_or_else(|e| panic!("{condition}: {e:?}"));
            assert_eq!(rule.to_json(), condition);
        }
    }

    #[test]
    fn words_of_mautic_become_our_own() {
        for (theirs, ours) in [
            (
                json!({"field": "email", "operator": "!like", "value": "x"}),
                json!({"field": "email", "operator": "not_like", "value": "%x%"}),
            ),
            (
                json!({"field": "attributes.birthday", "operator": "date", "value": "birthday -3 days"}),
                json!({"field": "attributes.birthday", "operator": "anniversary", "value": "-3 days"}),
            ),
            (
                json!({"field": "attributes.birthday", "operator": "=", "value": "anniversary"}),
                json!({"field": "attributes.birthday", "operator": "anniversary", "value": "today"}),
            ),
            (
                json!({"field": "created_at", "operator": "lt", "value": "month_this"}),
                json!({"field": "created_at", "operator": "before", "value": "first_day_of_this_month"}),
            ),
            (
                json!({"field": "tags", "operator": "!in", "value": ["x"]}),
                json!({"field": "tags", "operator": "has_none_of", "value": ["x"]}),
            ),
        ] {
            assert_eq!(
                parse(&theirs, &schema()).expect("a rule").to_json(),
                ours,
                "{theirs}"
            );
        }
    }

    #[test]
    fn groups_nest_and_come_back_as_they_were() {
        let rule = json!({"any": [
            {"none": [{"all": conditions()}]},
            {"one": conditions()},
            {"field": "email", "operator": "is_empty"},
        ]});
        assert_eq!(parse(&rule, &schema()).expect("a rule").to_json(), rule);
    }

    #[test]
    fn an_empty_all_at_the_top_is_everybody() {
        let everybody = Rule::Group(Group {
            matching: Matching::All,
            rules: Vec::new(),
        });
        assert_eq!(parse(&json!({"all": []}), &schema()), Ok(everybody));
    }

    #[test]
    fn each_mistake_is_told_with_its_place() {
        let cases = [
            (json!(3), "", ProblemCode::NotAnObject),
            (json!({}), "", ProblemCode::NotAnObject),
            (json!({"all": 3}), "/all", ProblemCode::NotAList),
            (json!({"any": []}), "/any", ProblemCode::EmptyGroup),
            (
                json!({"all": [{"all": []}]}),
                "/all/0/all",
                ProblemCode::EmptyGroup,
            ),
            (json!({"all": [], "any": []}), "/any", ProblemCode::UnknownMember),
            (
                json!({"all": [], "a/b~": 1}),
                "/a~1b~0",
                ProblemCode::UnknownMember,
            ),
            (
                json!({"field": "password", "operator": "is", "value": "x"}),
                "/field",
                ProblemCode::UnknownField,
            ),
            (
                json!({"field": 3, "operator": "is"}),
                "/field",
                ProblemCode::UnknownField,
            ),
            (
                json!({"field": "attributes.x", "operator": "is"}),
                "/field",
                ProblemCode::UnknownField,
            ),
            (json!({"field": "email"}), "/operator", ProblemCode::MissingMember),
            (
                json!({"field": "email", "operator": "; DROP"}),
                "/operator",
                ProblemCode::UnknownOperator,
            ),
            (
                json!({"field": "email", "operator": "at_least", "value": 1}),
                "/operator",
                ProblemCode::UnknownOperator,
            ),
            (
                json!({"field": "email", "operator": "is"}),
                "/value",
                ProblemCode::ExpectedText,
            ),
            (
                json!({"field": "email", "operator": "is", "value": " "}),
                "/value",
                ProblemCode::ExpectedText,
            ),
            (
                json!({"field": "email", "operator": "is", "value": "a\u{0}"}),
                "/value",
                ProblemCode::ExpectedText,
            ),
            (
                json!({"field": "email", "operator": "is", "value": "x".repeat(501)}),
                "/value",
                ProblemCode::TextTooLong,
            ),
            (
                json!({"field": "email", "operator": "is_empty", "value": 1}),
                "/value",
                ProblemCode::UnexpectedValue,
            ),
            (
                json!({"field": "email", "operator": "is_any_of", "value": []}),
                "/value",
                ProblemCode::ExpectedTexts,
            ),
            (
                json!({"field": "email", "operator": "is_any_of", "value": ["a", 1]}),
                "/value/1",
                ProblemCode::ExpectedText,
            ),
            (
                json!({"field": "tags", "operator": "has_any_of", "value": vec!["a"; 1001]}),
                "/value",
                ProblemCode::TooManyValues,
            ),
            (
                json!({"field": "attributes.score", "operator": "is", "value": "1"}),
                "/value",
                ProblemCode::ExpectedNumber,
            ),
            (
                json!({"field": "attributes.score", "operator": "between", "value": [3, 1]}),
                "/value",
                ProblemCode::ExpectedTwo,
            ),
            (
                json!({"field": "attributes.score", "operator": "between", "value": [3, "x"]}),
                "/value/1",
                ProblemCode::ExpectedNumber,
            ),
            (
                json!({"field": "attributes.vip", "operator": "is", "value": "true"}),
                "/value",
                ProblemCode::ExpectedTruth,
            ),
            (
                json!({"field": "created_at", "operator": "on", "value": "2026-02-30"}),
                "/value",
                ProblemCode::ExpectedDay,
            ),
            (
                json!({"field": "created_at", "operator": "on", "value": "-000001-01-01"}),
                "/value",
                ProblemCode::ExpectedDay,
            ),
            (
                json!({"field": "created_at", "operator": "before", "value": "soon"}),
                "/value",
                ProblemCode::ExpectedPoint,
            ),
            (
                json!({"field": "attributes.birthday", "operator": "before", "value": "2026-02-01T00:00:00Z"}),
                "/value",
                ProblemCode::ExpectedDay,
            ),
            (
                json!({"field": "created_at", "operator": "between", "value": ["2026-02-02", "2026-02-01"]}),
                "/value",
                ProblemCode::ExpectedTwo,
            ),
            (
                json!({"field": "created_at", "operator": "in_the_last", "value": 30}),
                "/value",
                ProblemCode::ExpectedSpan,
            ),
            (
                json!({"field": "created_at", "operator": "in_the_last", "value": {"amount": 0, "unit": "days"}}),
                "/value",
                ProblemCode::ExpectedSpan,
            ),
            (
                json!({"field": "created_at", "operator": "in_the_last", "value": {"amount": 101, "unit": "years"}}),
                "/value",
                ProblemCode::ExpectedSpan,
            ),
            (
                json!({"field": "attributes.birthday", "operator": "in_the_last", "value": {"amount": 3, "unit": "hours"}}),
                "/value",
                ProblemCode::ExpectedDays,
            ),
            (
                json!({"field": "segment", "operator": "is_in", "value": "con_x"}),
                "/value",
                ProblemCode::ExpectedSegment,
            ),
            (
                json!({"field": "subscription", "operator": "is", "value": "happy"}),
                "/value",
                ProblemCode::ExpectedSubscription,
            ),
            (
                json!({"field": "mail.sent", "operator": "at_least", "value": 0}),
                "/value",
                ProblemCode::ExpectedTimes,
            ),
            (
                json!({"field": "mail.sent", "operator": "never", "value": 1}),
                "/value",
                ProblemCode::UnexpectedValue,
            ),
            (
                json!({"field": "mail.sent", "operator": "never", "campaign": "x"}),
                "/campaign",
                ProblemCode::ExpectedCampaign,
            ),
            (
                json!({"field": "mail.sent", "operator": "never", "within": "x"}),
                "/within",
                ProblemCode::ExpectedSpan,
            ),
            (
                json!({"field": "mail.sent", "operator": "never", "url_contains": "x"}),
                "/url_contains",
                ProblemCode::UnknownMember,
            ),
            (
                json!({"field": "mail.clicked", "operator": "never", "url_contains": ""}),
                "/url_contains",
                ProblemCode::ExpectedText,
            ),
            (
                json!({"field": "email", "operator": "is_empty", "within": 1}),
                "/within",
                ProblemCode::UnknownMember,
            ),
            (
                json!({"field": "email", "operator": "matches", "value": "(a)\\1"}),
                "/value",
                ProblemCode::ExpectedPattern,
            ),
            (
                json!({"field": "email", "operator": "like", "value": "50%\\"}),
                "/value",
                ProblemCode::ExpectedText,
            ),
            (
                json!({"field": "owner", "operator": "is", "value": "ann"}),
                "/value",
                ProblemCode::ExpectedId,
            ),
            (
                json!({"field": "topics.news", "operator": "is", "value": "happy"}),
                "/value",
                ProblemCode::ExpectedState,
            ),
            (
                json!({"field": "topics.news", "operator": "is", "value": "pending", "channel": "fax"}),
                "/channel",
                ProblemCode::ExpectedChannel,
            ),
            (
                json!({"field": "do_not_contact.email", "operator": "is", "value": "bored"}),
                "/value",
                ProblemCode::ExpectedState,
            ),
            (
                json!({"field": "event", "operator": "never", "name": " "}),
                "/name",
                ProblemCode::ExpectedEvent,
            ),
            (
                json!({"field": "event", "operator": "never", "where":
                       {"all": [{"field": "properties.x", "operator": "is", "value": 1, "type": "money"}]}}),
                "/where/all/0/type",
                ProblemCode::ExpectedType,
            ),
            (
                json!({"field": "event.sequence", "operator": "followed", "name": "A", "then": {"name": "B"},
                       "gap": {"amount": 1, "unit": "months"}}),
                "/gap",
                ProblemCode::ExpectedGap,
            ),
            (
                json!({"field": "event.sequence", "operator": "followed", "name": "A",
                       "gap": {"amount": 1, "unit": "days"}}),
                "/then",
                ProblemCode::ExpectedEvent,
            ),
            (
                json!({"field": "objects.orders", "operator": "never", "where":
                       {"all": [{"field": "email", "operator": "is", "value": "x"}]}}),
                "/where/all/0/field",
                ProblemCode::UnknownField,
            ),
            (
                json!({"field": "attributes.birthday", "operator": "anniversary", "value": "soon"}),
                "/value",
                ProblemCode::ExpectedDay,
            ),
        ];
        for (rule, pointer, code) in cases {
            let problems = parse(&rule, &schema()).expect_err("a problem");
            let found = problems
                .iter()
                .any(|problem| problem.pointer == pointer && problem.code == code);
            assert!(found, "{rule}: {problems:?}");
        }
    }

    #[test]
    fn only_segments_that_may_be_used_are_accepted() {
        let (fine, not) = (kernel::SegmentId::generate(), kernel::SegmentId::generate());
        let schema = schema().with_segments([fine].into());
        let rule = |id| json!({"all": [{"field": "segment", "operator": "is_not_in", "value": id}]});
        assert!(parse(&rule(fine), &schema).is_ok());
        let problems = parse(&rule(not), &schema).expect_err("a problem");
        assert_eq!(
            (problems[0].pointer.as_str(), problems[0].code),
            ("/all/0/value", ProblemCode::UnusableSegment)
        );
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let rule = json!({"all": [{"field": "x", "operator": "is"}, {"any": [{"field": "email", "operator": "on"}]}]});
        let problems = parse(&rule, &schema()).expect_err("problems");
        let places: Vec<_> = problems.iter().map(|problem| problem.pointer.as_str()).collect();
        assert_eq!(places, ["/all/0/field", "/all/1/any/0/operator"]);
    }

    #[test]
    fn a_rule_has_a_bounded_depth_and_size() {
        let mut deep = json!({"field": "email", "operator": "is_empty"});
        for _ in 0..MAX_DEPTH {
            deep = json!({"all": [deep]});
        }
        assert!(parse(&deep, &schema()).is_ok());
        let problems = parse(&json!({"all": [deep]}), &schema()).expect_err("too deep");
        assert_eq!(problems[0].code, ProblemCode::TooDeep);

        let wide = json!({"all": vec![json!({"field": "email", "operator": "is_empty"}); MAX_NODES]});
        let problems = parse(&wide, &schema()).expect_err("too large");
        assert_eq!((problems.len(), problems[0].code), (1, ProblemCode::TooLarge));
    }
}
