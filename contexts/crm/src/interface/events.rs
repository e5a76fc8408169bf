//! What crm does when delivery tells something.

use std::collections::HashMap;

use async_trait::async_trait;
use contracts::{
    PublicEvent,
    crm::consent::Channel,
    delivery::{Address, DeliveryEvent, DeviceToken, Engagement, MessageFailure, MessageRef, MessageSource},
    identity::IdentityEvent,
};
use kernel::{CampaignId, OrgId, Timestamp};
use platform::{Envelope, Subscriber, Tx};
use serde_json::{Value, json};

use super::segment_events::watch_activity;
use crate::{
    domain::timeline::{Became, EventName},
    infrastructure::pg::{
        devices::forget_tokens,
        do_not_contact::{DoNotContact, Reachability, follow_suppressions},
        events::{Activity, record_activity},
        objects::welcome,
        segment_staleness::watch_do_not_contact,
    },
};

/// Writes what happened to messages into the timelines of the people they went to.
pub struct RecordActivity;

/// How many things are written by one statement.
const AT_ONCE: usize = 5_000;

#[async_trait]
impl Subscriber for RecordActivity {
    fn name(&self) -> &'static str {
        "crm.record_activity"
    }
    fn topic(&self) -> &'static str {
        DeliveryEvent::TOPIC
    }
    async fn handle(&self, tx: &mut Tx, events: &[Envelope]) -> anyhow::Result<()> {
        let mut activity = Vec::new();
        for envelope in events {
            activity.extend(activity_of(envelope.org, envelope.decode()?));
            if activity.len() >= AT_ONCE {
                record_activity(tx, &activity).await?;
                watch_activity(tx, &activity).await?;
                activity.clear();
            }
        }
        record_activity(tx, &activity).await?;
        Ok(watch_activity(tx, &activity).await?)
    }
}

fn activity_of(org: OrgId, event: DeliveryEvent) -> Vec<Activity> {
    let of = |source| Told { org, source };
    match event {
        DeliveryEvent::MessagesSent {
            source,
            channel,
            messages,
        } => of(source).messages(EventName::of(channel, Became::Sent), messages),
        DeliveryEvent::MessagesFailed {
            source,
            channel,
            messages,
        } => of(source).failures(EventName::of(channel, Became::Failed), messages),
        DeliveryEvent::MessagesBounced {
            source,
            channel,
            messages,
        } => of(source).failures(EventName::of(channel, Became::Bounced), messages),
        DeliveryEvent::MessagesOpened {
            source,
            channel,
            engagements,
        } => of(source).engagements(EventName::of(channel, Became::Opened), engagements),
        DeliveryEvent::MessagesClicked {
            source,
            channel,
            engagements,
        } => of(source).engagements(EventName::of(channel, Became::Clicked), engagements),
        DeliveryEvent::ContactsUnsubscribed { source, messages, .. } => {
            of(source).messages(EventName::Unsubscribed, messages)
        }
        // That it arrived is no news beside that it was sent, and a complaint is told as the end of
        // writing to the address.
        DeliveryEvent::MessagesDelivered { .. }
        | DeliveryEvent::MessagesComplained { .. }
        | DeliveryEvent::AddressesSuppressed { .. }
        | DeliveryEvent::AddressesReleased { .. }
        | DeliveryEvent::DevicesGone { .. }
        | DeliveryEvent::RepliesReceived { .. } => Vec::new(),
    }
}

struct Told {
    org: OrgId,
    source: MessageSource,
}

impl Told {
    fn messages(&self, name: EventName, messages: Vec<MessageRef>) -> Vec<Activity> {
        messages
            .into_iter()
            .filter_map(|m| self.one(name, m, json!({})))
            .collect()
    }

    fn failures(&self, name: EventName, messages: Vec<MessageFailure>) -> Vec<Activity> {
        messages
            .into_iter()
            .filter_map(|m| self.one(name, m.message, json!({"reason": m.reason})))
            .collect()
    }

    fn engagements(&self, name: EventName, engagements: Vec<Engagement>) -> Vec<Activity> {
        let properties = |e: &Engagement| {
            e.url
                .as_ref()
                .map_or_else(|| json!({}), |url| json!({"url": url}))
        };
        engagements
            .into_iter()
            .filter_map(|e| self.one(name, e.message, properties(&e)))
            .collect()
    }

    /// A test went to a colleague in the name of a contact: the contact has nothing to do with it.
    fn one(&self, name: EventName, message: MessageRef, properties: Value) -> Option<Activity> {
        let campaign: Option<CampaignId> = match self.source {
            MessageSource::Campaign(id) => Some(id),
            MessageSource::Service | MessageSource::Api => None,
            MessageSource::Test => return None,
        };
        Some(Activity {
            org: self.org,
            contact: message.contact,
            name,
            at: message.at,
            message: Some(message.message),
            campaign,
            properties,
        })
    }
}

/// Gives new organisations their companies.
pub struct WelcomeOrganizations;

#[async_trait]
impl Subscriber for WelcomeOrganizations {
    fn name(&self) -> &'static str {
        "crm.welcome_organizations"
    }
    fn topic(&self) -> &'static str {
        IdentityEvent::TOPIC
    }
    async fn handle(&self, tx: &mut Tx, events: &[Envelope]) -> anyhow::Result<()> {
        let mut orgs = Vec::new();
        for envelope in events {
            if let IdentityEvent::OrganizationCreated { profile } = envelope.decode()? {
                orgs.push(profile.id);
            }
        }
        Ok(welcome(tx, &orgs, tx.now()).await?)
    }
}

/// Keeps a copy of delivery's suppression list.
pub struct FollowSuppressions;

#[async_trait]
impl Subscriber for FollowSuppressions {
    fn name(&self) -> &'static str {
        "crm.follow_suppressions"
    }
    fn topic(&self) -> &'static str {
        DeliveryEvent::TOPIC
    }
    async fn handle(&self, tx: &mut Tx, events: &[Envelope]) -> anyhow::Result<()> {
        // The last word on each address counts.
        let mut told: HashMap<(OrgId, Address), Option<DoNotContact>> = HashMap::new();
        for envelope in events {
            match envelope.decode()? {
                DeliveryEvent::AddressesSuppressed { addresses } => {
                    for (address, reason) in addresses {
                        told.insert(
                            (envelope.org, address),
                            Some(DoNotContact {
                                reason,
                                at: envelope.at,
                            }),
                        );
                    }
                }
                DeliveryEvent::AddressesReleased { addresses } => {
                    told.extend(
                        addresses
                            .into_iter()
                            .map(|address| ((envelope.org, address), None)),
                    );
                }
                _ => {}
            }
        }
        if told.is_empty() {
            return Ok(());
        }
        let told: Vec<Reachability> = told
            .into_iter()
            .map(|((org, address), suppressed)| Reachability {
                org,
                address,
                suppressed,
            })
            .collect();
        follow_suppressions(tx, &told).await?;
        for channel in [Channel::Email, Channel::Sms] {
            let addresses: Vec<_> = told
                .iter()
                .filter(|told| told.address.channel() == channel)
                .map(|told| (told.org, told.address.as_str()))
                .collect();
            if !addresses.is_empty() {
                watch_do_not_contact(tx, channel.as_str(), &addresses).await?;
            }
        }
        Ok(())
    }
}

/// Forgets tokens of apps that are gone from their devices.
pub struct ForgetTokens;

#[async_trait]
impl Subscriber for ForgetTokens {
    fn name(&self) -> &'static str {
        "crm.forget_tokens"
    }
    fn topic(&self) -> &'static str {
        DeliveryEvent::TOPIC
    }
    fn kinds(&self) -> &'static [&'static str] {
        &["devices_gone"]
    }
    async fn handle(&self, tx: &mut Tx, events: &[Envelope]) -> anyhow::Result<()> {
        let mut gone: Vec<(OrgId, DeviceToken, Timestamp)> = Vec::new();
        for envelope in events {
            if let DeliveryEvent::DevicesGone { tokens } = envelope.decode()? {
                gone.extend(tokens.into_iter().map(|token| (envelope.org, token, envelope.at)));
            }
        }
        Ok(forget_tokens(tx, &gone).await?)
    }
}
