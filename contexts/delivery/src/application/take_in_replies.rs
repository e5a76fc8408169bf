//! Text messages that people write to us. STOP and START have their effect here; everything else, HELP
//! among it, is for people to read.

use contracts::{
    crm::consent::{Channel, Withdrawal},
    delivery::{Address, DeliveryEvent, InboundMessage},
    event::MAX_ITEMS,
};
use kernel::{InboundMessageId, OrgId, ProviderId};
use platform::{DbError, Tx};

use super::{release_address::release_addresses, suppress_addresses::suppress_addresses};
use crate::{
    domain::{
        suppression::SuppressionReason,
        webhook::{EventKind, Keyword, ProviderEvent},
    },
    infrastructure::pg::{
        replies::{self, NewReply, Reply},
        suppressions::NewSuppression,
    },
};

/// What people wish by what they wrote, for the ledger of consent.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// Who wants no more.
    pub withdrawn: Vec<Withdrawal>,
    /// Who wants messages again.
    pub granted: Vec<Withdrawal>,
}

/// Stores those among events that are messages to us, each once, and does what their keywords ask for.
pub async fn take_in_replies(
    tx: &mut Tx,
    org: OrgId,
    provider: ProviderId,
    events: &[ProviderEvent],
) -> Result<Wishes, DbError> {
    let rows: Vec<NewReply<'_>> = events.iter().filter_map(row).collect();
    if rows.is_empty() {
        return Ok(Wishes::default());
    }
    let new = replies::insert(tx, org, provider, &rows).await?;
    let asking = |keyword: Keyword| {
        let word = Some(keyword.as_str());
        new.iter().filter(move |reply| reply.keyword.as_deref() == word)
    };
    let stopped: Vec<NewSuppression> = asking(Keyword::Stop).filter_map(stop).collect();
    let started: Vec<Address> = asking(Keyword::Start).filter_map(number).collect();
    // Should one call bring both words of one number, no is the safer one. For any other reason a number
    // stays on the list.
    let reason = Some(SuppressionReason::Unsubscribed);
    release_addresses(tx, org, &started, reason, "START").await?;
    suppress_addresses(tx, org, &stopped).await?;
    let facts: Vec<DeliveryEvent> = new
        .chunks(MAX_ITEMS)
        .map(|some| DeliveryEvent::RepliesReceived {
            replies: some.iter().map(told).collect(),
        })
        .collect();
    tx.record_all(org, &facts).await?;
    for reply in &new {
        let keyword = reply.keyword.clone().unwrap_or_else(|| "none".to_owned());
        metrics::counter!("mauntic_replies_total", "keyword" => keyword).increment(1);
    }
    Ok(Wishes {
        withdrawn: asking(Keyword::Stop).filter_map(wish).collect(),
        granted: asking(Keyword::Start).filter_map(wish).collect(),
    })
}

fn row(event: &ProviderEvent) -> Option<NewReply<'_>> {
    let EventKind::Inbound {
        from,
        to,
        text,
        keyword,
    } = &event.kind
    else {
        return None;
    };
    Some(NewReply {
        event_id: &event.event_id,
        from,
        to,
        text,
        keyword: keyword.map(Keyword::as_str),
        at: event.at,
    })
}

/// Whom it is from. What is no number, as the words that stand as senders, cannot be written to.
fn number(reply: &Reply) -> Option<Address> {
    Address::on(Channel::Sms, &reply.from)
}

fn stop(reply: &Reply) -> Option<NewSuppression> {
    Some(NewSuppression {
        address: number(reply)?,
        reason: SuppressionReason::Unsubscribed,
        note: Some("STOP".to_owned()),
        message: reply.message,
        user: None,
    })
}

fn told(reply: &Reply) -> InboundMessage {
    InboundMessage {
        id: InboundMessageId::from_uuid(reply.id),
        contact: reply.contact,
        message: reply.message,
        keyword: reply.keyword.clone(),
        at: reply.at,
    }
}

/// Of a number that we never wrote to, nobody knows whose it is.
fn wish(reply: &Reply) -> Option<Withdrawal> {
    Some(Withdrawal {
        contact: reply.contact?,
        topic: None,
        channel: Channel::Sms,
        source: "reply",
        message: reply.message,
        ip: String::new(),
    })
}
