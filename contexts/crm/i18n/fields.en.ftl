# Custom fields: types, flags, groups.

crm-fields-objects = Fields of
crm-fields-standard-title = Start from the usual fields
crm-fields-standard-text = Title, position, mobile, address, postcode, website and social profiles, with the names that other tools have for them.
crm-fields-standard-companies-title = Some of the usual fields are missing
crm-fields-standard-companies-text = Website, address, industry, number of employees and the like.
crm-fields-standard-add = { $count ->
    [one] Add one standard field
   *[other] Add { $count } standard fields
}
crm-fields-standard-added = { $count ->
    [0] All standard fields are there already.
    [one] One field was added.
   *[other] { $count } fields were added.
}
crm-field-new-of = New field of { $object }
crm-field-column-flags = Use
crm-field-move-up = Move { $name } up
crm-field-move-down = Move { $name } down
crm-field-flag-required = Required
crm-field-flag-unique = Unique
crm-field-flag-public = Public
crm-field-flag-listable = In lists
crm-field-flag-hidden = Hidden
crm-field-section-values = Values
crm-field-section-use = Use
crm-field-group = Group
crm-field-group-help = The heading it stands under: core, professional, personal, social, or a name of your own.
crm-field-default = Default value
crm-field-default-help = What somebody new has when nothing else is said.
crm-field-max-length = Most characters
crm-field-max-length-help = For types of text. Leave it empty for as many as the type takes.
crm-field-required = Required
crm-field-required-help = Forms and the API refuse a new one without it. Files and events may leave it out.
crm-field-visible = Shown on the page
crm-field-visible-help = Otherwise it is only in the form, in the API and in segments.
crm-field-listable = Shown in lists
crm-field-listable-help = As a column of the list.
crm-field-unique = Unique identifier
crm-field-unique-help = No two have the same value. Imports find a contact by it that has nothing else to find it by.
crm-field-public = Visitors may set it
crm-field-public-help = Tracking and public forms may write it without proof of who somebody is. Leave it off for what you rely on.
crm-field-delete-text-records = Its values are taken from all records. This cannot be undone.
crm-field-group-invalid = A group has a name of at most 50 characters.
crm-field-max-length-invalid = Enter a number from 1 to 10,000, and only for a type of text.
crm-field-cannot-identify = Values of this type cannot be unique, nor can there be a default for those that are.
crm-group-core = General
crm-group-professional = Professional
crm-group-personal = Personal
crm-group-social = Social
crm-type-textarea = Long text
crm-type-html = Text with markup
crm-type-time = Time of day
crm-type-lookup = Text with suggestions
crm-type-email = E-mail address
crm-type-country = Country
crm-type-region = State or province
crm-type-locale = Language
crm-type-timezone = Time zone
