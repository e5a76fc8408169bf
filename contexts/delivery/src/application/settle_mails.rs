//! What mails of a bounce mailbox say, taken down.

use std::collections::HashSet;

use kernel::MessageId;
use platform::{Db, DbError};

use super::apply_reports::{Report as MessageReport, ReportDeps, ReportSource, apply_reports};
use crate::{
    domain::{
        bounce::{Judgement, MailKind, Proof, Report, Trace, UNAUTHENTICATED_LIMIT, judge},
        outcome::Class,
        webhook::EventKind,
    },
    infrastructure::pg::{
        bounce_mailboxes::BounceMailbox,
        bounce_mails::{self, Digest, ReadMail},
    },
};

/// A mail as it was fetched.
#[derive(Debug)]
pub struct FetchedMail {
    /// What the server calls it.
    pub uid: u32,
    /// What tells it from all others.
    pub digest: Digest,
    /// What it is and which message it leads to; `None` when the server could not hand it over.
    pub content: Option<(Report, Option<Trace>)>,
}

/// What became of them.
#[derive(Debug)]
pub struct Settled {
    /// Those that nobody needs any more.
    pub dealt_with: Vec<u32>,
    /// How many were new.
    pub read: usize,
}

/// Takes down what mails say. Doing it again with the same ones changes nothing.
pub async fn settle_mails(
    db: &Db,
    reports: &ReportDeps,
    mailbox: &BounceMailbox,
    mails: &[FetchedMail],
) -> Result<Settled, DbError> {
    let (org, id) = (mailbox.org, mailbox.id);
    let digests: Vec<Digest> = mails.iter().map(|mail| mail.digest).collect();
    let messages: Vec<MessageId> = mails
        .iter()
        .filter_map(traced)
        .map(|trace| trace.message)
        .collect();
    let mut tx = db.system().await?;
    let now = tx.now();
    let mut known = bounce_mails::known(&mut tx, org, id, &digests).await?;
    let recipients = bounce_mails::recipients(&mut tx, org, &messages).await?;
    let mut unauthenticated = bounce_mails::unauthenticated(&mut tx, org).await?;
    tx.commit().await?;

    let mut settled = Settled {
        dealt_with: Vec::new(),
        read: 0,
    };
    let (mut told, mut noted) = (Vec::new(), Vec::new());
    for mail in mails {
        let message = traced(mail).and_then(|trace| {
            Some((
                trace.message,
                trace.proof,
                recipients.get(&trace.message)?.as_str(),
            ))
        });
        let judged = judgement(mail, message.map(|(_, proof, to)| (proof, to)));
        if judged.kind.is_dealt_with() {
            settled.dealt_with.push(mail.uid);
        }
        // One that lies there twice is told once.
        if !known.insert(mail.digest) {
            continue;
        }
        let finding = judged.finding.zip(message);
        let failed_checks = finding
            .as_ref()
            .filter(|(finding, _)| is_unauthenticated(&finding.event))
            .map(|(_, (message, ..))| *message);
        unauthenticated.extend(failed_checks);
        noted.push(ReadMail {
            digest: mail.digest,
            kind: judged.kind,
            unauthenticated: failed_checks,
        });
        told.extend(finding.map(|(finding, (message, _, recipient))| MessageReport {
            message: Some(message),
            provider: None,
            provider_message_id: None,
            recipient: recipient.to_owned(),
            kind: tempered(finding.event, &unauthenticated),
            at: now,
            event_id: hex(&mail.digest),
            detail: finding.detail,
            source: ReportSource::Mailbox,
        }));
    }
    if !told.is_empty() {
        apply_reports(reports, org, &told).await?;
    }
    let mut tx = db.system().await?;
    settled.read = bounce_mails::note(&mut tx, org, id, &noted).await?;
    tx.commit().await?;
    Ok(settled)
}

fn traced(mail: &FetchedMail) -> Option<Trace> {
    mail.content.as_ref().and_then(|(_, trace)| *trace)
}

fn judgement(mail: &FetchedMail, message: Option<(Proof, &str)>) -> Judgement {
    match &mail.content {
        Some((report, _)) => judge(report, message),
        None => Judgement {
            kind: MailKind::Unreadable,
            finding: None,
        },
    }
}

fn is_unauthenticated(event: &EventKind) -> bool {
    matches!(
        event,
        EventKind::Bounced {
            class: Class::Authentication
        }
    )
}

/// A domain stops sending by this class: one mail is not enough for that.
fn tempered(event: EventKind, unauthenticated: &HashSet<MessageId>) -> EventKind {
    let few = i64::try_from(unauthenticated.len()).unwrap_or(i64::MAX) < UNAUTHENTICATED_LIMIT;
    if few && is_unauthenticated(&event) {
        return EventKind::Bounced {
            class: Class::Rejected,
        };
    }
    event
}

fn hex(digest: &Digest) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
