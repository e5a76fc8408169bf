//! What a state means. Colour never says it alone: each tone has an icon.

use crate::Icon;

/// The meaning of a badge, an alert or a toast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Tone {
    /// Neither good nor bad: draft, archived.
    #[default]
    Neutral,
    /// Under way, or worth knowing.
    Info,
    /// In order, done.
    Success,
    /// Needs a look.
    Warning,
    /// Wrong, or destroys something.
    Danger,
}

impl Tone {
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Tone::Neutral => "neutral",
            Tone::Info => "info",
            Tone::Success => "success",
            Tone::Warning => "warning",
            Tone::Danger => "danger",
        }
    }

    pub(crate) const fn icon(self) -> Icon {
        match self {
            Tone::Neutral | Tone::Info => Icon::Info,
            Tone::Success => Icon::CheckCircle,
            Tone::Warning => Icon::Warning,
            Tone::Danger => Icon::Error,
        }
    }
}
