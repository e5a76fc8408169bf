//! Cursors of lists: opaque, signed, holding the sort key and id of the last row shown.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};

use crate::keys::Keys;

const TAG: usize = 12;

/// Signs and reads cursors.
#[derive(Clone, Debug)]
pub struct Cursor(hmac::Key);

impl Cursor {
    /// With the key for cursors.
    #[must_use]
    pub fn new(keys: &Keys) -> Self {
        Self(keys.hmac("cursor"))
    }

    /// Turns the position behind which the next page begins into text. `list` names the list and its
    /// order, so that a cursor of one does not fit another.
    #[must_use]
    pub fn seal(&self, list: &str, position: &impl Serialize) -> String {
        let body = serde_json::to_vec(position).unwrap_or_default();
        let mut bytes = self.tag(list, &body).to_vec();
        bytes.extend_from_slice(&body);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The position, when the text is a cursor of this list.
    #[must_use]
    pub fn open<T: DeserializeOwned>(&self, list: &str, text: &str) -> Option<T> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (tag, body) = bytes.split_at_checked(TAG)?;
        // The tag protects the database from hostile sort keys, not a secret: a plain comparison does.
        (tag == self.tag(list, body))
            .then(|| serde_json::from_slice(body).ok())
            .flatten()
    }

    fn tag(&self, list: &str, body: &[u8]) -> [u8; TAG] {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(list.as_bytes());
        context.update(&[0]);
        context.update(body);
        let mut tag = [0; TAG];
        tag.copy_from_slice(&context.sign().as_ref()[..TAG]);
        tag
    }
}

#[cfg(test)]
mod tests {
    use super::{Cursor, Keys};

    #[test]
    fn a_cursor_fits_only_its_own_list_and_only_unchanged() {
        let cursors = Cursor::new(&Keys::new(&[1; 32]));
        let text = cursors.seal("contacts by name", &("Ann", 7));
        assert_eq!(
            cursors.open("contacts by name", &text),
            Some(("Ann".to_owned(), 7))
        );
        assert_eq!(cursors.open::<(String, i32)>("contacts by date", &text), None);
        let changed = text.replace(&text[20..22], if &text[20..22] == "AA" { "BB" } else { "AA" });
        assert_eq!(cursors.open::<(String, i32)>("contacts by name", &changed), None);
        assert_eq!(cursors.open::<(String, i32)>("contacts by name", "~~"), None);
    }
}
