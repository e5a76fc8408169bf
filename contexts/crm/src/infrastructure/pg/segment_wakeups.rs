//! crm.segment_wakeups: whose answer time alone will change, and when.

use jiff::ToSpan;
use kernel::{SegmentId, Timestamp};
use platform::DbError;

use super::{
    CrmTx,
    rule_columns::Base,
    rule_sql::push_instant,
    rule_statement::{Bind, Statement},
    segment_difference::Scope,
};
use crate::domain::rule::{Flip, Instants, Moment, RecordsTest, Wakes};

/// From after the first up to and including the second.
#[derive(Clone, Copy, Debug)]
pub struct Stretch {
    pub after: Timestamp,
    pub until: Timestamp,
}

impl CrmTx {
    /// Lists who must be looked at during a stretch of time.
    pub async fn list_wakeups(
        &mut self,
        id: SegmentId,
        wakes: &Wakes<'_>,
        at: &Moment,
        stretch: Stretch,
        scope: Scope<'_>,
    ) -> Result<(), DbError> {
        if wakes.after.is_empty() {
            return Ok(());
        }
        let mut statement = Statement::of(self.org);
        statement
            .push(
                "INSERT INTO crm.segment_wakeups (org_id, segment_id, due_at, contact_id) \
                 SELECT DISTINCT w.org_id, ",
            )
            .bind(Bind::Id(id.uuid()))
            .push(", w.due_at, w.contact_id FROM (");
        let only = match scope {
            Scope::Everybody => None,
            Scope::Only(ids) => Some(Bind::Ids(ids.to_vec())),
        };
        for (n, (instants, flip)) in wakes.after.iter().enumerate() {
            statement.push(if n == 0 { "" } else { " UNION ALL " });
            push_wakes(&mut statement, *instants, *flip, at, stretch, only.clone());
        }
        statement.push(") AS w ON CONFLICT DO NOTHING");
        let (sql, arguments) = statement.into_query()?;
        sqlx::query_with(sql, arguments)
            .persistent(false)
            .execute(self.conn())
            .await?;
        Ok(())
    }

    /// Forgets what was listed of a segment.
    pub async fn forget_wakeups(&mut self, id: SegmentId) -> Result<(), DbError> {
        let org = self.org.uuid();
        sqlx::query("DELETE FROM crm.segment_wakeups WHERE org_id = $1 AND segment_id = $2")
            .bind(org)
            .bind(id.uuid())
            .execute(self.conn())
            .await?;
        Ok(())
    }
}

/// `SELECT org_id, contact_id, due_at` for one distance from one instant.
fn push_wakes(
    statement: &mut Statement,
    instants: Instants<'_>,
    flip: Flip,
    at: &Moment,
    stretch: Stretch,
    only: Option<Bind>,
) {
    let mut source = Source {
        statement,
        instants,
        at,
    };
    source.statement.push(match instants {
        Instants::Contact(_) => "SELECT c.org_id, c.id AS contact_id, ",
        Instants::Events(_) => "SELECT e.org_id, e.contact_id, ",
        Instants::Records(..) | Instants::Related(..) => "SELECT p.org_id, p.contact_id, ",
    });
    source.instant();
    source
        .statement
        .push(" + ")
        .bind(Bind::Count(flip.seconds * 1_000_000 + i64::from(flip.after)));
    source.statement.push(" * interval '1 microsecond' AS due_at ");
    source.from();
    source.statement.push(" AND ");
    source.instant();
    source
        .statement
        .push(" > ")
        .bind(Bind::Instant(before(stretch.after, flip)));
    source.statement.push(" AND ");
    source.instant();
    source
        .statement
        .push(" <= ")
        .bind(Bind::Instant(before(stretch.until, flip)));
    if let Some(ids) = only {
        source.statement.push(match instants {
            Instants::Contact(_) => " AND c.id = ANY (",
            Instants::Events(_) => " AND e.contact_id = ANY (",
            Instants::Records(..) | Instants::Related(..) => " AND p.contact_id = ANY (",
        });
        source.statement.bind(ids).push(")");
    }
}

/// What must happen at an instant for the flip to fall on another.
fn before(instant: Timestamp, flip: Flip) -> Timestamp {
    instant
        .checked_sub(flip.seconds.seconds().microseconds(i64::from(flip.after)))
        .unwrap_or(Timestamp::MIN)
}

struct Source<'a> {
    statement: &'a mut Statement,
    instants: Instants<'a>,
    at: &'a Moment,
}

impl Source<'_> {
    fn instant(&mut self) {
        match self.instants {
            Instants::Contact(source) => push_instant(self.statement, source, Base::Contact, self.at),
            Instants::Events(_) => {
                self.statement.push("e.occurred_at");
            }
            Instants::Records(_, source) => push_instant(self.statement, source, Base::Record, self.at),
            Instants::Related(_, _, source) => push_instant(self.statement, source, Base::Related, self.at),
        }
    }

    fn from(&mut self) {
        match self.instants {
            Instants::Contact(_) => {
                self.statement
                    .push("FROM crm.contacts AS c WHERE c.org_id = ")
                    .org();
            }
            Instants::Events(events) => {
                self.statement
                    .push("FROM crm.events AS e WHERE e.org_id = ")
                    .org();
                if let Some(name) = events.what.event() {
                    self.statement.push(" AND e.name = ").text(name);
                }
            }
            Instants::Records(test, _) => {
                self.records();
                self.where_object(test);
            }
            Instants::Related(test, related, _) => {
                self.records();
                self.statement
                    .push(" JOIN crm.record_links AS l ON l.org_id = p.org_id AND l.relation_id = ");
                let via = related.via.as_ref();
                self.statement
                    .bind(Bind::Id(via.map(|via| via.id.uuid()).unwrap_or_default()));
                self.statement.push(if via.is_none_or(|via| via.forward) {
                    " AND l.from_record = r.id JOIN crm.records AS q ON q.org_id = p.org_id AND q.id = l.to_record"
                } else {
                    " AND l.to_record = r.id JOIN crm.records AS q ON q.org_id = p.org_id AND q.id = l.from_record"
                });
                self.where_object(test);
            }
        }
    }

    fn records(&mut self) {
        self.statement
            .push("FROM crm.record_contacts AS p JOIN crm.records AS r ON r.org_id = p.org_id AND r.id = p.record_id");
    }

    fn where_object(&mut self, test: &RecordsTest) {
        self.statement.push(" WHERE p.org_id = ").org();
        self.statement
            .push(" AND p.object_id = ")
            .bind(Bind::Id(test.object.id.uuid()));
    }
}
