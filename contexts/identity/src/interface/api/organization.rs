use axum::{Json as Answer, extract::State};
use contracts::identity::{Organization, OrganizationPatch};
use platform::web::{AppError, Ctx, Json, WebResult};

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

/// The organisation of the key.
pub async fn get(ctx: Ctx, State(identity): State<Identity>) -> WebResult<Answer<Organization>> {
    let profile = read_organization(&identity.deps, ctx.org)
        .await?
        .ok_or(AppError::NotFound)?;
    Ok(Answer(profile.into()))
}

/// Changes its settings.
pub async fn patch(
    ctx: Ctx,
    State(identity): State<Identity>,
    Json(patch): Json<OrganizationPatch>,
) -> WebResult<Answer<Organization>> {
    let patch = parse(&patch).map_err(|problems| AppError::Invalid(field_errors(&ctx.l10n, &problems)))?;
    let profile = change_organization(&identity.deps, by(&ctx), patch)
        .await?
        .ok_or(AppError::NotFound)?;
    Ok(Answer(profile.into()))
}

/// `null` empties a value: fine for the postal address, and refused by the rules of the others.
fn parse(patch: &OrganizationPatch) -> Result<SettingsPatch, Vec<FieldProblem>> {
    let mut problems = Problems::default();
    let text = |value: &Option<Option<String>>| value.as_ref().map(|text| text.clone().unwrap_or_default());
    let settings = SettingsPatch {
        name: text(&patch.name).and_then(|text| problems.take("name", Name::parse(&text))),
        timezone: text(&patch.timezone)
            .and_then(|text| problems.take("timezone", TimeZoneName::parse(&text))),
        postal_address: text(&patch.postal_address)
            .and_then(|text| problems.take("postal_address", PostalAddress::parse(&text))),
    };
    problems.none_or(settings)
}
