//! What Firebase answers.

use serde::Deserialize;

use crate::domain::http_answer::Meaning;

#[derive(Deserialize)]
pub(super) struct Body {
    pub name: Option<String>,
    pub error: Option<ApiError>,
}

/// `google.rpc.Status`
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ApiError {
    pub message: String,
    status: String,
    details: Vec<Detail>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Detail {
    error_code: String,
}

impl ApiError {
    /// Firebase's own word, where there is one, else Google's.
    pub fn code(&self) -> &str {
        let mut own = self.details.iter().map(|detail| detail.error_code.as_str());
        own.find(|code| !code.is_empty()).unwrap_or(&self.status)
    }
}

/// The same statuses stand for a device, for the project and for the message; Firebase's word tells them
/// apart. A token that belongs to another sender is not called gone: with the settings of a wrong
/// project that would be true of every device there is.
pub(super) fn meaning_of_error(status: u16, code: &str, message: &str) -> Option<Meaning> {
    match (status, code) {
        (404, "UNREGISTERED") => Some(Meaning::RecipientGone),
        (400, "INVALID_ARGUMENT") if message.contains("not a valid FCM registration token") => {
            Some(Meaning::RecipientGone)
        }
        (400, "INVALID_ARGUMENT") if message.to_ascii_lowercase().contains("too big") => {
            Some(Meaning::TooLarge)
        }
        (403, "SENDER_ID_MISMATCH") => Some(Meaning::Refused),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Body, meaning_of_error};
    use crate::domain::http_answer::Meaning;

    #[test]
    fn firebases_own_word_comes_before_googles() {
        let body: Body = serde_json::from_str(
            r#"{"error":{"code":404,"message":"Requested entity was not found.","status":"NOT_FOUND",
                "details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[]},
                {"@type":"type.googleapis.com/google.firebase.fcm.v1.FcmError","errorCode":"UNREGISTERED"}]}}"#,
        )
        .expect("it is read");
        assert_eq!(body.error.expect("it is one").code(), "UNREGISTERED");
    }

    #[test]
    fn devices_are_told_from_projects_and_from_messages() {
        let token = "The registration token is not a valid FCM registration token";
        for (status, code, message, meaning) in [
            (404, "UNREGISTERED", "", Some(Meaning::RecipientGone)),
            (404, "NOT_FOUND", "Requested entity was not found.", None),
            (400, "INVALID_ARGUMENT", token, Some(Meaning::RecipientGone)),
            (400, "INVALID_ARGUMENT", "Invalid JSON payload received.", None),
            (
                400,
                "INVALID_ARGUMENT",
                "Android message is too big",
                Some(Meaning::TooLarge),
            ),
            (
                403,
                "SENDER_ID_MISMATCH",
                "SenderId mismatch",
                Some(Meaning::Refused),
            ),
            (403, "PERMISSION_DENIED", "", None),
            (429, "QUOTA_EXCEEDED", "", None),
        ] {
            assert_eq!(
                meaning_of_error(status, code, message),
                meaning,
                "{status} {code}"
            );
        }
    }
}
