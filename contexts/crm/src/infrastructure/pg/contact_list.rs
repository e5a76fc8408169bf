//! Pages of the list of contacts, at a cost that does not grow with the number of contacts.
//!
//! A page is a walk along an index, never a sort of everything and never a count. A filter that the
//! index does not answer is tried on the rows that the walk passes, at most [`LIST_WINDOW`] of them; when
//! the page is not full by then, its cursor says where to go on looking.

use std::time::Duration;

use platform::DbError;
use uuid::Uuid;

use super::{
    CrmTx,
    contact_search::RowTest,
    contact_walk::{Bounds, Key, LIST_WINDOW, Passed, Source, Walk},
    segment_preview::timed_out,
};
use crate::domain::{
    contact::Contact,
    contact_list::{Filter, Order, Place, Position, RuleAt, SortBy, Visitors},
};

/// How long a rule may look for the few that match it.
const PATIENCE: Duration = Duration::from_millis(250);
/// Tags and segments of up to this size are fetched whole and sorted.
const FEW: i64 = 5_000;

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
        if let Some(matching) = &filter.rule
            && let Some(ids) = self.few_matching(matching, filter.visitors).await?
        {
            // Who they are answers the rule; the rest is tried on each of them.
            let rest = Filter {
                rule: None,
                ..filter.clone()
            };
            return self
                .walk_in_order(Source::Ids(&ids), &rest, None, order, from, limit)
                .await;
        }
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

    /// Who matches a rule, when PostgreSQL expects few and finds them quickly: rare people would
    /// take a walk many pages to come upon.
    async fn few_matching(
        &mut self,
        matching: &RuleAt,
        visitors: Visitors,
    ) -> Result<Option<Vec<Uuid>>, DbError> {
        let expected = self.guess_matching(&matching.rule, &matching.at).await?;
        if expected > 4 * FEW {
            return Ok(None);
        }
        let filter = Filter {
            rule: Some(matching.clone()),
            visitors,
            ..Filter::default()
        };
        sqlx::query("SAVEPOINT few").execute(self.conn()).await?;
        self.limit_statements(PATIENCE).await?;
        let found = self.ids_matching(&filter, None, FEW + 1).await;
        let found = match found {
            Ok(found) => Some(found),
            Err(error) if timed_out(&error) => None,
            Err(error) => return Err(error),
        };
        // Also takes the limit back.
        sqlx::query("ROLLBACK TO SAVEPOINT few")
            .execute(self.conn())
            .await?;
        Ok(found
            .filter(|found| found.len() as i64 <= FEW)
            .map(|found| found.into_iter().map(|id| id.uuid()).collect()))
    }

    /// A page in one of the list's orders. Those without an address are a walk of their own, behind
    /// the others.
    pub(super) async fn walk_in_order(
        &mut self,
        source: Source<'_>,
        filter: &Filter,
        search: Option<&RowTest<'_>>,
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
                // Those that were fetched whole are all looked at.
                window: if matches!(source, Source::Ids(_)) {
                    i64::from(i32::MAX)
                } else {
                    LIST_WINDOW
                },
            };
            found.extend(self.walk(walk).await?);
        }
        page(found, order, from, limit)
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
        SortBy::Updated => Place::Updated(row.updated_at()),
        SortBy::Name => Place::Name(row.position_key.clone().unwrap_or_default()),
        SortBy::Email => Place::Email(row.position_key.clone()),
    };
    Position {
        place,
        id: row.id(),
        backward: false,
    }
}
