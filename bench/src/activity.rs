//! What a contact has besides its row: tags, birthdays, companies, refusals and a stream of events, put
//! in by SQL, since nothing of it is measured. Twenty events a contact over seven weeks.

use std::time::Instant;

use contracts::crm::API_FIELDS;
use reqwest::Method;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::{machine::Machine, plan::Plan};

/// Companies that people work for.
const COMPANIES: usize = 2_000;

/// Each runs once; `$org` is the only organisation.
const STATEMENTS: [&str; 5] = [
    // One in four has a birthday, one in twenty a tag.
    r#"
    UPDATE crm.contacts
    SET attributes = attributes || jsonb_build_object('birthday',
            (date '1950-01-01' + (hashtext(id::text) & 16383))::text),
        tags = CASE WHEN hashtext(id::text) % 5 = 0 THEN ARRAY['customer'] ELSE tags END
    WHERE org_id = $org AND hashtext(id::text) % 4 = 0
    "#,
    r#"
    INSERT INTO crm.tags (org_id, name, created_at) VALUES ($org, 'customer', now()) ON CONFLICT DO NOTHING
    "#,
    r#"
    INSERT INTO crm.contact_tags (org_id, tag, contact_id)
    SELECT org_id, 'customer', id FROM crm.contacts WHERE org_id = $org AND tags = ARRAY['customer']
    ON CONFLICT DO NOTHING
    "#,
    // One in three works for a company that is known.
    r#"
    INSERT INTO crm.record_contacts (org_id, contact_id, object_id, record_id, is_primary, linked_at)
    SELECT c.org_id, c.id, r.object_id, r.id, true, now()
    FROM crm.contacts AS c
    JOIN (
        SELECT *, row_number() OVER (ORDER BY id) - 1 AS n FROM crm.records WHERE org_id = $org
    ) AS r ON r.n = hashtext(c.id::text || 'company') & 2047
    WHERE c.org_id = $org AND hashtext(c.id::text) % 3 = 0
    ON CONFLICT DO NOTHING
    "#,
    // One in twenty must not be written to.
    r#"
    INSERT INTO crm.do_not_contact (org_id, channel, address, reason, at)
    SELECT org_id, 'email', email, 'unsubscribed', now()
    FROM crm.contacts
    WHERE org_id = $org AND email IS NOT NULL AND hashtext(email) % 20 = 0
    ON CONFLICT DO NOTHING
    "#,
];

const EVENTS: &str = r#"
    INSERT INTO crm.events (org_id, contact_id, occurred_at, id, name, properties)
    SELECT org_id, id, now() - random() * interval '49 days', gen_random_uuid(),
           CASE WHEN die < 0.5 THEN 'Page Viewed' WHEN die < 0.8 THEN 'Product Viewed'
                WHEN die < 0.9 THEN 'Product Added' WHEN die < 0.96 THEN 'Checkout Started'
                ELSE 'Order Completed' END,
           jsonb_build_object('sku', 'G-' || (die * 1000)::int, 'total', (die * 500)::int,
                              'url', 'https://www.example.com/product/' || (die * 1000)::int)
    FROM (SELECT org_id, id, random() AS die FROM crm.contacts WHERE org_id = $org) AS c
"#;

/// Puts it in, once.
pub async fn fill(on: &Machine, plan: &Plan) -> anyhow::Result<()> {
    let start = Instant::now();
    let birthday = json!({"key": "birthday", "label": "Birthday", "type": "date"});
    on.program
        .json(Method::POST, API_FIELDS.template(), Some(&birthday))
        .await?;
    let mut owner = PgConnection::connect(&on.database_url).await?;
    // Others may not be kept waiting for the whole of it, so each is a transaction of its own.
    let org = "(SELECT id FROM identity.organizations LIMIT 1)";
    let run = |text: &str| AssertSqlSafe(text.replace("$org", org));
    owner.execute(run(&companies())).await?;
    for statement in STATEMENTS {
        owner.execute(run(statement)).await?;
    }
    for _ in 0..plan.events_each {
        owner.execute(run(EVENTS)).await?;
    }
    owner.execute("VACUUM ANALYZE").await?;
    owner.close().await?;
    eprintln!(
        "{} events and the rest put in within {:.0} s",
        plan.events_each * plan.contacts,
        start.elapsed().as_secs_f64()
    );
    on.settle().await
}

fn companies() -> String {
    format!(
        r#"
        INSERT INTO crm.records (org_id, id, object_id, external_id, name, created_at, updated_at)
        SELECT o.org_id, gen_random_uuid(), o.id, 'company-' || n, 'Company ' || n, now(), now()
        FROM crm.objects AS o, generate_series(1, {COMPANIES}) AS n
        WHERE o.org_id = $org AND o.key = 'companies'
        ON CONFLICT DO NOTHING
        "#
    )
}
