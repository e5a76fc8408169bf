//! The scripts that sites load: ours, and one in the manner of Mautic's.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, header};
use platform::web::Query;
use std::sync::LazyLock;

use crate::{Crm, domain::source::is_write_key};

const SNIPPET: &str = include_str!("../../../assets/mauntic.js");
const MAUTIC: &str = include_str!("../../../assets/mtc.js");

/// The snippet without its remarks and indentation.
static SMALL: LazyLock<String> = LazyLock::new(|| small(SNIPPET));

/// Our own snippet. The page that loads it says in attributes whose it is and whether to wait.
pub async fn snippet() -> Response {
    script(SMALL.clone())
}

/// Mautic's snippet. Its address may carry the key of a source; without one, the installation's only
/// source of that kind is meant.
pub async fn mautic(State(crm): State<Crm>, Query(pairs): Query<Vec<(String, String)>>) -> Response {
    let key = pairs
        .iter()
        .find(|(name, _)| name == "key")
        .map_or("", |(_, key)| key);
    // Only what is a key gets into the script.
    let key = if is_write_key(key) { key } else { "" };
    script(
        small(MAUTIC)
            .replace("__BASE__", &crm.deps.config.base_url())
            .replace("__KEY__", key),
    )
}

fn script(text: String) -> Response {
    let mut response = text.into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        // An hour, so that a mended script arrives on the same day.
        (header::CACHE_CONTROL, "public, max-age=3600"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "cross-origin",
        ),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Takes out remarks on lines of their own, and blanks that nothing needs. Enough for scripts that are
/// written for it: all statements end with a semicolon, and there are no regular expressions.
fn small(script: &str) -> String {
    const SIGNS: &str = "{}()[];,:=<>!?&|+-*.'";
    let lines = script.lines().map(str::trim);
    let text = lines
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n");
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(next) = rest.chars().next() {
        let length = match next {
            '\'' | '"' => rest[1..].find(next).map_or(rest.len(), |end| end + 2),
            _ if next.is_whitespace() => {
                rest = rest.trim_start();
                let sign = |c: Option<char>| c.is_none_or(|c| SIGNS.contains(c));
                if !sign(out.chars().last()) && !sign(rest.chars().next()) {
                    out.push(' ');
                }
                continue;
            }
            '}' => {
                if out.ends_with(';') {
                    out.pop();
                }
                1
            }
            other => other.len_utf8(),
        };
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{SMALL, SNIPPET, small};

    #[test]
    fn the_snippet_is_small() {
        assert!(SMALL.len() <= 3 * 1024, "{} bytes", SMALL.len());
        assert!(SMALL.len() < SNIPPET.len());
    }

    #[test]
    fn remarks_and_indentation_are_taken_out() {
        let script = "// why\n  let a = b ? 'x  y' : c;\n\n  // b\n  if (a) { return typeof a; }\n";
        assert_eq!(small(script), "let a=b?'x  y':c;if(a){return typeof a}");
    }
}
