//! Bounce mailboxes, and the suppression list as files, as one part of the module.

use std::sync::Arc;

use contracts::{
    crm::consent::Consents,
    delivery::{
        bounces::{
            BOUNCE_MAILBOX, BOUNCE_MAILBOX_DELETION, BOUNCE_MAILBOX_NEW, BOUNCE_MAILBOX_TEST,
            BOUNCE_MAILBOXES,
        },
        suppression_imports::{
            SUPPRESSION_EXPORT, SUPPRESSION_IMPORT, SUPPRESSION_IMPORT_ERRORS, SUPPRESSION_IMPORT_START,
            SUPPRESSION_IMPORTS,
        },
    },
};
use kernel::Permission;
use platform::{
    Deps, JobHandler, NavItem, Tick, Worker,
    web::{Access, Routes},
};
use ui_kit::Icon;

use super::{
    api,
    bounce_poller::{BouncePoller, BounceUpkeep},
    suppression_import_jobs::{ImportSuppressions, SuppressionFileUpkeep},
    web::{bounce_mailboxes, suppression_files},
};
use crate::application::{
    apply_reports::ReportDeps, import_suppressions::ImportDeps, mailbox_deps::MailboxDeps,
};

/// What these parts add to the module.
pub struct Bounces {
    /// Pages.
    pub web: Routes,
    /// The API.
    pub api: Routes,
    /// Entries of the navigation.
    pub nav: Vec<NavItem>,
    /// Reads mailboxes.
    pub workers: Vec<Arc<dyn Worker>>,
    /// Takes files in.
    pub jobs: Vec<Arc<dyn JobHandler>>,
    /// Forgets what is not needed any more.
    pub ticks: Vec<Arc<dyn Tick>>,
}

/// Puts the parts together.
#[must_use]
pub fn bounces(deps: &Deps, consents: Arc<dyn Consents>) -> Bounces {
    let mailboxes = MailboxDeps::new(deps);
    let files = ImportDeps::new(deps);
    let reports = ReportDeps {
        db: deps.db.clone(),
        consents,
    };
    let poller = BouncePoller {
        deps: mailboxes.clone(),
        reports,
        wake: deps.wake.clone(),
    };
    Bounces {
        web: mailbox_pages()
            .with_state(mailboxes.clone())
            .merge(file_pages().with_state(files.clone())),
        api: api::bounce_mailboxes::routes()
            .with_state(mailboxes)
            .merge(api::suppression_files::routes().with_state(files.clone())),
        nav: navigation(),
        workers: vec![Arc::new(poller)],
        jobs: vec![Arc::new(ImportSuppressions(files.clone()))],
        ticks: vec![
            Arc::new(BounceUpkeep(deps.db.clone())),
            Arc::new(SuppressionFileUpkeep(files)),
        ],
    }
}

fn mailbox_pages() -> Routes<MailboxDeps> {
    let read = Access::needs(Permission::ProvidersRead);
    let write = Access::needs(Permission::ProvidersWrite);
    Routes::new()
        .get(BOUNCE_MAILBOXES.template(), read, bounce_mailboxes::list)
        .post(BOUNCE_MAILBOXES.template(), write, bounce_mailboxes::create)
        .get(BOUNCE_MAILBOX_NEW.template(), write, bounce_mailboxes::new)
        .get(BOUNCE_MAILBOX.template(), read, bounce_mailboxes::show)
        .post(BOUNCE_MAILBOX.template(), write, bounce_mailboxes::save)
        .post(BOUNCE_MAILBOX_TEST.template(), write, bounce_mailboxes::test)
        .get(
            BOUNCE_MAILBOX_DELETION.template(),
            write,
            bounce_mailboxes::ask_to_delete,
        )
        .post(
            BOUNCE_MAILBOX_DELETION.template(),
            write,
            bounce_mailboxes::delete,
        )
}

fn file_pages() -> Routes<ImportDeps> {
    let read = Access::needs(Permission::SuppressionsRead);
    let write = Access::needs(Permission::SuppressionsWrite);
    Routes::new()
        .get(SUPPRESSION_EXPORT.template(), read, suppression_files::export)
        .get(SUPPRESSION_IMPORTS.template(), write, suppression_files::list)
        .post_stream(SUPPRESSION_IMPORTS.template(), write, suppression_files::upload)
        .get(SUPPRESSION_IMPORT.template(), write, suppression_files::show)
        .post(
            SUPPRESSION_IMPORT.template(),
            write,
            suppression_files::read_again,
        )
        .post(
            SUPPRESSION_IMPORT_START.template(),
            write,
            suppression_files::start,
        )
        .get(
            SUPPRESSION_IMPORT_ERRORS.template(),
            write,
            suppression_files::errors,
        )
}

fn navigation() -> Vec<NavItem> {
    vec![NavItem {
        order: 140,
        label_key: "delivery-bounce-title",
        icon: Icon::Undo,
        href: BOUNCE_MAILBOXES.url(),
        permission: Permission::ProvidersRead,
        shortcut: None,
    }]
}
