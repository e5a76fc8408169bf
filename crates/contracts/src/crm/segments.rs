//! Segments beyond their rule: who is put in or taken out by hand, previews and tests of rules, the
//! history of membership, categories.

use kernel::{CategoryId, ContactId, Route0, Route1, Route2, SegmentId, Timestamp};
use serde::{Deserialize, Serialize};

use super::SegmentRule;

/// `POST` puts a contact into a segment, takes it out, or lets the rule decide again.
pub const SEGMENT_OVERRIDES: Route1<SegmentId> = Route1::new("/app/segments/{id}/overrides");
/// How many were in a segment, and who on a given day.
pub const SEGMENT_HISTORY: Route1<SegmentId> = Route1::new("/app/segments/{id}/history");
/// Categories of segments; `POST` makes one.
pub const SEGMENT_CATEGORIES: Route0 = Route0::new("/app/segments/categories");
/// `POST` renames a category.
pub const SEGMENT_CATEGORY: Route1<CategoryId> = Route1::new("/app/segments/categories/{id}");
/// `POST` deletes a category.
pub const SEGMENT_CATEGORY_DELETION: Route1<CategoryId> =
    Route1::new("/app/segments/categories/{id}/deletion");

/// `POST` a rule; answers with how many it finds, some of them and why.
pub const API_SEGMENT_PREVIEWS: Route0 = Route0::new("/api/v1/segments/previews");
/// `POST` a rule and a contact; answers with which conditions hold.
pub const API_SEGMENT_TESTS: Route0 = Route0::new("/api/v1/segments/tests");
/// Who stands in a segment, or out of it, whatever its rule says.
pub const API_SEGMENT_OVERRIDES: Route1<SegmentId> = Route1::new("/api/v1/segments/{id}/overrides");
/// `PUT` puts a contact in or takes it out; `DELETE` lets the rule decide.
pub const API_SEGMENT_OVERRIDE: Route2<SegmentId, ContactId> =
    Route2::new("/api/v1/segments/{id}/overrides/{contact}");
/// How many were in a segment on each day.
pub const API_SEGMENT_HISTORY: Route1<SegmentId> = Route1::new("/api/v1/segments/{id}/history");
/// Categories by the API.
pub const API_SEGMENT_CATEGORIES: Route0 = Route0::new("/api/v1/segment-categories");
/// One category by the API.
pub const API_SEGMENT_CATEGORY: Route1<CategoryId> = Route1::new("/api/v1/segment-categories/{id}");

/// A rule to try.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
pub struct SegmentPreviewInput {
    /// Who would belong to the segment.
    pub rule: SegmentRule,
    /// Counts, however long it takes, instead of estimating where counting takes long.
    #[serde(default)]
    pub exact: bool,
}

/// Who a rule finds.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SegmentPreview {
    /// How many.
    pub count: i64,
    /// How far the number may be off; `null` when it was counted.
    pub margin: Option<i64>,
    /// About how long a rebuild takes; `null` when it is too long to be measured.
    pub expected_ms: Option<u64>,
    /// The rule in plain words.
    pub sentence: String,
    /// The newest ten of them.
    pub sample: Vec<SegmentSampleContact>,
}

/// Somebody whom a rule finds.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SegmentSampleContact {
    /// `con_…`
    #[schema(value_type = String)]
    pub contact: ContactId,
    /// Their address, if there is one.
    pub email: Option<String>,
    /// What they are called; may be empty.
    pub name: String,
    /// Why they match, in plain words.
    pub reasons: String,
}

/// A rule, and a contact to try it on.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
pub struct SegmentTestInput {
    /// The rule.
    pub rule: SegmentRule,
    /// `con_…`, an address, or an external ID.
    pub contact: String,
}

/// Whether a contact matches a rule, and why.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SegmentTest {
    /// `con_…`
    #[schema(value_type = String)]
    pub contact: ContactId,
    /// Whether they match.
    pub matches: bool,
    /// Each condition, in the order of the rule.
    pub conditions: Vec<SegmentTestCondition>,
}

/// The answer to a condition.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SegmentTestCondition {
    /// The condition in plain words.
    pub sentence: String,
    /// Whether it holds.
    pub holds: bool,
}

/// Somebody who was put into a segment or taken out by hand.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SegmentOverride {
    /// `con_…`
    #[schema(value_type = String)]
    pub contact: ContactId,
    /// Their address, if there is one.
    pub email: Option<String>,
    /// Whether they were put in, and not taken out.
    pub included: bool,
    /// When.
    pub at: Timestamp,
}

/// What is to become of one contact.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::ToSchema)]
pub struct SegmentOverrideInput {
    /// Puts them in, or takes them out.
    pub included: bool,
}

/// What is to become of up to 1,000 contacts.
#[derive(Clone, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct SegmentOverridesInput {
    /// Who stands in the segment whatever its rule says.
    #[schema(value_type = Vec<String>)]
    pub include: Vec<ContactId>,
    /// Who does not.
    #[schema(value_type = Vec<String>)]
    pub exclude: Vec<ContactId>,
    /// About whom the rule decides again.
    #[schema(value_type = Vec<String>)]
    pub reset: Vec<ContactId>,
}

/// How many contacts were changed.
#[derive(Clone, Copy, Debug, Serialize, utoipa::ToSchema)]
pub struct SegmentOverridesResult {
    /// Put in.
    pub included: u64,
    /// Taken out.
    pub excluded: u64,
    /// About whom the rule decides again.
    pub reset: u64,
}

/// A segment on a day.
#[derive(Clone, Copy, Debug, Serialize, utoipa::ToSchema)]
pub struct SegmentHistoryDay {
    /// The day, in the organisation's time zone.
    #[schema(value_type = String, format = Date)]
    pub day: jiff::civil::Date,
    /// How many were in at its end.
    pub members: i64,
    /// How many entered during it.
    pub entered: i64,
    /// How many left during it.
    pub left: i64,
}

/// A category of segments.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SegmentCategory {
    /// `cat_…`
    #[schema(value_type = String)]
    pub id: CategoryId,
    /// Unique, whatever the case of its letters.
    pub name: String,
    /// How many segments are in it.
    pub segments: i64,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What a category is called.
#[derive(Clone, Debug, Deserialize, utoipa::ToSchema)]
pub struct SegmentCategoryInput {
    /// Up to 100 characters.
    pub name: String,
}

/// Tells a member that is `null` from one that is left out.
pub(super) fn present<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}
