//! What delivery knows of people: their mails and what became of them.

use async_trait::async_trait;
use contracts::{
    PortResult,
    crm::consent::{DataSubject, PersonalData},
};
use kernel::OrgId;
use platform::Db;
use serde_json::Value;

use crate::infrastructure::pg::personal_data;

/// Implements the port.
pub struct Recipients(pub Db);

#[async_trait]
impl PersonalData for Recipients {
    fn name(&self) -> &'static str {
        "delivery"
    }

    async fn export(&self, org: OrgId, people: &[DataSubject]) -> PortResult<Vec<Value>> {
        let mut tx = self.0.system().await?;
        Ok(personal_data::export(&mut tx, org, people).await?)
    }

    async fn erase(&self, org: OrgId, people: &[DataSubject]) -> PortResult<()> {
        let mut tx = self.0.system().await?;
        personal_data::erase(&mut tx, org, people).await?;
        Ok(tx.commit().await?)
    }
}
