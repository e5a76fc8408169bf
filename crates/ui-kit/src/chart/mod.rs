//! Charts drawn on the server as SVG.
//!
//! Nothing is styled inline: positions along the x axis are percentages, so that a chart takes the
//! width it is given while its text keeps its size; lines are drawn in a nested SVG that stretches.
//! Every chart can be viewed as a table, which is what assistive technology reads.

mod bars;
mod plot;
mod scale;
mod series;

pub use bars::{Bar, bars, sparkline};
pub use series::{Chart, Series};
