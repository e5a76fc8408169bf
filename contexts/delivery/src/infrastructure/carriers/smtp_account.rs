use async_trait::async_trait;

use super::not_started;
use crate::{
    application::carrier::{Account, Carrier},
    domain::{answer::Conclusion, mail::OutgoingMail, outgoing::Outgoing, repeats::Repeats},
    infrastructure::smtp::{Endpoint, Session},
};

/// An account at a mail server.
#[derive(Debug)]
pub struct SmtpAccount {
    endpoint: Endpoint,
    messages_per_connection: u32,
}

impl SmtpAccount {
    /// Where it is, and how much is sent over one connection.
    #[must_use]
    pub fn new(endpoint: Endpoint, messages_per_connection: u32) -> Self {
        Self {
            endpoint,
            messages_per_connection,
        }
    }
}

#[async_trait]
impl Account for SmtpAccount {
    async fn open(&self) -> Result<Box<dyn Carrier>, Conclusion> {
        let session = Session::connect(&self.endpoint).await?;
        Ok(Box::new(SmtpCarrier {
            session,
            most: self.messages_per_connection,
        }))
    }

    /// SMTP knows no idempotency: a message sent twice arrives twice.
    fn repeats(&self) -> Repeats {
        Repeats::Arrive
    }
}

struct SmtpCarrier {
    session: Session,
    most: u32,
}

#[async_trait]
impl Carrier for SmtpCarrier {
    async fn carry(
        &mut self,
        messages: &[Outgoing],
        may_begin: &(dyn Fn() -> bool + Sync),
    ) -> Vec<Conclusion> {
        let mails: Option<Vec<&OutgoingMail>> = messages.iter().map(Outgoing::mail).collect();
        match mails {
            Some(mails) => self.session.send(&mails, may_begin).await,
            None => not_started(messages, "mail servers take nothing but mail"),
        }
    }

    fn is_usable(&self) -> bool {
        self.session.is_usable() && self.session.sent() < self.most
    }

    async fn answers(&mut self) -> bool {
        self.session.answers().await
    }

    async fn close(self: Box<Self>) {
        self.session.quit().await;
    }
}
