//! What other contexts ask of consent, and tell it.

use std::sync::Arc;

use async_trait::async_trait;
use contracts::{
    PortResult,
    crm::consent::{Channel, Consents, Standing, TopicSummary, Wishes, Withdrawal},
};
use kernel::{ContactId, MessageId, OrgId, TopicId};

use crate::{
    Crm,
    application::opt_out::{opt_in_again, opt_out},
    domain::{
        consent::{Action, Actor, Basis, Proof, Statement},
        topic::Topic,
    },
    infrastructure::pg::{CrmTx, consents::Said},
};

#[async_trait]
impl Consents for Crm {
    async fn topics(&self, org: OrgId) -> PortResult<Vec<TopicSummary>> {
        let topics = CrmTx::tenant(&self.deps.db, org).await?.topics().await?;
        let summary = |topic: Topic| TopicSummary {
            id: topic.id,
            name: topic.name,
            channels: topic.channels,
        };
        Ok(topics.into_iter().map(summary).collect())
    }

    async fn wishes(
        &self,
        org: OrgId,
        channel: Channel,
        topic: Option<TopicId>,
        contacts: &[ContactId],
    ) -> PortResult<Wishes> {
        let now = self.deps.clock.now();
        let mut tx = CrmTx::system(&self.deps.db, org).await?;
        Ok(tx.wishes(channel, topic, contacts, now).await?)
    }

    async fn standings(
        &self,
        org: OrgId,
        channel: Channel,
        pairs: &[(ContactId, TopicId)],
    ) -> PortResult<Vec<Standing>> {
        let mut tx = CrmTx::system(&self.deps.db, org).await?;
        Ok(tx.standings(channel, pairs).await?)
    }

    async fn withdraw(&self, org: OrgId, withdrawals: &[Withdrawal]) -> PortResult<()> {
        Ok(self.take_down(org, withdrawals, Action::Withdrawn).await?)
    }

    async fn grant_again(&self, org: OrgId, withdrawals: &[Withdrawal]) -> PortResult<()> {
        Ok(self.take_down(org, withdrawals, Action::Granted).await?)
    }
}

impl Crm {
    async fn take_down(
        &self,
        org: OrgId,
        withdrawals: &[Withdrawal],
        action: Action,
    ) -> Result<(), platform::DbError> {
        let now = self.deps.clock.now();
        let mut tx = CrmTx::system(&self.deps.db, org).await?;
        let topics = tx.topics().await?;
        let proof = |said: &Withdrawal| Proof {
            basis: Basis::Consent,
            source_id: said.message.map(MessageId::uuid),
            ip: said.ip.clone(),
            ..Proof::new(said.source, Actor::Person, now)
        };
        let said: Vec<Said> = withdrawals
            .iter()
            .filter_map(|said| {
                let topic = topics.iter().find(|topic| Some(topic.id) == said.topic)?;
                Some(Said {
                    statement: Statement {
                        contact: said.contact,
                        topic: Some(topic.id),
                        channel: said.channel,
                        action,
                    },
                    proof: Arc::new(topic.complete(proof(said)).tidied()),
                })
            })
            .collect();
        tx.record_consents(&said).await?;
        // Links are followed one at a time: there is one of these at most.
        for said in withdrawals.iter().filter(|said| said.topic.is_none()).take(1) {
            if action == Action::Withdrawn {
                opt_out(&mut tx, &[said.contact], said.channel, &proof(said)).await?;
            } else {
                opt_in_again(&mut tx, &[said.contact], said.channel, &proof(said)).await?;
            }
        }
        tx.commit().await
    }
}
