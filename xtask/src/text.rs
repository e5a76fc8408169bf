//! All text that people see goes through message keys: no bare words in markup.

use crate::{Source, at};

pub fn check(source: &Source) -> Vec<String> {
    source
        .shown
        .iter()
        .filter(|(text, _)| has_words(text))
        .map(|(text, line)| {
            at(
                source,
                *line,
                &format!("{text:?} is bare text; give it a message key"),
            )
        })
        .collect()
}

/// Two letters in a row; single ones are keys on a keyboard, or marks.
fn has_words(text: &str) -> bool {
    text.chars()
        .zip(text.chars().skip(1))
        .any(|(a, b)| a.is_alphabetic() && b.is_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::Source;

    fn found(markup: &str) -> usize {
        let text = format!("fn f() {{ html! {{ {markup} }} }}");
        check(&Source::parse("contexts/crm/src/interface/web/a.rs", &text)).len()
    }

    #[test]
    fn bare_text_is_found_and_markup_is_not_taken_for_it() {
        assert_eq!(found(r#"p { "Hello" }"#), 1);
        assert_eq!(found(r#"input placeholder="Search";"#), 1);
        assert_eq!(found(r#"a aria-label="Close" {}"#), 1);
        assert_eq!(
            found(r#"p."is-wide" id="main" class="a b" { (t("crm-hello")) " · " "g" }"#),
            0
        );
        assert_eq!(
            found(r#"@match x { "one" => { b { "1" } } "two" | "three" => { i {} } _ => {} }"#),
            0
        );
        assert_eq!(
            found(r#"p class={ "badge badge-" (x) } title={ "Hi " (x) } {}"#),
            1
        );
        assert_eq!(
            found(r#"@let anchor = match x { 1 => "start", _ => "end" }; p { (anchor) }"#),
            0
        );
        assert_eq!(
            found(r#"@if x == "one" { i {} } @let label = "word"; input type="text" value="on";"#),
            0
        );
    }
}
