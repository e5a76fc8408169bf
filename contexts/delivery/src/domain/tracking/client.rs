/// Who seems to have asked, by the name it gives itself. Kept beside each event, so that reports can
/// leave machines out later; nothing is thrown away and nothing else is decided by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agent {
    /// Nothing speaks against a person.
    Person,
    /// A mail provider's proxy that fetches images, perhaps before anybody looks.
    Proxy,
    /// A program: link scanners, crawlers, scripts.
    Program,
}

impl Agent {
    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Agent::Person => "person",
            Agent::Proxy => "proxy",
            Agent::Program => "program",
        }
    }
}

/// Fetch images for everybody of a provider.
const PROXIES: &[&str] = &[
    "googleimageproxy",
    "yahoomailproxy",
    "ggpht.com",
    "cloudflare-image",
];
/// Parts of names that programs give themselves.
const PROGRAMS: &[&str] = &[
    "bot",
    "crawl",
    "spider",
    "scan",
    "preview",
    "curl/",
    "wget/",
    "python",
    "go-http-client",
    "java/",
    "okhttp",
    "headless",
    "barracuda",
    "mimecast",
    "proofpoint",
    "safelinks",
    "urldefense",
    "slurp",
    "monitor",
];

/// Classifies a `User-Agent`. Programs that check links seldom send an honest one, so this finds
/// the honest ones only.
#[must_use]
pub fn agent(user_agent: &str) -> Agent {
    let name = user_agent.to_ascii_lowercase();
    // Apple's mail privacy protection asks with exactly this and nothing else.
    if name == "mozilla/5.0" || PROXIES.iter().any(|proxy| name.contains(proxy)) {
        return Agent::Proxy;
    }
    if name.trim().is_empty() || PROGRAMS.iter().any(|program| name.contains(program)) {
        return Agent::Program;
    }
    Agent::Person
}

#[cfg(test)]
mod tests {
    use super::{Agent, agent};

    #[test]
    fn honest_names_are_told_apart() {
        for (name, wanted) in [
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17 Safari/605.1.15",
                Agent::Person,
            ),
            (
                "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
                Agent::Proxy,
            ),
            ("Mozilla/5.0", Agent::Proxy),
            ("BarracudaCentral/1.0", Agent::Program),
            ("curl/8.5.0", Agent::Program),
            ("", Agent::Program),
        ] {
            assert_eq!(agent(name), wanted, "{name}");
        }
    }
}
