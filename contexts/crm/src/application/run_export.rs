//! Writing the file of an export. It is read a page at a time and written as it comes, so that a
//! million contacts need no more memory than a thousand. A crash begins it anew: nothing but the
//! file depends on it, and half a file is of no use.

use jiff::tz::TimeZone;
use kernel::{ExportId, OrgId};
use platform::{DbError, Deps, JobError, RunningJob, objects::ObjectKey};
use tracing::warn;

use super::{
    select_contacts::{SelectError, resolve},
    start_export::ExportJob,
};
use crate::{
    domain::{
        contact_column::ContactColumn,
        export::{Export, ExportState},
        rule::Moment,
    },
    infrastructure::{
        export_file::ExportWriter,
        pg::{CrmTx, exports::expired_exports},
    },
};

/// Contacts that are read at a time.
const PAGE: i64 = 2_000;

/// Writes it.
pub async fn run_export(deps: &Deps, job: &mut RunningJob, zone: TimeZone) -> Result<(), JobError> {
    let ExportJob { export: id } = job.payload()?;
    let mut tx = CrmTx::system(&deps.db, job.org).await?;
    let Some(export) = tx.export(id).await?.filter(|e| e.state == ExportState::Running) else {
        return Ok(());
    };
    tx.rollback().await?;
    // What an earlier try left lying there.
    if let Some(begun) = job.checkpoint::<ObjectKey>()?
        && let Err(error) = deps.objects.delete(begun).await
    {
        warn!(%error, export.id = %id, "half a file of an export could not be deleted");
    }
    let key = ObjectKey::generate(job.org);
    let mut tx = CrmTx::system(&deps.db, job.org).await?;
    job.save(tx.platform(), &key, 0, None).await?;
    tx.commit().await?;
    let result = write(deps, job, &export, key, zone).await;
    if result.is_err()
        && let Err(error) = deps.objects.delete(key).await
    {
        warn!(%error, export.id = %id, "the file of an export could not be deleted");
    }
    match result {
        Err(JobError::Fail(error)) => {
            end(deps, job.org, id, ExportState::Failed).await?;
            Err(JobError::Fail(error))
        }
        other => other,
    }
}

async fn write(
    deps: &Deps,
    job: &mut RunningJob,
    export: &Export,
    key: ObjectKey,
    zone: TimeZone,
) -> Result<(), JobError> {
    let mut tx = CrmTx::system(&deps.db, job.org).await?;
    let fields = tx.fields().await?;
    // A column whose field is gone since stays, and is empty.
    let columns: Vec<ContactColumn> = export
        .columns
        .iter()
        .map(|name| {
            let attribute = || name.strip_prefix("attributes.").unwrap_or(name).to_owned();
            ContactColumn::parse(name, &fields).unwrap_or_else(|| ContactColumn::Attribute(attribute()))
        })
        .collect();
    let at = Moment {
        now: export.created_at,
        zone,
    };
    let selected = resolve(&mut tx, &export.selection, &at)
        .await
        .map_err(|error| match error {
            SelectError::Outdated => JobError::fail(error),
            SelectError::Db(error) => error.into(),
        })?;
    tx.rollback().await?;
    let mut file = ExportWriter::create(&deps.objects, key, export.format).map_err(JobError::retry)?;
    let head = columns.iter().map(ContactColumn::head).collect();
    file.head(head).await.map_err(JobError::retry)?;
    let (mut after, mut rows) = (None, 0i64);
    loop {
        if job.should_stop() {
            return Err(JobError::Cancelled);
        }
        let mut tx = CrmTx::system(&deps.db, job.org).await?;
        tx.expect_large_sets().await?;
        let ids = selected.page(&mut tx, after, PAGE).await?;
        let Some(last) = ids.last().copied() else {
            break;
        };
        let mut contacts = tx.contacts(&ids).await?;
        contacts.sort_by_key(|contact| contact.id);
        let room = export.format.most_rows().map_or(i64::MAX, |most| most - rows);
        contacts.truncate(usize::try_from(room).unwrap_or(usize::MAX));
        rows += i64::try_from(contacts.len()).unwrap_or_default();
        let cells = contacts
            .iter()
            .map(|contact| columns.iter().map(|column| column.cell(contact)).collect());
        file.rows(cells.collect()).await.map_err(JobError::retry)?;
        if !tx.note_exported(export.id, rows).await? {
            return Err(JobError::Cancelled);
        }
        job.save(tx.platform(), &key, rows, None).await?;
        tx.commit().await?;
        after = Some(last);
        if export.format.most_rows().is_some_and(|most| rows >= most) {
            break;
        }
    }
    let size = file.finish().await.map_err(JobError::retry)?;
    let mut tx = CrmTx::system(&deps.db, job.org).await?;
    let file = Some((key, i64::try_from(size).unwrap_or(i64::MAX)));
    if !tx.end_export(export.id, ExportState::Finished, file).await? {
        return Err(JobError::Cancelled);
    }
    tx.commit().await?;
    Ok(())
}

/// Ends an export whose job cannot go on.
pub async fn end(deps: &Deps, org: OrgId, id: ExportId, state: ExportState) -> Result<(), DbError> {
    let mut tx = CrmTx::system(&deps.db, org).await?;
    tx.end_export(id, state, None).await?;
    tx.commit().await
}

/// Files of personal data are not kept for longer than people need to fetch them.
pub async fn expire_exports(deps: &Deps) -> Result<(), DbError> {
    let mut tx = deps.db.system().await?;
    let expired = expired_exports(&mut tx).await?;
    tx.rollback().await?;
    for (org, id, file) in expired {
        if let Some(file) = file
            && let Err(error) = deps.objects.delete(file).await
        {
            warn!(%error, export.id = %id, "the file of an export could not be deleted");
            continue;
        }
        let mut tx = CrmTx::system(&deps.db, org).await?;
        tx.expire_export(id).await?;
        tx.commit().await?;
    }
    Ok(())
}
