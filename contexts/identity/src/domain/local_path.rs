//! Where to go after signing in: only ever a page of this server.

use kernel::Route0;

/// A path with an optional query, that a browser can only read as one of this host's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalPath(String);

impl LocalPath {
    /// `None` for everything that could lead elsewhere: `//host`, `/\host` (browsers read `\` as
    /// `/`), characters that browsers drop before reading (tabs, line breaks), other schemes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let harmless = text.len() <= 2000 && text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
        let local = text.starts_with('/') && !text.starts_with("//");
        (harmless && local).then(|| Self(text.to_owned()))
    }

    /// The path given, or else the page `route`.
    #[must_use]
    pub fn parse_or(text: Option<&str>, route: Route0) -> Self {
        text.and_then(Self::parse).unwrap_or_else(|| Self(route.url()))
    }

    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::LocalPath;

    #[test]
    fn pages_of_this_server_pass() {
        for good in [
            "/",
            "/app",
            "/app/contacts?q=ann%20m&sort=-name",
            "/app/x#y",
            "/app?u=https://example.com//",
        ] {
            assert_eq!(
                LocalPath::parse(good).map(|p| p.as_str().to_owned()),
                Some(good.to_owned())
            );
        }
    }

    #[test]
    fn nothing_leads_to_another_server() {
        for bad in [
            "",
            "app",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            " /app",
            "/app\r\nSet-Cookie: a=b",
            "/ü",
        ] {
            assert_eq!(LocalPath::parse(bad), None, "{bad:?}");
        }
        assert_eq!(LocalPath::parse(&format!("/{}", "x".repeat(2000))), None);
    }
}
