### Identity: setting up, signing in, the account, the organization's settings, keys of the API.

identity-nav-organization = Organization
identity-nav-go-live = Go live
identity-nav-api-keys = API keys

## What is wrong with a field

identity-form-check = Check these fields and send the form again
identity-problem-name-empty = Enter a name.
identity-problem-too-long = Use at most { $count } characters.
identity-problem-control = Remove line breaks and other invisible characters.
identity-problem-email-empty = Enter an e-mail address.
identity-problem-email = This is not an e-mail address. It looks like name@example.com.
identity-problem-timezone = Choose a time zone from the list.
identity-problem-password-short = Use at least { $count } characters. A few words with spaces are fine.
identity-problem-password-common = This password is one of the first that are guessed. Choose another one.
identity-problem-password-email = Choose a password that is not your e-mail address.
identity-problem-scopes-empty = Choose at least one thing that the key may do.
identity-problem-scopes-unknown = There is no scope “{ $scope }”.
identity-problem-scopes-exceed = You cannot give “{ $scope }”, since you do not have it yourself.
identity-problem-expiry-past = Choose a time in the future.
identity-problem-test-key = The organization is live, where test keys do not work. Make a live key.
identity-problem-limit = Ask for 1 to 500 at a time.

## Fields

identity-field-organization = Organization name
identity-field-organization-help = Your company or team. People who get your mail may see it.
identity-field-timezone = Time zone
identity-field-timezone-choose = Choose a time zone
identity-field-timezone-utc = UTC
identity-field-timezone-help = Schedules and reports use it.
identity-field-your-name = Your name
identity-field-email = E-mail address
identity-field-email-help = You sign in with it.
identity-field-password = Password
identity-field-password-help = At least { $count } characters. A few words with spaces are fine.
identity-field-present-password = Present password
identity-field-new-password = New password
identity-field-postal-address = Postal address
identity-field-postal-address-help = Name, street, city and country, one per line.

## First run

identity-setup-title = Set up Mauntic
identity-setup-intro = Create your organization and your account. You start in test mode: no mail leaves this server until you go live.
identity-setup-submit = Create organization
identity-setup-footer = This page closes for good once you have created the account.
identity-setup-locked-title = Open the set-up link
identity-setup-locked-intro = When Mauntic started, it wrote a link with a set-up token into its log. Open that link, enter the token here, or open this page in a browser on the server itself.
identity-setup-token = Set-up token
identity-setup-token-help = The letters and digits behind “token=” in the link.
identity-setup-token-submit = Continue
identity-setup-token-wrong = This set-up token is not valid
identity-setup-token-wrong-help = Copy it from the newest link in the log. Each start writes its own.

## Sign in

identity-login-title = Sign in
identity-login-submit = Sign in
identity-login-wrong = The e-mail address or the password is wrong
identity-login-wrong-help = Check both and try again.
identity-login-wait = Too many attempts
identity-login-wait-help = Try again in { $time }.

## Account

identity-account-title = Your account
identity-account-purpose = How you sign in, where you are signed in, and how pages look to you.
identity-account-profile = Profile
identity-account-profile-help = Your colleagues see your name beside what you do.
identity-account-email-help = The address you sign in with.
identity-account-save = Save name
identity-account-saved = Your name is saved
identity-password-title = Password
identity-password-help = A new password ends your sessions everywhere else.
identity-password-change = Change password
identity-password-wrong = This is not your present password.
identity-password-wait = Too many attempts. Try again in { $time }.
identity-password-changed = { $count ->
    [0] Your password is changed
    [one] Your password is changed, and one other session has ended
   *[other] Your password is changed, and { $count } other sessions have ended
}
identity-theme-title = Appearance
identity-theme-help = For this browser.
identity-theme-light = Light
identity-theme-dark = Dark
identity-theme-system = As the device
identity-theme-choose = Apply appearance
identity-shortcuts-title = Keyboard shortcuts
identity-shortcuts-help = Single keys that go to a page or into the search. Switch them off if you use speech input. For this browser.
identity-shortcuts-on = On
identity-shortcuts-off = Off
identity-shortcuts-choose = Apply shortcuts
identity-sessions-title = Where you are signed in
identity-sessions-help = A session ends after 12 hours without use, and after 14 days in any case.
identity-session-browser-column = Browser
identity-session-browser = { $browser } on { $system }
identity-session-browser-unknown = Unknown browser
identity-session-ip = Address
identity-session-started = Signed in
identity-session-seen = Last used
identity-session-this = This session
identity-session-end = End session
identity-session-end-title = End this session?
identity-session-end-text = { $browser } will have to sign in again.
identity-session-ended = The session has ended

## Organization

identity-organization-title = Organization
identity-organization-purpose = What your organization is called, and what stands in the mail you send.
identity-organization-general = General
identity-organization-legal = Sender details
identity-organization-legal-help = The law of many countries wants a postal address at the foot of marketing mail.
identity-organization-saved = The settings are saved
identity-mode-title = Sending mode
identity-mode-test = Test mode
identity-mode-test-help = All mail goes to the built-in inbox. Nobody outside gets any.
identity-mode-live = Live
identity-mode-live-help = Mail goes to real people through your providers.
identity-mode-open = See what going live needs

## Go live

identity-ready-address-title = Postal address
identity-ready-address-help = Enter the postal address of your organization. It stands at the foot of marketing mail.
identity-ready-url-title = Public address of this server
identity-ready-url-help = Links in mail point to this machine only. Start Mauntic with BASE_URL set to the address that readers can reach.
identity-live-title = Go live
identity-live-title-live = Live sending
identity-live-purpose = In test mode all mail stays in the built-in inbox. Go live when you want it to reach people.
identity-live-purpose-live = Your mail reaches people. You can return to test mode at any time.
identity-live-checks = What is checked
identity-live-checks-help = Required things have to be in order before you go live. Advised things make mail arrive more surely.
identity-live-check-column = Check
identity-live-state-column = State
identity-live-ready = Ready
identity-live-missing = Missing
identity-live-advised = Advised
identity-live-mend = Set up
identity-live-mend-what = Set up: { $what }
identity-live-missing-count = { $count ->
    [one] One required thing is missing
   *[other] { $count } required things are missing
}
identity-live-missing-help = Set it up first. Until then everything stays in the built-in inbox.
identity-live-owner-only = Only an owner of the organization can change the sending mode
identity-live-go-title = Take { $name } live
identity-live-go-help = From then on campaigns and messages go to real people.
identity-live-confirm = Type “{ $name }” to confirm
identity-live-go = Go live
identity-live-refused = The sending mode has not changed
identity-live-already = It was changed already.
identity-live-not-ready = Something that is required is missing.
identity-live-not-confirmed = Type the name exactly as it is written.
identity-live-test-keys = { $count ->
    [one] One test key stops working
   *[other] { $count } test keys stop working
}
identity-live-test-keys-help = Programs that use them are refused while the organization is live. Give them live keys first.
identity-live-done = You are live. Mail goes to real people from now on.
identity-live-returned = You are back in test mode. All mail goes to the built-in inbox.
identity-live-return = Return to test mode
identity-live-return-title = Return to test mode
identity-live-return-help = From then on all mail goes to the built-in inbox, and nobody outside gets any.

## Keys of the API

identity-keys-title = API keys
identity-keys-purpose = Keys let programs work with your data. Give each program its own, with no more than it needs.
identity-keys-new = New key
identity-keys-empty = No program has a key yet
identity-keys-empty-help = Make one to reach your contacts, campaigns and reports from your own programs.
identity-key-name = Name
identity-key-name-help = The program that will use it.
identity-key-state = State
identity-key-state-live = Live
identity-key-state-test = Test
identity-key-state-test-only = Test mode only
identity-key-state-revoked = Revoked
identity-key-state-expired = Expired
identity-key-scopes = Permissions
identity-key-scopes-help = The key can do what you choose here and nothing else. You can only give what you may do yourself.
identity-key-scope-count = { $count ->
    [one] 1 permission
   *[other] { $count } permissions
}
identity-key-last-used = Last used
identity-key-expires = Expires
identity-key-never = Never
identity-key-made = Created
identity-key-about = Key
identity-key-mode = Mode
identity-key-mode-test = Test key
identity-key-mode-test-help = Works in test mode only, so it can never send real mail.
identity-key-mode-live = Live key
identity-key-mode-live-help = Works now and keeps working after you go live.
identity-key-expiry-help = A key that expires does no harm when it is forgotten somewhere.
identity-key-expiry-30 = In 30 days
identity-key-expiry-90 = In 90 days
identity-key-expiry-365 = In a year
identity-key-expiry-never = Never
identity-key-new-title = New API key
identity-key-new-purpose = You see the key once, right after you create it.
identity-key-create = Create key
identity-key-created-title = Key “{ $name }” is ready
identity-key-created-once = Copy the key now
identity-key-created-once-help = It is not stored and cannot be shown again. If you lose it, revoke it and create another one.
identity-key-created-token = Key
identity-key-created-try = Try it
identity-key-created-done = I have copied it
identity-key-revoke = Revoke
identity-key-revoke-title = Revoke “{ $name }”?
identity-key-revoke-text = Programs that use it are refused at once. This cannot be undone.
identity-key-revoked = Key “{ $name }” is revoked

## Scopes

identity-scope-group-contacts = Contacts
identity-scope-group-segments = Segments
identity-scope-group-templates = Templates
identity-scope-group-campaigns = Campaigns
identity-scope-group-messages = Messages and suppressions
identity-scope-group-providers = Providers and domains
identity-scope-group-analytics = Analytics
identity-scope-group-jobs = Background jobs
identity-scope-group-organization = Organization and keys
identity-scope-group-records = Companies and records
identity-scope-records-read = See companies and the records of other objects
identity-scope-records-write = Create, change and delete records
identity-scope-objects-write = Define objects and how they relate
identity-scope-group-events = Events
identity-scope-events-read = See events as they come in, and their sources
identity-scope-events-write = Send events
identity-scope-sources-write = Set up sources of events and see their write keys
identity-scope-contacts-export = Take contacts out as a file
identity-scope-contacts-erase = Erase people and what is known of them
identity-scope-topics-read = See topics and what people agreed to
identity-scope-topics-write = Create, change and delete topics
identity-scope-contacts-read = See contacts, their fields, tags and timeline
identity-scope-contacts-write = Create, change, delete and import contacts
identity-scope-fields-write = Define custom fields
identity-scope-segments-read = See segments and who is in them
identity-scope-segments-write = Create, change and delete segments
identity-scope-templates-read = See templates
identity-scope-templates-write = Create, change and delete templates, and send tests
identity-scope-campaigns-read = See campaigns and their reports
identity-scope-campaigns-write = Create and change campaigns
identity-scope-campaigns-send = Launch, pause, resume and cancel campaigns
identity-scope-messages-read = See messages and the built-in inbox
identity-scope-messages-write = Empty the built-in inbox
identity-scope-suppressions-read = See the suppression list
identity-scope-suppressions-write = Add to and remove from the suppression list
identity-scope-providers-read = See providers and sending domains
identity-scope-providers-write = Set up providers and sending domains
identity-scope-analytics-read = See the dashboard and statistics
identity-scope-jobs-read = See background jobs
identity-scope-jobs-write = Cancel background jobs
identity-scope-organization-read = See the organization’s settings
identity-scope-organization-write = Change the organization’s settings
identity-scope-organization-go-live = Take the organization live, or back into test mode
identity-scope-api-keys-read = See keys of the API
identity-scope-api-keys-write = Create and revoke keys of the API
