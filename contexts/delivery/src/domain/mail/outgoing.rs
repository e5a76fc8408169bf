use kernel::MessageId;

/// A message ready to leave.
#[derive(Debug, Clone)]
pub struct OutgoingMail {
    /// Which.
    pub id: MessageId,
    /// Envelope sender.
    pub from: String,
    /// Envelope recipient.
    pub to: String,
    /// As people read it, for the built-in inbox.
    pub subject: String,
    /// The whole message, ASCII with CRLF line ends.
    pub source: String,
}
