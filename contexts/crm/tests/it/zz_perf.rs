use std::time::Instant;
use contracts::crm::*;
use kernel::*;
use serde_json::json;
use crate::segment_support::*;
#[tokio::test]
async fn perf() {
    let here = Segmented::start().await;
    let pool = here.app.deps.db.work_pool().clone();
    let org = here.app.org.uuid();
    let mut owner = here.app.database.owner().await;
    for n in 0..10 {
    sqlx::query(r#"INSERT INTO crm.contacts (org_id,id,email,first_name,last_name,company,city,country,locale,timezone,tags,attributes,source,created_at,updated_at,last_active_at)
SELECT $1, ('01930000-' || lpad(to_hex(n/65536),4,'0') || '-7' || lpad(to_hex(n%4096),3,'0') || '-8000-' || lpad(to_hex(n),12,'0'))::uuid,
 'person'||n||'@'||(ARRAY['example.com','gmail.test','corp.test','mail.test'])[1+n%4],
 (ARRAY['Ann','Bob','Cleo','Dan','Eva','Finn','Gita','Hugo'])[1+n%8], 'Surname'||(n%5000), 'Company '||(n%20000),
 (ARRAY['Berlin','Bonn','Paris','Rome','Oslo','Wien','London'])[1+n%7], (ARRAY['DE','FR','IT','NO','AT','GB'])[1+n%6], 'en', 'Europe/Berlin',
 CASE WHEN n%10=0 THEN ARRAY['customer','vip'] WHEN n%3=0 THEN ARRAY['customer'] ELSE '{}'::text[] END,
 jsonb_build_object('plan',(ARRAY['free','pro','team','enterprise'])[1+n%4],'score',n%1000,'city_code',n%97,'vip',n%13=0,'birthday',to_char(date '1960-01-01'+(n%18000),'YYYY-MM-DD'),'source','web form number '||n%50),
 'import', now()-(n%1000)*interval '1 hour'*7, now()-(n%500)*interval '1 hour', CASE WHEN n%3=0 THEN now()-(n%300)*interval '1 day' END
FROM generate_series($2::int,$3::int) n"#).bind(org).bind(n*100_000+1).bind((n+1)*100_000).execute(&mut owner).await.unwrap();
    }
    sqlx::query("VACUUM ANALYZE crm.contacts").execute(&mut owner).await.unwrap();
    for (key, kind) in [("plan","text"),("score","number"),("birthday","date")] {
        sqlx::query("INSERT INTO crm.fields (org_id, id, key, label, type, options, created_at, updated_at) VALUES ($1, gen_random_uuid(), $2, initcap($2), $3, '{}', now(), now())")
        .bind(org).bind(key).bind(kind).execute(&pool).await.unwrap();
    }
    let person = here.app.person();
    let t = Instant::now();
    let rule = json!({"all":[{"field":"attributes.plan","operator":"is_any_of","value":["pro"]},{"field":"attributes.score","operator":"at_least","value":0},{"field":"country","operator":"is_not","value":"XX"}]});
    let p = person.clone().htmx().with("hx-target","segment-preview").post(SEGMENT_PREVIEW.url(), &[("r:match","all"),("r.0:field","attributes.plan"),("r.0:operator","is"),("r.0:value","pro"),("r.1:field","attributes.score"),("r.1:operator","at_least"),("r.1:value","0"),("r.2:field","country"),("r.2:operator","is_not"),("r.2:value","XX")]).await;
    eprintln!("preview {:?} {:?}", t.elapsed(), p.texts(".stat"));
    let t = Instant::now();
    let p = person.clone().htmx().with("hx-target","segment-preview").post(SEGMENT_PREVIEW.url(), &[("r:match","all"),("r.0:field","city"),("r.0:operator","is"),("r.0:value","bonn")]).await;
    eprintln!("preview city {:?} {:?}", t.elapsed(), p.texts(".stat"));
    let t = Instant::now();
    let seg = here.segment("Pro", rule).await;
    eprintln!("create + first rebuild {:?}", t.elapsed());
    here.app.run_until_idle().await;
    let ms: (i64, i64) = sqlx::query_as("SELECT rebuild_ms, member_count FROM crm.segments").fetch_one(&pool).await.unwrap();
    eprintln!("first rebuild {ms:?}");
    let sel = "SELECT count(*) FROM crm.contacts c WHERE org_id=$1 AND lower(c.country) <> 'xx' AND lower(attributes->>'plan') = 'pro' AND (attributes->>'score')::numeric >= 0";
    for _ in 0..3 { let t = Instant::now(); let _: i64 = sqlx::query_scalar(sel).bind(org).persistent(false).fetch_one(&pool).await.unwrap(); eprintln!("hand select count {:?}", t.elapsed()); }
    sqlx::query("VACUUM ANALYZE crm.segment_members").execute(&mut owner).await.unwrap();
    for _ in 0..3 { let t = Instant::now(); person.post(SEGMENT_REBUILD.url(&seg), &[]).await.expect(303);
    let ms: i64 = sqlx::query_scalar("SELECT rebuild_ms FROM crm.segments").fetch_one(&pool).await.unwrap();
    eprintln!("unchanged rebuild {:?} ({ms} ms)", t.elapsed()); }
    let other = uuid::Uuid::now_v7();
    for n in 0..2 {
    sqlx::query("DELETE FROM crm.segment_members WHERE segment_id=$1").bind(if n==0 {other} else {seg.uuid()}).execute(&mut owner).await.unwrap();
    let t = Instant::now();
    sqlx::query(r#"WITH now_in AS (SELECT id FROM crm.contacts c WHERE org_id=$1 AND lower(c.country) <> 'xx' AND lower(attributes->>'plan') = 'pro' AND (attributes->>'score')::numeric >= 0),
      gone AS (DELETE FROM crm.segment_members m WHERE m.org_id=$1 AND m.segment_id=$2 AND NOT EXISTS (SELECT 1 FROM now_in n WHERE n.id=m.contact_id) RETURNING m.contact_id),
      came AS (INSERT INTO crm.segment_members SELECT $1,$2,n.id,now() FROM now_in n WHERE NOT EXISTS (SELECT 1 FROM crm.segment_members m WHERE m.org_id=$1 AND m.segment_id=$2 AND m.contact_id=n.id) RETURNING contact_id)
      SELECT count(*) FROM came"#).bind(org).bind(other).execute(&pool).await.unwrap();
    eprintln!("hand rebuild of 250k {:?}", t.elapsed());
    sqlx::query("DELETE FROM crm.segment_members WHERE segment_id=$1").bind(other).execute(&mut owner).await.unwrap();
    sqlx::query("VACUUM ANALYZE crm.segment_members").execute(&mut owner).await.unwrap();
    let t = Instant::now();
    sqlx::query("INSERT INTO crm.segment_members SELECT $1,$2,c.id,now() FROM crm.contacts c WHERE org_id=$1 AND lower(c.country) <> 'xx' AND lower(attributes->>'plan') = 'pro' AND (attributes->>'score')::numeric >= 0").bind(org).bind(other).execute(&pool).await.unwrap();
    eprintln!("hand insert select of 250k {:?}", t.elapsed());
    sqlx::query("DELETE FROM crm.segment_members WHERE segment_id=$1").bind(other).execute(&mut owner).await.unwrap();
    sqlx::query("DELETE FROM crm.segment_members").execute(&mut owner).await.unwrap();
    sqlx::query("VACUUM ANALYZE crm.segment_members").execute(&mut owner).await.unwrap();
    let t = Instant::now(); person.post(SEGMENT_REBUILD.url(&seg), &[]).await.expect(303);
    let ms: i64 = sqlx::query_scalar("SELECT rebuild_ms FROM crm.segments").fetch_one(&pool).await.unwrap();
    eprintln!("our rebuild of 250k {:?} ({ms} ms)", t.elapsed()); 
    }
    let all = here.segment("All", json!({"all":[]})).await;
    here.app.run_until_idle().await;
    let ms: (i64, i64) = sqlx::query_as("SELECT rebuild_ms, member_count FROM crm.segments WHERE name='All'").fetch_one(&pool).await.unwrap();
    eprintln!("1M members rebuild {ms:?}");
    sqlx::query("ANALYZE crm.segment_members").execute(&mut owner).await.unwrap();
    let spec = AudienceSpec{include: vec![all, seg], exclude: vec![]};
    let t = Instant::now(); let c = here.audience.count(here.app.org, &spec).await.unwrap(); eprintln!("count {c:?} {:?}", t.elapsed());
    let spec = AudienceSpec{include: vec![seg], exclude: vec![]};
    let t = Instant::now(); let c = here.audience.count(here.app.org, &spec).await.unwrap(); eprintln!("count {c:?} {:?}", t.elapsed());
    let id = AudienceId::generate();
    let t = Instant::now(); let c = here.audience.freeze(here.app.org, id, &spec).await.unwrap(); eprintln!("freeze {c:?} {:?}", t.elapsed());
    let t = Instant::now(); let mut after=None; let mut n=0; let mut pages=0;
    loop { let p = here.audience.page(here.app.org, id, after, 5000).await.unwrap(); n+=p.people.len(); pages+=1; after=p.next; if after.is_none() {break} }
    eprintln!("paged {n} in {pages} pages {:?}", t.elapsed());
}
