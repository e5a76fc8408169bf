//! ui-kit
