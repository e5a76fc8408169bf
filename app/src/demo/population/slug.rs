//! Latin letters, digits and separators from any of the names.

/// The word as it stands in an address: small ASCII letters and digits, with `separator` for the rest.
pub fn slug(text: &str, separator: char) -> String {
    let mut slug = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match plain(c) {
            Some(letters) => slug.push_str(letters),
            None if c.is_ascii_alphanumeric() => slug.push(c),
            // O'Sullivan writes osullivan.
            None if matches!(c, '\'' | '.' | '\u{307}') => {}
            None if !slug.is_empty() && !slug.ends_with(separator) => slug.push(separator),
            None => {}
        }
    }
    slug.trim_end_matches(separator).to_owned()
}

/// What people write when a keyboard lacks the letter.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'á' | 'à' | 'â' | 'ã' => "a",
        'å' => "aa",
        'ä' | 'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'é' | 'è' | 'ê' | 'ë' | 'ę' => "e",
        'ğ' => "g",
        'í' | 'ì' | 'î' | 'ï' | 'ı' => "i",
        'ł' => "l",
        'ñ' | 'ń' => "n",
        'ó' | 'ò' | 'ô' | 'õ' => "o",
        'ö' | 'ø' => "oe",
        'ś' | 'ş' => "s",
        'ß' => "ss",
        'ú' | 'ù' | 'û' => "u",
        'ü' => "ue",
        'ż' | 'ź' => "z",
        'ą' => "a",
        'ý' => "y",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn names_become_what_people_write_in_addresses() {
        for (name, expected) in [
            ("Jürgen", "juergen"),
            ("O'Sullivan", "osullivan"),
            ("Bäckerei van den Berg", "baeckerei-van-den-berg"),
            ("İzmir Klinik", "izmir-klinik"),
            ("Café & Fils ", "cafe-fils"),
            ("Stępień", "stepien"),
        ] {
            assert_eq!(slug(name, '-'), expected);
        }
    }
}
