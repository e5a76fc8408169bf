//! crm.do_not_contact: who may not be written to, as far as delivery has told.

use std::collections::HashMap;

use contracts::{crm::consent::Channel, delivery::Address};
use jiff_sqlx::ToSqlx;
use kernel::{EmailAddress, OrgId, Timestamp};
use platform::{DbError, Tx};
use uuid::Uuid;

use super::CrmTx;

/// Why and since when an address is not written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoNotContact {
    /// `unsubscribed`, `hard_bounce`, `complaint`, `manual`.
    pub reason: String,
    pub at: Timestamp,
}

impl CrmTx {
    /// Notes addresses that are not to be written to. The first reason stays.
    pub async fn suppress(&mut self, addresses: &[(&str, &str)], at: Timestamp) -> Result<(), DbError> {
        if addresses.is_empty() {
            return Ok(());
        }
        let (emails, reasons): (Vec<&str>, Vec<&str>) = addresses.iter().copied().unzip();
        let org = self.org.uuid();
        sqlx::query(
            r#"
            INSERT INTO crm.do_not_contact (org_id, channel, address, reason, at)
            SELECT $1, 'email', address, reason, $4
            FROM UNNEST($2::text[], $3::text[]) AS t (address, reason)
            ORDER BY address
            ON CONFLICT DO NOTHING
            "#,
        )
        .bind(org)
        .bind(&emails)
        .bind(&reasons)
        .bind(at.to_sqlx())
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Those of some addresses that may not be written to, and why.
    pub async fn do_not_contact_among(
        &mut self,
        emails: &[&str],
    ) -> Result<HashMap<String, String>, DbError> {
        let org = self.org.uuid();
        let rows: Vec<(String, String)> = sqlx::query_as(
            r#"
            SELECT address, reason FROM crm.do_not_contact
            WHERE org_id = $1 AND channel = 'email' AND address = ANY($2)
            "#,
        )
        .bind(org)
        .bind(emails)
        .fetch_all(self.conn())
        .await?;
        Ok(rows.into_iter().collect())
    }

    /// Whether an address may not be written to.
    pub async fn do_not_contact(&mut self, address: &EmailAddress) -> Result<Option<DoNotContact>, DbError> {
        let org = self.org.uuid();
        let row: Option<(String, jiff_sqlx::Timestamp)> = sqlx::query_as(
            "SELECT reason, at FROM crm.do_not_contact WHERE org_id = $1 AND channel = 'email' AND address = $2",
        )
        .bind(org)
        .bind(address.as_str())
        .fetch_optional(self.conn())
        .await?;
        Ok(row.map(|(reason, at)| DoNotContact {
            reason,
            at: at.to_jiff(),
        }))
    }
}

/// What became of an address, as delivery tells it.
#[derive(Clone, Debug)]
pub struct Reachability {
    pub org: OrgId,
    /// None of a device.
    pub address: Address,
    /// Why it may not be written to; none when it may be again.
    pub suppressed: Option<DoNotContact>,
}

/// Follows delivery's suppression list, for all organisations together. Each address stands here
/// once.
pub async fn follow_suppressions(tx: &mut Tx, told: &[Reachability]) -> Result<(), DbError> {
    let told = || told.iter().filter(|r| r.address.channel() != Channel::Push);
    let suppressed: Vec<(&Reachability, &DoNotContact)> = told()
        .filter_map(|r| r.suppressed.as_ref().map(|why| (r, why)))
        .collect();
    let released: Vec<&Reachability> = told().filter(|r| r.suppressed.is_none()).collect();
    sqlx::query(
        r#"
        INSERT INTO crm.do_not_contact (org_id, channel, address, reason, at)
        SELECT org_id, channel, address, reason, at
        FROM UNNEST($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::text[])
            AS t (org_id, address, reason, at, channel)
        ORDER BY org_id, channel, address
        ON CONFLICT DO NOTHING
        "#,
    )
    .bind(
        suppressed
            .iter()
            .map(|(r, _)| r.org.uuid())
            .collect::<Vec<Uuid>>(),
    )
    .bind(
        suppressed
            .iter()
            .map(|(r, _)| r.address.as_str())
            .collect::<Vec<_>>(),
    )
    .bind(
        suppressed
            .iter()
            .map(|(_, why)| why.reason.as_str())
            .collect::<Vec<_>>(),
    )
    .bind(
        suppressed
            .iter()
            .map(|(_, why)| why.at.to_sqlx())
            .collect::<Vec<_>>(),
    )
    .bind(
        suppressed
            .iter()
            .map(|(r, _)| r.address.channel().as_str())
            .collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await?;
    sqlx::query(
        r#"
        DELETE FROM crm.do_not_contact AS d
        USING UNNEST($1::uuid[], $2::text[], $3::text[]) AS t (org_id, address, channel)
        WHERE d.org_id = t.org_id AND d.channel = t.channel AND d.address = t.address
        "#,
    )
    .bind(released.iter().map(|r| r.org.uuid()).collect::<Vec<Uuid>>())
    .bind(released.iter().map(|r| r.address.as_str()).collect::<Vec<_>>())
    .bind(
        released
            .iter()
            .map(|r| r.address.channel().as_str())
            .collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
