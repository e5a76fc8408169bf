//! Links are built by the typed routes of `contracts`, never written out.

use crate::{Source, at};

pub fn check(source: &Source) -> Vec<String> {
    if matches!(
        source.krate.as_str(),
        "crates/contracts" | "crates/kernel" | "crates/testkit"
    ) {
        return Vec::new();
    }
    source
        .all_strings()
        .filter(|(text, _)| {
            ["/app/", "/ui/", "/api/v1/"]
                .iter()
                .any(|prefix| text.starts_with(prefix))
        })
        // What an address begins with is no link.
        .filter(|(text, _)| !matches!(text.as_str(), "/app/" | "/ui/" | "/api/v1/"))
        .map(|(text, line)| {
            at(
                source,
                *line,
                &format!("{text:?} is written out; use the route in contracts"),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::Source;

    #[test]
    fn written_out_links_are_found() {
        let text =
            r#"fn f() { html! { a href="/app/contacts" {} } } fn g() -> &'static str { "/api/v1/things" }"#;
        assert_eq!(
            check(&Source::parse("contexts/crm/src/interface/web/a.rs", text)).len(),
            2
        );
        assert_eq!(
            check(&Source::parse("crates/contracts/src/crm.rs", text)).len(),
            0
        );
    }
}
