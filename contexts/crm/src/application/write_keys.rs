//! Write keys: which source a key belongs to, and how much it may send.
//!
//! A browser sends its key with every event, so sources are remembered for a few seconds. A change of
//! a source holds at once in this process and after those seconds in others.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use platform::{Db, DbError};

use crate::{
    domain::{
        allowance::Allowance,
        source::{Source, SourceKind, is_write_key},
    },
    infrastructure::pg::sources::{only_source_of, source_with_key},
};

/// How long a source is remembered.
const REMEMBERED: Duration = Duration::from_secs(5);
/// Keys remembered at most; more than any installation has.
const MOST: usize = 10_000;

/// Sources by key. Cheap to clone.
#[derive(Clone, Debug)]
pub struct WriteKeys(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    db: Db,
    known: Mutex<HashMap<String, Known>>,
    allowances: Mutex<HashMap<String, Allowance>>,
}

#[derive(Clone, Debug)]
struct Known {
    source: Option<Arc<Source>>,
    until: Instant,
}

impl WriteKeys {
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self(Arc::new(Shared {
            db,
            known: Mutex::default(),
            allowances: Mutex::default(),
        }))
    }

    /// The source of a key; none when there is no such key.
    pub async fn source(&self, key: &str) -> Result<Option<Arc<Source>>, DbError> {
        if !is_write_key(key) {
            return Ok(None);
        }
        self.remembered(key, source_with_key(&self.0.db, key)).await
    }

    /// The only source of Mautic's kind, for snippets without a key.
    pub async fn mautic(&self) -> Result<Option<Arc<Source>>, DbError> {
        self.remembered("", only_source_of(&self.0.db, SourceKind::Mautic))
            .await
    }

    /// Takes so many events out of what a source may send, or says how long to wait.
    pub fn take(&self, source: &Source, events: usize) -> Result<(), Duration> {
        let (now, rate) = (Instant::now(), source.settings.events_per_second);
        let mut allowances = self.0.allowances.lock().expect("nothing panics while holding it");
        if allowances.len() > MOST {
            allowances.clear();
        }
        allowances
            .entry(source.write_key.clone())
            .or_insert_with(|| Allowance::full(rate, now))
            .take(events, rate, now)
    }

    /// Forgets what is remembered: a source has changed.
    pub fn forget(&self) {
        self.0
            .known
            .lock()
            .expect("nothing panics while holding it")
            .clear();
    }

    async fn remembered(
        &self,
        key: &str,
        read: impl Future<Output = Result<Option<Source>, DbError>>,
    ) -> Result<Option<Arc<Source>>, DbError> {
        let now = Instant::now();
        let known = self
            .0
            .known
            .lock()
            .expect("nothing panics while holding it")
            .get(key)
            .cloned();
        if let Some(known) = known.filter(|known| known.until > now) {
            return Ok(known.source);
        }
        let source = read.await?.map(Arc::new);
        let mut all = self.0.known.lock().expect("nothing panics while holding it");
        if all.len() > MOST {
            all.clear();
        }
        let until = now + REMEMBERED;
        all.insert(
            key.to_owned(),
            Known {
                source: source.clone(),
                until,
            },
        );
        Ok(source)
    }
}
