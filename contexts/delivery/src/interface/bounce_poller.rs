//! Looks into bounce mailboxes as long as the process runs.

use std::time::Duration;

use async_trait::async_trait;
use kernel::BounceMailboxId;
use platform::{DbError, Tick, Wake, Worker};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{
    application::{
        apply_reports::ReportDeps, look_into_mailbox::look_into_mailbox, mailbox_deps::MailboxDeps,
    },
    infrastructure::pg::{
        bounce_looks::{self, Due, Held},
        bounce_mailboxes::BOUNCES_CHANNEL,
        bounce_mails,
    },
};

/// So many mailboxes are looked into at once: a slow one holds up no other.
const AT_ONCE: usize = 8;
/// How often is asked which mailboxes are due.
const POLL: Duration = Duration::from_secs(5);

/// The poller. Any number of processes may have one; a mailbox is held by one of them at a time.
pub struct BouncePoller {
    /// What looks work with.
    pub deps: MailboxDeps,
    /// Takes down what mails say.
    pub reports: ReportDeps,
    /// Tells of changed mailboxes.
    pub wake: Wake,
}

#[async_trait]
impl Worker for BouncePoller {
    fn name(&self) -> &'static str {
        "delivery.bounces"
    }

    async fn run(&self, stop: CancellationToken) -> anyhow::Result<()> {
        let mut changes = self.wake.listen(BOUNCES_CHANNEL);
        let mut looks = JoinSet::new();
        while !stop.is_cancelled() {
            while looks.len() < AT_ONCE
                && let Some(held) = self.claim(Due::Now, &[]).await?
            {
                looks.spawn(look_until(
                    self.deps.clone(),
                    self.reports.clone(),
                    held,
                    stop.clone(),
                ));
            }
            tokio::select! {
                () = stop.cancelled() => {}
                _ = changes.wait(POLL) => {}
                Some(_ended) = looks.join_next() => {}
            }
        }
        // Each hands its mailbox back.
        while looks.join_next().await.is_some() {}
        Ok(())
    }

    /// Every mailbox once, also those whose time has not come.
    async fn drain(&self) -> anyhow::Result<usize> {
        let (mut seen, mut read): (Vec<BounceMailboxId>, usize) = (Vec::new(), 0);
        while let Some(held) = self.claim(Due::Ever, &seen).await? {
            seen.push(held.mailbox);
            read += look_into_mailbox(&self.deps, &self.reports, held).await?.read;
        }
        Ok(read)
    }
}

impl BouncePoller {
    async fn claim(&self, due: Due, except: &[BounceMailboxId]) -> Result<Option<Held>, DbError> {
        let mut tx = self.deps.db.system().await?;
        let held = bounce_looks::claim(&mut tx, due, except).await?;
        tx.commit().await?;
        Ok(held)
    }
}

async fn look_until(deps: MailboxDeps, reports: ReportDeps, held: Held, stop: CancellationToken) {
    let kept = held.clone();
    let looked = tokio::select! {
        looked = look_into_mailbox(&deps, &reports, held) => looked.map(|_| ()),
        // Breaking off is as harmless as a crash.
        () = stop.cancelled() => hand_back(&deps, &kept).await,
    };
    if let Err(error) = looked {
        warn!(mailbox.id = %kept.mailbox, %error, "what came into a bounce mailbox could not be taken down");
    }
}

async fn hand_back(deps: &MailboxDeps, held: &Held) -> Result<(), DbError> {
    let mut tx = deps.db.system().await?;
    bounce_looks::hand_back(&mut tx, held).await?;
    tx.commit().await
}

/// Forgets mails that were read long ago.
pub struct BounceUpkeep(pub platform::Db);

#[async_trait]
impl Tick for BounceUpkeep {
    fn name(&self) -> &'static str {
        "delivery.bounces"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(3600)
    }

    async fn run(&self) -> anyhow::Result<()> {
        let mut tx = self.0.system().await?;
        bounce_mails::prune(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}
