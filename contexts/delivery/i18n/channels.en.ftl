### Text messages and push notifications beside mail.

delivery-channel = Channel
delivery-channel-any = All channels
delivery-channel-email = E-mail
delivery-channel-sms = Text message
delivery-channel-push = Push notification

## Templates

delivery-template-kind-sms = Plain text
delivery-template-kind-push = Plain text
delivery-template-channel-is-fixed = A template keeps its channel. Make a new one for another channel.
delivery-template-kind-of-channel = This body cannot be sent by { $channel }: mail is written in mjml or html, and other channels have a kind of their own.
delivery-template-fault-data-key = “{ $detail }” cannot be a key: use each once, of letters, digits, dots, hyphens and underscores, and none that Apple or Google keep for themselves.
delivery-starter-sms-offer = Offer
delivery-starter-sms-offer-help = A code and how long it is good for, in one part.
delivery-starter-sms-reminder = Reminder
delivery-starter-sms-reminder-help = When somebody is expected, in one part.
delivery-starter-push-news = News
delivery-starter-push-news-help = A title, a sentence, and what a tap opens.
delivery-template-check-no-opt-out = It does not say how to get no more of them. Marketing texts must: “Reply STOP to opt out”
delivery-template-check-unicode = These characters make each part less than half as long: { $detail }
delivery-template-check-many-parts = It travels in { $detail } parts, and each is paid for
delivery-template-check-no-title = There is no title; phones show the name of the app alone
delivery-template-check-long-title = The title has { $detail } characters; lock screens show about 50
delivery-template-check-long-notification = The text has { $detail } characters; lock screens show about 150

## The editor of text messages

delivery-sms-body = Text
delivery-sms-body-help = Up to { $limit } characters once it is filled in: {"{{ contact.first_name | default(\"there\") }}"}. Links are counted, and are longer when they are sent.
delivery-sms-on-phone = The text message on a phone
delivery-sms-characters = Characters
delivery-sms-encoding = Encoding
delivery-sms-encoding-gsm7 = GSM-7: 160 characters in one part, 153 in each of several
delivery-sms-encoding-ucs2 = Unicode: 70 characters in one part, 67 in each of several
delivery-sms-cost = Cost
delivery-sms-parts = { $count ->
    [0] Nothing to send
    [one] 1 part, with room for { $left } more
   *[other] { $count } parts, with room for { $left } more in the last
 }
delivery-sms-unicode = Some characters make this text cost more
delivery-sms-unicode-help = The phone networks’ alphabet does not have { $characters }. Without them, a part holds 160 characters and not 70.

## The editor of push notifications

delivery-push-title = Title
delivery-push-title-help = The first line, in bold. May be empty.
delivery-push-body = Text
delivery-push-body-help = A lock screen shows two or three lines of it.
delivery-push-url = Opens
delivery-push-url-help = A page on the web or a place in your app, such as myapp://products/7. Leave it empty to open the app.
delivery-push-data = Data for the app
delivery-push-data-help = A line each: key = value. Values can be filled in. Nobody sees them.
delivery-push-on-phone = The notification on a lock screen

## Tests

delivery-template-test-short-help = Sends version { $version } as it is saved, untracked and outside of all statistics.
delivery-template-test-to-numbers = To these numbers
delivery-template-test-to-numbers-help = Up to { $limit } numbers with + and country code, separated by commas or lines.
delivery-template-test-to-tokens = To these devices
delivery-template-test-to-tokens-help = Up to { $limit } tokens of devices, separated by commas or lines. An app gets its token from Apple or Google.
delivery-template-test-invalid-number = “{ $address }” is not a number with + and country code.
delivery-template-test-invalid-token = “{ $address }” is not the token of a device.
