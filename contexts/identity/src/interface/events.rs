//! What other contexts do that belongs into the audit log.

use async_trait::async_trait;
use contracts::{PublicEvent, crm::CrmEvent};
use platform::{Envelope, Subscriber, Tx};

use crate::{
    domain::audit::{Act, Action, Actor, Facts},
    infrastructure::pg::audit_log,
};

/// Writes down who took contacts out. Whom they took out may name people, so that only the file is
/// named: crm knows what is in it as long as it is kept.
pub struct RecordExports;

#[async_trait]
impl Subscriber for RecordExports {
    fn name(&self) -> &'static str {
        "identity.record_exports"
    }
    fn topic(&self) -> &'static str {
        CrmEvent::TOPIC
    }
    fn kinds(&self) -> &'static [&'static str] {
        &["contacts_exported"]
    }
    async fn handle(&self, tx: &mut Tx, events: &[Envelope]) -> anyhow::Result<()> {
        for envelope in events {
            let CrmEvent::ContactsExported {
                export,
                user,
                api_key,
                ..
            } = envelope.decode()?
            else {
                continue;
            };
            let actor = match (user, api_key) {
                (Some(user), _) => Actor::User(user),
                (None, Some(key)) => Actor::ApiKey(key),
                (None, None) => Actor::System,
            };
            let act = Act {
                at: envelope.at,
                actor,
                action: Action::ContactsExported,
                subject: Some(export.to_string()),
                ip: None,
                before: Facts::none(),
                after: Facts::none().with_personal("selection"),
            };
            // One by one: each entry is bound to the one before it. Exports are rare.
            audit_log::append(tx, envelope.org, act).await?;
        }
        Ok(())
    }
}
