//! Templates of messages: what people write (Jinja in MJML, HTML or plain text), what is made of it
//! once per version, and what one recipient gets.
//!
//! Invariant: pure and bounded. Nothing here reads a file, the network or a clock; whatever a
//! template holds, compiling and rendering end, with a result or with an error that says where.

mod catalogue;
mod checks;
mod compile;
mod environment;
mod error;
mod filters;
mod html;
mod jinja;
mod link_list;
mod links;
mod looks;
mod markup;
mod mask;
mod merge;
mod mjml;
mod records;
mod render;
mod round_trip;
mod sample;
mod shares;
mod short;
mod short_checks;
mod source;
mod source_checks;
mod starters;
#[expect(
    clippy::module_inception,
    reason = "the entity is called what the module is about"
)]
mod template;
mod text;
mod text_links;
mod vet;

pub use catalogue::{Catalogue, PASSES};
pub use checks::{Check, CheckLevel, check};
pub use compile::{Artefacts, CompiledTemplate};
pub use error::{TemplateError, TemplateFault};
pub use link_list::{links_of, with_links_outside};
pub use links::TemplateLink;
pub use looks::Look;
pub use merge::{ACTION_ATTRIBUTE, MergeData, OrganizationFacts};
pub use records::record_words;
pub use render::{MessageLinks, RenderError, Rendered, Tracking};
pub use round_trip::{Loss, lost, obstacle};
pub use sample::sample_contact;
pub use shares::{EmptyShare, empty_shares};
pub use source::{MOST_DATA, TemplateKind, TemplatePart, TemplateSource};
pub use source_checks::{Place, check_source, fixed_links, is_visual, with_places};
pub use starters::{SHORT_STARTERS, STARTERS, Starter};
pub use template::{InvalidTemplateName, Template, TemplateName, TemplateVersion};
