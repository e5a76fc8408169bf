//! The preference centre.

use axum::extract::State;
use contracts::crm::consent::{Channel, Frequency, PREFERENCES};
use http::{HeaderMap, StatusCode};
use jiff::{civil::Date, tz::TimeZone};
use kernel::{ContactId, OrgId, Timestamp, TopicId, shortened_ip};
use platform::web::{AppError, Form, Path, Query, Visitor, WebResult};
use serde::Deserialize;

use super::{Sender, masked, own_form, preferences_view as view, to};
use crate::{
    Crm,
    application::{
        ask_by_mail::{Asked, ask_by_mail},
        erase_contact::request_erasure,
        save_preferences::{Choices, Standing, come_back, save_preferences},
    },
    domain::{
        consent::Actor,
        privacy::{PrivacySettings, Wanted},
    },
    infrastructure::pg::{CrmTx, contact_preferences::Preferences},
};

/// Nobody pauses for longer; whoever wants to, leaves.
const LONGEST_PAUSE_DAYS: i64 = 366;

/// What the page needs beside what was chosen.
pub struct Page {
    pub sender: Sender,
    pub settings: PrivacySettings,
    pub standing: Standing,
    /// Enough of the address to recognise it.
    pub address: String,
    pub zone: TimeZone,
    pub token: String,
}

/// What was said after a change.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Said {
    saved: Option<String>,
}

/// The form. A box has `<topic>:<channel>` as its value.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PreferencesForm {
    chosen: Vec<String>,
    preferred: String,
    pause_until: String,
    frequency: String,
    wish: String,
}

/// The page. Changes nothing.
pub async fn show(
    visitor: Visitor,
    State(crm): State<Crm>,
    Path(token): Path<String>,
    Query(said): Query<Said>,
) -> WebResult {
    let (page, _, _) = read(&crm, token).await?;
    let note = said.saved.as_deref().and_then(|what| match what {
        "1" => Some("crm-preferences-saved"),
        "nothing" => Some("crm-preferences-left"),
        _ => None,
    });
    Ok(view::page(&visitor, StatusCode::OK, &page, note, None))
}

/// Takes down what was chosen.
pub async fn save(
    visitor: Visitor,
    headers: HeaderMap,
    State(crm): State<Crm>,
    Path(token): Path<String>,
    Form(form): Form<PreferencesForm>,
) -> WebResult {
    own_form(&headers)?;
    let (page, org, contact) = read(&crm, token).await?;
    let ip = shortened_ip(visitor.peer.ip);
    let tx = CrmTx::tenant(&crm.deps.db, org).await?;
    if form.wish == "come_back" {
        come_back(tx, contact, ip, visitor.now).await?;
        return Ok(to(&PREFERENCES.with(&page.token, &[("saved", "1")])));
    }
    let paused_until = match until(&form.pause_until, &page.zone, visitor.now) {
        Ok(until) => until,
        Err(key) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(view::page(&visitor, status, &page, None, Some(key)));
        }
    };
    let nothing = form.wish == "nothing";
    let choices = Choices {
        chosen: form.chosen.iter().filter_map(|value| chosen(value)).collect(),
        preferences: Preferences {
            preferred_channel: Channel::parse(&form.preferred),
            paused_until,
            frequency: Frequency::parse(&form.frequency),
        },
        nothing,
    };
    save_preferences(tx, contact, choices, ip, visitor.now).await?;
    let saved = if nothing { "nothing" } else { "1" };
    Ok(to(&PREFERENCES.with(&page.token, &[("saved", saved)])))
}

/// Says how the data comes.
pub async fn ask_export(visitor: Visitor, State(crm): State<Crm>, Path(token): Path<String>) -> WebResult {
    let (page, _, _) = read(&crm, token).await?;
    Ok(view::ask_export(&visitor, &page))
}

/// Sends the mail that leads to the data.
pub async fn export(
    visitor: Visitor,
    headers: HeaderMap,
    State(crm): State<Crm>,
    Path(token): Path<String>,
) -> WebResult {
    own_form(&headers)?;
    let (page, org, contact) = read(&crm, token).await?;
    let tx = CrmTx::tenant(&crm.deps.db, org).await?;
    let asked = ask_by_mail(tx, Wanted::Export, contact, visitor.now).await?;
    Ok(view::export_asked(&visitor, &page, asked))
}

/// Says what erasing means.
pub async fn ask_erasure(visitor: Visitor, State(crm): State<Crm>, Path(token): Path<String>) -> WebResult {
    let (page, _, _) = read(&crm, token).await?;
    Ok(view::ask_erasure(&visitor, &page, false))
}

/// The box that says that it is meant.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ErasureForm {
    pub sure: bool,
}

/// Sends the mail whose link erases; whoever has no address has nothing but this page.
pub async fn erase(
    visitor: Visitor,
    headers: HeaderMap,
    State(crm): State<Crm>,
    Path(token): Path<String>,
    Form(form): Form<ErasureForm>,
) -> WebResult {
    own_form(&headers)?;
    let (page, org, contact) = read(&crm, token).await?;
    let tx = CrmTx::tenant(&crm.deps.db, org).await?;
    match ask_by_mail(tx, Wanted::Erasure, contact, visitor.now).await? {
        Asked::NoAddress if !form.sure => Ok(view::ask_erasure(&visitor, &page, true)),
        Asked::NoAddress => {
            let tx = CrmTx::tenant(&crm.deps.db, org).await?;
            request_erasure(tx, contact, Actor::Person).await?;
            Ok(view::erased(&visitor, &page.sender))
        }
        asked => Ok(view::erasure_asked(&visitor, &page, asked)),
    }
}

async fn read(crm: &Crm, token: String) -> Result<(Page, OrgId, ContactId), AppError> {
    let (org, contact) = crm
        .privacy
        .links
        .read_preferences(&token)
        .ok_or(AppError::NotFound)?;
    let mut tx = CrmTx::tenant(&crm.deps.db, org).await?;
    let person = tx.contact(contact).await?.ok_or(AppError::NotFound)?;
    let settings = tx.privacy_settings().await?;
    let standing = Standing::read(&mut tx, contact).await?;
    drop(tx);
    let profile = crm
        .organizations
        .profiles(&[org])
        .await?
        .pop()
        .ok_or(AppError::NotFound)?;
    let zone = [
        person.texts.get(crate::domain::contact::TextField::Timezone),
        profile.timezone.as_str(),
    ]
    .into_iter()
    .find_map(|name| TimeZone::get(name).ok())
    .unwrap_or(TimeZone::UTC);
    let page = Page {
        sender: Sender::of(crm, org, &settings).await?,
        settings,
        standing,
        address: person.email.as_ref().map(masked).unwrap_or_default(),
        zone,
        token,
    };
    Ok((page, org, contact))
}

fn chosen(value: &str) -> Option<(TopicId, Channel)> {
    let (topic, channel) = value.split_once(':')?;
    Some((topic.parse().ok()?, Channel::parse(channel)?))
}

/// The beginning of a day, in the person's zone. Nothing, or a day that has come, is no pause.
fn until(text: &str, zone: &TimeZone, now: Timestamp) -> Result<Option<Timestamp>, &'static str> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let day: Date = text.trim().parse().map_err(|_| "crm-preferences-pause-invalid")?;
    let at = day
        .to_zoned(zone.clone())
        .map_err(|_| "crm-preferences-pause-invalid")?
        .timestamp();
    if at <= now {
        return Ok(None);
    }
    let most = jiff::SignedDuration::from_hours(24 * LONGEST_PAUSE_DAYS);
    if at.duration_since(now) > most {
        return Err("crm-preferences-pause-long");
    }
    Ok(Some(at))
}

/// The day that stands in the field.
pub fn day(at: Option<Timestamp>, zone: &TimeZone, now: Timestamp) -> String {
    at.filter(|at| *at > now)
        .map(|at| at.to_zoned(zone.clone()).date().to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::{chosen, day, until};

    #[test]
    fn a_pause_ends_with_a_day_of_the_person() {
        let berlin = TimeZone::get("Europe/Berlin").expect("a zone");
        let now = "2026-06-01T10:00:00Z".parse().expect("an instant");
        let at = until(" 2026-06-10 ", &berlin, now).expect("a day");
        assert_eq!(
            at.map(|at| at.to_string()).as_deref(),
            Some("2026-06-09T22:00:00Z")
        );
        assert_eq!(day(at, &berlin, now), "2026-06-10");
        assert_eq!(until("", &berlin, now), Ok(None));
        assert_eq!(until("2026-06-01", &berlin, now), Ok(None));
        assert_eq!(until("soon", &berlin, now), Err("crm-preferences-pause-invalid"));
        assert_eq!(
            until("2036-06-01", &berlin, now),
            Err("crm-preferences-pause-long")
        );
    }

    #[test]
    fn a_box_that_is_none_is_passed_over() {
        assert_eq!(chosen("top_x:email"), None);
        assert_eq!(chosen("email"), None);
    }
}
