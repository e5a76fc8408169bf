//! Hosts of organisations, at which links of mails are answered and nothing else: nobody may be led to
//! sign in under a name that somebody else owns.

use std::{collections::HashSet, net::IpAddr, sync::Arc};

use axum::extract::{MatchedPath, Request};
use http::header;

use super::{Routes, Site};

/// The paths that are answered at every host.
#[derive(Clone, Debug)]
pub(crate) struct PublicPaths(Arc<HashSet<String>>);

impl PublicPaths {
    /// Those of public routes, and the files that their pages load.
    pub fn of(public: &Routes) -> Self {
        let paths = public.entries().iter().map(|entry| entry.path.to_string());
        Self(Arc::new(paths.chain(["/static/{file}".to_owned()]).collect()))
    }

    /// The host that has to be asked about before a request is answered; `None` when it may be in any
    /// case. Apart from the asking, since a request cannot be held on to meanwhile.
    pub fn doubtful_host(&self, site: &Site, request: &Request) -> Option<String> {
        let path = request.extensions().get::<MatchedPath>();
        if path.is_some_and(|path| self.0.contains(path.as_str())) {
            return None;
        }
        let host = host_of(request)?;
        // The usual case costs nothing; machines that look after the program come by its number.
        let trusted = host == own_host(site) || host == "localhost" || host.parse::<IpAddr>().is_ok();
        (!trusted).then_some(host)
    }
}

/// Whether only public routes answer at a host.
pub(crate) async fn is_public_only(site: &Site, host: &str) -> bool {
    for hosts in &site.public_hosts {
        if hosts.is_public_only(host).await {
            return true;
        }
    }
    false
}

/// The host that a request names, in lower case, without port and without a dot at its end. A host in
/// the request's own line beats the header (RFC 9112 section 3.2.2).
fn host_of(request: &Request) -> Option<String> {
    let named = request.uri().authority().map(|authority| authority.as_str());
    let header = || {
        request
            .headers()
            .get(header::HOST)
            .and_then(|host| host.to_str().ok())
    };
    named.or_else(header).map(host_only)
}

fn own_host(site: &Site) -> String {
    let url = site.deps.config.base_url();
    let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    host_only(rest.split('/').next().unwrap_or_default())
}

fn host_only(authority: &str) -> String {
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host.trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::host_only;

    #[test]
    fn a_host_is_the_same_however_it_is_written() {
        for written in ["links.example", "Links.Example:443", "links.example.:80"] {
            assert_eq!(host_only(written), "links.example");
        }
        assert_eq!(host_only("[::1]:80"), "::1");
    }
}
