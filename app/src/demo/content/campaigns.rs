//! Campaigns.

use super::{
    segments::{GROWING, NEW, QUIET, READERS},
    templates::{ROTA_LETTER, SHIFT_SWAPS, STILL_THERE, WEBINAR},
};

/// A campaign that is to be made.
pub struct Campaign {
    pub name: &'static str,
    pub include: &'static [&'static str],
    pub exclude: &'static [&'static str],
    pub template: &'static str,
}

/// Sent nine days ago, in the morning.
pub const FIRST: Campaign = Campaign {
    name: "Product news: shift swaps",
    include: &[READERS],
    exclude: &[],
    template: SHIFT_SWAPS.name,
};
/// Sent three days ago, in the afternoon.
pub const SECOND: Campaign = Campaign {
    name: "Invitation: planning the busy season",
    include: &[GROWING, NEW],
    exclude: &[],
    template: WEBINAR.name,
};
/// Not finished.
pub const DRAFT: Campaign = Campaign {
    name: "Still useful?",
    include: &[QUIET],
    exclude: &[NEW],
    template: STILL_THERE.name,
};
/// Waits for its time.
pub const SCHEDULED: Campaign = Campaign {
    name: "The Rota Letter: two weeks ahead",
    include: &[READERS],
    exclude: &[QUIET],
    template: ROTA_LETTER.name,
};
