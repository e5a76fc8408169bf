//! Who may see and bring files of records: whoever may see or change records, besides contacts, which the
//! routes ask for.

use kernel::Permission;
use platform::web::{AppError, Ctx};

use crate::domain::{field::CONTACTS, import::state::Import};

/// Whether the caller may do what needs this permission with records of an object; files of contacts
/// need none.
pub fn may(ctx: &Ctx, object: &str, records: Permission) -> Result<(), AppError> {
    if object == CONTACTS || ctx.may(records) {
        Ok(())
    } else {
        Err(AppError::Forbidden)
    }
}

/// An import, when the caller may see it.
pub fn readable(ctx: &Ctx, import: Import) -> Result<Import, AppError> {
    may(ctx, &import.object, Permission::RecordsRead)?;
    Ok(import)
}
