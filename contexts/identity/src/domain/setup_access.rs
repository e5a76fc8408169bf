//! Who may run the first set-up without the token from the log: only somebody at this machine.

use std::net::IpAddr;

/// What is known of a request before anybody has an account.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The other end of the connection itself, never what a header claims.
    pub peer: Option<IpAddr>,
    /// Whether the request says that it was passed on (`X-Forwarded-For`, `Forwarded`, `Via`…).
    pub forwarded: bool,
    /// The `Host` it asks for.
    pub host: Option<&'a str>,
}

impl Origin<'_> {
    /// Whether it comes straight from a program on this machine.
    ///
    /// The host must be a name of this machine too: a foreign page that has its own name resolved to
    /// 127.0.0.1 (DNS rebinding) makes the browser connect from loopback, but cannot make it ask for
    /// `localhost`.
    #[must_use]
    pub fn is_this_machine(&self) -> bool {
        let peer_is_local = self.peer.is_some_and(|ip| ip.to_canonical().is_loopback());
        peer_is_local && !self.forwarded && self.host.is_some_and(names_this_machine)
    }
}

fn names_this_machine(host: &str) -> bool {
    let name = if let Some(v6) = host.strip_prefix('[') {
        v6.split_once(']').map_or("", |(address, _)| address)
    } else {
        host.split_once(':').map_or(host, |(name, _)| name)
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::Origin;

    fn is_this_machine(peer: &str, forwarded: bool, host: &str) -> bool {
        Origin {
            peer: peer.parse().ok(),
            forwarded,
            host: Some(host),
        }
        .is_this_machine()
    }

    #[test]
    fn a_browser_on_this_machine_needs_no_token() {
        for (peer, host) in [
            ("127.0.0.1", "localhost:8080"),
            ("127.0.0.1", "127.0.0.1:8080"),
            ("127.8.9.1", "LOCALHOST"),
            ("::1", "[::1]:8080"),
            ("::ffff:127.0.0.1", "localhost"),
        ] {
            assert!(is_this_machine(peer, false, host), "{peer} {host}");
        }
    }

    #[test]
    fn everybody_else_needs_one() {
        assert!(!is_this_machine("192.168.1.5", false, "localhost:8080"));
        assert!(!is_this_machine("10.0.0.1", false, "mauntic.example.com"));
        assert!(!is_this_machine("", false, "localhost"));
        assert!(
            !Origin {
                peer: "127.0.0.1".parse().ok(),
                forwarded: false,
                host: None
            }
            .is_this_machine()
        );
    }

    #[test]
    fn a_proxy_on_this_machine_does_not_open_the_door_to_the_world() {
        assert!(!is_this_machine("127.0.0.1", true, "localhost:8080"));
        assert!(!is_this_machine("127.0.0.1", false, "mauntic.example.com"));
    }

    #[test]
    fn a_foreign_name_that_resolves_to_loopback_is_refused() {
        for host in [
            "evil.example:8080",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "[::1",
            "",
            "[]",
        ] {
            assert!(!is_this_machine("127.0.0.1", false, host), "{host}");
        }
    }
}
