## Topics

crm-nav-topics = Topics
crm-topics-title = Topics
crm-topics-purpose = What people can be written to about. They choose in the preference centre; campaigns go only to those who hear of their topic.
crm-topics-empty = No topics yet
crm-topics-empty-help = With topics such as “Product news” people can leave one kind of mail without leaving all of them.
crm-topic-new = New topic
crm-topic-new-title = New topic
crm-topic-edit-title = { $name }
crm-topic-section = What people read
crm-topic-section-rules = Consent
crm-topic-section-rules-help = Who hears of it, and what they agreed to.
crm-topic-name = Name
crm-topic-name-help = As it stands in the preference centre.
crm-topic-key = Key
crm-topic-key-help = The word in imports and the API. Made from the name when empty.
crm-topic-key-fixed = Imports and programs use it, so it stays.
crm-topic-description = Description
crm-topic-description-help = One sentence: what comes, and how often.
crm-topic-channels = Channels
crm-topic-initial = At first
crm-topic-opt-in = Opt-in
crm-topic-opt-in-help = Nobody hears of it until they agree.
crm-topic-opt-out = Opt-out
crm-topic-opt-out-help = Everybody hears of it until they leave. Not allowed for marketing in many countries.
crm-topic-double = Double opt-in
crm-topic-double-help = Agreeing counts once the person has pressed a button behind a mail.
crm-topic-public = Shown in the preference centre
crm-topic-public-help = Hidden topics are for lists that people are put on by a rule, such as customers.
crm-topic-hidden = Hidden
crm-topic-text = Words of consent
crm-topic-text-help = What people read when they agree. The ledger keeps the words with each agreement; changing them makes a new version.
crm-topic-subscribed = Subscribed
crm-topic-unsubscribed = Unsubscribed
crm-topic-pending-count = { $count } pending
crm-topic-create = Create topic
crm-topic-save = Save topic
crm-topic-created = { $name } was created.
crm-topic-saved = { $name } was saved.
crm-topic-deleted = The topic was deleted.
crm-topic-up = Move { $name } up
crm-topic-down = Move { $name } down
crm-topic-delete = Delete topic
crm-topic-delete-hint = Shows first what that would do.
crm-topic-delete-title = Delete { $name }?
crm-topic-delete-people = { $subscribed ->
        [one] One person is subscribed
       *[other] { $subscribed } people are subscribed
    }, { $unsubscribed ->
        [one] one has unsubscribed
       *[other] { $unsubscribed } have unsubscribed
    }.
crm-topic-delete-text = Where people stand with it is forgotten, and what they said stays in the ledger. Campaigns about it go to nobody any more, also those that are being sent.
crm-topic-key-taken = Another topic has this key.
crm-topic-too-many = There are 200 topics already.
crm-topic-key-invalid = A key has small letters, digits and _, and begins with a letter.
crm-topic-name-invalid = Give it a name of at most 100 characters.
crm-topic-description-invalid = At most 500 characters.
crm-topic-channels-invalid = Choose at least one channel.
crm-topic-initial-invalid = Say “subscribed” or “unsubscribed”.
crm-topic-text-invalid = At most 5,000 characters.

## Consent of a contact

crm-channel-email = E-mail
crm-channel-sms = Text message
crm-channel-push = Push
crm-consent-title = Consent
crm-consent-now = At present
crm-consent-manage = Proof and changes
crm-consent-no-topics = There are no topics yet
crm-consent-initial = never asked
crm-consent-subscribed = Subscribed
crm-consent-pending = Waits for confirmation
crm-consent-unsubscribed = Not subscribed
crm-consent-granted = Agreed
crm-consent-requested = Asked to confirm
crm-consent-withdrawn = Withdrew
crm-consent-expired = Not confirmed in time
crm-consent-all = All marketing
crm-consent-topic-gone = A deleted topic
crm-consent-preferences = Preference centre
crm-consent-ledger = Ledger
crm-consent-ledger-help = Everything this person said about being written to. Entries are never changed.
crm-consent-empty = Nothing was said yet
crm-consent-empty-help = Agreements and withdrawals from forms, imports, the API and the preference centre stand here with their proof.
crm-consent-what = What
crm-consent-about = Topic
crm-consent-proof = Proof
crm-consent-when = When
crm-consent-channel = Channel
crm-consent-basis = Legal basis
crm-consent-basis-choose = Choose …
crm-consent-basis-help = By what right you write to this person.
crm-consent-basis-missing = Say by what right you write to this person.
crm-consent-wording = Wording
crm-consent-wording-help = The words that the person saw or heard. The topic’s own when empty.
crm-consent-version = (version { $version })
crm-consent-confirmed = Already confirmed elsewhere
crm-consent-confirmed-help = Otherwise a topic with double opt-in first asks by mail.
crm-consent-say = Take down what they said
crm-consent-subscribe = Wants to hear of it
crm-consent-unsubscribe = Does not want to hear of it
crm-consent-take-down = Take down
crm-consent-said-yes = Subscribed, and noted in the ledger.
crm-consent-said-asked = A mail asks the person to confirm it.
crm-consent-said-no = Unsubscribed, and noted in the ledger.
crm-consent-by-preferences = Preference centre
crm-consent-by-form = Form
crm-consent-by-import = Import
crm-consent-by-api = API
crm-consent-by-user = Contact page
crm-consent-by-bulk = Bulk action
crm-consent-by-unsubscribe-link = Unsubscribe link
crm-consent-by-confirmation = Confirmation mail
crm-basis-consent = Consent
crm-basis-legitimate-interest = Legitimate interest
crm-basis-contract = Contract
crm-basis-legal-obligation = Legal obligation
crm-basis-unknown = Unknown
crm-consent-actor-user = by a colleague
crm-consent-actor-api-key = by a program
crm-consent-actor-person = by themselves
crm-consent-actor-system = by the system
crm-preferences-paused = Paused until
crm-preferences-preferred = Prefers

## Do not contact

crm-dnc-card = Do not contact
crm-dnc-card-help = Stops everything but what must be sent, such as receipts.
crm-dnc-on = Not by { $channel }
crm-dnc-do = Do not contact
crm-dnc-lift = May be contacted again
crm-dnc-lift-note = Why it may be lifted
crm-dnc-lift-help = Kept in the log with your name.
crm-dnc-manual = Set by hand
crm-dnc-reason = Reason
crm-dnc-note = Note
crm-dnc-log = Log of do not contact
crm-dnc-log-set = { $channel }: set
crm-dnc-log-lifted = { $channel }: lifted
crm-dnc-set = This person is not contacted there any more.
crm-dnc-lifted = This person may be contacted there again.
crm-dnc-unreachable = This person has no address on that channel.
crm-dnc-was-not-set = Nothing was set on that channel.
crm-dnc-channel-invalid = There is no such channel.
crm-dnc-note-missing = Say why it may be lifted.
crm-dnc-note-invalid = A note has at most 500 characters.
crm-dnc-reason-invalid = The reason is “manual” or “unsubscribed”.

## API

crm-api-subscriptions-number = Send between 1 and 100 statements.
crm-api-topic-unknown = There is no such topic.
crm-api-topic-channel = The topic has no such channel.
crm-api-basis = The basis is “consent”, “legitimate_interest”, “contract”, “legal_obligation” or “unknown”.
crm-api-ip = This is no network address.
crm-api-consent-at = Nobody has said anything in the future.

## Double opt-in

crm-confirm-mail-subject = Please confirm: { $topic }
crm-confirm-mail-text = You asked { $organization } to write to you about “{ $topic }”. Press the button to confirm it; without that nothing is sent.
crm-confirm-mail-button = Yes, write to me
crm-confirm-mail-note = You did not ask for this? Then do nothing, and you will not hear of it.
crm-confirm-page = Confirmation
crm-confirm-title = Shall { $organization } write to you about “{ $topic }”?
crm-confirm-text = Press the button to confirm it. You can change your mind at any time.
crm-confirm-done-title = You will hear of “{ $topic }”
crm-confirm-done-text = Thank you. { $organization } may write to you about it, and every mail has a link to leave.
crm-confirm-over-title = This link is no longer valid
crm-confirm-over-text = It works for seven days. Subscribe to “{ $topic }” again, and { $organization } sends a new one.

## Preference centre

crm-preferences-title = Choose what you get
crm-preferences-link = Choose what you get
crm-preferences-intro = Here you decide what { $organization } writes to { $address }.
crm-preferences-by-email = By e-mail
crm-preferences-by-sms = By text message
crm-preferences-by-push = By push message
crm-preferences-channel = I prefer
crm-preferences-any-channel = No preference
crm-preferences-frequency = How often
crm-frequency-any = As often as there is something
crm-frequency = { $days ->
    [1] { $most ->
        [one] At most once a day
       *[other] At most { $most } times a day
    }
    [7] { $most ->
        [one] At most once a week
       *[other] At most { $most } times a week
    }
    [30] { $most ->
        [one] At most once a month
       *[other] At most { $most } times a month
    }
   *[other] { $most ->
        [one] At most once in { $days } days
       *[other] At most { $most } times in { $days } days
    }
}
crm-preferences-pause = Pause everything until
crm-preferences-pause-help = Nothing is sent before this day. Empty for no pause.
crm-preferences-pause-invalid = Give a day, such as 2026-12-31.
crm-preferences-pause-long = A pause lasts a year at most.
crm-preferences-save = Save
crm-preferences-nothing = Unsubscribe from everything
crm-preferences-come-back = Subscribe again
crm-preferences-saved = Your choice was saved.
crm-preferences-left = You are unsubscribed from everything.
crm-preferences-out = You get no marketing from us
crm-preferences-out-text = Choose a topic and save to hear of it again.
crm-preferences-blocked = Your address is on the list of addresses that are not written to.
crm-preferences-data = Your data
crm-preferences-data-text = You may see everything that is known of you here, and have it erased.
crm-preferences-export = Get my data
crm-preferences-export-text = We send a mail to { $address } with a link to everything that is known of you. It works once, within 24 hours.
crm-preferences-export-send = Send me the link
crm-preferences-export-sent = The mail is on its way
crm-preferences-export-sent-text = Look into the mailbox of { $address }.
crm-preferences-export-no = There is no address
crm-preferences-export-no-text = We know no address that the link could go to. Please write to us.
crm-preferences-export-often = We sent you the link already
crm-preferences-export-often-text = Three links a day go to { $address }. Look into your mailbox, or come back tomorrow.
crm-preferences-erase = Erase my data
crm-preferences-erase-text = { $organization } forgets everything about you: your details, what you were sent, and what you did with it. Only a fingerprint of your address stays, so that you are not written to again. It cannot be undone.
crm-preferences-erase-by-mail = So that nobody else does it for you, we send a mail to { $address } with a link that erases. It works once, within 24 hours.
crm-preferences-erase-sent-text = Look into the mailbox of { $address } and follow the link. Until then nothing is erased.
crm-preferences-erase-sure = Yes, erase everything
crm-preferences-erase-missing = Say that you are sure.
crm-preferences-erase-button = Erase my data
crm-preferences-erased = Your data is being erased
crm-preferences-erased-text = { $organization } knows nothing of you any more in a moment. You can close this page.
crm-preferences-back = Back to what you get

## Export

crm-export-mail-subject = Your data at { $organization }
crm-export-mail-text = You asked { $organization } for everything that is known of you. The button leads there. It works once, within 24 hours.
crm-export-mail-button = Show my data
crm-export-mail-note = You did not ask for this? Then do nothing; nobody has seen anything.
crm-erasure-mail-subject = Erase your data at { $organization }
crm-erasure-mail-text = You asked { $organization } to forget everything about you. The button leads to a page where you confirm it. It works once, within 24 hours.
crm-erasure-mail-button = Erase my data
crm-erasure-mail-note = You did not ask for this? Then do nothing; nothing is erased.
crm-erasure-over-text = It works once, within 24 hours. Ask again in the preference centre.
crm-export-page = Your data
crm-export-title = What { $organization } knows of you
crm-export-once = It is handed over once. Choose whether you want to read it here or to keep it as a file.
crm-export-read = Read it here
crm-privacy-export-download = Download as a file
crm-export-over-title = This link is no longer valid
crm-export-over-text = It works once, within 24 hours. Ask for your data again in the preference centre.
crm-export-contact = Everything that is known
crm-export-contact-note = This is what the person is to get when they ask for their data.
crm-export-part-contact = Who you are
crm-export-part-consents = What you agreed to
crm-export-part-subscriptions = What you get
crm-export-part-events = What you did
crm-export-part-changes = What was changed
crm-export-part-notes = What was noted
crm-export-part-messages = What you were sent
crm-export-part-suppressions = Why you are not written to

## Privacy

crm-nav-privacy = Privacy
crm-privacy-title = Privacy
crm-privacy-purpose = What people see when they decide over their data, and who was erased.
crm-privacy-looks = Preference centre
crm-privacy-looks-help = The page that every mail can lead to by preferences_url, and the link to unsubscribe does.
crm-privacy-name = Name
crm-privacy-name-help = As people know you. The organisation’s name when empty.
crm-privacy-color = Colour
crm-privacy-color-help = Of buttons and links: # and six hexadecimal digits.
crm-privacy-color-invalid = A colour is # and six hexadecimal digits, such as #0b6b78.
crm-privacy-intro = Introduction
crm-privacy-intro-help = Stands above the topics. A built-in sentence when empty.
crm-privacy-mail = Confirmation mail
crm-privacy-mail-help = Goes to whoever agrees to a topic with double opt-in.
crm-privacy-subject = Subject
crm-privacy-text = Text
crm-privacy-text-help = {"{topic}"} and {"{organization}"} are filled in. Built-in words when empty. The button is always there.
crm-privacy-often = How often
crm-privacy-often-help = Marketing beyond this is withheld, over all campaigns. People may choose less in the preference centre.
crm-privacy-frequency = At most, to whoever did not choose
crm-api-frequency-most = From 1 to 1,000 messages.
crm-api-frequency-days = From 1 to 366 days.
crm-privacy-too-long = This is too long.
crm-privacy-save = Save
crm-privacy-saved = Saved.
crm-erasures-title = Erased people
crm-erasures-help = Nothing is left of them but that they are not written to.
crm-erasures-empty = Nobody was erased yet
crm-erasures-empty-help = People erase themselves in the preference centre; you do it on the page of a contact.
crm-erasure-who = Contact
crm-erasure-by = By
crm-erasure-asked = Asked for
crm-erasure-state = State
crm-erasure-done = Erased
crm-erasure-running = Being erased
crm-erasure-title = Erase
crm-erasure-question = Erase { $name } for ever?
crm-erasure-text = Everything that is known of this person goes: details, timeline, consent, notes, mails and what became of them, rows of imported files. Figures of campaigns stay. A fingerprint of the address stays, so that the person is not written to again. Unlike deleting, it cannot be undone by importing them again.
crm-erasure-do = Erase for ever
crm-erasure-begun = The person is being erased. Privacy shows when it is done.
crm-erasure-menu = Erase …
crm-export-menu = Hand over data
