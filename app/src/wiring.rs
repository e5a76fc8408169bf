//! The only place that knows all contexts: makes them, and hands each the ports that it needs.

use identity::Identity;
use platform::{Deps, Module, web};

/// All contexts.
pub struct Wired {
    /// Kept beside its module, since the program asks it who stands behind requests.
    pub identity: Identity,
    /// What the program serves and runs.
    pub modules: Vec<Module>,
}

/// Makes the contexts: first those that others need ports of, then their modules.
#[must_use]
pub fn wire(deps: &Deps) -> Wired {
    let identity = Identity::new(deps);
    let modules = vec![web::module(deps), identity.module(Vec::new())];
    Wired { identity, modules }
}
