//! What providers call.

use axum::{
    body::Body,
    extract::{Request as HttpRequest, State},
    response::{IntoResponse, Response},
};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kernel::ProviderId;
use platform::web::{Path, Peer};

use crate::{
    application::receive_webhook::{Call, NotReceived, WebhookDeps, receive_webhook},
    domain::webhook::Request,
};

/// The largest call that is read. SendGrid, which sends the largest ones, stops at 768 kB.
const MOST: usize = 1024 * 1024;

/// Takes a call of a provider: 200 once what it says is stored; 401 whoever it is about, if it is not
/// believed; 400 if it is not understood; 413 if it is too large; 429 from who was refused too often; 503
/// if the provider is to repeat it.
pub async fn receive(
    State(deps): State<WebhookDeps>,
    peer: Peer,
    Path(id): Path<String>,
    request: HttpRequest,
) -> Response {
    let (parts, body) = request.into_parts();
    let body = match read(&parts.headers, body).await {
        Ok(body) => body,
        Err(status) => return answer(status),
    };
    // What cannot be text cannot have been signed as such.
    let headers: Vec<(&str, &str)> = parts
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
        .collect();
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    let url = format!("{}{path}", deps.base_url);
    let call = Call {
        account: id.parse::<ProviderId>().ok(),
        peer: peer.ip,
        request: Request {
            url: &url,
            headers: &headers,
            body: &body,
        },
    };
    answer(match receive_webhook(&deps, &call).await {
        Ok(()) => StatusCode::OK,
        Err(NotReceived::NotBelieved) => StatusCode::UNAUTHORIZED,
        Err(NotReceived::NotUnderstood) => StatusCode::BAD_REQUEST,
        Err(NotReceived::TooOften) => StatusCode::TOO_MANY_REQUESTS,
        Err(NotReceived::NotNow(_)) => StatusCode::SERVICE_UNAVAILABLE,
    })
}

async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, StatusCode> {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > MOST) {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let mut read = BytesMut::new();
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        // The caller has gone away.
        let chunk = chunk.map_err(|_| StatusCode::BAD_REQUEST)?;
        if read.len() + chunk.len() > MOST {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read.freeze())
}

fn answer(status: StatusCode) -> Response {
    let mut response = status.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
