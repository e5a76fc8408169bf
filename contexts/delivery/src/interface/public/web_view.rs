//! The message in a browser.

use axum::extract::State;
use platform::web::{AppError, Path, WebResult};

use crate::{
    application::{preview_template::NoPreview, show_web_view::show_web_view, template_deps::TemplateDeps},
    interface::frame,
};

/// The message behind a token.
pub async fn show(State(deps): State<TemplateDeps>, Path(token): Path<String>) -> WebResult {
    let token = deps.signer.read_web_view(&token).ok_or(AppError::NotFound)?;
    match show_web_view(&deps, token).await {
        Ok(html) => Ok(frame::alone(html)),
        // It did not render when it was to be sent either.
        Err(NoPreview::NotFound | NoPreview::Faults(_) | NoPreview::Render(_)) => Err(AppError::NotFound),
        Err(NoPreview::Port(error)) => Err(error.into()),
        Err(NoPreview::Db(error)) => Err(error.into()),
    }
}
