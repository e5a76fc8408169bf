//! Forgetting people in what the platform keeps, and looking whether anything of them is left
//! anywhere.
//!
//! What is kept for a while (facts, jobs, answers to repeated requests) is rewritten or deleted here.
//! The scan asks the database which tables there are, so that one that is added tomorrow is looked at
//! without anybody thinking of it.

use std::path::Path;

use kernel::OrgId;
use sqlx::{AssertSqlSafe, PgConnection};

use crate::db::{DbError, Tx};

/// A text that tells who somebody is, and what is written in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// An address, a phone number.
    pub text: String,
    /// Of the same form, so that what reads it still can.
    pub by: String,
}

/// Takes people out of facts, jobs and kept answers of an organisation: by their identifiers as the
/// API shows them, and by texts that tell who they are. Facts that were not read yet are still told,
/// about a pseudonym.
pub async fn forget(tx: &mut Tx, org: OrgId, ids: &[String], texts: &[Replacement]) -> Result<(), DbError> {
    let plain: Vec<&str> = texts.iter().map(|text| text.text.as_str()).collect();
    let mentions: Vec<&str> = ids
        .iter()
        .map(String::as_str)
        .chain(plain.iter().copied())
        .collect();
    sqlx::query(
        r#"
        DELETE FROM platform.idempotency_keys AS k
        USING UNNEST($2::text[]) AS m (text)
        WHERE k.org_id = $1 AND (position(convert_to(m.text, 'UTF8') IN k.body) > 0 OR strpos(k.location, m.text) > 0)
        "#,
    )
    .bind(org.uuid())
    .bind(&mentions)
    .execute(tx.conn())
    .await?;
    sqlx::query(
        r#"
        DELETE FROM platform.jobs AS j
        USING UNNEST($2::text[]) AS m (text)
        WHERE j.org_id = $1
          AND j.state IN ('succeeded', 'failed', 'cancelled')
          AND strpos(concat(j.payload::text, j.checkpoint::text, j.error, j.label, j.link), m.text) > 0
        "#,
    )
    .bind(org.uuid())
    .bind(&plain)
    .execute(tx.conn())
    .await?;
    // One pass for each text: a person has a handful, and a row may hold several of them.
    for Replacement { text, by } in texts {
        rewrite(tx, org, text, by).await?;
    }
    Ok(())
}

async fn rewrite(tx: &mut Tx, org: OrgId, text: &str, by: &str) -> Result<(), DbError> {
    sqlx::query(
        r#"
        WITH facts AS (
            UPDATE platform.outbox
            SET payload = replace(payload::text, $2, $3)::jsonb
            WHERE org_id = $1 AND strpos(payload::text, $2) > 0
        ), letters AS (
            UPDATE platform.dead_letters
            SET payload = replace(payload::text, $2, $3)::jsonb, error = replace(error, $2, $3)
            WHERE org_id = $1 AND (strpos(payload::text, $2) > 0 OR strpos(error, $2) > 0)
        )
        UPDATE platform.jobs
        SET payload = replace(payload::text, $2, $3)::jsonb,
            checkpoint = replace(checkpoint::text, $2, $3)::jsonb,
            error = replace(error, $2, $3),
            label = replace(label, $2, $3),
            link = replace(link, $2, $3)
        WHERE org_id = $1 AND strpos(concat(payload::text, checkpoint::text, error, label, link), $2) > 0
        "#,
    )
    .bind(org.uuid())
    .bind(text)
    .bind(by)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Where something was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Residue {
    /// `crm.contacts`, or the path of a file.
    pub place: String,
    /// How many rows of it.
    pub rows: i64,
}

/// What a scan found.
#[derive(Clone, Debug, Default)]
pub struct Scan {
    /// How many tables were looked at.
    pub tables: usize,
    /// How many files were.
    pub files: usize,
    /// Where something is left; empty when all is well.
    pub found: Vec<Residue>,
}

/// Looks for texts in every column of every table that the connection may read, whatever the case of
/// their letters, also in what is stored as bytes. With an organisation, only in its rows. Reads
/// everything: an operator's tool, not a request's.
pub async fn scan_tables(
    connection: &mut PgConnection,
    org: Option<OrgId>,
    texts: &[String],
) -> Result<Scan, DbError> {
    let tables: Vec<(String, String, bool)> = sqlx::query_as(
        r#"
        SELECT n.nspname, c.relname,
               EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'org_id')
        FROM pg_class AS c
        JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p')
          AND NOT c.relispartition
          AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
          AND n.nspname NOT LIKE 'pg_temp%'
          AND has_table_privilege(c.oid, 'SELECT')
        ORDER BY n.nspname, c.relname
        "#,
    )
    .fetch_all(&mut *connection)
    .await?;
    let lowered: Vec<String> = texts.iter().map(|text| text.to_lowercase()).collect();
    // A column of bytes is shown in hexadecimal.
    let hexed = texts.iter().map(|text| hex(text.as_bytes()));
    let needles: Vec<String> = lowered.iter().cloned().chain(hexed).collect();
    let mut scan = Scan::default();
    for (schema, table, has_org) in tables {
        let whose = match org.filter(|_| has_org) {
            Some(org) => format!("x.org_id = '{}' AND ", org.uuid()),
            None => String::new(),
        };
        // Names come from the catalogue and are quoted; what is looked for is bound.
        let statement = format!(
            "SELECT count(*) FROM {}.{} AS x WHERE {whose}EXISTS \
             (SELECT 1 FROM UNNEST($1::text[]) AS n (text) WHERE strpos(lower(x::text), n.text) > 0)",
            quoted(&schema),
            quoted(&table)
        );
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(statement))
            .bind(&needles)
            .persistent(false)
            .fetch_one(&mut *connection)
            .await?;
        scan.tables += 1;
        if rows > 0 {
            scan.found.push(Residue {
                place: format!("{schema}.{table}"),
                rows,
            });
        }
    }
    Ok(scan)
}

/// Looks for texts in every file below a folder, also inside of what is encoded as UTF-16. A folder
/// that is not there holds nothing.
pub fn scan_files(folder: &Path, texts: &[String]) -> std::io::Result<Scan> {
    let mut scan = Scan::default();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            scan.files += 1;
            if holds(&std::fs::read(&path)?, texts) {
                scan.found.push(Residue {
                    place: path.display().to_string(),
                    rows: 1,
                });
            }
        }
    }
    Ok(scan)
}

/// Whether bytes hold one of the texts, whatever the case of its letters.
#[must_use]
pub fn holds(bytes: &[u8], texts: &[String]) -> bool {
    let lowered = bytes.to_ascii_lowercase();
    texts.iter().any(|text| {
        let text = text.to_lowercase();
        let wide: Vec<u16> = text.encode_utf16().collect();
        let little: Vec<u8> = wide.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = wide.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        [text.as_bytes(), &little, &big]
            .iter()
            .any(|needle| !needle.is_empty() && contains(&lowered, needle))
    })
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    let first = needle[0];
    let mut rest = haystack;
    while let Some(at) = rest.iter().position(|byte| *byte == first) {
        rest = &rest[at..];
        if rest.starts_with(needle) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn a_text_is_found_however_it_is_written() {
        let needle = ["ann@example.com".to_owned()];
        assert!(holds(b"name;ANN@Example.com\n", &needle));
        let wide: Vec<u8> = "x ann@example.com"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert!(holds(&wide, &needle));
        assert!(!holds(b"bann@example.co", &needle));
        assert!(!holds(b"", &needle));
    }
}
