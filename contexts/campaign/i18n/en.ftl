campaign-nav = Campaigns

# --- Words that several pages use
campaign-state-draft = Draft
campaign-state-scheduled = Scheduled
campaign-state-launching = Preparing
campaign-state-running = Sending
campaign-state-paused = Paused
campaign-state-completed = Sent
campaign-state-cancelled = Cancelled
campaign-state-refused = Could not start
campaign-state-stale = Overdue
campaign-people = { $count ->
    [one] 1 person
   *[other] { $number } people
}
campaign-segments = { $count ->
    [one] 1 segment
   *[other] { $number } segments
}
campaign-nameless = Somebody without a name
campaign-segment-gone = a segment that was deleted
campaign-back = Back
campaign-more = More
campaign-copy = Make a copy
campaign-copy-name = { $name } (copy)
campaign-copied = This is the copy. It starts as a draft.
campaign-rename = Rename
campaign-delete = Delete

# --- The list
campaign-list-title = Campaigns
campaign-create = Create campaign
campaign-filter = State
campaign-filter-any = All
campaign-filter-draft = Drafts
campaign-filter-scheduled = Scheduled
campaign-filter-under-way = Being sent
campaign-filter-finished = Finished
campaign-list-blank = A campaign sends one mail to everybody in the segments you choose.
campaign-list-blank-help = You see how many people get it before anything is sent.
campaign-list-none = No campaign is in this state.
campaign-list-all = Show all campaigns
campaign-column-name = Campaign
campaign-column-state = State
campaign-column-when = When
campaign-column-sent = Sent
campaign-column-opened = Opened
campaign-column-clicked = Clicked
campaign-column-unsubscribed = Unsubscribed
campaign-changed = Changed

# --- The name
campaign-name = Name
campaign-name-help = Only your team sees it. You can change it at any time.
campaign-new-title = New campaign
campaign-new-submit = Create draft
campaign-rename-title = Rename campaign
campaign-rename-submit = Save name
campaign-renamed = The campaign has a new name.

# --- A draft
campaign-audience = Audience
campaign-content = Mail
campaign-schedule = Schedule
campaign-review = Review
campaign-save = Save draft
campaign-saved = The draft is saved.
campaign-saved-at = Saved
campaign-not-saved = This is not saved yet
campaign-part-complete = Complete
campaign-part-to-do = To do
campaign-include = Send to everybody in
campaign-exclude = But to nobody in
campaign-audience-none = Nobody yet
campaign-no-segments = There are no segments yet.
campaign-no-segments-make = Create segment
campaign-matching = In the audience
campaign-matching-note = everybody in at least one segment, once
campaign-reachable = Reachable
campaign-reachable-note = people who have an e-mail address
campaign-will-receive = Will receive it
campaign-will-receive-note = neither unsubscribed nor suppressed
campaign-template = Template
campaign-template-choose = Choose a template
campaign-template-help = The version that exists at the launch is the one that everybody gets.
campaign-template-open = Open the template
campaign-content-none = No template yet
campaign-templates-none = There is no mail to send yet.
campaign-templates-write = Write a mail
campaign-preview-as = Preview as
campaign-preview-as-help = The mail below is what this person would get.
campaign-preview-title = The mail
campaign-preview-none = Choose a template to see the mail here.
campaign-preview-failed = The mail cannot be shown for this person
campaign-subject = Subject
campaign-schedule-when = When it is sent
campaign-schedule-now = As soon as you launch it
campaign-schedule-now-help = Sending begins within seconds.
campaign-schedule-now-summary = As soon as it is launched
campaign-schedule-at = At a time
campaign-schedule-at-help = It starts by itself.
campaign-schedule-time = Day and time
campaign-schedule-zone = In the time zone { $zone }. A time that comes twice when the clocks go back is the first of the two.
campaign-changed-title = Somebody else changed this campaign while you had it open
campaign-changed-text = Your changes are still in the form. Save once more to replace theirs, or discard yours to see theirs.
campaign-changed-theirs = Discard my changes
campaign-blocked = Mend what is marked as missing, then it can be sent.
campaign-send-to = { $count ->
    [one] Send to 1 person
   *[other] Send to { $number } people
}
campaign-send-now-to = { $count ->
    [one] Send now to 1 person
   *[other] Send now to { $number } people
}
campaign-schedule-for = Schedule for { $time }

# --- Checks
campaign-checks = Checks
campaign-check-ok = In order
campaign-check-blocking = Missing
campaign-check-advisory = Worth knowing
campaign-check-audience = An audience is chosen
campaign-check-audience-not = No audience is chosen
campaign-check-audience-help = Choose at least one segment.
campaign-check-exists = All chosen segments exist
campaign-check-exists-not = A chosen segment was deleted
campaign-check-exists-help = Choose the audience again.
campaign-check-somebody = Somebody will receive it
campaign-check-somebody-not = Nobody would receive it
campaign-check-somebody-help = The segments hold nobody who has an address and may be written to.
campaign-check-template = A template is chosen
campaign-check-template-not = No template is chosen
campaign-check-template-help = Choose what everybody gets.
campaign-check-usable = The template can be sent
campaign-check-usable-not = The chosen template cannot be sent
campaign-check-usable-help = It was deleted, or no version of it is free of errors.
campaign-check-subject = The mail has a subject
campaign-check-subject-not = The mail has no subject
campaign-check-subject-help = Write one in the template.
campaign-check-unsubscribe = The mail has an unsubscribe link
campaign-check-unsubscribe-not = The mail has no unsubscribe link
campaign-check-unsubscribe-help = Every campaign must let people unsubscribe. Add the link to the template.
campaign-check-renders = The mail was rendered for a sample contact
campaign-check-renders-not = The mail cannot be rendered for a sample contact
campaign-check-renders-help = Mend the template.
campaign-check-time = The time lies ahead
campaign-check-time-not = The planned time has gone by
campaign-check-time-help = Choose another time, or send at once.
campaign-check-address = The organization has a postal address
campaign-check-address-not = The organization has no postal address
campaign-check-address-help = The law of many countries wants one in every commercial mail.
campaign-check-domain = Receivers can verify your sending domain
campaign-check-domain-not = Your sending domain is not verified
campaign-check-domain-help = Large receivers refuse or hide bulk mail that they cannot verify. Publish the DKIM record of the domain and check it.
campaign-mend-domain = Verify domain
campaign-check-live = Mail is delivered
campaign-check-live-not = The organization is in test mode
campaign-check-live-help = All of this mail goes to the built-in inbox, and nobody else sees it.
campaign-mend-template = Edit template
campaign-mend-address = Add address
campaign-mend-live = Go live

# --- The last question
campaign-launch-title = Ready to send?
campaign-when = When
campaign-launch-now-text = Who gets it is fixed the moment you press the button. A mail that was sent cannot be taken back.
campaign-launch-schedule-text = Until then you can take it back into draft. Who gets it is fixed when it starts.
campaign-launched = The campaign is on its way.
campaign-scheduled = The campaign is scheduled.
campaign-unschedule = Back to draft
campaign-unscheduled = The campaign is a draft again.
campaign-changed-before-launch = Nothing was sent: somebody changed the campaign after you opened the last page. Look at it again.

# --- Waiting
campaign-summary = Summary
campaign-refused-title = It could not start at { $time }
campaign-refused-text = Take it back into draft to mend that, then send it.
campaign-stale-title = It was due at { $time }, and Mauntic was not running then
campaign-stale-text = That is more than a day ago, so it was not sent by itself. Send it now, or take it back into draft.

# --- Sending
campaign-pause = Pause
campaign-resume = Resume
campaign-cancel = Cancel
campaign-paused = The campaign is paused.
campaign-resumed = The campaign goes on.
campaign-cancelled = The campaign is cancelled.
campaign-paused-title = Sending is paused
campaign-paused-text = What is not sent by { $time } will not be sent any more.
campaign-progress-launching = Writing down who gets it
campaign-progress-running = Sending
campaign-progress-paused = Paused
campaign-cancel-title = Cancel { $name }?
campaign-cancel-sent = { $count ->
    [0] Nobody has got it yet.
    [one] 1 person has got it already.
   *[other] { $number } people have got it already.
}
campaign-cancel-pending = { $count ->
    [0] Nobody is waiting for it.
    [one] 1 person will not get it.
   *[other] { $number } people will not get it.
}
campaign-cancel-text = A cancelled campaign cannot be resumed. Pause it instead if you are not sure.
campaign-cancel-submit = Cancel the campaign
campaign-delete-title = Delete { $name }?
campaign-delete-text = The draft is deleted for good. Nothing was sent, and its segments and its template stay.
campaign-delete-submit = Delete the draft
campaign-deleted = The draft is deleted.

# --- The report
campaign-sent = Sent
campaign-sent-note = of { $number } in the audience
campaign-delivered = Delivered
campaign-opened = Opened
campaign-clicked = Clicked
campaign-unsubscribed = Unsubscribed
campaign-complained = Marked as spam
campaign-bounced = { $count ->
    [0] none came back
    [one] 1 came back
   *[other] { $number } came back
}
campaign-curve = Opens and clicks
campaign-curve-help = People who opened or clicked for the first time
campaign-curve-day = Day
campaign-curve-hour = Hour
campaign-curve-empty = Nobody has opened it yet.
campaign-links = Links
campaign-link = Address
campaign-link-people = People
campaign-link-clicks = Clicks
campaign-links-empty = Nobody has clicked yet.
campaign-whereabouts = Where everybody is
campaign-whereabouts-help = Each person of the audience stands in exactly one line.
campaign-whereabouts-where = Outcome
campaign-whereabouts-people = People
campaign-whereabouts-share = Share
campaign-row-accepted = Sent
campaign-row-pending = Waiting
campaign-row-suppressed = Unsubscribed or suppressed
campaign-row-failed = Refused by the mail server
campaign-row-held = Held: it is not known whether it was sent
campaign-row-expired = Not sent in time
campaign-row-cancelled = Not sent, since it was cancelled
campaign-row-left = Deleted after the launch
campaign-row-without-address = Without an e-mail address
campaign-row-audience = Audience at the launch
campaign-launched-at = Launched
campaign-finished-at = Finished

# --- What is wrong
campaign-error-name-empty = Give it a name.
campaign-error-name-long = The name can have { $most } characters at most.
campaign-error-name-control = The name has to be one line of ordinary characters.
campaign-error-time-malformed = Choose a day and a time.
campaign-error-time-skipped = The clocks go forward then and skip this time. Choose { $instead } or another time.
campaign-error-time-past = This time has gone by. Choose one that lies ahead.
campaign-error-time-far = Choose a time within a year.
campaign-error-audience-many = Choose { $most } segments at most.
campaign-error-audience-both = A segment is chosen both to get the mail and not to get it.
campaign-error-audience-unknown = A chosen segment does not exist any more. Reload the page.
campaign-error-template = This template does not exist, or has errors. Choose another one.
campaign-error-state = This cannot be done any more: the campaign is in the state “{ $state }”.

# --- What needs you
campaign-attention-refused = { $count ->
    [one] { $name } could not start when its time came.
   *[other] { $count } campaigns could not start when their time came.
}
campaign-attention-stale = { $count ->
    [one] { $name } was due more than a day ago and waits for your word.
   *[other] { $count } campaigns were due more than a day ago and wait for your word.
}

campaign-topic = About
campaign-topic-about = about { $topic }
campaign-topic-none = All marketing
campaign-topic-gone = A topic that was deleted
campaign-topic-help = Only people who hear of the topic get it, and the link to unsubscribe leaves that topic. “All marketing” goes to everybody who has not opted out.
campaign-error-topic = There is no such topic that mail can be about. Choose another one.

# --- Channels
campaign-channel = Channel
campaign-channel-email = E-mail
campaign-channel-sms = Text message
campaign-channel-push = Push notification
campaign-reachable-note-sms = people who have a phone number with + and country code
campaign-reachable-note-push = people with your app on a device
campaign-push-opens = Opens
campaign-parts = { $count ->
    [one] It travels in 1 part. For { $people } people that is { $all } parts to pay for.
   *[other] It travels in { $count } parts. For { $people } people that is { $all } parts to pay for.
}
campaign-check-opt-out = The text says how to get no more of them
campaign-check-opt-out-not = The text does not say how to get no more of them
campaign-check-opt-out-help = Add “Reply STOP to opt out”: carriers ask for it in marketing, and block senders without it.
campaign-whereabouts-help-push = Each device stands in exactly one line, and each person without one.
campaign-row-without-number = Without a phone number
campaign-row-without-device = Without a device
