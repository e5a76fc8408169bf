//! crm.do_not_contact: who may not be written to, as far as delivery has told.

use jiff_sqlx::ToSqlx;
use kernel::{EmailAddress, Timestamp};
use platform::DbError;

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
        Ok(row.map(|(reason, at)| DoNotContact { reason, at: at.to_jiff() }))
    }
}
