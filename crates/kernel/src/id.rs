use std::{fmt, hash, marker::PhantomData, str::FromStr};

use uuid::Uuid;

/// What an identifier identifies. The prefix stands in front of it wherever people see it.
pub trait IdKind: 'static {
    /// For example `con` in `con_01j…`.
    const PREFIX: &'static str;
}

/// A UUIDv7 that knows what it identifies.
///
/// Shown as `<prefix>_` and 26 characters of Crockford base32 in lower case; stored as `uuid`.
pub struct Id<K: IdKind>(Uuid, PhantomData<fn() -> K>);

/// The text is not an identifier of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier that starts with {expected}_")]
pub struct InvalidId {
    /// The prefix that was expected.
    pub expected: &'static str,
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl<K: IdKind> Id<K> {
    /// A new identifier that sorts after the ones made before it.
    #[must_use]
    pub fn generate() -> Self {
        Self::from_uuid(Uuid::now_v7())
    }

    /// Wraps a stored UUID.
    #[must_use]
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// The UUID that is stored.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl<K: IdKind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0u8; 26];
        let mut bits = self.0.as_u128();
        for slot in text.iter_mut().rev() {
            *slot = ALPHABET[(bits & 31) as usize];
            bits >>= 5;
        }
        write!(
            f,
            "{}_{}",
            K::PREFIX,
            std::str::from_utf8(&text).expect("the alphabet is ASCII")
        )
    }
}

impl<K: IdKind> FromStr for Id<K> {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = InvalidId { expected: K::PREFIX };
        let body = text
            .strip_prefix(K::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'))
            .ok_or(invalid.clone())?;
        // 26 characters carry 130 bits: the first may hold no more than three of them.
        if body.len() != 26 || body.as_bytes()[0] > b'7' {
            return Err(invalid);
        }
        let mut bits = 0u128;
        for byte in body.bytes() {
            let digit = ALPHABET.iter().position(|c| *c == byte).ok_or(invalid.clone())?;
            bits = (bits << 5) | digit as u128;
        }
        Ok(Self::from_uuid(Uuid::from_u128(bits)))
    }
}

impl<K: IdKind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl<K: IdKind> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K: IdKind> Copy for Id<K> {}
impl<K: IdKind> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K: IdKind> Eq for Id<K> {}
impl<K: IdKind> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K: IdKind> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K: IdKind> hash::Hash for Id<K> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<K: IdKind> From<Uuid> for Id<K> {
    fn from(uuid: Uuid) -> Self {
        Self::from_uuid(uuid)
    }
}
impl<K: IdKind> From<Id<K>> for Uuid {
    fn from(id: Id<K>) -> Self {
        id.0
    }
}
impl<K: IdKind> serde::Serialize for Id<K> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de, K: IdKind> serde::Deserialize<'de> for Id<K> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use crate::{ContactId, SegmentId};

    #[test]
    fn an_id_survives_the_way_through_text() {
        let id = ContactId::generate();
        assert_eq!(id.to_string().parse::<ContactId>(), Ok(id));
        assert!(id.to_string().starts_with("con_"));
        assert_eq!(id.to_string().len(), 30);
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let text = ContactId::generate().to_string();
        assert!(text.parse::<SegmentId>().is_err());
        for bad in [
            "",
            "con_",
            "con_z",
            "con_8zzzzzzzzzzzzzzzzzzzzzzzzz",
            "con_0000000000000000000000000u",
        ] {
            assert!(bad.parse::<ContactId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn text_sorts_as_the_ids_do() {
        let mut ids: Vec<_> = (0..100).map(|_| ContactId::generate()).collect();
        ids.sort();
        let texts: Vec<_> = ids.iter().map(ToString::to_string).collect();
        assert!(texts.is_sorted());
    }
}
