//! What the others are told of reports.

use std::collections::HashMap;

use contracts::{
    crm::consent::Channel,
    delivery::{DeliveryEvent, MessageFailure, MessageSource},
    event::MAX_ITEMS,
};
use kernel::{MessageId, Timestamp};

use super::told::Told;
use crate::domain::report::ReportKind;

/// What the others are told: of each message each thing once, whoever says it again and whatever was
/// said before, so that what they count does not depend on the order either.
pub(super) fn facts(
    believed: &[Told<'_>],
    resolved: &[MessageId],
    before: &HashMap<MessageId, Vec<String>>,
    now: Timestamp,
) -> Vec<DeliveryEvent> {
    let news = |told: &Told<'_>, kinds: &[ReportKind]| {
        let report = told.first(kinds).filter(|_| told.was_sent())?;
        let known = before.get(&told.message);
        let heard = kinds
            .iter()
            .any(|kind| known.is_some_and(|words| words.iter().any(|word| word == kind.as_str())));
        // Their clock may be ahead of ours.
        (!heard).then(|| told.reference(report.at.min(now)))
    };
    let sent = by_source(believed, |told| {
        resolved.contains(&told.message).then(|| told.reference(now))
    });
    let delivered = by_source(believed, |told| news(told, &[ReportKind::Delivered]));
    let complained = by_source(believed, |told| news(told, &[ReportKind::Complained]));
    let came_back = [ReportKind::Bounced, ReportKind::Failed];
    let bounced = by_source(believed, |told| {
        let message = news(told, &came_back)?;
        let class = told.first(&came_back)?.said.class?;
        let reason = class.as_str().to_owned();
        Some(MessageFailure { message, reason })
    });
    let sent = sent.map(|((source, channel), messages)| DeliveryEvent::MessagesSent {
        source,
        channel,
        messages,
    });
    let delivered = delivered.map(|((source, channel), messages)| DeliveryEvent::MessagesDelivered {
        source,
        channel,
        messages,
    });
    let bounced = bounced.map(|((source, channel), messages)| DeliveryEvent::MessagesBounced {
        source,
        channel,
        messages,
    });
    let complained = complained.map(
        |((source, channel), messages)| DeliveryEvent::MessagesComplained {
            source,
            channel,
            messages,
        },
    );
    sent.chain(delivered).chain(bounced).chain(complained).collect()
}

/// Of those whose wish to hear no more is news.
pub(super) fn left(believed: &[Told<'_>], wishes: &[&Told<'_>], now: Timestamp) -> Vec<DeliveryEvent> {
    let left = by_source(believed, |told| {
        let is_news = wishes.iter().any(|wish| wish.message == told.message);
        is_news.then(|| told.reference(now))
    });
    left.map(
        |((source, channel), messages)| DeliveryEvent::ContactsUnsubscribed {
            source,
            channel,
            messages,
        },
    )
    .collect()
}

/// Pieces for one event each: of one source and channel, and not too many.
fn by_source<T: Clone>(
    believed: &[Told<'_>],
    item: impl Fn(&Told<'_>) -> Option<T>,
) -> impl Iterator<Item = ((MessageSource, Channel), Vec<T>)> {
    let mut found: HashMap<(MessageSource, Channel), Vec<T>> = HashMap::new();
    for told in believed {
        if let Some(item) = item(told) {
            found.entry((told.source, told.channel)).or_default().push(item);
        }
    }
    found.into_iter().flat_map(|(kind, items)| {
        let pieces: Vec<Vec<T>> = items.chunks(MAX_ITEMS).map(<[T]>::to_vec).collect();
        pieces.into_iter().map(move |piece| (kind, piece))
    })
}
