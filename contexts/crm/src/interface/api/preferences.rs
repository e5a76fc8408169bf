//! What people chose of how they are written to, and what holds for who chose nothing, for programs.

use axum::{Json as Answer, extract::State, response::IntoResponse};
use contracts::crm::consent::{
    API_CONTACT_PREFERENCES, API_PREFERENCE_DEFAULTS, Frequency, FrequencyView, PreferenceDefaults,
    PreferencesView,
};
use kernel::{ContactId, Permission};
use platform::web::{Access, AppError, Ctx, FieldErrors, Json, Op, Path, Routes, WebResult};

use crate::{
    Crm,
    infrastructure::pg::{CrmTx, contact_preferences::Preferences},
};

pub fn routes() -> Routes<Crm> {
    let read = Access::needs(Permission::ContactsRead);
    let write = Access::needs(Permission::ContactsWrite);
    let settings = Access::needs(Permission::TopicsWrite);
    Routes::new()
        .get(API_CONTACT_PREFERENCES.template(), read, get)
        .doc(
            Op::new("get_preferences", "Get how a contact wants to be written to")
                .returns::<PreferencesView>(
                    200,
                    "What they chose in the preference centre, or a program for them.",
                ),
        )
        .put(API_CONTACT_PREFERENCES.template(), write, put)
        .doc(
            Op::new("set_preferences", "Set how a contact wants to be written to")
                .describe("What is absent is not chosen any more.")
                .body::<PreferencesView>()
                .returns::<PreferencesView>(200, "So it is."),
        )
        .get(API_PREFERENCE_DEFAULTS.template(), settings, defaults)
        .doc(
            Op::new(
                "get_preference_defaults",
                "Get how often anybody is written to who chose nothing",
            )
            .returns::<PreferenceDefaults>(200, "What holds for marketing."),
        )
        .put(API_PREFERENCE_DEFAULTS.template(), settings, set_defaults)
        .doc(
            Op::new(
                "set_preference_defaults",
                "Set how often anybody is written to who chose nothing",
            )
            .body::<PreferenceDefaults>()
            .returns::<PreferenceDefaults>(200, "So it is."),
        )
}

async fn get(ctx: Ctx, State(crm): State<Crm>, Path(id): Path<ContactId>) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    tx.contact(id).await?.ok_or(AppError::NotFound)?;
    let preferences = tx.preferences(id).await?;
    Ok(Answer(view(preferences)).into_response())
}

async fn put(
    ctx: Ctx,
    State(crm): State<Crm>,
    Path(id): Path<ContactId>,
    Json(input): Json<PreferencesView>,
) -> WebResult {
    let frequency = frequency(&ctx, input.frequency)?;
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    tx.contact(id).await?.ok_or(AppError::NotFound)?;
    let preferences = Preferences {
        preferred_channel: input.preferred_channel,
        paused_until: input.paused_until,
        frequency,
    };
    tx.save_preferences(id, &preferences).await?;
    tx.commit().await?;
    Ok(Answer(view(preferences)).into_response())
}

async fn defaults(ctx: Ctx, State(crm): State<Crm>) -> WebResult {
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let frequency = tx.privacy_settings().await?.frequency;
    Ok(Answer(PreferenceDefaults {
        frequency: frequency.map(FrequencyView::from),
    })
    .into_response())
}

async fn set_defaults(ctx: Ctx, State(crm): State<Crm>, Json(input): Json<PreferenceDefaults>) -> WebResult {
    let frequency = frequency(&ctx, input.frequency)?;
    let mut tx = CrmTx::tenant(&crm.deps.db, ctx.org).await?;
    let mut settings = tx.privacy_settings().await?;
    settings.frequency = frequency;
    tx.save_privacy_settings(&settings).await?;
    tx.commit().await?;
    Ok(Answer(PreferenceDefaults {
        frequency: frequency.map(FrequencyView::from),
    })
    .into_response())
}

fn frequency(ctx: &Ctx, given: Option<FrequencyView>) -> Result<Option<Frequency>, AppError> {
    let Some(given) = given else {
        return Ok(None);
    };
    let mut errors = FieldErrors::new();
    if !(1..=1_000).contains(&given.most) {
        errors.add("frequency/most", "out_of_range", ctx.t("crm-api-frequency-most"));
    }
    if !(1..=366).contains(&given.days) {
        errors.add("frequency/days", "out_of_range", ctx.t("crm-api-frequency-days"));
    }
    if errors.is_empty() {
        Ok(Some(Frequency {
            most: given.most,
            days: given.days,
        }))
    } else {
        Err(AppError::Invalid(errors))
    }
}

fn view(preferences: Preferences) -> PreferencesView {
    PreferencesView {
        preferred_channel: preferences.preferred_channel,
        paused_until: preferences.paused_until,
        frequency: preferences.frequency.map(FrequencyView::from),
    }
}
