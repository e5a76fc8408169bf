//! Accounts, sending domains, suppressions and messages, as one part of the module.

use contracts::delivery::domains::{
    DOMAIN_ACTIVATION, DOMAIN_CHECKS, DOMAIN_DISCARD, DOMAIN_ROTATIONS, DOMAIN_TRACKING,
};
use contracts::delivery::{
    DOMAIN, DOMAIN_DELETION, DOMAIN_KEY, DOMAIN_NEW, DOMAIN_PREFERENCE, DOMAIN_RESUMPTION, DOMAINS, MESSAGE,
    MESSAGE_RESOLUTIONS, MESSAGES as MESSAGE_LIST, PROVIDER, PROVIDER_DELETION, PROVIDER_NEW, PROVIDER_PAUSE,
    PROVIDER_PREFERENCE, PROVIDER_RESUMPTION, PROVIDER_TEST, PROVIDERS, SUPPRESSION, SUPPRESSION_NEW,
    SUPPRESSION_REMOVAL, SUPPRESSIONS,
    limits::{BRAKE_RELEASE, LIMITS, PROVIDER_SHARE, QUEUE, WARM_UP, WARM_UPS},
};
use kernel::Permission;
use platform::{
    Deps, NavItem,
    web::{Access, Routes},
};
use ui_kit::Icon;

use super::{
    api,
    web::{domains, limits, messages, providers, queue, suppressions},
};
use crate::application::settings_deps::SettingsDeps;

/// The messages of these pages, in Fluent's format.
pub const MESSAGES: &str = concat!(
    include_str!("../../i18n/settings.en.ftl"),
    "\n",
    include_str!("../../i18n/reports.en.ftl"),
    "\n",
    include_str!("../../i18n/push_providers.en.ftl"),
);

/// What these parts add to the module.
pub struct Settings {
    /// Pages.
    pub web: Routes,
    /// The API.
    pub api: Routes,
    /// Entries of the navigation.
    pub nav: Vec<NavItem>,
}

/// Puts the parts together.
#[must_use]
pub fn settings(deps: &Deps) -> Settings {
    settings_over(SettingsDeps::new(deps))
}

/// The same over what the use cases work with.
#[must_use]
pub fn settings_over(state: SettingsDeps) -> Settings {
    let api = api::providers::routes()
        .merge(api::domains::routes())
        .merge(api::suppressions::routes())
        .merge(api::messages::routes())
        .merge(api::limits::routes());
    let web = provider_pages()
        .merge(domain_pages())
        .merge(suppression_pages())
        .merge(message_pages())
        .merge(limit_pages());
    Settings {
        web: web.with_state(state.clone()),
        api: api.with_state(state),
        nav: navigation(),
    }
}

fn provider_pages() -> Routes<SettingsDeps> {
    let read = Access::needs(Permission::ProvidersRead);
    let write = Access::needs(Permission::ProvidersWrite);
    Routes::new()
        .get(PROVIDERS.template(), read, providers::list)
        .post(PROVIDERS.template(), write, providers::create)
        .get(PROVIDER_NEW.template(), write, providers::new)
        .get(PROVIDER.template(), read, providers::show)
        .post(PROVIDER.template(), write, providers::save)
        .get(PROVIDER_TEST.template(), write, providers::ask_for_number)
        .post(PROVIDER_TEST.template(), write, providers::test)
        .post(PROVIDER_PAUSE.template(), write, providers::pause)
        .post(PROVIDER_RESUMPTION.template(), write, providers::resume)
        .post(PROVIDER_PREFERENCE.template(), write, providers::prefer)
        .get(PROVIDER_DELETION.template(), write, providers::ask_to_delete)
        .post(PROVIDER_DELETION.template(), write, providers::delete)
}

fn limit_pages() -> Routes<SettingsDeps> {
    let read = Access::needs(Permission::ProvidersRead);
    let write = Access::needs(Permission::ProvidersWrite);
    Routes::new()
        .get(LIMITS.template(), read, limits::show)
        .post(LIMITS.template(), write, limits::save)
        .post(WARM_UPS.template(), write, limits::begin)
        .get(WARM_UP.template(), read, limits::warm_up)
        .post(WARM_UP.template(), write, limits::order)
        .post(BRAKE_RELEASE.template(), write, limits::release)
        .post(PROVIDER_SHARE.template(), write, limits::share)
        .get(
            QUEUE.template(),
            Access::needs(Permission::MessagesRead),
            queue::show,
        )
}

fn domain_pages() -> Routes<SettingsDeps> {
    let read = Access::needs(Permission::ProvidersRead);
    let write = Access::needs(Permission::ProvidersWrite);
    Routes::new()
        .get(DOMAINS.template(), read, domains::list)
        .post(DOMAINS.template(), write, domains::create)
        .get(DOMAIN_NEW.template(), write, domains::new)
        .get(DOMAIN.template(), read, domains::show)
        .post(DOMAIN.template(), write, domains::save)
        .get(DOMAIN_KEY.template(), write, domains::ask_for_key)
        .post(DOMAIN_KEY.template(), write, domains::change_key)
        .post(DOMAIN_CHECKS.template(), write, domains::check)
        .post(DOMAIN_ROTATIONS.template(), write, domains::rotate)
        .get(DOMAIN_ACTIVATION.template(), write, domains::ask_to_activate)
        .post(DOMAIN_ACTIVATION.template(), write, domains::activate)
        .post(DOMAIN_DISCARD.template(), write, domains::discard)
        .post(DOMAIN_TRACKING.template(), write, domains::set_tracking)
        .post(DOMAIN_PREFERENCE.template(), write, domains::prefer)
        .post(DOMAIN_RESUMPTION.template(), write, domains::resume)
        .get(DOMAIN_DELETION.template(), write, domains::ask_to_delete)
        .post(DOMAIN_DELETION.template(), write, domains::delete)
}

fn suppression_pages() -> Routes<SettingsDeps> {
    let read = Access::needs(Permission::SuppressionsRead);
    let write = Access::needs(Permission::SuppressionsWrite);
    Routes::new()
        .get(SUPPRESSIONS.template(), read, suppressions::list)
        .post(SUPPRESSIONS.template(), write, suppressions::add)
        .get(SUPPRESSION_NEW.template(), write, suppressions::new)
        .get(SUPPRESSION.template(), read, suppressions::show)
        .post(SUPPRESSION_REMOVAL.template(), write, suppressions::remove)
}

fn message_pages() -> Routes<SettingsDeps> {
    let read = Access::needs(Permission::MessagesRead);
    Routes::new()
        .get(MESSAGE_LIST.template(), read, messages::list)
        .get(MESSAGE.template(), read, messages::show)
        .post(
            MESSAGE_RESOLUTIONS.template(),
            Access::needs(Permission::MessagesWrite),
            messages::resolve,
        )
}

fn navigation() -> Vec<NavItem> {
    let item = |order, label_key, icon, href, permission, shortcut| NavItem {
        order,
        label_key,
        icon,
        href,
        permission,
        shortcut,
    };
    vec![
        item(
            60,
            "delivery-messages-title",
            Icon::Mail,
            MESSAGE_LIST.url(),
            Permission::MessagesRead,
            Some('m'),
        ),
        item(
            80,
            "delivery-suppressions-title",
            Icon::Shield,
            SUPPRESSIONS.url(),
            Permission::SuppressionsRead,
            None,
        ),
        item(
            120,
            "delivery-providers-title",
            Icon::Plug,
            PROVIDERS.url(),
            Permission::ProvidersRead,
            None,
        ),
        item(
            130,
            "delivery-domains-title",
            Icon::Send,
            DOMAINS.url(),
            Permission::ProvidersRead,
            None,
        ),
        item(
            140,
            "delivery-limits-title",
            Icon::Clock,
            LIMITS.url(),
            Permission::ProvidersRead,
            None,
        ),
    ]
}
