//! A browser's name for itself, cut down to what a person recognises.

/// The browser and the system it runs on, as far as they are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Browser {
    /// `Firefox`
    pub name: Option<&'static str>,
    /// `Windows`
    pub system: Option<&'static str>,
}

/// The first that occurs wins: later ones call themselves by earlier ones' names too.
const NAMES: [(&str, &str); 10] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
];
const SYSTEMS: [(&str, &str); 8] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

impl Browser {
    /// Reads the header's text.
    #[must_use]
    pub fn of(user_agent: &str) -> Self {
        let first = |table: &[(&str, &'static str)]| {
            table
                .iter()
                .find(|(sign, _)| user_agent.contains(sign))
                .map(|(_, name)| *name)
        };
        Self {
            name: first(&NAMES),
            system: first(&SYSTEMS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Browser;

    #[test]
    fn people_recognise_their_browsers() {
        for (text, name, system) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
                Some("Firefox"),
                Some("Linux"),
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0",
                Some("Edge"),
                Some("Windows"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
                Some("Safari"),
                Some("iPhone"),
            ),
            ("<script>alert(1)</script>", None, None),
            ("", None, None),
        ] {
            assert_eq!(Browser::of(text), Browser { name, system }, "{text}");
        }
    }
}
