use http::{HeaderMap, header};

/// What the browser says about where a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// From a page of ours, or typed in by the person.
    Own,
    /// From another site.
    Foreign,
    /// Nothing: not a browser of these days.
    Unsaid,
}

/// Reads `Sec-Fetch-Site`, or else compares `Origin` with `Host`.
pub(crate) fn origin(headers: &HeaderMap) -> Origin {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &http::HeaderValue| value.to_str().ok())
    };
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site")) {
        return if matches!(site, "same-origin" | "none") {
            Origin::Own
        } else {
            Origin::Foreign
        };
    }
    let Some(origin) = text(header::ORIGIN) else {
        return Origin::Unsaid;
    };
    let host = origin.split_once("://").map(|(_, host)| host);
    if host.is_some() && host == text(header::HOST) {
        Origin::Own
    } else {
        Origin::Foreign
    }
}

#[cfg(test)]
mod tests {
    use super::{Origin, origin};
    use http::HeaderMap;

    fn given(pairs: &[(&'static str, &'static str)]) -> Origin {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().expect("a value"));
        }
        origin(&headers)
    }

    #[test]
    fn only_our_own_pages_count_as_ours() {
        assert_eq!(given(&[("sec-fetch-site", "same-origin")]), Origin::Own);
        assert_eq!(given(&[("sec-fetch-site", "same-site")]), Origin::Foreign);
        assert_eq!(
            given(&[
                ("sec-fetch-site", "cross-site"),
                ("origin", "http://a"),
                ("host", "a")
            ]),
            Origin::Foreign
        );
        assert_eq!(
            given(&[("origin", "https://a.example"), ("host", "a.example")]),
            Origin::Own
        );
        assert_eq!(
            given(&[("origin", "https://b.example"), ("host", "a.example")]),
            Origin::Foreign
        );
        assert_eq!(
            given(&[("origin", "null"), ("host", "a.example")]),
            Origin::Foreign
        );
        assert_eq!(given(&[]), Origin::Unsaid);
    }
}
