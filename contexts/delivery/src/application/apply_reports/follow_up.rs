//! What follows from reports for addresses.

use std::collections::HashSet;

use contracts::delivery::MessageSource;
use kernel::{EmailAddress, OrgId};
use platform::{DbError, Tx};

use super::told::Told;
use crate::{
    application::suppress_addresses::suppress_addresses,
    domain::{
        report::{ForAddress, ReportKind},
        suppression::SuppressionReason,
    },
    infrastructure::pg::{
        replies,
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
    let mut numbers = Vec::new();
    for told in believed {
        let Ok(address) = EmailAddress::parse(&told.addressee.1) else {
            // A telephone number, which stands on the list only because its owner said so: those who carry
            // text messages are often wrong about the rest.
            let left = told.first(&[ReportKind::Unsubscribed]).is_some();
            if left && told.source != MessageSource::Test {
                numbers.push((told.addressee.1.as_str(), Some(told.message)));
            }
            continue;
        };
        for report in told.reports {
            match report.said.consequence() {
                ForAddress::Nothing => {}
                // Whoever tries a template out has not left anything.
                ForAddress::Suppress(SuppressionReason::Unsubscribed)
                    if told.source == MessageSource::Test => {}
                ForAddress::Suppress(reason) => entries.push(entry(&address, reason, told, report)),
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
    let silenced = if numbers.is_empty() {
        Vec::new()
    } else {
        replies::suppress(tx, org, &numbers).await?
    };
    let left: HashSet<&str> = added
        .iter()
        .filter(|(_, reason)| *reason == SuppressionReason::Unsubscribed)
        .map(|(address, _)| address.as_str())
        .chain(silenced.iter().map(String::as_str))
        .collect();
    let wishes = believed.iter().filter(|told| {
        told.first(&[ReportKind::Unsubscribed]).is_some() && left.contains(told.addressee.1.as_str())
    });
    Ok(wishes.collect())
}

fn entry(
    address: &EmailAddress,
    reason: SuppressionReason,
    told: &Told<'_>,
    report: &Waiting,
) -> NewSuppression {
    NewSuppression {
        address: address.clone(),
        reason,
        note: (!report.detail.is_empty()).then(|| report.detail.clone()),
        message: Some(told.message),
        user: None,
    }
}
