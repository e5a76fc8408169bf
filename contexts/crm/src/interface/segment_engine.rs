//! What keeps segments up to date in the background.

use std::time::Duration;

use async_trait::async_trait;
use jiff::ToSpan;
use kernel::SegmentId;
use platform::{JobError, JobHandler, RunningJob, Tick, Worker};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{
    Crm,
    application::{
        rebuild_due_segments::{hear_news, rebuild_due_segments},
        rebuild_segment::{Effort, RebuildError, rebuild_segment},
        refresh_segments::moment_of,
    },
    infrastructure::pg::{
        CrmTx,
        segment_members::forget_segment_changes,
        segment_staleness::{Reach, Rest, STALE_SEGMENTS, next_due},
    },
};

/// Looks at least this often when nothing signals.
const POLL: Duration = Duration::from_secs(1);
/// And not more often.
const SHORTEST: Duration = Duration::from_millis(20);

/// Rebuilds segments that are stale, and those whose rules count from now.
pub struct RebuildSegments(pub Crm);

impl RebuildSegments {
    async fn rebuild(&self, reach: Reach, rest: Rest) -> anyhow::Result<usize> {
        let (deps, organizations) = (&self.0.deps, &*self.0.organizations);
        Ok(rebuild_due_segments(&deps.db, organizations, deps.clock.now(), reach, rest).await?)
    }

    /// Until time changes an answer, or a segment has rested.
    async fn pause(&self, reach: Reach) -> anyhow::Result<Duration> {
        let now = self.0.deps.clock.now();
        let mut tx = self.0.deps.db.system().await?;
        let next = next_due(&mut tx, now, reach).await?;
        tx.commit().await?;
        let pause = next.map_or(POLL, |at| {
            Duration::try_from(now.duration_until(at)).unwrap_or(SHORTEST)
        });
        Ok(pause.clamp(SHORTEST, POLL))
    }

    /// Looks at who changed, as soon as it is told.
    async fn look_at_few(&self, stop: &CancellationToken, everybody: &Notify) -> anyhow::Result<()> {
        let mut stale = self.0.deps.wake.listen(STALE_SEGMENTS);
        while !stop.is_cancelled() {
            let heard = hear_news(&self.0.deps.db).await?;
            if heard {
                everybody.notify_one();
            }
            // Under load every batch of events is news; a breath between looks gathers some of them.
            let busy = self.rebuild(Reach::Few, Rest::Granted).await? > 0 || heard;
            let pause = if busy {
                SHORTEST
            } else {
                self.pause(Reach::Few).await?
            };
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(pause), if busy => {}
                _signalled = stale.wait(pause), if !busy => {}
            }
        }
        Ok(())
    }

    /// Looks at everybody where that is wanted, one segment after the other.
    async fn look_at_everybody(&self, stop: &CancellationToken, wanted: &Notify) -> anyhow::Result<()> {
        let mut stale = self.0.deps.wake.listen(STALE_SEGMENTS);
        while !stop.is_cancelled() {
            if self.rebuild(Reach::Everybody, Rest::Granted).await? > 0 {
                continue;
            }
            let pause = self.pause(Reach::Everybody).await?;
            tokio::select! {
                () = stop.cancelled() => break,
                () = wanted.notified() => {}
                _signalled = stale.wait(pause) => {}
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Worker for RebuildSegments {
    fn name(&self) -> &'static str {
        "crm.rebuild_segments"
    }

    async fn run(&self, stop: CancellationToken) -> anyhow::Result<()> {
        let wanted = Notify::new();
        tokio::try_join!(
            self.look_at_few(&stop, &wanted),
            self.look_at_everybody(&stop, &wanted)
        )?;
        Ok(())
    }

    async fn drain(&self) -> anyhow::Result<usize> {
        let heard = usize::from(hear_news(&self.0.deps.db).await?);
        let few = self.rebuild(Reach::Few, Rest::Denied).await?;
        let everybody = self.rebuild(Reach::Everybody, Rest::Denied).await?;
        Ok(heard + few + everybody)
    }
}

/// The kind of jobs that rebuild one segment because somebody asked for it.
pub const REBUILD_SEGMENT: &str = "crm.rebuild_segment";

/// Which.
#[derive(Serialize, Deserialize)]
pub struct RebuildJob {
    pub segment: SegmentId,
}

/// Rebuilds one segment.
pub struct RebuildSegment(pub Crm);

/// A rebuild that somebody asked for may take this long.
const PATIENCE: Duration = Duration::from_secs(300);

#[async_trait]
impl JobHandler for RebuildSegment {
    fn kind(&self) -> &'static str {
        REBUILD_SEGMENT
    }

    async fn run(&self, job: &mut RunningJob) -> Result<(), JobError> {
        let RebuildJob { segment } = job.payload()?;
        let deps = &self.0.deps;
        let at = moment_of(&*self.0.organizations, job.org, deps.clock.now())
            .await
            .map_err(JobError::retry)?;
        let tx = CrmTx::system(&deps.db, job.org).await?;
        match rebuild_segment(
            tx,
            segment,
            &at,
            Effort {
                full: true,
                wait: true,
                patience: PATIENCE,
            },
        )
        .await
        {
            Ok(_) => Ok(()),
            Err(RebuildError::Db(error)) => Err(error.into()),
            Err(error) => Err(JobError::fail(error)),
        }
    }
}

/// Forgets who entered and left long ago.
pub struct ForgetSegmentChanges(pub Crm);

/// How long the history is kept.
const KEPT_DAYS: i64 = 400;
const AT_ONCE: i64 = 1_000;

#[async_trait]
impl Tick for ForgetSegmentChanges {
    fn name(&self) -> &'static str {
        "crm.forget_segment_changes"
    }
    fn every(&self) -> Duration {
        Duration::from_secs(6 * 60 * 60)
    }
    async fn run(&self) -> anyhow::Result<()> {
        let before = self.0.deps.clock.now().checked_sub((KEPT_DAYS * 24).hours())?;
        loop {
            let mut tx = self.0.deps.db.system().await?;
            let forgotten = forget_segment_changes(&mut tx, before, AT_ONCE).await?;
            tx.commit().await?;
            if forgotten < AT_ONCE.unsigned_abs() {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use contracts::crm::API_SEGMENTS;
    use http::Method;
    use serde_json::json;
    use testkit::TestApp;

    use super::*;

    #[tokio::test]
    async fn a_segment_that_was_just_saved_is_looked_at_at_once() {
        let mut made = None;
        let app = TestApp::start(&["crm"], |deps, organizations| {
            let crm = Crm::new(deps, organizations.clone());
            let module = crm.module();
            made = Some(crm);
            vec![module]
        })
        .await;
        let engine = RebuildSegments(made.expect("the module was made"));
        let rule = json!({"all": [{"field": "city", "operator": "is", "value": "Bonn"}]});
        app.program()
            .json(
                Method::POST,
                API_SEGMENTS.url(),
                &json!({"name": "In Bonn", "rule": rule}),
            )
            .await
            .expect(201);
        for reach in [Reach::Few, Reach::Everybody] {
            assert_eq!(engine.pause(reach).await.unwrap(), POLL);
        }

        let change = |columns: &'static str| sqlx::query(columns).execute(app.deps.db.work_pool());
        // The rest that follows a look at everybody does not hold up those who change.
        change(
            "UPDATE crm.segments
             SET changes = changes + 1, rest_until = '-infinity', full_rest_until = 'infinity'",
        )
        .await
        .unwrap();
        assert_eq!(engine.pause(Reach::Few).await.unwrap(), SHORTEST);
        assert_eq!(engine.pause(Reach::Everybody).await.unwrap(), POLL);
        change("UPDATE crm.segments SET full_at = changes, full_rest_until = '-infinity'")
            .await
            .unwrap();
        assert_eq!(engine.pause(Reach::Few).await.unwrap(), POLL);
        assert_eq!(engine.pause(Reach::Everybody).await.unwrap(), SHORTEST);
    }
}
