//! Reports, message by message: which of them are believed.

use std::collections::{BTreeMap, HashMap};

use contracts::{
    crm::consent::Channel,
    delivery::{MessageRef, MessageSource},
};
use kernel::{ContactId, MessageId, ProviderId, Timestamp};
use uuid::Uuid;

use crate::{
    domain::{
        message_state::MessageState,
        report::{Merged, ReportKind, Said, Standing, is_recipient, merge},
    },
    infrastructure::pg::reports::Waiting,
};

/// The words of results.
pub(super) const APPLIED: &str = "applied";
pub(super) const OTHER: &str = "other_recipient";
pub(super) const ERASED: &str = "erased";

/// Reports, message by message.
pub(super) struct Sorted {
    by_message: BTreeMap<Uuid, Vec<Waiting>>,
    others: Vec<(i64, &'static str)>,
    pub providers: HashMap<i64, (Option<ProviderId>, ReportKind)>,
}

impl Sorted {
    pub fn of(waiting: Vec<Waiting>) -> Self {
        let mut sorted = Self {
            by_message: BTreeMap::new(),
            others: Vec::new(),
            providers: HashMap::new(),
        };
        for report in waiting {
            sorted
                .providers
                .insert(report.id, (report.provider, report.said.kind));
            match &report.addressee {
                None => sorted.others.push((report.id, ERASED)),
                Some((_, address)) if !is_recipient(&report.recipient, address) => {
                    sorted.others.push((report.id, OTHER));
                }
                Some(_) => {
                    let reports = sorted.by_message.entry(report.message.uuid()).or_default();
                    reports.push(report);
                }
            }
        }
        sorted
    }

    /// Messages of which it is unknown whether they were accepted, and which somebody reports of.
    pub fn doubtful(&self) -> Vec<MessageId> {
        let found = self.by_message.values().filter_map(|reports| {
            let first = reports.first()?;
            let held = first.standing.state == MessageState::Held;
            let proven = matches!(merged(first, reports), Merged::Becomes(_));
            ((held || first.in_doubt) && proven).then_some(first.message)
        });
        found.collect()
    }

    /// Reports of messages whose outcome is known.
    pub fn believed(&self, resolved: &[MessageId]) -> Vec<Told<'_>> {
        let told = self.by_message.values().filter_map(|reports| {
            let first = reports.first()?;
            let mut standing = first.standing;
            if resolved.contains(&first.message) {
                standing = Standing {
                    state: MessageState::Accepted,
                    reason: None,
                };
            } else if standing.state.is_live() {
                // An engine has just taken it, or it was never in doubt.
                return None;
            }
            let said: Vec<Said> = reports.iter().map(|report| report.said).collect();
            Some(Told {
                message: first.message,
                source: first.source,
                channel: first.channel,
                addressee: first.addressee.as_ref()?,
                merged: merge(standing, false, &said),
                standing,
                reports,
            })
        });
        told.collect()
    }

    pub fn ended(&self, believed: &[Told<'_>]) -> Vec<(i64, &'static str)> {
        let applied = believed.iter().flat_map(|told| told.reports);
        let applied = applied.map(|report| (report.id, APPLIED));
        self.others.iter().copied().chain(applied).collect()
    }
}

fn merged(first: &Waiting, reports: &[Waiting]) -> Merged {
    let said: Vec<Said> = reports.iter().map(|report| report.said).collect();
    merge(first.standing, first.in_doubt, &said)
}

/// What is said of one message.
pub(super) struct Told<'w> {
    pub message: MessageId,
    pub source: MessageSource,
    /// What it travelled by.
    pub channel: Channel,
    pub addressee: &'w (ContactId, String),
    /// Where it stood.
    pub standing: Standing,
    pub merged: Merged,
    pub reports: &'w [Waiting],
}

impl Told<'_> {
    pub fn first(&self, kinds: &[ReportKind]) -> Option<&Waiting> {
        let mut found = self.reports.iter();
        found.find(|report| kinds.contains(&report.said.kind))
    }

    /// Whether it was ever handed over. Of what was not, nothing is counted, whatever anybody says.
    pub fn was_sent(&self) -> bool {
        matches!(
            self.standing.state,
            MessageState::Accepted
                | MessageState::Delivered
                | MessageState::Bounced
                | MessageState::Complained
        )
    }

    pub fn reference(&self, at: Timestamp) -> MessageRef {
        MessageRef {
            message: self.message,
            contact: self.addressee.0,
            at,
        }
    }
}
