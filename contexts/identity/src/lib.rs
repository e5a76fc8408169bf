//! Identity: organisations, the people in them, and how people and programs prove who they are.

mod domain;
