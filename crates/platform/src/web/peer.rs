use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use axum::extract::FromRequestParts;
use http::{HeaderMap, request::Parts};

/// Who is at the other end of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Their address; behind a trusted proxy, the one that it names.
    pub ip: IpAddr,
    /// Whether they reached the program without any proxy in between.
    pub direct: bool,
}

impl Peer {
    pub(crate) fn of(socket: SocketAddr, headers: &HeaderMap, trust_proxy: bool) -> Self {
        let forwarded = headers.get("x-forwarded-for");
        let direct = forwarded.is_none() && !headers.contains_key("forwarded");
        // The proxy appends the address that it saw, so only the last one can be believed.
        let named = forwarded
            .filter(|_| trust_proxy)
            .and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
        Self {
            ip: named.unwrap_or(socket.ip()).to_canonical(),
            direct,
        }
    }

    /// Whether the request comes from this very machine, with nothing in between.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.direct && self.ip.is_loopback()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let unknown = Peer {
            ip: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            direct: false,
        };
        Ok(parts.extensions.get::<Peer>().copied().unwrap_or(unknown))
    }
}

#[cfg(test)]
mod tests {
    use super::Peer;
    use http::HeaderMap;

    #[test]
    fn a_forwarded_address_is_believed_only_behind_a_trusted_proxy() {
        let socket = "127.0.0.1:5000".parse().expect("an address");
        let mut headers = HeaderMap::new();
        assert!(Peer::of(socket, &headers, false).is_local());
        headers.insert("x-forwarded-for", "6.6.6.6, 9.9.9.9".parse().expect("a value"));
        assert_eq!(Peer::of(socket, &headers, true).ip.to_string(), "9.9.9.9");
        assert_eq!(Peer::of(socket, &headers, false).ip.to_string(), "127.0.0.1");
        assert!(!Peer::of(socket, &headers, false).is_local());
    }
}
