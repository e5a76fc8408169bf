//! Accounts for push notifications: at Firebase and at Apple.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Which of Apple's two services an app was built for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ApnsEnvironment {
    /// Apps from the App Store and from TestFlight.
    #[default]
    Production,
    /// Apps that a developer runs from Xcode.
    Sandbox,
}

/// A project at Firebase.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FcmAccount {
    /// Its id.
    #[schema(example = "shop-4f1a2")]
    pub project_id: String,
    /// Takes the place of Firebase's address; usually empty.
    pub base_url: String,
}

/// An app at Apple.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ApnsAccount {
    /// Names the signing key, which is not shown.
    pub key_id: String,
    /// Names the developer's team.
    pub team_id: String,
    /// The app's bundle id.
    #[schema(example = "com.example.shop")]
    pub topic: String,
    /// Which of Apple's services.
    pub environment: ApnsEnvironment,
    /// Takes the place of Apple's address; usually empty.
    pub base_url: String,
}

/// A project at Firebase.
#[derive(Clone, Debug, ToSchema)]
pub struct NewFcmProvider {
    /// Always `fcm`.
    #[schema(pattern = "^fcm$", example = "fcm")]
    pub kind: String,
    /// What people call it; no two share one.
    #[schema(max_length = 100)]
    pub name: String,
    /// The project's id.
    #[schema(max_length = 100, example = "shop-4f1a2")]
    pub project_id: String,
    /// The key file of a service account that may send messages: the text of the JSON file. Stored encrypted
    /// and never shown again.
    #[schema(max_length = 16_384)]
    pub service_account: String,
    /// Takes the place of Firebase's address, for private gateways.
    #[schema(max_length = 500, required = false)]
    pub base_url: String,
    /// Requests at the same time: 1 to 50.
    #[schema(minimum = 1, maximum = 50, default = 10, required = false)]
    pub max_connections: u16,
    /// Messages per second at most; absent means as fast as they are taken.
    #[schema(minimum = 1, maximum = 100_000)]
    pub messages_per_second: Option<u32>,
}

/// An app at Apple.
#[derive(Clone, Debug, ToSchema)]
pub struct NewApnsProvider {
    /// Always `apns`.
    #[schema(pattern = "^apns$", example = "apns")]
    pub kind: String,
    /// What people call it; no two share one.
    #[schema(max_length = 100)]
    pub name: String,
    /// Names the signing key: ten letters and digits.
    #[schema(min_length = 10, max_length = 10)]
    pub key_id: String,
    /// Names the developer's team: ten letters and digits.
    #[schema(min_length = 10, max_length = 10)]
    pub team_id: String,
    /// The app's bundle id.
    #[schema(max_length = 255, example = "com.example.shop")]
    pub topic: String,
    /// Which of Apple's services.
    #[schema(required = false)]
    pub environment: ApnsEnvironment,
    /// The text of the key's `.p8` file. Stored encrypted and never shown again.
    #[schema(max_length = 2000)]
    pub signing_key: String,
    /// Takes the place of Apple's address, for private gateways.
    #[schema(max_length = 500, required = false)]
    pub base_url: String,
    /// Requests at the same time: 1 to 50.
    #[schema(minimum = 1, maximum = 50, default = 10, required = false)]
    pub max_connections: u16,
    /// Messages per second at most; absent means as fast as they are taken.
    #[schema(minimum = 1, maximum = 100_000)]
    pub messages_per_second: Option<u32>,
}
