use async_trait::async_trait;
use kernel::OrgId;
use platform::{Db, DbError};

use super::not_started;
use crate::{
    application::carrier::{Account, Carrier},
    domain::{
        answer::{Answer, Conclusion, Phase},
        outgoing::Outgoing,
        repeats::Repeats,
    },
    infrastructure::pg::caught::{self, Caught},
};

/// The inbox that catches what an organisation in test mode sends.
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
        let answers: Vec<Answer> = messages.iter().map(answer_to).collect();
        let kept: Vec<Caught<'_>> = messages
            .iter()
            .zip(&answers)
            .filter(|(_, answer)| answer.is_positive())
            .map(|(message, _)| caught(message))
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

fn caught(message: &Outgoing) -> Caught<'_> {
    let plain = Caught {
        id: message.id(),
        from: "",
        to: message.to(),
        subject: "",
        source: "",
        channel: message.channel(),
        url: "",
        data: &[],
    };
    match message {
        Outgoing::Mail(mail) => Caught {
            from: &mail.from,
            subject: &mail.subject,
            source: &mail.source,
            ..plain
        },
        Outgoing::Text(text) => Caught {
            source: &text.body,
            ..plain
        },
        Outgoing::Push(push) => Caught {
            subject: &push.title,
            source: &push.body,
            url: &push.url,
            data: &push.data,
            ..plain
        },
    }
}

/// Addresses, numbers and tokens that play a part, so that people see in test mode what bounces and
/// delays look like. What stands behind a `+` of an address is theirs; the numbers are among those that
/// Twilio keeps for tests, and nobody has them.
fn answer_to(message: &Outgoing) -> Answer {
    let to = message.to();
    let part = match message {
        Outgoing::Mail(_) => to
            .strip_suffix("@sandbox.test")
            .map(|local| local.split('+').next().unwrap_or(local)),
        Outgoing::Text(_) => match to {
            "+15005550001" => Some("bounced"),
            "+15005550009" => Some("soft-bounced"),
            "+15005550003" => Some("delayed"),
            _ => None,
        },
        Outgoing::Push(_) => to.strip_prefix("sandbox-"),
    };
    match part {
        Some("bounced") => Answer::new(550, "5.1.1 This address plays one that does not exist"),
        Some("soft-bounced") => Answer::new(552, "5.2.2 This address plays one that takes no more"),
        Some("delayed") => Answer::new(451, "4.3.0 This address plays a server that is busy"),
        _ => Answer::new(250, "2.0.0 Caught by the built-in inbox"),
    }
}

#[cfg(test)]
mod tests {
    use kernel::MessageId;

    use super::answer_to;
    use crate::domain::{
        mail::OutgoingMail,
        outgoing::{Outgoing, OutgoingPush, OutgoingText},
    };

    fn mail(to: &str) -> Outgoing {
        Outgoing::Mail(OutgoingMail {
            id: MessageId::generate(),
            from: "us@example.com".to_owned(),
            to: to.to_owned(),
            subject: String::new(),
            source: String::new(),
        })
    }

    fn text(to: &str) -> Outgoing {
        Outgoing::Text(OutgoingText {
            id: MessageId::generate(),
            to: to.to_owned(),
            body: "Hi".to_owned(),
        })
    }

    fn push(to: &str) -> Outgoing {
        Outgoing::Push(OutgoingPush {
            id: MessageId::generate(),
            to: to.to_owned(),
            title: String::new(),
            body: "Hi".to_owned(),
            url: String::new(),
            data: Vec::new(),
        })
    }

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
            assert_eq!(answer_to(&mail(address)).code, code, "{address}");
        }
    }

    #[test]
    fn numbers_and_tokens_of_the_sandbox_play_theirs() {
        for (number, code) in [
            ("+493012345678", 250),
            ("+15005550006", 250),
            ("+15005550001", 550),
            ("+15005550009", 552),
            ("+15005550003", 451),
        ] {
            assert_eq!(answer_to(&text(number)).code, code, "{number}");
        }
        for (token, code) in [
            ("dQw4w9WgXcQ:APA91bH", 250),
            ("sandbox-bounced", 550),
            ("sandbox-delayed", 451),
        ] {
            assert_eq!(answer_to(&push(token)).code, code, "{token}");
        }
    }
}
