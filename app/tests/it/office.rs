//! Ann, who sends newsletters with a browser, and the people who get them.

use contracts::{
    campaign::{CAMPAIGN, CAMPAIGN_LAUNCH, CAMPAIGN_NEW},
    crm::{IMPORT_NEW, SEGMENT_NEW},
    delivery::{CLICK, INBOX, INBOX_MESSAGE_HTML, OPEN, TEMPLATE_NEW, UNSUBSCRIBE},
    identity::API_KEYS,
};
use kernel::{CampaignId, Permission};
use testkit::{Client, TestApp, TestResponse};

use crate::{
    form::Form,
    installation::{first_run, whole_program},
};

/// Where Ann works.
pub struct Office {
    pub app: TestApp,
    /// Ann's browser.
    pub ann: Client,
}

/// What somebody can do with a mail.
pub struct Mail {
    /// Paths on our own host.
    pub pixel: String,
    pub links: Vec<String>,
    pub unsubscribe: String,
}

impl Office {
    /// After the first run.
    pub async fn open() -> Self {
        let app = whole_program(|_| {}).await;
        let ann = first_run(&app).await;
        Self { app, ann }
    }

    /// A program with a key that Ann made for it.
    pub async fn program(&self, permissions: &[Permission]) -> Client {
        let mut fields = vec![("name", "Script"), ("mode", "test")];
        fields.extend(
            permissions
                .iter()
                .map(|permission| ("scopes", permission.as_str())),
        );
        let page = self.ann.post(API_KEYS.url(), &fields).await.expect(200).text();
        let from = page.find("mk_test_").expect("the page shows the key");
        let token: String = page[from..]
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect();
        self.app
            .stranger()
            .with("authorization", &format!("Bearer {token}"))
    }

    /// Does all there is to do; what is sent is finished by the schedules of the second round.
    pub async fn work_is_done(&self) {
        self.app.run_until_idle().await;
        self.app.run_until_idle().await;
    }

    /// Uploads a file, takes the columns as they were found, and imports it. Returns its page.
    pub async fn import(&self, csv: &str) -> TestResponse {
        self.import_with(csv, &[]).await
    }

    /// The same, with some choices changed.
    pub async fn import_with(&self, csv: &str, choices: &[(&str, &str)]) -> TestResponse {
        let uploaded = self
            .ann
            .upload(IMPORT_NEW.url(), "file", "people.csv", csv.as_bytes())
            .await
            .expect(303);
        let mapping = self.ann.get(uploaded.location()).await.expect(200);
        let form = Form::with_control(&mapping, "column_0").set("then", "start");
        let form = choices
            .iter()
            .fold(form, |form, (name, value)| form.set(name, value));
        form.send(&self.ann).await.expect(303);
        self.work_is_done().await;
        self.ann.get(uploaded.location()).await.expect(200)
    }

    /// A segment of those who have a tag; its id.
    pub async fn segment(&self, name: &str, tag: &str) -> String {
        let page = self.ann.get(SEGMENT_NEW.url()).await.expect(200);
        let form = Form::with_control(&page, "r.0:field")
            .set("name", name)
            .set("r.0:field", "tags");
        // Another field, and the button that fits the form to it.
        let page = form.set("edit", "refresh").send(&self.ann).await.expect(200);
        let form = Form::with_control(&page, "r.0:field")
            .set("r.0:operator", "has_any_of")
            .set("r.0:value", tag);
        let saved = form.send(&self.ann).await.expect(303).location();
        self.work_is_done().await;
        id_in(&saved)
    }

    /// A template from a starter; its id.
    pub async fn template(&self, name: &str) -> String {
        let page = self.ann.get(TEMPLATE_NEW.url()).await.expect(200);
        let form = Form::with_control(&page, "starter")
            .set("name", name)
            .set("starter", "announcement");
        id_in(&form.send(&self.ann).await.expect(303).location())
    }

    /// A campaign that is ready to go.
    pub async fn draft(&self, name: &str, segments: &[&str], template: &str) -> CampaignId {
        let made = self
            .ann
            .post(CAMPAIGN_NEW.url(), &[("name", name)])
            .await
            .expect(303)
            .location();
        let page = self.ann.get(&made).await.expect(200);
        let mut form = Form::with_control(&page, "template").set("template", template);
        for segment in segments {
            form = form.and("include", segment);
        }
        form.send(&self.ann).await.expect(303);
        id_in(&made).parse().expect("the address holds the id")
    }

    /// Presses the button of the page that asks for the last time.
    pub async fn launch(&self, id: CampaignId) -> TestResponse {
        let page = self.ann.get(CAMPAIGN_LAUNCH.url(&id)).await.expect(200);
        Form::with_control(&page, "version").send(&self.ann).await
    }

    /// Everything from the draft to the last mail.
    pub async fn campaign(&self, name: &str, segments: &[&str], template: &str) -> CampaignId {
        let id = self.draft(name, segments, template).await;
        self.launch(id).await.expect(303);
        self.work_is_done().await;
        id
    }

    /// The page of a campaign.
    pub async fn report(&self, id: CampaignId) -> TestResponse {
        self.ann.get(CAMPAIGN.url(&id)).await.expect(200)
    }

    /// How many mails of all campaigns the inbox holds for an address.
    pub async fn mails_to(&self, address: &str) -> usize {
        self.ann
            .get(INBOX.with(&[("q", address)]))
            .await
            .expect(200)
            .texts("main tbody tr")
            .len()
    }

    /// The newest mail to an address, opened.
    pub async fn mail_to(&self, address: &str) -> Mail {
        let list = self.ann.get(INBOX.with(&[("q", address)])).await.expect(200);
        let message = list.attributes("main tbody a", "href").into_iter().next();
        let message = message.unwrap_or_else(|| panic!("{address} got nothing"));
        self.ann.get(&message).await.expect(200);
        let id = id_in(&message).parse().expect("the address holds the id");
        let html = self.ann.get(INBOX_MESSAGE_HTML.url(&id)).await.expect(200);
        let paths = |selector: &str, attribute: &str, template: &str| -> Vec<String> {
            let prefix = template.split('{').next().expect("a split has a first part");
            let all = html.attributes(selector, attribute).into_iter();
            all.filter_map(|url| Some(url[url.find(prefix)?..].to_owned()))
                .collect()
        };
        Mail {
            pixel: paths("img", "src", OPEN.template()).swap_remove(0),
            links: paths("a", "href", CLICK.template()),
            unsubscribe: paths("a", "href", UNSUBSCRIBE.template()).swap_remove(0),
        }
    }
}

/// What stands last in an address.
fn id_in(url: &str) -> String {
    url.rsplit('/')
        .next()
        .expect("a split has a last part")
        .to_owned()
}

/// The rows of the table "where everybody is": outcome and people.
pub fn whereabouts(report: &TestResponse) -> Vec<(String, i64)> {
    let cells = report.texts("#report-whereabouts tbody tr > *");
    let people = |text: &str| {
        text.replace(',', "")
            .parse()
            .unwrap_or_else(|_| panic!("{text} is no number"))
    };
    cells
        .chunks(3)
        .map(|row| (row[0].clone(), people(&row[1])))
        .collect()
}
