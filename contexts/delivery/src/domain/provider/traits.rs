use jiff::SignedDuration;

/// What is known of every account of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traits {
    /// The most messages per second that a new account is set up with; `None` sets no limit.
    pub messages_per_second: Option<u32>,
    /// Connections or requests at the same time that a new account is set up with.
    pub concurrency: u16,
    /// For how long the same message, handed over again under the same key, arrives only once. `None`:
    /// what is handed over twice arrives twice.
    pub idempotency_ttl: Option<SignedDuration>,
    /// Whether an account can be asked by our message id what became of a message; of a Postfix server,
    /// where its log can be read.
    pub lookup_by_id: bool,
    /// HTTP statuses after which nobody knows whether the provider has the message.
    pub ambiguous_statuses: &'static [u16],
}

/// An error of the server, or of something in front of it: the message may have been taken before.
pub(super) const SERVER_ERRORS: &[u16] = &[500, 502, 504];
