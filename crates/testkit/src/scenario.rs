//! What crash tests and benchmarks do with the real program, by its API.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use contracts::{
    campaign::{API_CAMPAIGN_LAUNCHES, API_CAMPAIGN_REPORT, API_CAMPAIGNS},
    crm::{API_IMPORTS, API_SEGMENT, API_SEGMENT_REBUILDS, API_SEGMENTS},
    delivery::{API_DOMAINS, API_PROVIDERS, API_TEMPLATES},
    identity::API_ORGANIZATION,
};
use kernel::{CampaignId, SegmentId};
use reqwest::Method;
use serde_json::{Value, json};

use crate::RunningProgram;

/// A file of so many contacts: `email,first_name,last_name,company,city,country,plan,seats`.
#[must_use]
pub fn contacts_csv(count: usize) -> Vec<u8> {
    contacts_csv_of(0..count)
}

/// The same of some of them, for a file that comes in parts.
#[must_use]
pub fn contacts_csv_of(numbers: std::ops::Range<usize>) -> Vec<u8> {
    use std::io::Write;
    let plans = ["free", "team", "business"];
    let mut csv = Vec::with_capacity(numbers.len() * 90);
    csv.extend_from_slice(b"email,firstname,lastname,company,city,country,plan,seats\n");
    for n in numbers {
        writeln!(
            csv,
            "person{n}@example{}.com,First{},Last{},Company {},City {},Country {},{},{}",
            n % 97,
            n % 1000,
            n % 5000,
            n % 2000,
            n % 300,
            n % 40,
            plans[n % 3],
            n % 50
        )
        .expect("memory can be written to");
    }
    csv
}

impl RunningProgram {
    /// Defines the fields that [`contacts_csv`] fills.
    pub async fn define_fields(&self) -> anyhow::Result<()> {
        for field in [
            json!({"key": "plan", "label": "Plan", "type": "text"}),
            json!({"key": "seats", "label": "Seats", "type": "number"}),
        ] {
            self.json(Method::POST, contracts::crm::API_FIELDS.template(), Some(&field))
                .await?;
        }
        Ok(())
    }

    /// Imports a file and waits for the end; returns the seconds that the job took.
    pub async fn import(&self, csv: Vec<u8>) -> anyhow::Result<f64> {
        let columns = "email,first_name,last_name,company,city,country,attribute:plan,attribute:seats";
        let path = API_IMPORTS.with(&[("file_name", "people.csv"), ("columns", columns)]);
        let start = Instant::now();
        let response = self
            .api(Method::POST, &path)
            .header("content-type", "text/csv")
            .body(csv)
            .send()
            .await?;
        let status = response.status();
        let job = response
            .headers()
            .get("location")
            .and_then(|v| v.to_str().ok())
            .map(str::to_owned);
        ensure!(
            status.as_u16() == 202,
            "import: {status}: {}",
            response.text().await?
        );
        self.wait_for_job(&job.context("an import names its job")?)
            .await?;
        Ok(start.elapsed().as_secs_f64())
    }

    /// Waits until a job has ended well.
    pub async fn wait_for_job(&self, path: &str) -> anyhow::Result<Value> {
        let path = path.strip_prefix(&self.base).unwrap_or(path);
        loop {
            let job = self.json(Method::GET, path, None).await?;
            match job["state"].as_str() {
                Some("succeeded") => return Ok(job),
                Some("failed" | "cancelled") => anyhow::bail!("the job did not end well: {job}"),
                _ => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    /// Makes a segment and rebuilds it.
    pub async fn segment(&self, name: &str, rule: Value) -> anyhow::Result<SegmentId> {
        let made = self
            .json(
                Method::POST,
                API_SEGMENTS.template(),
                Some(&json!({"name": name, "rule": rule})),
            )
            .await?;
        let id: SegmentId = serde_json::from_value(made["id"].clone())?;
        self.rebuild(id).await?;
        Ok(id)
    }

    /// Rebuilds a segment and waits for it.
    pub async fn rebuild(&self, id: SegmentId) -> anyhow::Result<()> {
        let response = self
            .api(Method::POST, &API_SEGMENT_REBUILDS.url(&id))
            .json(&json!({}))
            .send()
            .await?;
        let status = response.status();
        if let Some(job) = response.headers().get("location").and_then(|v| v.to_str().ok()) {
            self.wait_for_job(job).await?;
            return Ok(());
        }
        ensure!(
            status.is_success(),
            "rebuild: {status}: {}",
            response.text().await?
        );
        loop {
            let segment = self.json(Method::GET, &API_SEGMENT.url(&id), None).await?;
            if segment["up_to_date"] == true {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Sends through a mail server on this machine, live.
    pub async fn send_through(&self, port: u16) -> anyhow::Result<()> {
        let address = json!({"postal_address": "1 Example Street, Example City"});
        self.json(Method::PATCH, API_ORGANIZATION.template(), Some(&address))
            .await?;
        let provider = json!({
            "name": "Sink", "host": "127.0.0.1", "port": port, "security": "none",
        });
        self.json(Method::POST, API_PROVIDERS.template(), Some(&provider))
            .await?;
        let domain = json!({
            "domain": "example.com", "from_name": "Example", "from_local_part": "news", "is_default": true,
            // Unsigned: what is measured is not the price of RSA.
            "keys": [],
        });
        self.json(Method::POST, API_DOMAINS.template(), Some(&domain))
            .await?;
        self.go_live().await
    }

    /// Makes a template in HTML of about `size` bytes, personalised, with three links.
    pub async fn template(&self, size: usize) -> anyhow::Result<String> {
        let filler = "<p>All the news that is fit to be measured, once more.</p>\n"
            .repeat(size.saturating_sub(900) / 59);
        let body = format!(
            "<html><body><h1>Hello {{{{ contact.first_name | default('there') }}}}</h1>\n\
             <p>You work at {{{{ contact.company | default('a company') }}}} on the plan {{{{ contact.attributes.plan }}}}.</p>\n\
             {filler}<p><a href=\"https://www.example.com/news\">News</a> <a href=\"https://www.example.com/shop\">Shop</a>\n\
             <a href=\"https://www.example.com/help\">Help</a></p>\n\
             <p>{{{{ organization.postal_address }}}} <a href=\"{{{{ unsubscribe_url }}}}\">Unsubscribe</a></p></body></html>"
        );
        let template = json!({
            "name": format!("Bench {}", uuid::Uuid::new_v4().simple()), "kind": "html",
            "subject": "News for {{ contact.first_name }}", "body": body, "text": "News. {{ unsubscribe_url }}",
        });
        let made = self
            .json(Method::POST, API_TEMPLATES.template(), Some(&template))
            .await?;
        Ok(made["id"].as_str().context("a template has an id")?.to_owned())
    }

    /// Makes a campaign and launches it.
    pub async fn launch(&self, segments: &[SegmentId], template: &str) -> anyhow::Result<CampaignId> {
        let campaign =
            json!({"name": "Measured", "audience": {"include": segments}, "template_id": template});
        let made = self
            .json(Method::POST, API_CAMPAIGNS.template(), Some(&campaign))
            .await?;
        let id: CampaignId = serde_json::from_value(made["id"].clone())?;
        self.json(Method::POST, &API_CAMPAIGN_LAUNCHES.url(&id), Some(&json!({})))
            .await?;
        Ok(id)
    }

    /// What became of a campaign.
    pub async fn report(&self, id: CampaignId) -> anyhow::Result<Value> {
        self.json(Method::GET, &API_CAMPAIGN_REPORT.url(&id), None).await
    }

    /// Waits until nothing of a campaign is under way any more.
    pub async fn wait_until_completed(&self, id: CampaignId) -> anyhow::Result<Value> {
        loop {
            let report = self.report(id).await?;
            if report["state"] == "completed" {
                return Ok(report);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}
