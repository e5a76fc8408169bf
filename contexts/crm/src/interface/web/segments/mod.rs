//! Segments: the list, one segment, and the editor of rules.

mod categories;
mod editor;
mod form;
mod history;
mod list;
mod overrides;
mod preview;
mod rule_fields;
mod show;
mod verdict;
mod words;

use contracts::crm::{
    SEGMENT, SEGMENT_DELETION, SEGMENT_EDIT, SEGMENT_NEW, SEGMENT_PREVIEW, SEGMENT_REBUILD, SEGMENTS,
    segments::{
        SEGMENT_CATEGORIES, SEGMENT_CATEGORY, SEGMENT_CATEGORY_DELETION, SEGMENT_HISTORY, SEGMENT_OVERRIDES,
    },
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
pub use history::{end_of, history_of};
pub use overrides::acting;
pub use preview::rounded;
pub use show::{Look, rebuild_now};
pub use words::{form_errors, name_of, names, reasons_text, rule_sentence, say};

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
        .post(SEGMENT_OVERRIDES.template(), write, overrides::change)
        .get(SEGMENT_HISTORY.template(), read, history::show)
        .get(SEGMENT_CATEGORIES.template(), read, categories::list)
        .post(SEGMENT_CATEGORIES.template(), write, categories::create)
        .post(SEGMENT_CATEGORY.template(), write, categories::rename)
        .post(SEGMENT_CATEGORY_DELETION.template(), write, categories::delete)
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
