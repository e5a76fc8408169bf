//! Text messages that people write to us. STOP and START have their effect here; everything else, HELP
//! among it, is for people to read.

use contracts::{
    crm::consent::{Channel, Withdrawal},
    delivery::{DeliveryEvent, InboundMessage},
    event::MAX_ITEMS,
};
use kernel::{InboundMessageId, OrgId, ProviderId};
use platform::{DbError, Tx};

use crate::{
    domain::webhook::{EventKind, Keyword, ProviderEvent},
    infrastructure::pg::replies::{self, NewReply, Reply},
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
    let stopped: Vec<_> = asking(Keyword::Stop)
        .map(|r| (r.from.as_str(), r.message))
        .collect();
    let started: Vec<&str> = asking(Keyword::Start).map(|r| r.from.as_str()).collect();
    // Should one call bring both words of one number, no is the safer one.
    if !started.is_empty() {
        replies::release(tx, org, &started).await?;
    }
    if !stopped.is_empty() {
        replies::suppress(tx, org, &stopped).await?;
    }
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
