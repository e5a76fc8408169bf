//! The lease of this engine, and when to stop trusting it.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use platform::{Db, DbError};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use crate::infrastructure::pg::engines::{self, Renewal};

/// An engine's hold on what it has claimed.
#[derive(Debug)]
pub(super) struct Lease {
    pub engine: i64,
    length: Duration,
    /// Until when the lease surely stands, by the steady clock of this machine. Reckoned from before
    /// the database was asked, so that it ends here before it ends there.
    trusted_until: Mutex<Instant>,
    lost: AtomicBool,
    pub ended: CancellationToken,
}

impl Lease {
    /// Enters a new engine.
    pub async fn take(db: &Db, length: Duration) -> Result<Arc<Self>, DbError> {
        let asked = Instant::now();
        let mut tx = db.system().await?;
        let engine = engines::register(&mut tx, &format!("process {}", std::process::id()), length).await?;
        tx.commit().await?;
        Ok(Arc::new(Self {
            engine,
            length,
            trusted_until: Mutex::new(asked + trusted(length)),
            lost: AtomicBool::new(false),
            ended: CancellationToken::new(),
        }))
    }

    /// Whether something may be begun under it. Asked before each message, so that a process that
    /// slept through its lease begins nothing when it wakes up.
    pub fn is_held(&self) -> bool {
        let until = *self
            .trusted_until
            .lock()
            .expect("nothing panics while holding it");
        !self.lost.load(Ordering::Acquire) && Instant::now() < until
    }

    /// Whether others have taken over: then nothing may even be written.
    pub fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }

    /// Keeps the lease until it is lost or `stop`.
    pub async fn keep(self: Arc<Self>, db: Db, stop: CancellationToken) {
        let mut pause = self.length / 4;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            match self.renew(&db).await {
                Ok(Renewal::Held) => pause = self.length / 4,
                Ok(Renewal::Lost) => {
                    error!(
                        engine = self.engine,
                        "others have taken over what this engine held"
                    );
                    self.lost.store(true, Ordering::Release);
                    self.ended.cancel();
                    return;
                }
                Err(error) => {
                    warn!(engine = self.engine, %error, "the lease could not be renewed");
                    pause = (self.length / 20).min(Duration::from_millis(500));
                }
            }
        }
    }

    async fn renew(&self, db: &Db) -> Result<Renewal, DbError> {
        let asked = Instant::now();
        let mut tx = db.system().await?;
        let renewal = engines::renew(&mut tx, self.engine, self.length).await?;
        tx.commit().await?;
        if renewal == Renewal::Held {
            *self
                .trusted_until
                .lock()
                .expect("nothing panics while holding it") = asked + trusted(self.length);
        }
        Ok(renewal)
    }
}

/// A tenth is left for clocks that do not run equally fast.
fn trusted(length: Duration) -> Duration {
    length * 9 / 10
}
