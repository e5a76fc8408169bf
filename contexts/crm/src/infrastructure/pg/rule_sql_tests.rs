//! The compiled SQL is held to [`evaluate::matches`], and to binding whatever people typed.

use std::collections::BTreeSet;

use jiff::{SignedDuration, civil::Date, tz::TimeZone};
use jiff_sqlx::ToSqlx;
use kernel::{CampaignId, ContactId, OrgId, SegmentId, Timestamp};
use proptest::{
    collection::{btree_set, vec},
    option,
    prelude::{Just, Strategy, any},
    sample::select,
    strategy::{BoxedStrategy, ValueTree},
    test_runner::TestRunner,
};
use serde_json::{Map, Value, json};
use sqlx::{Connection, PgConnection};
use testkit::TestDatabase;
use uuid::Uuid;

use super::{
    rule_sql::push_rule,
    rule_statement::{Bind, Statement},
};
use crate::domain::rule::{
    Activity, AttributeField, AttributeKind, Condition, CoreText, CoreTime, DateSource, DateTest, Group,
    MailTest, Matching, Moment, Number, NumberTest, Point, Rule, Schema, SetSource, SetTest, Span, Subject,
    SubscriptionState, Test, TextSource, TextTest, TruthTest, Unit,
    evaluate::{Facts, MailFact, matches},
    fixed_subjects, parse,
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
const REASONS: [&str; 4] = ["unsubscribed", "hard_bounce", "complaint", "manual"];

fn moment() -> Moment {
    Moment {
        now: "2026-03-30T10:30:00.25Z".parse().expect("an instant"),
        // The clocks changed the day before.
        zone: TimeZone::get("Europe/Berlin").expect("a zone"),
    }
}

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
}

fn fixed_ids() -> (Vec<SegmentId>, Vec<CampaignId>) {
    let id = |n: u128| Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 + n);
    (
        (1..=3).map(|n| id(n).into()).collect(),
        (11..=12).map(|n| id(n).into()).collect(),
    )
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
fn instant() -> impl Strategy<Value = Timestamp> {
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
    proptest::prop_oneof![exact, near]
}

fn day() -> impl Strategy<Value = Date> {
    instant().prop_map(|instant| instant.to_zoned(moment().zone).date())
}

fn facts() -> impl Strategy<Value = Facts> {
    let texts = vec(option::of(text()), 10);
    let times = (instant(), instant(), option::of(instant()));
    let attributes = (
        option::of(text()),
        option::of(select(WORDS.to_vec())),
        option::of(number()),
        option::of(any::<bool>()),
        option::of(day()),
        option::of(instant()),
        option::of(words()),
    );
    let (segments, campaigns) = fixed_ids();
    let mail = (
        select(Activity::ALL.to_vec()),
        instant(),
        option::of(select(campaigns)),
        option::of(select(URLS.to_vec())),
    )
        .prop_map(|(activity, at, campaign, url)| MailFact {
            activity,
            at,
            campaign,
            url: url.map(str::to_owned),
        });
    let others = (
        option::of(words()),
        option::of(select(REASONS.to_vec())),
        btree_set(select(segments), 0..3),
        vec(mail, 0..6),
    );
    (texts, times, attributes, others).prop_map(
        |(texts, times, attributes, (tags, reason, segments, mail))| {
            let mut facts = Facts {
                segments,
                mail,
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
            facts.attributes = attributes_of(attributes);
            facts.tags = tags.unwrap_or_default().into_iter().collect();
            facts.do_not_contact = reason.map(str::to_owned);
            facts
        },
    )
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

fn text_test() -> impl Strategy<Value = TextTest> {
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
        Just(TextTest::Empty),
    ]
}

fn choice_test() -> impl Strategy<Value = TextTest> {
    proptest::prop_oneof![
        select(WORDS.to_vec()).prop_map(|word| TextTest::Is(word.to_owned())),
        words().prop_map(TextTest::AnyOf),
        Just(TextTest::Empty),
    ]
}

fn number_test() -> impl Strategy<Value = NumberTest> {
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
}

fn span(units: Vec<Unit>) -> impl Strategy<Value = Span> {
    (select(vec![1u32, 7, 24, 30]), select(units)).prop_map(|(n, unit)| Span::new(n, unit).expect("in range"))
}

fn date_test(hours: bool) -> BoxedStrategy<DateTest> {
    let units = if hours {
        Unit::ALL.to_vec()
    } else {
        Unit::ALL[1..].to_vec()
    };
    let point = || {
        let day = day().prop_map(Point::Day);
        if hours {
            proptest::prop_oneof![day, instant().prop_map(Point::Instant)].boxed()
        } else {
            day.boxed()
        }
    };
    proptest::prop_oneof![
        day().prop_map(DateTest::On),
        point().prop_map(DateTest::Before),
        point().prop_map(DateTest::After),
        (day(), day()).prop_map(|(a, b)| DateTest::Between(Point::Day(a.min(b)), Point::Day(a.max(b)))),
        span(units.clone()).prop_map(DateTest::InTheLast),
        span(units.clone()).prop_map(DateTest::MoreThanAgo),
        span(units.clone()).prop_map(DateTest::InTheNext),
        span(units).prop_map(DateTest::MoreThanAhead),
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

fn mail_test() -> impl Strategy<Value = MailTest> {
    let (_, campaigns) = fixed_ids();
    let part = select(vec!["pricing", "SHOP.example", "100%", "_"]).prop_map(str::to_owned);
    let limits = (
        option::of(span(Unit::ALL.to_vec())),
        option::of(select(campaigns)),
        option::of(part),
    );
    (select(Activity::ALL.to_vec()), 1u32..4, limits).prop_map(
        |(activity, times, (within, campaign, part))| MailTest {
            activity,
            times,
            within,
            campaign,
            url_contains: part.filter(|_| activity == Activity::Clicked),
        },
    )
}

fn condition() -> impl Strategy<Value = Rule> {
    let key = |key: &str| key.to_owned();
    let test = proptest::prop_oneof![
        3 => (select(core_texts()), text_test())
            .prop_map(|(text, test)| Test::Text(TextSource::Core(text), test)),
        1 => text_test().prop_map(move |test| Test::Text(TextSource::Attribute(key("note")), test)),
        1 => choice_test().prop_map(move |test| Test::Text(TextSource::Choice(key("plan")), test)),
        1 => number_test().prop_map(move |test| Test::Number(key("score"), test)),
        1 => any::<bool>().prop_map(move |value| Test::Truth(key("vip"), TruthTest::Is(value))),
        1 => Just(Test::Truth(key("vip"), TruthTest::Empty)),
        2 => (select(vec![CoreTime::Created, CoreTime::Updated, CoreTime::LastActive]), date_test(true))
            .prop_map(|(time, test)| Test::Date(DateSource::Core(time), test)),
        1 => date_test(false).prop_map(move |test| Test::Date(DateSource::Day(key("birthday")), test)),
        1 => date_test(true).prop_map(move |test| Test::Date(DateSource::Instant(key("renewal")), test)),
        1 => set_test().prop_map(|test| Test::Set(SetSource::Tags, test)),
        1 => set_test().prop_map(move |test| Test::Set(SetSource::Attribute(key("topics")), test)),
        1 => select(SubscriptionState::ALL.to_vec()).prop_map(Test::Subscription),
        1 => select(fixed_ids().0).prop_map(Test::Segment),
        2 => mail_test().prop_map(Test::Mail),
    ];
    (test, any::<bool>()).prop_map(|(test, negated)| Rule::Condition(Condition { test, negated }))
}

fn rule() -> impl Strategy<Value = Rule> {
    condition().prop_recursive(4, 24, 4, |inner| {
        (select(Matching::ALL.to_vec()), vec(inner, 1..4))
            .prop_map(|(matching, rules)| Rule::Group(Group { matching, rules }))
    })
}

// --- the comparison

#[tokio::test]
async fn compiled_sql_finds_whom_the_plain_meaning_finds() {
    let database = TestDatabase::create(&["crm"]).await;
    let mut connection = PgConnection::connect(&database.url).await.expect("a connection");
    sqlx::query("SET ROLE mauntic_worker")
        .execute(&mut connection)
        .await
        .expect("the role");
    let mut runner = TestRunner::deterministic();
    let org = OrgId::generate();
    let mut people = Vec::new();
    for n in 0..120 {
        let mut facts = facts().new_tree(&mut runner).expect("a person").current();
        make_storable(&mut facts, n);
        let id = insert(&mut connection, org, &facts).await;
        people.push((id, facts));
    }
    // Somebody else's contact, who matches everything and must never be found.
    insert(&mut connection, OrgId::generate(), &people[0].1.clone()).await;

    let (at, schema) = (moment(), schema());
    let (mut found_some, mut found_few) = (0, 0);
    for _ in 0..1500 {
        let generated = rule().new_tree(&mut runner).expect("a rule").current();
        let json = generated.to_json();
        let rule = parse(&json, &schema).unwrap_or_else(|problems| panic!("{json}: {problems:?}"));
        let found = search(&mut connection, org, &rule, &at).await;
        for (id, facts) in &people {
            let expected = matches(&generated, facts, &at);
            assert_eq!(found.contains(id), expected, "{json}\n{facts:#?}");
        }
        found_some += usize::from(!found.is_empty());
        found_few += usize::from(!found.is_empty() && found.len() < people.len());
    }
    assert!(
        found_few > 350 && found_some > 400,
        "the rules tell people apart: {found_few}, {found_some}"
    );
}

/// What columns allow: unique lower-case addresses, unique identifiers; a reason only with an address.
fn make_storable(facts: &mut Facts, n: usize) {
    if let Some(email) = facts.texts.get_mut("email") {
        *email = format!("{}{n}", email.to_lowercase());
    } else {
        facts.do_not_contact = None;
    }
    if let Some(id) = facts.texts.get_mut("external_id") {
        *id = format!("{n}{id}");
    }
}

async fn search(connection: &mut PgConnection, org: OrgId, rule: &Rule, at: &Moment) -> BTreeSet<ContactId> {
    let (sql, arguments) = statement(org, rule, at)
        .into_query()
        .expect("values that can be sent");
    let text = sql.0.clone();
    let ids: Vec<Uuid> = sqlx::query_scalar_with(sql, arguments)
        .persistent(false)
        .fetch_all(connection)
        .await
        .unwrap_or_else(|error| panic!("{error}\n{text}"));
    ids.into_iter().map(ContactId::from_uuid).collect()
}

fn statement(org: OrgId, rule: &Rule, at: &Moment) -> Statement {
    let mut statement = Statement::of(org);
    statement
        .push("SELECT c.id FROM crm.contacts AS c WHERE c.org_id = ")
        .org()
        .push(" AND ");
    push_rule(&mut statement, rule, at);
    statement
}

async fn insert(connection: &mut PgConnection, org: OrgId, facts: &Facts) -> ContactId {
    let id = ContactId::generate();
    let text = |name: &str| facts.texts.get(name).cloned();
    let plain = |name: &str| facts.texts.get(name).cloned().unwrap_or_default();
    let time = |name: &str| facts.times.get(name).map(|at| at.to_sqlx());
    sqlx::query(
        r#"
        INSERT INTO crm.contacts (org_id, id, email, external_id, first_name, last_name, phone, company, city,
            country, timezone, locale, tags, attributes, source, created_at, updated_at, last_active_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'manual', $15, $16, $17)
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
    .execute(&mut *connection)
    .await
    .expect("a contact");
    if let (Some(reason), Some(email)) = (&facts.do_not_contact, text("email")) {
        sqlx::query(
            "INSERT INTO crm.do_not_contact VALUES ($1, 'email', $2, $3, now()) ON CONFLICT DO NOTHING",
        )
        .bind(org.uuid())
        .bind(email)
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
    for mail in &facts.mail {
        insert_event(connection, org, id, mail).await;
    }
    id
}

async fn insert_event(connection: &mut PgConnection, org: OrgId, contact: ContactId, mail: &MailFact) {
    let name = match mail.activity {
        Activity::Sent => "email_sent",
        Activity::Opened => "email_opened",
        Activity::Clicked => "email_clicked",
        Activity::Bounced => "email_bounced",
    };
    let properties = mail
        .url
        .as_ref()
        .map_or_else(|| json!({}), |url| json!({ "url": url }));
    sqlx::query(
        r#"
        INSERT INTO crm.events (org_id, contact_id, occurred_at, id, name, campaign_id, properties)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        "#,
    )
    .bind(org.uuid())
    .bind(contact.uuid())
    .bind(mail.at.to_sqlx())
    .bind(Uuid::now_v7())
    .bind(name)
    .bind(mail.campaign.map(CampaignId::uuid))
    .bind(properties)
    .execute(connection)
    .await
    .expect("an event");
}

// --- binds only

/// The same rule with every text, number, day and identifier replaced.
fn with_other_values(json: &Value) -> Value {
    match json {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| {
                let keep = ["field", "operator", "unit"].contains(&name.as_str());
                (
                    name.clone(),
                    if keep {
                        value.clone()
                    } else {
                        with_other_values(value)
                    },
                )
            })
            .collect(),
        Value::Array(items) => items.iter().map(with_other_values).collect(),
        Value::String(text) if text.starts_with("seg_") => SegmentId::generate().to_string().into(),
        Value::String(text) if text.starts_with("cmp_") => CampaignId::generate().to_string().into(),
        Value::String(text) if text.parse::<Date>().is_ok() || text.parse::<Timestamp>().is_ok() => {
            json.clone()
        }
        Value::String(_) => HOSTILE.into(),
        other => other.clone(),
    }
}

const HOSTILE: &str = "hostile'); DROP TABLE crm.contacts; --";

#[test]
fn no_value_ever_stands_in_the_text() {
    let mut runner = TestRunner::deterministic();
    let org = OrgId::generate();
    for _ in 0..500 {
        let json = rule().new_tree(&mut runner).expect("a rule").current().to_json();
        let words = ["subscribed", "unsubscribed", "bounced", "complained", "blocked"];
        if words
            .iter()
            .any(|word| json.to_string().contains(&format!("\"{word}\"")))
        {
            continue;
        }
        let (rule, other) = (
            parse(&json, &schema()),
            parse(&with_other_values(&json), &schema()),
        );
        let (rule, other) = (rule.expect("a rule"), other.expect("a rule of the same shape"));
        let (plain, hostile) = (
            statement(org, &rule, &moment()),
            statement(org, &other, &moment()),
        );
        assert_eq!(plain.sql(), hostile.sql(), "the text depends on the shape only");
        assert!(!hostile.sql().contains("hostile"));
        let parameters: BTreeSet<_> = (1..=plain.binds().len()).map(|n| format!("${n}")).collect();
        assert_eq!(
            parameters,
            parameters_of(plain.sql()),
            "each value is a parameter of its own"
        );
    }
}

fn parameters_of(sql: &str) -> BTreeSet<String> {
    let after = sql.split('$').skip(1);
    after
        .map(|rest| {
            format!(
                "${}",
                rest.chars().take_while(char::is_ascii_digit).collect::<String>()
            )
        })
        .collect()
}

#[test]
fn the_key_of_an_attribute_is_bound_as_well() {
    let field = AttributeField {
        key: HOSTILE.to_owned(),
        label: String::new(),
        kind: AttributeKind::Text,
        options: Vec::new(),
    };
    let json = json!({"field": format!("attributes.{HOSTILE}"), "operator": "is", "value": "x"});
    let rule = parse(&json, &Schema::new(vec![field])).expect("a rule");
    let statement = statement(OrgId::generate(), &rule, &moment());
    assert!(!statement.sql().contains("hostile"));
    assert!(statement.binds().contains(&Bind::Text(HOSTILE.to_owned())));
}
