use std::{fmt, str::FromStr};

/// What a member of an organisation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees everything, changes nothing.
    Viewer,
    /// Does the daily work: contacts, segments, mails, campaigns.
    Member,
    /// Also manages the organisation's settings and its people.
    Admin,
    /// Also takes the organisation live and hands out the owner's role.
    Owner,
}

impl Role {
    /// All roles, from the weakest to the strongest.
    pub const ALL: [Role; 4] = [Role::Viewer, Role::Member, Role::Admin, Role::Owner];

    /// The word that is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Member => "member",
            Role::Admin => "admin",
            Role::Owner => "owner",
        }
    }

    /// Whether this role has a permission.
    #[must_use]
    pub fn may(self, permission: Permission) -> bool {
        self >= permission.least_role()
    }
}

impl FromStr for Role {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Role::ALL.into_iter().find(|role| role.as_str() == text).ok_or(())
    }
}

/// Declares the permissions, the word for each (also the scope of an API key), and the weakest
/// role that has it.
macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $word:literal from $role:ident;)*) => {
        /// What a person may do, and equally what a key of the API may be given: one word for both,
        /// so that a route declares one thing.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Permission { $($(#[$doc])* $name,)* }

        impl Permission {
            /// All permissions.
            pub const ALL: &'static [Permission] = &[$(Permission::$name,)*];
            /// The word that is stored, shown and documented as the scope.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Permission::$name => $word,)* }
            }
            /// The weakest role that has it.
            #[must_use]
            pub const fn least_role(self) -> Role {
                match self { $(Permission::$name => Role::$role,)* }
            }
        }
    };
}

permissions! {
    /// See contacts, their fields, tags and timeline.
    ContactsRead = "contacts:read" from Viewer;
    /// Create, change and delete contacts; import them.
    ContactsWrite = "contacts:write" from Member;
    /// Define custom fields.
    FieldsWrite = "fields:write" from Admin;
    /// Take contacts out of the platform as a file.
    ContactsExport = "contacts:export" from Member;
    /// Erase people and what is known of them.
    ContactsErase = "contacts:erase" from Admin;
    /// See companies and the records of other objects.
    RecordsRead = "records:read" from Viewer;
    /// Create, change and delete records.
    RecordsWrite = "records:write" from Member;
    /// Define objects and how they relate.
    ObjectsWrite = "objects:write" from Admin;
    /// See events as they come in, and their sources.
    EventsRead = "events:read" from Viewer;
    /// Send events.
    EventsWrite = "events:write" from Member;
    /// Set up sources of events and see their write keys.
    SourcesWrite = "sources:write" from Admin;
    /// See topics and what people agreed to.
    TopicsRead = "topics:read" from Viewer;
    /// Create, change and delete topics.
    TopicsWrite = "topics:write" from Admin;
    /// See segments and who is in them.
    SegmentsRead = "segments:read" from Viewer;
    /// Create, change and delete segments.
    SegmentsWrite = "segments:write" from Member;
    /// See templates.
    TemplatesRead = "templates:read" from Viewer;
    /// Create, change and delete templates; send tests.
    TemplatesWrite = "templates:write" from Member;
    /// See campaigns and their reports.
    CampaignsRead = "campaigns:read" from Viewer;
    /// Create and change campaigns.
    CampaignsWrite = "campaigns:write" from Member;
    /// Launch, pause, resume and cancel campaigns.
    CampaignsSend = "campaigns:send" from Member;
    /// See messages and the built-in inbox.
    MessagesRead = "messages:read" from Viewer;
    /// Empty the built-in inbox.
    MessagesWrite = "messages:write" from Member;
    /// See the suppression list.
    SuppressionsRead = "suppressions:read" from Viewer;
    /// Add to and remove from the suppression list.
    SuppressionsWrite = "suppressions:write" from Member;
    /// See providers and sending domains, without their secrets.
    ProvidersRead = "providers:read" from Admin;
    /// Set up providers and sending domains.
    ProvidersWrite = "providers:write" from Admin;
    /// See the dashboard and statistics.
    AnalyticsRead = "analytics:read" from Viewer;
    /// See background jobs.
    JobsRead = "jobs:read" from Viewer;
    /// Cancel background jobs.
    JobsWrite = "jobs:write" from Member;
    /// See the organisation's settings.
    OrganizationRead = "organization:read" from Viewer;
    /// Change the organisation's settings.
    OrganizationWrite = "organization:write" from Admin;
    /// Take the organisation live, or back into test mode.
    OrganizationGoLive = "organization:go_live" from Owner;
    /// See keys of the API.
    ApiKeysRead = "api_keys:read" from Admin;
    /// Create and revoke keys of the API.
    ApiKeysWrite = "api_keys:write" from Admin;
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Permission {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Permission::ALL
            .iter()
            .copied()
            .find(|p| p.as_str() == text)
            .ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Permission, Role};

    #[test]
    fn a_viewer_changes_nothing() {
        for permission in Permission::ALL {
            if Role::Viewer.may(*permission) {
                assert!(permission.as_str().ends_with(":read"), "{permission}");
            }
        }
    }

    #[test]
    fn an_owner_may_do_everything() {
        assert!(Permission::ALL.iter().all(|p| Role::Owner.may(*p)));
    }
}
