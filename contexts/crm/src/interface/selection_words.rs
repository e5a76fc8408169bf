//! Whom an action or an export is about, in words.

use kernel::UserId;
use platform::web::{AppError, Ctx};

use super::web::segments::rule_sentence;
use crate::{
    application::check_segment::schema_for,
    domain::{contact_list::Visitors, rule, selection::Selection},
    infrastructure::pg::CrmTx,
};

/// "Everybody whose city is Bonn".
pub async fn selection_in_words(
    ctx: &Ctx,
    tx: &mut CrmTx,
    selection: &Selection,
) -> Result<String, AppError> {
    let spec = match selection {
        Selection::Ids(ids) => {
            let count = i64::try_from(ids.len()).unwrap_or(i64::MAX);
            return Ok(ctx.ta("crm-selection-chosen", &[("count", count.into())]));
        }
        Selection::Matching(spec) => spec,
    };
    let json = spec.as_rule();
    let has_rule = json["all"].as_array().is_none_or(|all| !all.is_empty());
    let mut said = if has_rule {
        let schema = schema_for(tx, None).await?;
        let names = tx.names_in_rules().await?;
        match rule::parse(&json, &schema) {
            Ok(rule) => rule_sentence(ctx, &rule, &schema, &names),
            Err(_) => json.to_string(),
        }
    } else {
        ctx.t("crm-selection-all")
    };
    if !spec.search.trim().is_empty() {
        let found = ctx.ta("crm-selection-search", &[("text", spec.search.trim().into())]);
        said = format!("{said} {found}");
    }
    match spec.visitors {
        Visitors::Hidden => {}
        Visitors::Included => said = format!("{said} {}", ctx.t("crm-selection-with-visitors")),
        Visitors::Only => said = format!("{said} {}", ctx.t("crm-selection-only-visitors")),
    }
    Ok(said)
}

/// The person behind a request, for the page of tasks.
pub fn started_by(ctx: &Ctx) -> Option<(UserId, String)> {
    ctx.person().map(|person| (person.user, person.name.clone()))
}
