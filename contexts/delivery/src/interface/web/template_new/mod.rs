//! The form for a new template: a name and something to start from.

mod view;

use axum::{extract::State, response::IntoResponse};
use contracts::delivery::TEMPLATE;
use http::StatusCode;
use platform::web::{AppError, Ctx, FieldErrors, Form, Redirect, WebResult};
use serde::Deserialize;

use super::template_parts::author;
use crate::{
    application::{
        save_template::{NotSaved, create_template},
        template_deps::TemplateDeps,
    },
    domain::template::{STARTERS, Starter, TemplateSource},
    interface::template_words,
};

/// The form as it was filled in.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub struct NewForm {
    name: String,
    starter: String,
}

impl Default for NewForm {
    fn default() -> Self {
        Self {
            name: String::new(),
            starter: STARTERS[0].key.to_owned(),
        }
    }
}

/// The form.
pub async fn show(ctx: Ctx) -> WebResult {
    Ok(view::page(
        &ctx,
        StatusCode::OK,
        &NewForm::default(),
        &FieldErrors::new(),
    ))
}

/// Makes the template and goes on in the editor.
pub async fn create(ctx: Ctx, State(deps): State<TemplateDeps>, Form(form): Form<NewForm>) -> WebResult {
    let mut errors = FieldErrors::new();
    let Some(starter) = Starter::find(&form.starter) else {
        errors.add(
            "starter",
            "unknown_starter",
            ctx.t("delivery-template-starter-unknown"),
        );
        return Ok(view::page(&ctx, StatusCode::UNPROCESSABLE_ENTITY, &form, &errors));
    };
    match create_template(&deps.db, author(&ctx), &form.name, source(starter)).await {
        Ok(id) => Ok(Redirect::to(&ctx, TEMPLATE.url(&id)).into_response()),
        Err(NotSaved::Name(invalid)) => {
            errors.add("name", "invalid_name", template_words::name(&ctx.l10n, invalid));
            Ok(view::page(&ctx, StatusCode::UNPROCESSABLE_ENTITY, &form, &errors))
        }
        Err(NotSaved::NameTaken(_)) => {
            errors.add("name", "name_taken", ctx.t("delivery-template-name-taken"));
            Ok(view::page(&ctx, StatusCode::UNPROCESSABLE_ENTITY, &form, &errors))
        }
        Err(NotSaved::Db(error)) => Err(error.into()),
        // A starter compiles; a test holds that.
        Err(other) => Err(AppError::internal(other)),
    }
}

fn source(starter: &Starter) -> TemplateSource {
    TemplateSource {
        kind: starter.kind,
        subject: starter.subject.to_owned(),
        preheader: starter.preheader.to_owned(),
        body: starter.body.to_owned(),
        ..TemplateSource::default()
    }
}
