//! The compiled SQL is held to [`evaluate::matches`], and to binding whatever people typed.

use std::collections::BTreeSet;

use jiff::civil::Date;
use kernel::{CampaignId, ContactId, OrgId, SegmentId, StageId, Timestamp, UserId};
use proptest::{prelude::Strategy, strategy::ValueTree, test_runner::TestRunner};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use testkit::TestDatabase;
use uuid::Uuid;

use super::{
    rule_sql::{push_rule, push_rule_for},
    rule_statement::{Bind, Statement},
    rule_worlds::{facts, insert, make_storable, moment, rule, schema},
};
use crate::domain::rule::{
    AttributeField, AttributeKind, Moment, Period, REASONS, RelativeDay, Rule, Schema, evaluate::matches,
    parse,
};

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
        insert(&mut connection, org, &facts).await;
        people.push((facts.id, facts));
    }
    // Somebody else's contact, who matches everything and must never be found.
    insert(&mut connection, OrgId::generate(), &people[0].1).await;
    sqlx::query("ANALYZE").execute(&mut connection).await.ok();

    let (at, schema) = (moment(), schema());
    let (mut found_some, mut found_few) = (0, 0);
    for _ in 0..1500 {
        let generated = rule().new_tree(&mut runner).expect("a rule").current();
        let json = generated.to_json();
        let rule = parse(&json, &schema).unwrap_or_else(|problems| panic!("{json}: {problems:?}"));
        let found = search(&mut connection, org, &rule, &at).await;
        let asked: Vec<ContactId> = people.iter().take(20).map(|(id, _)| *id).collect();
        let few = search_among(&mut connection, org, &rule, &at, &asked).await;
        for id in &asked {
            assert_eq!(few.contains(id), found.contains(id), "asked by itself: {json}");
        }
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

async fn search(connection: &mut PgConnection, org: OrgId, rule: &Rule, at: &Moment) -> BTreeSet<ContactId> {
    run(connection, statement(org, rule, at)).await
}

async fn search_among(
    connection: &mut PgConnection,
    org: OrgId,
    rule: &Rule,
    at: &Moment,
    ids: &[ContactId],
) -> BTreeSet<ContactId> {
    let mut statement = Statement::of(org);
    let ids = statement.hold(Bind::Ids(ids.iter().map(|id| id.uuid()).collect()));
    statement
        .push("SELECT c.id FROM crm.contacts AS c WHERE c.org_id = ")
        .org();
    statement.push(" AND c.id = ANY (").repeat(ids).push(") AND ");
    push_rule_for(&mut statement, rule, at, ids);
    run(connection, statement).await
}

async fn run(connection: &mut PgConnection, statement: Statement) -> BTreeSet<ContactId> {
    let (sql, arguments) = statement.into_query().expect("values that can be sent");
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

// --- binds only

/// The same rule with every text, number, day and identifier replaced.
fn with_other_values(json: &Value) -> Value {
    match json {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| {
                let keep = ["field", "operator", "unit", "channel", "type"].contains(&name.as_str());
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
        Value::String(text) if text.starts_with("usr_") => UserId::generate().to_string().into(),
        Value::String(text) if text.starts_with("stg_") => StageId::generate().to_string().into(),
        // Another day, pattern or state may be another shape.
        Value::String(text) if is_of_its_own(text) => json.clone(),
        Value::String(_) => HOSTILE.into(),
        other => other.clone(),
    }
}

fn is_of_its_own(text: &str) -> bool {
    text.parse::<Date>().is_ok()
        || text.parse::<Timestamp>().is_ok()
        || RelativeDay::parse(text).is_some()
        || Period::parse(text).is_some()
        || text.contains(['%', '[', '(', '\\', '^', '$', '+', '.'])
}

const HOSTILE: &str = "hostile'); DROP TABLE crm.contacts; --";

#[test]
fn no_value_ever_stands_in_the_text() {
    let mut runner = TestRunner::deterministic();
    let org = OrgId::generate();
    for _ in 0..500 {
        let json = rule().new_tree(&mut runner).expect("a rule").current().to_json();
        let states = ["bounced", "complained", "blocked", "pending", "subscribed"];
        let words: Vec<&str> = states.into_iter().chain(REASONS).collect();
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
