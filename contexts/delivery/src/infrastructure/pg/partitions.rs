use platform::{DbError, Tx};

/// Makes the partitions of the months around now, where they are not there yet.
pub async fn ensure(tx: &mut Tx) -> Result<(), DbError> {
    sqlx::query("SELECT delivery.ensure_partitions()")
        .execute(tx.conn())
        .await?;
    Ok(())
}
