//! What of a group may leave now, and what becomes of the rest.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use contracts::{crm::consent::Channel, delivery::Address};
use jiff::SignedDuration;
use kernel::{MessageId, Timestamp};
use platform::DbError;
use tracing::warn;

use super::{
    finish,
    outlet::{Group, Outlet},
    run::Running,
};
use crate::{
    domain::{
        limits::{Admission, Caps, Limits, Room, admit as decide},
        mx_group::MxGroup,
    },
    infrastructure::pg::{
        limits::{self, Window, tomorrow},
        queue::{self, Claimed},
    },
};

/// What is braked is looked at again after this, unless the brake is taken off before.
const BRAKED: SignedDuration = SignedDuration::from_hours(1);
/// What only this second has no room for.
const SOON: SignedDuration = SignedDuration::from_secs(1);

/// Takes permits for a group before anything is made ready. What may not leave by this account today goes
/// to another one, or waits in the queue until it may. `None`: nothing is left.
pub(super) async fn admit(running: &Arc<Running>, outlet: &Arc<Outlet>, mut group: Group) -> Option<Group> {
    let free = Caps::default();
    let caps = outlet
        .provider
        // Accounts are warmed up for mailbox providers.
        .filter(|_| group.batch.channel == Channel::Email)
        .and_then(|id| group.route.caps.get(&id))
        .unwrap_or(&free);
    let per_day = outlet.per_day;
    // The inbox is nobody's mailbox provider.
    if outlet.provider.is_none() || (limits_of(&group).are_none() && caps.is_free() && per_day.is_none()) {
        return Some(group);
    }
    let admissions = match take(running, outlet, &group, caps).await {
        Ok(admissions) => admissions,
        Err(error) => {
            warn!(%error, "the limits could not be read, so nothing is sent");
            let ids: Vec<MessageId> = group.rows.iter().map(|row| row.id).collect();
            finish::hand_back(running, &group, &ids).await;
            return None;
        }
    };
    let now = running.parts.clock.now();
    let mut later: BTreeMap<Timestamp, Vec<MessageId>> = BTreeMap::new();
    let mut elsewhere = Vec::new();
    let mut stay = Vec::with_capacity(group.rows.len());
    for (row, admission) in std::mem::take(&mut group.rows).into_iter().zip(admissions) {
        match admission {
            Admission::Now => stay.push(row),
            Admission::OtherAccount => elsewhere.push(row),
            Admission::Soon => later.entry(now + SOON).or_default().push(row.id),
            Admission::Tomorrow => later.entry(tomorrow(now)).or_default().push(row.id),
            Admission::Braked => later.entry(now + BRAKED).or_default().push(row.id),
        }
    }
    if let Some(left) = hand_on(running, outlet, &group, elsewhere) {
        later.entry(tomorrow(now)).or_default().extend(left);
    }
    for (due_at, ids) in &later {
        postpone(running, &group, ids, *due_at).await;
    }
    group.rows = stay;
    (!group.rows.is_empty()).then_some(group)
}

/// Gives messages to an account that has not said no yet. Returns those that are left when there is none.
fn hand_on(
    running: &Arc<Running>,
    outlet: &Outlet,
    group: &Group,
    rows: Vec<Claimed>,
) -> Option<Vec<MessageId>> {
    if rows.is_empty() {
        return None;
    }
    let mut tried = group.tried.clone();
    tried.extend(outlet.provider);
    let Some(other) = group.route.other_outlet(group.batch.channel, &rows, &tried) else {
        return Some(rows.iter().map(|row| row.id).collect());
    };
    let group = Group {
        batch: group.batch.clone(),
        route: group.route.clone(),
        claim: group.claim,
        rows,
        tried,
    };
    if other.push(group) {
        running.start_lane(other.clone());
    }
    None
}

async fn postpone(running: &Running, group: &Group, ids: &[MessageId], due_at: Timestamp) {
    let write = || async {
        let mut tx = running.parts.db.system().await?;
        queue::postpone(&mut tx, group.batch.org, group.batch.id, group.claim, ids, due_at).await?;
        tx.commit().await
    };
    running.until_written("messages that have to wait", write).await;
    running.did(ids.len());
}

/// Asks all limits above these messages at once, and takes what is granted, in a transaction of its own:
/// it is over before the messages leave, so that nobody waits for a mail server here.
async fn take(
    running: &Running,
    outlet: &Outlet,
    group: &Group,
    caps: &Caps,
) -> Result<Vec<Admission>, DbError> {
    let groups: Vec<MxGroup> = group.rows.iter().map(|row| group_of_row(&row.to)).collect();
    let limits = &limits_of(group);
    let asked = Asked::of(outlet, group, limits, caps, &groups);
    let mut tx = running.parts.db.system().await?;
    let keys: BTreeMap<String, Window> = asked
        .limits
        .iter()
        .map(|(key, (window, _))| (key.clone(), *window))
        .collect();
    let used = if keys.is_empty() {
        HashMap::new()
    } else {
        limits::lock(&mut tx, group.batch.org, &keys).await?
    };
    let left = |key: &str| {
        let (_, limit) = asked.limits.get(key)?;
        Some(limit.saturating_sub(used.get(key).copied().unwrap_or(0)))
    };
    let by_group = |keys: &HashMap<MxGroup, String>| {
        let left = |(group, key): (&MxGroup, &String)| Some((*group, left(key)?));
        keys.iter().filter_map(left).collect::<HashMap<_, _>>()
    };
    let mut room = Room {
        second: left(ORG_SECOND),
        day: left(ORG_DAY),
        account: left(&asked.account),
        account_by_group: by_group(&asked.account_groups),
        domain_by_group: by_group(&asked.domain_groups),
        braked: limits.braked.clone(),
    };
    let admissions = decide(&mut room, groups.iter().copied());
    let granted = |of: Option<MxGroup>| {
        let ours = groups
            .iter()
            .zip(&admissions)
            .filter(|(group, admission)| **admission == Admission::Now && of.is_none_or(|of| of == **group));
        ours.count() as u64
    };
    let group_of = |key: &str| {
        let all = asked.account_groups.iter().chain(&asked.domain_groups);
        all.into_iter()
            .find(|(_, other)| *other == key)
            .map(|(group, _)| *group)
    };
    let written: Vec<(String, Window, u64)> = asked
        .limits
        .iter()
        .map(|(key, (window, _))| {
            let used = used.get(key).copied().unwrap_or(0);
            (key.clone(), *window, used + granted(group_of(key)))
        })
        .collect();
    if !written.is_empty() {
        limits::write(&mut tx, group.batch.org, &written).await?;
    }
    tx.commit().await?;
    Ok(admissions)
}

/// Whose mailbox it is. Telephones and devices are at none of the providers.
fn group_of_row(to: &Address) -> MxGroup {
    to.email()
        .map_or(MxGroup::Other, |to| MxGroup::of_address(to.as_str()))
}

/// What is above all messages of a group. A sending domain limits its mail alone.
fn limits_of(group: &Group) -> Cow<'_, Limits> {
    let limits = &group.route.limits;
    match group.batch.channel {
        Channel::Email => Cow::Borrowed(limits),
        Channel::Sms | Channel::Push => Cow::Owned(Limits {
            per_second: limits.per_second,
            per_day: limits.per_day,
            ..Limits::default()
        }),
    }
}

const ORG_SECOND: &str = "org:second";
const ORG_DAY: &str = "org:day";

/// The limits above some messages.
struct Asked {
    limits: BTreeMap<String, (Window, u64)>,
    account: String,
    account_groups: HashMap<MxGroup, String>,
    domain_groups: HashMap<MxGroup, String>,
}

impl Asked {
    fn of(outlet: &Outlet, group: &Group, limits: &Limits, caps: &Caps, groups: &[MxGroup]) -> Self {
        let provider = outlet.provider.map(|id| id.to_string()).unwrap_or_default();
        let domain = group.route.domain.map(|id| id.to_string()).unwrap_or_default();
        let mut asked = Self {
            limits: BTreeMap::new(),
            account: format!("account:{provider}:day"),
            account_groups: HashMap::new(),
            domain_groups: HashMap::new(),
        };
        if let Some(limit) = limits.per_second {
            asked
                .limits
                .insert(ORG_SECOND.to_owned(), (Window::Second, limit.into()));
        }
        if let Some(limit) = limits.per_day {
            asked
                .limits
                .insert(ORG_DAY.to_owned(), (Window::Day, limit.into()));
        }
        if let Some(limit) = outlet.per_day {
            asked
                .limits
                .insert(asked.account.clone(), (Window::Day, limit.into()));
        }
        for mx in groups {
            if let Some(limit) = caps.by_group.get(mx) {
                let key = format!("account:{provider}:{mx}:day");
                asked.limits.insert(key.clone(), (Window::Day, (*limit).into()));
                asked.account_groups.insert(*mx, key);
            }
            if let Some(limit) = limits.domain.by_group.get(mx) {
                let key = format!("domain:{domain}:{mx}:day");
                asked.limits.insert(key.clone(), (Window::Day, (*limit).into()));
                asked.domain_groups.insert(*mx, key);
            }
        }
        asked
    }
}
