//! Secrets at rest: each organisation has a data key, wrapped by a key that lies outside the
//! database. What is encrypted says whose it is and in which column it stands, so that a value
//! copied elsewhere does not open.

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use kernel::OrgId;

use crate::{
    db::{DbError, Tx},
    keys::{Keys, random},
};

/// Encrypts and decrypts secrets of organisations.
#[derive(Clone)]
pub struct Secrets {
    key_encryption_key: [u8; 32],
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(…)")
    }
}

/// A secret could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// It was encrypted with another key, for another place, or was changed.
    #[error("a stored secret does not open; was SECRET_KEY changed?")]
    DoesNotOpen,
}

impl Secrets {
    /// Derives the key that wraps the data keys.
    #[must_use]
    pub fn new(keys: &Keys) -> Self {
        Self {
            key_encryption_key: keys.derive("secrets at rest"),
        }
    }

    /// Encrypts; `place` is the column it will stand in, for example `delivery.providers.password`.
    pub async fn seal(
        &self,
        tx: &mut Tx,
        org: OrgId,
        place: &str,
        plain: &[u8],
    ) -> Result<Vec<u8>, SecretError> {
        let key = self.data_key(tx, org).await?;
        Ok(encrypt(&key, &aad(org, place), plain))
    }

    /// Decrypts what was sealed for the same place.
    pub async fn open(
        &self,
        tx: &mut Tx,
        org: OrgId,
        place: &str,
        sealed: &[u8],
    ) -> Result<Vec<u8>, SecretError> {
        let key = self.data_key(tx, org).await?;
        decrypt(&key, &aad(org, place), sealed).ok_or(SecretError::DoesNotOpen)
    }

    async fn data_key(&self, tx: &mut Tx, org: OrgId) -> Result<[u8; 32], SecretError> {
        let place = aad(org, "platform.data_keys.wrapped");
        let fresh = encrypt(&self.key_encryption_key, &place, &random::<32>());
        // Two first uses at once: the second one waits here and reads what the first one wrote.
        sqlx::query(
            "INSERT INTO platform.data_keys (org_id, wrapped) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        )
        .bind(org.uuid())
        .bind(fresh)
        .execute(tx.conn())
        .await
        .map_err(DbError::from)?;
        let wrapped: Vec<u8> = sqlx::query_scalar("SELECT wrapped FROM platform.data_keys WHERE org_id = $1")
            .bind(org.uuid())
            .fetch_one(tx.conn())
            .await
            .map_err(DbError::from)?;
        let key = decrypt(&self.key_encryption_key, &place, &wrapped).ok_or(SecretError::DoesNotOpen)?;
        key.try_into().map_err(|_| SecretError::DoesNotOpen)
    }
}

fn aad(org: OrgId, place: &str) -> Vec<u8> {
    [org.uuid().as_bytes().as_slice(), place.as_bytes()].concat()
}

/// Nonce, ciphertext, tag.
fn encrypt(key: &[u8; 32], aad: &[u8], plain: &[u8]) -> Vec<u8> {
    let nonce = random::<NONCE_LEN>();
    let mut sealed = plain.to_vec();
    cipher(key)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut sealed)
        .expect("secrets are far smaller than the cipher's limit");
    [nonce.as_slice(), &sealed].concat()
}

fn decrypt(key: &[u8; 32], aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut sealed = sealed.to_vec();
    let plain = cipher(key)
        .open_in_place(nonce, Aad::from(aad), &mut sealed)
        .ok()?;
    Some(plain.to_vec())
}

fn cipher(key: &[u8; 32]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key).expect("the key has 32 bytes"))
}

#[cfg(test)]
mod tests {
    use super::{decrypt, encrypt};

    #[test]
    fn a_secret_opens_only_where_it_was_sealed() {
        let key = [7; 32];
        let sealed = encrypt(&key, b"org a, column b", b"hunter2");
        assert_eq!(
            decrypt(&key, b"org a, column b", &sealed).as_deref(),
            Some(b"hunter2".as_slice())
        );
        assert_eq!(decrypt(&key, b"org a, column c", &sealed), None);
        assert_eq!(decrypt(&[8; 32], b"org a, column b", &sealed), None);
        assert_eq!(decrypt(&key, b"org a, column b", b"short"), None);
    }
}
