//! What stands around the list of contacts, by one statement: a page is asked for often, and each way
//! to the database and back takes as long as reading the fifty contacts of it.

use std::collections::HashMap;

use kernel::{SegmentId, UserId};
use platform::DbError;
use uuid::Uuid;

use super::CrmTx;
use crate::domain::contact_view::ContactView;

/// The views, the choices of the filters, and who of the page may not be written to.
#[derive(Debug, Default)]
pub struct ListFrame {
    /// The person's own, and those that are shared; by name.
    pub views: Vec<ContactView>,
    /// As [`CrmTx::tags`] has them.
    pub tags: Vec<String>,
    /// As [`CrmTx::segment_names`] has them.
    pub segments: Vec<(SegmentId, String)>,
    /// Addresses of the page that may not be written to, and why.
    pub unreachable: HashMap<String, String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    kind: String,
    id: Option<Uuid>,
    name: String,
    text: Option<String>,
    owner_id: Option<Uuid>,
    shared: Option<bool>,
}

impl CrmTx {
    /// All of it: the views that somebody sees, so many tags, and what is known of the addresses. Without
    /// a number of tags, the filters are not shown, and neither tags nor segments are read.
    pub async fn contact_list_frame(
        &mut self,
        user: Option<UserId>,
        most_tags: Option<i64>,
        emails: &[&str],
    ) -> Result<ListFrame, DbError> {
        let org = self.org.uuid();
        let rows: Vec<Row> = sqlx::query_as(
            r#"
            SELECT kind, id, name, text, owner_id, shared
            FROM (
                (SELECT 'view' AS kind, row_number() OVER (ORDER BY lower(name), id) AS n,
                        id, name, query AS text, owner_id, shared
                 FROM crm.contact_views
                 WHERE org_id = $1 AND (shared OR owner_id = $2)
                 ORDER BY n
                 LIMIT 200)
                UNION ALL
                (SELECT 'tag', row_number() OVER (ORDER BY name), NULL, name, NULL, NULL, NULL
                 FROM crm.tags
                 WHERE org_id = $1
                 ORDER BY name
                 LIMIT COALESCE($3, 0))
                UNION ALL
                SELECT 'segment', row_number() OVER (ORDER BY lower(name)), id, name, NULL, NULL, NULL
                FROM crm.segments
                WHERE org_id = $1 AND $3::bigint IS NOT NULL
                UNION ALL
                SELECT 'refusal', 0, NULL, address, reason, NULL, NULL
                FROM crm.do_not_contact
                WHERE org_id = $1 AND channel = 'email' AND address = ANY($4)
            ) AS frame
            ORDER BY kind, n
            "#,
        )
        .bind(org)
        .bind(user.map(|user| user.uuid()))
        .bind(most_tags)
        .bind(emails)
        .fetch_all(self.conn())
        .await?;
        let mut frame = ListFrame::default();
        for row in rows {
            match (row.kind.as_str(), row.id, row.text) {
                ("view", Some(id), Some(query)) => frame.views.push(ContactView {
                    id: id.into(),
                    name: row.name,
                    query,
                    owner: row.owner_id.unwrap_or_default().into(),
                    shared: row.shared.unwrap_or_default(),
                }),
                ("tag", ..) => frame.tags.push(row.name),
                ("segment", Some(id), _) => frame.segments.push((id.into(), row.name)),
                (_, _, reason) => {
                    frame.unreachable.insert(row.name, reason.unwrap_or_default());
                }
            }
        }
        Ok(frame)
    }
}
