//! What hands messages over to somebody else.

use async_trait::async_trait;

use crate::domain::{answer::Conclusion, outgoing::Outgoing, repeats::Repeats};

/// Something that messages can be handed to: a mail server, the API of a provider, the built-in inbox.
#[async_trait]
pub trait Account: Send + Sync {
    /// Opens a way to it. No message has begun when this fails.
    async fn open(&self) -> Result<Box<dyn Carrier>, Conclusion>;
    /// What becomes of a message that may have been taken over and is handed over again.
    fn repeats(&self) -> Repeats;
}

/// An open way to an account. Used by one task at a time.
#[async_trait]
pub trait Carrier: Send {
    /// Hands messages over, begun in their order, and says how it ended for each, in their order.
    /// `may_begin` is asked before each; from its first no on, none is begun.
    async fn carry(
        &mut self,
        messages: &[Outgoing],
        may_begin: &(dyn Fn() -> bool + Sync),
    ) -> Vec<Conclusion>;
    /// Whether it should be used for more.
    fn is_usable(&self) -> bool;
    /// Whether the other side is still there, asked when it has been idle.
    async fn answers(&mut self) -> bool;
    /// Closes it politely.
    async fn close(self: Box<Self>);
}
