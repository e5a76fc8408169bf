//! Templates by the API.

use axum::{Json, extract::State, response::IntoResponse};
use contracts::{
    ListPage,
    crm::consent::Channel,
    delivery::{
        API_TEMPLATE, API_TEMPLATE_RENDERINGS, API_TEMPLATE_TESTS, API_TEMPLATES,
        templates::{
            BodyKind, NewTemplate, Rendering, RenderingRequest, TemplateDetail, TemplateItem, TemplatePatch,
            TemplateQuery, TemplateSourceFields, TemplateTestReceipt, TemplateTestRequest,
        },
    },
};
use http::{HeaderMap, StatusCode, header};
use kernel::{ContactId, Permission, TemplateId, Timestamp};
use platform::web::{Access, AppError, Ctx, Json as Body, Op, Path, Query, Routes, WebResult};
use uuid::Uuid;

use crate::{
    application::{
        preview_template::preview_version_as,
        read_templates::{find_template, list_templates},
        save_template::{Changes, NotSaved, create_template, delete_template, save_template},
        send_template_test::{parse_test_addresses, send_template_test},
        template_deps::{Author, TemplateDeps},
    },
    domain::template::{Template, TemplateKind, TemplateSource, with_places},
    interface::template_words::{
        body_kind, data_pairs, findings, no_preview, not_saved, push_data, template_kind, test_addresses,
        text_size,
    },
};

const LIST: &str = "templates by change";

/// All routes.
pub fn routes() -> Routes<TemplateDeps> {
    let read = Access::needs(Permission::TemplatesRead);
    let write = Access::needs(Permission::TemplatesWrite);
    Routes::new()
        .get(API_TEMPLATES.template(), read, list)
        .doc(
            Op::new("list_templates", "List templates")
                .describe("The last changed first.")
                .query::<TemplateQuery>()
                .returns::<ListPage<TemplateItem>>(200, "A page of templates."),
        )
        .post(API_TEMPLATES.template(), write, create)
        .doc(
            Op::new("create_template", "Create a template")
                .body::<NewTemplate>()
                .returns::<TemplateDetail>(201, "The template with its first version."),
        )
        .get(API_TEMPLATE.template(), read, show)
        .doc(Op::new("get_template", "Get a template").returns::<TemplateDetail>(200, "The template."))
        .patch(API_TEMPLATE.template(), write, change)
        .doc(
            Op::new("update_template", "Change a template")
                .describe(
                    "A changed source becomes a new version. With If-Match, only if nobody changed it since.",
                )
                .body::<TemplatePatch>()
                .returns::<TemplateDetail>(200, "The template as it is now."),
        )
        .delete(API_TEMPLATE.template(), write, remove)
        .doc(
            Op::new("delete_template", "Delete a template")
                .describe("Messages that were planned with it are still sent.")
                .answers(204, "It is gone."),
        )
        .post(API_TEMPLATE_RENDERINGS.template(), read, render)
        .doc(
            Op::new("render_template", "Render a template without sending it")
                .describe("As a contact needs the scope contacts:read as well.")
                .body::<RenderingRequest>()
                .returns::<Rendering>(200, "The message and what should be looked at."),
        )
        .post(API_TEMPLATE_TESTS.template(), write, test)
        .doc(
            Op::new("test_template", "Send a template to a few addresses")
                .describe("Untracked; a mail has [Test] before its subject. Counts in no statistics.")
                .body::<TemplateTestRequest>()
                .returns::<TemplateTestReceipt>(202, "The tests are on their way."),
        )
}

async fn list(
    ctx: Ctx,
    State(deps): State<TemplateDeps>,
    Query(query): Query<TemplateQuery>,
) -> WebResult<Json<ListPage<TemplateItem>>> {
    let limit = query.limit.unwrap_or(50).clamp(1, 200);
    let after: Option<(Timestamp, Uuid)> = match &query.cursor {
        Some(cursor) => Some(ctx.open_cursor(LIST, cursor)?),
        None => None,
    };
    let search = query.q.unwrap_or_default();
    let mut found = list_templates(&deps.db, ctx.org, &search, query.channel, after, limit + 1).await?;
    let has_more = found.len() as i64 > limit;
    found.truncate(limit as usize);
    let next_cursor = found
        .last()
        .filter(|_| has_more)
        .map(|last| ctx.seal_cursor(LIST, &(last.updated_at, last.id.uuid())));
    Ok(Json(ListPage {
        data: found.iter().map(item).collect(),
        has_more,
        next_cursor,
    }))
}

async fn create(ctx: Ctx, State(deps): State<TemplateDeps>, Body(new): Body<NewTemplate>) -> WebResult {
    let source = TemplateSource {
        kind: kind_of(&ctx, new.channel.unwrap_or(Channel::Email), new.kind)?,
        subject: new.subject,
        preheader: new.preheader,
        body: new.body,
        text: new.text,
        url: new.url,
        data: data_pairs(new.data),
    };
    let id = create_template(&deps.db, author(&ctx), &new.name, source)
        .await
        .map_err(|error| not_saved(&ctx.l10n, error))?;
    let template = find_template(&deps.db, ctx.org, id)
        .await?
        .ok_or(AppError::NotFound)?;
    let location = [(header::LOCATION, API_TEMPLATE.url(&id))];
    Ok((StatusCode::CREATED, location, answer(&template)).into_response())
}

/// What a source is written in, which has to be of the channel. Only mail has a choice.
fn kind_of(ctx: &Ctx, channel: Channel, kind: Option<BodyKind>) -> WebResult<TemplateKind> {
    match (channel, kind.map(template_kind)) {
        (Channel::Sms, None) => Ok(TemplateKind::Sms),
        (Channel::Push, None) => Ok(TemplateKind::Push),
        (channel, Some(kind)) if kind.channel() == channel => Ok(kind),
        _ => {
            let detail = ctx.ta(
                "delivery-template-kind-of-channel",
                &[("channel", channel.as_str().into())],
            );
            Err(AppError::invalid("kind", "invalid_kind", detail))
        }
    }
}

async fn show(ctx: Ctx, State(deps): State<TemplateDeps>, Path(id): Path<TemplateId>) -> WebResult {
    let template = find_template(&deps.db, ctx.org, id)
        .await?
        .ok_or(AppError::NotFound)?;
    Ok(answer(&template).into_response())
}

async fn change(
    ctx: Ctx,
    State(deps): State<TemplateDeps>,
    Path(id): Path<TemplateId>,
    headers: HeaderMap,
    Body(patch): Body<TemplatePatch>,
) -> WebResult {
    let before = find_template(&deps.db, ctx.org, id)
        .await?
        .ok_or(AppError::NotFound)?;
    match_version(&headers, &before)?;
    let channel = before.version.source.kind.channel();
    if patch.channel.is_some_and(|wanted| wanted != channel) {
        return Err(not_saved(&ctx.l10n, NotSaved::OtherChannel));
    }
    let changes = Changes {
        source: changed_source(&before, &patch),
        name: patch.name,
        based_on: Some(before.version.number),
    };
    let after = save_template(&deps.db, author(&ctx), id, changes)
        .await
        .map_err(|error| match error {
            NotSaved::Outdated(_) => AppError::PreconditionFailed,
            other => not_saved(&ctx.l10n, other),
        })?;
    Ok(answer(&after).into_response())
}

/// `If-Match` names the version that the caller knows.
fn match_version(headers: &HeaderMap, template: &Template) -> WebResult<()> {
    match headers
        .get(header::IF_MATCH)
        .and_then(|value| value.to_str().ok())
    {
        Some(tags) if tags != "*" && !tags.split(',').any(|tag| tag.trim() == etag(template)) => {
            Err(AppError::PreconditionFailed)
        }
        _ => Ok(()),
    }
}

fn changed_source(before: &Template, patch: &TemplatePatch) -> Option<TemplateSource> {
    let old = &before.version.source;
    let given = |new: &Option<String>, old: &String| new.as_ref().unwrap_or(old).clone();
    let source = TemplateSource {
        kind: patch.kind.map_or(old.kind, template_kind),
        subject: given(&patch.subject, &old.subject),
        preheader: given(&patch.preheader, &old.preheader),
        body: given(&patch.body, &old.body),
        text: given(&patch.text, &old.text),
        url: given(&patch.url, &old.url),
        data: patch.data.clone().map_or_else(|| old.data.clone(), data_pairs),
    };
    (source != *old).then_some(source)
}

async fn remove(
    ctx: Ctx,
    State(deps): State<TemplateDeps>,
    Path(id): Path<TemplateId>,
) -> WebResult<StatusCode> {
    if delete_template(&deps.db, author(&ctx), id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(AppError::NotFound)
    }
}

async fn render(
    ctx: Ctx,
    State(deps): State<TemplateDeps>,
    Path(id): Path<TemplateId>,
    Body(request): Body<RenderingRequest>,
) -> WebResult<Json<Rendering>> {
    let contact = allowed_contact(&ctx, &deps, request.contact_id).await?;
    let template = find_template(&deps.db, ctx.org, id)
        .await?
        .ok_or(AppError::NotFound)?;
    let preview = preview_version_as(&deps, ctx.org, template.version.id, contact)
        .await
        .map_err(|error| no_preview(&ctx.l10n, error))?;
    Ok(Json(Rendering {
        size: text_size(&preview),
        subject: preview.rendered.subject,
        html: preview.rendered.html,
        text: preview.rendered.text,
        url: preview.rendered.url,
        data: push_data(preview.rendered.data),
        checks: findings(&with_places(preview.checks, &template.version.source)),
    }))
}

async fn test(
    ctx: Ctx,
    State(deps): State<TemplateDeps>,
    Path(id): Path<TemplateId>,
    Body(request): Body<TemplateTestRequest>,
) -> WebResult {
    let contact = allowed_contact(&ctx, &deps, request.contact_id).await?;
    let template = find_template(&deps.db, ctx.org, id)
        .await?
        .ok_or(AppError::NotFound)?;
    let channel = template.version.source.kind.channel();
    let given = request.to.iter().map(String::as_str);
    let to = parse_test_addresses(channel, given).map_err(|invalid| {
        let detail = test_addresses(&ctx.l10n, channel, &invalid);
        AppError::invalid("to", "invalid_addresses", detail)
    })?;
    let messages = send_template_test(&deps, author(&ctx), &template.version, contact, &to).await?;
    Ok((StatusCode::ACCEPTED, Json(TemplateTestReceipt { messages })).into_response())
}

/// A mail filled in for a contact shows the contact's data, so it takes the right to see them; and
/// a contact that does not exist is not quietly somebody else.
async fn allowed_contact(
    ctx: &Ctx,
    deps: &TemplateDeps,
    contact: Option<ContactId>,
) -> WebResult<Option<ContactId>> {
    let Some(id) = contact else { return Ok(None) };
    if !ctx.may(Permission::ContactsRead) {
        return Err(AppError::Forbidden);
    }
    if deps.contacts.snapshots(ctx.org, &[id]).await?.is_empty() {
        let detail = ctx.t("delivery-template-contact-unknown");
        return Err(AppError::invalid("contact_id", "unknown_contact", detail));
    }
    Ok(Some(id))
}

/// Who acts.
fn author(ctx: &Ctx) -> Author {
    Author {
        org: ctx.org,
        user: ctx.user(),
        now: ctx.now,
    }
}

fn answer(template: &Template) -> impl IntoResponse + use<> {
    let source = &template.version.source;
    let detail = TemplateDetail {
        item: item(template),
        source: TemplateSourceFields {
            kind: body_kind(source.kind),
            preheader: source.preheader.clone(),
            body: source.body.clone(),
            text: source.text.clone(),
            url: source.url.clone(),
            data: push_data(source.data.clone()),
        },
    };
    ([(header::ETAG, etag(template))], Json(detail))
}

/// Changes with the source and with the name.
fn etag(template: &Template) -> String {
    format!(
        "\"{}-{}\"",
        template.version.number,
        template.updated_at.as_microsecond()
    )
}

fn item(template: &Template) -> TemplateItem {
    TemplateItem {
        id: template.id,
        name: template.name.clone(),
        channel: template.version.source.kind.channel(),
        subject: template.version.source.subject.clone(),
        version: template.version.number,
        version_id: template.version.id,
        created_at: template.created_at,
        updated_at: template.updated_at,
    }
}
