//! What rules call the things that they look at: crm.campaign_names, and the names of segments.

use kernel::{CampaignId, OrgId};
use platform::{DbError, Tx};
use uuid::Uuid;

use super::CrmTx;
use crate::domain::rule::sentence::Names;

impl CrmTx {
    /// What segments and campaigns are called.
    pub async fn names_in_rules(&mut self) -> Result<Names, DbError> {
        let org = self.org.uuid();
        let campaigns: Vec<(Uuid, String)> =
            sqlx::query_as("SELECT campaign_id, name FROM crm.campaign_names WHERE org_id = $1")
                .bind(org)
                .fetch_all(self.conn())
                .await?;
        Ok(Names {
            segments: self.segment_names().await?.into_iter().collect(),
            campaigns: campaigns
                .into_iter()
                .map(|(id, name)| (id.into(), name))
                .collect(),
        })
    }
}

/// Notes what campaigns are called; each at most once.
pub async fn name_campaigns(tx: &mut Tx, names: &[(OrgId, CampaignId, String)]) -> Result<(), DbError> {
    let orgs: Vec<Uuid> = names.iter().map(|(org, _, _)| org.uuid()).collect();
    let ids: Vec<Uuid> = names.iter().map(|(_, id, _)| id.uuid()).collect();
    let texts: Vec<&str> = names.iter().map(|(_, _, name)| name.as_str()).collect();
    sqlx::query(
        r#"
        INSERT INTO crm.campaign_names (org_id, campaign_id, name)
        SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::text[])
        ON CONFLICT (org_id, campaign_id) DO UPDATE SET name = excluded.name
        "#,
    )
    .bind(&orgs)
    .bind(&ids)
    .bind(&texts)
    .execute(tx.conn())
    .await?;
    Ok(())
}
