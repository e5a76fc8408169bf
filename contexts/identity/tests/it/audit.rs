use std::sync::atomic::Ordering;

use contracts::{
    crm::CrmEvent,
    identity::{ACCOUNT, ACCOUNT_PASSWORD, API_KEYS, GO_LIVE, LOGOUT, ORGANIZATION},
};
use identity::AuditError;

use crate::installation::{Installation, OWNER, PASSWORD};

#[tokio::test]
async fn whatever_changes_who_may_do_what_is_written_down() {
    let installation = Installation::ready().await;
    installation
        .sign_in(OWNER, "wrong horse battery")
        .await
        .expect(422);
    installation.identity.settle().await;
    let ann = installation.owner().await;
    ann.post(ACCOUNT.url(), &[("name", "Ann O'Neil")])
        .await
        .expect(303);
    let address = [
        ("name", "Acme GmbH"),
        ("timezone", "Europe/Berlin"),
        ("postal_address", "1 Secret Road"),
    ];
    ann.post(ORGANIZATION.url(), &address).await.expect(303);
    ann.post(
        API_KEYS.url(),
        &[
            ("name", "Zapier"),
            ("scopes", "contacts:read"),
            ("expiry", "never"),
        ],
    )
    .await
    .expect(200);
    let revocation = ann
        .get(API_KEYS.url())
        .await
        .attributes("table form", "action")
        .swap_remove(0);
    ann.post(&revocation, &[]).await.expect(303);
    installation.provider_is_ready.store(true, Ordering::SeqCst);
    ann.post(GO_LIVE.url(), &[("mode", "live"), ("confirmation", "Acme GmbH")])
        .await
        .expect(303);
    ann.post(GO_LIVE.url(), &[("mode", "test")]).await.expect(303);
    let passwords = [
        ("present_password", PASSWORD),
        ("new_password", "a staple for the battery"),
    ];
    ann.post(ACCOUNT_PASSWORD.url(), &passwords).await.expect(303);
    ann.post(LOGOUT.url(), &[]).await.expect(303);

    let log = installation.audit_log().await;
    let actions: Vec<_> = log.iter().map(|(action, _, _)| action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "organization.created",
            "member.added",
            "session.refused",
            "session.started",
            "account.changed",
            "organization.changed",
            "api_key.created",
            "api_key.revoked",
            "organization.went_live",
            "organization.returned_to_test",
            "password.changed",
            "session.ended",
        ]
    );
    let (_, before, after) = &log[5];
    assert_eq!(
        (&before["name"], &after["name"]),
        (&"Acme Ltd".into(), &"Acme GmbH".into())
    );
    let everything = format!("{log:?}");
    for private in [OWNER, "O'Neil", "Secret Road", PASSWORD] {
        assert!(!everything.contains(private), "{private}");
    }
    let (org, _) = installation.first_ids().await;
    assert_eq!(installation.identity.verify_audit_log(org).await.unwrap(), 12);
}

#[tokio::test]
async fn entries_say_who_and_from_where() {
    let installation = Installation::ready().await;
    let there = installation.app.stranger().coming_from("203.0.113.9");
    let fields = [("email", OWNER), ("password", PASSWORD)];
    there
        .post(contracts::identity::LOGIN.url(), &fields)
        .await
        .expect(303);
    let (_, user) = installation.first_ids().await;
    let newest: (String, Option<uuid::Uuid>, Option<String>) =
        sqlx::query_as("SELECT actor_kind, actor_id, ip FROM identity.audit_log ORDER BY seq DESC LIMIT 1")
            .fetch_one(&mut installation.sql().await)
            .await
            .unwrap();
    assert_eq!(
        newest,
        (
            "user".to_owned(),
            Some(user.uuid()),
            Some("203.0.113.9".to_owned())
        )
    );
}

#[tokio::test]
async fn the_log_only_grows() {
    let installation = Installation::ready().await;
    let mut owner_of_the_database = installation.sql().await;
    for sql in [
        "UPDATE identity.audit_log SET action = 'session.started'",
        "DELETE FROM identity.audit_log",
        "TRUNCATE identity.audit_log",
    ] {
        let refused = sqlx::query(sql)
            .execute(&mut owner_of_the_database)
            .await
            .expect_err("refused");
        assert!(refused.to_string().contains("only grows"), "{refused}");
    }
    assert_eq!(installation.audited_actions().await.len(), 2);
}

#[tokio::test]
async fn a_log_that_was_tampered_with_is_found_out() {
    let installation = Installation::ready().await;
    installation.owner().await;
    let (org, _) = installation.first_ids().await;
    assert_eq!(installation.identity.verify_audit_log(org).await.unwrap(), 3);
    // Somebody who owns the database can take the guard away; the chain still shows what they did.
    let mut sql = installation.sql().await;
    sqlx::query("ALTER TABLE identity.audit_log DISABLE TRIGGER USER")
        .execute(&mut sql)
        .await
        .unwrap();
    sqlx::query("UPDATE identity.audit_log SET ip = '192.0.2.1' WHERE seq = 2")
        .execute(&mut sql)
        .await
        .unwrap();
    let found = installation
        .identity
        .verify_audit_log(org)
        .await
        .expect_err("found out");
    assert!(
        matches!(found, AuditError::Broken(broken) if broken.seq == 2),
        "{found}"
    );
}

#[tokio::test]
async fn entries_written_at_once_make_one_chain() {
    let installation = Installation::ready().await;
    let fields = [("email", OWNER), ("password", PASSWORD)];
    // From eight places, so that no limit is met; the account's count is cleared by each success.
    for round in 0..2 {
        let arrivals = (0..4).map(|n| {
            let there = installation
                .app
                .stranger()
                .coming_from(&format!("203.0.113.{}", round * 4 + n));
            async move {
                there
                    .post(contracts::identity::LOGIN.url(), &fields)
                    .await
                    .expect(303)
            }
        });
        futures::future::join_all(arrivals).await;
    }
    let (org, _) = installation.first_ids().await;
    assert_eq!(installation.identity.verify_audit_log(org).await.unwrap(), 10);
}

#[tokio::test]
async fn taking_contacts_out_is_written_down() {
    let installation = Installation::ready().await;
    let (org, user) = installation.first_ids().await;
    let export = kernel::ExportId::generate();
    let mut tx = installation.app.deps.db.tenant(org).await.unwrap();
    let exported = CrmEvent::ContactsExported {
        export,
        sentence: "Everybody called Ann".to_owned(),
        user: Some(user),
        api_key: None,
    };
    tx.record(org, &exported).await.unwrap();
    tx.commit().await.unwrap();
    installation.app.run_until_idle().await;
    installation.app.run_until_idle().await;
    let actions = installation.audited_actions().await;
    let written = actions.iter().filter(|action| *action == "contacts.exported");
    assert_eq!(written.count(), 1);
    assert!(installation.identity.verify_audit_log(org).await.is_ok());
}
