# Accounts for text messages.

delivery-provider-kind-twilio = Twilio
delivery-provider-kind-plivo = Plivo
delivery-provider-kind-vonage = Vonage
delivery-provider-kind-telnyx = Telnyx
delivery-provider-channel-email = Email
delivery-provider-channel-sms = Text messages
delivery-provider-channel-push = Push notifications

delivery-provider-new-text-purpose = You need an account with this service, a number or a name that it sends from, and a key.
delivery-provider-text-account-help = Where text messages are handed over, and what they come from.
delivery-provider-account-sid = Account SID
delivery-provider-account-sid-help = It begins with AC. The console shows it on its first page.
delivery-provider-account-sid-invalid = Enter the SID of an account: AC and 32 characters from 0 to 9 and a to f.
delivery-provider-api-key-sid = API key SID
delivery-provider-api-key-sid-help = It begins with SK. Leave it empty if you enter the auth token of the account below.
delivery-provider-api-key-sid-invalid = Enter the SID of an API key: SK and 32 characters from 0 to 9 and a to f.
delivery-provider-auth-token = Auth token
delivery-provider-auth-token-help = The auth token of the account, or the secret of the API key above. Stored encrypted and never shown again.
delivery-provider-messaging-service = Messaging Service SID
delivery-provider-messaging-service-help = It begins with MG. The service chooses among its senders.
delivery-provider-messaging-service-invalid = Enter the SID of a Messaging Service: MG and 32 characters from 0 to 9 and a to f.
delivery-provider-auth-id = Auth ID
delivery-provider-auth-id-help = The console shows it on its first page.
delivery-provider-auth-id-invalid = Enter the auth ID of an account: letters and digits only.
delivery-provider-api-key-id = API key
delivery-provider-api-key-id-help = The dashboard shows it on its first page, beside the secret.
delivery-provider-api-key-id-invalid = Enter the API key of an account: letters and digits only.
delivery-provider-api-secret = API secret
delivery-provider-messaging-profile = Messaging profile ID
delivery-provider-messaging-profile-help = Needed where the sender is a name, or a number of the profile is to be chosen.
delivery-provider-messaging-profile-invalid = Enter the ID of a messaging profile, such as 16fd2706-8baf-433b-82eb-8c7fada847da.
delivery-provider-sender = Sender
delivery-provider-sender-help = One of your numbers with + and its country code, a short code, or a name of at most 11 characters.
delivery-provider-twilio-sender-help = One of your numbers with + and its country code, a short code, or a name of at most 11 characters. Leave it empty if a Messaging Service chooses.
delivery-provider-telnyx-sender-help = One of your numbers with + and its country code, a short code, or a name of at most 11 characters. Leave it empty if the messaging profile chooses.
delivery-provider-sender-invalid = Enter a number such as +15005550006, a short code, or a name of at most 11 letters and digits.
delivery-provider-sender-missing = Enter a sender, or let the provider choose one.

delivery-provider-test-number-title = Send a test by text message
delivery-provider-test-number = Telephone number
delivery-provider-test-number-example = +44 7700 900123
delivery-provider-test-number-help = A test signs in and sends one text message to a number that you name. Your provider charges for it.
delivery-provider-test-number-invalid = Enter a telephone number with + and its country code, such as +44 7700 900123.
delivery-provider-test-sms = Test from { $organization } over { $provider }. If you can read this, the account works.

delivery-resolution-repeated = Asked again under the same key, so that it arrives once
