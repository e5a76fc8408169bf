//! Whether the links of a template lead somewhere.
//!
//! What is tried was typed in by somebody, so all of it goes through the one outgoing client, which
//! refuses private networks and follows nothing.

use std::time::Duration;

use futures::{StreamExt, stream};
use platform::egress::Egress;

use crate::{
    domain::{
        link_outcome::LinkOutcome,
        template::{TemplateSource, fixed_links},
    },
    infrastructure::link_probe::try_link,
};

/// More links than these are not tried.
pub const MOST_LINKS: usize = 50;
/// No link is waited for longer than this.
const PATIENCE: Duration = Duration::from_secs(5);
/// So many are tried at once.
const AT_ONCE: usize = 10;

/// What was found out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckedLinks {
    /// In the order of the source.
    pub links: Vec<CheckedLink>,
    /// How many more there are.
    pub skipped: usize,
}

/// One link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedLink {
    /// Its address.
    pub url: String,
    /// Where it first stands, from 1.
    pub line: u32,
    /// Where it leads.
    pub outcome: LinkOutcome,
}

/// Tries the first links that nothing has to be filled into.
pub async fn check_links(egress: &Egress, source: &TemplateSource) -> CheckedLinks {
    let egress = egress.within(PATIENCE);
    let mut links = fixed_links(source);
    let skipped = links.len().saturating_sub(MOST_LINKS);
    links.truncate(MOST_LINKS);
    let links = stream::iter(links)
        .map(|(url, line)| {
            let egress = egress.clone();
            async move {
                let outcome = try_link(&egress, &url).await;
                CheckedLink { url, line, outcome }
            }
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    CheckedLinks { links, skipped }
}
