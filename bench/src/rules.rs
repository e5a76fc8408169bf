//! Ten rules as people make them, each beside the same people by hand-written SQL: a first rebuild, which
//! writes all members, and one that finds nothing changed.

use contracts::crm::API_SEGMENT;
use kernel::SegmentId;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    hand::Hand,
    machine::Machine,
    plan::Plan,
    table::{Pair, Table, median},
};

struct Sample {
    name: &'static str,
    rule: Value,
    /// A condition over `crm.contacts AS c`.
    sql: String,
}

/// All of them, in turn, so that what one leaves behind meets another; then the next round.
pub async fn measure(on: &Machine, table: &mut Table, plan: &Plan) -> anyhow::Result<()> {
    let mut hand = Hand::prepare(on).await?;
    let inner = on.program.segment("Looked at by another", cities()).await?;
    let samples = samples(inner);
    let mut first: Vec<Vec<Pair>> = samples.iter().map(|_| Vec::new()).collect();
    let mut again = Vec::new();
    for round in 0..plan.rounds {
        let (mut ours, mut limit) = (Vec::new(), Vec::new());
        for (sample, pairs) in samples.iter().zip(&mut first) {
            on.settle().await?;
            let who = format!(
                "SELECT c.org_id, c.id FROM crm.contacts AS c WHERE c.org_id = {ORG} AND {}",
                sample.sql
            );
            let by_hand = hand.write(&who).await?;
            let name = format!("Rule {} {round}", sample.name);
            let id = on.program.segment(&name, sample.rule.clone()).await?;
            let (seconds, members) = hand.rebuilt(id).await?;
            pairs.push(Pair {
                ours: seconds,
                limit: by_hand,
            });
            let (seconds, count) = hand.select(&who).await?;
            // Both ask what is true now, and for the one it is a little later.
            anyhow::ensure!(
                (members - count).abs() * 50 <= count,
                "{}: {members} members, and {count} by hand",
                sample.name
            );
            limit.push(seconds);
            on.program.rebuild(id).await?;
            ours.push(hand.rebuilt(id).await?.0);
            on.program
                .json(Method::DELETE, &API_SEGMENT.url(&id), None)
                .await?;
        }
        again.push(Pair {
            ours: ours.iter().sum(),
            limit: limit.iter().sum(),
        });
        let ratios = ours.iter().zip(&limit).map(|(ours, limit)| ours / limit);
        eprintln!("unchanged, middle of the ten ratios: {:.2}", median(ratios));
    }
    hand.end().await?;
    on.program
        .json(Method::DELETE, &API_SEGMENT.url(&inner), None)
        .await?;
    for (sample, pairs) in samples.iter().zip(&first) {
        let what = format!("first rebuild: {}", sample.name);
        table.time(&what, pairs, "the same SQL", "<= 1.3");
    }
    let sums: Vec<Pair> = (0..plan.rounds)
        .map(|round| Pair {
            ours: first.iter().map(|pairs| pairs[round].ours).sum(),
            limit: first.iter().map(|pairs| pairs[round].limit).sum(),
        })
        .collect();
    table.time("all ten, first rebuild", &sums, "the same SQL", "<= 1.3");
    table.time("all ten, nothing changed", &again, "their SELECTs", "<= 1.5");
    Ok(())
}

const ORG: &str = "(SELECT id FROM identity.organizations LIMIT 1)";

fn cities() -> Value {
    json!({"all": [{"field": "city", "operator": "is_any_of", "value": ["City 1", "City 2", "City 3"]}]})
}

fn samples(inner: SegmentId) -> Vec<Sample> {
    let one = |name, condition: Value, sql: String| Sample {
        name,
        rule: json!({"all": [condition]}),
        sql,
    };
    let events = |name: &str, days: usize| {
        format!(
            "FROM crm.events AS e WHERE e.org_id = {ORG} AND e.name = '{name}' \
             AND e.occurred_at >= now() - interval '{days} days'"
        )
    };
    let days = |amount: usize| json!({"amount": amount, "unit": "days"});
    vec![
        Sample {
            name: "text",
            rule: cities(),
            sql: "c.city IN ('City 1', 'City 2', 'City 3')".to_owned(),
        },
        one(
            "tag",
            json!({"field": "tags", "operator": "has_any_of", "value": ["customer"]}),
            "c.tags && ARRAY['customer']".to_owned(),
        ),
        Sample {
            name: "number and date",
            rule: json!({"all": [
                {"field": "attributes.seats", "operator": "between", "value": [10, 19]},
                {"field": "created_at", "operator": "in_the_last", "value": days(90)},
            ]}),
            sql: "(c.attributes ->> 'seats')::numeric BETWEEN 10 AND 19 \
                  AND c.created_at > now() - interval '90 days'"
                .to_owned(),
        },
        one(
            "event 3 times in 14 days",
            json!({"field": "event", "operator": "at_least", "value": 3, "name": "Product Viewed", "within": days(14)}),
            format!(
                "c.id IN (SELECT e.contact_id {} GROUP BY e.contact_id HAVING count(*) >= 3)",
                events("Product Viewed", 14)
            ),
        ),
        one(
            "event never in 30 days",
            json!({"field": "event", "operator": "never", "name": "Order Completed", "within": days(30)}),
            format!(
                "NOT EXISTS (SELECT 1 {} AND e.contact_id = c.id)",
                events("Order Completed", 30)
            ),
        ),
        one(
            "A and then B",
            json!({
                "field": "event.sequence", "operator": "followed", "name": "Checkout Started",
                "within": days(30), "then": {"name": "Order Completed"}, "gap": days(3),
            }),
            format!(
                "EXISTS (SELECT 1 {} AND e.contact_id = c.id AND EXISTS (SELECT 1 FROM crm.events AS b \
                 WHERE b.org_id = {ORG} AND b.name = 'Order Completed' AND b.contact_id = e.contact_id \
                 AND b.occurred_at > e.occurred_at AND b.occurred_at <= e.occurred_at + interval '3 days'))",
                events("Checkout Started", 30)
            ),
        ),
        one(
            "company",
            json!({"field": "objects.companies", "operator": "at_least", "value": 1, "where": {"all": [
                {"field": "name", "operator": "starts_with", "value": "Company 1"},
            ]}}),
            format!(
                "EXISTS (SELECT 1 FROM crm.record_contacts AS p JOIN crm.records AS r \
                 ON r.org_id = p.org_id AND r.id = p.record_id \
                 WHERE p.org_id = {ORG} AND p.contact_id = c.id AND r.name_key LIKE 'company 1%')"
            ),
        ),
        one(
            "in another segment",
            json!({"field": "segment", "operator": "is_in", "value": inner}),
            format!(
                "EXISTS (SELECT 1 FROM crm.segment_members AS m WHERE m.org_id = {ORG} \
                 AND m.segment_id = '{}' AND m.contact_id = c.id)",
                inner.uuid()
            ),
        ),
        one(
            "may be written to",
            json!({"field": "subscription", "operator": "is", "value": "subscribed"}),
            format!(
                "c.email IS NOT NULL AND NOT EXISTS (SELECT 1 FROM crm.do_not_contact AS d \
                 WHERE d.org_id = {ORG} AND d.channel = 'email' AND d.address = c.email)"
            ),
        ),
        one(
            "birthday in 7 days",
            json!({"field": "attributes.birthday", "operator": "anniversary_in_the_next", "value": days(7)}),
            "to_char((c.attributes ->> 'birthday')::date, 'MMDD') IN \
             (SELECT to_char(current_date + n, 'MMDD') FROM generate_series(0, 7) AS n)"
                .to_owned(),
        ),
    ]
}
