/// A call from a provider, as it came.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// What the provider called, with scheme, host, path and query, as it is entered there. Made from
    /// our own configuration: neither `Host` nor `X-Forwarded-Host` can be believed.
    pub url: &'a str,
    /// Names in any case, and values.
    pub headers: &'a [(&'a str, &'a str)],
    /// Before anything has read or changed it.
    pub body: &'a [u8],
}

/// Why a call is not believed or not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Missing, made with another key, or for something else than what came: answered with 401.
    #[error("the signature is missing or wrong")]
    BadSignature,
    /// Signed too long ago, or in the future: answered with 401.
    #[error("the request was signed at another time")]
    OutsideWindow,
    /// Rightly signed, but not what the provider's documentation describes: answered with 400. The
    /// words are for the log.
    #[error("the request is not understood: {0}")]
    NotUnderstood(&'static str),
}

impl<'a> Request<'a> {
    /// The value of a header that is there once. Of two values the one that was verified need not be
    /// the one that is read.
    pub(super) fn header(&self, name: &str) -> Option<&'a str> {
        let mut found = self
            .headers
            .iter()
            .filter(|(given, _)| given.eq_ignore_ascii_case(name));
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Some(value.trim()),
            _ => None,
        }
    }

    /// A header without which nothing can be verified.
    pub(super) fn signed_header(&self, name: &str) -> Result<&'a str, Refused> {
        self.header(name).ok_or(Refused::BadSignature)
    }

    /// Whether the body says that it is JSON.
    pub(super) fn is_json(&self) -> bool {
        self.header("content-type").is_some_and(|kind| {
            let kind = kind.split(';').next().unwrap_or_default().trim();
            kind.eq_ignore_ascii_case("application/json")
        })
    }

    /// What stands behind the `?`, without a fragment.
    pub(super) fn query(&self) -> &'a str {
        let (_, query) = self.url.split_once('?').unwrap_or_default();
        query.split('#').next().unwrap_or_default()
    }

    /// The URL up to the `?`.
    pub(super) fn url_without_query(&self) -> &'a str {
        self.url.split(['?', '#']).next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Request;

    #[test]
    fn a_header_that_comes_twice_is_as_good_as_none() {
        let headers = [("X-Once", " a "), ("X-Twice", "b"), ("x-twice", "c")];
        let request = Request {
            url: "https://app.example/hook?a=b#c",
            headers: &headers,
            body: b"",
        };
        assert_eq!(request.header("x-once"), Some("a"));
        assert_eq!(request.header("X-Twice"), None);
        assert_eq!(request.query(), "a=b");
        assert_eq!(request.url_without_query(), "https://app.example/hook");
    }

    #[test]
    fn json_is_told_by_its_content_type() {
        for (kind, json) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/x-www-form-urlencoded", false),
            ("text/plain", false),
        ] {
            let headers = [("Content-Type", kind)];
            let request = Request {
                url: "",
                headers: &headers,
                body: b"",
            };
            assert_eq!(request.is_json(), json, "{kind}");
        }
    }
}
