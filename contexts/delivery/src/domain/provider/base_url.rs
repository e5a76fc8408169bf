/// The start of an address that requests go to: scheme, host, perhaps a port and a path; no user, no
/// query, no fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    scheme: &'static str,
    authority: String,
    path: String,
}

impl BaseUrl {
    /// The most bytes.
    pub const LONGEST: usize = 500;

    /// Reads one; host and scheme in any case, with or without a slash at the end.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > Self::LONGEST {
            return None;
        }
        let (scheme, rest) = text.split_once("://")?;
        let (scheme, default_port) = match scheme.to_ascii_lowercase().as_str() {
            "https" => ("https", "443"),
            "http" => ("http", "80"),
            _ => return None,
        };
        let (authority, path) = rest
            .split_once('/')
            .map_or((rest, ""), |(authority, path)| (authority, path));
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'/');
        if !path.bytes().all(plain) || path.split('/').any(|part| matches!(part, "." | "..")) {
            return None;
        }
        let (host, port) = split_port(authority)?;
        let is_number = port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|n| n > 0);
        if !port.is_empty() && !is_number {
            return None;
        }
        let host = host.to_ascii_lowercase();
        let authority = if port.is_empty() || port == default_port {
            host
        } else {
            format!("{host}:{port}")
        };
        let path = path.trim_matches('/');
        Some(Self {
            scheme,
            authority,
            path: if path.is_empty() {
                String::new()
            } else {
                format!("/{path}")
            },
        })
    }

    /// Whether nobody on the way can read along.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.scheme == "https"
    }

    /// The `Host` of requests: the port is part of it unless it is the scheme's own.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The name or address of the host, without the port; IPv6 without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        split_port(&self.authority).map_or("", |(host, _)| host.trim_matches(['[', ']']))
    }

    /// The path of a resource below it; `below` begins with a slash.
    #[must_use]
    pub fn path(&self, below: &str) -> String {
        format!("{}{below}", self.path)
    }

    /// The whole address of a resource below it; `below` begins with a slash.
    #[must_use]
    pub fn url(&self, below: &str) -> String {
        format!("{}://{}{}{below}", self.scheme, self.authority, self.path)
    }
}

/// Host (IPv6 in its brackets) and port; `None` where neither could be meant.
fn split_port(authority: &str) -> Option<(&str, &str)> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let end = rest.find(']')?;
            let (host, after) = authority.split_at(end + 2);
            rest[..end].parse::<std::net::Ipv6Addr>().ok()?;
            (
                host,
                if after.is_empty() {
                    ""
                } else {
                    after.strip_prefix(':')?
                },
            )
        }
        None => {
            let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
            // Without brackets an address of IPv6 cannot be told from a port.
            if host.contains(':') || !super::smtp::is_host(host) {
                return None;
            }
            (host, port)
        }
    };
    Some((host, port))
}

#[cfg(test)]
mod tests {
    use super::BaseUrl;

    #[test]
    fn an_address_is_read_into_what_requests_need() {
        for (text, authority, host, url) in [
            (
                "https://api.example.com",
                "api.example.com",
                "api.example.com",
                "https://api.example.com/v3/x",
            ),
            (
                "HTTPS://API.example.com/",
                "api.example.com",
                "api.example.com",
                "https://api.example.com/v3/x",
            ),
            (
                "https://example.com:443/mail/",
                "example.com",
                "example.com",
                "https://example.com/mail/v3/x",
            ),
            (
                "http://127.0.0.1:8025",
                "127.0.0.1:8025",
                "127.0.0.1",
                "http://127.0.0.1:8025/v3/x",
            ),
            (
                "http://[::1]:8025/a/b",
                "[::1]:8025",
                "::1",
                "http://[::1]:8025/a/b/v3/x",
            ),
        ] {
            let base = BaseUrl::parse(text).expect(text);
            assert_eq!((base.authority(), base.host()), (authority, host), "{text}");
            assert_eq!(base.url("/v3/x"), url, "{text}");
        }
        let base = BaseUrl::parse("https://example.com/mail").expect("it is one");
        assert_eq!(base.path("/v3/x"), "/mail/v3/x");
        assert!(base.is_encrypted());
    }

    #[test]
    fn what_could_lead_elsewhere_is_no_base() {
        for bad in [
            "",
            "api.example.com",
            "ftp://example.com",
            "https://",
            "https:///v3",
            "https://ann@example.com",
            "https://ann:secret@example.com",
            "https://example.com/?a=b",
            "https://example.com/#a",
            "https://example.com/a b",
            "https://example.com/../x",
            "https://example.com\r\nX: y",
            "https://example.com:port",
            "https://example.com:0",
            "https://example.com:+80",
            "https://example.com:99999",
            "https://[::1",
            "https://::1/",
        ] {
            assert_eq!(BaseUrl::parse(bad), None, "{bad:?}");
        }
    }
}
