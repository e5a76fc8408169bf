//! Templates, tracking, unsubscribing, web views and the built-in inbox, as one part of the module.

use std::sync::Arc;

use contracts::{
    crm::{ContactSnapshots, consent::Consents, preview::PreviewPeople},
    delivery::{
        CLICK, INBOX, INBOX_EMPTYING, INBOX_MESSAGE, INBOX_MESSAGE_HTML, INBOX_MESSAGE_SOURCE, MessageIntake,
        OPEN, TEMPLATE, TEMPLATE_DELETION, TEMPLATE_NEW, TEMPLATE_PREVIEW, TEMPLATE_PREVIEW_HTML,
        TEMPLATE_TEST, TEMPLATES, Templates, UNSUBSCRIBE, WEB_VIEW,
        editor::{TEMPLATE_CODE, TEMPLATE_LINK_CHECK, TEMPLATE_VISUAL},
    },
    identity::Organizations,
};
use kernel::Permission;
use platform::{
    Deps, NavItem, Tick, Worker,
    web::{Access, Routes},
};
use ui_kit::Icon;

use super::{
    api,
    public::{tracking, unsubscribe, web_view},
    template_ports::TemplatePorts,
    tracking_upkeep::TrackingUpkeep,
    web::{inbox, inbox_message, template_editor, template_new, templates},
};
use crate::{
    application::{
        commit_tracking::tracking_queue, compiled_templates::CompiledTemplates, template_deps::TemplateDeps,
    },
    domain::tracking::LinkSigner,
    infrastructure::tracking_spill::TrackingSpill,
};

/// The messages of these pages, in Fluent's format.
pub const MESSAGES: &str = include_str!("../../i18n/templates.en.ftl");

/// What these parts need of the rest of the program.
pub struct AuthoringPorts {
    /// Names and addresses of senders.
    pub organizations: Arc<dyn Organizations>,
    /// Contacts to preview as.
    pub contacts: Arc<dyn ContactSnapshots>,
    /// Where people stand with topics.
    pub consents: Arc<dyn Consents>,
    /// Takes tests in.
    pub intake: Arc<dyn MessageIntake>,
    /// Versions that are ready to render; the engine has the same ones.
    pub compiled: CompiledTemplates,
    /// Makes and reads the links of messages; the engine has the same one.
    pub signer: Arc<LinkSigner>,
    /// People to go through in previews.
    pub people: Option<Arc<dyn PreviewPeople>>,
}

/// What these parts add to the module.
pub struct Authoring {
    /// Pages.
    pub web: Routes,
    /// The API.
    pub api: Routes,
    /// What mails lead to.
    pub public: Routes,
    /// Stores opens and clicks. It has to run in every process that serves `public`.
    pub workers: Vec<Arc<dyn Worker>>,
    /// Makes partitions.
    pub ticks: Vec<Arc<dyn Tick>>,
    /// Entries of the navigation.
    pub nav: Vec<NavItem>,
    /// Templates for other contexts.
    pub templates: Arc<dyn Templates>,
}

/// The signer of this installation's links.
#[must_use]
pub fn link_signer(deps: &Deps) -> LinkSigner {
    let signer = LinkSigner::new(&deps.keys.derive("delivery.links"), &deps.config.base_url())
        .with_preferences(&deps.keys.derive("preferences"));
    if deps.config.delivery.tracking_over_http {
        signer.with_hosts_over_http()
    } else {
        signer
    }
}

/// Puts the parts together.
#[must_use]
pub fn authoring(deps: &Deps, ports: AuthoringPorts) -> Authoring {
    let signer = Arc::clone(&ports.signer);
    let state = TemplateDeps {
        db: deps.db.clone(),
        clock: Arc::clone(&deps.clock),
        organizations: ports.organizations,
        contacts: ports.contacts,
        consents: ports.consents,
        intake: ports.intake,
        compiled: ports.compiled,
        signer: ports.signer,
        people: ports.people,
        egress: deps.egress.clone(),
    };
    let spill = TrackingSpill::new(deps.config.data_dir.join("tracking"));
    let (queue, committer) = tracking_queue(deps.db.clone(), spill);
    let tracked = tracking::Tracking {
        signer,
        queue,
        clock: Arc::clone(&deps.clock),
    };
    Authoring {
        web: web(state.clone()),
        api: api::templates::routes()
            .merge(api::template_checks::routes())
            .merge(api::inbox::routes())
            .merge(api::sending::routes())
            .with_state(state.clone()),
        public: public(state.clone(), tracked),
        workers: vec![Arc::new(committer)],
        ticks: vec![Arc::new(TrackingUpkeep(deps.db.clone()))],
        nav: navigation(),
        templates: Arc::new(TemplatePorts(state)),
    }
}

fn web(state: TemplateDeps) -> Routes {
    let read = Access::needs(Permission::TemplatesRead);
    let write = Access::needs(Permission::TemplatesWrite);
    let see_mail = Access::needs(Permission::MessagesRead);
    Routes::new()
        .get(TEMPLATES.template(), read, templates::list)
        .post(TEMPLATES.template(), write, template_new::create)
        .get(TEMPLATE_NEW.template(), write, template_new::show)
        .get(TEMPLATE.template(), read, template_editor::show)
        .post(TEMPLATE.template(), write, template_editor::save)
        .post(TEMPLATE_DELETION.template(), write, templates::delete)
        .post(TEMPLATE_PREVIEW.template(), write, template_editor::preview)
        .get(TEMPLATE_PREVIEW_HTML.template(), read, template_editor::frame)
        .post(TEMPLATE_TEST.template(), write, template_editor::test)
        .get(TEMPLATE_VISUAL.template(), write, template_editor::visual)
        .post(TEMPLATE_VISUAL.template(), write, template_editor::open_visual)
        .get(TEMPLATE_CODE.template(), read, template_editor::show)
        .post(TEMPLATE_CODE.template(), write, template_editor::open_code)
        .post(
            TEMPLATE_LINK_CHECK.template(),
            write,
            template_editor::check_links,
        )
        .get(INBOX.template(), see_mail, inbox::list)
        .post(
            INBOX_EMPTYING.template(),
            Access::needs(Permission::MessagesWrite),
            inbox::empty,
        )
        .get(INBOX_MESSAGE.template(), see_mail, inbox_message::show)
        .get(INBOX_MESSAGE_HTML.template(), see_mail, inbox_message::html)
        .get(INBOX_MESSAGE_SOURCE.template(), see_mail, inbox_message::source)
        .with_state(state)
}

fn public(state: TemplateDeps, tracked: tracking::Tracking) -> Routes {
    let tracking = Routes::new()
        .get(OPEN.template(), Access::Public, tracking::open)
        .get(CLICK.template(), Access::Public, tracking::click)
        .with_state(tracked);
    Routes::new()
        .get(UNSUBSCRIBE.template(), Access::Public, unsubscribe::show)
        .post(UNSUBSCRIBE.template(), Access::Public, unsubscribe::change)
        .get(WEB_VIEW.template(), Access::Public, web_view::show)
        .with_state(state)
        .merge(tracking)
}

fn navigation() -> Vec<NavItem> {
    vec![
        NavItem {
            order: 40,
            label_key: "delivery-templates-title",
            icon: Icon::Template,
            href: TEMPLATES.url(),
            permission: Permission::TemplatesRead,
            shortcut: Some('t'),
        },
        NavItem {
            order: 70,
            label_key: "delivery-inbox-title",
            icon: Icon::Inbox,
            href: INBOX.url(),
            permission: Permission::MessagesRead,
            shortcut: Some('i'),
        },
    ]
}
