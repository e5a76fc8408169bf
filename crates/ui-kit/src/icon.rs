//! The icon set: strokes of 1.5 on a grid of 20, drawn for this product.
//!
//! An icon is decoration: it is hidden from assistive technology, and the word beside it (or the
//! label of the control around it) says what it means.

use maud::{Markup, PreEscaped, Render, html};

macro_rules! icons {
    ($($(#[$doc:meta])* $name:ident = $body:literal),* $(,)?) => {
        /// One drawing of the set.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs)]
        pub enum Icon { $($(#[$doc])* $name),* }

        impl Icon {
            /// The whole set.
            pub const ALL: &'static [Icon] = &[$(Icon::$name),*];

            const fn body(self) -> &'static str {
                match self { $(Icon::$name => $body),* }
            }

            /// The name in code; the gallery shows it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Icon::$name => stringify!($name)),* }
            }
        }
    };
}

icons! {
    Home = r#"<path d="M3.5 9 10 3.5 16.5 9v7a1 1 0 0 1-1 1H12v-5H8v5H4.5a1 1 0 0 1-1-1z"/>"#,
    Dashboard = r#"<rect x="3" y="3" width="6" height="8" rx="1.5"/><rect x="11" y="3" width="6" height="4.5" rx="1.5"/><rect x="11" y="9.5" width="6" height="7.5" rx="1.5"/><rect x="3" y="13" width="6" height="4" rx="1.5"/>"#,
    Contacts = r#"<circle cx="7.5" cy="7" r="3"/><path d="M2 16.5c.3-3 2.4-4.8 5.5-4.8s5.2 1.8 5.5 4.8M13 4.2a3 3 0 0 1 0 5.6M15 12.2c1.8.7 2.8 2.2 3 4.3"/>"#,
    User = r#"<circle cx="10" cy="6.5" r="3.2"/><path d="M3.8 17c.4-3.5 2.9-5.5 6.2-5.5s5.8 2 6.2 5.5"/>"#,
    Segments = r#"<circle cx="7.5" cy="10" r="4.8"/><circle cx="12.5" cy="10" r="4.8"/>"#,
    Mail = r#"<rect x="2.5" y="4.5" width="15" height="11" rx="2"/><path d="m3 6 7 5.2L17 6"/>"#,
    Template = r#"<rect x="3" y="3" width="14" height="14" rx="2"/><path d="M3 7.5h14M8 7.5V17"/>"#,
    Campaign = r#"<path d="M3 8.2v3.6a1 1 0 0 0 1 1h2l7.5 3.7v-13L6 7.2H4a1 1 0 0 0-1 1zM16 8a2.6 2.6 0 0 1 0 4M6.5 13v3.5"/>"#,
    Inbox = r#"<path d="m3 11.5 2.3-6.9a1 1 0 0 1 .9-.6h7.6a1 1 0 0 1 .9.6L17 11.5V15a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1z"/><path d="M3 11.5h3.8l1.2 2h4l1.2-2H17"/>"#,
    Chart = r#"<path d="M3.5 3v12.5a1 1 0 0 0 1 1H17M7 13V9.5M10.5 13V6M14 13V8"/>"#,
    Settings = r#"<path d="M3 6h8M15 6h2M3 14h2M9 14h8"/><circle cx="13" cy="6" r="2"/><circle cx="7" cy="14" r="2"/>"#,
    Key = r#"<circle cx="6.8" cy="13.2" r="3.3"/><path d="m9.2 10.8 7.3-7.3M13.5 6.5 16 9"/>"#,
    Plug = r#"<path d="M7 2.5v4M13 2.5v4M4.5 6.5h11V9a5.5 5.5 0 0 1-11 0zM10 14.5v3"/>"#,
    Globe = r#"<circle cx="10" cy="10" r="7"/><path d="M3 10h14M10 3c2.2 2 3.2 4.3 3.2 7s-1 5-3.2 7c-2.2-2-3.2-4.3-3.2-7s1-5 3.2-7z"/>"#,
    Shield = r#"<path d="m10 2.8 6 2.2v4.6c0 3.7-2.4 6.4-6 7.8-3.6-1.4-6-4.1-6-7.8V5z"/><path d="m7.3 10 2 2 3.5-4"/>"#,
    Building = r#"<path d="M4 17V4.5a1 1 0 0 1 1-1h6a1 1 0 0 1 1 1V17M12 8.5h3a1 1 0 0 1 1 1V17M2.5 17h15M7 7h2M7 10h2M7 13h2"/>"#,
    Plus = r#"<path d="M10 4v12M4 10h12"/>"#,
    Minus = r#"<path d="M4 10h12"/>"#,
    Search = r#"<circle cx="8.8" cy="8.8" r="5.3"/><path d="M12.8 12.8 17 17"/>"#,
    Filter = r#"<path d="M3 5h14M5.5 10h9M8 15h4"/>"#,
    ChevronDown = r#"<path d="m5.5 8 4.5 4.5L14.5 8"/>"#,
    ChevronUp = r#"<path d="M5.5 12.5 10 8l4.5 4.5"/>"#,
    ChevronLeft = r#"<path d="M12 5.5 7.5 10l4.5 4.5"/>"#,
    ChevronRight = r#"<path d="M8 5.5 12.5 10 8 14.5"/>"#,
    ChevronUpDown = r#"<path d="m6.5 8 3.5-3.5L13.5 8M6.5 12l3.5 3.5 3.5-3.5"/>"#,
    ArrowUp = r#"<path d="M10 16V4.5M5 9.5l5-5 5 5"/>"#,
    ArrowDown = r#"<path d="M10 4v11.5M5 10.5l5 5 5-5"/>"#,
    ArrowRight = r#"<path d="M4 10h11.5M10.5 5l5 5-5 5"/>"#,
    ArrowLeft = r#"<path d="M16 10H4.5M9.5 5l-5 5 5 5"/>"#,
    Check = r#"<path d="m4 10.5 4 4 8-9"/>"#,
    CheckCircle = r#"<circle cx="10" cy="10" r="7"/><path d="m6.8 10.3 2.2 2.2 4.2-4.7"/>"#,
    Warning = r#"<path d="M9.1 3.7a1 1 0 0 1 1.8 0l6.4 11.4a1 1 0 0 1-.9 1.5H3.6a1 1 0 0 1-.9-1.5zM10 8v3.7M10 14v.1"/>"#,
    Error = r#"<circle cx="10" cy="10" r="7"/><path d="M10 6.2v4.6M10 13.6v.1"/>"#,
    Info = r#"<circle cx="10" cy="10" r="7"/><path d="M10 9.3v4.5M10 6.4v.1"/>"#,
    Help = r#"<circle cx="10" cy="10" r="7"/><path d="M7.9 8a2.1 2.1 0 1 1 3 1.9c-.6.3-.9.8-.9 1.5M10 13.8v.1"/>"#,
    Close = r#"<path d="m5 5 10 10M15 5 5 15"/>"#,
    More = r#"<g fill="currentColor" stroke="none"><circle cx="4.5" cy="10" r="1.4"/><circle cx="10" cy="10" r="1.4"/><circle cx="15.5" cy="10" r="1.4"/></g>"#,
    Menu = r#"<path d="M3 5.5h14M3 10h14M3 14.5h14"/>"#,
    Copy = r#"<rect x="7" y="7" width="10" height="10" rx="2"/><path d="M13 7V5a2 2 0 0 0-2-2H5a2 2 0 0 0-2 2v6a2 2 0 0 0 2 2h2"/>"#,
    Download = r#"<path d="M10 3v9.5M6 9l4 4 4-4M3.5 16.5h13"/>"#,
    Upload = r#"<path d="M10 13V3.5M6 7l4-4 4 4M3.5 16.5h13"/>"#,
    Trash = r#"<path d="M3.5 5.5h13M8 5.5v-2h4v2M5 5.5l.7 10.1a1 1 0 0 0 1 .9h6.6a1 1 0 0 0 1-.9L15 5.5M8.5 9v4M11.5 9v4"/>"#,
    Edit = r#"<path d="m12.8 4.2 3 3L7 16l-3.7.7L4 13zM11 6l3 3"/>"#,
    Play = r#"<path d="M6 4.3a.6.6 0 0 1 .9-.5l8.6 5.7a.6.6 0 0 1 0 1l-8.6 5.7a.6.6 0 0 1-.9-.5z"/>"#,
    Pause = r#"<path d="M7 4.5v11M13 4.5v11"/>"#,
    Stop = r#"<rect x="5" y="5" width="10" height="10" rx="1.5"/>"#,
    Undo = r#"<path d="M4 8h8a4 4 0 0 1 0 8H8M7 4.5 3.5 8 7 11.5"/>"#,
    Refresh = r#"<path d="M16.5 10a6.5 6.5 0 1 1-2-4.7l2 1.9M16.5 3.5v3.7h-3.7"/>"#,
    Clock = r#"<circle cx="10" cy="10" r="7"/><path d="M10 6v4.2l2.8 1.8"/>"#,
    Calendar = r#"<rect x="3" y="4.5" width="14" height="12.5" rx="2"/><path d="M3 8.5h14M7 2.8v3.4M13 2.8v3.4"/>"#,
    Tag = r#"<path d="M3 4a1 1 0 0 1 1-1h5a1 1 0 0 1 .7.3l7 7a1 1 0 0 1 0 1.4l-5 5a1 1 0 0 1-1.4 0l-7-7A1 1 0 0 1 3 9zM6.7 6.7v.1"/>"#,
    Sun = r#"<circle cx="10" cy="10" r="3.3"/><path d="M10 2.5v1.5M10 16v1.5M2.5 10H4M16 10h1.5M4.7 4.7l1 1M14.3 14.3l1 1M4.7 15.3l1-1M14.3 5.7l1-1"/>"#,
    Moon = r#"<path d="M16.5 11.8A6.8 6.8 0 1 1 8.2 3.5a5.4 5.4 0 0 0 8.3 8.3z"/>"#,
    Monitor = r#"<rect x="2.5" y="3.5" width="15" height="10.5" rx="1.5"/><path d="M7 17h6M10 14v3"/>"#,
    Tablet = r#"<rect x="4.5" y="2.5" width="11" height="15" rx="1.5"/><path d="M9 15h2"/>"#,
    Phone = r#"<rect x="6" y="2.5" width="8" height="15" rx="1.5"/><path d="M9.3 15h1.4"/>"#,
    Logout = r#"<path d="M8 3.5H5a1 1 0 0 0-1 1v11a1 1 0 0 0 1 1h3M8.5 10H17M13.5 6.5 17 10l-3.5 3.5"/>"#,
    Eye = r#"<path d="M2 10c1.8-3.4 4.6-5.2 8-5.2s6.2 1.8 8 5.2c-1.8 3.4-4.6 5.2-8 5.2S3.8 13.4 2 10z"/><circle cx="10" cy="10" r="2.4"/>"#,
    Link = r#"<path d="M8.5 11.5a3 3 0 0 0 4.3 0l3-3a3 3 0 0 0-4.3-4.3l-1 1M11.5 8.5a3 3 0 0 0-4.3 0l-3 3a3 3 0 0 0 4.3 4.3l1-1"/>"#,
    External = r#"<path d="M8 4H4.5a1 1 0 0 0-1 1v10.5a1 1 0 0 0 1 1H15a1 1 0 0 0 1-1V12M11.5 3.5h5v5M16.5 3.5 9 11"/>"#,
    List = r#"<path d="M7 5.5h10M7 10h10M7 14.5h10M3.5 5.5v.1M3.5 10v.1M3.5 14.5v.1"/>"#,
    Code = r#"<path d="m7 5.5-4.5 4.5L7 14.5M13 5.5l4.5 4.5-4.5 4.5"/>"#,
    Send = r#"<path d="M17 3 8.7 11.3M17 3l-5 14-3.3-5.7L3 8z"/>"#,
    Tasks = r#"<path d="M3.2 5.4 4.6 6.8 7 4M3.2 11.4l1.4 1.4L7 10M10 5.5h7M10 11.5h7M10 16.5h7M4.8 16.5v.1"/>"#,
    Rows = r#"<path d="M3 4.5h14M3 8h14M3 11.5h14M3 15h14"/>"#,
    Columns = r#"<rect x="3" y="3.5" width="14" height="13" rx="2"/><path d="M7.7 3.5v13M12.3 3.5v13"/>"#,
    TwoColumns = r#"<rect x="3" y="3.5" width="14" height="13" rx="2"/><path d="M10 3.5v13"/>"#,
    Section = r#"<rect x="3" y="5.5" width="14" height="9" rx="2"/><path d="M3 2.5h14M3 17.5h14"/>"#,
    Image = r#"<rect x="3" y="4" width="14" height="12" rx="2"/><circle cx="7.3" cy="8.3" r="1.3"/><path d="m3.5 14.5 4-3.6 2.8 2.6 2.4-2.2 3.8 3.4"/>"#,
    Bookmark = r#"<path d="M5.5 3h9a.8.8 0 0 1 .8.8V17L10 13.3 4.7 17V3.8a.8.8 0 0 1 .8-.8z"/>"#,
    File = r#"<path d="M5 3.5a1 1 0 0 1 1-1h5.5L15.5 6.5V16.5a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1zM11.5 2.5v4h4"/>"#,
    Field = r#"<rect x="2.5" y="6" width="15" height="8" rx="2"/><path d="M5.5 8.5v3"/>"#,
    Journey = r#"<circle cx="5" cy="5" r="2"/><circle cx="15" cy="15" r="2"/><path d="M7 5h5a2.5 2.5 0 0 1 0 5H8a2.5 2.5 0 0 0 0 5h5"/>"#,
    Click = r#"<path d="m8 8 9 3.3-4 1.7-1.7 4zM7.5 2.5v2M2.5 7.5h2M4 4l1.3 1.3"/>"#,
    Keyboard = r#"<rect x="2" y="5" width="16" height="10.5" rx="2"/><path d="M5 8.3v.1M8.3 8.3v.1M11.7 8.3v.1M15 8.3v.1M6.5 12.2h7"/>"#,
    Lock = r#"<rect x="4" y="9" width="12" height="8" rx="2"/><path d="M6.5 9V6.5a3.5 3.5 0 0 1 7 0V9"/>"#,
}

impl Icon {
    /// At 20 px, for empty states and navigation.
    #[must_use]
    pub fn large(self) -> Markup {
        self.sized(20)
    }

    fn sized(self, px: u8) -> Markup {
        html! {
            svg.icon width=(px) height=(px) viewBox="0 0 20 20" fill="none" stroke="currentColor"
                stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"
                aria-hidden="true" focusable="false" {
                (PreEscaped(self.body()))
            }
        }
    }
}

/// At 16 px, beside text.
impl Render for Icon {
    fn render(&self) -> Markup {
        self.sized(16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_icon_draws_something_and_is_hidden_from_screen_readers() {
        for icon in Icon::ALL {
            let svg = icon.render().0;
            assert!(svg.starts_with("<svg") && svg.ends_with("</svg>"), "{icon:?}");
            assert!(svg.contains("aria-hidden=\"true\""), "{icon:?}");
            assert!(
                icon.body().contains(" d=\"")
                    || icon.body().contains(" r=\"")
                    || icon.body().contains("<rect")
            );
            assert!(!svg.contains("style="), "{icon:?}");
        }
    }

    #[test]
    fn no_two_icons_are_the_same_drawing() {
        let mut bodies: Vec<_> = Icon::ALL.iter().map(|icon| icon.body()).collect();
        bodies.sort_unstable();
        bodies.dedup();
        assert_eq!(bodies.len(), Icon::ALL.len());
    }
}
