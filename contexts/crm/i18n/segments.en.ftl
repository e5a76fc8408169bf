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
