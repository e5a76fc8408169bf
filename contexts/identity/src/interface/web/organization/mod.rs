//! The organisation's settings.

mod view;

use axum::{extract::State, response::IntoResponse};
use contracts::identity::ORGANIZATION;
use http::StatusCode;
use platform::web::{AppError, Ctx, FieldErrors, Form, Redirect, Toast, WebResult};
use serde::Deserialize;

use crate::{
    application::{
        change_organization::{SettingsPatch, change_organization},
        read_organization::read_organization,
    },
    domain::{
        names::Name,
        organization::{PostalAddress, TimeZoneName},
        problem::{FieldProblem, Problems},
    },
    interface::{
        problem_text::field_errors,
        state::{Identity, by},
    },
};

/// The form as it was typed in.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub struct OrganizationForm {
    name: String,
    timezone: String,
    postal_address: String,
}

/// The settings.
pub async fn show(ctx: Ctx, State(identity): State<Identity>) -> WebResult {
    let profile = read_organization(&identity.deps, ctx.org)
        .await?
        .ok_or(AppError::NotFound)?;
    let form = OrganizationForm {
        name: profile.name,
        timezone: profile.timezone,
        postal_address: profile.postal_address,
    };
    Ok(view::page(&ctx, StatusCode::OK, &form, &FieldErrors::new()))
}

/// Changes them.
pub async fn change(
    ctx: Ctx,
    State(identity): State<Identity>,
    Form(form): Form<OrganizationForm>,
) -> WebResult {
    let patch = match form.parse() {
        Ok(patch) => patch,
        Err(problems) => {
            let errors = field_errors(&ctx.l10n, &problems);
            return Ok(view::page(&ctx, StatusCode::UNPROCESSABLE_ENTITY, &form, &errors));
        }
    };
    change_organization(&identity.deps, by(&ctx), patch)
        .await?
        .ok_or(AppError::NotFound)?;
    let saved = Toast::done(ctx.t("identity-organization-saved"));
    Ok(Redirect::to(&ctx, ORGANIZATION.url())
        .say(&ctx, saved)
        .into_response())
}

impl OrganizationForm {
    fn parse(&self) -> Result<SettingsPatch, Vec<FieldProblem>> {
        let mut problems = Problems::default();
        let patch = SettingsPatch {
            name: problems.take("name", Name::parse(&self.name)),
            timezone: problems.take("timezone", TimeZoneName::parse(&self.timezone)),
            postal_address: problems.take("postal_address", PostalAddress::parse(&self.postal_address)),
        };
        problems.none_or(patch)
    }
}
