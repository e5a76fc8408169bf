### Keys, DNS records and hosts for links of sending domains.

delivery-domain-verification = Verification
delivery-domain-verified = Verified
delivery-domain-unverified = Not verified yet
delivery-domain-check = Check now
delivery-domain-checked = All records are in order
delivery-domain-check-failed = DNS could not be asked about all records. Try again in a few minutes.

## Records

delivery-records-missing = { $count ->
    [one] One record is not in order
   *[other] { $count } records are not in order
}
delivery-records-missing-help = DNS is asked again every ten minutes. A new record may take hours to be seen everywhere.
delivery-records-checked = Last checked
delivery-records-unchecked = DNS has not been asked yet.
delivery-records-history = What changed
delivery-record-for-dkim = DKIM: lets receivers verify the signature of key “{ $selector }”
delivery-record-for-spf = SPF: which servers may send for the domain
delivery-record-for-dmarc = DMARC: what receivers do with mail that fails
delivery-record-for-mx = MX: where answers to the domain arrive
delivery-record-for-tracking = Links: leads the host to this installation
delivery-record-spf-help = A domain has one SPF record only, which may cause ten look-ups at most. Add what is missing to the one you have. A mail server of your own is named by its address, such as ip4:192.0.2.1.
delivery-record-dmarc-help = Gmail, Yahoo and Outlook ask for one of whoever sends in bulk. One that you have already is fine.
delivery-record-mx-help = Receivers distrust senders that nobody can answer. Your mail host tells you the value.
delivery-record-tracking-help = The host has to reach this installation with a valid certificate.
delivery-record-for-instance = For example
delivery-record-found = Found
delivery-record-failure = Last look-up
delivery-record-ok = In order
delivery-record-missing = Missing
delivery-record-different = Different
delivery-record-unknown = Not checked
delivery-record-failed = Could not look up
delivery-record-change-at = When
delivery-record-change-record = Record
delivery-record-change = Change
delivery-record-change-text = { $before } → { $after }
delivery-look-up-timeout = The DNS server did not answer in time.
delivery-look-up-servfail = The server could not give an answer.
delivery-look-up-unreachable = No server could be reached.
delivery-look-up-off = This installation does not ask DNS. Only whoever runs it can change that.

## Keys

delivery-keys-title = Keys
delivery-keys-help = Every mail is signed with all active keys, so that each receiver finds one that it knows.
delivery-keys-rotate = Rotate keys
delivery-keys-other = Choose keys
delivery-keys-wait = New keys wait until DNS shows them
delivery-keys-wait-help = Mail is signed with the present keys until the records of the new ones are found. Nothing is sent in between that receivers could not verify.
delivery-keys-wait-already = New keys wait already. Publish their records, or discard them first.
delivery-keys-waiting = New keys wait for their records
delivery-keys-waiting-help = Publish them as shown above. Once DNS shows them, the new keys sign and the old ones retire.
delivery-keys-activate = Sign with the new keys now
delivery-keys-activate-title = Sign before the records are found?
delivery-keys-activate-text = Receivers that do not find the record of a key cannot verify what it signed: mail may be refused or land in spam until they do. Do this only when you know that the records are published.
delivery-keys-activated = Mail is signed with the new keys
delivery-keys-discard = Discard new keys
delivery-keys-discarded = The new keys are discarded
delivery-keys-none-asked = Ask for at least one key.
delivery-keys-one-each = Ask for at most one key of each kind.
delivery-keys-by-rotation = New keys are made by a rotation. An empty list ends signing.
delivery-key-pending = Waits for its record
delivery-key-active = Signs
delivery-key-silent = Not used: its record is missing
delivery-key-retiring = Retiring
delivery-key-retired = Retired
delivery-key-since = Since
delivery-key-keep-until = Leave its record in place until { $day }
delivery-key-removable = Its record can be removed
delivery-domain-key-both = Both kinds
delivery-domain-key-both-help = One RSA and one Ed25519 key: two records, and a signature for every receiver.

## Trust

delivery-trust-title = Why mail from this domain can be trusted
delivery-trust-help = What receivers check before they believe who a mail is from.
delivery-trust-yes = Yes
delivery-trust-not-yet = Not yet
delivery-trust-signed = Receivers find a key and can verify the signature
delivery-trust-unsigned = Receivers find no key that verifies the signature
delivery-trust-signed-help = DKIM shows that nobody changed the mail, and that the owner of the domain let it be signed.
delivery-trust-aligned = It is signed by { $domain }, the domain that people see
delivery-trust-aligned-help = This is called alignment: DMARC believes a signature only when its domain is that of the sender. Mail signed by a mail service in its own name is not aligned.
delivery-trust-aligned-strictly = Your policy asks for strict alignment. The signature is by { $domain } itself, so it holds.
delivery-trust-policy-none = The policy asks receivers to do nothing with mail that fails
delivery-trust-policy-quarantine = The policy asks receivers to put mail that fails into spam
delivery-trust-policy-reject = The policy asks receivers to refuse mail that fails
delivery-trust-reports = Somebody gets the reports of receivers.
delivery-trust-no-reports = Nobody gets the reports of receivers. Add rua=mailto:… to see who sends in your name.
delivery-trust-no-policy = There is no DMARC policy that can be read
delivery-trust-no-policy-help = Without one, receivers decide themselves, and large ones refuse bulk mail.
delivery-trust-spf = SPF names the servers that may send
delivery-trust-no-spf = SPF does not name your servers properly
delivery-trust-spf-help = SPF is about the return address. One of DKIM and SPF has to hold; DKIM survives forwarding.

## Hosts for links

delivery-tracking-title = Links
delivery-tracking-help = Links, pixels, unsubscribe pages and web views can lead to a host of your own, so that readers see your name and not this installation’s.
delivery-tracking-host = Host for links
delivery-tracking-host-help = A name below the domain. Publish the record shown above, and have the host’s certificate made. Leave it empty to use this installation’s address.
delivery-tracking-save = Save host
delivery-tracking-saved = The host for links is saved
delivery-tracking-none = Links lead to this installation’s address.
delivery-tracking-verified = Links use this host
delivery-tracking-unverified = Links do not use it yet
delivery-tracking-unverified-help = They will once the host has been seen to lead here and the domain is verified.
delivery-tracking-invalid = Enter the name of a host, such as links.example.com.
delivery-tracking-outside = The host has to be below the domain, such as links.example.com for example.com.
delivery-tracking-ours = This is the installation’s own address. Leave the field empty to use it.

## What needs a person

delivery-attention-records = { $count ->
    [one] A DNS record of { $name } has disappeared or changed
   *[other] { $count } DNS records of { $name } have disappeared or changed
}
delivery-attention-old-key = The signing keys of { $name } are more than six months old: rotate them
