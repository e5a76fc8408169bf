//! Inside a context: interface -> application -> domain <- infrastructure. The domain knows no
//! technique; use cases know no SQL and no HTML; pages know no SQL.

use crate::{Source, at};

pub fn check(source: &Source) -> Vec<String> {
    let Some(_) = source.context() else {
        return Vec::new();
    };
    let forbidden: &[&str] = match source.layer.as_str() {
        "domain" => &[
            "sqlx",
            "axum",
            "axum_extra",
            "maud",
            "tokio",
            "reqwest",
            "platform",
            "http",
            "ui_kit",
            "crate::application",
            "crate::infrastructure",
            "crate::interface",
        ],
        "application" => &[
            "sqlx",
            "axum",
            "axum_extra",
            "maud",
            "reqwest",
            "ui_kit",
            "crate::interface",
        ],
        "infrastructure" => &["axum", "maud", "ui_kit", "crate::interface"],
        "interface" => &["sqlx"],
        _ => &[],
    };
    let named = |path: &str| {
        forbidden
            .iter()
            .copied()
            .find(|f| path == *f || path.strip_prefix(f).is_some_and(|rest| rest.starts_with("::")))
    };
    source
        .paths
        .iter()
        .filter_map(|(path, line)| {
            let what = named(path)?;
            // `http` and `platform` are also ordinary words for variables.
            (path.contains("::")).then(|| at(source, *line, &format!("{} must not use {what}", source.layer)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::Source;

    #[test]
    fn each_layer_is_held_to_its_own_rules() {
        let given = |path: &str, text: &str| check(&Source::parse(path, text)).len();
        assert_eq!(given("contexts/crm/src/domain/a.rs", "use sqlx::PgPool;"), 1);
        assert_eq!(
            given("contexts/crm/src/domain/a.rs", "use crate::infrastructure::pg;"),
            1
        );
        assert_eq!(
            given("contexts/crm/src/domain/a.rs", "fn f() { tokio::spawn(g()); }"),
            1
        );
        assert_eq!(
            given(
                "contexts/crm/src/application/a.rs",
                "use crate::infrastructure::pg::CrmTx;"
            ),
            0
        );
        assert_eq!(
            given("contexts/crm/src/interface/web/a.rs", "use sqlx::query;"),
            1
        );
        assert_eq!(
            given("contexts/crm/src/infrastructure/pg/a.rs", "use sqlx::query;"),
            0
        );
        assert_eq!(
            given(
                "contexts/crm/src/domain/a.rs",
                "#[cfg(test)] mod t { use tokio::test; }"
            ),
            0
        );
        assert_eq!(given("crates/platform/src/a.rs", "use sqlx::query;"), 0);
    }
}
