//! From modules to a router, and from a listener to connections.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Router,
    body::Body,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use contracts::platform::OPENAPI;
use http::{HeaderValue, StatusCode, header};
use hyper_util::rt::{TokioIo, TokioTimer};
use kernel::RequestId;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;
use tower::Service;
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer, timeout::RequestBodyTimeoutLayer,
};
use tracing::{Instrument, info_span, warn};

use super::{
    Peer, Routes, Site, api, headers,
    public_hosts::{self, PublicPaths},
    session,
    versions::Versions,
};

/// Bodies of pages' forms: a template's source may have 256 KiB and grows when it is escaped.
const WEB_BODY: usize = 2 * 1024 * 1024;
const API_BODY: usize = 1024 * 1024;
const PUBLIC_BODY: usize = 64 * 1024;

/// The routes of all modules, by surface.
#[derive(Default)]
pub struct Surfaces {
    /// Pages.
    pub web: Routes,
    /// The API.
    pub api: Routes,
    /// Tracking, unsubscribing, webhooks.
    pub public: Routes,
}

impl Site {
    /// The whole program as one service.
    pub fn router(self: &Arc<Self>, surfaces: Surfaces) -> Router {
        let public_paths = PublicPaths::of(&surfaces.public);
        let web = surfaces
            .web
            .into_parts()
            .0
            .layer(DefaultBodyLimit::max(WEB_BODY))
            .layer(from_fn_with_state(self.clone(), session::lead_to_setup))
            .layer(from_fn_with_state(self.clone(), session::layer));
        let api = surfaces.api.into_parts().0;
        let versions = Versions(api.clone());
        let api = api
            .layer(DefaultBodyLimit::max(API_BODY))
            .layer(from_fn_with_state((self.clone(), versions), api::layer));
        let open = Router::new()
            .route(OPENAPI.template(), axum::routing::get(openapi_document))
            .route("/static/{file}", axum::routing::get(static_file))
            .with_state(self.clone());
        let public = surfaces
            .public
            .into_parts()
            .0
            .layer(DefaultBodyLimit::max(PUBLIC_BODY))
            .layer(Extension(self.clone()));
        Router::new()
            .merge(web.layer(CompressionLayer::new()))
            .merge(api.layer(CompressionLayer::new()))
            .merge(open.layer(CompressionLayer::new()))
            .merge(public)
            .fallback(not_found)
            .layer(CatchPanicLayer::new())
            .layer(RequestBodyTimeoutLayer::new(Duration::from_secs(30)))
            .layer(from_fn_with_state((self.clone(), public_paths), around))
    }
}

/// What holds for every request. One layer and not several, since each is copied for each request.
async fn around(
    State((site, public)): State<(Arc<Site>, PublicPaths)>,
    request: Request,
    next: Next,
) -> Response {
    let https = site.deps.config.is_https();
    trace(request, async |request| {
        let doubtful = public.doubtful_host(&site, &request);
        let mut response = match doubtful {
            Some(host) if public_hosts::is_public_only(&site, &host).await => not_found().await,
            _ => answer(&site, request, next).await,
        };
        headers::secure(response.headers_mut(), https);
        response
    })
    .await
}

/// The answer, with a page where a person would otherwise see a problem that no surface has turned into
/// one: unknown paths and public routes.
async fn answer(site: &Arc<Site>, request: Request, next: Next) -> Response {
    let wants_html = request
        .headers()
        .get(header::ACCEPT)
        .is_some_and(|v| v.to_str().is_ok_and(|v| v.contains("text/html")));
    let visitor = wants_html.then(|| session::plain_visitor(site, &request));
    // PostgreSQL's text holds no NUL, so nothing is called by one.
    let response = if request.uri().path().contains("%00") {
        not_found().await
    } else {
        next.run(request).await
    };
    match (super::error::problem_of(&response), visitor) {
        (Some(problem), Some(visitor)) => super::page::error_page(site, None, &visitor, &problem, response),
        _ => response,
    }
}

async fn not_found() -> Response {
    super::AppError::NotFound.into_response()
}

async fn openapi_document(State(site): State<Arc<Site>>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], site.openapi.clone()).into_response()
}

/// Files of the design system. Their names hold the hash of what is in them, so they never change.
async fn static_file(request: Request) -> Response {
    let Some(asset) = ui_kit::asset::find(request.uri().path()) else {
        return not_found().await;
    };
    let mut response = Body::from(asset.bytes.as_ref()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    response
}

/// Names the request, measures it, and puts its name on everything that is logged for it.
async fn trace(mut request: Request, answer: impl AsyncFnOnce(Request) -> Response) -> Response {
    let id = RequestId::generate();
    request.extensions_mut().insert(id);
    let given = request
        .headers()
        .get("x-request-id")
        .filter(|v| v.len() <= 128)
        .cloned();
    let method = request.method().as_str().to_owned();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("unmatched".to_owned(), |p| p.as_str().to_owned());
    let start = std::time::Instant::now();
    let span = info_span!("request", request.id = %id, method, route);
    let mut response = answer(request).instrument(span).await;
    let status = response.status().as_u16().to_string();
    metrics::histogram!("http_server_request_duration_seconds", "method" => method, "route" => route, "status" => status)
        .record(start.elapsed());
    let name = given.or_else(|| HeaderValue::from_str(&id.to_string()).ok());
    if let Some(name) = name {
        response.headers_mut().insert("x-request-id", name);
    }
    response
}

/// Serves connections until told to stop, then lets those under way finish for a while.
pub async fn serve(listener: TcpListener, router: Router, trust_proxy: bool, stop: CancellationToken) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, socket) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors: the connections under way have to end first.
                warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        stream.set_nodelay(true).ok();
        let router = router.clone();
        let service = hyper::service::service_fn(move |request: http::Request<hyper::body::Incoming>| {
            let mut router = router.clone();
            async move {
                let mut request = request.map(Body::new);
                let peer = Peer::of(socket, request.headers(), trust_proxy);
                request.extensions_mut().insert(peer);
                router.call(request).await
            }
        });
        let stop = stop.clone();
        connections.spawn(async move {
            let mut connection = std::pin::pin!(
                hyper::server::conn::http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(Duration::from_secs(10))
                    .serve_connection(TokioIo::new(stream), service)
            );
            tokio::select! {
                // A peer that goes away in mid-request is its own business.
                _ended = connection.as_mut() => return,
                () = stop.cancelled() => connection.as_mut().graceful_shutdown(),
            }
            let _ended = connection.await;
        });
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    let rest = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(Duration::from_secs(10), rest).await.is_err() {
        warn!("connections were still open ten seconds after the stop and are cut");
    }
}

/// The answer of a health check.
#[must_use]
pub fn health(ok: bool) -> Response {
    if ok {
        StatusCode::OK.into_response()
    } else {
        StatusCode::SERVICE_UNAVAILABLE.into_response()
    }
}
