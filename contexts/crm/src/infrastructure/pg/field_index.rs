//! Indexes for filterable fields. One serves all organisations that have a field of its key, for
//! records also all objects: the expression is the same, and the number of indexes stays small.

use platform::{Db, DbError};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

/// Makes the index of a key when some organisation wants it, and drops it when none does any more.
/// Writers are not held up. Safe to repeat: what a crash left half made is made anew.
pub async fn sync_field_index(db: &Db, table: IndexedTable, key: &str) -> Result<(), DbError> {
    let of_contacts = table == IndexedTable::Contacts;
    let wanted: bool = sqlx::query_scalar(
        r#"
        SELECT EXISTS (
            SELECT 1 FROM crm.fields
            WHERE key = $1 AND (object = 'contacts') = $2 AND filterable AND NOT deleting
        )
        "#,
    )
    .bind(key)
    .bind(of_contacts)
    .fetch_one(db.work_pool())
    .await?;
    // Indexes are made by the owner of the table, as which the connection signed in. It does not go
    // back into the pool, where everybody counts on the role.
    let mut owner = db.work_pool().acquire().await?.detach();
    owner.execute("RESET ROLE").await?;
    sync(&mut owner, table, key, wanted).await?;
    owner.close().await?;
    sqlx::query(
        r#"
        UPDATE crm.fields SET indexed = $2 AND filterable
        WHERE key = $1 AND (object = 'contacts') = $3 AND NOT deleting
        "#,
    )
    .bind(key)
    .bind(wanted)
    .bind(of_contacts)
    .execute(db.work_pool())
    .await?;
    Ok(())
}

/// Where the values of a field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexedTable {
    Contacts,
    Records,
}

async fn sync(owner: &mut PgConnection, table: IndexedTable, key: &str, wanted: bool) -> Result<(), DbError> {
    let name = index_name(table, key);
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
        let columns = match table {
            IndexedTable::Contacts => "crm.contacts (org_id",
            IndexedTable::Records => "crm.records (org_id, object_id",
        };
        let create = format!("CREATE INDEX CONCURRENTLY {name} ON {columns}, (attributes -> '{key}'))");
        owner.execute(AssertSqlSafe(create)).await?;
    }
    Ok(())
}

/// Names have at most 63 bytes, so a long key is cut and told apart by a hash (FNV-1a).
fn index_name(table: IndexedTable, key: &str) -> String {
    let prefix = match table {
        IndexedTable::Contacts => "contacts_attribute_",
        IndexedTable::Records => "records_attribute_",
    };
    if prefix.len() + key.len() <= 63 {
        return format!("{prefix}{key}");
    }
    let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{prefix}{}_{hash:016x}", &key[..63 - prefix.len() - 17])
}

#[cfg(test)]
mod tests {
    use super::{IndexedTable, index_name};

    #[test]
    fn names_of_indexes_fit_and_differ() {
        let index_name = |key: &str| index_name(IndexedTable::Contacts, key);
        assert_eq!(index_name("plan"), "contacts_attribute_plan");
        assert_eq!(
            super::index_name(IndexedTable::Records, "plan"),
            "records_attribute_plan"
        );
        let long = |last: char| index_name(&format!("{}{last}", "k".repeat(62)));
        assert_eq!(long('a').len(), 63);
        assert_ne!(long('a'), long('b'));
    }
}
