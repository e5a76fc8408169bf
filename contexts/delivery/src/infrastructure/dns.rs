//! DNS by `hickory-resolver`: plain UDP, and TCP for what is too long for it. Nothing is kept, since
//! whoever asks has just changed something.

use std::{net::SocketAddr, time::Duration};

use async_trait::async_trait;
use hickory_resolver::{
    TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig},
    net::{DnsError, NetError, runtime::TokioRuntimeProvider},
    proto::rr::{RData, Record, RecordType},
};
use tracing::warn;

use crate::application::dns::{Dns, LookUpFailed};

/// How long one server is waited for, once.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks the servers of the system, or those that the operator named.
#[derive(Clone, Debug)]
pub struct Resolver(Option<TokioResolver>);

impl Resolver {
    /// No servers means those of the system.
    #[must_use]
    pub fn new(servers: &[SocketAddr]) -> Self {
        let builder = if servers.is_empty() {
            TokioResolver::builder_tokio()
        } else {
            let named = servers.iter().map(name_server).collect();
            let config = ResolverConfig::from_name_servers(named);
            Ok(TokioResolver::builder_with_config(
                config,
                TokioRuntimeProvider::default(),
            ))
        };
        let made = builder.and_then(|mut builder| {
            let options = builder.options_mut();
            options.timeout = PATIENCE;
            options.attempts = 1;
            options.cache_size = 0;
            options.edns0 = true;
            options.try_tcp_on_error = true;
            // What this machine calls a host is not what the world is told.
            options.use_hosts_file = ResolveHosts::Never;
            builder.build()
        });
        match made {
            Ok(resolver) => Self(Some(resolver)),
            Err(error) => {
                warn!(%error, "DNS cannot be asked: domains are not checked");
                Self(None)
            }
        }
    }

    async fn records(&self, name: &str, kind: RecordType) -> Result<Vec<Record>, LookUpFailed> {
        let resolver = self.0.as_ref().ok_or(LookUpFailed::Unreachable)?;
        // With a dot at its end no other domain is tried after it.
        match resolver.lookup(format!("{name}."), kind).await {
            Ok(found) => Ok(found.answers().to_vec()),
            Err(error) => failed(&error),
        }
    }
}

fn name_server(address: &SocketAddr) -> NameServerConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = address.port();
        connection
    });
    NameServerConfig::new(address.ip(), true, connections.into())
}

fn failed(error: &NetError) -> Result<Vec<Record>, LookUpFailed> {
    match error {
        NetError::Dns(DnsError::NoRecordsFound(_)) => Ok(Vec::new()),
        NetError::Timeout => Err(LookUpFailed::TimedOut),
        NetError::Dns(_) => Err(LookUpFailed::ServerFailed),
        _ => Err(LookUpFailed::Unreachable),
    }
}

#[async_trait]
impl Dns for Resolver {
    async fn txt(&self, name: &str) -> Result<Vec<String>, LookUpFailed> {
        let found = self.records(name, RecordType::TXT).await?;
        let text = |record: Record| match record.data {
            RData::TXT(txt) => Some(String::from_utf8_lossy(&txt.txt_data.concat()).into_owned()),
            _ => None,
        };
        Ok(found.into_iter().filter_map(text).collect())
    }

    async fn mx(&self, name: &str) -> Result<Vec<String>, LookUpFailed> {
        let found = self.records(name, RecordType::MX).await?;
        let mut exchanges: Vec<(u16, String)> = found
            .into_iter()
            .filter_map(|record| match record.data {
                RData::MX(mx) => Some((mx.preference, host(&mx.exchange.to_ascii()))),
                _ => None,
            })
            .collect();
        exchanges.sort();
        let shown = |(preference, host)| format!("{preference} {host}");
        Ok(exchanges.into_iter().map(shown).collect())
    }

    async fn leads_to(&self, name: &str) -> Result<Vec<String>, LookUpFailed> {
        let alias = self.records(name, RecordType::CNAME).await?;
        let alias = alias.into_iter().find_map(|record| match record.data {
            RData::CNAME(target) => Some(host(&target.0.to_ascii())),
            _ => None,
        });
        if let Some(target) = alias {
            return Ok(vec![target]);
        }
        let (v4, v6) = tokio::join!(
            self.records(name, RecordType::A),
            self.records(name, RecordType::AAAA)
        );
        let found = match (v4, v6) {
            (Ok(v4), Ok(v6)) => [v4, v6].concat(),
            // One kind of address is enough to know that there is one.
            (Ok(found), Err(_)) | (Err(_), Ok(found)) if !found.is_empty() => found,
            (Err(error), _) | (_, Err(error)) => return Err(error),
        };
        let address = |record: Record| match record.data {
            RData::A(address) => Some(address.0.to_string()),
            RData::AAAA(address) => Some(address.0.to_string()),
            _ => None,
        };
        Ok(found.into_iter().filter_map(address).collect())
    }
}

/// Without the dot at its end; the root stays one.
fn host(name: &str) -> String {
    match name.strip_suffix('.') {
        Some("") | None => name.to_owned(),
        Some(host) => host.to_owned(),
    }
}
