//! Hosts that links of mails lead to: what is said there, and what is not.

use std::{
    collections::HashMap,
    sync::Mutex,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contracts::delivery::domains::TRACKING_PROOF;
use http::{HeaderMap, HeaderValue, header};
use platform::{
    Db, Deps, PublicHosts,
    web::{Access, AppError, Routes},
};
use tracing::warn;

use crate::{domain::tracking_host::proof, infrastructure::pg::domain_checks};

/// How long a host counts as one after it was last looked up. One that is none is looked up each time:
/// it may have become one.
const KEPT: Duration = Duration::from_secs(60);
/// More hosts than this are not kept.
const MOST_KEPT: usize = 10_000;

/// At hosts that links of organisations lead to, only public routes answer.
pub struct TrackingHostsOnly {
    db: Db,
    known: Mutex<HashMap<String, Instant>>,
}

impl TrackingHostsOnly {
    /// Knows no host yet.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self {
            db,
            known: Mutex::default(),
        }
    }

    fn is_known(&self, host: &str) -> bool {
        let known = self.known.lock().expect("nobody panics with it in hand");
        known.get(host).is_some_and(|at| at.elapsed() < KEPT)
    }

    fn remember(&self, host: &str) {
        let mut known = self.known.lock().expect("nobody panics with it in hand");
        if known.len() >= MOST_KEPT {
            known.retain(|_, at| at.elapsed() < KEPT);
        }
        if known.len() < MOST_KEPT {
            known.insert(host.to_owned(), Instant::now());
        }
    }
}

#[async_trait]
impl PublicHosts for TrackingHostsOnly {
    async fn is_public_only(&self, host: &str) -> bool {
        if self.is_known(host) {
            return true;
        }
        let looked = async {
            let mut tx = self.db.system().await?;
            let is_one = domain_checks::is_tracking_host(&mut tx, host).await?;
            tx.commit().await.map(|()| is_one)
        };
        match looked.await {
            Ok(true) => {
                self.remember(host);
                true
            }
            Ok(false) => false,
            Err(error) => {
                warn!(%error, "it could not be told whether links lead to a host");
                false
            }
        }
    }
}

/// The page that shows that a host leads here.
#[must_use]
pub fn routes(deps: &Deps) -> Routes {
    let key = deps.keys.hmac("delivery.tracking_hosts");
    Routes::new()
        .get(TRACKING_PROOF.template(), Access::Public, prove)
        .with_state(key)
}

/// Proves it for the host that was asked at, and no other.
async fn prove(State(key): State<aws_lc_rs::hmac::Key>, headers: HeaderMap) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let Some(host) = host
        .and_then(|host| host.split(':').next())
        .filter(|host| !host.is_empty())
    else {
        return AppError::NotFound.into_response();
    };
    let caching = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (caching, proof(&key, host)).into_response()
}
