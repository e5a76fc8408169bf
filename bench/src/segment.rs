//! Rebuilding segments, beside the same difference by hand-written SQL.

use kernel::SegmentId;
use serde_json::json;

use crate::{
    hand::Hand,
    machine::Machine,
    plan::Plan,
    table::{Pair, Table, median},
};

/// The same people as the rule.
const WHO: &str = r#"
    SELECT org_id, id FROM crm.contacts
    WHERE org_id = (SELECT org_id FROM crm.contacts LIMIT 1)
      AND attributes ->> 'plan' = 'team'
      AND (attributes ->> 'seats')::numeric > 10
      AND created_at > now() - interval '90 days'
"#;

/// A rule over two attributes and a date, as people make them.
pub async fn measure(on: &Machine, table: &mut Table, plan: &Plan) -> anyhow::Result<()> {
    let mut hand = Hand::prepare(on).await?;
    let (mut all_new, mut unchanged) = (Vec::new(), Vec::new());
    for round in 0..plan.rounds {
        let limit = hand.write(WHO).await?;
        let id = made(on, round).await?;
        let ours = hand.rebuilt(id).await?.0;
        all_new.push(Pair { ours, limit });
        // It takes milliseconds, so several are taken.
        let (mut ours, mut limit) = (Vec::new(), Vec::new());
        for _ in 0..5 {
            limit.push(hand.select(WHO).await?.0);
            on.program.rebuild(id).await?;
            ours.push(hand.rebuilt(id).await?.0);
        }
        unchanged.push(Pair {
            ours: median(ours),
            limit: median(limit),
        });
    }
    hand.end().await?;
    table.time(
        "segment rebuild, all members new",
        &all_new,
        "the same SQL by hand",
        "<= 1.3",
    );
    table.time(
        "segment rebuild, nothing changed",
        &unchanged,
        "its SELECT by hand",
        "<= 1.5",
    );
    Ok(())
}

/// A segment that was just made and built.
async fn made(on: &Machine, round: usize) -> anyhow::Result<SegmentId> {
    let rule = json!({"all": [
        {"field": "attributes.plan", "operator": "is", "value": "team"},
        {"field": "attributes.seats", "operator": "more_than", "value": 10},
        {"field": "created_at", "operator": "in_the_last", "value": {"amount": 90, "unit": "days"}}
    ]});
    on.program.segment(&format!("Measured {round}"), rule).await
}
