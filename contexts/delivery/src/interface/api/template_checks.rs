//! Checks of templates that look beyond the template, by the API.

use axum::{Json, extract::State};
use contracts::delivery::editor::{
    API_TEMPLATE_AUDIENCE_CHECKS, API_TEMPLATE_LINK_CHECKS, AudienceCheck, AudienceCheckRequest, EmptyField,
    LinkCheck, LinkChecks,
};
use kernel::{Permission, TemplateId};
use platform::web::{Access, AppError, Ctx, Json as Body, Op, Path, Routes, WebResult};

use crate::{
    application::{
        check_links::check_links,
        preview_audience::{PreviewAudience, check_audience, preview_segments},
        read_templates::find_template,
        template_deps::TemplateDeps,
    },
    interface::template_words::no_preview,
};

/// All routes.
pub fn routes() -> Routes<TemplateDeps> {
    let read = Access::needs(Permission::TemplatesRead);
    let write = Access::needs(Permission::TemplatesWrite);
    Routes::new()
        .post(API_TEMPLATE_LINK_CHECKS.template(), write, links)
        .doc(
            Op::new("check_template_links", "Try the links of a template")
                .describe(
                    "Requests each address that nothing is filled into, at most 50 of them and each for \
                     at most five seconds. Redirects are not followed; private networks are refused.",
                )
                .returns::<LinkChecks>(200, "Where the links lead."),
        )
        .post(API_TEMPLATE_AUDIENCE_CHECKS.template(), read, audience)
        .doc(
            Op::new(
                "check_template_audience",
                "Count for how many people the fields of a template are empty",
            )
            .describe("Looks at the newest 200 people. Needs the scope contacts:read as well.")
            .body::<AudienceCheckRequest>()
            .returns::<AudienceCheck>(200, "Fields that some people lack."),
        )
}

async fn links(
    ctx: Ctx,
    State(deps): State<TemplateDeps>,
    Path(id): Path<TemplateId>,
) -> WebResult<Json<LinkChecks>> {
    let template = find_template(&deps.db, ctx.org, id)
        .await?
        .ok_or(AppError::NotFound)?;
    let checked = check_links(&deps.egress, &template.version.source).await;
    let links = checked.links.into_iter().map(|link| LinkCheck {
        outcome: link.outcome.as_str().to_owned(),
        status: link.outcome.status(),
        url: link.url,
        line: link.line,
    });
    Ok(Json(LinkChecks {
        links: links.collect(),
        skipped: checked.skipped,
    }))
}

async fn audience(
    ctx: Ctx,
    State(deps): State<TemplateDeps>,
    Path(id): Path<TemplateId>,
    Body(request): Body<AudienceCheckRequest>,
) -> WebResult<Json<AudienceCheck>> {
    if !ctx.may(Permission::ContactsRead) {
        return Err(AppError::Forbidden);
    }
    let template = find_template(&deps.db, ctx.org, id)
        .await?
        .ok_or(AppError::NotFound)?;
    let audience = match request.segment_id {
        None => PreviewAudience::Everybody,
        Some(segment) => {
            let known = preview_segments(&deps, ctx.org).await?;
            if known.iter().all(|other| other.id != segment) {
                let detail = ctx.t("delivery-audience-unknown");
                return Err(AppError::invalid("segment_id", "unknown_segment", detail));
            }
            PreviewAudience::Segment(segment)
        }
    };
    let found = check_audience(&deps, ctx.org, template.version.source, audience)
        .await
        .map_err(|error| no_preview(&ctx.l10n, error))?;
    let empty = found.empty.into_iter().map(|share| EmptyField {
        field: share.path,
        people: share.empty,
        percent: share.percent,
    });
    Ok(Json(AudienceCheck {
        sample: found.sample,
        empty: empty.collect(),
    }))
}
