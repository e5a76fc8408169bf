//! Segments: the list, one segment, and the editor of rules.

mod editor;
mod form;
mod list;
mod preview;
mod rule_fields;
mod show;
mod words;

use contracts::crm::{
    SEGMENT, SEGMENT_DELETION, SEGMENT_EDIT, SEGMENT_NEW, SEGMENT_PREVIEW, SEGMENT_REBUILD, SEGMENTS,
};
use kernel::Permission::{SegmentsRead, SegmentsWrite};
use platform::{
    NavItem,
    web::{Access, Routes},
};
use ui_kit::Icon;

use crate::Crm;

pub use editor::{Choices, rule_editor};
pub use form::title_problem;
pub use preview::rounded;
pub use show::{Look, rebuild_now};
pub use words::{form_errors, name_of, rule_sentence};

/// All pages of segments.
pub fn routes() -> Routes<Crm> {
    let (read, write) = (Access::needs(SegmentsRead), Access::needs(SegmentsWrite));
    Routes::new()
        .get(SEGMENTS.template(), read, list::list)
        .post(SEGMENTS.template(), write, form::create)
        .get(SEGMENT_NEW.template(), write, form::new)
        .get(SEGMENT.template(), read, show::show)
        .post(SEGMENT.template(), write, form::update)
        .get(SEGMENT_EDIT.template(), write, form::edit)
        .post(SEGMENT_DELETION.template(), write, show::delete)
        .post(SEGMENT_REBUILD.template(), write, show::rebuild)
        // It only looks, and the list of contacts has the same conditions for everybody.
        .post(SEGMENT_PREVIEW.template(), read, preview::preview)
}

/// Where they stand in the navigation.
pub fn nav() -> NavItem {
    NavItem {
        order: 30,
        label_key: "crm-segments-title",
        icon: Icon::Segments,
        href: SEGMENTS.url(),
        permission: SegmentsRead,
        shortcut: Some('s'),
    }
}
