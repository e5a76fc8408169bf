use std::sync::Arc;

use aws_lc_rs::hmac;
use contracts::identity::Authenticator;

use crate::{Deps, NavItem, PublicHosts, i18n::Catalog};

/// What all pages need to know, made once at start.
pub struct Site {
    /// What contexts are given.
    pub deps: Deps,
    /// Who stands behind a request.
    pub authenticator: Arc<dyn Authenticator>,
    /// All text.
    pub catalog: Catalog,
    /// The navigation, in order.
    pub nav: Vec<NavItem>,
    /// The OpenAPI document as JSON.
    pub openapi: String,
    /// The hosts at which only public routes answer.
    pub public_hosts: Vec<Arc<dyn PublicHosts>>,
    pub(crate) csrf: hmac::Key,
    pub(crate) flash: hmac::Key,
    pub(crate) quota: super::quota::Quota,
}

/// What [`Site`] is made of.
pub struct SiteParts {
    /// What contexts are given.
    pub deps: Deps,
    /// Who stands behind a request.
    pub authenticator: Arc<dyn Authenticator>,
    /// All text.
    pub catalog: Catalog,
    /// The navigation, in any order.
    pub nav: Vec<NavItem>,
    /// The OpenAPI document as JSON.
    pub openapi: String,
    /// The hosts at which only public routes answer.
    pub public_hosts: Vec<Arc<dyn PublicHosts>>,
}

impl Site {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: SiteParts) -> Self {
        let SiteParts {
            deps,
            authenticator,
            catalog,
            mut nav,
            openapi,
            public_hosts,
        } = parts;
        nav.sort_by_key(|item| item.order);
        let (csrf, flash) = (deps.keys.hmac("csrf"), deps.keys.hmac("flash"));
        Self {
            deps,
            authenticator,
            catalog,
            nav,
            openapi,
            public_hosts,
            csrf,
            flash,
            quota: super::quota::Quota::default(),
        }
    }

    /// The token that forms of a session carry.
    #[must_use]
    pub fn csrf_token(&self, session_token: &str) -> String {
        super::ctx::csrf_token(&self.csrf, session_token)
    }
}

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Site(…)")
    }
}
