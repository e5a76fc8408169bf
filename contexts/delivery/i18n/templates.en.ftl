### Templates, the built-in inbox, and the pages that mails lead to.

## The list of templates

delivery-templates-title = Templates
delivery-templates-purpose = The mails that campaigns send, written once and filled in for each person.
delivery-templates-search = Search templates
delivery-templates-empty = No templates yet
delivery-templates-empty-help = Start from one of five designs, or from an empty page.
delivery-templates-none-found = No template has these words in its name or subject
delivery-template-new = New template
delivery-template-name = Name
delivery-template-kind = Written in
delivery-template-kind-mjml = MJML
delivery-template-kind-html = HTML
delivery-template-version = Version
delivery-template-updated = Changed
delivery-template-delete = Delete template
delivery-template-delete-title = Delete { $name }?
delivery-template-delete-text = It disappears from all lists. Messages that were planned with it are still sent.
delivery-template-deleted = The template is deleted

## A new template

delivery-template-new-purpose = Give it a name and choose where to start. Everything can be changed afterwards.
delivery-template-name-help = Only you and your colleagues see it.
delivery-template-name-empty = Give the template a name.
delivery-template-name-too-long = Use at most { $limit } characters.
delivery-template-name-control = Line breaks and control characters cannot be part of a name.
delivery-template-name-taken = Another template has this name.
delivery-template-starter = Start from
delivery-template-starter-help = Each is a complete mail that looks right in all common mail programs, on phones too.
delivery-template-starter-unknown = Choose one of the designs.
delivery-template-create = Create template
delivery-form-errors = Some of it cannot be saved yet
delivery-starter-welcome = Welcome
delivery-starter-welcome-help = Greets somebody new and names three first steps.
delivery-starter-newsletter = Newsletter
delivery-starter-newsletter-help = One long read, two short pieces, and a letter around them.
delivery-starter-announcement = Product announcement
delivery-starter-announcement-help = One piece of news with a button, and what it changes.
delivery-starter-invitation = Event invitation
delivery-starter-invitation-help = When, where, what will happen, and a button to accept.
delivery-starter-letter = Plain letter
delivery-starter-letter-help = A few paragraphs, as from one person to another.
delivery-starter-blank-mjml = Empty page in MJML
delivery-starter-blank-mjml-help = A greeting and a footer. MJML becomes HTML that mail programs agree on.
delivery-starter-blank-html = Empty page in HTML
delivery-starter-blank-html-help = A greeting and a footer. Styles are written into the elements for you.

## The editor

delivery-template-settings = Template settings
delivery-template-save = Save
delivery-template-saved = Saved as version { $version }
delivery-template-version-number = Version { $version }
delivery-template-versions = { $count ->
    [one] One version
   *[other] { $count } versions
 }
delivery-template-subject = Subject
delivery-template-subject-help = Can be filled in: {"{{ contact.first_name | default(\"there\") }}"}
delivery-template-preheader = Preheader
delivery-template-preheader-help = What inboxes show after the subject.
delivery-template-body = Body
delivery-template-body-mjml = Body in MJML
delivery-template-body-html = Body in HTML
delivery-template-text = Text part
delivery-template-text-help = For programs that show no HTML. Leave it empty to have it made from the body.
delivery-template-size = Size
delivery-template-older = Version { $version } is in the editor
delivery-template-older-help = Saving makes it the newest version.
delivery-template-outdated = Version { $version } was saved in the meantime
delivery-template-outdated-help = What you wrote is still here and not saved. Saving again puts it on top of that version.
delivery-template-see-newer = Drop mine and open the newest
delivery-template-preview = Preview
delivery-template-preview-as = Filled in for
delivery-template-preview-find = Find a contact
delivery-template-preview-sample = A made-up person
delivery-template-part = Part
delivery-template-part-html = HTML
delivery-template-part-text = Text
delivery-template-does-not-render = It cannot be filled in for this contact
delivery-template-contact-unknown = There is no such contact.

## Mistakes that keep a template from being saved

delivery-template-faults = Mend these to see the preview
delivery-template-fault-at-line = { $part }, line { $line }: { $fault }
delivery-template-fault-in-part = { $part }: { $fault }
delivery-template-fault-syntax = This is not valid: { $detail }.
delivery-template-fault-mjml = This is not valid MJML: { $detail }.
delivery-template-fault-empty = There is nothing here yet.
delivery-template-fault-too-long = Longer than { $detail } bytes.
delivery-template-fault-line-break = Line breaks and control characters are not allowed here.
delivery-template-fault-statement = The statement “{ $detail }” is not available.
delivery-template-fault-filter = The filter “{ $detail }” is not available.
delivery-template-fault-test = The test “{ $detail }” is not available.
delivery-template-fault-function = The function “{ $detail }” is not available.
delivery-template-fault-reserved = Names that begin with two underscores are reserved: { $detail }.
delivery-template-fault-misplaced = The markup cannot carry { $detail } at this place.
delivery-template-fault-link-host = Write out where this link leads up to its first slash; only what follows can be filled in: { $detail }
delivery-template-fault-link-scheme = Links cannot begin with { $detail }:

## Findings of the checks

delivery-template-checks = Checks
delivery-template-checks-fine = All checks passed
delivery-template-check-problem = Problem
delivery-template-check-advice = Advice
delivery-template-check-no-unsubscribe-link = No unsubscribe link. Marketing mail must have one: {"<a href=\"{{ unsubscribe_url }}\">"}
delivery-template-check-no-postal-address = The law of many countries wants your postal address in marketing mail: {"{{ organization.postal_address }}"}
delivery-template-check-http-link = A link is not encrypted: { $detail }
delivery-template-check-relative-link = A link has no host and leads nowhere from a mail: { $detail }
delivery-template-check-image-without-alt = An image has no alternative text: { $detail }
delivery-template-check-removed = Taken out, since mail programs do not allow it: { $detail }
delivery-template-check-too-large = { $detail } kB of HTML. Gmail cuts mails off at 102 kB.
delivery-template-check-no-subject = The subject is empty
delivery-template-check-long-subject = The subject has { $detail } characters; phones show about 40
delivery-template-check-unknown-variable = Nothing is called { $detail }
delivery-template-check-empty-variable = Empty here: { $detail }

## Tests

delivery-template-test = Send test
delivery-template-test-help = Sends version { $version } as it is saved, with [Test] before the subject, untracked and outside of all statistics.
delivery-template-test-to = To
delivery-template-test-to-help = Up to { $limit } addresses, separated by commas or lines.
delivery-template-test-send = Send test
delivery-template-test-sent = { $count ->
    [one] One test is on its way
   *[other] { $count } tests are on their way
 }
delivery-template-test-none = Enter at least one address.
delivery-template-test-too-many = Enter at most { $limit } addresses.
delivery-template-test-invalid = “{ $address }” is not an address.

## The built-in inbox

delivery-inbox-title = Inbox
delivery-inbox-purpose = Mail that was caught instead of being sent, as its recipients would see it.
delivery-inbox-search = Search recipients and subjects
delivery-inbox-empty = Nothing was caught yet
delivery-inbox-empty-help = In test mode all mail ends up here. Send a test of a template, or launch a campaign.
delivery-inbox-none-found = No message has these words in its recipient or subject
delivery-inbox-empty-button = Empty inbox
delivery-inbox-empty-title = Throw all caught mail away?
delivery-inbox-empty-text = Statistics stay; the messages themselves cannot be brought back.
delivery-inbox-emptied = { $count ->
    [one] One message was thrown away
   *[other] { $count } messages were thrown away
 }
delivery-inbox-subject = Subject
delivery-inbox-no-subject = No subject
delivery-inbox-from = From
delivery-inbox-to = To
delivery-inbox-size = Size
delivery-inbox-received = Caught
delivery-inbox-sides = Parts of the message
delivery-inbox-html = HTML
delivery-inbox-text = Text
delivery-inbox-headers = Headers
delivery-inbox-links = Links
delivery-inbox-source = Download source
delivery-inbox-no-html = The message has no HTML part
delivery-inbox-no-text = The message has no text part
delivery-inbox-no-links = The message has no links
delivery-inbox-header-name = Header
delivery-inbox-header-value = Value
delivery-inbox-link-words = Link
delivery-inbox-link-no-words = No words
delivery-inbox-link-leads = Leads to
delivery-inbox-link-tracked = Counted
delivery-inbox-link-counted = Clicks are counted
delivery-inbox-link-plain = Direct
delivery-inbox-link-open = Open

## Unsubscribing

delivery-unsubscribe-page = Unsubscribe
delivery-unsubscribe-title = Get no more mail from { $organization }?
delivery-unsubscribe-text = We will not write to { $address } again.
delivery-unsubscribe-button = Unsubscribe
delivery-unsubscribe-topic-title = No more of “{ $topic }”?
delivery-unsubscribe-topic-text = { $organization } will not write to { $address } about it again. You go on getting what else you chose.
delivery-unsubscribe-topic-button = Unsubscribe from { $topic }
delivery-unsubscribe-left-title = You are unsubscribed from “{ $topic }”
delivery-unsubscribe-left-text = { $organization } will not write to { $address } about it again. If that was a mistake, you can take it back.
delivery-unsubscribe-everything = Unsubscribe from everything
delivery-unsubscribe-preferences = Choose what you get
delivery-unsubscribe-done-title = You are unsubscribed
delivery-unsubscribe-done-text = { $organization } will not write to { $address } again. If that was a mistake, you can take it back.
delivery-resubscribe-button = Subscribe again
delivery-unsubscribe-blocked-title = You get no mail from { $organization }
delivery-unsubscribe-blocked-text = { $address } is on the list of addresses that are not written to. There is nothing left to do.
delivery-unsubscribe-test-title = This link belongs to a test
delivery-unsubscribe-test-text = In a mail from { $organization } to a real recipient it unsubscribes them. Here it changes nothing.
delivery-unsubscribe-unknown-title = You get no mail from { $organization }
delivery-unsubscribe-unknown-text = Your address is not known here any more.
