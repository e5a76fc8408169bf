//! Extractors whose refusals say what is wrong.

use std::convert::Infallible;

use axum::{
    extract::{FromRequest, FromRequestParts, Request, rejection::BytesRejection},
    http::StatusCode,
};
use bytes::Bytes;
use http::{header, request::Parts};
use serde::de::DeserializeOwned;

use super::{AppError, FieldErrors, named_fields::NamedFields};

/// Parameters of the path. What does not parse does not exist: 404.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = AppError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        let axum::extract::Path(value) = axum::extract::Path::from_request_parts(parts, state)
            .await
            .map_err(|_| AppError::NotFound)?;
        Ok(Self(value))
    }
}

/// The query string; keys may repeat. What does not parse is a 422.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = AppError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        // PostgreSQL's text holds no NUL, and no parameter means one.
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(AppError::invalid(
                "query",
                "invalid_character",
                "A parameter holds a NUL character.",
            ));
        }
        match axum_extra::extract::Query::from_request_parts(parts, state).await {
            Ok(axum_extra::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(AppError::invalid("query", "invalid_query", rejection.body_text())),
        }
    }
}

/// A submitted form; keys may repeat. What does not parse is a 422.
#[derive(Debug, Clone, Copy)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = AppError;
    async fn from_request(request: Request, state: &S) -> Result<Self, AppError> {
        match axum_extra::extract::Form::from_request(request, state).await {
            Ok(axum_extra::extract::Form(value)) => Ok(Self(value)),
            Err(rejection) => Err(match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => AppError::TooLarge,
                StatusCode::UNSUPPORTED_MEDIA_TYPE => AppError::UnsupportedMediaType(rejection.body_text()),
                _ => AppError::invalid("form", "invalid_form", rejection.body_text()),
            }),
        }
    }
}

/// A JSON body. Syntax errors are a 400, wrong types a 422 that points to the place.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = AppError;
    async fn from_request(request: Request, state: &S) -> Result<Self, AppError> {
        let content_type = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|v| v.to_str().ok());
        let mime = content_type
            .unwrap_or_default()
            .split(';')
            .next()
            .unwrap_or_default()
            .trim();
        if mime != "application/json" && !(mime.starts_with("application/") && mime.ends_with("+json")) {
            return Err(AppError::UnsupportedMediaType(
                "the body must be application/json".to_owned(),
            ));
        }
        let body = Bytes::from_request(request, state).await.map_err(body_error)?;
        parse_json(&body).map(Self)
    }
}

fn body_error(rejection: BytesRejection) -> AppError {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => AppError::TooLarge,
        _ => AppError::BadRequest(rejection.body_text()),
    }
}

fn parse_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, AppError> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let parsed = serde_path_to_error::deserialize(NamedFields(&mut deserializer));
    let value = parsed.map_err(|error| {
        let pointer = error.path().to_string().replace(['.', '['], "/").replace(']', "");
        let inner = error.into_inner();
        if !inner.is_data() {
            return AppError::BadRequest(format!("the body is not JSON: {inner}"));
        }
        let mut errors = FieldErrors::new();
        errors.add(pointer.trim_start_matches('/'), "invalid", inner.to_string());
        AppError::Invalid(errors)
    })?;
    deserializer
        .end()
        .map_err(|e| AppError::BadRequest(format!("the body is not JSON: {e}")))?;
    Ok(value)
}

/// Whether the whole page is wanted or only the part that changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The whole page.
    Full,
    /// Only what changes: asked for by htmx.
    Part,
}

impl View {
    pub(crate) fn of(headers: &http::HeaderMap) -> Self {
        let says = |name: &str| headers.get(name).is_some_and(|v| v == "true");
        let part = says("hx-request") && !says("hx-boosted") && !says("hx-history-restore-request");
        if part { View::Part } else { View::Full }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for View {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(View::of(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::{AppError, parse_json};

    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "only what the parser says of it matters")]
    struct Outer {
        inner: Vec<Inner>,
    }
    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "only what the parser says of it matters")]
    struct Inner {
        n: i32,
    }

    #[test]
    fn a_wrong_type_is_pointed_at() {
        let Err(AppError::Invalid(errors)) = parse_json::<Outer>(br#"{"inner":[{"n":1},{"n":"x"}]}"#) else {
            panic!("expected a validation error");
        };
        assert_eq!(errors.0[0].field, "inner/1/n");
    }

    #[test]
    fn an_array_is_no_object_without_fields() {
        #[derive(Debug, serde::Deserialize)]
        struct Patch {
            name: Option<String>,
        }
        let Err(AppError::Invalid(errors)) = parse_json::<Patch>(b"[]") else {
            panic!("expected a validation error");
        };
        assert!(errors.0[0].detail.contains("sequence"), "{errors:?}");
        assert_eq!(parse_json::<Patch>(b"{}").unwrap().name, None);
        assert_eq!(parse_json::<Vec<i32>>(b"[1]").unwrap(), [1]);
    }

    #[test]
    fn broken_json_is_a_bad_request() {
        assert!(matches!(parse_json::<Outer>(b"{"), Err(AppError::BadRequest(_))));
        assert!(matches!(
            parse_json::<Outer>(br#"{"inner":[]} x"#),
            Err(AppError::BadRequest(_))
        ));
    }
}
