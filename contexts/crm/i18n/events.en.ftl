# --- Navigation
crm-nav-events = Events
crm-nav-sources = Sources

# --- Sources
crm-sources-title = Sources
crm-sources-purpose = Sites, apps and servers that send events, each with a write key.
crm-sources-empty = Nothing sends events yet
crm-sources-empty-help = Libraries of Segment, Mautic and Parcelvoy work as they are: give them this address and a write key.
crm-source-new = New source
crm-source-create = Create source
crm-source-created = { $name } can send events now.
crm-source-save = Save source
crm-source-saved = { $name } was saved.
crm-source-section = Source
crm-source-name = Name
crm-source-kind = Kind
crm-source-kind-website = Website
crm-source-kind-website-help = A snippet of 3 KB, or Segment's library for browsers.
crm-source-kind-server = Server
crm-source-kind-server-help = Your own programs, by Segment's libraries or plain HTTP.
crm-source-kind-mobile = App
crm-source-kind-mobile-help = Apps on phones, with their devices and push tokens.
crm-source-kind-mautic = Site with Mautic's snippet
crm-source-kind-mautic-help = Goes on sending as it is: only the address changes.
crm-source-kind-invalid = The kind is one of website, server, mobile, mautic.
crm-source-state = State
crm-source-made = Created
crm-source-is-enabled = Can send
crm-source-is-disabled = Switched off
crm-source-enable = Switch on
crm-source-enabled = { $name } can send again.
crm-source-disable = Switch off
crm-source-disabled = { $name } was switched off. What it sends is rejected.
crm-source-see-events = See its events
crm-source-key = Write key
crm-source-key-help = Public: it lets events in and nothing out.
crm-source-rotate = New key
crm-source-rotate-title = Replace the write key?
crm-source-rotate-text = What is sent with the old key is dropped from now on.
crm-source-rotated = { $name } has a new write key.
crm-source-delete = Delete source
crm-source-delete-title = Delete { $name }?
crm-source-delete-text = Its write key stops working. Events that it sent stay.
crm-source-deleted = The source was deleted.
crm-source-privacy = Privacy
crm-source-privacy-help = Visitors who send Do Not Track or Global Privacy Control are never tracked by the snippet.
crm-source-consent = The snippet waits for consent
crm-source-consent-help = Until the page says that the visitor agrees, nothing is stored and nothing is sent.
crm-source-origins = Pages that may send
crm-source-origins-help = One a line, such as https://www.example.com. Empty lets every page send.
crm-source-handling = How events are handled
crm-source-create-fields = Make fields of unknown traits
crm-source-create-fields-help = Without this, traits that no custom field exists for are left out.
crm-source-strict = Answers say what is wrong
crm-source-strict-help = Otherwise nearly every answer is 200, as Segment has it; what was wrong stands under Events. A request can ask for it with X-Strict-Mode: 1.
crm-source-rate = Events a second
crm-source-rate-help = Ten seconds' worth may come at once. What exceeds it is told to come again.
crm-source-name-invalid = Enter a name of at most 100 characters.
crm-source-name-taken = Another source has this name.
crm-source-origin-invalid = An origin is https:// and a host, without a path. At most 50.
crm-source-rate-invalid = Enter a number between 1 and 1,000,000.
crm-source-too-many = There are { $count } sources already.
crm-source-event = by an event
crm-source-snippet-html = Into the head of your pages
crm-source-snippet-browser = With Segment's library for browsers
crm-source-snippet-node = With Segment's library for Node.js
crm-source-snippet-curl = By plain HTTP
crm-source-snippet-parcelvoy = With Parcelvoy's client API
crm-source-snippet-mautic = In the place of Mautic's snippet

# --- The debugger
crm-events-title = Events
crm-events-purpose = The last 500 calls as they came in, and what became of each.
crm-events-empty = No event has come in yet
crm-events-empty-help = Set up a source, and see its events here as they arrive.
crm-events-none-found = No event fits the filter
crm-event-column-event = Event
crm-event-outcome = Outcome
crm-event-accepted = Accepted
crm-event-repeated = Repeated
crm-event-rejected = Rejected
crm-event-bot = Bot
crm-event-type = Type
crm-event-source = Source
crm-event-by-api = API
crm-event-source-gone = Deleted source
crm-event-contact = Contact
crm-event-see-contact = See contact
crm-event-received = Received
crm-event-name-exactly = Exact name of an event
crm-event-raw = As it came
crm-event-page-view = Viewed a page
crm-event-screen-view = Viewed a screen
crm-event-more-properties = { $count ->
    [one] One more
   *[other] { $count } more
 }

# --- Names of events
crm-event-names-title = Event names
crm-event-names-purpose = What your sources call what people do, and what comes with it.
crm-event-names-empty = No event has come in yet
crm-event-names-empty-help = Names appear here by themselves.
crm-event-column-name = Name
crm-event-column-count = In 30 days
crm-event-column-properties = Properties
crm-event-column-last = Last

# --- Why an event was not taken
crm-event-reason-not-json = The body is not JSON.
crm-event-reason-not-an-object = The event is not a JSON object.
crm-event-reason-event-too-large = An event has at most 32 KB.
crm-event-reason-unknown-type = The type is none of identify, track, page, screen, group, alias.
crm-event-reason-missing-identity = The event does not say whose it is: userId and anonymousId are missing.
crm-event-reason-invalid-identity = An identifier is a text of at most 255 characters.
crm-event-reason-missing-event-name = The event has no name.
crm-event-reason-invalid-event-name = A name has at most 200 characters.
crm-event-reason-reserved-event-name = The platform itself notes events of this name.
crm-event-reason-missing-group-id = The call does not say which group.
crm-event-reason-missing-previous-id = The call does not say what the person was called before.
crm-event-reason-bot = The sender calls itself a program, and is nobody we know.
crm-event-reason-unknown-contact = There is no such contact.
crm-event-reason-source-disabled = The source is switched off.
crm-event-reason-origin-not-allowed = Pages of this origin may not send with this key.
crm-event-reason-unknown-write-key = There is no source with this write key.
crm-event-reason-too-large = A request has at most 500 KB.
crm-event-reason-not-gzip = The body is not packed with gzip.
crm-event-reason-missing-batch = The body has no batch.
crm-event-reason-too-many-events = A request has too many events.
crm-event-reason-too-many-requests = The source sends more than it may. Come again later.
crm-event-reason-unavailable = Nothing was stored. Come again later.
crm-event-reason-events-rejected = Some events were rejected. The others were stored.
crm-event-reason-validation-failed = The body has not the form that this call takes.
crm-event-remark-no-field = left out, since no field exists for it
crm-event-remark-unique-field = left out, since the field tells people apart
crm-event-remark-does-not-fit = left out, since it does not fit
crm-event-remark-not-an-object = left out, since it is not an object
crm-event-remark-invalid-timestamp = not understood; the time of receipt counts
crm-event-remark-invalid-email = not an e-mail address

# --- Conflicts
crm-conflicts-title = Identity conflicts
crm-conflicts-purpose = Events claim that two people whom you know are one. Nobody is merged by that.
crm-conflicts-none = No conflict waits for you
crm-conflicts-waiting = { $count ->
    [one] One identity conflict waits for you
   *[other] { $count } identity conflicts wait for you
 }
crm-conflicts-waiting-help = Events claim that two people are one. They were not merged.
crm-conflicts-see = See conflicts
crm-conflict-counted = Counted for
crm-conflict-other = Claimed to be
crm-conflict-shared = Shared
crm-conflict-since = Since
crm-conflict-anonymous-id = Browser or device
crm-conflict-email = E-mail address
crm-conflict-external-id = External ID
crm-conflict-dismiss = They are two people
crm-conflict-dismissed = Noted: they are two people.
crm-conflict-alert = Perhaps the same person
crm-conflict-alert-text = Events claim it: { $kind } { $value }
crm-contact-anonymous = Anonymous visitor

# --- Devices
crm-devices-title = Devices
crm-device-ios = iOS device
crm-device-android = Android device
crm-device-web = Browser
crm-device-desktop = Computer
crm-device-other = Device
crm-device-push = Push
crm-device-app = App { $version }
crm-device-forget = Forget device
crm-device-forgotten = The device was forgotten.
crm-device-id-invalid = A device ID is a text of at most 255 characters.
crm-device-platform-invalid = The platform is one of ios, android, web, desktop, other.
