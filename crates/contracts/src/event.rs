//! What all public events have in common.

/// A fact that one context tells the others through the outbox. One enum a context implements it;
/// it is stored as JSON, so variants and fields may be added and never change their meaning.
pub trait PublicEvent: serde::Serialize + serde::de::DeserializeOwned + Send + Sync + 'static {
    /// What subscribers subscribe to: the name of the context.
    const TOPIC: &'static str;
}

/// The most contacts or messages that one event carries; larger sets become several events.
pub const MAX_ITEMS: usize = 1000;
