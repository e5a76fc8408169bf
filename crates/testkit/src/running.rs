//! The real program: started as an operator would, used as a browser and an API client would. For
//! crash tests and benchmarks.

mod under_fire;

pub use under_fire::Node;

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use contracts::identity::{API_KEYS, GO_LIVE, LOGIN};
use kernel::Permission;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use tokio::process::{Child, Command};

/// The organisation that the first run makes.
pub const ORGANIZATION: &str = "Example Ltd";
const EMAIL: &str = "owner@example.com";
const PASSWORD: &str = "correct horse battery staple";

/// How its processes are started, beside what all tests have in common.
#[derive(Clone, Debug, Default)]
pub struct How {
    /// `key=value`, as after `--set`; later ones win.
    pub settings: Vec<String>,
    /// Variables of their environment.
    pub env: Vec<(String, String)>,
    /// Where their logs go to, one after the other; by default where the test's own go.
    pub log: Option<PathBuf>,
    /// Where the folder of the installation is made; by default among the temporary files.
    pub parent: Option<PathBuf>,
}

/// A running program with an organisation, a session and a key of its API.
pub struct RunningProgram {
    child: Child,
    binary: PathBuf,
    folder: PathBuf,
    database_url: Option<String>,
    how: How,
    port: u16,
    /// Base of all addresses.
    pub base: String,
    /// Keeps connections open.
    pub client: Client,
    /// The session of the owner.
    pub cookie: String,
    key: String,
}

impl RunningProgram {
    /// Starts on an empty folder and does the first run. With a database it uses that one, otherwise
    /// it runs its own.
    pub async fn start(binary: &Path, database_url: Option<&str>) -> anyhow::Result<Self> {
        Self::start_as(binary, database_url, How::default()).await
    }

    /// The same, started in a way of one's own.
    pub async fn start_as(binary: &Path, database_url: Option<&str>, how: How) -> anyhow::Result<Self> {
        let folder = new_folder(&how)?;
        let password = folder.join("password");
        std::fs::write(&password, PASSWORD)?;
        let mut setup = Command::new(binary);
        setup
            .args([
                "setup",
                "--organization",
                ORGANIZATION,
                "--name",
                "Bea Example",
                "--email",
                EMAIL,
            ])
            .arg("--password-file")
            .arg(&password)
            .arg("--data-dir")
            .arg(folder.join("data"))
            .args(["--set", "log.level=warn"])
            .stdout(Stdio::null());
        if let Some(url) = database_url {
            setup.args(["--database-url", url]);
        }
        ensure!(setup.status().await?.success(), "mauntic setup failed");
        let port = free_port()?;
        #[expect(
            clippy::disallowed_methods,
            reason = "talks to the program on this machine only"
        )]
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let mut program = Self {
            child: spawn(binary, &folder.join("data"), port, database_url, &how)?,
            binary: binary.to_owned(),
            folder,
            database_url: database_url.map(str::to_owned),
            how,
            port,
            base: format!("http://127.0.0.1:{port}"),
            client,
            cookie: String::new(),
            key: String::new(),
        };
        program.wait_until_ready().await?;
        program.sign_in().await?;
        program.key = program.make_key().await?;
        Ok(program)
    }

    /// Its data folder.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Kills it as the power would, and starts it again.
    pub async fn kill_and_restart(&mut self) -> anyhow::Result<()> {
        self.child.kill().await?;
        self.child = spawn(
            &self.binary,
            &self.data_dir(),
            self.port,
            self.database_url.as_deref(),
            &self.how,
        )?;
        self.wait_until_ready().await
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id().unwrap_or(0)
    }

    /// A request of the API.
    pub fn api(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(&self.key)
    }

    /// A request of the API with JSON both ways.
    pub async fn json(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        let mut request = self.api(method, path);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let status = response.status();
        let text = response.text().await?;
        ensure!(status.is_success(), "{path}: {status}: {text}");
        Ok(if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text)?
        })
    }

    /// A page as the owner's browser gets it.
    pub async fn page(&self, path: &str) -> anyhow::Result<String> {
        let response = self
            .client
            .get(format!("{}{path}", self.base))
            .header("cookie", &self.cookie)
            .send()
            .await?;
        let status = response.status();
        let text = response.text().await?;
        ensure!(status.is_success(), "{path}: {status}");
        Ok(text)
    }

    /// A form as the owner's browser sends it. Returns status and page.
    pub async fn form(
        &self,
        page: &str,
        action: &str,
        fields: &[(&str, &str)],
    ) -> anyhow::Result<(u16, String)> {
        let csrf = between(&self.page(page).await?, "name=\"csrf\" value=\"", "\"")
            .context("the page has no token")?;
        let body: Vec<String> = fields
            .iter()
            .chain(&[("csrf", csrf.as_str())])
            .map(|(k, v)| format!("{k}={}", escape(v)))
            .collect();
        let response = self
            .client
            .post(format!("{}{action}", self.base))
            .header("cookie", &self.cookie)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.join("&"))
            .send()
            .await?;
        Ok((response.status().as_u16(), response.text().await?))
    }

    /// Lets mail leave the machine.
    pub async fn go_live(&self) -> anyhow::Result<()> {
        let page = GO_LIVE.url();
        let (status, text) = self
            .form(&page, &page, &[("confirmation", ORGANIZATION), ("mode", "live")])
            .await?;
        ensure!(
            status == 303,
            "going live: {status}: {}",
            between(&text, "<main", "</main>").unwrap_or(text)
        );
        Ok(())
    }

    /// Stops and starts again on the same folder; seconds until it is ready.
    pub async fn restart(&mut self) -> anyhow::Result<f64> {
        self.end().await?;
        let start = Instant::now();
        self.child = spawn(
            &self.binary,
            &self.data_dir(),
            self.port,
            self.database_url.as_deref(),
            &self.how,
        )?;
        self.wait_until_ready().await?;
        Ok(start.elapsed().as_secs_f64())
    }

    /// Starts a second process beside a PostgreSQL that runs already; seconds until it is ready.
    pub async fn start_beside(&self, database_url: &str) -> anyhow::Result<f64> {
        let port = free_port()?;
        let start = Instant::now();
        let mut second = spawn(
            &self.binary,
            &self.folder.join("second"),
            port,
            Some(database_url),
            &self.how,
        )?;
        wait_for(&self.client, &format!("http://127.0.0.1:{port}/readyz")).await?;
        let seconds = start.elapsed().as_secs_f64();
        second.kill().await?;
        Ok(seconds)
    }

    /// Ends it and deletes its folder.
    pub async fn stop(&mut self) -> anyhow::Result<()> {
        self.end().await?;
        std::fs::remove_dir_all(&self.folder).ok();
        Ok(())
    }

    async fn end(&mut self) -> anyhow::Result<()> {
        if let Some(pid) = self.child.id() {
            Command::new("kill")
                .args(["-TERM", &pid.to_string()])
                .status()
                .await?;
        }
        self.child.wait().await?;
        Ok(())
    }

    async fn wait_until_ready(&self) -> anyhow::Result<()> {
        wait_for(&self.client, &format!("{}/readyz", self.base)).await
    }

    async fn sign_in(&mut self) -> anyhow::Result<()> {
        let body = format!("email={}&password={}", escape(EMAIL), escape(PASSWORD));
        let response = self
            .client
            .post(format!("{}{}", self.base, LOGIN.url()))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("origin", &self.base)
            .body(body)
            .send()
            .await?;
        ensure!(
            response.status().as_u16() == 303,
            "signing in: {}",
            response.status()
        );
        let cookies = response
            .headers()
            .get_all("set-cookie")
            .iter()
            .filter_map(|v| v.to_str().ok());
        let session = cookies
            .filter_map(|c| c.split(';').next())
            .find(|c| c.starts_with("sid="));
        self.cookie = session.context("signing in set no cookie")?.to_owned();
        Ok(())
    }

    async fn make_key(&self) -> anyhow::Result<String> {
        let mut fields = vec![("name", "Everything"), ("expiry", "never"), ("mode", "live")];
        fields.extend(Permission::ALL.iter().map(|p| ("scopes", p.as_str())));
        let page = API_KEYS.url();
        let (status, text) = self.form(&page, &page, &fields).await?;
        let start = text
            .find("mk_")
            .with_context(|| format!("no key was shown ({status})"))?;
        let key: String = text[start..]
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect();
        Ok(key)
    }
}

/// A folder that every user can pass through, since PostgreSQL does not run as root.
fn new_folder(how: &How) -> anyhow::Result<PathBuf> {
    let parent = how.parent.clone().unwrap_or_else(std::env::temp_dir);
    let folder = parent.join(format!("mauntic-{}", uuid::Uuid::new_v4().simple()));
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn spawn(
    binary: &Path,
    data: &Path,
    port: u16,
    database_url: Option<&str>,
    how: &How,
) -> anyhow::Result<Child> {
    let mut command = Command::new(binary);
    command
        .arg("up")
        .args([
            "--port",
            &port.to_string(),
            "--base-url",
            &format!("http://127.0.0.1:{port}"),
        ])
        // The mail server of a test is on this machine.
        .args([
            "--set",
            "log.level=warn",
            "--set",
            "egress.allow_private_networks=true",
        ])
        // Nobody's DNS knows the domains of tests.
        .args([
            "--set",
            "delivery.look_up_domains=false",
            "--set",
            "delivery.require_verified_domains=false",
        ])
        .args(["--set", "metrics.listen=127.0.0.1:0"])
        .arg("--data-dir")
        .arg(data)
        .stdout(Stdio::null())
        .kill_on_drop(true);
    if let Some(url) = database_url {
        command.args(["--database-url", url]);
    }
    for setting in &how.settings {
        command.args(["--set", setting]);
    }
    command.envs(how.env.iter().map(|(name, value)| (name, value)));
    if let Some(log) = &how.log {
        let file = std::fs::File::options().create(true).append(true).open(log)?;
        command.stderr(file);
    }
    Ok(command.spawn()?)
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

async fn wait_for(client: &Client, url: &str) -> anyhow::Result<()> {
    let deadline = Instant::now() + Duration::from_secs(60);
    while Instant::now() < deadline {
        if client
            .get(url)
            .send()
            .await
            .is_ok_and(|r| r.status().is_success())
        {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    anyhow::bail!("{url} did not become ready")
}

/// The text between two marks.
pub fn between(text: &str, before: &str, after: &str) -> Option<String> {
    let rest = &text[text.find(before)? + before.len()..];
    Some(rest[..rest.find(after)?].to_owned())
}

fn escape(text: &str) -> String {
    text.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() {
                (b as char).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}
