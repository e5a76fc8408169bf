//! Whole pages: what a handler made, inside the frame that all pages share.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use kernel::Role;
use maud::Markup;
use ui_kit::{Brand, Builder, ErrorPage, NavGroup, NavItem, PageHeader, Person, PublicShell, Shell, Tone};

use super::{Ctx, Site, Visitor, error::Problem};
use contracts::analytics::DASHBOARD;

/// From here on entries of the navigation belong to the settings.
const SETTINGS: u16 = 100;

impl Ctx {
    /// An ordinary page.
    #[must_use]
    pub fn page(&self, header: &PageHeader<'_>, body: Markup) -> Response {
        self.in_shell(|shell| ui_kit::page(shell, header, body))
            .into_response()
    }

    /// The same with another status: a form with its errors is a 422.
    #[must_use]
    pub fn page_with(&self, status: StatusCode, header: &PageHeader<'_>, body: Markup) -> Response {
        (status, self.page(header, body)).into_response()
    }

    /// A page whose content takes the whole height.
    #[must_use]
    pub fn builder(&self, builder: &Builder<'_>) -> Response {
        self.in_shell(|shell| ui_kit::builder_page(shell, builder))
            .into_response()
    }

    fn in_shell(&self, show: impl FnOnce(&Shell<'_>) -> Markup) -> Markup {
        let person = self.person();
        let role = self.t(match person.map_or(Role::Viewer, |p| p.role) {
            Role::Viewer => "platform-role-viewer",
            Role::Member => "platform-role-member",
            Role::Admin => "platform-role-admin",
            Role::Owner => "platform-role-owner",
        });
        show(&Shell {
            words: self.words(),
            language: self.l10n.tag(),
            theme: self.theme,
            organization: &self.organization.name,
            mode: self.organization.mode,
            person: Person {
                name: person.map_or("", |p| &p.name),
                email: person.map_or("", |p| &p.email),
                role: &role,
            },
            nav: self.navigation(),
            csrf: &self.csrf,
            flash: self
                .toasts
                .iter()
                .map(|toast| {
                    ui_kit::Toast::new(
                        if toast.failed { Tone::Danger } else { Tone::Success },
                        toast.text.as_str(),
                    )
                })
                .collect(),
            shortcuts: self.shortcuts,
            version: env!("CARGO_PKG_VERSION"),
        })
    }

    fn navigation(&self) -> Vec<NavGroup<'static>> {
        let active = self.active_entry();
        let visible = self.site.nav.iter().filter(|item| self.may(item.permission));
        let (settings, main): (Vec<_>, Vec<_>) = visible.partition(|item| item.order >= SETTINGS);
        let group = |label: Option<&str>, items: Vec<&crate::NavItem>| NavGroup {
            label: label.map(|key| self.t(key).into()),
            items: items
                .into_iter()
                .map(|item| {
                    let mut link = NavItem::new(self.t(item.label_key), item.icon, item.href.clone());
                    if let Some(key) = item.shortcut {
                        link = link.shortcut(key);
                    }
                    link.active(active == Some(item.href.as_str()))
                })
                .collect(),
        };
        let groups = [group(None, main), group(Some("platform-nav-settings"), settings)];
        groups
            .into_iter()
            .filter(|group| !group.items.is_empty())
            .collect()
    }

    /// The entry whose address is the longest beginning of the present path.
    fn active_entry(&self) -> Option<&str> {
        let covers = |href: &str| {
            self.path == href
                || (href != DASHBOARD.template()
                    && self
                        .path
                        .strip_prefix(href)
                        .is_some_and(|rest| rest.starts_with('/')))
        };
        self.site
            .nav
            .iter()
            .map(|item| item.href.as_str())
            .filter(|href| covers(href))
            .max_by_key(|href| href.len())
    }
}

impl Visitor {
    /// A page without a navigation. `brand` says whose colours it carries.
    #[must_use]
    pub fn page(&self, title: &str, brand: Brand<'_>, footer: Option<&str>, body: Markup) -> Response {
        let shell = PublicShell {
            words: self.words(),
            language: self.l10n.tag(),
            theme: self.theme,
            brand,
            title: title.into(),
            footer: footer.map(Into::into),
        };
        ui_kit::public_page(&shell, body).into_response()
    }
}

/// The page that shows a problem; it keeps the headers of the first answer.
pub(crate) fn error_page(
    _site: &Arc<Site>,
    ctx: Option<&Ctx>,
    visitor: &Visitor,
    problem: &Problem,
    response: Response,
) -> Response {
    let (title, text) = texts(visitor, problem);
    let error = ErrorPage {
        status: problem.status.as_u16(),
        title: title.as_str().into(),
        text: text.as_str().into(),
        action: Some((visitor.t("platform-error-home").into(), DASHBOARD.url().into())),
        reference: Some(visitor.request.to_string().into()),
    };
    let page = match ctx {
        Some(ctx) => ctx.in_shell(|shell| ui_kit::error_body(shell, &error)),
        None => {
            let shell = PublicShell {
                words: visitor.words(),
                language: visitor.l10n.tag(),
                theme: visitor.theme,
                brand: Brand::Product,
                title: title.as_str().into(),
                footer: None,
            };
            ui_kit::error_page(&shell, &error)
        }
    };
    let mut answer = (problem.status, page).into_response();
    for (name, value) in response.headers() {
        if name != http::header::CONTENT_TYPE && name != http::header::CONTENT_LENGTH {
            answer.headers_mut().append(name, value.clone());
        }
    }
    answer
}

fn texts(visitor: &Visitor, problem: &Problem) -> (String, String) {
    let key = match problem.status {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => "not-found",
        StatusCode::FORBIDDEN => "forbidden",
        StatusCode::SERVICE_UNAVAILABLE => "unavailable",
        status if status.is_server_error() => "internal",
        _ => "other",
    };
    let said = problem
        .detail
        .clone()
        .or_else(|| problem.errors.first().map(|e| e.detail.clone()));
    let text = match problem.status {
        StatusCode::PAYLOAD_TOO_LARGE => visitor.t("platform-error-too-large"),
        _ => said
            .filter(|_| key == "other")
            .unwrap_or_else(|| visitor.t(&format!("platform-error-{key}"))),
    };
    (visitor.t(&format!("platform-error-{key}-title")), text)
}
