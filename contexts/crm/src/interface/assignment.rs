//! Who may look after contacts, in which stages they may stand, and what those who act are called.

use std::collections::HashMap;

use contracts::identity::Member;
use kernel::{ApiKeyId, OrgId, StageId, UserId};
use platform::web::{AppError, Ctx};

use crate::{
    Crm,
    domain::{change::Actor, contact_input::Assignable, stage::Stage},
    infrastructure::pg::CrmTx,
};

/// The members of an organisation and its stages.
#[derive(Clone, Debug, Default)]
pub struct People {
    pub members: Vec<Member>,
    pub stages: Vec<Stage>,
}

impl People {
    pub async fn read(crm: &Crm, tx: &mut CrmTx, org: OrgId) -> Result<Self, AppError> {
        Ok(Self {
            members: crm.organizations.members(org).await?,
            stages: tx.stages().await?,
        })
    }

    #[must_use]
    pub fn assignable(&self) -> Assignable {
        Assignable {
            owners: self.members.iter().map(|member| member.id).collect(),
            stages: self.stages.iter().map(|stage| stage.id).collect(),
        }
    }

    /// What a member is called; nothing when they are no longer one.
    #[must_use]
    pub fn member(&self, id: UserId) -> Option<&str> {
        let found = self.members.iter().find(|member| member.id == id);
        found.map(|member| member.name.as_str())
    }

    /// What a stage is called; nothing when there is none any more.
    #[must_use]
    pub fn stage(&self, id: StageId) -> Option<&str> {
        let found = self.stages.iter().find(|stage| stage.id == id);
        found.map(|stage| stage.name.as_str())
    }
}

/// What those who act are called.
#[derive(Clone, Debug, Default)]
pub struct ActorNames {
    keys: HashMap<ApiKeyId, String>,
}

impl ActorNames {
    /// Of the keys among some actors, by one question.
    pub async fn read(crm: &Crm, org: OrgId, actors: impl Iterator<Item = Actor>) -> Result<Self, AppError> {
        let mut keys: Vec<ApiKeyId> = actors
            .filter_map(|actor| match actor {
                Actor::ApiKey(key) => Some(key),
                Actor::User(_) | Actor::System => None,
            })
            .collect();
        keys.sort_unstable();
        keys.dedup();
        if keys.is_empty() {
            return Ok(Self::default());
        }
        let keys = crm
            .organizations
            .api_key_names(org, &keys)
            .await?
            .into_iter()
            .collect();
        Ok(Self { keys })
    }

    #[must_use]
    pub fn of(&self, ctx: &Ctx, people: &People, actor: Actor) -> String {
        match actor {
            Actor::User(id) => people
                .member(id)
                .map_or_else(|| ctx.t("crm-actor-former"), str::to_owned),
            Actor::ApiKey(key) => self
                .keys
                .get(&key)
                .cloned()
                .unwrap_or_else(|| ctx.t("crm-actor-api-key")),
            Actor::System => ctx.t("crm-actor-system"),
        }
    }
}
