//! What needs a person.

use kernel::OrgId;
use platform::{DbError, Tx};

/// More than this many are shown as this many.
const MOST: i64 = 1000;

/// Figures for "what needs you".
#[derive(Clone, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Trouble {
    /// Messages whose outcome is unknown.
    pub held: i64,
    /// Batches that the engine paused itself.
    pub paused_batches: i64,
    /// Names of accounts that send nothing.
    pub paused_providers: Vec<String>,
    /// Domains that send nothing.
    pub paused_domains: Vec<String>,
    /// Mailbox providers that get nothing of a domain.
    pub brakes: i64,
}

/// Reads them; each part is a short look into an index.
pub async fn read(tx: &mut Tx, org: OrgId) -> Result<Trouble, DbError> {
    let trouble = sqlx::query_as(
        r#"
        SELECT (SELECT count(*) FROM (
                    SELECT 1 FROM delivery.messages
                    WHERE org_id = $1 AND trouble = 'held'
                    LIMIT $2) held) AS held,
               (SELECT count(*) FROM delivery.batches
                WHERE org_id = $1 AND live AND state = 'paused' AND pause_reason IS NOT NULL) AS paused_batches,
               ARRAY(SELECT name FROM delivery.providers
                     WHERE org_id = $1 AND state = 'paused'
                     ORDER BY rank, id) AS paused_providers,
               ARRAY(SELECT domain FROM delivery.domains
                     WHERE org_id = $1 AND state = 'paused'
                     ORDER BY domain) AS paused_domains,
               (SELECT count(*) FROM delivery.brakes WHERE org_id = $1) AS brakes
        "#,
    )
    .bind(org.uuid())
    .bind(MOST)
    .fetch_one(tx.conn())
    .await?;
    Ok(trouble)
}

/// What going live is refused without, and what it is only advised not to do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Setup {
    /// An account that is not paused.
    pub provider: bool,
    /// Whether the last test of such an account went well.
    pub provider_tested: bool,
    /// A domain to send from that is not paused.
    pub domain: bool,
    /// Whether its mail is signed.
    pub signed: bool,
}

/// Reads how far sending is set up.
pub async fn setup(tx: &mut Tx, org: OrgId) -> Result<Setup, DbError> {
    let setup = sqlx::query_as(
        r#"
        SELECT EXISTS (SELECT 1 FROM delivery.providers WHERE org_id = $1 AND state = 'active') AS provider,
               EXISTS (SELECT 1 FROM delivery.providers
                       WHERE org_id = $1 AND state = 'active'
                         AND tested_at IS NOT NULL AND test_result IS NULL) AS provider_tested,
               EXISTS (SELECT 1 FROM delivery.domains
                       WHERE org_id = $1 AND is_default AND state = 'active') AS domain,
               EXISTS (SELECT 1 FROM delivery.domains d
                       JOIN delivery.domain_keys k ON k.org_id = d.org_id AND k.domain_id = d.id
                       WHERE d.org_id = $1 AND d.is_default AND k.state = 'active') AS signed
        "#,
    )
    .bind(org.uuid())
    .fetch_one(tx.conn())
    .await?;
    Ok(setup)
}
