use super::gsm::{is_gsm, places};

/// Places of one text that goes alone, and of each part of one that does not: a header of 6 bytes says
/// which part it is (TS 23.040 section 9.2.3.24.1).
const GSM: Room = Room {
    alone: 160,
    part: 153,
};
const UCS2: Room = Room { alone: 70, part: 67 };

#[derive(Clone, Copy)]
struct Room {
    alone: usize,
    part: usize,
}

/// What a text is sent in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// The networks' alphabet, seven bits a character.
    Gsm7,
    /// Unicode, 16 bits a character, or two of them.
    Ucs2,
}

impl Encoding {
    /// The word for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Encoding::Gsm7 => "gsm7",
            Encoding::Ucs2 => "ucs2",
        }
    }
}

/// How large a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextSize {
    /// What it is sent in.
    pub encoding: Encoding,
    /// Characters as people count them: Unicode scalar values.
    pub characters: usize,
    /// Places that they take in the encoding.
    pub places: usize,
    /// Parts that it is sent in; each is paid for. None for an empty text.
    pub segments: usize,
    /// Places that are left in the last part.
    pub left: usize,
}

/// How large a text is, and in how many parts it travels. A character that takes two places is never
/// cut in two, so a part may go with its last place empty.
#[must_use]
pub fn size(text: &str) -> TextSize {
    let encoding = if text.chars().all(is_gsm) {
        Encoding::Gsm7
    } else {
        Encoding::Ucs2
    };
    let (room, of): (Room, fn(char) -> usize) = match encoding {
        Encoding::Gsm7 => (GSM, |c| places(c).unwrap_or(1)),
        Encoding::Ucs2 => (UCS2, char::len_utf16),
    };
    let places: usize = text.chars().map(of).sum();
    let (segments, left) = if places <= room.alone {
        (usize::from(places > 0), room.alone - places)
    } else {
        parts(text.chars().map(of), room.part)
    };
    TextSize {
        encoding,
        characters: text.chars().count(),
        places,
        segments,
        left,
    }
}

fn parts(characters: impl Iterator<Item = usize>, room: usize) -> (usize, usize) {
    let (mut segments, mut left) = (1, room);
    for places in characters {
        if places > left {
            segments += 1;
            left = room;
        }
        left -= places;
    }
    (segments, left)
}

/// The characters for which a text has to be sent in Unicode, each once, in their order: a single one
/// makes each part less than half as long.
#[must_use]
pub fn forces_unicode(text: &str) -> Vec<char> {
    let mut found = Vec::new();
    for c in text.chars() {
        if !is_gsm(c) && !found.contains(&c) {
            found.push(c);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Encoding, forces_unicode, size};

    #[test]
    fn parts_of_the_networks_alphabet_hold_160_alone_and_153_together() {
        for (length, segments, left) in [
            (0, 0, 160),
            (1, 1, 159),
            (159, 1, 1),
            (160, 1, 0),
            (161, 2, 145),
            (305, 2, 1),
            (306, 2, 0),
            (307, 3, 152),
            (459, 3, 0),
            (1600, 11, 83),
        ] {
            let size = size(&"a".repeat(length));
            assert_eq!(size.encoding, Encoding::Gsm7);
            assert_eq!((size.characters, size.places), (length, length));
            assert_eq!((size.segments, size.left), (segments, left), "{length}");
        }
    }

    #[test]
    fn parts_of_unicode_hold_70_alone_and_67_together() {
        for (length, segments, left) in [(1, 1, 69), (70, 1, 0), (71, 2, 63), (134, 2, 0), (135, 3, 66)] {
            let size = size(&"ж".repeat(length));
            assert_eq!(size.encoding, Encoding::Ucs2);
            assert_eq!((size.segments, size.left), (segments, left), "{length}");
        }
    }

    #[test]
    fn characters_of_the_extension_count_two() {
        for c in ['€', '[', ']', '{', '}', '^', '\\', '~', '|'] {
            let text = c.to_string();
            assert_eq!((size(&text).characters, size(&text).places), (1, 2), "{c}");
            assert_eq!(size(&text.repeat(80)).segments, 1, "{c}");
            assert_eq!(size(&text.repeat(81)).segments, 2, "{c}");
        }
        assert_eq!(size(&format!("{}€", "a".repeat(158))).segments, 1);
        assert_eq!(size(&format!("{}€", "a".repeat(159))).segments, 2);
    }

    #[test]
    fn a_character_of_two_places_is_not_cut_in_two() {
        // 76 of them fill 152 of 153 places.
        let size_of = |n: usize| size(&"€".repeat(n));
        assert_eq!((size_of(152).segments, size_of(152).left), (2, 1));
        assert_eq!(size_of(153).places, 306);
        assert_eq!(size_of(153).segments, 3);
        // 33 emoji fill 66 of 67.
        assert_eq!(
            (size(&"😀".repeat(66)).segments, size(&"😀".repeat(67)).segments),
            (2, 3)
        );
    }

    #[test]
    fn an_emoji_takes_two_places_and_makes_the_whole_text_unicode() {
        let one = size("Sale 😀");
        assert_eq!((one.encoding, one.characters, one.places), (Encoding::Ucs2, 6, 7));
        assert_eq!(size(&format!("{}😀", "a".repeat(68))).segments, 1);
        assert_eq!(size(&format!("{}😀", "a".repeat(69))).segments, 2);
        // A family of four is seven scalar values, eleven places.
        assert_eq!(size("👨‍👩‍👧‍👦").places, 11);
    }

    #[test]
    fn what_makes_it_unicode_is_named_once() {
        assert_eq!(forces_unicode("“Sale” – it’s “on”"), ['“', '”', '–', '’']);
        assert!(forces_unicode("Grüße für 5 €").is_empty());
    }
}
