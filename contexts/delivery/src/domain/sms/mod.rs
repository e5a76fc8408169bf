//! Text messages: which alphabet a text is sent in, and in how many parts. Each part is paid for.
//!
//! Invariant: pure, and the same rules as the networks': 3GPP TS 23.038 (the alphabets) and TS 23.040
//! section 9.2.3.24.1 (how long texts are put together again).

mod gsm;
mod opt_out;
mod size;

pub use gsm::is_gsm;
pub use opt_out::has_opt_out;
pub use size::{Encoding, TextSize, forces_unicode, size};

/// The most characters that providers take in one text: Twilio, Plivo and Telnyx refuse more.
pub const LONGEST: usize = 1600;
