//! All SQL of this context.
