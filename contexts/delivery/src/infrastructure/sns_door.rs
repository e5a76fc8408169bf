//! What has to be fetched from Amazon SNS before its calls can be believed: the certificates that it signs
//! with, and the address that says yes to a subscription. The caller has checked that both are SNS's own.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Method};
use jiff::SignedDuration;
use kernel::{Clock, Timestamp};
use platform::egress::Egress;
use tokio::sync::Mutex;

/// So long a certificate is not fetched again. Amazon gives a new one a new address.
const FRESH: SignedDuration = SignedDuration::from_hours(24);
/// There is one for each region, and an old one for a while.
const MOST: usize = 64;

/// It was not fetched; the provider may try again.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotFetched(pub String);

/// The way to Amazon SNS.
#[async_trait]
pub trait SnsDoor: Send + Sync {
    /// The certificate (PEM) at an address of SNS.
    async fn certificate(&self, url: &str) -> Result<Bytes, NotFetched>;
    /// Says yes to a subscription.
    async fn confirm(&self, url: &str) -> Result<(), NotFetched>;
}

/// Over the one way out.
pub struct OverEgress {
    egress: Egress,
    clock: Arc<dyn Clock>,
    /// Held while one is fetched, so that a burst of calls fetches it once.
    certificates: Mutex<HashMap<String, (Timestamp, Bytes)>>,
}

impl OverEgress {
    /// With nothing fetched yet.
    #[must_use]
    pub fn new(egress: Egress, clock: Arc<dyn Clock>) -> Self {
        Self {
            egress,
            clock,
            certificates: Mutex::default(),
        }
    }

    async fn get(&self, url: &str) -> Result<Bytes, NotFetched> {
        let sent = self
            .egress
            .send(Method::GET, url, HeaderMap::new(), Bytes::new())
            .await;
        let response = sent.map_err(|error| NotFetched(error.to_string()))?;
        if response.status == 200 {
            Ok(response.body)
        } else {
            Err(NotFetched(format!("status {}", response.status)))
        }
    }
}

#[async_trait]
impl SnsDoor for OverEgress {
    async fn certificate(&self, url: &str) -> Result<Bytes, NotFetched> {
        let now = self.clock.now();
        let mut known = self.certificates.lock().await;
        if let Some((at, pem)) = known.get(url)
            && now.duration_since(*at) < FRESH
        {
            return Ok(pem.clone());
        }
        let pem = self.get(url).await?;
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(url.to_owned(), (now, pem.clone()));
        Ok(pem)
    }

    async fn confirm(&self, url: &str) -> Result<(), NotFetched> {
        self.get(url).await.map(|_| ())
    }
}
