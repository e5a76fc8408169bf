//! `/metrics` on a listener of its own, which is not open to the network by default.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context;
use axum::{Router, http::header, routing::get};
use platform::{
    Db,
    telemetry::{self, PrometheusHandle},
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// Starts collecting and serving; a busy port is no reason not to run.
pub async fn start(listen: SocketAddr, db: Db, stop: CancellationToken) -> anyhow::Result<()> {
    let handle = telemetry::start_metrics().context("metrics")?;
    tokio::spawn(keep_up(handle.clone(), db, stop.clone()));
    let listener = match TcpListener::bind(listen).await {
        Ok(listener) => listener,
        Err(error) => {
            warn!(%listen, %error, "metrics are not served: {listen} cannot be listened on");
            return Ok(());
        }
    };
    let show = move || {
        let text = handle.render();
        async move { ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text) }
    };
    let router = Router::new().route("/metrics", get(show));
    tokio::spawn(platform::web::serve(listener, router, false, stop));
    Ok(())
}

/// Measures what does not measure itself, and sums up what was: also while nobody asks for it, since
/// durations are kept one by one until then.
async fn keep_up(handle: PrometheusHandle, db: Db, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let (idle, busy) = db.connections();
        metrics::gauge!("mauntic_db_pool_connections", "state" => "idle").set(idle as f64);
        metrics::gauge!("mauntic_db_pool_connections", "state" => "in_use").set(busy as f64);
        platform::runtime::measure_queues(&db).await;
        handle.run_upkeep();
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(Duration::from_secs(10)) => {}
        }
    }
}
