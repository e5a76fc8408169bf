//! Small pieces of text with a shape: states, tags, initials.

use maud::{Markup, html};

use crate::{Icon, Tone};

/// A state, as a word with a dot of the tone's colour.
#[must_use]
pub fn badge(tone: Tone, text: &str) -> Markup {
    html! { span class={ "badge badge-" (tone.class()) } { span.badge-dot aria-hidden="true" {} (text) } }
}

/// A state with a picture instead of the dot.
#[must_use]
pub fn badge_with_icon(tone: Tone, icon: Icon, text: &str) -> Markup {
    html! { span class={ "badge badge-" (tone.class()) } { (icon) (text) } }
}

/// A word that somebody attached to something.
#[must_use]
pub fn tag(text: &str) -> Markup {
    html! { span.tag { (text) } }
}

/// Several of them.
#[must_use]
pub fn tags<S: AsRef<str>>(texts: &[S]) -> Markup {
    html! { span.tags { @for text in texts { (tag(text.as_ref())) } } }
}

/// The initials of a name, as a stand-in for a picture. Decoration: the name stands beside it.
#[must_use]
pub fn avatar(name: &str) -> Markup {
    html! { span class={ "avatar avatar-" (hue(name)) } aria-hidden="true" { (initials(name)) } }
}

/// A number in a pill, for tabs and navigation.
#[must_use]
pub fn count(number: i64) -> Markup {
    html! { span.count { (crate::number(number)) } }
}

/// A key of the keyboard.
#[must_use]
pub fn key(name: &str) -> Markup {
    html! { kbd { (name) } }
}

fn initials(name: &str) -> String {
    let mut words = name
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.next_back().and_then(|word| word.chars().next());
    [first, last]
        .into_iter()
        .flatten()
        .flat_map(char::to_uppercase)
        .collect()
}

/// One of six muted colours, the same for the same name.
fn hue(name: &str) -> u32 {
    name.chars()
        .fold(0_u32, |sum, c| sum.wrapping_mul(31).wrapping_add(c as u32))
        % 6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_of_the_first_and_the_last_word() {
        assert_eq!(initials("Ada Lovelace"), "AL");
        assert_eq!(initials("ada"), "A");
        assert_eq!(initials("Jean-Luc van Dijk"), "JD");
        assert_eq!(initials("östen"), "Ö");
        assert_eq!(initials("ann@example.com"), "AC");
        assert_eq!(initials("  "), "");
    }
}
