//! Brakes mail that does a domain's name more harm than good.

use jiff::SignedDuration;
use kernel::{DomainId, OrgId};
use platform::{Db, DbError};
use tracing::warn;

use crate::{
    domain::{auto_brake::harm, mx_group::MxGroup},
    infrastructure::pg::{
        brakes::{self, Brake},
        sending_tallies,
    },
};

/// How far back bounces and complaints are counted.
const WINDOW: SignedDuration = SignedDuration::from_hours(1);

/// Looks at what the last hour's messages did. Returns how many brakes were put on.
pub async fn watch_harm(db: &Db) -> Result<usize, DbError> {
    let mut tx = db.system().await?;
    let now = tx.now();
    let mut braked = 0;
    for recent in sending_tallies::harmful_since(&mut tx, now - WINDOW).await? {
        let count = |n: i64| u64::try_from(n).unwrap_or(0);
        let (sent, bounced, complained) = (
            count(recent.sent),
            count(recent.bounced),
            count(recent.complained),
        );
        let (Some(harm), Some(group)) = (harm(sent, bounced, complained), MxGroup::parse(&recent.mx_group))
        else {
            continue;
        };
        if recent.domain_id.is_nil() {
            continue;
        }
        let org = OrgId::from_uuid(recent.org_id);
        let brake = Brake {
            domain: DomainId::from_uuid(recent.domain_id),
            group,
            harm,
            messages: sent.max(bounced),
            harmful: match harm {
                crate::domain::auto_brake::Harm::Bounces => bounced,
                crate::domain::auto_brake::Harm::Complaints => complained,
            },
            at: now,
        };
        if brakes::brake(&mut tx, org, &brake).await? {
            warn!(org.id = %org, domain.id = %brake.domain, mailboxes = group.as_str(), reason = harm.as_str(),
                "mail to a mailbox provider is braked");
            metrics::counter!("mauntic_delivery_brakes_total", "reason" => harm.as_str()).increment(1);
            braked += 1;
        }
    }
    tx.commit().await?;
    Ok(braked)
}
