//! Messages from other contexts.

use std::sync::Arc;

use async_trait::async_trait;
use contracts::{
    PortError, PortResult,
    crm::ContactSnapshots,
    delivery::{
        BatchProgress, BatchSpec, BatchState, MessageIntake, MessageIntent, MessageTrace, MessageTraces,
        ServiceLetter, ServiceMail, ServiceRecipient,
    },
};
use kernel::{BatchId, MessageId, OrgId};
use platform::Db;

use crate::application::{
    compiled_templates::{CompiledTemplates, TemplateUnavailable},
    control_batch::{Told, batch_progress, control_batch},
    send_service_letter::send_service_letter,
    take_in_messages::{open_batch, take_in_messages, template_of_batch, with_records},
    trace_messages::trace_messages,
};

/// Implements the port.
pub struct Intake {
    pub db: Db,
    pub contacts: Arc<dyn ContactSnapshots>,
    pub compiled: CompiledTemplates,
}

#[async_trait]
impl MessageIntake for Intake {
    async fn open_batch(&self, org: OrgId, batch: &BatchSpec) -> PortResult<()> {
        Ok(open_batch(&self.db, org, batch).await?)
    }

    async fn add(&self, org: OrgId, batch: BatchId, messages: &[MessageIntent]) -> PortResult<u64> {
        let found = template_of_batch(&self.db, org, batch).await?;
        let (version, channel) = found.ok_or(PortError::NotFound)?;
        if messages.iter().any(|message| message.to.channel() != channel) {
            return Err(PortError::Refused("an address of another channel".to_owned()));
        }
        let with_records = match self.compiled.get(org, version).await {
            Ok(template) => with_records(&*self.contacts, org, &template, messages).await?,
            // The engine says what is wrong with the template, to each message.
            Err(TemplateUnavailable::NotFound | TemplateUnavailable::Broken(_)) => None,
            Err(TemplateUnavailable::Db(error)) => return Err(error.into()),
        };
        take_in_messages(&self.db, org, batch, with_records.as_deref().unwrap_or(messages))
            .await?
            .ok_or(PortError::NotFound)
    }

    async fn set_state(&self, org: OrgId, batch: BatchId, state: BatchState) -> PortResult<()> {
        match control_batch(&self.db, org, batch, state).await? {
            Told::Done => Ok(()),
            Told::NotFound => Err(PortError::NotFound),
            Told::Cancelled => Err(PortError::Refused("the batch was cancelled".to_owned())),
        }
    }

    async fn progress(&self, org: OrgId, batches: &[BatchId]) -> PortResult<Vec<BatchProgress>> {
        let found = batch_progress(&self.db, org, batches).await?;
        Ok(batches
            .iter()
            .map(|id| found.get(id).copied().unwrap_or_default())
            .collect())
    }
}

/// Sends what the program writes of itself.
pub struct Letters(pub Db);

#[async_trait]
impl ServiceMail for Letters {
    async fn send(
        &self,
        org: OrgId,
        letter: &ServiceLetter,
        recipients: &[ServiceRecipient],
    ) -> PortResult<()> {
        send_service_letter(&self.0, org, letter, recipients).await
    }
}

/// Says what became of messages, for whoever asks why.
pub struct Traces(pub Db);

#[async_trait]
impl MessageTraces for Traces {
    async fn traces(&self, org: OrgId, messages: &[MessageId]) -> PortResult<Vec<MessageTrace>> {
        Ok(trace_messages(&self.0, org, messages).await?)
    }
}
