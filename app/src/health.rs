//! What monitoring asks.

use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use platform::Db;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

#[derive(Clone)]
struct Health {
    db: Db,
    stop: CancellationToken,
}

/// `/healthz` and `/livez` (the process), `/readyz` (its database, and that it is not ending),
/// `/version`.
pub fn routes(db: Db, stop: CancellationToken) -> Router {
    Router::new()
        .route("/healthz", get(alive))
        .route("/livez", get(alive))
        .route("/readyz", get(ready))
        .route("/version", get(version))
        .with_state(Health { db, stop })
}

async fn alive() -> &'static str {
    "ok"
}

async fn ready(State(health): State<Health>) -> (StatusCode, &'static str) {
    if health.stop.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping");
    }
    match health.db.ping().await {
        Ok(()) => (StatusCode::OK, "ready"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer"),
    }
}

async fn version() -> Json<Value> {
    Json(json!({ "version": env!("CARGO_PKG_VERSION") }))
}
