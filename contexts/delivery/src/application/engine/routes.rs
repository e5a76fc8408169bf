//! How the mail of each organisation leaves now: sender, key, and the accounts it may go to.

use std::{collections::HashMap, sync::Arc};

use contracts::identity::{OrganizationProfile, SendingMode};
use kernel::{DomainId, EmailAddress, OrgId, ProviderId, Timestamp};
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
        bounce::ReturnPath,
        bounce_mailbox::fits,
        dkim::DkimKey,
        sending_domain::{self, Sender},
        template::OrganizationFacts,
    },
    infrastructure::{
        carriers::{BuiltInInbox, Ways, account_at},
        pg::{
            bounce_mailboxes,
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
    pub key: Option<Arc<DkimKey>>,
    /// Where what comes back is sent to, each message with an address of its own; `None`: to the sender.
    pub return_path: Option<ReturnPath>,
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
        let mailboxes = bounce_mailboxes::addresses(&mut tx, orgs).await?;
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
            let return_path = match profile.mode {
                // Nothing comes back from the built-in inbox, which shows who mail is from.
                SendingMode::Test => None,
                SendingMode::Live => return_path(parts, mailboxes.get(&profile.id), domain),
            };
            let mut route = self.route(parts, &mut tx, &profile, domain, outlets).await?;
            route.return_path = return_path;
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
        let key = match domain {
            Some(domain) => self.key(parts, tx, domain).await,
            None => None,
        };
        Ok(Route {
            sender: domain.map_or_else(|| sending_domain::stand_in(&profile.name), |d| d.sender.clone()),
            domain: domain.map(|d| d.id),
            key,
            return_path: None,
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

/// The first mailbox whose domain goes with the sender's.
fn return_path(
    parts: &EngineParts,
    mailboxes: Option<&Vec<EmailAddress>>,
    domain: Option<&Domain>,
) -> Option<ReturnPath> {
    let domain = domain?;
    let mailbox = mailboxes?.iter().find(|mailbox| fits(mailbox, &domain.domain))?;
    ReturnPath::new(&parts.return_key, mailbox).ok()
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
