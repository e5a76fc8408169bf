//! A walk along an index of crm.contacts, as one statement.

use jiff_sqlx::ToSqlx;
use kernel::{ContactId, OrgId, Timestamp};
use platform::DbError;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::{
    CrmTx,
    contact_search::RowTest,
    contacts::{Row, contact_columns},
    rule_sql::push_rule,
    rule_statement::Statement,
};
use crate::domain::{
    contact::Contact,
    contact_list::{FieldFilter, Filter, Visitors},
};

/// How many rows a filter is tried on for one page of the list, and of a search, which is asked for
/// at every key that is pressed.
pub(super) const LIST_WINDOW: i64 = 5_000;
pub(super) const SEARCH_WINDOW: i64 = 2_000;

/// One walk along an index.
pub(super) struct Walk<'a> {
    pub source: Source<'a>,
    /// The column that is walked along, before the id. None: the id alone.
    pub key: Option<&'static str>,
    pub descending: bool,
    /// Which rows belong to the walk at all.
    pub bounds: Bounds<'a>,
    /// Behind this place.
    pub after: Option<(Key<'a>, Uuid)>,
    pub filter: &'a Filter,
    /// Words that a row must also match, and keys that must not match, by a search.
    pub search: Option<&'a RowTest<'a>>,
    pub limit: i64,
    /// How many rows it passes at most.
    pub window: i64,
}

/// Which table leads.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    Contacts,
    Tag(&'a str),
    Segment(Uuid),
    Ids(&'a [Uuid]),
}

/// The rows of a walk.
pub(super) enum Bounds<'a> {
    All,
    KeyIsNull,
    KeyIsNotNull,
    /// The key begins so.
    Prefix(&'a str),
}

/// A value of the key.
pub(super) enum Key<'a> {
    None,
    Text(&'a str),
    Time(Timestamp),
}

/// A row that a walk passed.
#[derive(sqlx::FromRow)]
pub(super) struct Passed {
    #[sqlx(flatten)]
    row: Row,
    pub position_key: Option<String>,
    /// Whether it passed the filters; one that did not marks the end of the window.
    pub hit: bool,
}

impl Passed {
    pub fn updated_at(&self) -> Timestamp {
        self.row.updated_at()
    }

    pub fn id(&self) -> ContactId {
        self.row.id.into()
    }

    pub fn into_contact(self) -> Result<Contact, DbError> {
        self.row.try_into()
    }
}

impl CrmTx {
    pub(super) async fn walk(&mut self, walk: Walk<'_>) -> Result<Vec<Passed>, DbError> {
        let mut query = walk.query(self.org);
        // Without filters there are few texts, and nearly all lists are asked for without; of the others
        // there are too many to be kept.
        let is_common = walk.filter.is_plain() && walk.search.is_none();
        Ok(query
            .build_query_as()
            .persistent(is_common)
            .fetch_all(self.conn())
            .await?)
    }
}

impl Walk<'_> {
    fn query(&self, org: OrgId) -> QueryBuilder<Postgres> {
        // Only the names of columns, which stand in this program, and placeholders make up the text.
        let direction = if self.descending { "DESC" } else { "ASC" };
        let order = |table: &str, id: &str| match self.key {
            Some(key) => format!("{table}.{key} {direction}, {id} {direction}"),
            None => format!("{id} {direction}"),
        };
        let position_key = match self.key {
            None | Some("updated_at") => "NULL::text".to_owned(),
            Some(key) => format!("c.{key}"),
        };
        let inner = order("c", self.id());
        let mut query = QueryBuilder::new(concat!(
            "SELECT ",
            contact_columns!(),
            ", c.position_key, c.hit FROM ("
        ));
        query.push(format!("SELECT c.*, {position_key} AS position_key, ((true"));
        push_filters(&mut query, org, self.filter, self.source);
        if let Some(test) = self.search {
            test.push_to(&mut query);
        }
        // Counts along the walk: it goes on until the page is full or the window ends.
        query.push(format!(
            ") IS TRUE) AS hit, row_number() OVER (ORDER BY {inner}) AS n FROM "
        ));
        self.push_source(&mut query, org.uuid());
        push_visitors(&mut query, self.filter.visitors);
        self.push_bounds(&mut query);
        query
            .push(format!(" ORDER BY {inner} LIMIT "))
            .push_bind(self.window);
        query.push(") AS c WHERE c.hit OR c.n = ").push_bind(self.window);
        // The order that the walk has already, so that nothing is sorted and it may stop early.
        query
            .push(format!(" ORDER BY {} LIMIT ", order("c", "c.id")))
            .push_bind(self.limit);
        query
    }

    const fn id(&self) -> &'static str {
        match self.source {
            Source::Contacts | Source::Ids(_) => "c.id",
            // Of equal ids the one that the leading index has.
            Source::Tag(_) | Source::Segment(_) => "t.contact_id",
        }
    }

    fn push_source(&self, query: &mut QueryBuilder<Postgres>, org: Uuid) {
        match self.source {
            Source::Contacts => {
                query.push("crm.contacts AS c WHERE c.org_id = ").push_bind(org);
            }
            // Fetched first and sorted then, whatever the planner thinks of walking another index.
            Source::Ids(ids) => {
                query.push("(WITH found AS MATERIALIZED (SELECT * FROM crm.contacts WHERE org_id = ");
                query
                    .push_bind(org)
                    .push(" AND id = ANY(")
                    .push_bind(ids.to_vec());
                query.push(")) SELECT * FROM found) AS c WHERE true");
            }
            Source::Tag(tag) => {
                query.push("crm.contact_tags AS t JOIN crm.contacts AS c ON c.org_id = t.org_id AND c.id = t.contact_id");
                query.push(" WHERE t.org_id = ").push_bind(org);
                query.push(" AND t.tag = ").push_bind(tag.to_owned());
            }
            Source::Segment(segment) => {
                query.push(
                    "crm.segment_members AS t JOIN crm.contacts AS c ON c.org_id = t.org_id AND c.id = t.contact_id",
                );
                query.push(" WHERE t.org_id = ").push_bind(org);
                query.push(" AND t.segment_id = ").push_bind(segment);
            }
        }
    }

    fn push_bounds(&self, query: &mut QueryBuilder<Postgres>) {
        let key = self.key.unwrap_or("email");
        match self.bounds {
            Bounds::All => {}
            Bounds::KeyIsNull => {
                query.push(format!(" AND c.{key} IS NULL"));
            }
            Bounds::KeyIsNotNull => {
                query.push(format!(" AND c.{key} IS NOT NULL"));
            }
            Bounds::Prefix(prefix) => push_prefix(query, key, prefix),
        }
        let beyond = if self.descending { "<" } else { ">" };
        match &self.after {
            None => {}
            Some((Key::None, id)) => {
                query.push(format!(" AND {} {beyond} ", self.id())).push_bind(*id);
            }
            Some((value, id)) => {
                query.push(format!(" AND (c.{key}, c.id) {beyond} ("));
                match value {
                    Key::Text(text) => query.push_bind((*text).to_owned()),
                    Key::Time(at) => query.push_bind(at.to_sqlx()),
                    Key::None => query.push("NULL"),
                };
                query.push(", ").push_bind(*id).push(")");
            }
        }
    }
}

/// Which rows are walked along at all: unlike a filter, it does not count towards the window, since
/// an index has only these.
pub(super) fn push_visitors(query: &mut QueryBuilder<Postgres>, visitors: Visitors) {
    match visitors {
        Visitors::Hidden => query.push(" AND NOT c.anonymous"),
        Visitors::Only => query.push(" AND c.anonymous"),
        Visitors::Included => query,
    };
}

/// All of a filter but its search, save for what the source has answered already.
pub(super) fn push_filters(
    query: &mut QueryBuilder<Postgres>,
    org: OrgId,
    filter: &Filter,
    source: Source<'_>,
) {
    if let (Some(tag), false) = (&filter.tag, matches!(source, Source::Tag(_))) {
        query
            .push(" AND c.tags @> ARRAY[")
            .push_bind(tag.as_str().to_owned())
            .push("]");
    }
    if let (Some(segment), false) = (filter.segment, matches!(source, Source::Segment(_))) {
        query.push(
            " AND EXISTS (SELECT 1 FROM crm.segment_members AS m WHERE m.org_id = c.org_id AND m.contact_id = c.id AND m.segment_id = ",
        );
        query.push_bind(segment.uuid()).push(")");
    }
    for field in &filter.fields {
        match field {
            FieldFilter::Text(field, value) => {
                query.push(format!(" AND lower(c.{}) = lower(", field.key()));
                query.push_bind(value.clone()).push(")");
            }
            FieldFilter::Attribute { key, value, among } => {
                query
                    .push(" AND COALESCE(c.attributes -> ")
                    .push_bind(key.clone());
                query
                    .push(if *among { " @> " } else { " = " })
                    .push_bind(value.clone())
                    .push(", false)");
            }
        }
    }
    if let Some(matching) = &filter.rule {
        let mut rule = Statement::of(org);
        push_rule(&mut rule, &matching.rule, &matching.at);
        query.push(" AND ");
        rule.push_onto(query);
    }
}

/// A range of the index instead of a LIKE, which row-level security keeps from using one.
pub(super) fn push_prefix(query: &mut QueryBuilder<Postgres>, key: &str, prefix: &str) {
    query
        .push(format!(" AND c.{key} >= "))
        .push_bind(prefix.to_owned());
    query
        .push(format!(" AND c.{key} < "))
        .push_bind(format!("{prefix}{}", char::MAX));
}
