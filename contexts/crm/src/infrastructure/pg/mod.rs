//! The context's unit of work. One file for each table or question; every statement names the
//! organisation, also where row-level security would add it.

pub mod audiences;
pub mod bulk_actions;
pub mod bulk_overrides;
pub mod categories;
pub mod consent_sources;
pub mod consents;
pub mod contact_changes;
mod contact_history;
mod contact_keys;
pub mod contact_list;
pub mod contact_list_frame;
pub mod contact_preferences;
pub mod contact_rows;
mod contact_search;
mod contact_selection;
pub mod contact_views;
mod contact_walk;
pub mod contacts;
mod copy;
pub mod devices;
pub mod do_not_contact;
pub mod duplicates;
pub mod employers;
pub mod erasure;
pub mod event_catalogue;
pub mod event_keys;
pub mod event_log;
pub mod events;
pub mod exports;
pub mod field_index;
mod fields;
pub mod identities;
pub mod identity_conflicts;
pub mod import_records;
pub mod import_rejects;
pub mod import_skips;
mod import_templates;
pub mod import_upkeep;
pub mod imports;
pub mod merges;
pub mod met_companies;
pub mod notes;
pub mod objects;
pub mod preview_people;
pub mod privacy;
pub mod record_contacts;
pub mod record_links;
pub mod records;
mod rule_columns;
mod rule_fields;
mod rule_sql;
#[cfg(test)]
mod rule_sql_tests;
mod rule_statement;
mod rule_things;
#[cfg(test)]
pub mod rule_worlds;
pub mod segment_difference;
pub mod segment_history;
pub mod segment_members;
pub mod segment_names;
pub mod segment_overrides;
pub mod segment_preview;
pub mod segment_rebuild;
pub mod segment_staleness;
pub mod segment_wakeups;
pub mod segments;
pub mod sent_events;
pub mod sources;
pub mod stages;
mod tags;
pub mod topics;
pub mod unique_values;

use kernel::{JobId, OrgId, Timestamp};
use platform::{Db, DbError, NewJob, Tx};
use sqlx::PgConnection;

use contracts::crm::CrmEvent;

/// Rows, facts and jobs of one organisation that become true together.
#[derive(Debug)]
pub struct CrmTx {
    inner: Tx,
    org: OrgId,
}

impl CrmTx {
    /// On behalf of somebody who sees only their organisation's rows.
    pub async fn tenant(db: &Db, org: OrgId) -> Result<Self, DbError> {
        Ok(Self {
            inner: db.tenant(org).await?,
            org,
        })
    }

    /// On behalf of a job or an engine.
    pub async fn system(db: &Db, org: OrgId) -> Result<Self, DbError> {
        Ok(Self {
            inner: db.system().await?,
            org,
        })
    }

    #[must_use]
    pub const fn org(&self) -> OrgId {
        self.org
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.inner.now()
    }

    /// The platform's unit of work, for a job's checkpoint.
    pub const fn platform(&mut self) -> &mut Tx {
        &mut self.inner
    }

    /// Writes facts into the outbox.
    pub async fn record(&mut self, events: &[CrmEvent]) -> Result<(), DbError> {
        self.inner.record_all(self.org, events).await
    }

    /// Puts a job into the work queue.
    pub async fn enqueue(&mut self, job: NewJob) -> Result<JobId, DbError> {
        self.inner.enqueue(job).await
    }

    /// Makes it untrue now, and not when the connection is used next: locks end with it.
    pub async fn rollback(self) -> Result<(), DbError> {
        self.inner.rollback().await
    }

    /// Makes it true.
    pub async fn commit(self) -> Result<(), DbError> {
        self.inner.commit().await
    }

    fn conn(&mut self) -> &mut PgConnection {
        self.inner.conn()
    }
}
