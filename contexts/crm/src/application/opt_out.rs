//! Opting out of all marketing on a channel, and coming back.

use std::sync::Arc;

use contracts::crm::consent::Channel;
use kernel::ContactId;
use platform::DbError;

use crate::{
    domain::consent::{Action, Proof, Statement},
    infrastructure::pg::{CrmTx, consents::Said, contact_preferences::DoNotContactCause},
};

/// The reason that a person's own wish has.
pub const UNSUBSCRIBED: &str = "unsubscribed";

/// Nothing more on this channel, whatever it is about.
pub async fn opt_out(
    tx: &mut CrmTx,
    contacts: &[ContactId],
    channel: Channel,
    proof: &Proof,
) -> Result<(), DbError> {
    say(tx, contacts, channel, Action::Withdrawn, proof).await?;
    let cause = DoNotContactCause {
        reason: Some(UNSUBSCRIBED),
        note: "",
        actor: proof.actor,
    };
    tx.set_do_not_contact(contacts, channel, &cause).await?;
    Ok(())
}

/// Marketing may come again. Lifts what [`opt_out`] set and nothing else: an address that bounces
/// goes on bouncing.
pub async fn opt_in_again(
    tx: &mut CrmTx,
    contacts: &[ContactId],
    channel: Channel,
    proof: &Proof,
) -> Result<(), DbError> {
    say(tx, contacts, channel, Action::Granted, proof).await?;
    let cause = DoNotContactCause {
        reason: Some(UNSUBSCRIBED),
        note: "resubscribed",
        actor: proof.actor,
    };
    tx.lift_do_not_contact(contacts, channel, &cause).await?;
    Ok(())
}

async fn say(
    tx: &mut CrmTx,
    contacts: &[ContactId],
    channel: Channel,
    action: Action,
    proof: &Proof,
) -> Result<(), DbError> {
    let proof = Arc::new(proof.clone().tidied());
    let said: Vec<Said> = contacts
        .iter()
        .map(|contact| Said {
            statement: Statement {
                contact: *contact,
                topic: None,
                channel,
                action,
            },
            proof: proof.clone(),
        })
        .collect();
    tx.record_consents(&said).await?;
    Ok(())
}
