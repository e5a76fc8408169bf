//! What every handler of identity gets.

use std::{net::IpAddr, sync::Arc};

use contracts::identity::Readiness;
use http::{HeaderMap, header};
use kernel::{SessionId, UserId};
use platform::web::{Actor as WebActor, AppError, Ctx, Peer, Visitor};

use crate::{
    application::{By, Client, IdentityDeps},
    domain::audit::Actor,
};

/// The parts of identity that pages and the API work with.
#[derive(Clone)]
pub struct Identity {
    /// What the use cases work with.
    pub deps: Arc<IdentityDeps>,
    /// What stands between an organisation and live sending, of all contexts.
    pub readiness: Arc<[Arc<dyn Readiness>]>,
    /// Whether people come by https.
    pub https: bool,
}

/// Who does something, as the use cases want it.
pub fn by(ctx: &Ctx) -> By {
    let actor = match &ctx.actor {
        WebActor::User(person) => Actor::User(person.user),
        WebActor::ApiKey { key, .. } => Actor::ApiKey(*key),
    };
    By {
        org: ctx.org,
        actor,
        ip: known_ip(ctx.peer),
        now: ctx.now,
    }
}

/// The person behind a page and the session they came with. Programs have neither, and no way to
/// these pages.
pub fn person(ctx: &Ctx) -> Result<(UserId, SessionId), AppError> {
    ctx.person()
        .map(|person| (person.user, person.session))
        .ok_or(AppError::Forbidden)
}

/// The other end of a visitor's connection.
pub fn client(visitor: &Visitor, headers: &HeaderMap) -> Client {
    let user_agent = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok());
    Client {
        ip: known_ip(visitor.peer),
        user_agent: user_agent.map(str::to_owned),
    }
}

/// The unspecified address stands for a connection of which nothing is known.
pub fn known_ip(peer: Peer) -> Option<IpAddr> {
    (!peer.ip.is_unspecified()).then_some(peer.ip)
}
