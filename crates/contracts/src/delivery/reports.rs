//! Where providers tell us what became of messages.

use kernel::{ProviderId, Route1};

/// Called by the provider of an account; public, since the calls are signed.
pub const PROVIDER_REPORTS: Route1<ProviderId> = Route1::new("/webhooks/delivery/{provider}");
