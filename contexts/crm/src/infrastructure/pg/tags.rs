//! crm.tags and crm.contact_tags. The array on the contact is written by whoever writes the contact.

use jiff_sqlx::ToSqlx;
use kernel::ContactId;
use platform::DbError;
use uuid::Uuid;

use super::CrmTx;
use crate::domain::tag::Tag;

/// Notes tags that contacts have gained.
pub(super) async fn add(tx: &mut CrmTx, gained: &[(ContactId, &Tag)]) -> Result<(), DbError> {
    if gained.is_empty() {
        return Ok(());
    }
    let (ids, tags) = columns(gained);
    let (org, now) = (tx.org.uuid(), tx.now().to_sqlx());
    sqlx::query(
        r#"
        WITH gained AS (
            INSERT INTO crm.contact_tags (org_id, tag, contact_id)
            SELECT $1, tag, contact_id FROM UNNEST($2::text[], $3::uuid[]) AS t (tag, contact_id)
            ON CONFLICT DO NOTHING
        )
        INSERT INTO crm.tags (org_id, name, created_at)
        -- Sorted, so that two transactions meet in the same order.
        SELECT DISTINCT $1, tag COLLATE "C", $4 FROM UNNEST($2::text[]) AS t (tag) ORDER BY 2
        ON CONFLICT DO NOTHING
        "#,
    )
    .bind(org)
    .bind(&tags)
    .bind(&ids)
    .bind(now)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Notes tags that contacts have lost.
pub(super) async fn remove(tx: &mut CrmTx, lost: &[(ContactId, &Tag)]) -> Result<(), DbError> {
    let rows: Vec<(Uuid, &str)> = lost.iter().map(|(id, tag)| (id.uuid(), tag.as_str())).collect();
    remove_rows(tx, &rows).await
}

pub(super) async fn remove_rows(tx: &mut CrmTx, lost: &[(Uuid, &str)]) -> Result<(), DbError> {
    if lost.is_empty() {
        return Ok(());
    }
    let (ids, tags): (Vec<Uuid>, Vec<&str>) = lost.iter().copied().unzip();
    let org = tx.org.uuid();
    sqlx::query(
        r#"
        DELETE FROM crm.contact_tags AS t
        USING UNNEST($2::text[], $3::uuid[]) AS l (tag, contact_id)
        WHERE t.org_id = $1 AND t.tag = l.tag AND t.contact_id = l.contact_id
        "#,
    )
    .bind(org)
    .bind(&tags)
    .bind(&ids)
    .execute(tx.conn())
    .await?;
    Ok(())
}

fn columns<'a>(pairs: &[(ContactId, &'a Tag)]) -> (Vec<Uuid>, Vec<&'a str>) {
    pairs.iter().map(|(id, tag)| (id.uuid(), tag.as_str())).unzip()
}

impl CrmTx {
    /// The tags that exist, by name.
    pub async fn tags(&mut self, limit: i64) -> Result<Vec<String>, DbError> {
        let org = self.org.uuid();
        Ok(
            sqlx::query_scalar("SELECT name FROM crm.tags WHERE org_id = $1 ORDER BY name LIMIT $2")
                .bind(org)
                .bind(limit)
                .fetch_all(self.conn())
                .await?,
        )
    }
}
