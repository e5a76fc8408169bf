# --- Sentences: what a rule says
crm-segments-sentence = Contacts where { $rule }.
crm-segments-sentence-everybody = All contacts.
crm-segments-and = { $left } and { $right }
crm-segments-or = { $left } or { $right }
crm-segments-comma = { $left }, { $right }
crm-segments-exactly-one = exactly one of ({ $rules })
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
crm-segments-says-like = { $field } looks like { $value }
crm-segments-says-not-like = { $field } does not look like { $value }
crm-segments-says-matches = { $field } matches { $value }
crm-segments-says-does-not-match = { $field } does not match { $value }
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
crm-segments-says-on-or-before = { $field } is on or before { $value }
crm-segments-says-on-or-after = { $field } is on or after { $value }
crm-segments-says-anniversary = { $field } has its anniversary { $value }
crm-segments-says-anniversary-in-the-next = { $field } has its anniversary today or in the next { $value }
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
crm-segments-says-followed = { $first } was followed by { $then } within { $span }
crm-segments-says-not-followed = { $first } was not followed by { $then } within { $span }
crm-segments-any-event = anything
crm-segments-first-of = the first time of { $name }
crm-segments-last-of = the last time of { $name }
crm-segments-where = { $clause } where { $word }
crm-segments-since = { $clause } from { $word } on
crm-segments-up-to = { $clause } until { $word }
crm-segments-says-event-at-least = { $times ->
    [one] { $name } happened at least once
   *[other] { $name } happened at least { $times } times
}
crm-segments-says-event-at-most = { $times ->
    [one] { $name } happened at most once
   *[other] { $name } happened at most { $times } times
}
crm-segments-says-event-exactly = { $times ->
    [one] { $name } happened exactly once
   *[other] { $name } happened exactly { $times } times
}
crm-segments-says-event-never = { $name } never happened
crm-segments-says-event-days-at-least = { $times ->
    [one] { $name } happened on at least one day
   *[other] { $name } happened on at least { $times } days
}
crm-segments-says-event-days-at-most = { $times ->
    [one] { $name } happened on at most one day
   *[other] { $name } happened on at most { $times } days
}
crm-segments-says-event-days-exactly = { $times ->
    [one] { $name } happened on exactly one day
   *[other] { $name } happened on exactly { $times } days
}
crm-segments-says-event-days-never = { $name } happened on no day
crm-segments-says-page-at-least = { $times ->
    [one] a page was visited at least once
   *[other] a page was visited at least { $times } times
}
crm-segments-says-page-at-most = { $times ->
    [one] a page was visited at most once
   *[other] a page was visited at most { $times } times
}
crm-segments-says-page-exactly = { $times ->
    [one] a page was visited exactly once
   *[other] a page was visited exactly { $times } times
}
crm-segments-says-page-never = a page was never visited
crm-segments-says-records-at-least = { $times ->
    [one] has at least one of { $name }
   *[other] has at least { $times } of { $name }
}
crm-segments-says-records-at-most = { $times ->
    [one] has at most one of { $name }
   *[other] has at most { $times } of { $name }
}
crm-segments-says-records-exactly = { $times ->
    [one] has exactly one of { $name }
   *[other] has exactly { $times } of { $name }
}
crm-segments-says-records-never = has none of { $name }
crm-segments-says-mail-sent-at-least = { $times ->
    [one] mail was sent at least once
   *[other] mail was sent at least { $times } times
}
crm-segments-says-mail-sent-at-most = { $times ->
    [one] mail was sent at most once
   *[other] mail was sent at most { $times } times
}
crm-segments-says-mail-sent-exactly = { $times ->
    [one] mail was sent exactly once
   *[other] mail was sent exactly { $times } times
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
crm-segments-says-mail-opened-exactly = { $times ->
    [one] mail was opened exactly once
   *[other] mail was opened exactly { $times } times
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
crm-segments-says-mail-clicked-exactly = { $times ->
    [one] mail was clicked exactly once
   *[other] mail was clicked exactly { $times } times
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
crm-segments-says-mail-bounced-exactly = { $times ->
    [one] mail bounced exactly once
   *[other] mail bounced exactly { $times } times
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
crm-segments-topic-subscribed = subscribed
crm-segments-topic-pending = waiting for confirmation
crm-segments-topic-unsubscribed = not subscribed
crm-segments-reason-unsubscribed = unsubscribed
crm-segments-reason-hard-bounce = the address does not exist
crm-segments-reason-complaint = called it spam
crm-segments-reason-manual = blocked by hand
crm-segments-channel-email = E-mail
crm-segments-channel-sms = SMS
crm-segments-channel-push = Push
crm-segments-day-today = today
crm-segments-day-yesterday = yesterday
crm-segments-day-tomorrow = tomorrow
crm-segments-day-ago = { $span } ago
crm-segments-day-ahead = in { $span }
crm-segments-day-first-of = the first day of { $period }
crm-segments-day-last-of = the last day of { $period }
crm-segments-period-last-week = last week
crm-segments-period-this-week = this week
crm-segments-period-next-week = next week
crm-segments-period-last-month = last month
crm-segments-period-this-month = this month
crm-segments-period-next-month = next month
crm-segments-period-last-year = last year
crm-segments-period-this-year = this year
crm-segments-period-next-year = next year

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
crm-segments-field-identified-at = date identified
crm-segments-field-owner = owner
crm-segments-field-stage = stage
crm-segments-field-stage-since = date of the present stage
crm-segments-field-points = points
crm-segments-field-anonymous = anonymous visitor
crm-segments-field-identifiers = number of identifiers
crm-segments-field-random = random number below 100
crm-segments-field-do-not-contact-email = reason against e-mail
crm-segments-field-do-not-contact-sms = reason against SMS
crm-segments-field-do-not-contact-push = reason against push
crm-segments-field-page = page visited
crm-segments-field-event = event, how often
crm-segments-field-event-days = event, on how many days
crm-segments-field-event-first = event, the first time
crm-segments-field-event-last = event, the last time
crm-segments-field-event-sequence = event, then another
crm-segments-record-name = name
crm-segments-record-external-id = external ID
crm-segments-record-role = role of the contact
crm-segments-record-created-at = date created
crm-segments-record-updated-at = date last changed
crm-segments-record-linked-at = date linked
crm-segments-record-owner = owner
crm-segments-record-primary = main one
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
crm-segments-operator-like = looks like (% and _)
crm-segments-operator-not-like = does not look like
crm-segments-operator-matches = matches the expression
crm-segments-operator-does-not-match = does not match
crm-segments-operator-more-than = is more than
crm-segments-operator-at-least = at least
crm-segments-operator-less-than = is less than
crm-segments-operator-at-most = at most
crm-segments-operator-exactly = exactly
crm-segments-operator-between = is between
crm-segments-operator-not-between = is not between
crm-segments-operator-on = is on
crm-segments-operator-not-on = is not on
crm-segments-operator-before = is before
crm-segments-operator-after = is after
crm-segments-operator-on-or-before = is on or before
crm-segments-operator-on-or-after = is on or after
crm-segments-operator-anniversary = has its anniversary
crm-segments-operator-anniversary-in-the-next = has its anniversary in the next
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
crm-segments-operator-followed = was followed by
crm-segments-operator-not-followed = was not followed by
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
crm-segments-problem-expected-day = Enter a day such as 2026-05-31, or choose one.
crm-segments-problem-expected-point = Enter a day such as 2026-05-31, or choose one. A time such as 2026-05-31T12:00:00Z is fine too.
crm-segments-problem-expected-span = Enter a whole number, at least 1 and at most about a century.
crm-segments-problem-expected-days = This field has no hours. Choose days, weeks, months or years.
crm-segments-problem-expected-segment = Choose a segment.
crm-segments-problem-unusable-segment = Choose a segment that exists and does not depend on this one.
crm-segments-problem-expected-subscription = Choose a state.
crm-segments-problem-expected-times = Enter a whole number from 1 to 10,000.
crm-segments-problem-expected-campaign = Choose a campaign.
crm-segments-problem-expected-pattern = Enter an expression of at most 200 characters: letters, ., [a-z], ^, $, (…), | and * + ? {"{"}2,3{"}"}. Nothing else is sure to be fast.
crm-segments-problem-expected-id = Choose one that exists.
crm-segments-problem-expected-state = Choose a state.
crm-segments-problem-expected-event = Enter the name of an event.
crm-segments-problem-expected-type = Choose what the property holds.
crm-segments-problem-expected-channel = Choose a channel.
crm-segments-problem-expected-gap = Enter the time in hours, days or weeks.

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
crm-segments-match-one = Exactly one of
crm-segments-match-none = None of
crm-segments-joiner-all = and
crm-segments-joiner-any = or
crm-segments-joiner-one = or else
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
crm-segments-group-reach = Topics and consent
crm-segments-group-events = Events and pages
crm-segments-group-records = Companies and other records
crm-segments-group-record = Record
crm-segments-add-filter = Narrow down
crm-segments-filter = Only those
crm-segments-event-name = Event
crm-segments-then-name = Then
crm-segments-gap = Within
crm-segments-property = Property
crm-segments-property-hint = total, or cart.total
crm-segments-type = Holds
crm-segments-type-text = text
crm-segments-type-number = number
crm-segments-type-boolean = yes or no
crm-segments-type-date = date
crm-segments-type-list = list
crm-segments-channel = Channel
crm-segments-seed = Name of the draw
crm-segments-on-date = On the date
crm-segments-category = Category
crm-segments-no-category = None
crm-segments-category-gone = Choose a category that exists.
crm-segments-probe-title = Test a contact
crm-segments-probe = Contact
crm-segments-probe-help = An e-mail address or an ID. Beside the form you see which conditions hold for them.
crm-segments-probe-nobody = There is no such contact.
crm-segments-probe-yes = { $name } belongs to it
crm-segments-probe-no = { $name } does not belong to it
crm-segments-holds = holds
crm-segments-holds-not = does not hold
crm-segments-count-exactly = Count exactly
crm-segments-cost = A rebuild takes
crm-segments-cost-instant = less than a second
crm-segments-cost-seconds = { $seconds ->
    [one] about a second
   *[other] about { $seconds } seconds
}
crm-segments-cost-long = a minute or longer
crm-segments-group-groups = Tags and segments
crm-segments-create = Create segment
crm-segments-save = Save segment

# --- In and out by hand
crm-segments-overrides = In and out by hand
crm-segments-overrides-help = These contacts stand in the segment, or out of it, whatever its rule says.
crm-segments-no-overrides = The rule decides about everybody.
crm-segments-override = Decision
crm-segments-override-at = Since
crm-segments-override-in = always in
crm-segments-override-out = never in
crm-segments-override-who = Contact
crm-segments-override-who-help = An e-mail address or an ID.
crm-segments-override-save = Save
crm-segments-put-in-verb = Always in
crm-segments-take-out-verb = Never in
crm-segments-leave-to-rule = Leave to the rule
crm-segments-put-in = { $name } is in the segment.
crm-segments-taken-out = { $name } is out of the segment.
crm-segments-left-to-rule = The rule decides about { $name } again.
crm-segments-too-many-overrides = At most 1,000 contacts at once.

# --- History
crm-segments-history = History
crm-segments-history-open = Who was in on a given day
crm-segments-history-purpose = How the segment grew, and who was in it on a given day.
crm-segments-history-chart = Members at the end of each day
crm-segments-history-day = Day
crm-segments-history-who = Who was in
crm-segments-history-on = At the end of
crm-segments-history-show = Show
crm-segments-history-members = In at the end of { $day }
crm-segments-history-nobody = Nobody was in the segment then.

# --- Categories
crm-segments-categories = Categories
crm-segments-categories-purpose = Keep segments that belong together in one place.
crm-segments-all-categories = All
crm-segments-no-categories = No categories yet.
crm-segments-category-new = New category
crm-segments-category-create = Create category
crm-segments-category-created = Created the category { $name }.
crm-segments-category-rename = Rename
crm-segments-category-renamed = The category is called { $name } now.
crm-segments-category-delete = Delete
crm-segments-category-delete-title = Delete the category { $name }?
crm-segments-category-delete-text = Its segments stay, in no category.
crm-segments-category-deleted = Deleted the category.
crm-segments-category-taken = Another category has this name.

# --- The live count
crm-segments-preview = Who matches
crm-segments-count = { $count ->
    [one] One contact
   *[other] { $count } contacts
}
crm-segments-estimate = About { $count } ± { $margin }
crm-segments-estimate-help = Estimated from a sample, since counting takes longer. The segment itself is exact.
crm-segments-incomplete = Complete the conditions to see who matches.
crm-segments-sample = Some of them

# --- Answers of the API
crm-segments-search-slow = The search took too long. Make the rule simpler, or make it a segment.
crm-segments-api-changed = Somebody else saved this segment meanwhile. Read it again.
