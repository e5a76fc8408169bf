//! crm.record_links: how records relate to each other.

use std::collections::HashSet;

use jiff_sqlx::ToSqlx;
use kernel::{RecordId, RelationId};
use platform::DbError;
use uuid::Uuid;

use super::{
    CrmTx,
    records::{Row, record_columns},
};
use crate::domain::{record::Record, record_item::Link};

/// What linking records did.
#[derive(Clone, Debug, Default)]
pub struct Relinked {
    pub new: Vec<Link>,
    /// Of relations of which a record has at most one.
    pub ended: Vec<Link>,
}

/// A record that a record is linked with.
#[derive(Clone, Debug)]
pub struct LinkedTo {
    pub relation: RelationId,
    /// The record asked for is the relation's first.
    pub forward: bool,
    /// The one asked for.
    pub of: RecordId,
    pub record: Record,
}

impl CrmTx {
    /// Links records. Of relations that are single, other links of the same record end.
    pub async fn link_records(&mut self, links: &[Link], single: &[RelationId]) -> Result<Relinked, DbError> {
        if links.is_empty() {
            return Ok(Relinked::default());
        }
        let (relations, from, to) = columns(links);
        let single: Vec<Uuid> = single.iter().map(|id| id.uuid()).collect();
        let (org, now) = (self.org.uuid(), self.now().to_sqlx());
        let parted: Vec<(Uuid, Uuid, Uuid)> = sqlx::query_as(
            r#"
            DELETE FROM crm.record_links AS k
            USING UNNEST($2::uuid[], $3::uuid[], $4::uuid[]) AS l (relation_id, from_record, to_record)
            WHERE k.org_id = $1 AND k.relation_id = l.relation_id AND k.from_record = l.from_record
              AND k.to_record <> l.to_record AND k.relation_id = ANY($5)
            RETURNING k.relation_id, k.from_record, k.to_record
            "#,
        )
        .bind(org)
        .bind(&relations)
        .bind(&from)
        .bind(&to)
        .bind(&single)
        .fetch_all(self.conn())
        .await?;
        let rows: Vec<(Uuid, Uuid, Uuid)> = sqlx::query_as(
            r#"
            INSERT INTO crm.record_links (org_id, relation_id, from_record, to_record, linked_at)
            SELECT DISTINCT $1, l.relation_id, l.from_record, l.to_record, $5
            FROM UNNEST($2::uuid[], $3::uuid[], $4::uuid[]) AS l (relation_id, from_record, to_record)
            ON CONFLICT DO NOTHING
            RETURNING relation_id, from_record, to_record
            "#,
        )
        .bind(org)
        .bind(&relations)
        .bind(&from)
        .bind(&to)
        .bind(now)
        .fetch_all(self.conn())
        .await?;
        Ok(Relinked {
            new: rows.into_iter().map(link).collect(),
            ended: parted.into_iter().map(link).collect(),
        })
    }

    /// Those of some links that exist.
    pub async fn links_among(&mut self, links: &[Link]) -> Result<HashSet<Link>, DbError> {
        if links.is_empty() {
            return Ok(HashSet::new());
        }
        let (relations, from, to) = columns(links);
        let org = self.org.uuid();
        let rows: Vec<(Uuid, Uuid, Uuid)> = sqlx::query_as(
            r#"
            SELECT k.relation_id, k.from_record, k.to_record
            FROM UNNEST($2::uuid[], $3::uuid[], $4::uuid[]) AS l (relation_id, from_record, to_record)
            JOIN crm.record_links AS k
              ON k.org_id = $1 AND k.relation_id = l.relation_id AND k.from_record = l.from_record
             AND k.to_record = l.to_record
            "#,
        )
        .bind(org)
        .bind(&relations)
        .bind(&from)
        .bind(&to)
        .fetch_all(self.conn())
        .await?;
        Ok(rows.into_iter().map(link).collect())
    }

    /// Takes links away. Returns those that existed.
    pub async fn unlink_records(&mut self, links: &[Link]) -> Result<Vec<Link>, DbError> {
        let (relations, from, to) = columns(links);
        let org = self.org.uuid();
        let rows: Vec<(Uuid, Uuid, Uuid)> = sqlx::query_as(
            r#"
            DELETE FROM crm.record_links AS k
            USING UNNEST($2::uuid[], $3::uuid[], $4::uuid[]) AS l (relation_id, from_record, to_record)
            WHERE k.org_id = $1 AND k.relation_id = l.relation_id AND k.from_record = l.from_record
              AND k.to_record = l.to_record
            RETURNING k.relation_id, k.from_record, k.to_record
            "#,
        )
        .bind(org)
        .bind(&relations)
        .bind(&from)
        .bind(&to)
        .fetch_all(self.conn())
        .await?;
        Ok(rows.into_iter().map(link).collect())
    }

    /// What records are linked with, from either side: of each relation at most `most` a record, the
    /// newest first.
    pub async fn linked_records(&mut self, of: &[RecordId], most: i64) -> Result<Vec<LinkedTo>, DbError> {
        #[derive(sqlx::FromRow)]
        struct Linked {
            relation_id: Uuid,
            forward: bool,
            of_record: Uuid,
            #[sqlx(flatten)]
            row: Row,
        }
        let of: Vec<Uuid> = of.iter().map(|id| id.uuid()).collect();
        let org = self.org.uuid();
        let rows: Vec<Linked> = sqlx::query_as(concat!(
            "SELECT l.relation_id, l.forward, l.of_record, ",
            record_columns!(),
            " FROM ( \
                SELECT relation_id, forward, of_record, other, \
                       row_number() OVER (PARTITION BY of_record, relation_id, forward ORDER BY other DESC) AS n \
                FROM ( \
                    SELECT k.relation_id, true AS forward, k.from_record AS of_record, k.to_record AS other \
                    FROM crm.relations AS x JOIN crm.record_links AS k ON k.org_id = $1 AND k.relation_id = x.id \
                    WHERE x.org_id = $1 AND k.from_record = ANY($2) \
                    UNION ALL \
                    SELECT k.relation_id, false, k.to_record, k.from_record FROM crm.record_links AS k \
                    WHERE k.org_id = $1 AND k.to_record = ANY($2) \
                ) AS both_sides \
              ) AS l \
              JOIN crm.records AS r ON r.org_id = $1 AND r.id = l.other \
              WHERE l.n <= $3 ORDER BY l.of_record, l.relation_id, l.forward DESC, r.id DESC"
        ))
        .bind(org)
        .bind(&of)
        .bind(most)
        .fetch_all(self.conn())
        .await?;
        rows.into_iter()
            .map(|linked| {
                Ok(LinkedTo {
                    relation: linked.relation_id.into(),
                    forward: linked.forward,
                    of: linked.of_record.into(),
                    record: Record::try_from(linked.row)?,
                })
            })
            .collect()
    }

    /// Gives the links of one record to another.
    pub async fn move_links(&mut self, from: RecordId, to: RecordId) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query(
            r#"
            WITH had AS (
                DELETE FROM crm.record_links
                WHERE org_id = $1 AND (from_record = $2 OR to_record = $2)
                RETURNING relation_id, from_record, to_record, linked_at
            )
            INSERT INTO crm.record_links (org_id, relation_id, from_record, to_record, linked_at)
            SELECT $1, relation_id,
                   CASE WHEN from_record = $2 THEN $3 ELSE from_record END,
                   CASE WHEN to_record = $2 THEN $3 ELSE to_record END, linked_at
            FROM had
            ON CONFLICT DO NOTHING
            "#,
        )
        .bind(org)
        .bind(from.uuid())
        .bind(to.uuid())
        .execute(self.conn())
        .await?;
        Ok(())
    }
}

fn columns(links: &[Link]) -> (Vec<Uuid>, Vec<Uuid>, Vec<Uuid>) {
    (
        links.iter().map(|link| link.relation.uuid()).collect(),
        links.iter().map(|link| link.from.uuid()).collect(),
        links.iter().map(|link| link.to.uuid()).collect(),
    )
}

fn link((relation, from, to): (Uuid, Uuid, Uuid)) -> Link {
    Link {
        relation: relation.into(),
        from: from.into(),
        to: to.into(),
    }
}
