//! What the demonstration's organisation has made: fields, segments, templates and campaigns of
//! Wrenfield, a program for planning shifts that does not exist.

pub mod campaigns;
pub mod fields;
pub mod segments;
pub mod templates;
