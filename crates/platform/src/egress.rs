//! The one way out over HTTP. Addresses that people type in must not reach the machine's own
//! network: names are resolved here, every address is checked, and the connection goes to exactly
//! the address that was checked.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use futures::StreamExt;
use reqwest::{
    Client, ClientBuilder, Method, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    header::HeaderMap,
};

/// Most bytes of an answer that are read.
const MAX_RESPONSE: usize = 64 * 1024;

/// Where requests may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Public addresses only, ports 80, 443 and 8443.
    Public,
    /// Anywhere; for tests, and for operators who send to their own network.
    Anywhere,
}

/// Why a request was not made, or has no answer.
#[derive(Debug, thiserror::Error)]
pub enum EgressError {
    /// Not http or https, or a user name in it.
    #[error("the address must begin with http:// or https:// and hold no user name")]
    Address,
    /// A port that is not allowed.
    #[error("only ports 80, 443 and 8443 are allowed")]
    Port,
    /// The name leads into a private network.
    #[error("the address leads into a private or reserved network")]
    PrivateNetwork,
    /// The answer is too large.
    #[error("the answer is larger than 64 KiB")]
    TooLarge,
    /// No connection or no answer in time.
    #[error("the request failed: {0}")]
    Failed(#[from] reqwest::Error),
}

impl EgressError {
    /// Whether nothing of the request can have left the machine: it was refused here, or there was no
    /// connection yet. After anything else the other side may have it.
    #[must_use]
    pub fn is_before_sending(&self) -> bool {
        match self {
            EgressError::Address | EgressError::Port | EgressError::PrivateNetwork => true,
            EgressError::TooLarge => false,
            EgressError::Failed(error) => error.is_connect() || error.is_builder(),
        }
    }
}

/// An answer.
#[derive(Debug)]
pub struct EgressResponse {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body, at most 64 KiB.
    pub body: Bytes,
}

/// The longest that a request may take, from the first byte to the last.
const LONGEST: Duration = Duration::from_secs(30);

/// How often the other side of a connection that many requests share is asked whether it is there.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// The outgoing HTTP client: no redirects, 30 s, 64 KiB.
#[derive(Clone, Debug)]
pub struct Egress {
    client: Client,
    /// The same rules over HTTP/2.
    http2: Client,
    reach: Reach,
    patience: Duration,
}

impl Egress {
    /// Makes the client.
    pub fn new(reach: Reach) -> Result<Self, EgressError> {
        let client = guarded(reach).http1_only().build()?;
        // Some services speak nothing else. With TLS it is agreed on in the handshake (ALPN), and who does
        // not agree is not talked to; in clear it is taken for granted.
        let http2 = guarded(reach)
            .http2_prior_knowledge()
            .http2_keep_alive_interval(KEEP_ALIVE)
            .http2_keep_alive_timeout(KEEP_ALIVE / 2)
            .http2_keep_alive_while_idle(true)
            .build()?;
        Ok(Self {
            client,
            http2,
            reach,
            patience: LONGEST,
        })
    }

    /// The same client, which waits for no request longer than this, and never longer than 30 s.
    #[must_use]
    pub fn within(&self, patience: Duration) -> Self {
        Self {
            patience: patience.min(LONGEST),
            ..self.clone()
        }
    }

    /// The same way out over HTTP/2 alone (RFC 9113), for services that take requests over nothing else.
    /// All requests to one host share a connection.
    #[must_use]
    pub fn over_http2(&self) -> Self {
        Self {
            client: self.http2.clone(),
            ..self.clone()
        }
    }

    /// Makes a request.
    pub async fn send(
        &self,
        method: Method,
        url: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<EgressResponse, EgressError> {
        let url = self.check(url)?;
        let response = self
            .client
            .request(method, url)
            .timeout(self.patience)
            .headers(headers)
            .body(body)
            .send()
            .await
            .map_err(explain)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut body = Vec::new();
        let mut chunks = response.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            body.extend_from_slice(&chunk?);
            if body.len() > MAX_RESPONSE {
                return Err(EgressError::TooLarge);
            }
        }
        Ok(EgressResponse {
            status,
            headers,
            body: body.into(),
        })
    }

    /// What can be said of an address before its name is resolved.
    pub fn check(&self, url: &str) -> Result<Url, EgressError> {
        let url = Url::parse(url).map_err(|_| EgressError::Address)?;
        if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some()
        {
            return Err(EgressError::Address);
        }
        if self.reach == Reach::Anywhere {
            return Ok(url);
        }
        if !matches!(url.port_or_known_default(), Some(80 | 443 | 8443)) {
            return Err(EgressError::Port);
        }
        // A literal address never reaches the resolver.
        let literal = url.host_str().map(|host| host.trim_matches(['[', ']']));
        match literal.and_then(|host| host.parse::<IpAddr>().ok()) {
            Some(ip) if !is_public(ip) => Err(EgressError::PrivateNetwork),
            _ => Ok(url),
        }
    }
}

/// What both clients have in common.
fn guarded(reach: Reach) -> ClientBuilder {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that makes a client"
    )]
    let builder = Client::builder();
    builder
        .redirect(reqwest::redirect::Policy::none())
        .timeout(LONGEST)
        .connect_timeout(Duration::from_secs(10))
        .no_proxy()
        .dns_resolver(Arc::new(GuardedResolver { reach }))
}

/// The resolver's refusal comes back wrapped in a connection error.
fn explain(error: reqwest::Error) -> EgressError {
    let mut source: Option<&dyn std::error::Error> = Some(&error);
    while let Some(inner) = source {
        if inner.downcast_ref::<Refused>().is_some() {
            return EgressError::PrivateNetwork;
        }
        source = inner.source();
    }
    EgressError::Failed(error)
}

#[derive(Debug, thiserror::Error)]
#[error("the name leads into a private or reserved network")]
struct Refused;

struct GuardedResolver {
    reach: Reach,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.reach;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            // One private address among public ones is refused too: it is how rebinding begins.
            if reach == Reach::Public && found.iter().any(|address| !is_public(address.ip())) {
                return Err(Refused.into());
            }
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}

/// Whether an address lies on the public internet, after unwrapping the forms of IPv6 that carry an
/// IPv4 address (RFC 4291 mapped, RFC 6052 NAT64, RFC 3056 6to4).
#[must_use]
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b)) // carrier-grade NAT, RFC 6598
        || (a == 192 && b == 0 && (c == 0 || c == 2)) // protocol assignments and documentation
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19)) // benchmarks, RFC 2544
        || (a == 198 && b == 51 && c == 100)
        || (a == 203 && b == 0 && c == 113))
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let s = ip.segments();
    if let Some(v4) = ip.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    if s[0] == 0x64 && s[1] == 0xff9b {
        return is_public_v4(embedded(s[6], s[7]));
    }
    if s[0] == 0x2002 {
        return is_public_v4(embedded(s[1], s[2]));
    }
    // Global unicast is 2000::/3; of it, documentation, Teredo and benchmarks are not.
    (s[0] & 0xe000) == 0x2000
        && !(s[0] == 0x2001 && (s[1] == 0x0db8 || s[1] == 0 || s[1] == 2))
        && !(s[0] == 0x3fff && s[1] < 0x1000)
}

#[cfg(test)]
mod tests {
    use super::{Egress, EgressError, Reach, is_public};

    #[test]
    fn private_and_reserved_addresses_are_recognised_in_every_disguise() {
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "240.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "224.0.0.1",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "fc00::1",
            "fe80::1",
            "ff02::1",
            "2001:db8::1",
        ] {
            assert!(!is_public(text.parse().expect("an address")), "{text}");
        }
        for text in [
            "1.1.1.1",
            "93.184.216.34",
            "2606:4700::1111",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
        ] {
            assert!(is_public(text.parse().expect("an address")), "{text}");
        }
    }

    #[test]
    fn addresses_that_could_reach_the_own_network_are_refused_before_any_connection() {
        rustls::crypto::aws_lc_rs::default_provider()
            .install_default()
            .ok();
        let egress = Egress::new(Reach::Public).expect("a client");
        assert!(matches!(
            egress.check("http://127.0.0.1/"),
            Err(EgressError::PrivateNetwork)
        ));
        assert!(matches!(
            egress.check("http://[::ffff:10.0.0.1]/"),
            Err(EgressError::PrivateNetwork)
        ));
        assert!(matches!(
            egress.check("http://2130706433/"),
            Err(EgressError::PrivateNetwork)
        ));
        assert!(matches!(
            egress.check("http://example.com:22/"),
            Err(EgressError::Port)
        ));
        assert!(matches!(
            egress.check("ftp://example.com/"),
            Err(EgressError::Address)
        ));
        assert!(matches!(
            egress.check("http://user@example.com/"),
            Err(EgressError::Address)
        ));
        assert!(egress.check("https://example.com/hook").is_ok());
    }
}
