//! The words every context shares: identifiers, time, e-mail addresses, phone numbers, roles and
//! permissions, typed routes.
//!
//! Invariant: pure. No I/O, no clock of its own, nothing that keeps it from compiling to wasm32.

mod clock;
mod email;
mod id;
mod network;
mod permission;
mod phone;
mod route;

pub use clock::{Clock, ManualClock, SystemClock, Timestamp};
pub use email::{EmailAddress, InvalidEmailAddress};
pub use id::{Id, IdKind, InvalidId};
pub use network::shortened_ip;
pub use permission::{Permission, Role};
pub use phone::{InvalidPhoneNumber, PhoneNumber};
pub use route::{Route0, Route1, Route2, Route3};

/// Declares the identifier types of the platform: a marker, and an alias over [`Id`].
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {
        /// Markers that tell identifiers apart at compile time.
        pub mod kinds {
            $(
                #[doc = concat!("Marks `", $prefix, "_…` identifiers.")]
                #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
                pub enum $name {}
                impl crate::IdKind for $name { const PREFIX: &'static str = $prefix; }
            )*
        }
        $( $(#[$doc])* pub type $name = Id<kinds::$name>; )*
    };
}

ids! {
    /// An organisation: the tenant that every row belongs to.
    OrgId = "org";
    /// A person who signs in.
    UserId = "usr";
    /// A session of a signed-in person.
    SessionId = "ses";
    /// A key of the API.
    ApiKeyId = "key";
    /// A contact.
    ContactId = "con";
    /// A custom field of contacts.
    FieldId = "fld";
    /// An object: companies, or what an organisation defined itself.
    ObjectId = "obj";
    /// A record of an object: one company, one order.
    RecordId = "rec";
    /// A relation between two objects.
    RelationId = "rel";
    /// A stage of the funnel.
    StageId = "stg";
    /// A note about a contact.
    NoteId = "nte";
    /// A category of segments.
    CategoryId = "cat";
    /// A topic that people subscribe to.
    TopicId = "top";
    /// An entry of the ledger of consent.
    ConsentId = "cns";
    /// A saved view of the list of contacts.
    ViewId = "viw";
    /// One action on many contacts.
    BulkActionId = "blk";
    /// A file of contacts that was taken out.
    ExportId = "exp";
    /// A mapping of columns that is kept for the next file.
    ImportTemplateId = "imt";
    /// A merge of two contacts.
    MergeId = "mrg";
    /// A change of a contact.
    ChangeId = "chg";
    /// A source of events, with its write key.
    SourceId = "src";
    /// A device of a contact.
    DeviceId = "dev";
    /// A segment.
    SegmentId = "seg";
    /// The recipients of one campaign, frozen at its launch.
    AudienceId = "aud";
    /// An import of contacts.
    ImportId = "imp";
    /// A background job.
    JobId = "job";
    /// A template of messages.
    TemplateId = "tpl";
    /// One immutable version of a template.
    TemplateVersionId = "tpv";
    /// A message to one recipient.
    MessageId = "msg";
    /// A message that somebody wrote to us.
    InboundMessageId = "inb";
    /// A group of messages that is paused, resumed and cancelled together.
    BatchId = "bat";
    /// A file that messages carry.
    AttachmentId = "att";
    /// An account at a delivery provider.
    ProviderId = "prv";
    /// A domain that mail is sent from.
    DomainId = "dom";
    /// A mailbox that bounces come back to.
    BounceMailboxId = "bmb";
    /// A file of addresses that are to be suppressed.
    SuppressionImportId = "spi";
    /// A campaign.
    CampaignId = "cmp";
    /// A fact of the outbox or the event stream.
    EventId = "evt";
    /// One HTTP request.
    RequestId = "req";
}
