//! What follows from reports for addresses.

use std::collections::HashSet;

use contracts::{
    crm::consent::Channel,
    delivery::{Address, MessageSource},
};
use kernel::OrgId;
use platform::{DbError, Tx};

use super::told::Told;
use crate::{
    application::suppress_addresses::suppress_addresses,
    domain::{
        address_list::listed_address,
        report::{ForAddress, ReportKind},
        suppression::SuppressionReason,
    },
    infrastructure::pg::{
        reports::Waiting,
        suppressions::{self, NewSuppression},
    },
};

/// Puts addresses on the list. Returns where somebody's wish to hear no more was news.
pub(super) async fn follow_up<'b, 'w>(
    tx: &mut Tx,
    org: OrgId,
    believed: &'b [Told<'w>],
) -> Result<Vec<&'b Told<'w>>, DbError> {
    let mut entries = Vec::new();
    let mut counted = Vec::new();
    for told in believed {
        // Devices stand on no list.
        let Some(address) = listed_address(&told.addressee.1) else {
            continue;
        };
        for report in told.reports {
            match report.said.consequence() {
                ForAddress::Nothing => {}
                // Whoever tries a template out has not left anything.
                ForAddress::Suppress(SuppressionReason::Unsubscribed)
                    if told.source == MessageSource::Test => {}
                ForAddress::Suppress(reason) => entries.push(entry(&address, reason, told, report)),
                // A telephone that is switched off is nothing that its owner has left.
                ForAddress::Count if told.channel != Channel::Email => {}
                ForAddress::Count => {
                    let reason = SuppressionReason::SoftBounces;
                    counted.push(entry(&address, reason, told, report));
                }
            }
        }
    }
    if !counted.is_empty() {
        let addresses: Vec<&str> = counted.iter().map(|entry| entry.address.as_str()).collect();
        let exhausted = suppressions::exhausted(tx, org, &addresses).await?;
        entries.extend(
            counted
                .into_iter()
                .filter(|entry| exhausted.contains(&entry.address)),
        );
    }
    let added = suppress_addresses(tx, org, &entries).await?;
    let left: HashSet<&str> = added
        .iter()
        .filter(|(_, reason)| *reason == SuppressionReason::Unsubscribed)
        .map(|(address, _)| address.as_str())
        .collect();
    let wishes = believed.iter().filter(|told| {
        told.first(&[ReportKind::Unsubscribed]).is_some() && left.contains(told.addressee.1.as_str())
    });
    Ok(wishes.collect())
}

fn entry(address: &Address, reason: SuppressionReason, told: &Told<'_>, report: &Waiting) -> NewSuppression {
    NewSuppression {
        address: address.clone(),
        reason,
        note: (!report.detail.is_empty()).then(|| report.detail.clone()),
        message: Some(told.message),
        user: None,
    }
}
