### Providers, sending domains, the suppression list, and messages.

delivery-cancel = Cancel

## Providers

delivery-providers-title = Providers
delivery-providers-purpose = Accounts that your messages go out over. For mail and for text messages the first one that works is used; the others stand in.
delivery-providers-empty = No account yet
delivery-providers-empty-help = Add an account of your mail service, send yourself a test, and your mail can leave this server.
delivery-providers-test-mode = Test mode: mail goes to the built-in inbox
delivery-providers-test-mode-help = Nothing goes out over these accounts until the organization goes live, except the tests that you send to yourself here.
delivery-providers-go-live = See what is missing
delivery-provider-new = New account
delivery-provider-new-purpose = Choose how your mail service takes mail. Every service takes it over SMTP, and shows these values under “SMTP” or “Relay”.
delivery-provider-kind = Kind
delivery-provider-kind-smtp = SMTP
delivery-provider-kind-ses = Amazon SES
delivery-provider-kind-sendgrid = SendGrid
delivery-provider-kind-mailgun = Mailgun
delivery-provider-kind-stays = An account cannot become one of another kind. Add a new one.
delivery-provider-field-foreign = Accounts of this kind have no such field.
delivery-provider-create = Add account
delivery-provider-added = The account is added. Send yourself a test to see whether it works.
delivery-provider-save = Save changes
delivery-provider-saved = Saved. Send yourself a test to see whether it works.
delivery-provider-state = State
delivery-provider-active = Active
delivery-provider-is-paused = Paused
delivery-provider-used-first = Used first
delivery-provider-pause = Pause
delivery-provider-paused = The account is paused
delivery-provider-paused-by = Paused by { $name }
delivery-provider-paused-by-program = Paused by a program
delivery-provider-paused-title = This account sends nothing
delivery-provider-paused-text = { $reason }. Mend what is wrong, then resume it. Messages wait until then, or go out over another account.
delivery-provider-resume = Resume
delivery-provider-resumed = The account sends again
delivery-provider-prefer = Use first
delivery-provider-preferred = This account is used first now

delivery-provider-server = Server
delivery-provider-server-help = Where mail is handed over.
delivery-provider-name = Name
delivery-provider-name-help = Only you and your colleagues see it.
delivery-provider-name-empty = Give the account a name.
delivery-provider-name-too-long = Use at most { $count } characters.
delivery-provider-name-control = Line breaks and control characters cannot be part of a name.
delivery-provider-name-taken = Another account has this name.
delivery-provider-host = Host
delivery-provider-host-example = smtp.example.com
delivery-provider-host-invalid = Enter the name of a server, such as smtp.example.com, or an IP address.
delivery-provider-host-private = This host is on a private network. Only whoever runs this installation can allow that.
delivery-provider-port = Port
delivery-provider-port-help = Usually 587 with STARTTLS and 465 with TLS.
delivery-provider-port-invalid = Enter a port from 1 to 65535.
delivery-provider-security = Encryption
delivery-provider-security-help = Certificates are always checked.
delivery-provider-security-tls = TLS
delivery-provider-security-start-tls = STARTTLS
delivery-provider-security-none = None
delivery-provider-certificates = Trusted certificates
delivery-provider-certificates-help = Only for servers whose certificate no public authority has signed: theirs, in PEM.
delivery-provider-certificates-invalid = Paste a certificate in PEM, which begins with “-----BEGIN CERTIFICATE-----”.

delivery-provider-signing-in = Signing in
delivery-provider-signing-in-help = Leave both fields empty for a relay that lets you in without.
delivery-provider-username = User name
delivery-provider-username-help = Often your e-mail address, or a word such as “apikey”.
delivery-provider-username-invalid = A user name has at most 255 characters and no line breaks.
delivery-provider-password = Password
delivery-provider-password-help = Stored encrypted and never shown again.
delivery-provider-password-kept = A password is stored. Leave this empty to keep it.
delivery-provider-password-remove = Remove the stored password
delivery-provider-password-invalid = A password has at most { $count } characters and no line breaks.
delivery-provider-password-needed = You changed where or how the password would be sent. Enter it again.

delivery-provider-account = Account
delivery-provider-account-help = Where the mail is handed over.
delivery-provider-region = Region
delivery-provider-region-help = Where the account is. A key works in its own region only.
delivery-provider-region-global = Global
delivery-provider-region-eu = European Union
delivery-provider-region-us = United States
delivery-provider-region-invalid = Choose a region of this service.
delivery-provider-ses-region-example = eu-west-1
delivery-provider-ses-region-help = In which you set SES up, such as eu-west-1.
delivery-provider-configuration-set = Configuration set
delivery-provider-configuration-set-help = The set whose rules apply to this mail. Leave it empty for none.
delivery-provider-configuration-set-invalid = Use at most 64 letters, digits, hyphens and underscores.
delivery-provider-mailgun-domain = Sending domain
delivery-provider-mailgun-domain-example = mg.example.com
delivery-provider-mailgun-domain-help = As it is called at Mailgun.
delivery-provider-domain-invalid = Enter a domain, such as mg.example.com.
delivery-provider-base-url = Other address
delivery-provider-base-url-help = Only for a gateway of your own in front of the service. Leave it empty to reach the service itself.
delivery-provider-base-url-invalid = Enter the start of a web address, such as https://mail.example.com, without a user name or a question mark.
delivery-provider-base-url-private = This address is on a private network or at a port that is not allowed. Only whoever runs this installation can allow that.
delivery-provider-base-url-unencrypted = The address has to begin with https://, or others could read your key on the way.

delivery-provider-key-section = Key
delivery-provider-key-section-help = You make it in the console of the service.
delivery-provider-access-key = Access key ID
delivery-provider-access-key-help = Of a user who may do ses:SendEmail and ses:SendRawEmail.
delivery-provider-access-key-invalid = Enter the ID of an access key, such as AKIAIOSFODNN7EXAMPLE.
delivery-provider-secret-access-key = Secret access key
delivery-provider-api-key = API key
delivery-provider-key-help = Stored encrypted and never shown again.
delivery-provider-sendgrid-key-help = It needs the permission “Mail Send”. Stored encrypted and never shown again.
delivery-provider-key-kept = A key is stored. Leave this empty to keep it.
delivery-provider-key-missing = Enter the key: nothing can be sent without it.
delivery-provider-key-invalid = A key has at most { $count } characters, and no spaces or letters with accents among them.
delivery-provider-key-needed = You changed where the key would be sent or what it belongs to. Enter it again.

delivery-provider-limits = Limits
delivery-provider-limits-help = The defaults suit most services.
delivery-provider-connections = Connections at the same time
delivery-provider-connections-help = 1 to 50, for each engine.
delivery-provider-requests = Requests at the same time
delivery-provider-connections-invalid = Enter a number from 1 to 50.
delivery-provider-per-connection = Messages per connection
delivery-provider-per-connection-help = After so many, a connection is closed and another one opened.
delivery-provider-per-connection-invalid = Enter a number from 1 to 10,000.
delivery-provider-per-second = Messages per second
delivery-provider-per-second-help = At most. Leave it empty to send as fast as they are taken.
delivery-provider-per-second-invalid = Enter a number from 1 to 100,000, or nothing.

delivery-provider-test = Send test
delivery-provider-test-help = A test signs in and sends one mail to your own address.
delivery-provider-last-test = Last test
delivery-provider-never-tested = Not tested yet
delivery-provider-test-passed = Passed
delivery-provider-test-failed = Failed
delivery-provider-test-done = The server took the test. Look for it at { $address }.
delivery-provider-test-failed-at = { $phase }: { $said }
delivery-provider-test-address = This is not an e-mail address. It looks like name@example.com.
delivery-provider-test-subject = [Test] Mail from { $organization } over { $provider }
delivery-provider-test-text = This mail came over the account “{ $provider }” of { $organization }. If you can read it, the account works.

delivery-provider-delete = Delete account
delivery-provider-delete-help = Its password or key is deleted with it. What was sent stays in the reports.
delivery-provider-delete-title = Delete { $name }?
delivery-provider-delete-text = Mail that waits goes out over your other accounts. When there is none, it waits until you add one.
delivery-provider-deleted = The account is deleted

## Steps of a conversation with a mail server

delivery-phase-connect = Connecting
delivery-phase-greeting = Greeting
delivery-phase-tls = Encryption
delivery-phase-auth = Signing in
delivery-phase-mail-from = Sender
delivery-phase-rcpt-to = Recipient
delivery-phase-data = Start of the message
delivery-phase-body = Sending the message
delivery-phase-acceptance = After the message

## Sending domains

delivery-domains-title = Domains
delivery-domains-purpose = Who your mail is from, and what it is signed with.
delivery-domains-empty = No domain yet
delivery-domains-empty-help = Mail comes from an address of a domain of yours. Add one and publish its records, so that receivers trust it.
delivery-domain-new = New domain
delivery-domain-new-purpose = You need access to its DNS to publish a record or two.
delivery-domain-create = Add domain
delivery-domain-added = The domain is added. Publish its records next.
delivery-domain-save = Save sender
delivery-domain-saved = The sender is saved
delivery-domain-state = State
delivery-domain-is-default = Mail is sent from it
delivery-domain-is-spare = Not in use
delivery-domain-is-paused = Paused
delivery-domain-paused-title = Nothing is sent from this domain
delivery-domain-paused-text = A receiver refused it: { $reason }. Check the records below, then resume.
delivery-domain-pause-by-program = A domain is paused only when receivers refuse it. To send from another one, make that the default.
delivery-domain-resume = Resume
delivery-domain-resumed = Mail is sent from it again
delivery-domain-prefer = Send from this domain
delivery-domain-preferred = Mail is sent from this domain now
delivery-domain-default-needed = Make another domain the default instead.

delivery-domain-domain = Domain
delivery-domain-domain-help = The part of your address after the @.
delivery-domain-domain-example = example.com
delivery-domain-invalid = Enter a domain such as example.com. Names outside a to z are written in punycode.
delivery-domain-taken = This domain is set up already.
delivery-domain-make-default = Send from this domain
delivery-domain-make-default-help = The first domain is used in any case.
delivery-domain-sender = Sender
delivery-domain-sender-help = What people see in their inbox.
delivery-domain-from-name = Name
delivery-domain-from-name-help = A name that people know you by.
delivery-domain-name-invalid = Use at most 100 characters and no line breaks.
delivery-domain-local = Address before the @
delivery-domain-local-help = For example “news” or “hello”.
delivery-domain-local-invalid = Enter the part before the @: letters, digits, dots and dashes.
delivery-domain-reply-to = Answers go to
delivery-domain-reply-to-help = Leave it empty to get them at the sender’s address.
delivery-domain-reply-to-invalid = This is not an e-mail address. It looks like name@example.com.

delivery-domain-signing = Signing
delivery-domain-signing-help = Large receivers refuse or hide mail that is not signed with DKIM.
delivery-domain-unsigned = Not signed
delivery-domain-unsigned-help = Gmail, Yahoo and Outlook refuse or hide unsigned bulk mail. Make keys and publish their records.
delivery-domain-key-kind = Key
delivery-domain-key-rsa = RSA, 2048 bits
delivery-domain-key-rsa-help = Every receiver verifies it.
delivery-domain-key-ed25519 = Ed25519
delivery-domain-key-ed25519-help = A short record, and faster. Some receivers ignore it.
delivery-domain-key-none = No key
delivery-domain-key-none-help = Mail goes out unsigned, or your mail service signs it itself.
delivery-domain-key-unknown = Choose one of the keys.
delivery-domain-selector = Selector
delivery-domain-selector-help = Tells this key from others of the domain. It becomes part of the record’s name; of two keys, the second one gets “-ed” behind it.
delivery-domain-selector-invalid = Use letters, digits, dashes and dots.
delivery-domain-selector-taken = A key of this domain has or had this selector. Choose another one.
delivery-domain-key-make = Make keys
delivery-domain-key-made = The keys are made. Publish their records next.
delivery-domain-key-remove = Stop signing
delivery-domain-key-remove-help = Mail of this domain goes out unsigned. Leave the records in place for a week.
delivery-domain-key-removed = Mail of this domain is not signed any more

delivery-records-title = DNS records
delivery-records-help = Enter them where the domain’s DNS is managed. Nothing secret is in them.
delivery-records-zone = For a zone file
delivery-record-type = Type
delivery-record-name = Name
delivery-record-value = Value

delivery-domain-delete = Delete domain
delivery-domain-delete-help = Its keys are deleted with it.
delivery-domain-delete-title = Delete { $name }?
delivery-domain-delete-text = When mail is sent from it now, another of your domains takes its place. When there is none, mail waits until you add one.
delivery-domain-deleted = The domain is deleted

## The suppression list

delivery-suppressions-title = Suppressions
delivery-suppressions-purpose = Addresses that get no mail, and why. The list is checked before each message.
delivery-suppressions-search = Find addresses that begin with…
delivery-suppressions-any-reason = Any reason
delivery-suppressions-empty = No address is suppressed
delivery-suppressions-empty-help = People who unsubscribe and addresses that do not exist are put here by themselves. You can add others.
delivery-suppressions-none-found = No suppressed address fits
delivery-suppressions-add = Add addresses
delivery-suppressions-add-purpose = They get no mail from the moment you add them.
delivery-suppressions-add-addresses = Addresses
delivery-suppressions-add-addresses-help = E-mail addresses, or telephone numbers with + and country code. One a line, or with commas between. Up to 10,000; import a file for more.
delivery-suppressions-add-reason-help = People who unsubscribed still get receipts; all others get nothing.
delivery-suppressions-add-note-help = In your own words, for whoever asks later. May be empty.
delivery-suppressions-add-submit = Suppress addresses
delivery-suppressions-add-none = Enter at least one address.
delivery-suppressions-add-too-many = Add at most { $limit } at a time.
delivery-suppressions-add-wrong = { $count ->
    [one] One of them is not an e-mail address: { $list }. Nothing was added.
   *[other] { $count } of them are not e-mail addresses: { $list }. Nothing was added.
 }
delivery-suppressions-add-wrong-one = “{ $text }” in line { $position }
delivery-suppressions-added = { $added ->
    [0] All of these addresses were on the list already
    [one] One address is suppressed now
   *[other] { $added } addresses are suppressed now
 }{ $already ->
    [0] {""}
   *[other] {" "}({ $already } known before)
 }
delivery-suppression-address = Address
delivery-suppression-reason = Reason
delivery-suppression-reason-unknown = There is no such reason.
delivery-suppression-note = Note
delivery-suppression-since = Since
delivery-suppression-message = Message
delivery-suppression-message-link = Show
delivery-suppression-messages = Messages to it
delivery-suppression-unsubscribed = Unsubscribed
delivery-suppression-hard-bounce = No such mailbox
delivery-suppression-soft-bounces = Mailbox full or abandoned
delivery-suppression-complaint = Called it spam
delivery-suppression-manual = Added by hand
delivery-suppression-free = Not suppressed
delivery-suppression-free-text = This address may be written to
delivery-suppression-suppressed = Suppressed
delivery-suppression-why = Why it gets no mail
delivery-suppression-wish = This is the person’s own wish
delivery-suppression-wish-help = Take the address off the list only when they asked you to. Keep what they wrote.
delivery-suppression-remove = Take off the list
delivery-suppression-remove-help = The next campaign can reach the address again.
delivery-suppression-remove-which = Which reason
delivery-suppression-remove-all = All reasons
delivery-suppression-remove-why = Why is it taken off the list?
delivery-suppression-remove-why-help = Kept in the log below for good.
delivery-suppression-released = { $address } may be written to again
delivery-suppression-still-there = Another reason keeps { $address } on the list
delivery-suppression-log = What happened to it
delivery-suppression-log-empty = Nothing yet
delivery-suppression-log-added = Suppressed: { $reason }
delivery-suppression-log-removed = Taken off the list: { $reason }
delivery-suppression-by-you = By you
delivery-suppression-by-person = By a colleague
delivery-suppression-by-program = By the program, or by a link in a mail
delivery-remark-too-short = Write at least { $count } characters.
delivery-remark-too-long = Use at most { $count } characters.
delivery-remark-control = Remove invisible characters.

## Messages

delivery-messages-title = Messages
delivery-messages-purpose = Every mail to one person, where it stands, and why.
delivery-messages-search = Find by address…
delivery-messages-any-state = Any state
delivery-messages-filter-unknown = There is no such state or campaign.
delivery-messages-empty = No messages yet
delivery-messages-empty-help = Each mail of a campaign and each test appears here as soon as it is planned.
delivery-messages-none-found = No message fits
delivery-messages-of-campaign = Of one campaign
delivery-message-campaign-link = Open the campaign
delivery-message-to = To
delivery-message-state = State
delivery-message-at = Changed
delivery-message-source = Sent for
delivery-message-source-campaign = Campaign
delivery-message-source-service = Confirmation
delivery-message-source-test = Test
delivery-message-erased = A deleted person
delivery-message-see-mail = See the mail
delivery-message-why = Why
delivery-message-timeline = What happened
delivery-message-facts = About this message
delivery-message-contact = Contact
delivery-message-template = Template
delivery-message-stream = Promise
delivery-message-stream-marketing = Sent at most once
delivery-message-stream-transactional = Sent at least once
delivery-message-created = Planned
delivery-message-expires = To be sent by
delivery-message-id = Id
delivery-message-suppression-link = See why the address is suppressed

delivery-state-queued = Waiting
delivery-state-sending = Being sent
delivery-state-deferred = Trying again
delivery-state-held = Held
delivery-state-accepted = Sent
delivery-state-delivered = Delivered
delivery-state-bounced = Bounced
delivery-state-complained = Called spam
delivery-state-failed = Failed
delivery-state-suppressed = Suppressed
delivery-state-expired = Expired
delivery-state-cancelled = Cancelled

delivery-why-queued = It waits for its turn.
delivery-why-paused = Its campaign is paused. It goes out when somebody resumes it.
delivery-why-stopped-content = Its campaign was paused, since too many of its messages cannot be rendered or are refused for their content.
delivery-why-stopped-policy = Its campaign was paused, since receivers refuse too many of its messages by policy.
delivery-why-sending = It is being handed over to the mail server at this moment.
delivery-why-deferred = The mail server asked to come back later: { $said }. The next try is at { $time }.
delivery-why-held = After the whole message had been sent, the connection broke or the server failed before it confirmed it. Nobody knows whether it arrived. Marketing mail is sent at most once, so it is kept until you decide.
delivery-why-accepted = The mail server took it over: { $said }.
delivery-why-caught = The organization was in test mode, so the built-in inbox caught it.
delivery-why-marked-sent = It is not known whether it arrived. Somebody decided that it counts as sent.
delivery-why-delivered = The receiver confirmed that it arrived.
delivery-why-bounced = It was sent and came back: { $said }.
delivery-why-complained = The person called it spam. Their address is suppressed.
delivery-why-failed = The mail server refused it for good: { $said }.
delivery-why-failed-hard-bounce = There is no such mailbox: { $said }. The address is suppressed, so that it is not tried again.
delivery-why-failed-inactive = The mailbox is full or abandoned: { $said }.
delivery-why-failed-policy = The receiver refuses it by its policy: { $said }. Look at the reputation of your domain and of your mail service.
delivery-why-failed-content = The receiver refuses its content or its size: { $said }.
delivery-why-failed-template = The template cannot be rendered for this person. Preview it as them to see why.
delivery-why-failed-crashes = Engines stopped again and again while they worked on it, so it was given up.
delivery-why-nothing-said = no reason was given
delivery-why-frequency = The person has chosen how often they want to hear from you, and had heard as often already. Nothing was sent.
delivery-why-no-consent = When it was this message’s turn, the person no longer wanted to hear of it, had paused everything, or was no contact any more. Nothing was sent.
delivery-why-suppressed = The address is on the suppression list: { $reasons }.
delivery-why-suppressed-then = The address was on the suppression list when it was this message’s turn. It has been taken off since.
delivery-why-expired = It could not be sent by { $time }, so it was dropped.
delivery-why-cancelled = Its campaign was cancelled before it was sent.
delivery-why-given-up = Nobody knows whether it arrived. Somebody decided not to send it again.

delivery-attempt-inbox = The built-in inbox
delivery-attempt-deleted-account = A deleted account
delivery-attempt-accepted = Attempt { $number }: { $account } took it over
delivery-attempt-deferred = Attempt { $number }: { $account } asked to come back later
delivery-attempt-rejected = Attempt { $number }: { $account } refused it
delivery-attempt-not-sent = Attempt { $number }: it was not handed over to { $account }
delivery-attempt-unknown = Attempt { $number }: { $account } did not say whether it took it over
delivery-attempt-running = Attempt { $number }: it is being handed over to { $account }
delivery-attempt-phase = At the step: { $phase }
delivery-attempt-account-link = Open the account
delivery-class-not-sent = Nothing was handed over
delivery-class-ambiguous = The outcome is unknown
delivery-class-deferred = Not now
delivery-class-rate = Too fast: the account is used more slowly for a while
delivery-class-hard-bounce = No such mailbox
delivery-class-inactive = The mailbox is full or abandoned
delivery-class-authentication = The sending domain fails the receiver’s checks
delivery-class-account = The account is not let in
delivery-class-policy = Refused by policy
delivery-class-content = Too large, or the content is refused
delivery-class-rejected = Refused
delivery-resolution-held = Held, since it may not be sent twice
delivery-resolution-resent = Sent again
delivery-resolution-marked-sent = Counted as sent
delivery-moment-created = Planned
delivery-moment-opened = First opened
delivery-moment-clicked = First clicked

delivery-held-send-again = Send again
delivery-held-send-again-title = Send this message again?
delivery-held-send-again-text = If it did arrive the first time, the person gets it twice.
delivery-held-mark-sent = Count as sent
delivery-held-give-up = Give up
delivery-held-over = It cannot be sent again
delivery-held-over-help = Its campaign was cancelled, or the time by which it had to be sent is over.
delivery-held-decision-unknown = Choose what becomes of it.
delivery-held-nothing = Nothing was changed: none of these messages is held any more
delivery-held-nothing-to-send = Nothing was changed: none of these messages is held any more, or their campaigns send no more
delivery-held-sent-again = { $count ->
    [one] One message is sent again
   *[other] { $count } messages are sent again
 }
delivery-held-marked-sent = { $count ->
    [one] One message counts as sent
   *[other] { $count } messages count as sent
 }
delivery-held-given-up = { $count ->
    [one] One message is given up
   *[other] { $count } messages are given up
 }
