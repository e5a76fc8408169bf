//! Indexes for filterable fields. One serves all organisations that have a field of its key: the
//! expression is the same, and the number of indexes on crm.contacts stays small.

use platform::{Db, DbError};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

/// Makes the index of a key when some organisation wants it, and drops it when none does any more.
/// Writers are not held up. Safe to repeat: what a crash left half made is made anew.
pub async fn sync_field_index(db: &Db, key: &str) -> Result<(), DbError> {
    let wanted: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM crm.fields WHERE key = $1 AND filterable AND NOT deleting)",
    )
    .bind(key)
    .fetch_one(db.work_pool())
    .await?;
    // Indexes are made by the owner of the table, as which the connection signed in. It does not go
    // back into the pool, where everybody counts on the role.
    let mut owner = db.work_pool().acquire().await?.detach();
    owner.execute("RESET ROLE").await?;
    sync(&mut owner, key, wanted).await?;
    owner.close().await?;
    sqlx::query("UPDATE crm.fields SET indexed = $2 AND filterable WHERE key = $1 AND NOT deleting")
        .bind(key)
        .bind(wanted)
        .execute(db.work_pool())
        .await?;
    Ok(())
}

async fn sync(owner: &mut PgConnection, key: &str, wanted: bool) -> Result<(), DbError> {
    let name = index_name(key);
    let valid: Option<bool> = sqlx::query_scalar(
        "SELECT indisvalid FROM pg_catalog.pg_index WHERE indexrelid = to_regclass('crm.' || $1)",
    )
    .bind(&name)
    .fetch_optional(&mut *owner)
    .await?;
    if valid.is_some() && (!wanted || valid == Some(false)) {
        owner
            .execute(AssertSqlSafe(format!("DROP INDEX CONCURRENTLY crm.{name}")))
            .await?;
    }
    if wanted && valid != Some(true) {
        // A key has only small letters, digits and `_` (crm.fields checks it).
        let create =
            format!("CREATE INDEX CONCURRENTLY {name} ON crm.contacts (org_id, (attributes -> '{key}'))");
        owner.execute(AssertSqlSafe(create)).await?;
    }
    Ok(())
}

/// Names have at most 63 bytes, so a long key is cut and told apart by a hash (FNV-1a).
fn index_name(key: &str) -> String {
    const PREFIX: &str = "contacts_attribute_";
    if PREFIX.len() + key.len() <= 63 {
        return format!("{PREFIX}{key}");
    }
    let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{PREFIX}{}_{hash:016x}", &key[..63 - PREFIX.len() - 17])
}

#[cfg(test)]
mod tests {
    use super::index_name;

    #[test]
    fn names_of_indexes_fit_and_differ() {
        assert_eq!(index_name("plan"), "contacts_attribute_plan");
        let long = |last: char| index_name(&format!("{}{last}", "k".repeat(62)));
        assert_eq!(long('a').len(), 63);
        assert_ne!(long('a'), long('b'));
    }
}
