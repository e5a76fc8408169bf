use axum::response::Response;
use contracts::delivery::{DOMAIN, domains::DOMAIN_ACTIVATION};
use platform::web::Ctx;
use ui_kit::PageHeader;

use super::list_view::crumb;
use crate::{application::read_domains::Domain, interface::web::settings_parts::Question};

/// Asks before keys sign that nobody can see.
pub fn page(ctx: &Ctx, domain: &Domain) -> Response {
    let header = crumb(ctx, PageHeader::new(ctx.t("delivery-keys-activate-title")))
        .crumb(domain.domain.as_str(), DOMAIN.url(&domain.id));
    let question = Question {
        text: ctx.t("delivery-keys-activate-text"),
        button: ctx.t("delivery-keys-activate"),
        action: DOMAIN_ACTIVATION.url(&domain.id),
        back: DOMAIN.url(&domain.id),
    };
    question.page(ctx, header)
}
