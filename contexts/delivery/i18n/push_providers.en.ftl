### Accounts for push notifications, and Postfix.

delivery-provider-kinds-email = Kinds of accounts for mail
delivery-provider-kinds-sms = Kinds of accounts for text messages
delivery-provider-kinds-push = Kinds of accounts for push notifications

delivery-provider-kind-fcm = Firebase (push)
delivery-provider-kind-apns = Apple (push)
delivery-provider-kind-postfix = Postfix

delivery-provider-account-help-push = Which app is reached, and by whom.

delivery-provider-project-id = Project ID
delivery-provider-project-id-example = shop-4f1a2
delivery-provider-project-id-help = As the Firebase console shows it under “Project settings”.
delivery-provider-project-id-invalid = Enter the ID of a Firebase project, such as shop-4f1a2.
delivery-provider-service-account = Key file of the service account
delivery-provider-service-account-help = Paste the whole JSON file that the Firebase console makes under “Service accounts”. Stored encrypted and never shown again.
delivery-provider-service-account-invalid = Paste the whole key file of a service account: JSON with "type": "service_account" and a private key in it.

delivery-provider-topic = Bundle ID
delivery-provider-topic-example = com.example.shop
delivery-provider-topic-help = Of the app that is to be reached.
delivery-provider-topic-invalid = Enter the bundle ID of an app, such as com.example.shop.
delivery-provider-environment = Environment
delivery-provider-environment-help = A device’s token is known in one of them only.
delivery-provider-environment-production = Production (App Store, TestFlight)
delivery-provider-environment-sandbox = Sandbox (run from Xcode)
delivery-provider-environment-invalid = Choose one of Apple’s two environments.
delivery-provider-key-id = Key ID
delivery-provider-key-id-help = Ten letters and digits, as in AuthKey_ABC123DEFG.p8.
delivery-provider-key-id-invalid = The ID of a key has ten capital letters and digits.
delivery-provider-team-id = Team ID
delivery-provider-team-id-help = Ten letters and digits, as your developer account shows them under “Membership”.
delivery-provider-team-id-invalid = The ID of a team has ten capital letters and digits.
delivery-provider-signing-key = Signing key
delivery-provider-signing-key-help = Paste the whole .p8 file that your developer account makes under “Keys”. Stored encrypted and never shown again.
delivery-provider-signing-key-invalid = Paste the whole .p8 file of a key for push notifications, which begins with “-----BEGIN PRIVATE KEY-----”.
delivery-provider-file-kept = A file is stored. Leave this empty to keep it.

delivery-provider-log-path = Log file
delivery-provider-log-path-example = /var/log/mail.log
delivery-provider-log-path-help = The file on this machine that Postfix logs to. Messages whose fate is unknown are looked for in it. Leave it empty to decide about those yourself.
delivery-provider-log-path-invalid = Enter the whole path of a file, such as /var/log/mail.log.
delivery-provider-log-path-private = Only whoever runs this installation can allow accounts to have files of this machine read.

## Trying them

delivery-provider-test-help-push = A test asks the service whether it accepts your credentials.
delivery-provider-test-token = Token of a device
delivery-provider-test-token-help-fcm = As your app gets it. Firebase checks a notification to it and delivers nothing.
delivery-provider-test-token-help-apns = As your app gets it. A notification really arrives there.
delivery-provider-test-token-invalid = This is no token of a device.
delivery-provider-test-device = Test with this device
delivery-provider-test-credentials-accepted = The service accepts your credentials.
delivery-provider-test-token-accepted = Firebase accepts your credentials and knows the device.
delivery-provider-test-push-taken = Apple took the notification. Look for it on the device.
delivery-provider-test-push-title = Test from { $organization }
delivery-provider-test-push-text = This came over the account “{ $provider }”. If you can read it, the account works.

## Looking messages up

delivery-why-found-in-log = The connection broke before the server answered, but its log shows that it took the message: { $said }
delivery-resolution-found-in-log = Found in the log of the mail server
delivery-resolution-absent-from-log = Not in the log of the mail server, so sent again
