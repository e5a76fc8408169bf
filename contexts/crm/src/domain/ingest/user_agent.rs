//! What a `User-Agent` tells: a program that says so, or a browser on some system. Rough on purpose:
//! names of systems and browsers are for people to read, and nothing else is decided by them.

/// Parts of names that programs give themselves.
const PROGRAMS: [&str; 29] = [
    "bot",
    "crawl",
    "spider",
    "slurp",
    "scan",
    "preview",
    "facebookexternalhit",
    "embedly",
    "curl/",
    "wget/",
    "python",
    "go-http-client",
    "java/",
    "okhttp",
    "headless",
    "phantomjs",
    "puppeteer",
    "lighthouse",
    "pingdom",
    "uptime",
    "monitor",
    "barracuda",
    "mimecast",
    "proofpoint",
    "safelinks",
    "httpclient",
    "libwww",
    "scrapy",
    "archiver",
];

/// Whether a program asks that says it is one.
#[must_use]
pub fn is_bot(user_agent: &str) -> bool {
    let name = user_agent.to_ascii_lowercase();
    PROGRAMS.iter().any(|part| name.contains(part))
}

/// A system and a browser, as people call them; empty where unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agent {
    pub os: &'static str,
    pub browser: &'static str,
    /// Held in a hand.
    pub mobile: bool,
}

/// Reads the name that a browser gives itself.
#[must_use]
pub fn read(user_agent: &str) -> Agent {
    let has = |part: &str| user_agent.contains(part);
    // In this order, since each names those before it as well.
    let os = [
        ("Android", "Android"),
        ("iPhone", "iOS"),
        ("iPad", "iPadOS"),
        ("CrOS", "ChromeOS"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let browsers = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    let first = |table: &[(&str, &'static str)]| {
        table
            .iter()
            .find(|(part, _)| has(part))
            .map_or("", |(_, name)| *name)
    };
    Agent {
        os: first(&os),
        browser: first(&browsers),
        mobile: has("Mobile") || has("Android") || has("iPhone") || has("iPad"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_and_systems_are_named() {
        for (text, os, browser) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0",
                "Windows",
                "Edge",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15",
                "macOS",
                "Safari",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 CriOS/126.0 Mobile/15E148 Safari/604.1",
                "iOS",
                "Chrome",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
                "Linux",
                "Firefox",
            ),
        ] {
            let agent = read(text);
            assert_eq!((agent.os, agent.browser), (os, browser), "{text}");
            assert!(!is_bot(text));
        }
        assert_eq!(read(""), Agent::default());
    }

    #[test]
    fn programs_that_say_so_are_recognised() {
        for text in [
            "Googlebot/2.1",
            "curl/8.5.0",
            "Mozilla/5.0 HeadlessChrome/126.0",
            "facebookexternalhit/1.1",
        ] {
            assert!(is_bot(text), "{text}");
        }
    }
}
