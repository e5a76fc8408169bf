//! Finding contacts by what a person types.
//!
//! Each word is looked up as the beginning of the keys that stand in indexes. A word that few
//! contacts match makes the search exact: those are fetched, the other words are tried on them, and
//! they are sorted as asked. When every word matches many, the first ones come by the key that they
//! match, which is a walk along an index again.

use platform::DbError;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::{
    CrmTx,
    contact_list::ContactPage,
    contact_walk::{Bounds, Key, Passed, SEARCH_WINDOW, Source, Walk, push_prefix},
};
use crate::domain::contact_list::{Filter, Order, Place, Position, Search};

/// A word that leads to more contacts than this by one of its keys leads to many.
const FEW: i64 = 500;
/// The keys that are searched, the best match first.
const KEYS: [&str; 5] = [
    "name_key",
    "last_name_key",
    "email",
    "company_key",
    "email_domain",
];
/// Keys that may hold several words.
const PHRASE_KEYS: [&str; 3] = ["name_key", "last_name_key", "company_key"];

/// What a row must match besides what led to it.
pub(super) struct RowTest<'a> {
    /// Each of these must begin one of the keys, or a word of the name or company.
    words: Vec<&'a str>,
    /// Or this begins one of the keys.
    phrase: Option<String>,
    /// The row must not have been found by these already.
    not_by: &'a [Step<'a>],
}

impl<'a> RowTest<'a> {
    /// All that is searched for, on any row.
    pub fn of(search: &'a Search) -> Self {
        Self {
            words: search.words.iter().map(String::as_str).collect(),
            phrase: phrase(search),
            not_by: &[],
        }
    }
}

impl RowTest<'_> {
    pub fn push_to(&self, query: &mut QueryBuilder<Postgres>) {
        query.push(" AND ((true");
        push_words(query, &self.words);
        query.push(")");
        if let Some(phrase) = &self.phrase {
            for key in PHRASE_KEYS {
                query
                    .push(format!(" OR COALESCE(starts_with(c.{key}, "))
                    .push_bind(phrase.clone())
                    .push("), false)");
            }
        }
        query.push(")");
        for step in self.not_by {
            query
                .push(format!(" AND NOT (COALESCE(starts_with(c.{}, ", step.key))
                .push_bind(step.prefix.clone());
            query.push("), false)");
            push_words(query, &step.other_words);
            query.push(")");
        }
    }
}

fn push_words(query: &mut QueryBuilder<Postgres>, words: &[&str]) {
    for word in words {
        query.push(" AND COALESCE(");
        for key in ["email", "last_name_key", "email_domain"] {
            query
                .push(format!("starts_with(c.{key}, "))
                .push_bind((*word).to_owned())
                .push(") OR ");
        }
        query
            .push("strpos(' ' || c.name_key, ")
            .push_bind(format!(" {word}"))
            .push(") > 0 OR ");
        query
            .push("strpos(' ' || COALESCE(c.company_key, ''), ")
            .push_bind(format!(" {word}"))
            .push(") > 0");
        query.push(", false)");
    }
}

impl CrmTx {
    /// See the module.
    pub(super) async fn search_contacts(
        &mut self,
        filter: &Filter,
        order: Order,
        from: Option<&Position>,
        limit: i64,
    ) -> Result<ContactPage, DbError> {
        let search = &filter.search;
        if let Some(Position {
            place: Place::Match(..),
            ..
        }) = from
        {
            return self.walk_matches(filter, from, limit).await;
        }
        match self.few_matches(search).await? {
            Some(ids) => {
                let test = RowTest::of(search);
                self.walk_in_order(Source::Ids(&ids), filter, Some(&test), order, from, limit)
                    .await
            }
            None => self.walk_matches(filter, None, limit).await,
        }
    }

    /// Contacts among which all that are searched for are found, when some word leads to few.
    async fn few_matches(&mut self, search: &Search) -> Result<Option<Vec<Uuid>>, DbError> {
        let mut by_phrase = Vec::new();
        if let Some(phrase) = phrase(search) {
            match self.ids_by_prefix(&phrase, &PHRASE_KEYS).await? {
                Some(ids) => by_phrase = ids,
                None => return Ok(None),
            }
        }
        // The longest is likely to lead to the fewest.
        let mut words: Vec<&str> = search.words.iter().map(String::as_str).collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        for word in words {
            if let Some(mut ids) = self.ids_by_prefix(word, &KEYS).await? {
                ids.extend(by_phrase);
                return Ok(Some(ids));
            }
        }
        Ok(None)
    }

    /// The contacts of whom some key begins so, unless one of the keys leads to many.
    async fn ids_by_prefix(&mut self, prefix: &str, keys: &[&str]) -> Result<Option<Vec<Uuid>>, DbError> {
        let mut query = QueryBuilder::new("");
        for (n, key) in keys.iter().enumerate() {
            query.push(if n == 0 { "(" } else { " UNION ALL (" });
            query.push(format!(
                "SELECT {n}, c.id FROM crm.contacts AS c WHERE c.org_id = "
            ));
            query.push_bind(self.org.uuid());
            push_prefix(&mut query, key, prefix);
            // In the order of the index, so that it is read from there and nowhere else.
            query
                .push(format!(" ORDER BY c.{key} LIMIT "))
                .push_bind(FEW + 1)
                .push(")");
        }
        let rows: Vec<(i32, Uuid)> = query
            .build_query_as()
            .persistent(false)
            .fetch_all(self.conn())
            .await?;
        let found = |n: usize| {
            rows.iter()
                .filter(|(key, _)| usize::try_from(*key) == Ok(n))
                .count() as i64
        };
        let many = (0..keys.len()).any(|n| found(n) > FEW);
        Ok((!many).then(|| rows.into_iter().map(|(_, id)| id).collect()))
    }

    /// A page of a search of which every word matches many: one walk after the other.
    async fn walk_matches(
        &mut self,
        filter: &Filter,
        from: Option<&Position>,
        limit: i64,
    ) -> Result<ContactPage, DbError> {
        let steps = steps(&filter.search);
        let (first, mut after) = match from {
            Some(Position {
                place: Place::Match(step, value),
                id,
                ..
            }) => (*step, Some((value.as_str(), id.uuid()))),
            _ => (0, None),
        };
        let mut found: Vec<(usize, Passed)> = Vec::new();
        for (n, step) in steps.iter().enumerate().skip(first) {
            let walk = Walk {
                source: Source::Contacts,
                key: Some(step.key),
                descending: false,
                bounds: Bounds::Prefix(&step.prefix),
                after: after.take().map(|(value, id)| (Key::Text(value), id)),
                filter,
                search: Some(&RowTest {
                    words: step.other_words.clone(),
                    phrase: None,
                    not_by: &steps[..n],
                }),
                limit: limit + 1 - found.len() as i64,
                window: SEARCH_WINDOW,
            };
            found.extend(self.walk(walk).await?.into_iter().map(|row| (n, row)));
            if found.len() as i64 > limit || found.last().is_some_and(|(_, last)| !last.hit) {
                break;
            }
        }
        page(found, limit)
    }
}

/// One key to walk along.
pub(super) struct Step<'a> {
    key: &'static str,
    prefix: String,
    /// What else a row must match.
    other_words: Vec<&'a str>,
}

/// The whole text as the beginning of a key, then the longest word with the others tried on it.
fn steps(search: &Search) -> Vec<Step<'_>> {
    let words = || search.words.iter().map(String::as_str);
    let leading = words().max_by_key(|word| word.len()).unwrap_or_default();
    let whole = phrase(search).into_iter().flat_map(|phrase| {
        PHRASE_KEYS.map(|key| Step {
            key,
            prefix: phrase.clone(),
            other_words: Vec::new(),
        })
    });
    let led = KEYS.map(|key| Step {
        key,
        prefix: leading.to_owned(),
        other_words: words().filter(|word| *word != leading).collect(),
    });
    whole.chain(led).collect()
}

fn page(mut found: Vec<(usize, Passed)>, limit: i64) -> Result<ContactPage, DbError> {
    let full = found.len() as i64 > limit;
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let more = full || found.last().is_some_and(|(_, last)| !last.hit);
    let next = found.last().filter(|_| more).map(|(step, row)| Position {
        place: Place::Match(*step, row.position_key.clone().unwrap_or_default()),
        id: row.id(),
        backward: false,
    });
    let contacts = found
        .into_iter()
        .filter(|(_, row)| row.hit)
        .map(|(_, row)| row.into_contact());
    Ok(ContactPage {
        contacts: contacts.collect::<Result<_, _>>()?,
        next,
        previous: None,
        unsorted: true,
    })
}

/// The whole text, when it is more than its words.
fn phrase(search: &Search) -> Option<String> {
    (search.words.len() > 1).then(|| search.phrase())
}
