//! What needs a person before or while mail is sent.

use async_trait::async_trait;
use contracts::{
    PortResult,
    analytics::{Attention, AttentionItem, Severity},
    delivery::{DOMAINS, MESSAGES, PROVIDERS, limits::LIMITS},
    identity::{Readiness, ReadinessItem},
};
use kernel::OrgId;
use platform::Db;

use super::domain_attention;
use crate::infrastructure::pg::attention;

/// Answers for the dashboard and for going live.
pub struct Watch(pub Db);

#[async_trait]
impl Attention for Watch {
    async fn attention(&self, org: OrgId) -> PortResult<Vec<AttentionItem>> {
        let mut tx = self.0.tenant(org).await?;
        let trouble = attention::read(&mut tx, org).await?;
        tx.commit().await?;
        let mut items = Vec::new();
        for name in trouble.paused_providers {
            items.push(item(
                Severity::Error,
                "delivery-attention-provider",
                1,
                name,
                PROVIDERS.url(),
            ));
        }
        for name in trouble.paused_domains {
            items.push(item(
                Severity::Error,
                "delivery-attention-domain",
                1,
                name,
                DOMAINS.url(),
            ));
        }
        if trouble.brakes > 0 {
            items.push(item(
                Severity::Error,
                "delivery-attention-brakes",
                trouble.brakes,
                String::new(),
                LIMITS.url(),
            ));
        }
        if trouble.paused_batches > 0 {
            let href = MESSAGES.with(&[("state", "failed")]);
            items.push(item(
                Severity::Error,
                "delivery-attention-batches",
                trouble.paused_batches,
                String::new(),
                href,
            ));
        }
        if trouble.held > 0 {
            let href = MESSAGES.with(&[("state", "held")]);
            items.push(item(
                Severity::Warning,
                "delivery-attention-held",
                trouble.held,
                String::new(),
                href,
            ));
        }
        items.extend(domain_attention::items(&self.0, org).await?);
        Ok(items)
    }
}

fn item(severity: Severity, text_key: &'static str, count: i64, name: String, href: String) -> AttentionItem {
    AttentionItem {
        severity,
        text_key,
        count,
        name,
        href,
    }
}

#[async_trait]
impl Readiness for Watch {
    async fn readiness(&self, org: OrgId) -> PortResult<Vec<ReadinessItem>> {
        let mut tx = self.0.tenant(org).await?;
        let setup = attention::setup(&mut tx, org).await?;
        tx.commit().await?;
        let item = |title_key, help_key, ready, required, href: String| ReadinessItem {
            title_key,
            help_key,
            ready,
            required,
            href,
        };
        Ok(vec![
            item(
                "delivery-ready-provider",
                "delivery-ready-provider-help",
                setup.provider,
                true,
                PROVIDERS.url(),
            ),
            item(
                "delivery-ready-tested",
                "delivery-ready-tested-help",
                setup.provider_tested,
                false,
                PROVIDERS.url(),
            ),
            item(
                "delivery-ready-domain",
                "delivery-ready-domain-help",
                setup.domain,
                true,
                DOMAINS.url(),
            ),
            item(
                "delivery-ready-signed",
                "delivery-ready-signed-help",
                setup.signed,
                false,
                DOMAINS.url(),
            ),
        ])
    }
}
