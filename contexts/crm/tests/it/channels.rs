//! Who is reached by text messages and by push notifications.

use contracts::{
    crm::{API_CONTACTS, AudienceCounts, AudienceSpec, consent::Channel, events::API_CONTACT_DEVICES},
    delivery::{Address, DeliveryEvent, DeviceToken},
};
use http::Method;
use kernel::ContactId;
use serde_json::{Value, json};

use crate::segment_support::Segmented;

async fn contact(here: &Segmented, body: &Value) -> ContactId {
    let program = here.app.program();
    let made = program
        .json(Method::POST, API_CONTACTS.url(), body)
        .await
        .expect(201)
        .json();
    made["id"]
        .as_str()
        .expect("an id")
        .parse()
        .expect("a contact's id")
}

async fn device(here: &Segmented, contact: ContactId, key: &str, token: &str) {
    let body = json!({"device_id": key, "platform": "android", "push_token": token});
    let url = API_CONTACT_DEVICES.url(&contact);
    here.app
        .program()
        .json(Method::POST, url, &body)
        .await
        .expect(200);
}

async fn tell(here: &Segmented, event: DeliveryEvent) {
    let mut tx = here.app.deps.db.system().await.unwrap();
    tx.record(here.app.org, &event).await.unwrap();
    tx.commit().await.unwrap();
    here.app.run_until_idle().await;
}

async fn counts(here: &Segmented, spec: &AudienceSpec, channel: Channel) -> (i64, i64, i64) {
    let AudienceCounts {
        matching,
        reachable,
        will_receive,
    } = here.audience.count(here.app.org, spec, channel).await.unwrap();
    (matching, reachable, will_receive)
}

#[tokio::test]
async fn each_channel_reaches_those_whom_it_has_an_address_of() {
    let here = Segmented::start().await;
    let ann = contact(
        &here,
        &json!({"email": "ann@example.com", "phone": "+49 (30) 123-4567", "city": "Bonn"}),
    )
    .await;
    contact(
        &here,
        &json!({"email": "bob@example.com", "phone": "030 1234567", "city": "Bonn"}),
    )
    .await;
    contact(
        &here,
        &json!({"first_name": "Cid", "phone": "+14155552671", "city": "Bonn"}),
    )
    .await;
    device(&here, ann, "phone", "dQw4:APA91b").await;
    let all = here
        .segment(
            "In Bonn",
            json!({"field": "city", "operator": "is", "value": "Bonn"}),
        )
        .await;
    let spec = AudienceSpec {
        include: vec![all],
        ..AudienceSpec::default()
    };

    assert_eq!(counts(&here, &spec, Channel::Email).await, (3, 2, 2));
    assert_eq!(counts(&here, &spec, Channel::Sms).await, (3, 2, 2));
    assert_eq!(counts(&here, &spec, Channel::Push).await, (3, 1, 1));

    // A number on delivery's list is not written to, and its owner's mail still is.
    let number = Address::parse("+49301234567").unwrap();
    tell(
        &here,
        DeliveryEvent::AddressesSuppressed {
            addresses: vec![(number.clone(), "unsubscribed".to_owned())],
        },
    )
    .await;
    assert_eq!(counts(&here, &spec, Channel::Sms).await, (3, 2, 1));
    assert_eq!(counts(&here, &spec, Channel::Email).await, (3, 2, 2));
    tell(
        &here,
        DeliveryEvent::AddressesReleased {
            addresses: vec![number],
        },
    )
    .await;
    assert_eq!(counts(&here, &spec, Channel::Sms).await, (3, 2, 2));
}

#[tokio::test]
async fn a_token_that_is_gone_is_forgotten_and_others_stay() {
    let here = Segmented::start().await;
    let ann = contact(&here, &json!({"email": "ann@example.com"})).await;
    device(&here, ann, "phone", "phone:APA91b").await;
    device(&here, ann, "tablet", "tablet:APA91b").await;

    let gone = DeviceToken::parse("phone:APA91b").unwrap();
    tell(&here, DeliveryEvent::DevicesGone { tokens: vec![gone] }).await;

    let devices = here
        .app
        .program()
        .get(API_CONTACT_DEVICES.url(&ann))
        .await
        .expect(200)
        .json();
    let tokens: Vec<&Value> = devices["data"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|device| &device["push_token"])
        .collect();
    assert_eq!(tokens.len(), 2);
    assert!(tokens.contains(&&Value::Null), "{devices}");
    assert!(tokens.contains(&&json!("tablet:APA91b")), "{devices}");
}
