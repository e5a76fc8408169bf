use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    handler::Handler,
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::{MethodFilter, MethodRouter, on},
};
use http::Method;
use kernel::Permission;

use super::{AppError, Ctx, Op, session};

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Public,
    /// Whoever is signed in, whatever they may do.
    SignedIn,
    /// A person whose role has the permission, or a key that was given it as a scope.
    Needs(Permission),
}

impl Access {
    /// A person whose role has the permission, or a key that was given it as a scope.
    #[must_use]
    pub const fn needs(permission: Permission) -> Self {
        Access::Needs(permission)
    }
}

/// Which part of the program a route belongs to: how callers prove who they are, and how errors look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Surface {
    /// Pages: a session cookie, HTML errors.
    Web,
    /// The API: a bearer token, problem+json errors.
    Api,
    /// Tracking, unsubscribing, webhooks: no proof, plain errors.
    Public,
}

/// One route as tests and the OpenAPI document see it.
#[derive(Clone, Debug)]
pub struct RouteEntry {
    /// HTTP method.
    pub method: Method,
    /// Template: `/app/contacts/{id}`.
    pub path: &'static str,
    /// Who may call it.
    pub access: Access,
    /// What the OpenAPI document says of it.
    pub op: Option<Op>,
}

/// Routes of a context. There is no way to add one without saying who may call it.
pub struct Routes<S = ()> {
    router: Router<S>,
    entries: Vec<RouteEntry>,
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self {
            router: Router::new(),
            entries: Vec::new(),
        }
    }
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a `GET` (and `HEAD`) route.
    #[must_use]
    pub fn get<H: Handler<T, S>, T: 'static>(self, path: &'static str, access: Access, handler: H) -> Self {
        self.add(Method::GET, MethodFilter::GET, path, access, handler)
    }

    /// Adds a `POST` route.
    #[must_use]
    pub fn post<H: Handler<T, S>, T: 'static>(self, path: &'static str, access: Access, handler: H) -> Self {
        self.add(Method::POST, MethodFilter::POST, path, access, handler)
    }

    /// Adds a `POST` route whose body is read as a stream and has no limit here.
    #[must_use]
    pub fn post_stream<H: Handler<T, S>, T: 'static>(
        mut self,
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        let route = on(MethodFilter::POST, handler).layer(DefaultBodyLimit::disable());
        self.router = self.router.route(path, guard(route, access));
        self.entries.push(RouteEntry {
            method: Method::POST,
            path,
            access,
            op: None,
        });
        self
    }

    /// Adds a `POST` route whose body may have so many bytes, which is more than the others may.
    #[must_use]
    pub fn post_up_to<H: Handler<T, S>, T: 'static>(
        mut self,
        most_bytes: usize,
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        let route = on(MethodFilter::POST, handler).layer(DefaultBodyLimit::max(most_bytes));
        self.router = self.router.route(path, guard(route, access));
        self.entries.push(RouteEntry {
            method: Method::POST,
            path,
            access,
            op: None,
        });
        self
    }

    /// Adds an `OPTIONS` route: what browsers ask before they send to another site.
    #[must_use]
    pub fn options<H: Handler<T, S>, T: 'static>(
        self,
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        self.add(Method::OPTIONS, MethodFilter::OPTIONS, path, access, handler)
    }

    /// Adds a `PUT` route.
    #[must_use]
    pub fn put<H: Handler<T, S>, T: 'static>(self, path: &'static str, access: Access, handler: H) -> Self {
        self.add(Method::PUT, MethodFilter::PUT, path, access, handler)
    }

    /// Adds a `PATCH` route.
    #[must_use]
    pub fn patch<H: Handler<T, S>, T: 'static>(self, path: &'static str, access: Access, handler: H) -> Self {
        self.add(Method::PATCH, MethodFilter::PATCH, path, access, handler)
    }

    /// Adds a `DELETE` route.
    #[must_use]
    pub fn delete<H: Handler<T, S>, T: 'static>(
        self,
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        self.add(Method::DELETE, MethodFilter::DELETE, path, access, handler)
    }

    /// Documents the route that was added last.
    #[must_use]
    pub fn doc(mut self, op: Op) -> Self {
        if let Some(entry) = self.entries.last_mut() {
            entry.op = Some(op);
        }
        self
    }

    /// Both.
    #[must_use]
    pub fn merge(mut self, other: Routes<S>) -> Self {
        self.router = self.router.merge(other.router);
        self.entries.extend(other.entries);
        self
    }

    /// Gives the handlers their state.
    #[must_use]
    pub fn with_state<T>(self, state: S) -> Routes<T> {
        Routes {
            router: self.router.with_state(state),
            entries: self.entries,
        }
    }

    /// What was added.
    #[must_use]
    pub fn entries(&self) -> &[RouteEntry] {
        &self.entries
    }

    pub(crate) fn into_parts(self) -> (Router<S>, Vec<RouteEntry>) {
        (self.router, self.entries)
    }

    fn add<H: Handler<T, S>, T: 'static>(
        mut self,
        method: Method,
        filter: MethodFilter,
        path: &'static str,
        access: Access,
        handler: H,
    ) -> Self {
        self.router = self.router.route(path, guard(on(filter, handler), access));
        self.entries.push(RouteEntry {
            method,
            path,
            access,
            op: None,
        });
        self
    }
}

/// Checks who calls before the handler sees anything of the request.
fn guard<S: Clone + Send + Sync + 'static>(route: MethodRouter<S>, access: Access) -> MethodRouter<S> {
    if access == Access::Public {
        return route;
    }
    route.route_layer(from_fn(move |request: Request, next: Next| {
        check(access, request, next)
    }))
}

async fn check(access: Access, request: Request, next: Next) -> Response {
    let Some(ctx) = request.extensions().get::<Ctx>() else {
        return session::ask_to_sign_in(&request);
    };
    match access {
        Access::Needs(permission) if !ctx.may(permission) => AppError::Forbidden.into_response(),
        _ => next.run(request).await,
    }
}
