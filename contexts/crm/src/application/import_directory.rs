//! What words in the cells of a file stand for in an organisation.

use contracts::identity::Member;
use platform::DbError;

use crate::{domain::import::directory::Directory, infrastructure::pg::CrmTx};

/// `members` are those of the organisation.
pub async fn import_directory(tx: &mut CrmTx, members: &[Member]) -> Result<Directory, DbError> {
    let (stages, topics) = (tx.stages().await?, tx.topics().await?);
    let members = members
        .iter()
        .map(|member| (member.id, member.email.as_str(), member.name.as_str()));
    Ok(Directory::new(members, &stages, &topics))
}
