//! Bounce mailboxes by the API.

use axum::{Json, extract::State, response::IntoResponse};
use contracts::{
    ListPage,
    delivery::bounces::{
        API_BOUNCE_MAILBOX, API_BOUNCE_MAILBOX_TESTS, API_BOUNCE_MAILBOXES, BounceMailbox as MailboxItem,
        BounceMailboxPatch, BounceMailboxStatus, BounceMailboxTest, MailDisposal, MailboxSecurity,
        NewBounceMailbox,
    },
};
use http::{StatusCode, header};
use kernel::{BounceMailboxId, Permission};
use platform::web::{Access, AppError, Ctx, Json as Body, Op, Path, Routes, WebResult};

use crate::{
    application::{
        mailbox_deps::MailboxDeps,
        read_bounce_mailboxes::{MailboxStatus, ShownMailbox, find_bounce_mailbox, list_bounce_mailboxes},
        save_bounce_mailbox::{add_bounce_mailbox, change_bounce_mailbox, delete_bounce_mailbox},
        test_bounce_mailbox::test_bounce_mailbox,
    },
    domain::{
        bounce_mailbox::{Disposal, MailboxDraft, MailboxSettings},
        provider::Security,
    },
    interface::{bounce_words::mailbox_not_saved, web::bounce_mailboxes::not_tested},
};

/// All routes.
pub fn routes() -> Routes<MailboxDeps> {
    let read = Access::needs(Permission::ProvidersRead);
    let write = Access::needs(Permission::ProvidersWrite);
    Routes::new()
        .get(API_BOUNCE_MAILBOXES.template(), read, list)
        .doc(
            Op::new("list_bounce_mailboxes", "List mailboxes that bounces come back to")
                .describe("The oldest first, with what each came to so far. Passwords are never shown.")
                .returns::<ListPage<MailboxItem>>(200, "All mailboxes."),
        )
        .post(API_BOUNCE_MAILBOXES.template(), write, create)
        .doc(
            Op::new("create_bounce_mailbox", "Set up a mailbox that bounces come back to")
                .describe(
                    "It is read over IMAP. Messages that leave by a mail server return to it, each to an address of \
                     its own, when its domain is the sending domain or one of the two lies below the other.",
                )
                .body::<NewBounceMailbox>()
                .returns::<MailboxItem>(201, "The mailbox."),
        )
        .get(API_BOUNCE_MAILBOX.template(), read, show)
        .doc(
            Op::new("get_bounce_mailbox", "Get a bounce mailbox").returns::<MailboxItem>(200, "The mailbox."),
        )
        .patch(API_BOUNCE_MAILBOX.template(), write, change)
        .doc(
            Op::new("update_bounce_mailbox", "Change a bounce mailbox")
                .describe(
                    "JSON Merge Patch. Whoever changes the server, the name to sign in by or the encryption has to \
                     give the password again.",
                )
                .body_as::<BounceMailboxPatch>("application/merge-patch+json")
                .returns::<MailboxItem>(200, "The mailbox as it is now."),
        )
        .delete(API_BOUNCE_MAILBOX.template(), write, remove)
        .doc(
            Op::new("delete_bounce_mailbox", "Delete a bounce mailbox")
                .describe("Nothing in it is touched. Bounces of messages that were sent before are not read any more.")
                .answers(204, "It is gone."),
        )
        .post(API_BOUNCE_MAILBOX_TESTS.template(), write, test)
        .doc(
            Op::new("test_bounce_mailbox", "Sign in to a bounce mailbox")
                .describe("Opens the folder and counts its messages; reads and changes nothing.")
                .returns::<BounceMailboxTest>(200, "What came of it."),
        )
}

async fn list(ctx: Ctx, State(deps): State<MailboxDeps>) -> WebResult<Json<ListPage<MailboxItem>>> {
    let found = list_bounce_mailboxes(&deps.db, ctx.org).await?;
    Ok(Json(ListPage {
        data: found.into_iter().map(item).collect(),
        has_more: false,
        next_cursor: None,
    }))
}

async fn create(ctx: Ctx, State(deps): State<MailboxDeps>, Body(new): Body<NewBounceMailbox>) -> WebResult {
    let security = new.security.map_or(Security::Tls, security);
    let usual_port = match security {
        Security::Tls => 993,
        Security::StartTls | Security::None => 143,
    };
    let draft = MailboxDraft {
        port: new.port.unwrap_or(usual_port),
        security,
        username: new.username.unwrap_or_else(|| new.address.trim().to_owned()),
        address: new.address,
        host: new.host,
        folder: new.folder.unwrap_or_default(),
        disposal: new.disposal.map_or(Disposal::MarkSeen, disposal),
        move_to: new.move_to.unwrap_or_default(),
        enabled: new.enabled.unwrap_or(true),
    };
    let id = add_bounce_mailbox(&deps, ctx.org, &draft, &new.password)
        .await
        .map_err(|error| mailbox_not_saved(&ctx.l10n, error))?;
    let location = [(header::LOCATION, API_BOUNCE_MAILBOX.url(&id))];
    Ok((
        StatusCode::CREATED,
        location,
        Json(item(read(&ctx, &deps, id).await?)),
    )
        .into_response())
}

async fn show(
    ctx: Ctx,
    State(deps): State<MailboxDeps>,
    Path(id): Path<BounceMailboxId>,
) -> WebResult<Json<MailboxItem>> {
    Ok(Json(item(read(&ctx, &deps, id).await?)))
}

async fn change(
    ctx: Ctx,
    State(deps): State<MailboxDeps>,
    Path(id): Path<BounceMailboxId>,
    Body(patch): Body<BounceMailboxPatch>,
) -> WebResult<Json<MailboxItem>> {
    let before = read(&ctx, &deps, id).await?.mailbox.settings;
    let password = patch.password.clone();
    let draft = changed(before, patch);
    change_bounce_mailbox(&deps, ctx.org, id, &draft, password.as_deref())
        .await
        .map_err(|error| mailbox_not_saved(&ctx.l10n, error))?;
    Ok(Json(item(read(&ctx, &deps, id).await?)))
}

fn changed(before: MailboxSettings, patch: BounceMailboxPatch) -> MailboxDraft {
    MailboxDraft {
        address: patch.address.unwrap_or_else(|| before.address.into_string()),
        host: patch.host.unwrap_or(before.host),
        port: patch.port.unwrap_or(before.port),
        security: patch.security.map_or(before.security, security),
        username: patch.username.unwrap_or(before.username),
        folder: patch.folder.unwrap_or(before.folder),
        disposal: patch.disposal.map_or(before.disposal, disposal),
        move_to: patch.move_to.unwrap_or(before.move_to),
        enabled: patch.enabled.unwrap_or(before.enabled),
    }
}

async fn remove(
    ctx: Ctx,
    State(deps): State<MailboxDeps>,
    Path(id): Path<BounceMailboxId>,
) -> WebResult<StatusCode> {
    if delete_bounce_mailbox(&deps.db, ctx.org, id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(AppError::NotFound)
    }
}

async fn test(
    ctx: Ctx,
    State(deps): State<MailboxDeps>,
    Path(id): Path<BounceMailboxId>,
) -> WebResult<Json<BounceMailboxTest>> {
    let tested = test_bounce_mailbox(&deps, ctx.org, id)
        .await
        .map_err(not_tested)?;
    Ok(Json(BounceMailboxTest {
        succeeded: tested.is_ok(),
        messages: tested.as_ref().ok().copied(),
        error: tested.err().map(|failure| failure.to_string()),
    }))
}

async fn read(ctx: &Ctx, deps: &MailboxDeps, id: BounceMailboxId) -> WebResult<ShownMailbox> {
    find_bounce_mailbox(&deps.db, ctx.org, id)
        .await?
        .ok_or(AppError::NotFound)
}

fn item(shown: ShownMailbox) -> MailboxItem {
    let mailbox = shown.mailbox;
    let settings = mailbox.settings;
    MailboxItem {
        id: mailbox.id,
        address: settings.address.into_string(),
        host: settings.host,
        port: settings.port,
        security: match settings.security {
            Security::Tls => MailboxSecurity::Tls,
            Security::StartTls => MailboxSecurity::StartTls,
            Security::None => MailboxSecurity::None,
        },
        username: settings.username,
        has_password: true,
        folder: settings.folder,
        disposal: match settings.disposal {
            Disposal::Delete => MailDisposal::Delete,
            Disposal::Move => MailDisposal::Move,
            Disposal::MarkSeen => MailDisposal::MarkSeen,
        },
        move_to: settings.move_to,
        enabled: settings.enabled,
        is_return_path: shown.is_return_path,
        status: status(mailbox.status),
        updated_at: mailbox.updated_at,
    }
}

fn status(status: MailboxStatus) -> BounceMailboxStatus {
    let counts = status.counts;
    BounceMailboxStatus {
        looked_at: status.looked_at,
        last_error: status.last_error,
        failures: status.failures,
        bounces: counts.bounces,
        complaints: counts.complaints,
        unsubscribes: counts.unsubscribes,
        deliveries: counts.deliveries,
        auto_replies: counts.auto_replies,
        others: counts.others,
        unmatched: counts.unmatched,
        unreadable: counts.unreadable,
    }
}

const fn security(word: MailboxSecurity) -> Security {
    match word {
        MailboxSecurity::Tls => Security::Tls,
        MailboxSecurity::StartTls => Security::StartTls,
        MailboxSecurity::None => Security::None,
    }
}

const fn disposal(word: MailDisposal) -> Disposal {
    match word {
        MailDisposal::Delete => Disposal::Delete,
        MailDisposal::Move => Disposal::Move,
        MailDisposal::MarkSeen => Disposal::MarkSeen,
    }
}
