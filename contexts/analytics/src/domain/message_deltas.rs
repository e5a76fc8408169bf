//! From facts about messages to what they add to the roll-ups.

use std::collections::BTreeMap;

use contracts::{
    analytics::MessageTotals,
    delivery::{DeliveryEvent, Engagement, MessageSource},
};
use kernel::{CampaignId, OrgId, Timestamp};

const HOUR: i64 = 3_600;

/// What a link gained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkDelta {
    /// Messages in which it was clicked for the first time.
    pub clicked: i64,
    /// Clicks in all.
    pub clicks: i64,
}

/// What a batch of facts adds to the roll-ups. What a person sent to look at it is no statistic. The maps are ordered, so that two writers never wait
/// for each other's rows in turn.
#[derive(Clone, Debug, Default)]
pub struct MessageDeltas {
    /// By hour and campaign.
    pub hourly: BTreeMap<(OrgId, Timestamp, CampaignId), MessageTotals>,
    /// By link.
    pub links: BTreeMap<(OrgId, CampaignId, String), LinkDelta>,
}

impl MessageDeltas {
    /// Adds what one fact says. Returns whether it says anything that is counted.
    pub fn apply(&mut self, org: OrgId, event: &DeliveryEvent) -> bool {
        match event {
            DeliveryEvent::MessagesSent { source, messages, .. } => {
                let times = messages.iter().map(|message| message.at);
                self.count(org, *source, times, |totals| &mut totals.sent)
            }
            DeliveryEvent::MessagesFailed { source, messages, .. } => {
                let times = messages.iter().map(|failure| failure.message.at);
                self.count(org, *source, times, |totals| &mut totals.not_sent)
            }
            DeliveryEvent::MessagesBounced { source, messages, .. } => {
                let times = messages.iter().map(|failure| failure.message.at);
                self.count(org, *source, times, |totals| &mut totals.bounced)
            }
            DeliveryEvent::MessagesDelivered { source, messages, .. } => {
                let times = messages.iter().map(|message| message.at);
                self.count(org, *source, times, |totals| &mut totals.delivered)
            }
            DeliveryEvent::MessagesComplained { source, messages, .. } => {
                let times = messages.iter().map(|message| message.at);
                self.count(org, *source, times, |totals| &mut totals.complained)
            }
            DeliveryEvent::ContactsUnsubscribed { source, messages, .. } => {
                let times = messages.iter().map(|message| message.at);
                self.count(org, *source, times, |totals| &mut totals.unsubscribed)
            }
            DeliveryEvent::MessagesOpened {
                source, engagements, ..
            } => {
                let opens = engagements.iter().map(|engagement| engagement.message.at);
                let firsts = engagements.iter().filter(|engagement| engagement.first);
                let firsts = firsts.map(|engagement| engagement.message.at);
                self.count(org, *source, opens, |totals| &mut totals.opens)
                    | self.count(org, *source, firsts, |totals| &mut totals.opened)
            }
            DeliveryEvent::MessagesClicked {
                source, engagements, ..
            } => self.click(org, *source, engagements),
            DeliveryEvent::AddressesSuppressed { .. }
            | DeliveryEvent::AddressesReleased { .. }
            | DeliveryEvent::DevicesGone { .. }
            | DeliveryEvent::RepliesReceived { .. } => false,
        }
    }

    /// What campaigns gained over all hours.
    #[must_use]
    pub fn by_campaign(&self) -> BTreeMap<(OrgId, CampaignId), MessageTotals> {
        let mut sums: BTreeMap<_, MessageTotals> = BTreeMap::new();
        for ((org, _, campaign), totals) in &self.hourly {
            *sums.entry((*org, *campaign)).or_default() += *totals;
        }
        sums
    }

    fn click(&mut self, org: OrgId, source: MessageSource, engagements: &[Engagement]) -> bool {
        let clicks = engagements.iter().map(|engagement| engagement.message.at);
        let firsts = engagements
            .iter()
            .filter(|engagement| engagement.first_for_message);
        let firsts = firsts.map(|engagement| engagement.message.at);
        let counted = self.count(org, source, clicks, |totals| &mut totals.clicks)
            | self.count(org, source, firsts, |totals| &mut totals.clicked);
        if let MessageSource::Campaign(campaign) = source {
            for engagement in engagements {
                let Some(url) = &engagement.url else { continue };
                let link = self.links.entry((org, campaign, url.clone())).or_default();
                link.clicks += 1;
                link.clicked += i64::from(engagement.first);
            }
        }
        counted
    }

    fn count(
        &mut self,
        org: OrgId,
        source: MessageSource,
        times: impl Iterator<Item = Timestamp>,
        field: fn(&mut MessageTotals) -> &mut i64,
    ) -> bool {
        let MessageSource::Campaign(campaign) = source else {
            return false;
        };
        let mut counted = false;
        for at in times {
            let totals = self.hourly.entry((org, hour_of(at), campaign)).or_default();
            *field(totals) += 1;
            counted = true;
        }
        counted
    }
}

/// The hour that an instant lies in.
fn hour_of(at: Timestamp) -> Timestamp {
    let second = at.as_second();
    Timestamp::from_second(second - second.rem_euclid(HOUR)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use contracts::crm::consent::Channel;
    use contracts::delivery::{MessageFailure, MessageRef};
    use kernel::{ContactId, MessageId};
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn message(time: Timestamp) -> MessageRef {
        MessageRef {
            message: MessageId::generate(),
            contact: ContactId::generate(),
            at: time,
        }
    }

    fn click(time: Timestamp, url: &str, first: bool, first_for_message: bool) -> Engagement {
        Engagement {
            message: message(time),
            first,
            first_for_message,
            url: Some(url.to_owned()),
        }
    }

    fn one(deltas: &MessageDeltas) -> MessageTotals {
        assert_eq!(deltas.hourly.len(), 1);
        *deltas.hourly.values().next().expect("one row")
    }

    #[test]
    fn facts_are_counted_in_the_hour_in_which_they_happened() {
        let (org, id) = (OrgId::generate(), CampaignId::generate());
        let source = MessageSource::Campaign(id);
        let times = [
            "2026-06-01T10:00:00Z",
            "2026-06-01T10:59:59.999Z",
            "2026-06-01T11:00:00Z",
        ];
        let messages = times.map(|time| message(at(time))).to_vec();
        let mut deltas = MessageDeltas::default();

        assert!(deltas.apply(
            org,
            &DeliveryEvent::MessagesSent {
                source,
                messages,
                channel: Channel::Email
            }
        ));

        let hours: Vec<_> = deltas
            .hourly
            .iter()
            .map(|((_, hour, _), totals)| (*hour, totals.sent))
            .collect();
        assert_eq!(
            hours,
            [(at("2026-06-01T10:00:00Z"), 2), (at("2026-06-01T11:00:00Z"), 1)]
        );
        assert_eq!(deltas.by_campaign()[&(org, id)].sent, 3);
    }

    #[test]
    fn a_person_who_opens_twice_is_one_person_and_two_opens() {
        let org = OrgId::generate();
        let source = MessageSource::Campaign(CampaignId::generate());
        let engagement = |first| Engagement {
            message: message(at("2026-06-01T10:00:00Z")),
            first,
            first_for_message: false,
            url: None,
        };
        let engagements = vec![engagement(true), engagement(false)];
        let mut deltas = MessageDeltas::default();

        deltas.apply(
            org,
            &DeliveryEvent::MessagesOpened {
                source,
                engagements,
                channel: Channel::Email,
            },
        );

        assert_eq!((one(&deltas).opened, one(&deltas).opens), (1, 2));
        assert!(deltas.links.is_empty());
    }

    #[test]
    fn a_person_who_clicks_two_links_is_one_person_and_one_for_each_link() {
        let (org, id) = (OrgId::generate(), CampaignId::generate());
        let time = at("2026-06-01T10:00:00Z");
        let engagements = vec![
            click(time, "https://a.example", true, true),
            click(time, "https://b.example", true, false),
            click(time, "https://b.example", false, false),
        ];
        let mut deltas = MessageDeltas::default();

        deltas.apply(
            org,
            &DeliveryEvent::MessagesClicked {
                channel: Channel::Email,
                source: MessageSource::Campaign(id),
                engagements,
            },
        );

        assert_eq!((one(&deltas).clicked, one(&deltas).clicks), (1, 3));
        let link = |url: &str| deltas.links[&(org, id, url.to_owned())];
        assert_eq!(
            link("https://a.example"),
            LinkDelta {
                clicked: 1,
                clicks: 1
            }
        );
        assert_eq!(
            link("https://b.example"),
            LinkDelta {
                clicked: 1,
                clicks: 2
            }
        );
    }

    #[test]
    fn failures_bounces_and_unsubscriptions_each_have_their_own_figure() {
        let (org, source) = (OrgId::generate(), MessageSource::Campaign(CampaignId::generate()));
        let time = at("2026-06-01T10:00:00Z");
        let failure = MessageFailure {
            message: message(time),
            reason: "expired".to_owned(),
        };
        let mut deltas = MessageDeltas::default();

        deltas.apply(
            org,
            &DeliveryEvent::MessagesFailed {
                channel: Channel::Email,
                source,
                messages: vec![failure.clone()],
            },
        );
        deltas.apply(
            org,
            &DeliveryEvent::MessagesBounced {
                channel: Channel::Email,
                source,
                messages: vec![failure],
            },
        );
        deltas.apply(
            org,
            &DeliveryEvent::ContactsUnsubscribed {
                channel: Channel::Email,
                source,
                messages: vec![message(time)],
            },
        );
        let suppressed = DeliveryEvent::AddressesSuppressed {
            addresses: Vec::new(),
        };
        assert!(!deltas.apply(org, &suppressed));

        let totals = one(&deltas);
        assert_eq!(
            (totals.not_sent, totals.bounced, totals.unsubscribed, totals.sent),
            (1, 1, 1, 0)
        );
    }

    #[test]
    fn what_others_report_has_figures_of_its_own() {
        let (org, source) = (OrgId::generate(), MessageSource::Campaign(CampaignId::generate()));
        let (channel, time) = (Channel::Email, at("2026-06-01T10:00:00Z"));
        let mut deltas = MessageDeltas::default();
        let messages = vec![message(time), message(time)];
        assert!(deltas.apply(
            org,
            &DeliveryEvent::MessagesDelivered {
                source,
                channel,
                messages
            }
        ));
        let messages = vec![message(time)];
        assert!(deltas.apply(
            org,
            &DeliveryEvent::MessagesComplained {
                source,
                channel,
                messages
            }
        ));

        let totals = one(&deltas);
        assert_eq!((totals.delivered, totals.complained, totals.bounced), (2, 1, 0));
    }

    #[test]
    fn what_a_person_sent_to_look_at_is_no_statistic() {
        let mut deltas = MessageDeltas::default();
        let (source, time) = (MessageSource::Test, at("2026-06-01T10:00:00Z"));
        let clicked = vec![click(time, "https://a.example", true, true)];
        let org = OrgId::generate();
        assert!(!deltas.apply(
            org,
            &DeliveryEvent::MessagesSent {
                channel: Channel::Email,
                source,
                messages: vec![message(time)]
            }
        ));
        assert!(!deltas.apply(
            org,
            &DeliveryEvent::MessagesClicked {
                channel: Channel::Email,
                source,
                engagements: clicked
            }
        ));
        assert!(deltas.hourly.is_empty() && deltas.links.is_empty());
    }

    proptest! {
        #[test]
        fn folding_in_pieces_gives_what_folding_at_once_gives(
            seconds in proptest::collection::vec(0i64..20_000, 1..60),
            cut in 0usize..60,
        ) {
            let (org, source) = (OrgId::generate(), MessageSource::Campaign(CampaignId::generate()));
            let start = at("2026-06-01T00:00:00Z").as_second();
            let events: Vec<DeliveryEvent> = seconds
                .iter()
                .map(|second| {
                    let time = Timestamp::from_second(start + second).expect("in range");
                    DeliveryEvent::MessagesSent { source, messages: vec![message(time)], channel: Channel::Email }
                })
                .collect();
            let (head, tail) = events.split_at(cut.min(events.len()));
            let fold = |events: &[DeliveryEvent]| {
                let mut deltas = MessageDeltas::default();
                for event in events {
                    deltas.apply(org, event);
                }
                deltas
            };
            let mut pieces = fold(head).hourly;
            for (key, totals) in fold(tail).hourly {
                *pieces.entry(key).or_default() += totals;
            }
            prop_assert_eq!(pieces, fold(&events).hourly);
        }
    }
}
