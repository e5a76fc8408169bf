use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use kernel::{OrgId, TemplateVersionId};
use platform::{Db, DbError};

use crate::{
    domain::template::{CompiledTemplate, TemplateError},
    infrastructure::pg,
};

/// So many versions stay ready; the one that came first goes first.
const KEPT: usize = 256;

/// Versions that are ready to render. Clones share what is kept.
#[derive(Clone, Debug)]
pub struct CompiledTemplates {
    db: Db,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    by_id: HashMap<(OrgId, TemplateVersionId), Arc<CompiledTemplate>>,
    order: VecDeque<(OrgId, TemplateVersionId)>,
}

/// Why a version cannot be rendered.
#[derive(Debug, thiserror::Error)]
pub enum TemplateUnavailable {
    /// There is no such version.
    #[error("the template version does not exist")]
    NotFound,
    /// Its artefacts do not load.
    #[error("the template version does not load: {0}")]
    Broken(#[from] TemplateError),
    /// The database did not answer.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl CompiledTemplates {
    /// None kept yet.
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self {
            db,
            kept: Arc::default(),
        }
    }

    /// The version, from memory when it was asked for before. A version never changes, so what is
    /// kept is never stale.
    pub async fn get(
        &self,
        org: OrgId,
        version: TemplateVersionId,
    ) -> Result<Arc<CompiledTemplate>, TemplateUnavailable> {
        let key = (org, version);
        if let Some(found) = self.lock().by_id.get(&key) {
            return Ok(Arc::clone(found));
        }
        let mut tx = self.db.system().await?;
        let artefacts = pg::templates::artefacts(&mut tx, org, version).await?;
        tx.commit().await?;
        let template = CompiledTemplate::load(artefacts.ok_or(TemplateUnavailable::NotFound)?)?;
        Ok(self.keep(key, Arc::new(template)))
    }

    fn keep(
        &self,
        key: (OrgId, TemplateVersionId),
        template: Arc<CompiledTemplate>,
    ) -> Arc<CompiledTemplate> {
        let mut kept = self.lock();
        if kept.by_id.insert(key, Arc::clone(&template)).is_none() {
            kept.order.push_back(key);
        }
        if kept.order.len() > KEPT
            && let Some(first) = kept.order.pop_front()
        {
            kept.by_id.remove(&first);
        }
        template
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().expect("nothing panics while holding it")
    }
}
