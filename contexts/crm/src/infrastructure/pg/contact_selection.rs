//! Everybody that a filter finds, for jobs that go through them, and how many that are.

use kernel::ContactId;
use platform::DbError;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::{
    CrmTx,
    contact_search::RowTest,
    contact_walk::{Source, push_filters, push_visitors},
};
use crate::domain::contact_list::Filter;

impl CrmTx {
    /// Some of those that a filter finds, in the order of their ids, behind one of them. Going
    /// through all of them reads the table once, however many there are.
    pub async fn ids_matching(
        &mut self,
        filter: &Filter,
        after: Option<ContactId>,
        limit: i64,
    ) -> Result<Vec<ContactId>, DbError> {
        let mut query = self.select("SELECT c.id", filter);
        if let Some(after) = after {
            query.push(" AND c.id > ").push_bind(after.uuid());
        }
        query.push(" ORDER BY c.id LIMIT ").push_bind(limit);
        let ids: Vec<Uuid> = query
            .build_query_scalar()
            .persistent(false)
            .fetch_all(self.conn())
            .await?;
        Ok(ids.into_iter().map(ContactId::from_uuid).collect())
    }

    /// How many a filter finds.
    pub async fn count_found(&mut self, filter: &Filter) -> Result<i64, DbError> {
        Ok(self
            .select("SELECT count(*)", filter)
            .build_query_scalar()
            .persistent(false)
            .fetch_one(self.conn())
            .await?)
    }

    /// How many PostgreSQL's statistics make it expect: there at once, and only about right.
    pub async fn guess_found(&mut self, filter: &Filter) -> Result<i64, DbError> {
        let plan: serde_json::Value = self
            .select("EXPLAIN (FORMAT JSON) SELECT c.id", filter)
            .build_query_scalar()
            // Everybody is asked about with nearly every page, and by one text.
            .persistent(filter.is_plain())
            .fetch_one(self.conn())
            .await?;
        Ok(plan[0]["Plan"]["Plan Rows"].as_i64().unwrap_or_default())
    }

    fn select(&self, what: &'static str, filter: &Filter) -> QueryBuilder<Postgres> {
        let mut query = QueryBuilder::new(what);
        query
            .push(" FROM crm.contacts AS c WHERE c.org_id = ")
            .push_bind(self.org.uuid());
        push_visitors(&mut query, filter.visitors);
        push_filters(&mut query, self.org, filter, Source::Contacts);
        if !filter.search.words.is_empty() {
            RowTest::of(&filter.search).push_to(&mut query);
        }
        query
    }
}
