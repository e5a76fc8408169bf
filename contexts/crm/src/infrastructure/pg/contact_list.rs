//! Pages of the list of contacts, at a cost that does not grow with the number of contacts.
//!
//! A page is a walk along an index, never a sort of everything and never a count. A filter that the
//! index does not answer is tried on the rows that the walk passes, at most [`WINDOW`] of them; when
//! the page is not full by then, its cursor says where to go on looking.

use jiff_sqlx::ToSqlx;
use kernel::ContactId;
use platform::DbError;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::{
    CrmTx,
    contacts::{Row, contact_columns},
};
use crate::domain::{
    contact::Contact,
    contact_list::{FieldFilter, Filter, Order, Place, Position, SortBy},
};

/// How many rows a filter is tried on for one page.
pub(super) const WINDOW: i64 = 20_000;
/// Sets up to this size are fetched whole and sorted.
pub(super) const FEW: i64 = 500;

/// Some contacts of a list.
#[derive(Debug, Default)]
pub struct ContactPage {
    pub contacts: Vec<Contact>,
    /// Where the next page begins.
    pub next: Option<Position>,
    /// Where the page before begins.
    pub previous: Option<Position>,
    /// The search finds so many that they come by what was matched, not in the order asked for.
    pub unsorted: bool,
}

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
    pub search: Option<&'a super::contact_search::RowTest<'a>>,
    pub limit: i64,
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
    Time(kernel::Timestamp),
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
    pub fn id(&self) -> ContactId {
        self.row.id.into()
    }

    pub fn into_contact(self) -> Result<Contact, DbError> {
        self.row.try_into()
    }
}

impl CrmTx {
    /// A page of the contacts that a filter lets through.
    pub async fn list_contacts(
        &mut self,
        filter: &Filter,
        order: Order,
        from: Option<&Position>,
        limit: i64,
    ) -> Result<ContactPage, DbError> {
        if !filter.search.words.is_empty() {
            return self.search_contacts(filter, order, from, limit).await;
        }
        let few;
        let source = match (order.by, &filter.tag, filter.segment) {
            (SortBy::Created, Some(tag), _) => Source::Tag(tag.as_str()),
            (SortBy::Created, None, Some(segment)) => Source::Segment(segment.uuid()),
            (_, None, None) => Source::Contacts,
            (_, tag, segment) => {
                few = self
                    .few_of(tag.as_ref().map(|t| t.as_str()), segment.map(|s| s.uuid()))
                    .await?;
                few.as_deref().map_or(Source::Contacts, Source::Ids)
            }
        };
        self.walk_in_order(source, filter, None, order, from, limit).await
    }

    /// The ids of a tag's or segment's contacts, when they are few.
    async fn few_of(
        &mut self,
        tag: Option<&str>,
        segment: Option<Uuid>,
    ) -> Result<Option<Vec<Uuid>>, DbError> {
        let org = self.org.uuid();
        let ids: Vec<Uuid> = match (tag, segment) {
            (Some(tag), _) => {
                sqlx::query_scalar(
                    "SELECT contact_id FROM crm.contact_tags WHERE org_id = $1 AND tag = $2 LIMIT $3",
                )
                .bind(org)
                .bind(tag)
                .bind(FEW + 1)
                .fetch_all(self.conn())
                .await?
            }
            (None, segment) => sqlx::query_scalar(
                "SELECT contact_id FROM crm.segment_members WHERE org_id = $1 AND segment_id = $2 LIMIT $3",
            )
            .bind(org)
            .bind(segment)
            .bind(FEW + 1)
            .fetch_all(self.conn())
            .await?,
        };
        Ok((ids.len() as i64 <= FEW).then_some(ids))
    }

    /// A page in one of the list's orders. Those without an address are a walk of their own, behind
    /// the others.
    pub(super) async fn walk_in_order(
        &mut self,
        source: Source<'_>,
        filter: &Filter,
        search: Option<&super::contact_search::RowTest<'_>>,
        order: Order,
        from: Option<&Position>,
        limit: i64,
    ) -> Result<ContactPage, DbError> {
        let backward = from.is_some_and(|from| from.backward);
        let mut found: Vec<Passed> = Vec::new();
        for part in parts(order, from) {
            let wanted = limit + 1 - found.len() as i64;
            if wanted <= 0 || found.last().is_some_and(|last| !last.hit) {
                break;
            }
            let walk = Walk {
                source,
                key: part.key,
                descending: part.descending != backward,
                bounds: part.bounds,
                after: part.after,
                filter,
                search,
                limit: wanted,
            };
            found.extend(self.walk(walk).await?);
        }
        page(found, order, from, limit)
    }

    pub(super) async fn walk(&mut self, walk: Walk<'_>) -> Result<Vec<Passed>, DbError> {
        let mut query = walk.query(self.org.uuid());
        Ok(query
            .build_query_as()
            .persistent(false)
            .fetch_all(self.conn())
            .await?)
    }
}

struct Part<'a> {
    key: Option<&'static str>,
    descending: bool,
    bounds: Bounds<'a>,
    after: Option<(Key<'a>, Uuid)>,
}

/// The walks that make up an order, in the order in which they are gone.
fn parts(order: Order, from: Option<&Position>) -> Vec<Part<'_>> {
    let one = |key, bounds, after| Part {
        key,
        descending: order.descending,
        bounds,
        after,
    };
    let after = from.map(|from| (key(&from.place), from.id.uuid()));
    match order.by {
        SortBy::Created => vec![one(None, Bounds::All, after)],
        SortBy::Updated => vec![one(Some("updated_at"), Bounds::All, after)],
        SortBy::Name => vec![one(Some("name_key"), Bounds::All, after)],
        SortBy::Email => {
            let with = |after| one(Some("email"), Bounds::KeyIsNotNull, after);
            let without = |after| Part {
                descending: false,
                ..one(None, Bounds::KeyIsNull, after)
            };
            match from {
                None => vec![with(None), without(None)],
                Some(Position {
                    place: Place::Email(None),
                    backward: true,
                    ..
                }) => vec![without(after), with(None)],
                Some(Position {
                    place: Place::Email(None),
                    backward: false,
                    ..
                }) => vec![without(after)],
                Some(Position { backward: true, .. }) => vec![with(after)],
                Some(_) => vec![with(after), without(None)],
            }
        }
    }
}

fn key(place: &Place) -> Key<'_> {
    match place {
        Place::Created | Place::Email(None) => Key::None,
        Place::Updated(at) => Key::Time(*at),
        Place::Name(text) | Place::Email(Some(text)) | Place::Match(_, text) => Key::Text(text),
    }
}

fn page(
    mut found: Vec<Passed>,
    order: Order,
    from: Option<&Position>,
    limit: i64,
) -> Result<ContactPage, DbError> {
    let backward = from.is_some_and(|from| from.backward);
    let full = found.len() as i64 > limit;
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    // The window's end is a place to go on from, not a contact of the page.
    let more = full || found.last().is_some_and(|last| !last.hit);
    let end = found.last().filter(|_| more).map(|row| position(row, order));
    found.retain(|row| row.hit);
    if backward {
        found.reverse();
    }
    let edge = |row: Option<&Passed>| row.map(|row| position(row, order));
    let (next, previous) = if backward {
        (
            edge(found.last()).or_else(|| {
                from.cloned().map(|from| Position {
                    backward: false,
                    ..from
                })
            }),
            end,
        )
    } else {
        (end, from.and_then(|_| edge(found.first())))
    };
    Ok(ContactPage {
        next: next.map(|position| Position {
            backward: false,
            ..position
        }),
        previous: previous.map(|position| Position {
            backward: true,
            ..position
        }),
        contacts: found
            .into_iter()
            .map(Passed::into_contact)
            .collect::<Result<_, _>>()?,
        unsorted: false,
    })
}

fn position(row: &Passed, order: Order) -> Position {
    let place = match order.by {
        SortBy::Created => Place::Created,
        SortBy::Updated => Place::Updated(row.row.updated_at()),
        SortBy::Name => Place::Name(row.position_key.clone().unwrap_or_default()),
        SortBy::Email => Place::Email(row.position_key.clone()),
    };
    Position {
        place,
        id: row.id(),
        backward: false,
    }
}

impl Walk<'_> {
    fn query(&self, org: Uuid) -> QueryBuilder<Postgres> {
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
        query.push(format!("SELECT c.*, {position_key} AS position_key, (true"));
        self.push_filters(&mut query);
        // Counts along the walk: it goes on until the page is full or the window ends.
        query.push(format!(
            ") AS hit, row_number() OVER (ORDER BY {inner}) AS n FROM "
        ));
        self.push_source(&mut query, org);
        self.push_bounds(&mut query);
        query.push(format!(" ORDER BY {inner} LIMIT ")).push_bind(WINDOW);
        query.push(") AS c WHERE c.hit OR c.n = ").push_bind(WINDOW);
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
            Source::Contacts | Source::Ids(_) => {
                query.push("crm.contacts AS c WHERE c.org_id = ").push_bind(org);
                if let Source::Ids(ids) = self.source {
                    query.push(" AND c.id = ANY(").push_bind(ids.to_vec()).push(")");
                }
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

    fn push_filters(&self, query: &mut QueryBuilder<Postgres>) {
        if let (Some(tag), false) = (&self.filter.tag, matches!(self.source, Source::Tag(_))) {
            query
                .push(" AND c.tags @> ARRAY[")
                .push_bind(tag.as_str().to_owned())
                .push("]");
        }
        if let (Some(segment), false) = (self.filter.segment, matches!(self.source, Source::Segment(_))) {
            query.push(
                " AND EXISTS (SELECT 1 FROM crm.segment_members AS m WHERE m.org_id = c.org_id AND m.contact_id = c.id AND m.segment_id = ",
            );
            query.push_bind(segment.uuid()).push(")");
        }
        for field in &self.filter.fields {
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
        if let Some(test) = self.search {
            test.push_to(query);
        }
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
