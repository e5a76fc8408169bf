# What a column becomes besides fields, tags and do-not-contact
crm-import-target-owner = Owner (address or name)
crm-import-target-stage = Stage (name)
crm-import-target-primary-company = Primary company
crm-import-target-identified-at = Date identified
crm-import-target-last-active = Last active
crm-import-ip-note = IP addresses are not kept, unless as part of the proof that somebody agreed to a topic.
crm-reason-not-an-integer = This is not a whole number such as 12.
crm-reason-ambiguous-company = Several companies have this name. Use an external ID.
crm-reason-unknown-topic = There is no such topic.
crm-reason-not-an-ip = This is not an IP address.

# Topics, and how it is known that people agreed
crm-import-target-topic = Topic { $topic } (yes or no)
crm-import-target-topics = Topics, with | between them
crm-import-target-consent-at = When they agreed
crm-import-target-consent-ip = IP address when they agreed
crm-import-section-consent = Consent
crm-import-section-consent-help = Needed when a column subscribes people to topics. It is kept with the consent of each of them as its proof.
crm-import-consent-basis-help = By what right you write to these people.
crm-import-consent-basis-missing = Say by what right you write to the people of this file. Nobody is subscribed to a topic without it.
crm-import-consent-text = What they agreed to, and where
crm-import-consent-text-help = For example: signed the list “Yes, send me offers” at the fair in May 2026. At most 2,000 characters.
crm-import-consent-text-missing = Say what the people of this file agreed to and where, in at most 2,000 characters. Nobody is subscribed to a topic without it.
crm-import-consent-confirmed = They have confirmed it already
crm-import-consent-confirmed-help = They agreed by a double opt-in or in another way that you can prove. Without this, topics that ask people to confirm ask them.
crm-import-unknown-topic = { $column } goes to a topic that does not exist any more.
crm-import-subscribed = Subscriptions made
crm-import-skipped = Subscriptions not made
crm-import-skips = Not subscribed
crm-import-skips-help = These rows were imported, but these people had opted out. The first hundred are shown.
crm-import-skip-do-not-contact = Is not to be contacted.
crm-import-skip-opted-out = Unsubscribed, and the row does not say that they agreed after that.

# Files of records
crm-import-file-action = Import a file
crm-import-records-action = Import
crm-import-column-what = What
crm-import-what = What the rows are
crm-import-what-help = Each row becomes one of these.
crm-import-records-new-title = Import { $objects }
crm-import-records-header-no = Is a record
crm-import-records-column-rule = { $objects } that exist
crm-import-records-rule-of = What { $column } does to records that exist
crm-import-records-identity = A row and a record are the same when they have the same
crm-import-records-identity-help = Rows without it are rejected. Names are compared whatever their capitals.
crm-import-records-existing = { $objects } that exist already
crm-import-records-existing-fill-help = Only what is empty is filled in. Links are added.
crm-import-records-existing-leave-help = Only new ones are created.
crm-import-records-undo-help = Until { $until }. Records that this import made and that nobody has touched since are deleted; others get back what it overwrote and lose the links that it made.
crm-import-records-undo-text = What somebody changed since stays as they left it. Fields that were made for this import stay, and what segments, campaigns and other programs did about it is not undone.
crm-import-records-undone-help = Records that somebody has changed or linked since stayed whole, and so did values that were changed since. Fields that were made for the import are still there.
crm-import-see-records = See { $objects }
crm-import-targets-links = Links
crm-import-target-contacts = Contacts (addresses or external IDs, with | between them)
crm-import-target-link = { $relation }: { $objects } (external IDs, with | between them)
crm-import-wrong-target = { $column } goes to something that these rows do not have.
crm-import-not-unique = Choose a field that is a unique identifier. Fields are made so in the settings.
crm-reason-missing-record-key = The row does not say which record it is: its external ID, name or unique value is missing.
crm-reason-several-records = Several records have this name. Use an external ID.

# Stages that files name
crm-import-create-stages = Make stages that do not exist yet
crm-import-create-stages-help = They are put at the end of the funnel. Without this, rows with an unknown stage are rejected.
crm-import-new-stages = New stages: { $stages }
