use std::{cell::RefCell, rc::Rc};

use lol_html::{RewriteStrSettings, doc_text, element, end_tag, html_content::TextType, rewrite_str};

use super::html::decode_entities;

/// The same HTML, but its links open windows of their own.
#[must_use]
pub fn with_links_outside(html: &str) -> String {
    let settings = RewriteStrSettings::new()
        .with_strict(false)
        .append_element_content_handler(element!("a[href], area[href]", |link| {
            link.set_attribute("target", "_blank")?;
            link.set_attribute("rel", "noopener noreferrer")?;
            Ok(())
        }));
    rewrite_str(html, settings).unwrap_or_else(|_| html.to_owned())
}

/// Words and address of each link in finished HTML that leads somewhere.
#[must_use]
pub fn links_of(html: &str) -> Vec<(String, String)> {
    let found: Rc<RefCell<Vec<(String, String)>>> = Rc::default();
    let open: Rc<RefCell<Option<(String, String)>>> = Rc::default();
    let (opened, closed, described, said) = (
        Rc::clone(&open),
        Rc::clone(&found),
        Rc::clone(&open),
        Rc::clone(&open),
    );
    let settings = RewriteStrSettings::new()
        .with_strict(false)
        .append_element_content_handler(element!("a[href]", move |link| {
            let href = decode_entities(&link.get_attribute("href").unwrap_or_default())
                .trim()
                .to_owned();
            if href.is_empty() || href.starts_with('#') {
                return Ok(());
            }
            *opened.borrow_mut() = Some((String::new(), href));
            if let Some(handlers) = link.end_tag_handlers() {
                let (opened, closed) = (Rc::clone(&opened), Rc::clone(&closed));
                handlers.push(end_tag!(move |_| {
                    closed.borrow_mut().extend(opened.borrow_mut().take());
                    Ok(())
                }));
            }
            Ok(())
        }))
        .append_element_content_handler(element!("img[alt]", move |image| {
            if let (Some((words, _)), Some(alt)) = (&mut *described.borrow_mut(), image.get_attribute("alt"))
            {
                words.push_str(&decode_entities(&alt));
            }
            Ok(())
        }))
        .append_document_content_handler(doc_text!(move |chunk| {
            if let (Some((words, _)), TextType::Data) = (&mut *said.borrow_mut(), chunk.text_type()) {
                words.push_str(&decode_entities(chunk.as_str()));
            }
            Ok(())
        }));
    // HTML that cannot be read to its end has the links up to there.
    let _ = rewrite_str(html, settings);
    let found = found.borrow();
    found
        .iter()
        .map(|(words, url)| {
            (
                words.split_whitespace().collect::<Vec<_>>().join(" "),
                url.clone(),
            )
        })
        .collect()
}
