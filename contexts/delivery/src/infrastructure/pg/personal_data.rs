//! Everything that is kept of people here: handing it over, and forgetting it. What was counted stays
//! counted, and that an address may not be written to stays known by its pseudonym.

use super::attachments;
use contracts::crm::consent::DataSubject;
use jiff_sqlx::ToSqlx;
use kernel::OrgId;
use platform::{DbError, Tx};
use serde_json::{Value, json};
use sqlx::types::Json;
use uuid::Uuid;

/// The most messages of one person that an export lists, newest first.
const MOST_MESSAGES: i64 = 10_000;

/// What is known of each person, in the order given.
pub async fn export(tx: &mut Tx, org: OrgId, people: &[DataSubject]) -> Result<Vec<Value>, DbError> {
    let contacts: Vec<Uuid> = people.iter().map(|person| person.contact.uuid()).collect();
    let messages: Vec<(Uuid, Json<Value>)> = sqlx::query_as(
        r#"
        SELECT c.id, m.message
        FROM UNNEST($2::uuid[]) AS c (id)
        CROSS JOIN LATERAL (
            SELECT jsonb_build_object(
                'id', r.message_id, 'to', r.address, 'taken_in_at', r.created_at, 'campaign', b.name,
                'subject', v.subject, 'state', m.state, 'reason', m.reason, 'state_at', m.state_at,
                -- A link that only its owner may follow is no knowledge of them.
                'filled_in_with', r.contact #- '{attributes,__action_url}', 'data', r.extras -> 'data',
                'requests', COALESCE((
                    SELECT jsonb_agg(jsonb_build_object('at', e.at, 'kind', e.kind, 'url', e.url, 'user_agent', e.user_agent)
                                     ORDER BY e.at)
                    FROM delivery.tracking_events e
                    WHERE e.org_id = $1 AND e.message_id = r.message_id), '[]'),
                'reports', COALESCE((
                    SELECT jsonb_agg(jsonb_build_object('at', p.at, 'kind', p.kind, 'said', p.detail) ORDER BY p.at)
                    FROM delivery.reports p
                    WHERE p.org_id = $1 AND p.message_id = r.message_id AND p.result = 'applied'), '[]')
                ) AS message
            FROM delivery.recipients r
            JOIN delivery.messages m ON m.org_id = $1 AND m.id = r.message_id
            JOIN delivery.batches b ON b.org_id = $1 AND b.id = m.batch_id
            JOIN delivery.template_versions v ON v.org_id = $1 AND v.id = b.template_version_id
            WHERE r.org_id = $1 AND r.contact_id = c.id
            ORDER BY r.message_id DESC
            LIMIT $3
        ) AS m
        "#,
    )
    .bind(org.uuid())
    .bind(&contacts)
    .bind(MOST_MESSAGES)
    .fetch_all(tx.conn())
    .await?;
    let (_, addresses, _) = columns(people);
    let suppressed: Vec<(String, Json<Value>)> = sqlx::query_as(
        r#"
        SELECT address, jsonb_build_object('address', address, 'reason', reason, 'note', note, 'since', created_at)
        FROM delivery.suppressions
        WHERE org_id = $1 AND address = ANY($2)
        "#,
    )
    .bind(org.uuid())
    .bind(&addresses)
    .fetch_all(tx.conn())
    .await?;
    let replies: Vec<(Uuid, Json<Value>)> = sqlx::query_as(
        r#"
        SELECT contact_id, jsonb_build_object('from', from_address, 'to', to_address, 'text', text, 'at', at)
        FROM delivery.inbound_messages
        WHERE org_id = $1 AND contact_id = ANY($2)
        ORDER BY id DESC
        LIMIT $3
        "#,
    )
    .bind(org.uuid())
    .bind(&contacts)
    .bind(MOST_MESSAGES)
    .fetch_all(tx.conn())
    .await?;
    let of = |person: &DataSubject| {
        let written = replies.iter().filter(|(id, _)| *id == person.contact.uuid());
        let own = messages.iter().filter(|(id, _)| *id == person.contact.uuid());
        let blocked = suppressed
            .iter()
            .filter(|(address, _)| known_as(person).any(|(own, _)| own == address));
        json!({
            "messages": own.map(|(_, message)| &message.0).collect::<Vec<_>>(),
            "written_to_us": written.map(|(_, reply)| &reply.0).collect::<Vec<_>>(),
            "not_written_to": blocked.map(|(_, entry)| &entry.0).collect::<Vec<_>>(),
        })
    };
    Ok(people.iter().map(of).collect())
}

/// Forgets them. Doing it again changes nothing.
pub async fn erase(tx: &mut Tx, org: OrgId, people: &[DataSubject]) -> Result<(), DbError> {
    let (contacts, addresses, pseudonyms) = columns(people);
    let messages: Vec<Uuid> = sqlx::query_scalar(
        r#"
        SELECT message_id FROM delivery.recipients
        WHERE org_id = $1 AND (contact_id = ANY($2) OR address = ANY($3))
        "#,
    )
    .bind(org.uuid())
    .bind(&contacts)
    .bind(&addresses)
    .fetch_all(tx.conn())
    .await?;
    cancel(tx, org, &messages).await?;
    attachments::forget_of(tx, org, &messages).await?;
    forget_files(tx, org).await?;
    forget_replies(tx, org, &contacts, &messages).await?;
    forget_messages(tx, org, &messages, &addresses).await?;
    keep_suppressed(tx, org, &addresses, &pseudonyms).await
}

/// Nobody knows who stands in the files of addresses that were to be suppressed: they all go, a minute
/// later.
async fn forget_files(tx: &mut Tx, org: OrgId) -> Result<(), DbError> {
    sqlx::query(
        "UPDATE delivery.suppression_imports SET forget_file = true WHERE org_id = $1 AND file IS NOT NULL",
    )
    .bind(org.uuid())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Takes out of the queue what was still to be sent.
async fn cancel(tx: &mut Tx, org: OrgId, messages: &[Uuid]) -> Result<(), DbError> {
    let now = tx.now();
    sqlx::query(
        r#"
        WITH batch_of AS (
            SELECT id, batch_id FROM delivery.messages WHERE org_id = $1 AND id = ANY($2)
        ), gone AS (
            DELETE FROM delivery.queue q
            USING batch_of b
            WHERE q.org_id = $1 AND q.batch_id = b.batch_id AND q.message_id = b.id
            RETURNING q.batch_id, q.message_id
        ), counted AS (
            INSERT INTO delivery.batch_tallies (org_id, batch_id, at, cancelled)
            SELECT $1, batch_id, $3, count(*) FROM gone GROUP BY batch_id
        )
        UPDATE delivery.messages m
        SET state = 'cancelled', reason = 'erased', state_at = $3
        FROM gone
        WHERE m.org_id = $1 AND m.id = gone.message_id
        "#,
    )
    .bind(org.uuid())
    .bind(messages)
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Takes away what they wrote to us: all that came from a number of theirs.
async fn forget_replies(
    tx: &mut Tx,
    org: OrgId,
    contacts: &[Uuid],
    messages: &[Uuid],
) -> Result<(), DbError> {
    sqlx::query(
        r#"
        DELETE FROM delivery.inbound_messages
        WHERE org_id = $1
          AND (contact_id = ANY($2)
              OR from_address = ANY(ARRAY(
                  SELECT address FROM delivery.recipients WHERE org_id = $1 AND message_id = ANY($3))))
        "#,
    )
    .bind(org.uuid())
    .bind(contacts)
    .bind(messages)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Takes away to whom messages went, what they said, and what was done with them.
async fn forget_messages(
    tx: &mut Tx,
    org: OrgId,
    messages: &[Uuid],
    addresses: &[&str],
) -> Result<(), DbError> {
    sqlx::query(
        r#"
        WITH recipients AS (
            DELETE FROM delivery.recipients WHERE org_id = $1 AND message_id = ANY($2)
        ), keys AS (
            -- Those of tests hold the address.
            DELETE FROM delivery.dedupe_keys WHERE org_id = $1 AND message_id = ANY($2)
        ), requests AS (
            DELETE FROM delivery.tracking_events WHERE org_id = $1 AND message_id = ANY($2)
        ), reports AS (
            DELETE FROM delivery.reports WHERE org_id = $1 AND (message_id = ANY($2) OR recipient = ANY($3))
        ), caught AS (
            DELETE FROM delivery.inbox_messages WHERE org_id = $1 AND (id = ANY($2) OR to_address = ANY($3))
        ), previews AS (
            -- Who they were filled in for is not kept with them; they are made again at a click.
            DELETE FROM delivery.template_previews WHERE org_id = $1
        )
        -- Mail servers like to name the mailbox.
        UPDATE delivery.attempts SET reply = NULL
        WHERE org_id = $1 AND message_id = ANY($2) AND reply IS NOT NULL
        "#,
    )
    .bind(org.uuid())
    .bind(messages)
    .bind(addresses)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Whoever was erased is not written to again, should the address ever come back.
async fn keep_suppressed(
    tx: &mut Tx,
    org: OrgId,
    addresses: &[&str],
    pseudonyms: &[&str],
) -> Result<(), DbError> {
    let now = tx.now();
    sqlx::query(
        r#"
        WITH erased AS (
            SELECT * FROM UNNEST($2::text[], $3::text[]) AS t (address, pseudonym)
        ), gone AS (
            DELETE FROM delivery.suppressions s
            USING erased
            WHERE s.org_id = $1 AND s.address = erased.address
            RETURNING erased.pseudonym, s.reason, s.created_at
        ), kept AS (
            INSERT INTO delivery.suppressions (org_id, address, reason, created_at)
            SELECT $1, pseudonym, reason, min(created_at)
            FROM (SELECT pseudonym, reason, created_at FROM gone
                  UNION ALL
                  SELECT pseudonym, 'unsubscribed', $4 FROM erased) AS all_reasons
            GROUP BY pseudonym, reason
            ON CONFLICT DO NOTHING
        )
        UPDATE delivery.suppression_log l
        SET address = erased.pseudonym, note = NULL
        FROM erased
        WHERE l.org_id = $1 AND l.address = erased.address
        "#,
    )
    .bind(org.uuid())
    .bind(addresses)
    .bind(pseudonyms)
    .bind(now.to_sqlx())
    .execute(tx.conn())
    .await?;
    Ok(())
}

fn columns(people: &[DataSubject]) -> (Vec<Uuid>, Vec<&str>, Vec<&str>) {
    let contacts = people.iter().map(|person| person.contact.uuid()).collect();
    let (addresses, pseudonyms) = people.iter().flat_map(known_as).unzip();
    (contacts, addresses, pseudonyms)
}

/// Addresses and numbers of a person, each with what stays of it.
fn known_as(person: &DataSubject) -> impl Iterator<Item = (&str, &str)> {
    let addresses = person.addresses.iter().zip(&person.pseudonyms);
    let addresses = addresses.map(|(address, pseudonym)| (address.as_str(), pseudonym.as_str()));
    let numbers = person.numbers.iter();
    addresses.chain(numbers.map(|(number, pseudonym)| (number.as_str(), pseudonym.as_str())))
}
