# --- Sentences: what a rule says
crm-segments-sentence = Contacts where { $rule }.
crm-segments-sentence-everybody = All contacts.
crm-segments-and = { $left } and { $right }
crm-segments-or = { $left } or { $right }
crm-segments-comma = { $left }, { $right }
crm-segments-brackets = ({ $rule })
crm-segments-not = not ({ $rule })
crm-segments-quoted = “{ $text }”
crm-segments-more = { $list } and { $more } more
crm-segments-yes = yes
crm-segments-no = no
crm-segments-says-is = { $field } is { $value }
crm-segments-says-is-not = { $field } is not { $value }
crm-segments-says-is-any-of = { $field } is one of { $value }
crm-segments-says-is-none-of = { $field } is none of { $value }
crm-segments-says-contains = { $field } contains { $value }
crm-segments-says-does-not-contain = { $field } does not contain { $value }
crm-segments-says-starts-with = { $field } starts with { $value }
crm-segments-says-does-not-start-with = { $field } does not start with { $value }
crm-segments-says-ends-with = { $field } ends with { $value }
crm-segments-says-does-not-end-with = { $field } does not end with { $value }
crm-segments-says-more-than = { $field } is more than { $value }
crm-segments-says-at-least = { $field } is at least { $value }
crm-segments-says-less-than = { $field } is less than { $value }
crm-segments-says-at-most = { $field } is at most { $value }
crm-segments-says-between = { $field } is between { $value }
crm-segments-says-not-between = { $field } is not between { $value }
crm-segments-says-on = { $field } is on { $value }
crm-segments-says-not-on = { $field } is not on { $value }
crm-segments-says-before = { $field } is before { $value }
crm-segments-says-after = { $field } is after { $value }
crm-segments-says-in-the-last = { $field } is in the last { $value }
crm-segments-says-not-in-the-last = { $field } is not in the last { $value }
crm-segments-says-more-than-ago = { $field } is more than { $value } ago
crm-segments-says-in-the-next = { $field } is in the next { $value }
crm-segments-says-not-in-the-next = { $field } is not in the next { $value }
crm-segments-says-more-than-ahead = { $field } is more than { $value } ahead
crm-segments-says-has-any-of = { $field } include any of { $value }
crm-segments-says-has-all-of = { $field } include all of { $value }
crm-segments-says-has-none-of = { $field } include none of { $value }
crm-segments-says-is-in = { $field } is { $value }
crm-segments-says-is-not-in = { $field } is not { $value }
crm-segments-says-is-empty = { $field } is empty
crm-segments-says-is-not-empty = { $field } is not empty
crm-segments-says-mail-sent-at-least = { $times ->
    [one] mail was sent at least once
   *[other] mail was sent at least { $times } times
}
crm-segments-says-mail-sent-at-most = { $times ->
    [one] mail was sent at most once
   *[other] mail was sent at most { $times } times
}
crm-segments-says-mail-sent-never = mail was never sent
crm-segments-says-mail-opened-at-least = { $times ->
    [one] mail was opened at least once
   *[other] mail was opened at least { $times } times
}
crm-segments-says-mail-opened-at-most = { $times ->
    [one] mail was opened at most once
   *[other] mail was opened at most { $times } times
}
crm-segments-says-mail-opened-never = mail was never opened
crm-segments-says-mail-clicked-at-least = { $times ->
    [one] mail was clicked at least once
   *[other] mail was clicked at least { $times } times
}
crm-segments-says-mail-clicked-at-most = { $times ->
    [one] mail was clicked at most once
   *[other] mail was clicked at most { $times } times
}
crm-segments-says-mail-clicked-never = mail was never clicked
crm-segments-says-mail-bounced-at-least = { $times ->
    [one] mail bounced at least once
   *[other] mail bounced at least { $times } times
}
crm-segments-says-mail-bounced-at-most = { $times ->
    [one] mail bounced at most once
   *[other] mail bounced at most { $times } times
}
crm-segments-says-mail-bounced-never = mail never bounced
crm-segments-on-link = { $clause }, on a link with { $word },
crm-segments-of-campaign = { $clause } of the campaign { $word }
crm-segments-within = { $clause } in the last { $word }
crm-segments-span-hours = { $amount ->
    [one] hour
   *[other] { $amount } hours
}
crm-segments-span-days = { $amount ->
    [one] day
   *[other] { $amount } days
}
crm-segments-span-weeks = { $amount ->
    [one] week
   *[other] { $amount } weeks
}
crm-segments-span-months = { $amount ->
    [one] month
   *[other] { $amount } months
}
crm-segments-span-years = { $amount ->
    [one] year
   *[other] { $amount } years
}
crm-segments-subscription-subscribed = subscribed
crm-segments-subscription-unsubscribed = unsubscribed
crm-segments-subscription-bounced = bounced
crm-segments-subscription-complained = complained
crm-segments-subscription-blocked = blocked by hand

# --- Fields that everybody has
crm-segments-field-email = e-mail address
crm-segments-field-first-name = first name
crm-segments-field-last-name = last name
crm-segments-field-phone = phone
crm-segments-field-company = company
crm-segments-field-city = city
crm-segments-field-country = country
crm-segments-field-external-id = external ID
crm-segments-field-timezone = time zone
crm-segments-field-locale = language
crm-segments-field-created-at = date created
crm-segments-field-updated-at = date last changed
crm-segments-field-last-active-at = date last active
crm-segments-field-tags = tags
crm-segments-field-subscription = e-mail subscription
crm-segments-field-segment = segment
crm-segments-field-mail-sent = mail sent
crm-segments-field-mail-opened = mail opened
crm-segments-field-mail-clicked = mail clicked
crm-segments-field-mail-bounced = mail bounced

# --- Operators, in the editor
crm-segments-operator-is = is
crm-segments-operator-is-not = is not
crm-segments-operator-is-any-of = is one of
crm-segments-operator-is-none-of = is none of
crm-segments-operator-contains = contains
crm-segments-operator-does-not-contain = does not contain
crm-segments-operator-starts-with = starts with
crm-segments-operator-does-not-start-with = does not start with
crm-segments-operator-ends-with = ends with
crm-segments-operator-does-not-end-with = does not end with
crm-segments-operator-more-than = is more than
crm-segments-operator-at-least = at least
crm-segments-operator-less-than = is less than
crm-segments-operator-at-most = at most
crm-segments-operator-between = is between
crm-segments-operator-not-between = is not between
crm-segments-operator-on = is on
crm-segments-operator-not-on = is not on
crm-segments-operator-before = is before
crm-segments-operator-after = is after
crm-segments-operator-in-the-last = is in the last
crm-segments-operator-not-in-the-last = is not in the last
crm-segments-operator-more-than-ago = is longer ago than
crm-segments-operator-in-the-next = is in the next
crm-segments-operator-not-in-the-next = is not in the next
crm-segments-operator-more-than-ahead = is further ahead than
crm-segments-operator-has-any-of = include any of
crm-segments-operator-has-all-of = include all of
crm-segments-operator-has-none-of = include none of
crm-segments-operator-is-in = is
crm-segments-operator-is-not-in = is not
crm-segments-operator-never = never
crm-segments-operator-is-empty = is empty
crm-segments-operator-is-not-empty = is not empty

# --- What is wrong with a rule
crm-segments-problem-not-an-object = A group or a condition belongs here.
crm-segments-problem-not-a-list = A list of rules belongs here.
crm-segments-problem-unknown-member = This does not belong here.
crm-segments-problem-missing-member = Something is missing here.
crm-segments-problem-empty-group = Add a condition to the group, or remove it.
crm-segments-problem-too-deep = The groups are nested too deeply.
crm-segments-problem-too-large = The rule has too many groups and conditions.
crm-segments-problem-unknown-field = Choose a field that exists.
crm-segments-problem-unknown-operator = Choose a comparison that fits the field.
crm-segments-problem-unexpected-value = This comparison takes no value.
crm-segments-problem-expected-text = Enter a text.
crm-segments-problem-text-too-long = The text is too long: at most 500 characters.
crm-segments-problem-expected-texts = Enter at least one text.
crm-segments-problem-too-many-values = The list is too long: at most 1,000 values.
crm-segments-problem-expected-number = Enter a number.
crm-segments-problem-expected-two = Enter two values, the lesser first.
crm-segments-problem-expected-truth = Choose yes or no.
crm-segments-problem-expected-day = Enter a day such as 2026-05-31.
crm-segments-problem-expected-point = Enter a day such as 2026-05-31, or a time such as 2026-05-31T12:00:00Z.
crm-segments-problem-expected-span = Enter a whole number, at least 1 and at most about a century.
crm-segments-problem-expected-days = This field has no hours. Choose days, weeks, months or years.
crm-segments-problem-expected-segment = Choose a segment.
crm-segments-problem-unusable-segment = Choose a segment that exists and does not depend on this one.
crm-segments-problem-expected-subscription = Choose a state.
crm-segments-problem-expected-times = Enter a whole number from 1 to 10,000.
crm-segments-problem-expected-campaign = Choose a campaign.

# --- The list
crm-segments-title = Segments
crm-segments-purpose = Groups of contacts that keep themselves up to date.
crm-segments-new = New segment
crm-segments-search = Search segments
crm-segments-empty = No segments yet.
crm-segments-empty-help = A segment is a rule. Whoever matches it is in, and leaves when they no longer do.
crm-segments-none-found = No segment has this in its name.
crm-segments-name = Name
crm-segments-members = Members
crm-segments-state = State
crm-segments-updated = Edited
crm-segments-fresh = Up to date
crm-segments-stale = Being updated
crm-segments-state-rule = Needs a change
crm-segments-state-slow = Too slow

# --- One segment
crm-segments-edit = Edit segment
crm-segments-rebuild = Rebuild now
crm-segments-rebuilt = { $members ->
    [one] Rebuilt. One contact is in the segment.
   *[other] Rebuilt. { $members } contacts are in the segment.
}
crm-segments-rebuild-started = The segment takes longer to rebuild. It goes on in the background.
crm-segments-rebuild-failed = The segment could not be rebuilt. Edit its rule.
crm-segments-delete = Delete segment
crm-segments-delete-title = Delete the segment { $name }?
crm-segments-delete-text = Its contacts stay. Its members and its history are forgotten.
crm-segments-deleted = Deleted the segment { $name }.
crm-segments-delete-in-use = The segment is used by { $names }. Change these first.
crm-segments-created = Created the segment { $name }.
crm-segments-saved = Saved the segment { $name }.
crm-segments-actions = More actions
crm-segments-rule = Who is in it
crm-segments-json = The rule as JSON
crm-segments-json-help = Send it to the contact search of the API to get the same people.
crm-segments-rebuilt-at = Last rebuilt
crm-segments-never-rebuilt = Not yet
crm-segments-took = Took { $ms } ms
crm-segments-relative = Looked at again by itself as time passes
crm-segments-used-by = Used by
crm-segments-member-list = Members
crm-segments-member = Contact
crm-segments-entered-at = Entered
crm-segments-no-members = Nobody matches the rule.
crm-segments-moves = Entered and left lately
crm-segments-no-moves = Nobody has entered or left yet.
crm-segments-entered = { $name } entered
crm-segments-left = { $name } left
crm-segments-nameless = A contact without a name
crm-segments-problem-rule-title = The rule no longer fits
crm-segments-problem-rule-text = A field that it looks at is gone or holds something else now. The members are those of the last rebuild.
crm-segments-problem-slow-title = The rule takes too long
crm-segments-problem-slow-text = It was given up after some minutes and is tried again later. The members are those of the last rebuild.

# --- The editor
crm-segments-new-title = New segment
crm-segments-edit-title = Edit { $name }
crm-segments-description = Description
crm-segments-description-help = Optional. What the segment is for.
crm-segments-name-missing = Give the segment a name.
crm-segments-name-invalid = The name can have at most 100 characters, and no control characters.
crm-segments-description-invalid = The description can have at most 1,000 characters, and no control characters.
crm-segments-name-taken = Another segment has this name.
crm-segments-changed = Somebody else saved this segment meanwhile. Below is what you entered; save again to replace theirs.
crm-segments-errors = The segment cannot be saved like this
crm-segments-conditions = Conditions
crm-segments-match = Who belongs to it
crm-segments-match-all = All of
crm-segments-match-any = Any of
crm-segments-match-none = None of
crm-segments-joiner-all = and
crm-segments-joiner-any = or
crm-segments-joiner-none = nor
crm-segments-group = Group of conditions
crm-segments-add-condition = Add condition
crm-segments-add-group = Add group
crm-segments-remove-condition = Remove condition
crm-segments-remove-group = Remove group
crm-segments-update-form = Update form
crm-segments-update-form-help = Without a script, press this after choosing another field or comparison.
crm-segments-nobody-excluded = No condition: everybody belongs to it.
crm-segments-choose-field = Field
crm-segments-choose-operator = Comparison
crm-segments-value = Value
crm-segments-values = Values, one on each line
crm-segments-tags = Tags
crm-segments-from = From
crm-segments-until = To
crm-segments-amount = Amount
crm-segments-unit = Unit
crm-segments-times = Times
crm-segments-window = In the last
crm-segments-ever = At any time
crm-segments-campaign = Campaign
crm-segments-any-campaign = Any campaign
crm-segments-url-contains = Link contains
crm-segments-choose = Choose
crm-segments-unit-hours = hours
crm-segments-unit-days = days
crm-segments-unit-weeks = weeks
crm-segments-unit-months = months
crm-segments-unit-years = years
crm-segments-group-contact = Contact
crm-segments-group-custom = Custom fields
crm-segments-group-dates = Dates
crm-segments-group-mail = E-mail
crm-segments-group-groups = Tags and segments
crm-segments-create = Create segment
crm-segments-save = Save segment

# --- The live count
crm-segments-preview = Who matches
crm-segments-count = { $count ->
    [one] One contact
   *[other] { $count } contacts
}
crm-segments-estimate = About { $count } contacts
crm-segments-estimate-help = Estimated from a sample, since counting takes longer. The segment itself is exact.
crm-segments-incomplete = Complete the conditions to see who matches.
crm-segments-sample = Some of them

# --- Answers of the API
crm-segments-search-slow = The search took too long. Make the rule simpler, or make it a segment.
crm-segments-api-changed = Somebody else saved this segment meanwhile. Read it again.
