//! The alphabet of the networks: 3GPP TS 23.038 (formerly GSM 03.38), sections 6.2.1 and 6.2.1.1.

/// The default alphabet, in the order of its codes; the escape at 0x1B is no character.
const ALPHABET: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// The extension table: each is sent as an escape and a code of its own, two characters in all.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// How many places of seven bits a character takes; `None` when the alphabet does not have it.
pub(super) fn places(c: char) -> Option<usize> {
    if ALPHABET.contains(c) {
        Some(1)
    } else if EXTENSION.contains(c) {
        Some(2)
    } else {
        None
    }
}

/// Whether the alphabet has it.
#[must_use]
pub fn is_gsm(c: char) -> bool {
    places(c).is_some()
}

#[cfg(test)]
mod tests {
    use super::{ALPHABET, EXTENSION, is_gsm, places};

    #[test]
    fn the_alphabet_has_127_characters_and_its_extension_ten() {
        assert_eq!(ALPHABET.chars().count(), 127);
        assert_eq!(EXTENSION.chars().count(), 10);
        let mut all: Vec<char> = ALPHABET.chars().chain(EXTENSION.chars()).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 137, "each stands there once");
    }

    #[test]
    fn characters_of_the_extension_take_two_places() {
        for c in ['€', '[', ']', '{', '}', '\\', '^', '~', '|'] {
            assert_eq!(places(c), Some(2), "{c}");
        }
        for c in ['a', 'Z', '@', '£', 'ä', 'Ñ', 'Ω', '\n', ' '] {
            assert_eq!(places(c), Some(1), "{c}");
        }
    }

    #[test]
    fn what_looks_alike_is_not_in_it() {
        for c in ['`', 'ç', 'á', 'ı', '\t', '’', '“', '–', '…', '\u{a0}', '😀', 'Ж'] {
            assert!(!is_gsm(c), "{c}");
        }
    }
}
