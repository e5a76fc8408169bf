//! The rows of a file of contacts: planned and written, or only looked at.

use kernel::{ContactId, Timestamp};
use platform::JobError;

use super::{
    import_companies::write_companies,
    import_subscriptions::{Sayer, plan_subscriptions, write_subscriptions},
    run_import::{ChunkError, FileRows, ImportFile, imagined},
    upsert_contacts::plan_rows,
};
use crate::{
    domain::{
        contact::Changed,
        field::{CONTACTS, Field},
        import::{
            chunk::Chunk,
            dry_run::{DryRun, Seen},
            mapping::{Existing, Target},
            plan::{Counts, Plan, RowOutcome, Rules},
            reader::NewStage,
            reject::Reject,
            row::Row,
        },
        stage::{MAX_STAGES, Stage, last_weight},
    },
    infrastructure::{
        pg::{CrmTx, contacts::SaveError},
        publish,
    },
};

/// A file of contacts.
#[derive(Clone, Copy)]
pub(super) struct ContactRows<'a> {
    pub file: &'a ImportFile,
    pub sayer: &'a Sayer,
}

impl ContactRows<'_> {
    fn rules(&self, now: Timestamp) -> Rules {
        Rules {
            identity: self.file.mapping.identity.clone(),
            // Each column knows by itself what it may do.
            existing: Existing::Overwrite,
            source: crate::domain::contact::Source::Import,
            import: Some(self.file.id),
            by: self.file.by(),
            now,
        }
    }
}

impl FileRows for ContactRows<'_> {
    type Row = Row;

    async fn write(
        &self,
        tx: &mut CrmTx,
        chunk: &Chunk<Row>,
        now: Timestamp,
    ) -> Result<(Counts, Vec<Reject>), ChunkError> {
        let new = chunk.learned.fields.iter().cloned();
        let learned: Vec<Field> = new.map(|new| imagined(new, CONTACTS, now)).collect();
        tx.insert_fields(&learned).await?;
        make_stages(tx, &chunk.learned.stages, now).await?;
        let rules = self.rules(now);
        if self.file.mapping.columns.contains(&Target::PrimaryCompany) {
            // Two imports that meet the same new company make it once.
            tx.lock_company_names().await?;
        }
        let mut plan = plan_rows(tx, &chunk.rows, &rules).await?;
        write_plan(tx, &plan, &rules).await?;
        // After the people, so that whom the file itself takes off the list of addresses is known.
        let subscriptions = plan_subscriptions(tx, &chunk.rows, &plan, self.sayer, now).await?;
        write_subscriptions(tx, &chunk.rows, &subscriptions, self.sayer, now).await?;
        subscriptions.count_into(&mut plan);
        Ok((plan.counts, all_rejects(chunk, &plan)))
    }

    async fn look(
        &self,
        tx: &mut CrmTx,
        mut chunk: Chunk<Row>,
        now: Timestamp,
        found: &mut DryRun,
        seen: &mut Seen,
    ) -> Result<(), JobError> {
        let repeated = chunk.split_off(|row| seen.has(row));
        for _ in &repeated {
            found.add_repeated(self.file.mapping.existing);
        }
        let mut plan = plan_rows(tx, &chunk.rows, &self.rules(now)).await?;
        let rejects = all_rejects(&chunk, &plan);
        let subscriptions = plan_subscriptions(tx, &chunk.rows, &plan, self.sayer, now).await?;
        found.subscribed += subscriptions.made();
        found.skipped += i64::try_from(subscriptions.skips(&chunk.rows).len()).unwrap_or_default();
        subscriptions.count_into(&mut plan);
        plan.counts.rejected = i64::try_from(rejects.len()).unwrap_or(i64::MAX);
        found.add(&plan);
        found.add_rejects(&rejects);
        found.add_learned(&chunk.learned);
        // Only those who would be new: the others are compared with what is stored.
        seen.remember(plan.created_rows(&chunk.rows));
        Ok(())
    }
}

/// Makes the stages that rows name, behind all others.
async fn make_stages(tx: &mut CrmTx, new: &[NewStage], now: Timestamp) -> Result<(), ChunkError> {
    if new.is_empty() {
        return Ok(());
    }
    let mut stages = tx.lock_stages().await?;
    let called = |stage: &Stage| {
        new.iter()
            .any(|new| new.name.to_lowercase() == stage.name.to_lowercase())
    };
    if stages.iter().any(called) || stages.len() + new.len() > MAX_STAGES {
        // Somebody was faster: the rows are read anew, with the stages that there are now.
        return Err(ChunkError::Job(JobError::retry(anyhow::anyhow!(
            "somebody else has changed the stages"
        ))));
    }
    let mut made = Vec::new();
    for new in new {
        let stage = Stage {
            id: new.id,
            name: new.name.clone(),
            description: String::new(),
            weight: last_weight(&stages),
            created_at: now,
            updated_at: now,
        };
        stages.push(stage.clone());
        made.push(stage);
    }
    tx.insert_stages(&made).await?;
    Ok(())
}

/// The rows that could not be read and those that could not be applied, in the order of the file.
fn all_rejects(chunk: &Chunk, plan: &Plan) -> Vec<Reject> {
    let refused = plan
        .outcomes
        .iter()
        .enumerate()
        .filter_map(|(n, outcome)| match outcome {
            RowOutcome::Refused(reason) => Some(chunk.refuse(n, *reason)),
            _ => None,
        });
    chunk.with_refused(refused)
}

/// Writes what was planned, and tells it.
pub(super) async fn write_plan(tx: &mut CrmTx, plan: &Plan, rules: &Rules) -> Result<(), SaveError> {
    tx.insert_contacts(&plan.created, &rules.by).await?;
    let changes: Vec<_> = plan
        .updated
        .iter()
        .map(|update| (&update.before, &update.after))
        .collect();
    tx.update_contacts(&changes, &rules.by).await?;
    write_companies(tx, plan, &rules.by, rules.now).await?;
    let opted_out: Vec<(&str, &str)> = plan
        .opted_out
        .iter()
        .map(|email| (email.as_str(), "unsubscribed"))
        .collect();
    tx.suppress(&opted_out, rules.now).await?;

    let created: Vec<ContactId> = plan.created.iter().map(|contact| contact.id).collect();
    let updated: Vec<ContactId> = plan.updated.iter().map(|update| update.after.id).collect();
    let changed: Changed = plan
        .updated
        .iter()
        .flat_map(|update| update.changed.iter().cloned())
        .collect();
    let mut events = publish::created(&created, rules.source);
    events.extend(publish::updated(&updated, &changed));
    events.extend(publish::opted_out(&plan.opted_out));
    tx.record(&events).await?;
    Ok(())
}
