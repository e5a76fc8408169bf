### Bounce mailboxes, and the suppression list as files.

job-delivery-import-suppressions = Import of suppressed addresses

## Bounce mailboxes

delivery-bounce-title = Bounce mailbox
delivery-bounce-purpose = Where mail comes back to that could not be delivered, and what people write who complain. It is read every minute.
delivery-bounce-empty = No bounce mailbox yet
delivery-bounce-empty-help = Without one, bounces go to the sender’s address, and addresses that do not exist stay on your lists. Providers with an API report bounces by themselves.
delivery-bounce-new = Add mailbox
delivery-bounce-new-purpose = Make a mailbox of its own for it at your mail service, such as bounces@example.com. It must also take mail to bounces+anything@example.com.
delivery-bounce-create = Add mailbox
delivery-bounce-added = The mailbox is added. Test it to see whether it can be read.
delivery-bounce-save = Save changes
delivery-bounce-saved = Saved. Test the mailbox to see whether it can be read.
delivery-bounce-deleted = The mailbox is deleted
delivery-bounce-choice-unknown = Choose one of what is offered.

delivery-bounce-mailbox = Mailbox
delivery-bounce-mailbox-help = Each message leaves with a return address of its own in this mailbox, so that what comes back says which message it is about.
delivery-bounce-address = Address
delivery-bounce-address-example = bounces@example.com
delivery-bounce-address-help = Its domain must be your sending domain, or one of the two must lie below the other. Publish an SPF record for it that names your mail servers.
delivery-bounce-address-invalid = Enter an address, such as bounces@example.com.
delivery-bounce-address-unfit = Use an address with at most 18 characters before the @ and no + there, so that there is room for the message’s own part.
delivery-bounce-address-taken = This address is set up already.
delivery-bounce-enabled = Read this mailbox
delivery-bounce-enabled-help = When it is off, messages leave with the sender’s address as their return address.

delivery-bounce-server = Server
delivery-bounce-server-help = Where the mailbox is, over IMAP.
delivery-bounce-host = Host
delivery-bounce-host-example = imap.example.com
delivery-bounce-host-invalid = Enter the name of a server, such as imap.example.com, or an IP address.
delivery-bounce-host-private = This host is on a private network. Only whoever runs this installation can allow that.
delivery-bounce-security = Encryption
delivery-bounce-security-help = Certificates are always checked.
delivery-bounce-security-tls = TLS
delivery-bounce-security-start-tls = STARTTLS
delivery-bounce-security-none = None
delivery-bounce-security-needed = The connection must be encrypted, or others could read your password on the way.
delivery-bounce-port = Port
delivery-bounce-port-help = Usually 993 with TLS and 143 with STARTTLS.
delivery-bounce-port-invalid = Enter a port from 1 to 65535.
delivery-bounce-username = User name
delivery-bounce-username-help = Leave it empty to sign in by the address.
delivery-bounce-username-invalid = A user name has 1 to 255 characters and no line breaks.
delivery-bounce-password = Password
delivery-bounce-password-help = Stored encrypted and never shown again. Some services want a password made for this one program.
delivery-bounce-password-kept = A password is stored. Leave this empty to keep it.
delivery-bounce-password-missing = Enter the password: nobody can sign in without it.
delivery-bounce-password-invalid = A password has at most 1,000 characters and no line breaks.
delivery-bounce-password-needed = You changed where or how the password would be sent. Enter it again.
delivery-bounce-folder = Folder
delivery-bounce-folder-help = Usually INBOX.
delivery-bounce-folder-invalid = A folder has at most 255 characters and no line breaks.

delivery-bounce-handling = What is done with mail
delivery-bounce-handling-help = Only with mail that led to a report on one of your messages. Automatic replies, letters of people and everything else stay where they are, unread.
delivery-bounce-disposal = Mail that was taken down
delivery-bounce-disposal-help = What it says stands on the message’s page.
delivery-bounce-disposal-mark-seen = Mark as read
delivery-bounce-disposal-move = Move into another folder
delivery-bounce-disposal-delete = Delete
delivery-bounce-move-to = Move to
delivery-bounce-move-to-help = Only when mail is moved. The folder is made when there is none.
delivery-bounce-move-to-invalid = Enter another folder than the one that is read.

delivery-bounce-test = Test
delivery-bounce-test-done = { $count ->
    [0] Signed in. The folder is empty.
    [one] Signed in. There is one message in the folder.
   *[other] Signed in. There are { $count } messages in the folder.
 }
delivery-bounce-failure = { $step }: { $said }
delivery-bounce-step-connect = Connecting
delivery-bounce-step-tls = Encrypting
delivery-bounce-step-greeting = Greeting
delivery-bounce-step-sign-in = Signing in
delivery-bounce-step-folder = Opening the folder
delivery-bounce-step-read = Reading mail
delivery-bounce-step-dispose = Marking, moving or deleting mail
delivery-bounce-step-ourselves = On this server

delivery-bounce-state = State
delivery-bounce-state-off = Off
delivery-bounce-state-failing = Cannot be read
delivery-bounce-state-waiting = Not read yet
delivery-bounce-state-read = Read
delivery-bounce-failing = { $count ->
    [one] The mailbox could not be read. It is tried again by itself.
   *[other] The mailbox could not be read { $count } times in a row. It is tried again by itself.
 }
delivery-bounce-status = What came back
delivery-bounce-status-help = Since the mailbox was added. Each mail counts once.
delivery-bounce-looked-at = Last read
delivery-bounce-never = never
delivery-bounce-count-bounces = Bounces
delivery-bounce-count-complaints = Complaints
delivery-bounce-count-unsubscribes = Unsubscribed
delivery-bounce-count-deliveries = Delivery receipts
delivery-bounce-count-auto-replies = Automatic replies
delivery-bounce-count-others = Other mail
delivery-bounce-count-unmatched = About no message of yours
delivery-bounce-count-unreadable = Unreadable

delivery-bounce-path-used = Messages return to this mailbox
delivery-bounce-path-used-help = Each message that leaves by a mail server has a return address of its own here. Providers with an API keep their own return address and report bounces by themselves.
delivery-bounce-path-off = Messages do not return to this mailbox
delivery-bounce-path-off-help = It is off. Bounces go to the sender’s address.
delivery-bounce-path-no-domain = There is no sending domain yet
delivery-bounce-path-no-domain-help = Messages return here once there is one that goes with this address.
delivery-bounce-path-unfit = Messages do not return to this mailbox
delivery-bounce-path-unfit-help = Its domain does not go with your sending domain, so that receivers would not accept SPF for your mail any more. Use an address at the sending domain, or at one above or below it. Mail that comes here anyway is read.
delivery-bounce-path-second = Messages return to another mailbox
delivery-bounce-path-second-help = The oldest one that fits is used. This one is read as well, so that you can change mailboxes without losing bounces.

delivery-bounce-delete = Delete mailbox
delivery-bounce-delete-help = Bounces of messages that have been sent are not read any more.
delivery-bounce-delete-title = Delete { $address }?
delivery-bounce-delete-text = Nothing in the mailbox itself is touched. Bounces and complaints about messages that have already been sent are not read any more, and what was counted is gone.

## The suppression list as files

delivery-suppressions-export = Export
delivery-suppressions-import = Import
delivery-suppression-files = Import
delivery-suppression-files-purpose = Take over addresses that another program must not write to any more.
delivery-suppression-files-before = Files so far
delivery-suppression-files-empty = No file yet
delivery-suppression-files-empty-help = Files that you import are listed here with what came of them.
delivery-suppression-file-file = File
delivery-suppression-file-file-help = CSV or JSON lines, up to 256 MB. A file that you exported here can be imported as it is.
delivery-suppression-file-paste = Or paste addresses
delivery-suppression-file-paste-help = E-mail addresses, or telephone numbers with + and country code, one a line.
delivery-suppression-file-pasted = Pasted addresses
delivery-suppression-file-upload = Look at it
delivery-suppression-file-none = Choose a file, or paste addresses.
delivery-suppression-file-not-text = This file is not text. Save a spreadsheet as CSV and choose that.
delivery-suppression-file-type = Send the file as text/csv or application/x-ndjson.
delivery-suppression-file-name = File
delivery-suppression-file-state = State
delivery-suppression-file-state-uploaded = Not started
delivery-suppression-file-state-running = Running
delivery-suppression-file-state-done = Done
delivery-suppression-file-state-failed = Failed
delivery-suppression-file-when = Came in
delivery-suppression-file-preview = What is in it
delivery-suppression-file-preview-help = All rows were looked at; nothing has been changed yet.
delivery-suppression-file-rows = Rows
delivery-suppression-file-fine = Addresses
delivery-suppression-file-added = New on the list
delivery-suppression-file-already = Were on it already
delivery-suppression-file-rejected = Not taken
delivery-suppression-file-nothing-fine = No row has an address in the chosen column. Choose another column below.
delivery-suppression-file-start = { $count ->
    [one] Suppress one address
   *[other] Suppress { $count } addresses
 }
delivery-suppression-file-started = The addresses are being taken over
delivery-suppression-file-started-before = This file was started before, or is gone.
delivery-suppression-file-columns = Columns
delivery-suppression-file-columns-help = What stands where. Reasons can be: unsubscribed, hard_bounce, soft_bounces, complaint, manual, and what other programs call them.
delivery-suppression-file-address-column = Addresses
delivery-suppression-file-reason-column = Reasons
delivery-suppression-file-note-column = Notes
delivery-suppression-file-no-column = None
delivery-suppression-file-column = Column { $number }
delivery-suppression-file-header = The first row names the columns
delivery-suppression-file-rest = All other rows
delivery-suppression-file-rest-help = For rows that say no reason or have no note of their own.
delivery-suppression-file-read-again = Look again
delivery-suppression-file-choice-unknown = Choose one of what is offered.
delivery-suppression-file-rejects = Rows that are not taken
delivery-suppression-file-errors = Download errors.csv
delivery-suppression-file-line = Line
delivery-suppression-file-row = Row
delivery-suppression-file-why = Why
delivery-suppression-file-fault-broken = The row cannot be read: it is too long, a quote is never closed, or it is no JSON.
delivery-suppression-file-fault-address = This is neither an e-mail address nor a telephone number with + and country code.
delivery-suppression-file-fault-reason = There is no such reason.
delivery-suppression-file-fault-note = A note has 3 to 500 characters.
delivery-suppression-file-progress = Taking addresses over
delivery-suppression-file-reload = Reload
delivery-suppression-file-failed = The file could not be read to its end
delivery-suppression-file-failed-help = What was taken over stays on the list. You can import the file again: nothing is added twice.
delivery-suppression-file-gone = The file is gone: files are kept for seven days, and not once somebody was erased who may stand in them.
