//! Runs the hashing of passwords beside the threads that serve requests, a few at a time.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::domain::password::{NewPassword, PasswordHash};

/// Hashing takes 19 MiB and tens of milliseconds of a core. As many run at once as there are cores;
/// the rest waits, so that a storm of sign-ins costs time and not the machine's memory.
#[derive(Clone, Debug)]
pub struct PasswordWork(Arc<Semaphore>);

impl PasswordWork {
    /// As many at once as this machine has cores.
    #[must_use]
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new(cores)))
    }

    /// Hashes a new password.
    pub async fn hash(&self, password: NewPassword) -> PasswordHash {
        self.run(move || password.hash()).await
    }

    /// Whether `password` is the one that was hashed.
    pub async fn matches(&self, hash: PasswordHash, password: String) -> bool {
        self.run(move || hash.matches(&password)).await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let permit = self
            .0
            .clone()
            .acquire_owned()
            .await
            .expect("the semaphore is never closed");
        let task = tokio::task::spawn_blocking(move || {
            // Held by the work itself: a request that is dropped does not free a place early.
            let _permit = permit;
            work()
        });
        task.await.expect("hashing does not panic")
    }
}
