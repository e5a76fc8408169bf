//! Who stands behind a request, for the audit.

use platform::web::{self, Ctx};

use crate::domain::change::{Actor, By, Cause};

/// Whoever is signed in, or the program with its key.
#[must_use]
pub fn actor(ctx: &Ctx) -> Actor {
    match &ctx.actor {
        web::Actor::User(person) => Actor::User(person.user),
        web::Actor::ApiKey { key, .. } => Actor::ApiKey(*key),
    }
}

/// The same, and by what they act.
#[must_use]
pub fn by(ctx: &Ctx, cause: Cause) -> By {
    By {
        actor: actor(ctx),
        cause,
    }
}
