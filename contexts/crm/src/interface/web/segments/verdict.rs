//! Why a contact matches a rule, or does not: each condition in green or red.

use maud::{Markup, html};
use platform::web::Ctx;
use ui_kit::{Card, Icon, Tone, badge, badge_with_icon};

use super::words::{name_of, say};
use crate::domain::{
    contact::Contact,
    rule::{
        Matching, Rule, Schema, Verdict,
        sentence::{Names, condition_clause},
        verdict,
    },
};

/// The rule with its answers for one contact.
pub fn verdict_card(
    ctx: &Ctx,
    contact: &Contact,
    rule: &Rule,
    answers: &[bool],
    schema: &Schema,
    names: &Names,
) -> Markup {
    let verdict = verdict(rule, answers);
    let who = name_of(ctx, contact);
    let key = if verdict.holds() {
        "crm-segments-probe-yes"
    } else {
        "crm-segments-probe-no"
    };
    let tree = Tree { ctx, schema, names };
    Card::titled(ctx.ta(key, &[("name", who.into())])).body(html! {
        ul.checklist { (tree.node(&verdict)) }
    })
}

struct Tree<'a> {
    ctx: &'a Ctx,
    schema: &'a Schema,
    names: &'a Names,
}

impl Tree<'_> {
    fn node(&self, verdict: &Verdict<'_>) -> Markup {
        match verdict {
            Verdict::Condition(condition, holds) => {
                let say = |key: &str, words: &[_]| say(self.ctx, key, words);
                let clause = condition_clause(condition, self.schema, self.names, &say);
                html! { li { (self.mark(*holds)) " " (clause) } }
            }
            Verdict::Group(matching, holds, parts) => html! {
                li {
                    (self.mark(*holds)) " " (badge(Tone::Neutral, &self.matching(*matching)))
                    ul { @for part in parts { (self.node(part)) } }
                }
            },
        }
    }

    fn matching(&self, matching: Matching) -> String {
        self.ctx.t(&format!("crm-segments-match-{}", matching.word()))
    }

    /// By word and icon as well as by colour.
    fn mark(&self, holds: bool) -> Markup {
        if holds {
            badge_with_icon(Tone::Success, Icon::Check, &self.ctx.t("crm-segments-holds"))
        } else {
            badge_with_icon(Tone::Danger, Icon::Close, &self.ctx.t("crm-segments-holds-not"))
        }
    }
}
