//! Fields that stand on several pages.

use platform::{L10n, web::FieldErrors};
use ui_kit::{ErrorSummary, Select};

use crate::domain::time_zones::{by_region, label};

/// The choice of a time zone, by region.
pub fn timezone_select<'a>(l10n: &L10n, chosen: &'a str, errors: &FieldErrors) -> Select<'a> {
    let mut select = Select::new("timezone", l10n.t("identity-field-timezone"))
        .option("", l10n.t("identity-field-timezone-choose"))
        .option("UTC", l10n.t("identity-field-timezone-utc"));
    let mut listed = chosen.is_empty() || chosen == "UTC";
    for (region, names) in by_region() {
        listed = listed || names.iter().any(|name| name == chosen);
        select = select.group(region, names.into_iter().map(|name| (name.clone(), label(&name))));
    }
    if !listed {
        // A name of an older program stays what it is until somebody chooses another.
        select = select.option(chosen, chosen);
    }
    select
        .selected(chosen)
        .required()
        .help(l10n.t("identity-field-timezone-help"))
        .error(errors.of("timezone").map(str::to_owned))
}

/// What is wrong with a form, above it.
pub fn summary(l10n: &L10n, errors: &FieldErrors) -> ErrorSummary<'static> {
    errors.0.iter().fold(
        ErrorSummary::new(l10n.t("identity-form-check")),
        |summary, error| summary.error(error.field.clone(), error.detail.clone()),
    )
}
