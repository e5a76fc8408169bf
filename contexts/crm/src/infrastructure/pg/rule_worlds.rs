//! People and rules by chance, for tests that hold the statements to the plain meaning of rules.

use jiff::{SignedDuration, civil::Date, tz::TimeZone};
use jiff_sqlx::ToSqlx;
use kernel::{CampaignId, ContactId, ObjectId, OrgId, RelationId, SegmentId, Timestamp, TopicId};
use proptest::{
    collection::{btree_set, vec},
    option,
    prelude::{Just, Strategy, any},
    sample::select,
    strategy::BoxedStrategy,
};
use serde_json::{Map, Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::rule::{
    Activity, Asked, AttributeField, AttributeKind, Channel, Condition, CoreText, CoreTime, DateSource,
    DateTest, DayUnit, Days, EventTest, Group, Happening, IdSource, IdTest, Matching, Moment, Number,
    NumberSource, NumberTest, ObjectField, ObjectRef, Path, Pattern, Period, Point, Quantity, REASONS,
    RecordText, RecordTime, RecordsTest, RelationField, RelationRef, RelativeDay, Rule, Schema, SequenceTest,
    SetSource, SetTest, Span, Subject, SubscriptionState, Test, TextSource, TextTest, TopicField, TopicState,
    TopicTest, TruthSource, TruthTest, Unit, What,
    evaluate::{EventFact, Facts, RecordFact},
    fixed_subjects,
};

const TEXTS: [&str; 14] = [
    "Ann",
    "ann",
    "Bo",
    "bonn",
    "Ärger",
    "äRGER",
    "100%",
    "a_b",
    "axb",
    "O'Hara",
    "x\\y",
    "Straße 7",
    "\"q\"",
    "$1",
];
const WORDS: [&str; 5] = ["vip", "VIP", "trial", "it's", "a,b"];
const URLS: [&str; 3] = [
    "https://shop.example/Pricing?x=1",
    "https://shop.example/100%25",
    "https://other.example/",
];
const EVENTS: [&str; 7] = [
    "email_sent",
    "email_opened",
    "email_clicked",
    "email_bounced",
    "page",
    "Signed Up",
    "Order Completed",
];

pub fn moment() -> Moment {
    Moment {
        now: "2026-03-30T10:30:00.25Z".parse().expect("an instant"),
        // The clocks changed the day before.
        zone: TimeZone::get("Europe/Berlin").expect("a zone"),
    }
}

pub fn schema() -> Schema {
    let field = |key: &str, kind| AttributeField {
        key: key.to_owned(),
        label: key.to_owned(),
        kind,
        options: Vec::new(),
    };
    let ids = Ids::default();
    let total = || {
        vec![
            field("total", AttributeKind::Number),
            field("due", AttributeKind::Instant),
        ]
    };
    let orders = ObjectField {
        id: ids.orders,
        key: "orders".to_owned(),
        label: "Orders".to_owned(),
        attributes: total(),
        relations: vec![RelationField {
            id: ids.has,
            key: "products".to_owned(),
            label: "has".to_owned(),
            forward: true,
            object: ids.products,
        }],
    };
    let products = ObjectField {
        id: ids.products,
        key: "products".to_owned(),
        label: "Products".to_owned(),
        attributes: total(),
        relations: Vec::new(),
    };
    let topic = |id, key: &str, initial| TopicField {
        id,
        key: key.to_owned(),
        label: key.to_owned(),
        channels: Channel::ALL.to_vec(),
        initial,
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
    .with_objects(vec![orders, products])
    .with_topics(vec![
        topic(ids.news, "news", TopicState::Unsubscribed),
        topic(ids.offers, "offers", TopicState::Subscribed),
    ])
}

/// What rules and people have in common.
pub struct Ids {
    pub segments: Vec<SegmentId>,
    pub campaigns: Vec<CampaignId>,
    pub owners: Vec<Uuid>,
    pub stages: Vec<Uuid>,
    pub news: TopicId,
    pub offers: TopicId,
    pub orders: ObjectId,
    pub products: ObjectId,
    pub has: RelationId,
}

impl Default for Ids {
    fn default() -> Self {
        let id = |n: u128| Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 + n);
        Self {
            segments: (1..=3).map(|n| id(n).into()).collect(),
            campaigns: (11..=12).map(|n| id(n).into()).collect(),
            owners: (21..=22).map(id).collect(),
            stages: (31..=32).map(id).collect(),
            news: id(41).into(),
            offers: id(42).into(),
            orders: id(51).into(),
            products: id(52).into(),
            has: id(61).into(),
        }
    }
}

// --- what people are

fn text() -> impl Strategy<Value = String> {
    select(TEXTS.to_vec()).prop_map(str::to_owned)
}

fn words() -> impl Strategy<Value = Vec<String>> {
    btree_set(select(WORDS.to_vec()), 1..4).prop_map(|set| set.into_iter().map(str::to_owned).collect())
}

fn number() -> impl Strategy<Value = f64> {
    select(vec![-3.5, -1.0, 0.0, 0.1, 1.0, 2.0, 2.5, 1e6, 1e20])
}

/// Within two months of now, and often exactly where a rule draws its line.
fn instant() -> BoxedStrategy<Timestamp> {
    let now = moment().now;
    let exact = select(vec![-720i64, -168, -24, -23, -1, 0, 1, 24, 168]).prop_map(move |hours| {
        now.checked_add(SignedDuration::from_hours(hours))
            .expect("in range")
    });
    let near = (-5_184_000i64..5_184_000, select(vec![0i64, 1, 250_000, 999_999])).prop_map(
        move |(seconds, micros)| {
            let whole = Timestamp::from_second(now.as_second() + seconds).expect("in range");
            whole
                .checked_add(SignedDuration::from_micros(micros))
                .expect("in range")
        },
    );
    proptest::prop_oneof![exact, near].boxed()
}

fn day() -> impl Strategy<Value = Date> {
    instant().prop_map(|instant| instant.to_zoned(moment().zone).date())
}

pub fn facts() -> BoxedStrategy<Facts> {
    let texts = vec(option::of(text()), 10);
    let times = (instant(), instant(), option::of(instant()), option::of(instant()));
    let attributes = (
        option::of(text()),
        option::of(select(WORDS.to_vec())),
        option::of(number()),
        option::of(any::<bool>()),
        option::of(day()),
        option::of(instant()),
        option::of(words()),
    );
    let ids = Ids::default();
    let state = || select(vec!["subscribed", "pending", "unsubscribed"]).prop_map(str::to_owned);
    let reason = || option::of(select(REASONS.to_vec()).prop_map(str::to_owned));
    let sets = (
        option::of(words()),
        (reason(), reason(), reason()),
        btree_set(select(ids.segments), 0..3),
        vec(
            (
                select(vec![ids.news, ids.offers]),
                select(Channel::ALL.to_vec()),
                state(),
            ),
            0..3,
        ),
    );
    let people = (
        option::of(select(ids.owners)),
        option::of(select(ids.stages)),
        instant(),
        select(vec![0i64, 5, 10, -3]),
        any::<bool>(),
        0usize..3,
    );
    let things = (vec(event(), 0..7), vec(record(), 0..4));
    (texts, times, attributes, sets, people, things)
        .prop_map(
            |(texts, times, attributes, (tags, reasons, segments, said), people, (events, records))| {
                let mut facts = Facts {
                    segments,
                    events,
                    records,
                    owner: people.0,
                    stage: people.1,
                    stage_since: people.1.map(|_| people.2),
                    points: people.3,
                    anonymous: people.4,
                    identifiers: people.5,
                    ..Facts::default()
                };
                for (text, value) in core_texts().into_iter().zip(texts) {
                    if let Some(value) = value {
                        facts.texts.insert(text.name(), value);
                    }
                }
                facts.times.insert("created_at", times.0);
                facts.times.insert("updated_at", times.1);
                facts.times.extend(times.2.map(|at| ("last_active_at", at)));
                if !facts.anonymous {
                    facts.times.insert("identified_at", times.3.unwrap_or(times.0));
                }
                facts.attributes = attributes_of(attributes);
                facts.tags = tags.unwrap_or_default().into_iter().collect();
                let reasons = [reasons.0, reasons.1, reasons.2];
                let by_channel = Channel::ALL.into_iter().zip(reasons);
                facts.do_not_contact = by_channel
                    .filter_map(|(channel, reason)| Some((channel, reason?)))
                    .collect();
                facts.subscriptions = said
                    .into_iter()
                    .map(|(topic, channel, state)| ((topic, channel), state))
                    .collect();
                facts
            },
        )
        .boxed()
}

pub fn event() -> BoxedStrategy<EventFact> {
    let properties = (
        option::of(select(URLS.to_vec())),
        option::of(select(vec![
            json!(5),
            json!(150.5),
            json!("150"),
            json!(true),
            json!(null),
        ])),
        option::of(select(vec![
            json!("pro"),
            json!("Pro"),
            json!(7),
            json!(["pro"]),
            json!(""),
        ])),
        option::of(proptest::prop_oneof![
            day().prop_map(|day| json!(day)),
            instant().prop_map(|at| json!(at)),
            Just(json!("soon")),
        ]),
        option::of(words()),
    );
    let campaigns = Ids::default().campaigns;
    (
        select(EVENTS.to_vec()),
        instant(),
        option::of(select(campaigns)),
        properties,
    )
        .prop_map(|(name, at, campaign, (url, total, plan, on, colours))| {
            let mut properties = Map::new();
            let mut add = |key: &str, value: Option<Value>| {
                properties.extend(value.map(|value| (key.to_owned(), value)));
            };
            add("url", url.map(Value::from));
            add("cart", total.map(|total| json!({ "total": total })));
            add("plan", plan);
            add("on", on);
            add("colours", colours.map(Value::from));
            EventFact {
                name: name.to_owned(),
                at,
                campaign,
                properties: Value::Object(properties),
            }
        })
        .boxed()
}

pub fn record() -> BoxedStrategy<RecordFact> {
    let one = || {
        (
            text(),
            option::of(text()),
            option::of(number()),
            option::of(instant()),
            (instant(), instant(), instant()),
            option::of(select(Ids::default().owners)),
            select(vec!["", "buyer", "Payer"]),
        )
            .prop_map(|(name, external_id, total, due, times, owner, role)| {
                let mut attributes = Map::new();
                attributes.extend(total.map(|total| ("total".to_owned(), json!(total))));
                attributes.extend(due.map(|due| ("due".to_owned(), json!(due))));
                RecordFact {
                    object: Ids::default().orders,
                    name,
                    external_id,
                    attributes,
                    owner,
                    created_at: times.0,
                    updated_at: times.1,
                    linked_at: times.2,
                    role: role.to_owned(),
                    primary: false,
                    related: Vec::new(),
                }
            })
    };
    (one(), vec(one(), 0..3))
        .prop_map(|(order, products)| {
            let ids = Ids::default();
            let related = products.into_iter().map(|product| {
                let product = RecordFact {
                    object: ids.products,
                    ..product
                };
                (ids.has, true, product)
            });
            RecordFact {
                related: related.collect(),
                ..order
            }
        })
        .boxed()
}

type Attributes = (
    Option<String>,
    Option<&'static str>,
    Option<f64>,
    Option<bool>,
    Option<Date>,
    Option<Timestamp>,
    Option<Vec<String>>,
);

fn attributes_of((note, plan, score, vip, birthday, renewal, topics): Attributes) -> Map<String, Value> {
    let all = [
        ("note", note.map(Value::from)),
        ("plan", plan.map(Value::from)),
        ("score", score.map(Value::from)),
        ("vip", vip.map(Value::from)),
        ("birthday", birthday.map(|day| json!(day))),
        ("renewal", renewal.map(|instant| json!(instant))),
        ("topics", topics.map(Value::from)),
    ];
    all.into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?)))
        .collect()
}

// --- what rules are

fn core_texts() -> Vec<CoreText> {
    let core = |subject| match subject {
        Subject::Text(text) => Some(text),
        _ => None,
    };
    fixed_subjects().filter_map(core).collect()
}

fn text_test() -> BoxedStrategy<TextTest> {
    let part = proptest::prop_oneof![
        text(),
        select(vec!["%", "_", "a", "R", "ä", "'", "7"]).prop_map(str::to_owned)
    ];
    proptest::prop_oneof![
        text().prop_map(TextTest::Is),
        vec(text(), 1..4).prop_map(TextTest::AnyOf),
        vec(text(), 13..16).prop_map(TextTest::AnyOf),
        part.clone().prop_map(TextTest::Contains),
        part.clone().prop_map(TextTest::StartsWith),
        part.prop_map(TextTest::EndsWith),
        select(vec!["%n%", "%_nn", "100\\%%", "%a\\_b", "%", "stra%", "Ä%"])
            .prop_map(|like| TextTest::Like(like.to_owned())),
        select(vec![
            "^a", "n+$", "[a-m]x?b", "(bo|an)n", "\\d", "[^a-z ]", "^.{2,3}$", "ä.*r", "'"
        ])
        .prop_map(|text| TextTest::Matches(Pattern::parse(text).expect("a pattern"))),
        Just(TextTest::Empty),
    ]
    .boxed()
}

/// Of a number or a date as it is written.
fn written_test() -> BoxedStrategy<TextTest> {
    let part = select(vec!["1", "-", "2026", ".5", "03"]).prop_map(str::to_owned);
    proptest::prop_oneof![
        part.clone().prop_map(TextTest::Contains),
        part.clone().prop_map(TextTest::StartsWith),
        part.prop_map(TextTest::EndsWith),
        Just(TextTest::Like("%0_%".to_owned())),
        Just(TextTest::Matches(Pattern::parse("^\\d+$").expect("a pattern"))),
    ]
    .boxed()
}

fn choice_test() -> impl Strategy<Value = TextTest> {
    proptest::prop_oneof![
        select(WORDS.to_vec()).prop_map(|word| TextTest::Is(word.to_owned())),
        words().prop_map(TextTest::AnyOf),
        Just(TextTest::Empty),
    ]
}

fn number_test() -> BoxedStrategy<NumberTest> {
    let one = || number().prop_map(|n| Number::new(n).expect("finite"));
    proptest::prop_oneof![
        one().prop_map(NumberTest::Is),
        one().prop_map(NumberTest::MoreThan),
        one().prop_map(NumberTest::AtLeast),
        one().prop_map(NumberTest::LessThan),
        one().prop_map(NumberTest::AtMost),
        (one(), one()).prop_map(|(a, b)| if a <= b {
            NumberTest::Between(a, b)
        } else {
            NumberTest::Between(b, a)
        }),
        Just(NumberTest::Empty),
    ]
    .boxed()
}

fn span(units: Vec<Unit>) -> impl Strategy<Value = Span> {
    (select(vec![1u32, 7, 24, 30]), select(units)).prop_map(|(n, unit)| Span::new(n, unit).expect("in range"))
}

fn relative_day() -> BoxedStrategy<RelativeDay> {
    let periods: Vec<Period> = Period::all().collect();
    let units = vec![DayUnit::Days, DayUnit::Weeks, DayUnit::Months, DayUnit::Years];
    proptest::prop_oneof![
        (-9i32..9, select(units)).prop_map(|(n, unit)| match n {
            0 => RelativeDay::TODAY,
            n => RelativeDay::Offset(n, unit),
        }),
        select(periods.clone()).prop_map(RelativeDay::FirstOf),
        select(periods).prop_map(RelativeDay::LastOf),
    ]
    .boxed()
}

fn days() -> BoxedStrategy<Days> {
    proptest::prop_oneof![
        day().prop_map(Days::Day),
        relative_day().prop_map(Days::Relative),
        select(Period::all().collect::<Vec<_>>()).prop_map(Days::Period),
    ]
    .boxed()
}

pub fn date_test(hours: bool) -> BoxedStrategy<DateTest> {
    let units = if hours {
        Unit::ALL.to_vec()
    } else {
        Unit::ALL[1..].to_vec()
    };
    let point = || {
        let day = proptest::prop_oneof![
            day().prop_map(Point::Day),
            relative_day().prop_map(Point::Relative)
        ];
        if hours {
            proptest::prop_oneof![day, instant().prop_map(Point::Instant)].boxed()
        } else {
            day.boxed()
        }
    };
    proptest::prop_oneof![
        days().prop_map(DateTest::On),
        point().prop_map(DateTest::Before),
        point().prop_map(DateTest::After),
        point().prop_map(DateTest::OnOrBefore),
        point().prop_map(DateTest::OnOrAfter),
        (day(), day()).prop_map(|(a, b)| DateTest::Between(Point::Day(a.min(b)), Point::Day(a.max(b)))),
        span(units.clone()).prop_map(DateTest::InTheLast),
        span(units.clone()).prop_map(DateTest::MoreThanAgo),
        span(units.clone()).prop_map(DateTest::InTheNext),
        span(units).prop_map(DateTest::MoreThanAhead),
        days().prop_map(DateTest::Anniversary),
        span(Unit::ALL[1..].to_vec()).prop_map(DateTest::AnniversaryInTheNext),
        Just(DateTest::Empty),
    ]
    .boxed()
}

fn set_test() -> impl Strategy<Value = SetTest> {
    proptest::prop_oneof![
        words().prop_map(SetTest::AnyOf),
        words().prop_map(SetTest::AllOf),
        Just(SetTest::Empty)
    ]
}

fn id_test(ids: Vec<Uuid>) -> impl Strategy<Value = IdTest> {
    proptest::prop_oneof![
        select(ids.clone()).prop_map(IdTest::Is),
        vec(select(ids), 1..3).prop_map(IdTest::AnyOf),
        Just(IdTest::Empty),
    ]
}

fn quantity() -> impl Strategy<Value = Quantity> {
    (1u32..4, any::<bool>()).prop_map(|(times, exactly)| Quantity { times, exactly })
}

fn negatable(test: impl Strategy<Value = Test>) -> impl Strategy<Value = Rule> {
    (test, any::<bool>()).prop_map(|(test, negated)| Rule::Condition(Condition { test, negated }))
}

/// One or a few conditions in a group.
fn filter(condition: impl Strategy<Value = Rule>) -> impl Strategy<Value = Option<Box<Rule>>> {
    let group = (select(Matching::ALL.to_vec()), vec(condition, 1..3))
        .prop_map(|(matching, rules)| Box::new(Rule::Group(Group { matching, rules })));
    option::of(group)
}

fn property() -> BoxedStrategy<Rule> {
    let path = |path: &str| Path::parse(path).expect("a path");
    negatable(proptest::prop_oneof![
        text_test().prop_map(move |test| Test::Text(TextSource::Property(path("plan")), test)),
        number_test().prop_map(move |test| Test::Number(NumberSource::Property(path("cart.total")), test)),
        any::<bool>().prop_map(move |value| Test::Truth(
            TruthSource::Property(path("cart.total")),
            TruthTest::Is(value)
        )),
        Just(Test::Truth(
            TruthSource::Property(path("cart.total")),
            TruthTest::Empty
        )),
        date_test(false).prop_map(move |test| Test::Date(DateSource::Property(path("on")), test)),
        set_test().prop_map(move |test| Test::Set(SetSource::Property(path("colours")), test)),
    ])
    .boxed()
}

fn happening(what: BoxedStrategy<What>) -> BoxedStrategy<Happening> {
    let ids = Ids::default();
    let part = select(vec!["pricing", "SHOP.example", "100%", "_"]).prop_map(str::to_owned);
    let point = || {
        option::of(proptest::prop_oneof![
            day().prop_map(Point::Day),
            instant().prop_map(Point::Instant),
            relative_day().prop_map(Point::Relative),
        ])
    };
    let limits = (
        option::of(span(Unit::ALL.to_vec())),
        option::weighted(0.2, select(ids.campaigns)),
        option::weighted(0.3, part),
        proptest::prop_oneof![3 => Just((None, None)), 1 => (point(), point())],
    );
    (what, limits, option::weighted(0.3, filter(property())))
        .prop_map(|(what, (within, campaign, part, (from, until)), filter)| {
            let clicked = what == What::Mail(Activity::Clicked);
            let page = what == What::Page;
            Happening {
                within,
                from,
                until,
                campaign: campaign.filter(|_| !page),
                url_contains: part.filter(|_| clicked),
                filter: filter.flatten(),
                what,
            }
        })
        .boxed()
}

fn named() -> BoxedStrategy<What> {
    proptest::prop_oneof![
        4 => select(EVENTS.to_vec()).prop_map(|name| What::Event(name.to_owned())),
        1 => Just(What::Anything),
    ]
    .boxed()
}

fn event_test() -> BoxedStrategy<Test> {
    let fixed = proptest::prop_oneof![
        select(Activity::ALL.to_vec()).prop_map(What::Mail),
        Just(What::Page)
    ];
    let asked = proptest::prop_oneof![
        quantity().prop_map(Asked::Times),
        quantity().prop_map(Asked::Days),
        date_test(true).prop_map(Asked::First),
        date_test(true).prop_map(Asked::Last),
    ];
    proptest::prop_oneof![
        (happening(fixed.boxed()), quantity()).prop_map(|(events, quantity)| Test::Event(EventTest {
            events,
            asked: Asked::Times(quantity),
        })),
        (happening(named()), asked).prop_map(|(events, asked)| Test::Event(EventTest { events, asked })),
    ]
    .boxed()
}

fn sequence_test() -> BoxedStrategy<Test> {
    let then = (named(), option::weighted(0.3, filter(property()))).prop_map(|(what, filter)| Happening {
        filter: filter.flatten(),
        ..Happening::of(what)
    });
    (
        happening(named()),
        then,
        span(Unit::ALL[..3].to_vec()),
        any::<bool>(),
    )
        .prop_map(|(first, then, gap, followed)| {
            Test::Sequence(Box::new(SequenceTest {
                first,
                then,
                gap,
                followed,
            }))
        })
        .boxed()
}

fn record_condition(own: bool) -> BoxedStrategy<Rule> {
    let texts = if own {
        vec![RecordText::Name, RecordText::ExternalId, RecordText::Role]
    } else {
        vec![RecordText::Name, RecordText::ExternalId]
    };
    let times = vec![RecordTime::Created, RecordTime::Updated, RecordTime::Linked];
    let common = proptest::prop_oneof![
        (select(texts), text_test()).prop_map(|(text, test)| Test::Text(TextSource::Record(text), test)),
        number_test().prop_map(|test| Test::Number(NumberSource::Attribute("total".to_owned()), test)),
        date_test(true).prop_map(|test| Test::Date(DateSource::Instant("due".to_owned()), test)),
        (select(times), date_test(true)).prop_map(|(time, test)| Test::Date(DateSource::Record(time), test)),
        id_test(Ids::default().owners).prop_map(|test| Test::Id(IdSource::Owner, test)),
    ];
    negatable(common).boxed()
}

fn records_test() -> BoxedStrategy<Test> {
    let related = (quantity(), filter(record_condition(false))).prop_map(|(quantity, filter)| {
        let ids = Ids::default();
        Test::Records(RecordsTest {
            object: ObjectRef {
                id: ids.products,
                key: "products".to_owned(),
            },
            via: Some(RelationRef {
                id: ids.has,
                key: "products".to_owned(),
                forward: true,
            }),
            quantity,
            filter,
        })
    });
    let condition = proptest::prop_oneof![
        3 => record_condition(true),
        1 => negatable(related),
    ];
    (quantity(), filter(condition))
        .prop_map(|(quantity, filter)| {
            Test::Records(RecordsTest {
                object: ObjectRef {
                    id: Ids::default().orders,
                    key: "orders".to_owned(),
                },
                via: None,
                quantity,
                filter,
            })
        })
        .boxed()
}

fn topic_test() -> BoxedStrategy<Test> {
    let ids = Ids::default();
    let topics = vec![
        (ids.news, "news", TopicState::Unsubscribed),
        (ids.offers, "offers", TopicState::Subscribed),
    ];
    (
        select(topics),
        select(Channel::ALL.to_vec()),
        select(TopicState::ALL.to_vec()),
    )
        .prop_map(|((topic, key, initial), channel, state)| {
            Test::Topic(TopicTest {
                topic,
                key: key.to_owned(),
                channel,
                state,
                initial,
            })
        })
        .boxed()
}

fn reason_test() -> impl Strategy<Value = TextTest> {
    let reason = || select(REASONS.to_vec()).prop_map(str::to_owned);
    proptest::prop_oneof![
        reason().prop_map(TextTest::Is),
        vec(reason(), 1..3).prop_map(TextTest::AnyOf),
        Just(TextTest::Empty),
    ]
}

fn condition() -> BoxedStrategy<Rule> {
    let key = |key: &str| key.to_owned();
    let ids = Ids::default();
    let written = select(vec!["score", "birthday"]);
    let small =
        || select(vec![-3.0, 0.0, 1.0, 2.0, 5.0, 10.0, 49.5]).prop_map(|n| Number::new(n).expect("finite"));
    let amount = move || {
        proptest::prop_oneof![
            small().prop_map(NumberTest::Is),
            small().prop_map(NumberTest::MoreThan),
            small().prop_map(NumberTest::AtMost),
            small().prop_map(NumberTest::LessThan),
            small().prop_map(NumberTest::AtLeast),
            Just(NumberTest::Empty),
        ]
    };
    let amounts = select(vec![
        NumberSource::Points,
        NumberSource::Identifiers,
        NumberSource::Random(String::new()),
        NumberSource::Random("draw".to_owned()),
    ]);
    let fields = proptest::prop_oneof![
        3 => (select(core_texts()), text_test())
            .prop_map(|(text, test)| Test::Text(TextSource::Core(text), test)),
        1 => text_test().prop_map(move |test| Test::Text(TextSource::Attribute(key("note")), test)),
        1 => (written, written_test()).prop_map(move |(name, test)| Test::Text(TextSource::Attribute(key(name)), test)),
        1 => choice_test().prop_map(move |test| Test::Text(TextSource::Choice(key("plan")), test)),
        1 => number_test().prop_map(move |test| Test::Number(NumberSource::Attribute(key("score")), test)),
        1 => any::<bool>().prop_map(move |value| Test::Truth(TruthSource::Attribute(key("vip")), TruthTest::Is(value))),
        1 => Just(Test::Truth(TruthSource::Attribute(key("vip")), TruthTest::Empty)),
        1 => any::<bool>().prop_map(|value| Test::Truth(TruthSource::Anonymous, TruthTest::Is(value))),
        2 => (select(vec![CoreTime::Created, CoreTime::Updated, CoreTime::LastActive, CoreTime::Identified]), date_test(true))
            .prop_map(|(time, test)| Test::Date(DateSource::Core(time), test)),
        1 => date_test(false).prop_map(move |test| Test::Date(DateSource::Day(key("birthday")), test)),
        1 => date_test(true).prop_map(move |test| Test::Date(DateSource::Instant(key("renewal")), test)),
    ];
    let others = proptest::prop_oneof![
        1 => date_test(true).prop_map(|test| Test::Date(DateSource::StageSince, test)),
        1 => set_test().prop_map(|test| Test::Set(SetSource::Tags, test)),
        1 => set_test().prop_map(move |test| Test::Set(SetSource::Attribute(key("topics")), test)),
        1 => id_test(ids.owners).prop_map(|test| Test::Id(IdSource::Owner, test)),
        1 => id_test(ids.stages).prop_map(|test| Test::Id(IdSource::Stage, test)),
        1 => (amounts, amount()).prop_map(|(source, test)| Test::Number(source, test)),
        1 => select(SubscriptionState::ALL.to_vec()).prop_map(Test::Subscription),
        1 => (select(Channel::ALL.to_vec()), reason_test())
            .prop_map(|(channel, test)| Test::Text(TextSource::DoNotContact(channel), test)),
        1 => topic_test(),
        1 => select(ids.segments).prop_map(Test::Segment),
    ];
    negatable(proptest::prop_oneof![
        5 => fields,
        4 => others,
        3 => event_test(),
        1 => sequence_test(),
        3 => records_test(),
    ])
    .boxed()
}

pub fn rule() -> BoxedStrategy<Rule> {
    condition()
        .prop_recursive(4, 24, 4, |inner| {
            (select(Matching::ALL.to_vec()), vec(inner, 1..4))
                .prop_map(|(matching, rules)| Rule::Group(Group { matching, rules }))
        })
        .boxed()
}

// --- how they are written

/// What columns allow: unique lower-case addresses, unique identifiers; a reason only with an address
/// or a number that no other has.
pub fn make_storable(facts: &mut Facts, n: usize) {
    facts.id = ContactId::generate();
    if let Some(email) = facts.texts.get_mut("email") {
        *email = format!("{}{n}", email.to_lowercase());
    }
    if let Some(phone) = facts.texts.get_mut("phone") {
        *phone = format!("{phone}{n}");
    }
    if let Some(id) = facts.texts.get_mut("external_id") {
        *id = format!("{n}{id}");
    }
    if !facts.texts.contains_key("email") {
        facts.do_not_contact.remove(&Channel::Email);
    }
    if !facts.texts.contains_key("phone") {
        facts.do_not_contact.remove(&Channel::Sms);
    }
    for (m, record) in facts.records.iter_mut().enumerate() {
        record.external_id = record.external_id.take().map(|id| format!("{n}.{m}{id}"));
        for (l, (_, _, related)) in record.related.iter_mut().enumerate() {
            related.external_id = related.external_id.take().map(|id| format!("{n}.{m}.{l}{id}"));
        }
    }
    if let Some(first) = facts.records.first_mut() {
        first.primary = true;
    }
}

/// Writes all that is known of somebody.
pub async fn insert(connection: &mut PgConnection, org: OrgId, facts: &Facts) {
    let id = facts.id;
    let text = |name: &str| facts.texts.get(name).cloned();
    let plain = |name: &str| facts.texts.get(name).cloned().unwrap_or_default();
    let time = |name: &str| facts.times.get(name).map(|at| at.to_sqlx());
    sqlx::query(
        r#"
        INSERT INTO crm.contacts (org_id, id, email, external_id, first_name, last_name, phone, company, city,
            country, timezone, locale, tags, attributes, source, created_at, updated_at, last_active_at,
            owner_id, stage_id, points, anonymous, identified_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'manual', $15, $16, $17, $18, $19,
            $20, $21, $22)
        "#,
    )
    .bind(org.uuid())
    .bind(id.uuid())
    .bind(text("email"))
    .bind(text("external_id"))
    .bind(plain("first_name"))
    .bind(plain("last_name"))
    .bind(plain("phone"))
    .bind(plain("company"))
    .bind(plain("city"))
    .bind(plain("country"))
    .bind(plain("timezone"))
    .bind(plain("locale"))
    .bind(facts.tags.iter().cloned().collect::<Vec<_>>())
    .bind(Value::Object(facts.attributes.clone()))
    .bind(time("created_at"))
    .bind(time("updated_at"))
    .bind(time("last_active_at"))
    .bind(facts.owner)
    .bind(facts.stage)
    .bind(facts.points)
    .bind(facts.anonymous)
    // Of those who were always known there is no date of its own.
    .bind(time("identified_at").filter(|_| facts.times.get("identified_at") != facts.times.get("created_at")))
    .execute(&mut *connection)
    .await
    .expect("a contact");
    for (channel, reason) in &facts.do_not_contact {
        let address = match channel {
            Channel::Email => plain("email"),
            Channel::Sms => plain("phone"),
            Channel::Push => id.uuid().to_string(),
        };
        sqlx::query("INSERT INTO crm.do_not_contact VALUES ($1, $2, $3, $4, now()) ON CONFLICT DO NOTHING")
            .bind(org.uuid())
            .bind(channel.word())
            .bind(address)
            .bind(reason)
            .execute(&mut *connection)
            .await
            .expect("a reason");
    }
    for segment in &facts.segments {
        sqlx::query("INSERT INTO crm.segment_members VALUES ($1, $2, $3, now())")
            .bind(org.uuid())
            .bind(segment.uuid())
            .bind(id.uuid())
            .execute(&mut *connection)
            .await
            .expect("a membership");
    }
    for ((topic, channel), state) in &facts.subscriptions {
        sqlx::query(
            "INSERT INTO crm.subscriptions (org_id, topic_id, channel, contact_id, state, at) \
             VALUES ($1, $2, $3, $4, $5, now())",
        )
        .bind(org.uuid())
        .bind(topic.uuid())
        .bind(channel.word())
        .bind(id.uuid())
        .bind(state)
        .execute(&mut *connection)
        .await
        .expect("a subscription");
    }
    if let (Some(stage), Some(since)) = (facts.stage, facts.stage_since) {
        sqlx::query(
            "INSERT INTO crm.stage_changes (org_id, contact_id, at, id, to_stage, actor) \
             VALUES ($1, $2, $3, $4, $5, 'system')",
        )
        .bind(org.uuid())
        .bind(id.uuid())
        .bind(since.to_sqlx())
        .bind(Uuid::now_v7())
        .bind(stage)
        .execute(&mut *connection)
        .await
        .expect("a change of stage");
    }
    for n in 0..facts.identifiers {
        sqlx::query(
            "INSERT INTO crm.contact_identifiers (org_id, kind, value, contact_id, first_seen_at) \
             VALUES ($1, 'anonymous_id', $2, $3, now())",
        )
        .bind(org.uuid())
        .bind(format!("{id}-{n}"))
        .bind(id.uuid())
        .execute(&mut *connection)
        .await
        .expect("an identifier");
    }
    for event in &facts.events {
        insert_event(connection, org, id, event).await;
    }
    for record in &facts.records {
        insert_record(connection, org, id, record).await;
    }
}

pub async fn insert_event(connection: &mut PgConnection, org: OrgId, contact: ContactId, event: &EventFact) {
    sqlx::query(
        r#"
        INSERT INTO crm.events (org_id, contact_id, occurred_at, id, name, campaign_id, properties)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        "#,
    )
    .bind(org.uuid())
    .bind(contact.uuid())
    .bind(event.at.to_sqlx())
    .bind(Uuid::now_v7())
    .bind(&event.name)
    .bind(event.campaign.map(CampaignId::uuid))
    .bind(&event.properties)
    .execute(connection)
    .await
    .expect("an event");
}

pub async fn insert_record(
    connection: &mut PgConnection,
    org: OrgId,
    contact: ContactId,
    record: &RecordFact,
) -> Uuid {
    let id = insert_bare_record(connection, org, record).await;
    sqlx::query(
        r#"
        INSERT INTO crm.record_contacts (org_id, contact_id, object_id, record_id, role, is_primary, linked_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        "#,
    )
    .bind(org.uuid())
    .bind(contact.uuid())
    .bind(record.object.uuid())
    .bind(id)
    .bind(&record.role)
    .bind(record.primary)
    .bind(record.linked_at.to_sqlx())
    .execute(&mut *connection)
    .await
    .expect("a link to the contact");
    for (relation, _, related) in &record.related {
        let other = insert_bare_record(connection, org, related).await;
        sqlx::query(
            "INSERT INTO crm.record_links (org_id, relation_id, from_record, to_record, linked_at) \
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(org.uuid())
        .bind(relation.uuid())
        .bind(id)
        .bind(other)
        .bind(related.linked_at.to_sqlx())
        .execute(&mut *connection)
        .await
        .expect("a link");
    }
    id
}

async fn insert_bare_record(connection: &mut PgConnection, org: OrgId, record: &RecordFact) -> Uuid {
    let id = Uuid::now_v7();
    sqlx::query(
        r#"
        INSERT INTO crm.records (org_id, id, object_id, external_id, name, attributes, owner_id, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        "#,
    )
    .bind(org.uuid())
    .bind(id)
    .bind(record.object.uuid())
    .bind(&record.external_id)
    .bind(&record.name)
    .bind(Value::Object(record.attributes.clone()))
    .bind(record.owner)
    .bind(record.created_at.to_sqlx())
    .bind(record.updated_at.to_sqlx())
    .execute(connection)
    .await
    .expect("a record");
    id
}
