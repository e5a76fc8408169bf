//! What a host says that links are to lead to.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Method};
use platform::egress::Egress;

use crate::application::dns::{LookUpFailed, TrackingProbe};

/// A person may be waiting.
const PATIENCE: Duration = Duration::from_secs(8);

/// Asks by the one way out, which refuses private networks.
#[derive(Clone, Debug)]
pub struct EgressProbe(pub Egress);

#[async_trait]
impl TrackingProbe for EgressProbe {
    async fn read(&self, url: &str) -> Result<String, LookUpFailed> {
        let egress = self.0.within(PATIENCE);
        let answer = egress
            .send(Method::GET, url, HeaderMap::new(), Bytes::new())
            .await
            .map_err(|_| LookUpFailed::Unreachable)?;
        // A proxy that has nobody behind it for the moment says nothing about where it leads.
        if answer.status >= 500 {
            return Err(LookUpFailed::ServerFailed);
        }
        Ok(String::from_utf8_lossy(&answer.body).into_owned())
    }
}
