//! Where the links of a caught message lead.

use crate::domain::tracking::LinkSigner;

/// The destination of a link that counts clicks; `None` for any other link.
pub fn destination(signer: &LinkSigner, url: &str) -> Option<String> {
    let token = url.rsplit('/').next()?;
    signer.read_click(token).map(|click| click.destination)
}
