# Sending: what needs a person, and what going live demands.

delivery-attention-provider = { $name } sends nothing: the account was paused
delivery-attention-domain = Nothing is sent from { $name }: the domain was paused
delivery-attention-batches = { $count ->
    [one] A campaign was paused, since too many of its messages fail
   *[other] { $count } campaigns were paused, since too many of their messages fail
}
delivery-attention-held = { $count ->
    [one] The fate of one message is unknown
   *[other] The fate of { $count } messages is unknown
}

delivery-ready-provider = An account to send through
delivery-ready-provider-help = Add an account that is not paused.
delivery-ready-tested = The account is tested
delivery-ready-tested-help = Send yourself a message through it once.
delivery-ready-domain = A domain to send from
delivery-ready-domain-help = Choose the address that your mail comes from.
delivery-ready-signed = Mail is signed
delivery-ready-signed-help = Make a DKIM key and publish its record, or large receivers will refuse your mail.
