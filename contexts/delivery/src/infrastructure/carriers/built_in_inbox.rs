use async_trait::async_trait;
use kernel::OrgId;
use platform::{Db, DbError};

use super::not_started;
use crate::{
    application::carrier::{Account, Carrier},
    domain::{
        answer::{Answer, Conclusion, Phase},
        mail::OutgoingMail,
        outgoing::Outgoing,
        repeats::Repeats,
    },
    infrastructure::pg::caught::{self, Caught},
};

/// The inbox that catches the mail of an organisation in test mode.
#[derive(Debug)]
pub struct BuiltInInbox {
    db: Db,
    org: OrgId,
}

impl BuiltInInbox {
    /// Of one organisation.
    #[must_use]
    pub fn new(db: Db, org: OrgId) -> Self {
        Self { db, org }
    }
}

#[async_trait]
impl Account for BuiltInInbox {
    async fn open(&self) -> Result<Box<dyn Carrier>, Conclusion> {
        Ok(Box::new(InboxCarrier {
            db: self.db.clone(),
            org: self.org,
        }))
    }

    /// Messages are kept by their id.
    fn repeats(&self) -> Repeats {
        Repeats::Hidden
    }
}

struct InboxCarrier {
    db: Db,
    org: OrgId,
}

#[async_trait]
impl Carrier for InboxCarrier {
    async fn carry(
        &mut self,
        messages: &[Outgoing],
        may_begin: &(dyn Fn() -> bool + Sync),
    ) -> Vec<Conclusion> {
        if !may_begin() {
            return not_started(messages, "it was not begun in time");
        }
        let mails: Option<Vec<&OutgoingMail>> = messages.iter().map(Outgoing::mail).collect();
        let Some(mails) = mails else {
            return not_started(messages, "the inbox takes nothing but mail");
        };
        let answers: Vec<Answer> = mails.iter().map(|mail| answer_to(&mail.to)).collect();
        let kept: Vec<Caught<'_>> = mails
            .iter()
            .zip(&answers)
            .filter(|(_, answer)| answer.is_positive())
            .map(|(mail, _)| Caught {
                id: mail.id,
                from: &mail.from,
                to: &mail.to,
                subject: &mail.subject,
                source: &mail.source,
            })
            .collect();
        match self.keep(&kept).await {
            Ok(()) => {
                let said = |answer| Conclusion::Answered {
                    phase: Phase::Acceptance,
                    answer,
                };
                answers.into_iter().map(said).collect()
            }
            // Trying again is harmless, so nothing is in doubt.
            Err(error) => not_started(messages, &error.to_string()),
        }
    }

    fn is_usable(&self) -> bool {
        true
    }

    async fn answers(&mut self) -> bool {
        true
    }

    async fn close(self: Box<Self>) {}
}

impl InboxCarrier {
    async fn keep(&self, mails: &[Caught<'_>]) -> Result<(), DbError> {
        if mails.is_empty() {
            return Ok(());
        }
        let mut tx = self.db.system().await?;
        caught::keep(&mut tx, self.org, mails).await?;
        tx.commit().await
    }
}

/// Addresses that play a part, so that people see in test mode what bounces and delays look like.
/// What stands behind a `+` is theirs.
fn answer_to(to: &str) -> Answer {
    let part = to
        .strip_suffix("@sandbox.test")
        .map(|local| local.split('+').next().unwrap_or(local));
    match part {
        Some("bounced") => Answer::new(550, "5.1.1 This address plays a mailbox that does not exist"),
        Some("soft-bounced") => Answer::new(552, "5.2.2 This address plays a mailbox that is full"),
        Some("delayed") => Answer::new(451, "4.3.0 This address plays a server that is busy"),
        _ => Answer::new(250, "2.0.0 Caught by the built-in inbox"),
    }
}

#[cfg(test)]
mod tests {
    use super::answer_to;

    #[test]
    fn addresses_of_the_sandbox_play_their_parts() {
        for (address, code) in [
            ("ann@example.com", 250),
            ("bounced@example.com", 250),
            ("delivered@sandbox.test", 250),
            ("bounced@sandbox.test", 550),
            ("bounced+label@sandbox.test", 550),
            ("soft-bounced@sandbox.test", 552),
            ("delayed@sandbox.test", 451),
        ] {
            assert_eq!(answer_to(address).code, code, "{address}");
        }
    }
}
