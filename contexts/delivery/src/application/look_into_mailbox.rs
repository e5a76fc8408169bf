//! One look into a bounce mailbox: what is new is read, taken down, and then marked, moved or deleted.
//!
//! Invariant: a mail is touched only after what it says is committed, and the place up to which the
//! mailbox was read moves only after that. So a crash at any instant has mails read again, which changes
//! nothing: what they say is known by its digest, and moving what is gone moves nothing.

use std::time::Duration;

use platform::{DbError, keys::sha256, secrets::SecretError};
use tracing::{info, warn};

use super::{
    apply_reports::ReportDeps,
    mailbox_deps::MailboxDeps,
    settle_mails::{FetchedMail, settle_mails},
};
use crate::{
    domain::{
        bounce::{Arrival, ReturnPath},
        bounce_mailbox::Disposal,
        look_failure::{LookFailure, LookStep},
    },
    infrastructure::{
        imap::Session,
        pg::{
            bounce_looks::{self, Cursor, Held, Next},
            bounce_mailboxes::{self, BounceMailbox, PASSWORD_PLACE},
        },
    },
};

/// The most mails that one look reads.
const MOST_MAILS: usize = 200;
/// Mails that are taken down together.
const CHUNK: usize = 20;
/// The most bytes of one mail that are read: what a report says stands at its beginning.
const MOST_BYTES: usize = 2 * 1024 * 1024;
/// A look ends well before the lease does.
const LONGEST_LOOK: Duration = Duration::from_secs(240);
/// A mail at which reading broke off so often is passed over.
const STUCK_LIMIT: i32 = 3;

/// What a look came to.
#[derive(Debug)]
pub struct Looked {
    /// Mails that were new.
    pub read: usize,
    /// What went wrong.
    pub failure: Option<LookFailure>,
}

/// Why a look broke off.
#[derive(Debug, thiserror::Error)]
enum LookError {
    #[error(transparent)]
    Failure(#[from] LookFailure),
    #[error(transparent)]
    Db(#[from] DbError),
    /// Its settings were changed, or somebody else looks.
    #[error("the mailbox is not held any more")]
    Lost,
}

/// Looks into a mailbox that is held, and lets it go.
pub async fn look_into_mailbox(
    deps: &MailboxDeps,
    reports: &ReportDeps,
    held: Held,
) -> Result<Looked, DbError> {
    let mut look = match begin(deps, reports, held).await? {
        Begun::Look(look, password) => Box::new(Look::new(*look, password)),
        Begun::Over(looked) => return Ok(looked),
    };
    let outcome = match tokio::time::timeout(LONGEST_LOOK, look.run()).await {
        Ok(outcome) => outcome,
        // It came forward, and goes on from there.
        Err(_) if look.read > 0 => Ok(Next::AtOnce),
        Err(_) => {
            let said = format!("nothing was read within {} s", LONGEST_LOOK.as_secs());
            Err(LookFailure::at(LookStep::Read, &said).into())
        }
    };
    let read = look.read;
    let failure = match outcome {
        Ok(next) => {
            let mut tx = deps.db.system().await?;
            bounce_looks::succeed(&mut tx, &look.open.held, next).await?;
            tx.commit().await?;
            None
        }
        Err(LookError::Failure(failure)) => {
            note_failure(deps, &look.open.held, &failure, look.reading).await?;
            Some(failure)
        }
        Err(LookError::Db(error)) => return Err(error),
        Err(LookError::Lost) => {
            info!(mailbox.id = %look.open.held.mailbox, "a bounce mailbox was changed while it was read");
            None
        }
    };
    Ok(Looked { read, failure })
}

async fn note_failure(
    deps: &MailboxDeps,
    held: &Held,
    failure: &LookFailure,
    stuck: Option<u32>,
) -> Result<(), DbError> {
    warn!(mailbox.id = %held.mailbox, step = failure.step.as_str(), "a bounce mailbox could not be read");
    let mut tx = deps.db.system().await?;
    bounce_looks::fail(&mut tx, held, &failure.to_string(), stuck).await?;
    tx.commit().await
}

/// What a look begins with.
struct Opened<'a> {
    deps: &'a MailboxDeps,
    reports: &'a ReportDeps,
    held: Held,
    mailbox: BounceMailbox,
    path: ReturnPath,
}

enum Begun<'a> {
    Look(Box<Opened<'a>>, String),
    Over(Looked),
}

/// Nothing of the database is held while the server is talked to.
async fn begin<'a>(deps: &'a MailboxDeps, reports: &'a ReportDeps, held: Held) -> Result<Begun<'a>, DbError> {
    let over = |failure| Begun::Over(Looked { read: 0, failure });
    let mut tx = deps.db.system().await?;
    let Some(mailbox) = bounce_mailboxes::find(&mut tx, held.org, held.mailbox).await? else {
        return Ok(over(None));
    };
    let opened = deps
        .secrets
        .open(&mut tx, held.org, PASSWORD_PLACE, &mailbox.password)
        .await;
    tx.commit().await?;
    let said = match (opened, deps.return_path(&mailbox.settings.address)) {
        (Ok(password), Ok(path)) => {
            let opened = Opened {
                deps,
                reports,
                held,
                mailbox,
                path,
            };
            return Ok(Begun::Look(
                Box::new(opened),
                String::from_utf8_lossy(&password).into_owned(),
            ));
        }
        (Err(SecretError::Db(error)), _) => return Err(error),
        (Err(error), _) => error.to_string(),
        (_, Err(error)) => error.to_string(),
    };
    let failure = LookFailure::at(LookStep::Ourselves, &said);
    note_failure(deps, &held, &failure, None).await?;
    Ok(over(Some(failure)))
}

struct Look<'a> {
    open: Opened<'a>,
    password: String,
    /// Mails that were new.
    read: usize,
    /// The mail that is being read.
    reading: Option<u32>,
}

impl<'a> Look<'a> {
    fn new(open: Opened<'a>, password: String) -> Self {
        Self {
            open,
            password,
            read: 0,
            reading: None,
        }
    }

    async fn run(&mut self) -> Result<Next, LookError> {
        let settings = self.open.mailbox.settings.clone();
        let server = self.open.deps.server(&settings);
        let mut session = Session::open(&server, &settings.username, &self.password).await?;
        let selected = session.select(&settings.folder).await?;
        let cursor = &mut self.open.held.cursor;
        if cursor.uid_validity != Some(selected.uid_validity) {
            // The UIDs mean other mails now. What was read before is known by its digest.
            *cursor = Cursor {
                uid_validity: Some(selected.uid_validity),
                ..Cursor::default()
            };
        }
        let mut uids = session.uids_from(cursor.last_uid.saturating_add(1)).await?;
        let next = if uids.len() > MOST_MAILS {
            Next::AtOnce
        } else {
            Next::InAWhile
        };
        uids.truncate(MOST_MAILS);
        for chunk in uids.chunks(CHUNK) {
            self.read_chunk(&mut session, chunk).await?;
        }
        if uids.is_empty() {
            // A new validity is to be known also where nothing lies.
            self.advance().await?;
        }
        session.log_out().await;
        Ok(next)
    }

    async fn read_chunk(&mut self, session: &mut Session, uids: &[u32]) -> Result<(), LookError> {
        let mut mails = Vec::with_capacity(uids.len());
        for uid in uids {
            self.reading = Some(*uid);
            mails.extend(self.fetch(session, *uid).await?);
        }
        self.reading = None;
        let Opened {
            deps,
            reports,
            mailbox,
            ..
        } = &self.open;
        let settled = settle_mails(&deps.db, reports, mailbox, &mails).await?;
        self.read += settled.read;
        self.dispose(session, &settled.dealt_with).await?;
        if let Some(last) = uids.last() {
            self.open.held.cursor.last_uid = *last;
        }
        self.advance().await
    }

    /// `None` when the mail is gone.
    async fn fetch(&self, session: &mut Session, uid: u32) -> Result<Option<FetchedMail>, LookFailure> {
        let cursor = &self.open.held.cursor;
        if cursor
            .stuck
            .is_some_and(|(stuck, times)| stuck == uid && times >= STUCK_LIMIT)
        {
            let name = format!("unreadable {:?} {uid}", cursor.uid_validity);
            return Ok(Some(FetchedMail {
                uid,
                digest: sha256(name.as_bytes()),
                content: None,
            }));
        }
        let Some(source) = session.fetch(uid, MOST_BYTES).await? else {
            return Ok(None);
        };
        // Two megabytes of stranger's text keep a thread busy for a while.
        let (digest, arrival) =
            tokio::task::spawn_blocking(move || (sha256(&source), Arrival::parse(&source)))
                .await
                .map_err(|_| LookFailure::at(LookStep::Read, "a mail made the reader panic"))?;
        let trace = self.open.path.trace(&arrival);
        Ok(Some(FetchedMail {
            uid,
            digest,
            content: Some((arrival.report, trace)),
        }))
    }

    async fn dispose(&self, session: &mut Session, uids: &[u32]) -> Result<(), LookFailure> {
        if uids.is_empty() {
            return Ok(());
        }
        let settings = &self.open.mailbox.settings;
        match settings.disposal {
            Disposal::Delete => session.delete(uids).await,
            Disposal::Move => session.move_to(uids, &settings.move_to).await,
            Disposal::MarkSeen => session.mark_seen(uids).await,
        }
    }

    async fn advance(&self) -> Result<(), LookError> {
        let mut tx = self.open.deps.db.system().await?;
        let ours = bounce_looks::advance(&mut tx, &self.open.held).await?;
        tx.commit().await?;
        if ours { Ok(()) } else { Err(LookError::Lost) }
    }
}
