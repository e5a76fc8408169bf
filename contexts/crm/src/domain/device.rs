//! What people are met on: browsers, phones, computers.

use kernel::{DeviceId, Timestamp};

/// What a device runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Platform {
    Ios,
    Android,
    Web,
    Desktop,
    Other,
}

impl Platform {
    pub const ALL: [Platform; 5] = [
        Platform::Ios,
        Platform::Android,
        Platform::Web,
        Platform::Desktop,
        Platform::Other,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Platform::Ios => "ios",
            Platform::Android => "android",
            Platform::Web => "web",
            Platform::Desktop => "desktop",
            Platform::Other => "other",
        }
    }

    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|platform| platform.as_str() == word)
    }

    /// From what an app says of itself and its system.
    #[must_use]
    pub fn of(kind: &str, os: &str) -> Self {
        let says = |part: &str| kind.eq_ignore_ascii_case(part) || os.eq_ignore_ascii_case(part);
        if says("ios") || says("ipados") {
            Platform::Ios
        } else if says("android") {
            Platform::Android
        } else if says("windows") || says("macos") || says("linux") || says("desktop") {
            Platform::Desktop
        } else if says("web") || says("browser") {
            Platform::Web
        } else {
            Platform::Other
        }
    }
}

/// What is told of a device.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeviceFacts {
    /// What tells it from the person's others; without one it is the browser of an anonymous ID.
    pub key: Option<String>,
    pub platform: Platform,
    pub os: String,
    pub os_version: String,
    pub model: String,
    pub browser: String,
    pub app_version: String,
    /// Where push messages go.
    pub push_token: Option<String>,
}

/// A device as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    pub id: DeviceId,
    pub facts: DeviceFacts,
    pub first_seen_at: Timestamp,
    pub last_seen_at: Timestamp,
}

impl Device {
    /// What people call it: the model, else browser and system.
    #[must_use]
    pub fn label(&self) -> String {
        let facts = &self.facts;
        let what = if facts.model.is_empty() {
            &facts.browser
        } else {
            &facts.model
        };
        let os = [facts.os.as_str(), facts.os_version.as_str()];
        let os = os
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ");
        [what.as_str(), os.as_str()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(", ")
    }
}
