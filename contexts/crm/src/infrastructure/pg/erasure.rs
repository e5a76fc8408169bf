//! Everything that is kept of contacts here: handing it over, and forgetting it.

use contracts::crm::consent::DataSubject;
use kernel::{ContactId, EmailAddress, ExportId, OrgId};
use platform::{DbError, Tx, erasure::Replacement, objects::ObjectKey};
use serde_json::Value;
use sqlx::{AssertSqlSafe, types::Json};
use uuid::Uuid;

use super::CrmTx;

/// Tables that stay although they name a contact: the identifier of somebody who is gone names
/// nobody, and that they were erased has to be shown.
const KEPT: [&str; 1] = ["erasures"];

/// What tells who somebody is.
#[derive(Clone, Debug, Default)]
pub struct Traces {
    /// Every address that is known to be theirs.
    pub addresses: Vec<EmailAddress>,
    /// Phone numbers and identifiers of other systems that are long enough to be theirs alone.
    pub others: Vec<String>,
}

/// A file that people may stand in.
#[derive(Clone, Debug)]
pub struct ImportFile {
    pub import: Uuid,
    pub key: ObjectKey,
    /// Whether nothing will read it any more.
    pub done: bool,
    /// Whether something reads it now.
    pub busy: bool,
}

/// Shorter ones are other people's too.
const LONG_ENOUGH: usize = 6;

impl CrmTx {
    /// What tells who a contact is: now, by identifiers of merged contacts, and before changes.
    pub async fn traces(&mut self, contact: ContactId) -> Result<Traces, DbError> {
        let org = self.org.uuid();
        let rows: Vec<(String, String)> = sqlx::query_as(
            r#"
            SELECT 'email', email FROM crm.contacts WHERE org_id = $1 AND id = $2 AND email IS NOT NULL
            UNION ALL
            SELECT 'other', phone FROM crm.contacts WHERE org_id = $1 AND id = $2 AND phone <> ''
            UNION ALL
            SELECT 'other', external_id FROM crm.contacts WHERE org_id = $1 AND id = $2 AND external_id IS NOT NULL
            UNION ALL
            SELECT CASE kind WHEN 'email' THEN 'email' ELSE 'other' END, value
            FROM crm.contact_identifiers WHERE org_id = $1 AND contact_id = $2
            UNION ALL
            SELECT 'email', side ->> 'email'
            FROM crm.contact_changes, LATERAL (VALUES (before), (after)) AS sides (side)
            WHERE org_id = $1 AND contact_id = $2 AND jsonb_typeof(side -> 'email') = 'string'
            "#,
        )
        .bind(org)
        .bind(contact.uuid())
        .fetch_all(self.conn())
        .await?;
        let mut traces = Traces::default();
        for (kind, value) in rows {
            match EmailAddress::parse(&value) {
                Ok(address) if kind == "email" => traces.addresses.push(address),
                _ if value.chars().count() >= LONG_ENOUGH => traces.others.push(value),
                _ => {}
            }
        }
        traces.addresses.sort();
        traces.addresses.dedup();
        traces.others.sort();
        traces.others.dedup();
        Ok(traces)
    }

    /// Everything that is known of a contact, by table. The database is asked which tables have
    /// something of contacts, so that one that is added tomorrow is handed over too.
    pub async fn everything_of(
        &mut self,
        contact: ContactId,
    ) -> Result<serde_json::Map<String, Value>, DbError> {
        let org = self.org.uuid();
        let mut all = serde_json::Map::new();
        let person: Option<Json<Value>> = sqlx::query_scalar(
            "SELECT to_jsonb(c) - 'org_id' FROM crm.contacts AS c WHERE org_id = $1 AND id = $2",
        )
        .bind(org)
        .bind(contact.uuid())
        .fetch_optional(self.conn())
        .await?;
        let Some(person) = person else { return Ok(all) };
        all.insert("contact".to_owned(), person.0);
        for table in self.tables_of_contacts().await? {
            // The name comes from the catalogue.
            let statement = format!(
                "SELECT to_jsonb(x) - 'org_id' - 'contact_id' FROM crm.\"{table}\" AS x \
                 WHERE org_id = $1 AND contact_id = $2 LIMIT 100000"
            );
            let rows: Vec<Json<Value>> = sqlx::query_scalar(AssertSqlSafe(statement))
                .bind(org)
                .bind(contact.uuid())
                .persistent(false)
                .fetch_all(self.conn())
                .await?;
            if !rows.is_empty() {
                all.insert(table, Value::Array(rows.into_iter().map(|row| row.0).collect()));
            }
        }
        Ok(all)
    }

    async fn tables_of_contacts(&mut self) -> Result<Vec<String>, DbError> {
        Ok(sqlx::query_scalar(
            r#"
            SELECT c.relname
            FROM pg_class AS c
            JOIN pg_namespace AS n ON n.oid = c.relnamespace
            JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'contact_id' AND NOT a.attisdropped
            WHERE n.nspname = 'crm'
              AND c.relkind IN ('r', 'p')
              AND NOT c.relispartition
              AND c.relname <> ALL($1)
            ORDER BY c.relname
            "#,
        )
        .bind(KEPT)
        .fetch_all(self.conn())
        .await?)
    }

    /// Forgets contacts and all that hangs on them. That their addresses are not to be written to
    /// stays known by pseudonyms.
    pub async fn forget_contacts(
        &mut self,
        people: &[DataSubject],
        others: &[String],
    ) -> Result<(), DbError> {
        let ids: Vec<Uuid> = people.iter().map(|person| person.contact.uuid()).collect();
        let org = self.org.uuid();
        self.forget_records(&ids).await?;
        self.forget_merges(&ids).await?;
        for table in self.tables_of_contacts().await? {
            let statement = format!("DELETE FROM crm.\"{table}\" WHERE org_id = $1 AND contact_id = ANY($2)");
            sqlx::query(AssertSqlSafe(statement))
                .bind(org)
                .bind(&ids)
                .persistent(false)
                .execute(self.conn())
                .await?;
        }
        sqlx::query("DELETE FROM crm.contacts WHERE org_id = $1 AND id = ANY($2)")
            .bind(org)
            .bind(&ids)
            .execute(self.conn())
            .await?;
        let texts: Vec<&str> = people
            .iter()
            .flat_map(|person| person.addresses.iter().map(EmailAddress::as_str))
            .chain(others.iter().map(String::as_str))
            .collect();
        self.forget_rejected(&texts).await?;
        self.keep_do_not_contact(people, others).await
    }

    /// What was kept to part merged contacts again: a merge that one of the two is erased from is
    /// final.
    async fn forget_merges(&mut self, ids: &[Uuid]) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query(
            r#"
            WITH gone AS (
                DELETE FROM crm.contact_merges
                WHERE org_id = $1 AND (winner_id = ANY($2) OR loser_id = ANY($2))
                RETURNING id
            ), alike AS (
                DELETE FROM crm.duplicates
                WHERE org_id = $1 AND (first_id = ANY($2) OR second_id = ANY($2))
            )
            DELETE FROM crm.merged_rows WHERE org_id = $1 AND merge_id IN (SELECT id FROM gone)
            "#,
        )
        .bind(org)
        .bind(ids)
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Records that belonged to nobody else go with the person: an order without its buyer is still
    /// about the buyer. Companies and catalogues stay.
    async fn forget_records(&mut self, ids: &[Uuid]) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query(
            r#"
            WITH own AS (
                SELECT r.id
                FROM crm.record_contacts AS mine
                JOIN crm.records AS r ON r.org_id = $1 AND r.id = mine.record_id
                JOIN crm.objects AS o ON o.org_id = $1 AND o.id = r.object_id AND o.kind = 'records' AND NOT o.built_in
                WHERE mine.org_id = $1
                  AND mine.contact_id = ANY($2)
                  AND NOT EXISTS (
                    SELECT 1 FROM crm.record_contacts AS other
                    WHERE other.org_id = $1 AND other.record_id = r.id AND other.contact_id <> ALL($2))
            ), links AS (
                DELETE FROM crm.record_links
                WHERE org_id = $1 AND (from_record IN (SELECT id FROM own) OR to_record IN (SELECT id FROM own))
            ), traces AS (
                DELETE FROM crm.import_records WHERE org_id = $1 AND record_id IN (SELECT id FROM own)
            )
            DELETE FROM crm.records WHERE org_id = $1 AND id IN (SELECT id FROM own)
            "#,
        )
        .bind(org)
        .bind(ids)
        .execute(self.conn())
        .await?;
        // Imports of companies know whom they linked.
        sqlx::query(
            r#"
            UPDATE crm.import_records
            SET contacts = ARRAY(SELECT c FROM UNNEST(contacts) WITH ORDINALITY AS u (c, n) WHERE c <> ALL($2) ORDER BY n)
            WHERE org_id = $1 AND contacts && $2
            "#,
        )
        .bind(org)
        .bind(ids)
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Takes texts out of what is about others too: selections and views that somebody made by an
    /// address.
    pub async fn forget_mentions(&mut self, texts: &[Replacement]) -> Result<(), DbError> {
        let org = self.org.uuid();
        for Replacement { text, by } in texts {
            sqlx::query(
                r#"
                WITH views AS (
                    UPDATE crm.contact_views SET query = replace(query, $2, $3)
                    WHERE org_id = $1 AND strpos(query, $2) > 0
                ), files AS (
                    UPDATE crm.exports
                    SET selection = replace(selection::text, $2, $3)::jsonb, sentence = replace(sentence, $2, $3)
                    WHERE org_id = $1 AND strpos(concat(selection::text, sentence), $2) > 0
                )
                UPDATE crm.bulk_actions
                SET selection = replace(selection::text, $2, $3)::jsonb, sentence = replace(sentence, $2, $3)
                WHERE org_id = $1 AND strpos(concat(selection::text, sentence), $2) > 0
                "#,
            )
            .bind(org)
            .bind(text)
            .bind(by)
            .execute(self.conn())
            .await?;
        }
        Ok(())
    }

    /// Rows of files and events that were rejected, and what dry runs showed of them.
    async fn forget_rejected(&mut self, texts: &[&str]) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query(
            r#"
            WITH rejects AS (
                DELETE FROM crm.import_rejects AS r
                WHERE r.org_id = $1
                  AND EXISTS (SELECT 1 FROM UNNEST($2::text[]) AS t (text)
                              WHERE strpos(lower(array_to_string(r.cells, ' ')), lower(t.text)) > 0)
            ), traces AS (
                -- What an import found of a record and left of it cannot be given back without them.
                DELETE FROM crm.import_records AS r
                WHERE r.org_id = $1
                  AND EXISTS (SELECT 1 FROM UNNEST($2::text[]) AS t (text)
                              WHERE strpos(lower(concat(r.before::text, r.after::text)), lower(t.text)) > 0)
            ), events AS (
                DELETE FROM crm.event_log AS l
                WHERE l.org_id = $1
                  AND EXISTS (SELECT 1 FROM UNNEST($2::text[]) AS t (text)
                              WHERE strpos(lower(l.raw), lower(t.text)) > 0)
            )
            UPDATE crm.imports AS i
            SET dry_run = NULL, state = CASE i.state WHEN 'checked' THEN 'mapping' ELSE i.state END
            WHERE i.org_id = $1
              AND EXISTS (SELECT 1 FROM UNNEST($2::text[]) AS t (text)
                          WHERE strpos(lower(i.dry_run::text), lower(t.text)) > 0)
            "#,
        )
        .bind(org)
        .bind(texts)
        .execute(self.conn())
        .await?;
        Ok(())
    }

    async fn keep_do_not_contact(
        &mut self,
        people: &[DataSubject],
        phones: &[String],
    ) -> Result<(), DbError> {
        let (org, now) = (self.org.uuid(), self.now());
        let pairs = people
            .iter()
            .flat_map(|person| person.addresses.iter().zip(&person.pseudonyms));
        let (addresses, pseudonyms): (Vec<&str>, Vec<&str>) = pairs
            .map(|(address, pseudonym)| (address.as_str(), pseudonym.as_str()))
            .unzip();
        let phones: Vec<String> = phones
            .iter()
            .map(|phone| {
                phone
                    .chars()
                    .filter(|c| c.is_ascii_digit() || *c == '+')
                    .collect()
            })
            .collect();
        sqlx::query(
            r#"
            WITH erased AS (
                SELECT * FROM UNNEST($2::text[], $3::text[]) AS t (address, pseudonym)
            ), gone AS (
                DELETE FROM crm.do_not_contact AS d
                USING erased
                WHERE d.org_id = $1 AND d.channel = 'email' AND d.address = erased.address
            ), phones AS (
                DELETE FROM crm.do_not_contact
                WHERE org_id = $1 AND channel = 'sms' AND address = ANY($4)
            )
            INSERT INTO crm.do_not_contact (org_id, channel, address, reason, at)
            SELECT DISTINCT $1::uuid, 'email', pseudonym, 'unsubscribed', $5::timestamptz FROM erased
            ON CONFLICT DO NOTHING
            "#,
        )
        .bind(org)
        .bind(&addresses)
        .bind(&pseudonyms)
        .bind(&phones)
        .bind(jiff_sqlx::ToSqlx::to_sqlx(now))
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// The files of exports that are still there; no file while it is being written.
    pub async fn export_files(&mut self) -> Result<Vec<(ExportId, Option<ObjectKey>)>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<(Uuid, Option<Json<ObjectKey>>)> = sqlx::query_as(
            r#"
            SELECT id, object_key FROM crm.exports
            WHERE org_id = $1 AND (object_key IS NOT NULL OR state = 'running')
            ORDER BY id
            "#,
        )
        .bind(org)
        .fetch_all(self.conn())
        .await?;
        Ok(rows
            .into_iter()
            .map(|(id, key)| (id.into(), key.map(|key| key.0)))
            .collect())
    }

    /// The files of imports that are still there.
    pub async fn import_files(&mut self) -> Result<Vec<ImportFile>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<(Uuid, Json<ObjectKey>, String)> = sqlx::query_as(
            "SELECT id, object_key, state FROM crm.imports WHERE org_id = $1 AND object_key IS NOT NULL ORDER BY id",
        )
        .bind(org)
        .fetch_all(self.conn())
        .await?;
        Ok(rows
            .into_iter()
            .map(|(import, key, state)| ImportFile {
                import,
                key: key.0,
                done: matches!(state.as_str(), "finished" | "cancelled" | "failed"),
                busy: matches!(state.as_str(), "uploading" | "checking" | "importing"),
            })
            .collect())
    }

    /// Notes that the file of an import is gone; one that had not begun is cancelled by that.
    pub async fn drop_import_file(&mut self, import: Uuid) -> Result<(), DbError> {
        let (org, now) = (self.org.uuid(), self.now());
        sqlx::query(
            r#"
            UPDATE crm.imports
            SET object_key = NULL,
                finished_at = CASE WHEN state IN ('mapping', 'checked') THEN $3 ELSE finished_at END,
                state = CASE WHEN state IN ('mapping', 'checked') THEN 'cancelled' ELSE state END
            WHERE org_id = $1 AND id = $2
            "#,
        )
        .bind(org)
        .bind(import)
        .bind(jiff_sqlx::ToSqlx::to_sqlx(now))
        .execute(self.conn())
        .await?;
        Ok(())
    }
}

/// The addresses of contacts, in organisations of which somebody was erased.
pub async fn addresses_of(
    tx: &mut Tx,
    contacts: &[(OrgId, ContactId)],
) -> Result<Vec<(OrgId, EmailAddress)>, DbError> {
    let (orgs, ids): (Vec<Uuid>, Vec<Uuid>) =
        contacts.iter().map(|(org, id)| (org.uuid(), id.uuid())).unzip();
    let rows: Vec<(Uuid, String)> = sqlx::query_as(
        r#"
        SELECT c.org_id, c.email
        FROM UNNEST($1::uuid[], $2::uuid[]) AS t (org_id, id)
        JOIN crm.contacts AS c ON c.org_id = t.org_id AND c.id = t.id
        WHERE c.email IS NOT NULL
          AND EXISTS (SELECT 1 FROM crm.erasures AS e WHERE e.org_id = t.org_id)
        "#,
    )
    .bind(&orgs)
    .bind(&ids)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(org, email)| Some((org.into(), EmailAddress::parse(&email).ok()?)))
        .collect())
}

/// Notes addresses whose pseudonym is not to be written to. Returns those.
pub async fn recall(
    tx: &mut Tx,
    pairs: &[(OrgId, EmailAddress, EmailAddress)],
) -> Result<Vec<(OrgId, EmailAddress)>, DbError> {
    let now = tx.now();
    let rows: Vec<(Uuid, String)> = sqlx::query_as(
        r#"
        INSERT INTO crm.do_not_contact (org_id, channel, address, reason, at)
        SELECT DISTINCT t.org_id, 'email', t.address, d.reason, $4::timestamptz
        FROM UNNEST($1::uuid[], $2::text[], $3::text[]) AS t (org_id, address, pseudonym)
        JOIN crm.do_not_contact AS d ON d.org_id = t.org_id AND d.channel = 'email' AND d.address = t.pseudonym
        ON CONFLICT DO NOTHING
        RETURNING org_id, address
        "#,
    )
    .bind(pairs.iter().map(|(org, ..)| org.uuid()).collect::<Vec<Uuid>>())
    .bind(pairs.iter().map(|(_, address, _)| address.as_str()).collect::<Vec<_>>())
    .bind(pairs.iter().map(|(.., pseudonym)| pseudonym.as_str()).collect::<Vec<_>>())
    .bind(jiff_sqlx::ToSqlx::to_sqlx(now))
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(org, email)| Some((org.into(), EmailAddress::parse(&email).ok()?)))
        .collect())
}
