//! Pages of identity.

mod account;
mod api_keys;
mod fields;
mod go_live;
mod login;
mod organization;
mod setup;

use contracts::identity::{
    ACCOUNT, ACCOUNT_PASSWORD, ACCOUNT_SESSION, API_KEY_NEW, API_KEY_REVOCATION, API_KEYS, GO_LIVE, LOGIN,
    LOGOUT, ORGANIZATION, SETUP, SHORTCUTS, THEME,
};
use kernel::Permission;
use platform::{
    NavItem,
    web::{Access, Routes},
};
use ui_kit::Icon;

use super::state::Identity;

/// All pages, with who may see them.
pub fn routes() -> Routes<Identity> {
    Routes::new()
        .get(SETUP.template(), Access::Public, setup::show)
        .post(SETUP.template(), Access::Public, setup::submit)
        .get(LOGIN.template(), Access::Public, login::show)
        .post(LOGIN.template(), Access::Public, login::submit)
        .post(LOGOUT.template(), Access::SignedIn, login::sign_out_here)
        .get(ACCOUNT.template(), Access::SignedIn, account::show)
        .post(ACCOUNT.template(), Access::SignedIn, account::rename)
        .post(
            ACCOUNT_PASSWORD.template(),
            Access::SignedIn,
            account::replace_password,
        )
        .post(ACCOUNT_SESSION.template(), Access::SignedIn, account::end_session)
        .post(THEME.template(), Access::SignedIn, account::choose_theme)
        .post(SHORTCUTS.template(), Access::SignedIn, account::choose_shortcuts)
        .get(
            ORGANIZATION.template(),
            Access::needs(Permission::OrganizationRead),
            organization::show,
        )
        .post(
            ORGANIZATION.template(),
            Access::needs(Permission::OrganizationWrite),
            organization::change,
        )
        .get(
            GO_LIVE.template(),
            Access::needs(Permission::OrganizationRead),
            go_live::show,
        )
        .post(
            GO_LIVE.template(),
            Access::needs(Permission::OrganizationGoLive),
            go_live::change_mode,
        )
        .get(
            API_KEYS.template(),
            Access::needs(Permission::ApiKeysRead),
            api_keys::list,
        )
        .get(
            API_KEY_NEW.template(),
            Access::needs(Permission::ApiKeysWrite),
            api_keys::new,
        )
        .post(
            API_KEYS.template(),
            Access::needs(Permission::ApiKeysWrite),
            api_keys::create,
        )
        .post(
            API_KEY_REVOCATION.template(),
            Access::needs(Permission::ApiKeysWrite),
            api_keys::revoke,
        )
}

/// Entries of the navigation.
pub fn nav() -> Vec<NavItem> {
    let item = |order, label_key, icon, href, permission| NavItem {
        order,
        label_key,
        icon,
        href,
        permission,
        shortcut: None,
    };
    vec![
        item(
            100,
            "identity-nav-organization",
            Icon::Building,
            ORGANIZATION.url(),
            Permission::OrganizationRead,
        ),
        item(
            105,
            "identity-nav-go-live",
            Icon::Globe,
            GO_LIVE.url(),
            Permission::OrganizationRead,
        ),
        item(
            140,
            "identity-nav-api-keys",
            Icon::Key,
            API_KEYS.url(),
            Permission::ApiKeysRead,
        ),
    ]
}
