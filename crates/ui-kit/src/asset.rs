//! The files that pages load: one style sheet, two scripts, two fonts and the icon, all in the
//! binary. The page of the visual editor loads a few more ([`visual_editor`]).
//!
//! The name of each holds the start of the SHA-256 of its bytes, so that the platform can serve them
//! with `Cache-Control: public, max-age=31536000, immutable`: another content is another address.

use std::{borrow::Cow, sync::LazyLock};

use aws_lc_rs::digest::{SHA256, digest};

/// Where all of them are served.
pub const PREFIX: &str = "/static/";

/// One file.
#[derive(Debug)]
pub struct Asset {
    /// The path, for example `/static/app.1a2b3c4d.css`.
    pub path: String,
    /// What it holds.
    pub bytes: Cow<'static, [u8]>,
    /// Its `Content-Type`.
    pub content_type: &'static str,
}

/// The style sheet is written in parts; later ones build on earlier ones.
const STYLE_PARTS: [&str; 10] = [
    include_str!("../assets/css/tokens.css"),
    include_str!("../assets/css/base.css"),
    include_str!("../assets/css/frame.css"),
    include_str!("../assets/css/controls.css"),
    include_str!("../assets/css/forms.css"),
    include_str!("../assets/css/data.css"),
    include_str!("../assets/css/parts.css"),
    include_str!("../assets/css/overlays.css"),
    include_str!("../assets/css/builders.css"),
    include_str!("../assets/css/chart.css"),
];

struct Assets {
    css: Asset,
    js: Asset,
    htmx: Asset,
    font: Asset,
    font_ext: Asset,
    favicon: Asset,
    visual_editor: VisualEditorAssets,
}

/// What the page of the visual editor loads besides.
#[derive(Debug)]
pub struct VisualEditorAssets {
    /// Of GrapesJS.
    pub vendor_css: Asset,
    /// What makes it look like the rest; it comes after.
    pub css: Asset,
    /// The canvas.
    pub grapesjs: Asset,
    /// Its components of MJML.
    pub mjml: Asset,
    /// Ours, which uses both.
    pub js: Asset,
}

static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    let font = Asset::new(
        "inter",
        "woff2",
        FONT,
        include_bytes!("../assets/font/inter-latin.woff2"),
    );
    let font_ext = Asset::new(
        "inter-ext",
        "woff2",
        FONT,
        include_bytes!("../assets/font/inter-latin-ext.woff2"),
    );
    // The style sheet names the fonts by their hashed names, so it is made after them.
    let css = STYLE_PARTS
        .join("\n")
        .replace("inter-latin.woff2", font.file_name())
        .replace("inter-latin-ext.woff2", font_ext.file_name());
    Assets {
        css: Asset::new("app", "css", STYLE, css.into_bytes()),
        js: Asset::new("app", "js", SCRIPT, include_bytes!("../assets/app.js")),
        htmx: Asset::new(
            "htmx",
            "js",
            SCRIPT,
            include_bytes!("../assets/vendor/htmx-2.0.11.min.js"),
        ),
        favicon: Asset::new(
            "favicon",
            "svg",
            "image/svg+xml",
            include_bytes!("../assets/favicon.svg"),
        ),
        font,
        font_ext,
        visual_editor: VisualEditorAssets {
            vendor_css: Asset::new(
                "grapesjs",
                "css",
                STYLE,
                include_bytes!("../assets/vendor/grapesjs-0.23.6.min.css"),
            ),
            css: Asset::new(
                "visual-editor",
                "css",
                STYLE,
                include_bytes!("../assets/css/visual-editor.css"),
            ),
            grapesjs: Asset::new(
                "grapesjs",
                "js",
                SCRIPT,
                include_bytes!("../assets/vendor/grapesjs-0.23.6.min.js"),
            ),
            mjml: Asset::new(
                "grapesjs-mjml",
                "js",
                SCRIPT,
                include_bytes!("../assets/vendor/grapesjs-mjml-1.0.8.min.js"),
            ),
            js: Asset::new(
                "visual-editor",
                "js",
                SCRIPT,
                include_bytes!("../assets/visual-editor.js"),
            ),
        },
    }
});

const FONT: &str = "font/woff2";
const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

impl Asset {
    fn new(
        stem: &str,
        extension: &str,
        content_type: &'static str,
        bytes: impl Into<Cow<'static, [u8]>>,
    ) -> Self {
        let bytes = bytes.into();
        let hash = digest(&SHA256, &bytes);
        let hash: String = hash.as_ref()[..4]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Self {
            path: format!("{PREFIX}{stem}.{hash}.{extension}"),
            bytes,
            content_type,
        }
    }

    fn file_name(&self) -> &str {
        self.path
            .strip_prefix(PREFIX)
            .expect("every path is made with the prefix")
    }
}

/// All files, for tools that write them out.
pub fn all() -> impl Iterator<Item = &'static Asset> {
    let Assets {
        css,
        js,
        htmx,
        font,
        font_ext,
        favicon,
        visual_editor: editor,
    } = &*ASSETS;
    let of_editor = [
        &editor.vendor_css,
        &editor.css,
        &editor.grapesjs,
        &editor.mjml,
        &editor.js,
    ];
    [css, js, htmx, font, font_ext, favicon]
        .into_iter()
        .chain(of_editor)
}

/// The file at a path, or nothing.
#[must_use]
pub fn find(path: &str) -> Option<&'static Asset> {
    all().find(|asset| asset.path == path)
}

/// The style sheet's path.
#[must_use]
pub fn app_css() -> &'static str {
    &ASSETS.css.path
}

/// The path of our script.
#[must_use]
pub fn app_js() -> &'static str {
    &ASSETS.js.path
}

/// The path of htmx.
#[must_use]
pub fn htmx_js() -> &'static str {
    &ASSETS.htmx.path
}

/// What the page of the visual editor loads besides.
#[must_use]
pub fn visual_editor() -> &'static VisualEditorAssets {
    &ASSETS.visual_editor
}

/// The path of the font that every page needs.
#[must_use]
pub fn font() -> &'static str {
    &ASSETS.font.path
}

/// The path of the icon.
#[must_use]
pub fn favicon() -> &'static str {
    &ASSETS.favicon.path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_by_its_path_and_by_nothing_else() {
        assert_eq!(
            find(app_css()).map(|a| a.content_type),
            Some("text/css; charset=utf-8")
        );
        assert_eq!(find(htmx_js()).map(|a| a.content_type), Some(SCRIPT));
        assert!(find("/static/app.css").is_none());
        assert!(find("/static/").is_none());
        assert!(find("/static/../Cargo.toml").is_none());
    }

    #[test]
    fn the_style_sheet_names_fonts_that_exist() {
        let css = std::str::from_utf8(&ASSETS.css.bytes).expect("our own text");
        let named: Vec<_> = css
            .split("url(\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .filter(|name| !name.starts_with("data:"))
            .collect();
        assert_eq!(named.len(), 2);
        for name in named {
            assert!(find(&format!("{PREFIX}{name}")).is_some(), "{name}");
        }
    }

    #[test]
    fn paths_hold_eight_digits_of_the_hash() {
        for asset in all() {
            let hash = asset.file_name().split('.').nth(1).expect("stem.hash.extension");
            assert_eq!(hash.len(), 8, "{}", asset.path);
            assert!(hash.bytes().all(|b| b.is_ascii_hexdigit()), "{}", asset.path);
        }
    }

    #[test]
    fn our_script_needs_nothing_that_the_policy_forbids() {
        for js in [&ASSETS.js, &ASSETS.visual_editor.js] {
            let text = std::str::from_utf8(&js.bytes).expect("our own text");
            for forbidden in [
                "eval(",
                "new Function",
                "setAttribute(\"style\"",
                "document.write",
            ] {
                assert!(!text.contains(forbidden), "{forbidden} in {}", js.path);
            }
        }
    }
}
