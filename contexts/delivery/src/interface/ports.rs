//! Messages from other contexts.

use async_trait::async_trait;
use contracts::{
    PortError, PortResult,
    delivery::{
        BatchProgress, BatchSpec, BatchState, MessageIntake, MessageIntent, MessageTrace, MessageTraces,
        ServiceLetter, ServiceMail, ServiceRecipient,
    },
};
use kernel::{BatchId, MessageId, OrgId};
use platform::Db;

use crate::application::{
    control_batch::{Told, batch_progress, control_batch},
    send_service_letter::send_service_letter,
    take_in_messages::{open_batch, take_in_messages},
    trace_messages::trace_messages,
};

/// Implements the port.
pub struct Intake(pub Db);

#[async_trait]
impl MessageIntake for Intake {
    async fn open_batch(&self, org: OrgId, batch: &BatchSpec) -> PortResult<()> {
        Ok(open_batch(&self.0, org, batch).await?)
    }

    async fn add(&self, org: OrgId, batch: BatchId, messages: &[MessageIntent]) -> PortResult<u64> {
        take_in_messages(&self.0, org, batch, messages)
            .await?
            .ok_or(PortError::NotFound)
    }

    async fn set_state(&self, org: OrgId, batch: BatchId, state: BatchState) -> PortResult<()> {
        match control_batch(&self.0, org, batch, state).await? {
            Told::Done => Ok(()),
            Told::NotFound => Err(PortError::NotFound),
            Told::Cancelled => Err(PortError::Refused("the batch was cancelled".to_owned())),
        }
    }

    async fn progress(&self, org: OrgId, batches: &[BatchId]) -> PortResult<Vec<BatchProgress>> {
        let found = batch_progress(&self.0, org, batches).await?;
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
