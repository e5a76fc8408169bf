//! Bounce mailboxes in a person's words: what is wrong with one, and how far a look came.

use platform::{
    L10n,
    web::{AppError, FieldErrors},
};

use crate::{
    application::save_bounce_mailbox::MailboxNotSaved,
    domain::{
        bounce_mailbox::{Disposal, MailboxFault},
        look_failure::{LookFailure, LookStep},
        provider::Security,
    },
};

/// All that is wrong with a mailbox, by field.
pub fn mailbox_faults(l10n: &L10n, faults: &[MailboxFault]) -> FieldErrors {
    let mut errors = FieldErrors::new();
    for fault in faults {
        let (field, code, key) = mailbox_fault(*fault);
        errors.add(field, code, l10n.t(key));
    }
    errors
}

const fn mailbox_fault(fault: MailboxFault) -> (&'static str, &'static str, &'static str) {
    match fault {
        MailboxFault::Address => ("address", "invalid_email", "delivery-bounce-address-invalid"),
        MailboxFault::AddressUnfit => ("address", "no_room", "delivery-bounce-address-unfit"),
        MailboxFault::AddressTaken => ("address", "address_taken", "delivery-bounce-address-taken"),
        MailboxFault::Host => ("host", "invalid_host", "delivery-bounce-host-invalid"),
        MailboxFault::PrivateHost => ("host", "private_network", "delivery-bounce-host-private"),
        MailboxFault::Port => ("port", "out_of_range", "delivery-bounce-port-invalid"),
        MailboxFault::Unencrypted => ("security", "unencrypted", "delivery-bounce-security-needed"),
        MailboxFault::Username => ("username", "invalid_username", "delivery-bounce-username-invalid"),
        MailboxFault::Folder => ("folder", "invalid_folder", "delivery-bounce-folder-invalid"),
        MailboxFault::MoveTo => ("move_to", "invalid_folder", "delivery-bounce-move-to-invalid"),
        MailboxFault::PasswordMissing => ("password", "required", "delivery-bounce-password-missing"),
        MailboxFault::Password => ("password", "invalid_password", "delivery-bounce-password-invalid"),
        MailboxFault::PasswordNeeded => ("password", "password_needed", "delivery-bounce-password-needed"),
    }
}

/// Why a mailbox was not saved, for programs.
pub fn mailbox_not_saved(l10n: &L10n, error: MailboxNotSaved) -> AppError {
    match error {
        MailboxNotSaved::NotFound => AppError::NotFound,
        MailboxNotSaved::Faults(faults) if faults == [MailboxFault::AddressTaken] => AppError::Conflict {
            code: "address_taken",
            detail: l10n.t("delivery-bounce-address-taken"),
            existing: None,
        },
        MailboxNotSaved::Faults(faults) => AppError::Invalid(mailbox_faults(l10n, &faults)),
        MailboxNotSaved::Secret(error) => error.into(),
        MailboxNotSaved::Db(error) => error.into(),
    }
}

/// How far a look came, and what was said there.
pub fn look_failure(l10n: &L10n, failure: &LookFailure) -> String {
    let step = l10n.t(match failure.step {
        LookStep::Connect => "delivery-bounce-step-connect",
        LookStep::Tls => "delivery-bounce-step-tls",
        LookStep::Greeting => "delivery-bounce-step-greeting",
        LookStep::SignIn => "delivery-bounce-step-sign-in",
        LookStep::Folder => "delivery-bounce-step-folder",
        LookStep::Read => "delivery-bounce-step-read",
        LookStep::Dispose => "delivery-bounce-step-dispose",
        LookStep::Ourselves => "delivery-bounce-step-ourselves",
    });
    let values = [("step", step.into()), ("said", failure.said.as_str().into())];
    l10n.ta("delivery-bounce-failure", &values)
}

/// The stored words of a failure, as people read them.
pub fn stored_failure(l10n: &L10n, text: &str) -> String {
    text.parse::<LookFailure>()
        .map_or_else(|()| text.to_owned(), |failure| look_failure(l10n, &failure))
}

/// How a connection is protected.
pub fn security(l10n: &L10n, security: Security) -> String {
    l10n.t(match security {
        Security::Tls => "delivery-bounce-security-tls",
        Security::StartTls => "delivery-bounce-security-start-tls",
        Security::None => "delivery-bounce-security-none",
    })
}

/// What becomes of mail that was taken down.
pub fn disposal(l10n: &L10n, disposal: Disposal) -> String {
    l10n.t(match disposal {
        Disposal::MarkSeen => "delivery-bounce-disposal-mark-seen",
        Disposal::Move => "delivery-bounce-disposal-move",
        Disposal::Delete => "delivery-bounce-disposal-delete",
    })
}
