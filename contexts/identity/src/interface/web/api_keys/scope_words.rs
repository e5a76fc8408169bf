use kernel::Permission;

/// The group that a scope stands in on the form, and what it says there.
pub struct ScopeWords {
    /// Message key of the group's title.
    pub group: &'static str,
    /// Message key of what the scope allows.
    pub label: &'static str,
}

/// For every scope: a new permission does not compile until it can be explained here.
pub const fn scope_words(scope: Permission) -> ScopeWords {
    let (group, label) = match scope {
        Permission::ContactsRead => ("identity-scope-group-contacts", "identity-scope-contacts-read"),
        Permission::ContactsWrite => ("identity-scope-group-contacts", "identity-scope-contacts-write"),
        Permission::FieldsWrite => ("identity-scope-group-contacts", "identity-scope-fields-write"),
        Permission::ContactsExport => ("identity-scope-group-contacts", "identity-scope-contacts-export"),
        Permission::ContactsErase => ("identity-scope-group-contacts", "identity-scope-contacts-erase"),
        Permission::TopicsRead => ("identity-scope-group-contacts", "identity-scope-topics-read"),
        Permission::TopicsWrite => ("identity-scope-group-contacts", "identity-scope-topics-write"),
        Permission::RecordsRead => ("identity-scope-group-records", "identity-scope-records-read"),
        Permission::RecordsWrite => ("identity-scope-group-records", "identity-scope-records-write"),
        Permission::ObjectsWrite => ("identity-scope-group-records", "identity-scope-objects-write"),
        Permission::EventsRead => ("identity-scope-group-events", "identity-scope-events-read"),
        Permission::EventsWrite => ("identity-scope-group-events", "identity-scope-events-write"),
        Permission::SourcesWrite => ("identity-scope-group-events", "identity-scope-sources-write"),
        Permission::SegmentsRead => ("identity-scope-group-segments", "identity-scope-segments-read"),
        Permission::SegmentsWrite => ("identity-scope-group-segments", "identity-scope-segments-write"),
        Permission::TemplatesRead => ("identity-scope-group-templates", "identity-scope-templates-read"),
        Permission::TemplatesWrite => ("identity-scope-group-templates", "identity-scope-templates-write"),
        Permission::CampaignsRead => ("identity-scope-group-campaigns", "identity-scope-campaigns-read"),
        Permission::CampaignsWrite => ("identity-scope-group-campaigns", "identity-scope-campaigns-write"),
        Permission::CampaignsSend => ("identity-scope-group-campaigns", "identity-scope-campaigns-send"),
        Permission::MessagesRead => ("identity-scope-group-messages", "identity-scope-messages-read"),
        Permission::MessagesWrite => ("identity-scope-group-messages", "identity-scope-messages-write"),
        Permission::SuppressionsRead => (
            "identity-scope-group-messages",
            "identity-scope-suppressions-read",
        ),
        Permission::SuppressionsWrite => (
            "identity-scope-group-messages",
            "identity-scope-suppressions-write",
        ),
        Permission::ProvidersRead => ("identity-scope-group-providers", "identity-scope-providers-read"),
        Permission::ProvidersWrite => ("identity-scope-group-providers", "identity-scope-providers-write"),
        Permission::AnalyticsRead => ("identity-scope-group-analytics", "identity-scope-analytics-read"),
        Permission::JobsRead => ("identity-scope-group-jobs", "identity-scope-jobs-read"),
        Permission::JobsWrite => ("identity-scope-group-jobs", "identity-scope-jobs-write"),
        Permission::OrganizationRead => (
            "identity-scope-group-organization",
            "identity-scope-organization-read",
        ),
        Permission::OrganizationWrite => (
            "identity-scope-group-organization",
            "identity-scope-organization-write",
        ),
        Permission::OrganizationGoLive => (
            "identity-scope-group-organization",
            "identity-scope-organization-go-live",
        ),
        Permission::ApiKeysRead => (
            "identity-scope-group-organization",
            "identity-scope-api-keys-read",
        ),
        Permission::ApiKeysWrite => (
            "identity-scope-group-organization",
            "identity-scope-api-keys-write",
        ),
    };
    ScopeWords { group, label }
}
