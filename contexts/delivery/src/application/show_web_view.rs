//! A message in a browser.

use contracts::PortError;

use super::{
    compiled_templates::TemplateUnavailable, merge_records::render_looking_up, preview_template::NoPreview,
    template_deps::TemplateDeps,
};
use crate::{domain::tracking::WebViewToken, infrastructure::pg};

/// The HTML of the message behind a token as its recipient got it, but with plain links and without
/// a pixel: whoever was sent the address is not the recipient.
pub async fn show_web_view(deps: &TemplateDeps, token: WebViewToken) -> Result<String, NoPreview> {
    let WebViewToken { org, message } = token;
    let mut tx = deps.db.tenant(org).await?;
    let target = pg::link_targets::find(&mut tx, org, message)
        .await?
        .ok_or(NoPreview::NotFound)?;
    tx.commit().await?;
    let compiled = deps
        .compiled
        .get(org, target.template_version)
        .await
        .map_err(|error| match error {
            TemplateUnavailable::Db(error) => NoPreview::Db(error),
            other => NoPreview::Port(PortError::failed(other)),
        })?;
    let data = deps.merge_data(org, target.snapshot, &target.batch_name).await?;
    let links = deps.plain_links(org, message);
    let (rendered, _) = render_looking_up(&*deps.contacts, org, &compiled, data, &links).await?;
    Ok(rendered?.html)
}
