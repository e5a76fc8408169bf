//! How the messages of each organisation leave now: sender, key, and the accounts it may go to.

use std::{collections::HashMap, sync::Arc};

use contracts::{
    crm::consent::Channel,
    delivery::Address,
    identity::{OrganizationProfile, SendingMode},
};
use kernel::{DomainId, EmailAddress, OrgId, ProviderId, Timestamp};
use platform::{DbError, Tx};
use tracing::error;

use super::{
    core::EngineParts,
    error::EngineError,
    outlet::{Group, Outlet, Use},
};
use crate::{
    application::{
        carrier::Account,
        report_address::report_address,
        sealed_settings::{open_password, open_signing_keys},
    },
    domain::{
        bounce::ReturnPath,
        bounce_mailbox::fits,
        dkim::DkimKey,
        limits::{Caps, Limits},
        mx_group::MxGroup,
        push::PushService,
        sending_domain::{self, Sender},
        template::OrganizationFacts,
        tracking::LinkSigner,
    },
    infrastructure::{
        carriers::{BuiltInInbox, Ways, account_at},
        pg::{
            bounce_mailboxes, brakes,
            domains::{self, Domain},
            limits,
            providers::{self, Provider},
            queue::Claimed,
            sending_tallies::Subject,
            warm_ups,
        },
    },
};

/// The messages of one organisation, as they leave now.
pub(super) struct Route {
    pub sender: Sender,
    /// The domain of the sender; `None` while the organisation has none.
    pub domain: Option<DomainId>,
    /// What its mail is signed with; empty leaves it unsigned.
    pub keys: SigningKeys,
    /// Makes its links, which lead to the organisation's own host if it has one.
    pub signer: Arc<LinkSigner>,
    /// Where what comes back is sent to, each message with an address of its own; `None`: to the sender.
    pub return_path: Option<ReturnPath>,
    pub organization: Arc<OrganizationFacts>,
    /// Catches mail to addresses that only play a part.
    pub sandbox: Arc<Outlet>,
    /// What is limited for all of them.
    pub limits: Limits,
    /// What is limited for each account.
    pub caps: HashMap<ProviderId, Caps>,
    /// In the order in which they are used.
    ways: Vec<Way>,
}

/// A way out, and how much of what leaves goes by it.
#[derive(Clone)]
struct Way {
    /// What travels by it; `None`: everything.
    channel: Option<Channel>,
    /// Accounts of one rank share; the next rank stands in when none of them is well.
    rank: i32,
    weight: u32,
    outlet: Arc<Outlet>,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Route(from …@{}, {} ways)",
            self.sender.address.domain(),
            self.ways.len()
        )
    }
}

impl Route {
    /// How many messages of a channel can be taken now; `None` where no way is open. Notifications are
    /// claimed without knowing whose device it is, so the service with the least room decides for both.
    pub fn room(&self, channel: Channel) -> Option<usize> {
        let sum = |takes: fn(&Outlet) -> bool| {
            let rooms = self.open(channel, takes).map(|way| way.outlet.room());
            rooms.reduce(|all, one| all + one)
        };
        match channel {
            Channel::Email | Channel::Sms => sum(|_| true),
            Channel::Push => {
                let apns = sum(|outlet| PushService::Apns.is_reached_by(outlet.label));
                let fcm = sum(|outlet| PushService::Fcm.is_reached_by(outlet.label));
                apns.into_iter().chain(fcm).min()
            }
        }
    }

    /// Where a message goes now: to one of the accounts that are well and may take it, of the first rank
    /// that has any, by weight, and always to the same one while nothing changes. A message that is in
    /// doubt is never among what is sent here, so failing over is harmless.
    pub fn outlet(&self, channel: Channel, row: &Claimed) -> Option<&Arc<Outlet>> {
        let open = || self.open(channel, |outlet| takes(outlet, row));
        let total: u64 = open().map(|way| u64::from(way.weight)).sum();
        // The end of an identifier is random.
        let random = row.id.uuid().as_u128() as u64;
        let mut at = random.checked_rem(total)?;
        for way in open() {
            match at.checked_sub(u64::from(way.weight)) {
                Some(rest) => at = rest,
                None => return Some(&way.outlet),
            }
        }
        None
    }

    /// Another account for all of these, for what those that were tried have no room for today.
    pub fn other_outlet(
        &self,
        channel: Channel,
        rows: &[Claimed],
        tried: &[ProviderId],
    ) -> Option<&Arc<Outlet>> {
        let untried = |outlet: &Outlet| outlet.provider.is_some_and(|id| !tried.contains(&id));
        let mut ways = self.ways.iter().filter(|way| way.carries(channel));
        let found = ways.find(|way| {
            let outlet = &way.outlet;
            outlet.is_open() && untried(outlet) && rows.iter().all(|row| takes(outlet, row))
        });
        found.map(|way| &way.outlet)
    }

    /// Whether nothing of the organisation's is under way.
    pub fn is_at_rest(&self) -> bool {
        let outlets = self.ways.iter().map(|way| &way.outlet);
        outlets.chain([&self.sandbox]).all(|outlet| outlet.held() == 0)
    }

    /// Those that are well and may take it, of the first rank that has any.
    fn open(&self, channel: Channel, takes: impl Fn(&Outlet) -> bool) -> impl Iterator<Item = &Way> {
        let well = move |way: &&Way| way.carries(channel) && way.outlet.is_open() && takes(&way.outlet);
        let rank = self.ways.iter().find(&well).map(|way| way.rank);
        self.ways
            .iter()
            .filter(well)
            .filter(move |way| Some(way.rank) == rank)
    }
}

/// A device's token is of one service and must not be shown to the other.
fn takes(outlet: &Outlet, row: &Claimed) -> bool {
    match &row.to {
        Address::Device(token) => PushService::takes(outlet.label, token.as_str()),
        Address::Email(_) | Address::Phone(_) => true,
    }
}

/// What mail of a domain is signed with, RSA first.
pub(super) type SigningKeys = Arc<[Arc<DkimKey>]>;

/// The routes of all organisations with something to send.
#[derive(Default)]
pub(super) struct Routes {
    routes: HashMap<OrgId, Arc<Route>>,
    accounts: HashMap<ProviderId, (Timestamp, Arc<Outlet>)>,
    inboxes: HashMap<OrgId, Arc<Outlet>>,
    keys: HashMap<DomainId, (Timestamp, SigningKeys)>,
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
        let mut rules = rules(&mut tx, orgs, &domains).await?;
        let mailboxes = bounce_mailboxes::addresses(&mut tx, orgs).await?;
        self.routes.clear();
        let mut used = Vec::new();
        for profile in profiles {
            let providers = providers.remove(&profile.id).unwrap_or_default();
            let domain = domains.get(&profile.id);
            let (limits, caps) = rules.remove(&profile.id).unwrap_or_default();
            let ways = match profile.mode {
                SendingMode::Test => vec![Way::only(self.inbox(parts, profile.id))],
                SendingMode::Live => self.accounts(parts, &mut tx, providers, domain).await,
            };
            used.extend(ways.iter().filter_map(|way| way.outlet.provider));
            let return_path = match profile.mode {
                // Nothing comes back from the built-in inbox, which shows who mail is from.
                SendingMode::Test => None,
                SendingMode::Live => return_path(parts, mailboxes.get(&profile.id), domain),
            };
            let mut route = self.route(parts, &mut tx, &profile, domain, ways).await?;
            (route.limits, route.caps, route.return_path) = (limits, caps, return_path);
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
        ways: Vec<Way>,
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
            return_path: None,
            organization: Arc::new(OrganizationFacts {
                name: profile.name.clone(),
                postal_address: profile.postal_address.clone(),
            }),
            sandbox: self.inbox(parts, profile.id),
            limits: Limits::default(),
            caps: HashMap::new(),
            ways,
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
                per_day: None,
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
        domain: Option<&Domain>,
    ) -> Vec<Way> {
        let mut ways = Vec::new();
        let usable = |p: &Provider| p.paused.is_none() && may_carry(p, domain);
        for provider in providers.into_iter().filter(usable) {
            let way = |outlet| Way {
                channel: Some(provider.config.kind().channel()),
                rank: provider.rank,
                weight: provider.weight,
                outlet,
            };
            let known = self
                .accounts
                .get(&provider.id)
                .filter(|(at, _)| *at == provider.updated_at);
            if let Some((_, outlet)) = known {
                ways.push(way(outlet.clone()));
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
                        per_day: provider.messages_per_day,
                    };
                    let outlet = Arc::new(Outlet::new(provider.org, account, use_of));
                    let known = (provider.updated_at, outlet.clone());
                    if let Some((_, old)) = self.accounts.insert(provider.id, known) {
                        old.close();
                    }
                    ways.push(way(outlet));
                }
                Err(error) => error!(provider.id = %provider.id, %error, "an account cannot be used"),
            }
        }
        ways
    }

    async fn keys(&mut self, parts: &EngineParts, tx: &mut Tx, domain: &Domain) -> SigningKeys {
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
        let keys: SigningKeys = opened.into_iter().map(Arc::new).collect();
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

impl Way {
    fn only(outlet: Arc<Outlet>) -> Self {
        Self {
            channel: None,
            rank: 0,
            weight: 1,
            outlet,
        }
    }

    fn carries(&self, channel: Channel) -> bool {
        self.channel.is_none_or(|of| of == channel)
    }
}

/// Limits of the organisation and its domain, and of its accounts.
type Rules = (Limits, HashMap<ProviderId, Caps>);

/// What is limited for each organisation. Most limit nothing, and for them this is three questions that
/// find nothing, for all organisations together.
async fn rules(
    tx: &mut Tx,
    orgs: &[OrgId],
    domains: &HashMap<OrgId, Domain>,
) -> Result<HashMap<OrgId, Rules>, DbError> {
    let own = limits::of_organizations(tx, orgs).await?;
    let warm_ups = warm_ups::of_organizations(tx, orgs).await?;
    let brakes = brakes::of_organizations(tx, orgs).await?;
    let mut rules: HashMap<OrgId, Rules> = HashMap::new();
    for (org, own) in own {
        let (limits, _) = rules.entry(org).or_default();
        (limits.per_second, limits.per_day) = (own.per_second, own.per_day);
    }
    for (org, brakes) in brakes {
        let domain = domains.get(&org).map(|domain| domain.id);
        let held = brakes.into_iter().filter(|brake| Some(brake.domain) == domain);
        rules
            .entry(org)
            .or_default()
            .0
            .braked
            .extend(held.map(|brake| brake.group));
    }
    for (org, warm_ups) in warm_ups {
        for warm_up in warm_ups {
            let caps = caps_of(warm_ups::today(tx, org, &warm_up).await?, warm_up.paused);
            let (limits, accounts) = rules.entry(org).or_default();
            match warm_up.subject {
                Subject::Domain(id) if domains.get(&org).is_some_and(|domain| domain.id == id) => {
                    limits.domain.by_group = caps;
                }
                Subject::Domain(_) => {}
                Subject::Account(id) => accounts.entry(id).or_default().by_group = caps,
            }
        }
    }
    Ok(rules)
}

fn caps_of(today: HashMap<MxGroup, Option<u32>>, paused: bool) -> HashMap<MxGroup, u32> {
    let cap = |cap: u32| if paused { 0 } else { cap };
    today
        .into_iter()
        .filter_map(|(group, limit)| Some((group, cap(limit?))))
        .collect()
}

/// Mail that would come from nowhere, or from a domain that receivers refuse, waits, and some accounts are
/// for some domains. Other messages have no domain.
fn may_carry(provider: &Provider, domain: Option<&Domain>) -> bool {
    if provider.config.kind().channel() != Channel::Email {
        return true;
    }
    domain.is_some_and(|domain| {
        domain.paused.is_none() && (provider.domains.is_empty() || provider.domains.contains(&domain.id))
    })
}

/// Links lead to the domain's own host once it is known to lead here.
fn signer(parts: &EngineParts, domain: Option<&Domain>) -> Arc<LinkSigner> {
    match domain.and_then(Domain::links_host) {
        Some(host) => Arc::new(parts.signer.at_host(host)),
        None => parts.signer.clone(),
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
        reports: report_address(&settings.base_url, provider.id),
    };
    Ok(account_at(&provider.config, secret, ways)?)
}
