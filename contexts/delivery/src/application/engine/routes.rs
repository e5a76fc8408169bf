//! How the messages of each organisation leave now: sender, key, and the accounts it may go to.

use std::{collections::HashMap, sync::Arc};

use contracts::{
    crm::consent::Channel,
    delivery::Address,
    identity::{OrganizationProfile, SendingMode},
};
use kernel::{DomainId, OrgId, ProviderId, Timestamp};
use platform::Tx;
use tracing::error;

use super::{
    core::EngineParts,
    error::EngineError,
    outlet::{Group, Outlet, Use},
};
use crate::{
    application::{
        carrier::Account,
        sealed_settings::{open_dkim_key, open_password},
    },
    domain::{
        dkim::DkimKey,
        push::PushService,
        sending_domain::{self, Sender},
        template::OrganizationFacts,
    },
    infrastructure::{
        carriers::{BuiltInInbox, Ways, account_at},
        pg::{
            domains::{self, Domain},
            providers::{self, Provider},
            queue::Claimed,
        },
    },
};

/// The messages of one organisation, as they leave now.
pub(super) struct Route {
    pub sender: Sender,
    /// The domain of the sender; `None` while the organisation has none.
    pub domain: Option<DomainId>,
    pub key: Option<Arc<DkimKey>>,
    pub organization: Arc<OrganizationFacts>,
    /// In the order in which they are used, each with what travels by it; none for all.
    outlets: Vec<(Option<Channel>, Arc<Outlet>)>,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Route(from …@{}, {} outlets)",
            self.sender.address.domain(),
            self.outlets.len()
        )
    }
}

impl Route {
    /// Where messages of a channel go now: the first account that is well. A message that is in doubt is
    /// never among what is sent here, so failing over is harmless.
    pub fn outlet(&self, channel: Channel) -> Option<&Arc<Outlet>> {
        self.open(channel).next()
    }

    /// The same for one message, which not every account of the channel may take.
    pub fn outlet_for(&self, channel: Channel, row: &Claimed) -> Option<&Arc<Outlet>> {
        self.open(channel).find(|outlet| takes(outlet, row))
    }

    /// What of these goes over an outlet, and what does not.
    pub fn share(
        &self,
        outlet: &Outlet,
        channel: Channel,
        rows: Vec<Claimed>,
    ) -> (Vec<Claimed>, Vec<Claimed>) {
        if channel != Channel::Push {
            return (rows, Vec::new());
        }
        rows.into_iter().partition(|row| takes(outlet, row))
    }

    fn open(&self, channel: Channel) -> impl Iterator<Item = &Arc<Outlet>> {
        self.outlets
            .iter()
            .filter(move |(of, outlet)| of.is_none_or(|of| of == channel) && outlet.is_open())
            .map(|(_, outlet)| outlet)
    }
}

/// A device's token is of one service and must not be shown to the other.
fn takes(outlet: &Outlet, row: &Claimed) -> bool {
    match &row.to {
        Address::Device(token) => PushService::takes(outlet.label, token.as_str()),
        Address::Email(_) | Address::Phone(_) => true,
    }
}

/// The routes of all organisations with something to send.
#[derive(Default)]
pub(super) struct Routes {
    routes: HashMap<OrgId, Arc<Route>>,
    accounts: HashMap<ProviderId, (Timestamp, Arc<Outlet>)>,
    inboxes: HashMap<OrgId, Arc<Outlet>>,
    keys: HashMap<DomainId, (Timestamp, Arc<DkimKey>)>,
}

impl Routes {
    pub fn of(&self, org: OrgId) -> Option<&Arc<Route>> {
        self.routes.get(&org)
    }

    /// All outlets.
    pub fn outlets(&self) -> impl Iterator<Item = &Arc<Outlet>> {
        self.accounts
            .values()
            .map(|(_, outlet)| outlet)
            .chain(self.inboxes.values())
    }

    /// Reads the settings of these organisations again. Returns what waited for accounts that are
    /// not to be used any more.
    pub async fn refresh(
        &mut self,
        parts: &EngineParts,
        orgs: &[OrgId],
    ) -> Result<Vec<(Arc<Outlet>, Group)>, EngineError> {
        let profiles = parts.organizations.profiles(orgs).await?;
        let mut tx = parts.db.system().await?;
        let mut providers = providers::of_organizations(&mut tx, orgs).await?;
        let domains = domains::defaults(&mut tx, orgs).await?;
        self.routes.clear();
        let mut used = Vec::new();
        for profile in profiles {
            let providers = providers.remove(&profile.id).unwrap_or_default();
            let domain = domains.get(&profile.id);
            let outlets = match profile.mode {
                SendingMode::Test => vec![(None, self.inbox(parts, profile.id))],
                SendingMode::Live => {
                    // Mail that would come from nowhere, or from a domain that receivers refuse, waits;
                    // other messages have no domain.
                    let mail = domain.is_some_and(|d| d.paused.is_none());
                    let may_send = |p: &Provider| mail || p.config.kind().channel() != Channel::Email;
                    let providers = providers.into_iter().filter(may_send).collect();
                    self.accounts(parts, &mut tx, providers).await
                }
            };
            used.extend(outlets.iter().filter_map(|(_, outlet)| outlet.provider));
            let route = self.route(parts, &mut tx, &profile, domain, outlets).await?;
            self.routes.insert(profile.id, Arc::new(route));
        }
        tx.commit().await?;
        Ok(self.close_unused(&used))
    }

    async fn route(
        &mut self,
        parts: &EngineParts,
        tx: &mut Tx,
        profile: &OrganizationProfile,
        domain: Option<&Domain>,
        outlets: Vec<(Option<Channel>, Arc<Outlet>)>,
    ) -> Result<Route, EngineError> {
        let key = match domain {
            Some(domain) => self.key(parts, tx, domain).await,
            None => None,
        };
        Ok(Route {
            sender: domain.map_or_else(|| sending_domain::stand_in(&profile.name), |d| d.sender.clone()),
            domain: domain.map(|d| d.id),
            key,
            organization: Arc::new(OrganizationFacts {
                name: profile.name.clone(),
                postal_address: profile.postal_address.clone(),
            }),
            outlets,
        })
    }

    fn inbox(&mut self, parts: &EngineParts, org: OrgId) -> Arc<Outlet> {
        let make = || {
            let account = Box::new(BuiltInInbox::new(parts.db.clone(), org));
            let use_of = Use {
                provider: None,
                label: "inbox",
                connections: 2,
                per_second: None,
            };
            Arc::new(Outlet::new(org, account, use_of))
        };
        self.inboxes.entry(org).or_insert_with(make).clone()
    }

    async fn accounts(
        &mut self,
        parts: &EngineParts,
        tx: &mut Tx,
        providers: Vec<Provider>,
    ) -> Vec<(Option<Channel>, Arc<Outlet>)> {
        let mut outlets = Vec::new();
        for provider in providers.into_iter().filter(|p| p.paused.is_none()) {
            let channel = Some(provider.config.kind().channel());
            let known = self
                .accounts
                .get(&provider.id)
                .filter(|(at, _)| *at == provider.updated_at);
            if let Some((_, outlet)) = known {
                outlets.push((channel, outlet.clone()));
                continue;
            }
            match account(parts, tx, &provider).await {
                Ok(account) => {
                    let config = &provider.config;
                    let use_of = Use {
                        provider: Some(provider.id),
                        label: config.kind().as_str(),
                        connections: usize::from(config.concurrency()).min(parts.settings.connections),
                        per_second: config.messages_per_second(),
                    };
                    let outlet = Arc::new(Outlet::new(provider.org, account, use_of));
                    let known = (provider.updated_at, outlet.clone());
                    if let Some((_, old)) = self.accounts.insert(provider.id, known) {
                        old.close();
                    }
                    outlets.push((channel, outlet));
                }
                Err(error) => error!(provider.id = %provider.id, %error, "an account cannot be used"),
            }
        }
        outlets
    }

    async fn key(&mut self, parts: &EngineParts, tx: &mut Tx, domain: &Domain) -> Option<Arc<DkimKey>> {
        domain.dkim.as_ref()?;
        if let Some((_, key)) = self
            .keys
            .get(&domain.id)
            .filter(|(at, _)| *at == domain.updated_at)
        {
            return Some(key.clone());
        }
        match open_dkim_key(&parts.secrets, tx, domain).await {
            Ok(key) => {
                let key = Arc::new(key?);
                self.keys.insert(domain.id, (domain.updated_at, key.clone()));
                Some(key)
            }
            Err(error) => {
                error!(domain.id = %domain.id, %error, "the signing key of a domain cannot be used; its mail goes unsigned");
                None
            }
        }
    }

    /// Accounts that were paused, changed or deleted keep nothing back. An account that just has
    /// nothing to do stays known.
    fn close_unused(&mut self, used: &[ProviderId]) -> Vec<(Arc<Outlet>, Group)> {
        let mut left = Vec::new();
        self.accounts.retain(|id, (_, outlet)| {
            let keep = used.contains(id) || !self.routes.contains_key(&outlet.org);
            if !keep {
                outlet.close();
                left.extend(outlet.take_all().into_iter().map(|group| (outlet.clone(), group)));
            }
            keep
        });
        left
    }
}

async fn account(parts: &EngineParts, tx: &mut Tx, provider: &Provider) -> anyhow::Result<Box<dyn Account>> {
    let secret = open_password(&parts.secrets, tx, provider).await?;
    let settings = &parts.settings;
    let ways = Ways {
        egress: parts.egress.within(settings.timeouts.acceptance),
        clock: parts.clock.clone(),
        timeouts: settings.timeouts,
        ehlo_name: settings.ehlo_name.clone(),
        reach: settings.reach,
        carriers: settings.connections,
    };
    Ok(account_at(&provider.config, secret, ways)?)
}
