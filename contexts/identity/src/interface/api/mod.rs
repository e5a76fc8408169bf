//! Identity for programs.

mod api_keys;
mod organization;

use contracts::{
    ListPage,
    identity::{
        API_API_KEY, API_API_KEYS, API_ORGANIZATION, ApiKey, CreatedApiKey, NewApiKey, Organization,
        OrganizationPatch,
    },
};
use kernel::Permission;
use platform::web::{Access, Op, Routes};

use super::state::Identity;

/// All routes, with the scope that each needs.
pub fn routes() -> Routes<Identity> {
    Routes::new()
        .get(API_ORGANIZATION.template(), Access::needs(Permission::OrganizationRead), organization::get)
        .doc(
            Op::new("get_organization", "Get the organization of the key")
                .returns::<Organization>(200, "The organization."),
        )
        .patch(API_ORGANIZATION.template(), Access::needs(Permission::OrganizationWrite), organization::patch)
        .doc(
            Op::new("update_organization", "Change the organization's settings")
                .describe(
                    "JSON Merge Patch. The sending mode cannot be changed here: going live is an act of an owner in \
                     the app.",
                )
                .body_as::<OrganizationPatch>("application/merge-patch+json")
                .returns::<Organization>(200, "The organization as it is now."),
        )
        .get(API_API_KEYS.template(), Access::needs(Permission::ApiKeysRead), api_keys::list)
        .doc(
            Op::new("list_api_keys", "List keys, newest first")
                .describe("Revoked keys are listed too. Tokens are never shown.")
                .query::<api_keys::KeysQuery>()
                .returns::<ListPage<ApiKey>>(200, "A page of keys."),
        )
        .post(API_API_KEYS.template(), Access::needs(Permission::ApiKeysWrite), api_keys::create)
        .doc(
            Op::new("create_api_key", "Make a key")
                .describe("The answer holds the token; it is not stored and cannot be asked for again.")
                .body::<NewApiKey>()
                .returns::<CreatedApiKey>(201, "The key with its token."),
        )
        .delete(API_API_KEY.template(), Access::needs(Permission::ApiKeysWrite), api_keys::delete)
        .doc(
            Op::new("delete_api_key", "Revoke a key")
                .describe("It stops working within a second. A key may revoke itself.")
                .answers(204, "It is revoked."),
        )
}
