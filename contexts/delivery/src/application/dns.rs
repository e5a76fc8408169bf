//! What is asked of DNS, and of hosts that links are to lead to.

use std::sync::Arc;

use async_trait::async_trait;
use aws_lc_rs::hmac;

use crate::domain::tracking_host::proof;

/// A look-up without an answer: neither "this" nor "there is none".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LookUpFailed {
    /// Nobody answered in time.
    #[error("timeout")]
    TimedOut,
    /// The server could not say.
    #[error("servfail")]
    ServerFailed,
    /// No server was reached, or the name cannot be asked for.
    #[error("unreachable")]
    Unreachable,
    /// This installation does not ask.
    #[error("off")]
    SwitchedOff,
}

/// Asks DNS. What does not exist is an empty list.
#[async_trait]
pub trait Dns: std::fmt::Debug + Send + Sync {
    /// The texts of a name, each with its strings joined.
    async fn txt(&self, name: &str) -> Result<Vec<String>, LookUpFailed>;
    /// Where mail of a domain goes, such as `10 mx.example.com`; `0 .` is nowhere.
    async fn mx(&self, name: &str) -> Result<Vec<String>, LookUpFailed>;
    /// Where a host leads: the name that it stands for, or else its addresses.
    async fn leads_to(&self, name: &str) -> Result<Vec<String>, LookUpFailed>;
}

/// Asks nobody: for machines without DNS.
#[derive(Clone, Copy, Debug)]
pub struct NoDns;

#[async_trait]
impl Dns for NoDns {
    async fn txt(&self, _: &str) -> Result<Vec<String>, LookUpFailed> {
        Err(LookUpFailed::SwitchedOff)
    }
    async fn mx(&self, _: &str) -> Result<Vec<String>, LookUpFailed> {
        Err(LookUpFailed::SwitchedOff)
    }
    async fn leads_to(&self, _: &str) -> Result<Vec<String>, LookUpFailed> {
        Err(LookUpFailed::SwitchedOff)
    }
}

/// Fetches what a host says.
#[async_trait]
pub trait TrackingProbe: std::fmt::Debug + Send + Sync {
    /// The text at an address, whatever its status; no redirect is followed.
    async fn read(&self, url: &str) -> Result<String, LookUpFailed>;
}

/// What is needed to tell whether a host leads here.
#[derive(Clone, Debug)]
pub struct TrackingHosts {
    /// Fetches.
    pub probe: Arc<dyn TrackingProbe>,
    /// The key of this installation's proofs.
    pub key: hmac::Key,
    /// `https`, or `http` where the operator allowed it.
    pub scheme: &'static str,
    /// The installation's own host.
    pub ours: String,
}

impl TrackingHosts {
    /// Whether this installation answers at a host.
    pub async fn leads_here(&self, host: &str) -> Result<bool, LookUpFailed> {
        let path = contracts::delivery::domains::TRACKING_PROOF.url();
        let said = self
            .probe
            .read(&format!("{}://{host}{path}", self.scheme))
            .await?;
        Ok(said.trim() == proof(&self.key, host))
    }
}
