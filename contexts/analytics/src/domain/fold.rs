//! Facts of delivery, folded into what they add to the roll-ups.

use std::collections::BTreeMap;

use contracts::{
    analytics::MessageTotals,
    delivery::{DeliveryEvent, Engagement, MessageRef, MessageSource},
};
use jiff::{RoundMode, TimestampRound, Unit};
use kernel::{CampaignId, OrgId, Timestamp};

/// Which row of the hourly roll-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HourKey {
    /// Whose.
    pub org: OrgId,
    /// Start of the hour.
    pub hour: Timestamp,
    /// Of which campaign.
    pub campaign: CampaignId,
}

/// Which row of the links.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LinkKey {
    /// Whose.
    pub org: OrgId,
    /// Of which campaign.
    pub campaign: CampaignId,
    /// Where it leads.
    pub url: String,
}

/// Clicks on a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkDelta {
    /// Messages in which it was clicked for the first time.
    pub clicked: i64,
    /// Clicks in all.
    pub clicks: i64,
}

/// What a batch of facts adds. Ordered, so that two writers lock rows in the same order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deltas {
    /// By hour and campaign.
    pub hours: BTreeMap<HourKey, MessageTotals>,
    /// By link.
    pub links: BTreeMap<LinkKey, LinkDelta>,
}

impl Deltas {
    /// Adds one fact.
    pub fn apply(&mut self, org: OrgId, event: &DeliveryEvent) {
        use DeliveryEvent as E;
        match event {
            E::MessagesSent { source, messages } => {
                self.each(org, *source, messages.iter(), |totals, _| totals.sent += 1);
            }
            E::MessagesFailed { source, messages } => {
                let messages = messages.iter().map(|failure| &failure.message);
                self.each(org, *source, messages, |totals, _| totals.not_sent += 1);
            }
            E::MessagesBounced { source, messages } => {
                let messages = messages.iter().map(|failure| &failure.message);
                self.each(org, *source, messages, |totals, _| totals.bounced += 1);
            }
            E::MessagesOpened { source, engagements } => {
                for open in engagements {
                    self.each(org, *source, [&open.message], |totals, _| {
                        totals.opens += 1;
                        totals.opened += i64::from(open.first);
                    });
                }
            }
            E::MessagesClicked { source, engagements } => {
                engagements
                    .iter()
                    .for_each(|click| self.click(org, *source, click));
            }
            E::ContactsUnsubscribed { source, messages } => {
                self.each(org, *source, messages.iter(), |totals, _| {
                    totals.unsubscribed += 1
                });
            }
            E::AddressesSuppressed { .. } | E::AddressesReleased { .. } => {}
        }
    }

    fn click(&mut self, org: OrgId, source: MessageSource, click: &Engagement) {
        self.each(org, source, [&click.message], |totals, _| {
            totals.clicks += 1;
            totals.clicked += i64::from(click.first_for_message);
        });
        if let (MessageSource::Campaign(campaign), Some(url)) = (source, &click.url) {
            let link = self
                .links
                .entry(LinkKey {
                    org,
                    campaign,
                    url: url.clone(),
                })
                .or_default();
            link.clicks += 1;
            link.clicked += i64::from(click.first);
        }
    }

    fn each<'a>(
        &mut self,
        org: OrgId,
        source: MessageSource,
        messages: impl IntoIterator<Item = &'a MessageRef>,
        add: impl Fn(&mut MessageTotals, &MessageRef),
    ) {
        // What a person sent to look at is no statistic.
        let MessageSource::Campaign(campaign) = source else {
            return;
        };
        for message in messages {
            let key = HourKey {
                org,
                hour: hour_of(message.at),
                campaign,
            };
            add(self.hours.entry(key).or_default(), message);
        }
    }
}

/// The start of the hour that an instant lies in.
pub fn hour_of(at: Timestamp) -> Timestamp {
    at.round(TimestampRound::new().smallest(Unit::Hour).mode(RoundMode::Floor))
        .unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use contracts::delivery::MessageFailure;
    use kernel::{ContactId, MessageId};

    use super::*;

    fn message(at: &str) -> MessageRef {
        MessageRef {
            message: MessageId::generate(),
            contact: ContactId::generate(),
            at: at.parse().expect("an instant"),
        }
    }

    fn click(at: &str, url: &str, first: bool, first_for_message: bool) -> Engagement {
        Engagement {
            message: message(at),
            first,
            first_for_message,
            url: Some(url.to_owned()),
        }
    }

    #[test]
    fn facts_fall_into_the_hours_in_which_they_happened() {
        let (org, campaign) = (OrgId::generate(), CampaignId::generate());
        let mut deltas = Deltas::default();
        deltas.apply(
            org,
            &DeliveryEvent::MessagesSent {
                source: MessageSource::Campaign(campaign),
                messages: vec![
                    message("2026-05-01T10:00:00Z"),
                    message("2026-05-01T10:59:59.999Z"),
                    message("2026-05-01T11:00:00Z"),
                ],
            },
        );
        deltas.apply(
            org,
            &DeliveryEvent::MessagesFailed {
                source: MessageSource::Campaign(campaign),
                messages: vec![MessageFailure {
                    message: message("2026-05-01T10:30:00Z"),
                    reason: "expired".to_owned(),
                }],
            },
        );
        let totals: Vec<(String, i64, i64)> = deltas
            .hours
            .iter()
            .map(|(key, t)| (key.hour.to_string(), t.sent, t.not_sent))
            .collect();
        assert_eq!(
            totals,
            [
                ("2026-05-01T10:00:00Z".to_owned(), 2, 1),
                ("2026-05-01T11:00:00Z".to_owned(), 1, 0)
            ]
        );
    }

    #[test]
    fn clicks_count_links_messages_and_themselves() {
        let (org, campaign) = (OrgId::generate(), CampaignId::generate());
        let mut deltas = Deltas::default();
        let at = "2026-05-01T10:00:00Z";
        deltas.apply(
            org,
            &DeliveryEvent::MessagesClicked {
                source: MessageSource::Campaign(campaign),
                engagements: vec![
                    click(at, "https://a.example", true, true),
                    click(at, "https://a.example", false, false),
                    click(at, "https://b.example", true, false),
                ],
            },
        );
        let totals = deltas.hours.values().next().expect("one hour");
        assert_eq!((totals.clicks, totals.clicked), (3, 1));
        let links: Vec<_> = deltas
            .links
            .iter()
            .map(|(key, d)| (key.url.as_str(), d.clicked, d.clicks))
            .collect();
        assert_eq!(links, [("https://a.example", 1, 2), ("https://b.example", 1, 1)]);
    }

    #[test]
    fn test_sends_are_no_statistics() {
        let mut deltas = Deltas::default();
        deltas.apply(
            OrgId::generate(),
            &DeliveryEvent::MessagesSent {
                source: MessageSource::Test,
                messages: vec![message("2026-05-01T10:00:00Z")],
            },
        );
        assert_eq!(deltas, Deltas::default());
    }
}
