//! What reports say against the name of a domain, for warm-ups and brakes.

use std::collections::{BTreeMap, HashMap};

use contracts::delivery::DeliveryEvent;
use kernel::{MessageId, OrgId};
use platform::{DbError, Tx};

use super::told::Told;
use crate::{
    domain::mx_group::MxGroup,
    infrastructure::pg::{
        domains,
        sending_tallies::{self, Tally},
    },
};

/// Counts bounces and complaints that are news, by whose mailboxes they came from. They count against the
/// domain that mail is sent from now, which nearly always is the one that it was sent from.
pub(super) async fn count(
    tx: &mut Tx,
    org: OrgId,
    facts: &[DeliveryEvent],
    believed: &[Told<'_>],
) -> Result<(), DbError> {
    let tallies = tallies(facts, believed);
    if tallies.is_empty() {
        return Ok(());
    }
    let domain = domains::defaults(tx, &[org]).await?.remove(&org);
    sending_tallies::add(tx, org, domain.map(|domain| domain.id), None, &tallies).await
}

fn tallies(facts: &[DeliveryEvent], believed: &[Told<'_>]) -> Vec<(MxGroup, Tally)> {
    let addresses: HashMap<MessageId, &str> = believed
        .iter()
        .map(|told| (told.message, told.addressee.1.as_str()))
        .filter(|(_, address)| address.contains('@'))
        .collect();
    let mut tallies: BTreeMap<MxGroup, Tally> = BTreeMap::new();
    let mut add = |message: MessageId, one: fn(&mut Tally)| {
        if let Some(address) = addresses.get(&message) {
            one(tallies.entry(MxGroup::of_address(address)).or_default());
        }
    };
    for fact in facts {
        match fact {
            DeliveryEvent::MessagesBounced { messages, .. } => {
                for failure in messages {
                    add(failure.message.message, |tally| tally.bounced += 1);
                }
            }
            DeliveryEvent::MessagesComplained { messages, .. } => {
                for message in messages {
                    add(message.message, |tally| tally.complained += 1);
                }
            }
            _ => {}
        }
    }
    tallies.into_iter().collect()
}
