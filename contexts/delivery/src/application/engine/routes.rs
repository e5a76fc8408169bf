//! How the mail of each organisation leaves now: sender, key, and the accounts it may go to.

use std::{collections::HashMap, sync::Arc};

use contracts::identity::{OrganizationProfile, SendingMode};
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
        sealed_settings::{open_password, open_signing_keys},
    },
    domain::{
        dkim::DkimKey,
        sending_domain::{self, Sender},
        template::OrganizationFacts,
        tracking::LinkSigner,
    },
    infrastructure::{
        carriers::{BuiltInInbox, Ways, account_at},
        pg::{
            domains::{self, Domain},
            providers::{self, Provider},
        },
    },
};

/// The mail of one organisation, as it leaves now.
pub(super) struct Route {
    pub sender: Sender,
    /// The domain of the sender; `None` while the organisation has none.
    pub domain: Option<DomainId>,
    /// What its mail is signed with; empty leaves it unsigned.
    pub keys: Arc<[Arc<DkimKey>]>,
    /// Makes its links, which lead to the organisation's own host if it has one.
    pub signer: Arc<LinkSigner>,
    pub organization: Arc<OrganizationFacts>,
    /// In the order in which they are used.
    outlets: Vec<Arc<Outlet>>,
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
    /// Where mail goes now: the first account that is well. A message that is in doubt is never among
    /// what is sent here, so failing over is harmless.
    pub fn outlet(&self) -> Option<&Arc<Outlet>> {
        self.outlets.iter().find(|outlet| outlet.is_open())
    }
}

/// The routes of all organisations with something to send.
#[derive(Default)]
pub(super) struct Routes {
    routes: HashMap<OrgId, Arc<Route>>,
    accounts: HashMap<ProviderId, (Timestamp, Arc<Outlet>)>,
    inboxes: HashMap<OrgId, Arc<Outlet>>,
    keys: HashMap<DomainId, (Timestamp, Arc<[Arc<DkimKey>]>)>,
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
                SendingMode::Test => vec![self.inbox(parts, profile.id)],
                // Mail that would come from nowhere, or from a domain that receivers refuse, waits.
                SendingMode::Live if domain.is_none_or(|d| d.paused.is_some()) => Vec::new(),
                SendingMode::Live => self.accounts(parts, &mut tx, providers).await,
            };
            used.extend(outlets.iter().filter_map(|outlet| outlet.provider));
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
        outlets: Vec<Arc<Outlet>>,
    ) -> Result<Route, EngineError> {
        let keys = match domain {
            Some(domain) => self.keys(parts, tx, domain).await,
            None => Arc::default(),
        };
        Ok(Route {
            sender: domain.map_or_else(|| sending_domain::stand_in(&profile.name), |d| d.sender.clone()),
            domain: domain.map(|d| d.id),
            keys,
            signer: signer(parts, domain),
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
    ) -> Vec<Arc<Outlet>> {
        let mut outlets = Vec::new();
        for provider in providers.into_iter().filter(|p| p.paused.is_none()) {
            let known = self
                .accounts
                .get(&provider.id)
                .filter(|(at, _)| *at == provider.updated_at);
            if let Some((_, outlet)) = known {
                outlets.push(outlet.clone());
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
                    outlets.push(outlet);
                }
                Err(error) => error!(provider.id = %provider.id, %error, "an account cannot be used"),
            }
        }
        outlets
    }

    async fn keys(&mut self, parts: &EngineParts, tx: &mut Tx, domain: &Domain) -> Arc<[Arc<DkimKey>]> {
        if let Some((_, keys)) = self
            .keys
            .get(&domain.id)
            .filter(|(at, _)| *at == domain.updated_at)
        {
            return keys.clone();
        }
        let (opened, failed) = open_signing_keys(&parts.secrets, tx, domain).await;
        for error in &failed {
            error!(domain.id = %domain.id, %error, "a signing key of a domain cannot be used; its mail goes without it");
        }
        let keys: Arc<[Arc<DkimKey>]> = opened.into_iter().map(Arc::new).collect();
        // One that does not open is tried again: the secret key may have been away.
        if failed.is_empty() {
            self.keys.insert(domain.id, (domain.updated_at, keys.clone()));
        }
        keys
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

/// Links lead to the domain's own host once it is known to lead here.
fn signer(parts: &EngineParts, domain: Option<&Domain>) -> Arc<LinkSigner> {
    match domain.and_then(Domain::links_host) {
        Some(host) => Arc::new(parts.signer.at_host(host)),
        None => parts.signer.clone(),
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
