//! What anybody may call who has a write key: events as tracking libraries send them. Everything here
//! is answered after it was stored.

mod answer;
mod ingest;
mod mautic;
mod parcelvoy;
mod scripts;

use contracts::crm::events::{
    INGEST, INGEST_SETTINGS, MAUTIC_CONTACT, MAUTIC_EVENT, MAUTIC_PIXEL, MAUTIC_SNIPPET, PARCELVOY_CLIENT,
    SNIPPET,
};
use platform::web::{Access, Routes};

use crate::Crm;

/// All routes. Bodies are read as streams, since a batch is larger than what other public routes take.
pub fn routes() -> Routes<Crm> {
    Routes::new()
        .post_stream(INGEST.template(), Access::Public, ingest::call)
        .options(INGEST.template(), Access::Public, answer::preflight)
        .get(INGEST_SETTINGS.template(), Access::Public, ingest::settings)
        .options(INGEST_SETTINGS.template(), Access::Public, answer::preflight)
        .get(SNIPPET.template(), Access::Public, scripts::snippet)
        .post_stream(PARCELVOY_CLIENT.template(), Access::Public, parcelvoy::call)
        .options(PARCELVOY_CLIENT.template(), Access::Public, answer::preflight)
        .get(MAUTIC_SNIPPET.template(), Access::Public, scripts::mautic)
        .post(MAUTIC_EVENT.template(), Access::Public, mautic::event)
        .options(MAUTIC_EVENT.template(), Access::Public, answer::preflight)
        .get(MAUTIC_PIXEL.template(), Access::Public, mautic::pixel)
        .get(MAUTIC_CONTACT.template(), Access::Public, mautic::contact)
}
