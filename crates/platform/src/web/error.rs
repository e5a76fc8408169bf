use axum::response::{IntoResponse, Response};
use contracts::PortError;
use http::{HeaderValue, StatusCode, header};
use tracing::error;

use crate::{db::DbError, secrets::SecretError};

/// What handlers return.
pub type WebResult<T = Response> = Result<T, AppError>;

/// One invalid field.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct FieldError {
    /// Name of the field, or JSON pointer below `#/`.
    pub field: String,
    /// A word for programs: `invalid_email`.
    pub code: String,
    /// A sentence for people.
    pub detail: String,
}

/// All invalid fields of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldErrors(pub Vec<FieldError>);

impl FieldErrors {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
    /// Adds one.
    pub fn add(&mut self, field: impl Into<String>, code: impl Into<String>, detail: impl Into<String>) {
        self.0.push(FieldError {
            field: field.into(),
            code: code.into(),
            detail: detail.into(),
        });
    }
    /// The sentence for a field.
    #[must_use]
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|e| e.field == field)
            .map(|e| e.detail.as_str())
    }
    /// Whether all is well.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Why a request is not answered as asked. The surface it came by decides how it looks.
#[derive(Debug)]
pub enum AppError {
    /// Not there, or not this organisation's, which is the same to whoever asks.
    NotFound,
    /// Nobody is known to stand behind the request.
    Unauthorized,
    /// Not allowed.
    Forbidden,
    /// The request cannot be read: a message for people.
    BadRequest(String),
    /// Fields are invalid.
    Invalid(FieldErrors),
    /// It contradicts what is there: a code for programs and a sentence for people.
    Conflict {
        /// A word for programs.
        code: &'static str,
        /// A sentence for people.
        detail: String,
        /// The id of what is there already.
        existing: Option<String>,
    },
    /// The object changed since the caller read it.
    PreconditionFailed,
    /// Too large.
    TooLarge,
    /// Not a content type that can be read.
    UnsupportedMediaType(String),
    /// Too often; may come again after so many seconds.
    TooManyRequests {
        /// Seconds.
        retry_after: u64,
    },
    /// Cannot be answered at present.
    Unavailable,
    /// Our fault. The error is logged, not shown.
    Internal(anyhow::Error),
}

impl AppError {
    /// Our fault.
    pub fn internal(error: impl Into<anyhow::Error>) -> Self {
        Self::Internal(error.into())
    }

    /// One invalid field.
    pub fn invalid(field: impl Into<String>, code: impl Into<String>, detail: impl Into<String>) -> Self {
        let mut errors = FieldErrors::new();
        errors.add(field, code, detail);
        Self::Invalid(errors)
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            AppError::NotFound => StatusCode::NOT_FOUND,
            AppError::Unauthorized => StatusCode::UNAUTHORIZED,
            AppError::Forbidden => StatusCode::FORBIDDEN,
            AppError::BadRequest(_) => StatusCode::BAD_REQUEST,
            AppError::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            AppError::Conflict { .. } => StatusCode::CONFLICT,
            AppError::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            AppError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            AppError::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            AppError::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            AppError::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            AppError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<DbError> for AppError {
    fn from(error: DbError) -> Self {
        match &error {
            DbError::Sql(sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) | sqlx::Error::PoolClosed) => {
                error!(%error, "the database did not answer");
                Self::Unavailable
            }
            _ => Self::internal(error),
        }
    }
}

impl From<SecretError> for AppError {
    fn from(error: SecretError) -> Self {
        match error {
            SecretError::Db(error) => error.into(),
            other => Self::internal(other),
        }
    }
}

impl From<PortError> for AppError {
    fn from(error: PortError) -> Self {
        match error {
            PortError::NotFound => Self::NotFound,
            PortError::Refused(detail) => Self::Conflict {
                code: "refused",
                detail,
                existing: None,
            },
            PortError::Failed(_) => Self::internal(error),
        }
    }
}

impl From<serde_json::Error> for AppError {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(error)
    }
}

/// What the surface turns into a page or a problem document. Travels as a response extension.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) detail: Option<String>,
    pub(crate) errors: Vec<FieldError>,
    pub(crate) existing: Option<String>,
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut problem = Problem {
            status,
            code: code_of(status),
            detail: None,
            errors: Vec::new(),
            existing: None,
        };
        let mut retry_after = None;
        match self {
            AppError::Internal(error) => error!(error = format!("{error:#}"), "a request failed"),
            AppError::BadRequest(detail) | AppError::UnsupportedMediaType(detail) => {
                problem.detail = Some(detail)
            }
            AppError::Invalid(FieldErrors(errors)) => problem.errors = errors,
            AppError::Conflict {
                code,
                detail,
                existing,
            } => {
                (problem.code, problem.detail, problem.existing) = (code, Some(detail), existing);
            }
            AppError::TooManyRequests { retry_after: seconds } => retry_after = Some(seconds),
            AppError::Unavailable => retry_after = Some(5),
            _ => {}
        }
        let mut response = status.into_response();
        if let Some(seconds) = retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response.extensions_mut().insert(problem);
        response
    }
}

/// The problem of an answer that some layer below gave without one, such as a 405 of the router.
pub(crate) fn problem_of(response: &Response) -> Option<Problem> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    if let Some(problem) = response.extensions().get::<Problem>() {
        return Some(problem.clone());
    }
    // A handler that wrote a body of its own, such as a form with its errors, meant it.
    if response.headers().contains_key(header::CONTENT_TYPE) && !is_plain_text(response) {
        return None;
    }
    Some(Problem {
        status,
        code: code_of(status),
        detail: None,
        errors: Vec::new(),
        existing: None,
    })
}

/// Rejections of axum's own extractors are plain text.
fn is_plain_text(response: &Response) -> bool {
    let value = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok());
    value.is_some_and(|v| v.starts_with("text/plain"))
}

fn code_of(status: StatusCode) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST => "bad_request",
        StatusCode::UNAUTHORIZED => "unauthorized",
        StatusCode::FORBIDDEN => "forbidden",
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
        StatusCode::CONFLICT => "conflict",
        StatusCode::PRECONDITION_FAILED => "precondition_failed",
        StatusCode::PAYLOAD_TOO_LARGE => "too_large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported_media_type",
        StatusCode::UNPROCESSABLE_ENTITY => "validation_failed",
        StatusCode::TOO_MANY_REQUESTS => "too_many_requests",
        StatusCode::SERVICE_UNAVAILABLE => "unavailable",
        StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => "timeout",
        s if s.is_client_error() => "refused",
        _ => "internal",
    }
}
