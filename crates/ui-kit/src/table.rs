//! Tables: the first column is the name, numbers stand right, actions appear on hover and focus.

use maud::{Markup, Render, html};

use crate::element::{Attrs, Text, element};
use crate::{EmptyState, Icon, Live, Words};

/// Which way a column is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sorted {
    /// Not by this column.
    No,
    /// Smallest first.
    Up,
    /// Largest first.
    Down,
}

/// The head of a column.
#[derive(Debug, Clone)]
pub struct Column<'a> {
    label: Text<'a>,
    numeric: bool,
    hidden_label: bool,
    wide_only: bool,
    sort: Option<(Text<'a>, Sorted)>,
}

impl<'a> Column<'a> {
    /// Text, on the left.
    #[must_use]
    pub fn text(label: impl Into<Text<'a>>) -> Self {
        Self {
            label: label.into(),
            numeric: false,
            hidden_label: false,
            wide_only: false,
            sort: None,
        }
    }

    /// Numbers, on the right.
    #[must_use]
    pub fn number(label: impl Into<Text<'a>>) -> Self {
        Self {
            numeric: true,
            ..Self::text(label)
        }
    }

    /// The label is only read out.
    #[must_use]
    pub fn hidden_label(mut self) -> Self {
        self.hidden_label = true;
        self
    }

    /// Left out on phones.
    #[must_use]
    pub fn wide_only(mut self) -> Self {
        self.wide_only = true;
        self
    }

    /// The label becomes a link to the list in another order.
    #[must_use]
    pub fn sort(mut self, href: impl Into<Text<'a>>, sorted: Sorted) -> Self {
        self.sort = Some((href.into(), sorted));
        self
    }

    fn class(&self) -> Option<&'static str> {
        match (self.numeric, self.wide_only) {
            (false, false) => None,
            (true, false) => Some("num"),
            (false, true) => Some("wide-only"),
            (true, true) => Some("num wide-only"),
        }
    }
}

/// One line.
#[derive(Debug, Clone, Default)]
pub struct Row<'a> {
    cells: Vec<Markup>,
    id: Option<Text<'a>>,
    select: Option<(Text<'a>, Text<'a>)>,
    actions: Option<Markup>,
}

impl<'a> Row<'a> {
    /// One cell a column; the first is the name, usually `link(href, name)`.
    #[must_use]
    pub fn new(cells: Vec<Markup>) -> Self {
        Self {
            cells,
            ..Self::default()
        }
    }

    /// For htmx.
    #[must_use]
    pub fn id(mut self, id: impl Into<Text<'a>>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Can be selected: the value that is sent, and the name that its checkbox is read out with.
    #[must_use]
    pub fn select(mut self, value: impl Into<Text<'a>>, name: impl Into<Text<'a>>) -> Self {
        self.select = Some((value.into(), name.into()));
        self
    }

    /// Small ghost buttons, shown on hover and focus.
    #[must_use]
    pub fn actions(mut self, actions: Markup) -> Self {
        self.actions = Some(actions);
        self
    }
}

/// What can be done with selected rows. The checkboxes are named `id` and belong to a form of their
/// own (`id` below), so that the forms of row actions are not nested in it.
#[derive(Debug, Clone)]
pub struct Bulk<'a> {
    /// Id of the form.
    pub form: Text<'a>,
    /// Where it posts, unless a button says otherwise with `formaction`.
    pub action: Text<'a>,
    /// The hidden field against forgery.
    pub csrf: Markup,
    /// The buttons; each needs `.attr("form", form)`.
    pub buttons: Markup,
    /// "Select all 48,211 matching": sends `all=1` besides.
    pub all_matching: Option<Text<'a>>,
}

/// A table.
#[derive(Debug, Clone)]
pub struct Table<'a> {
    caption: Text<'a>,
    columns: Vec<Column<'a>>,
    rows: Vec<Row<'a>>,
    empty: Option<EmptyState<'a>>,
    bulk: Option<Bulk<'a>>,
    live: Option<Live<'a>>,
    compact: bool,
    scrolls: bool,
}

impl<'a> Table<'a> {
    /// The caption is read out and not shown; the page's title is what people see.
    #[must_use]
    pub fn new(caption: impl Into<Text<'a>>, columns: Vec<Column<'a>>) -> Self {
        Self {
            caption: caption.into(),
            columns,
            rows: Vec::new(),
            empty: None,
            bulk: None,
            live: None,
            compact: false,
            scrolls: false,
        }
    }

    /// Rows of 32 px instead of 40.
    #[must_use]
    pub fn compact(mut self, compact: bool) -> Self {
        self.compact = compact;
        self
    }

    /// For many columns: scrolls within the window, with its head and first column in place.
    #[must_use]
    pub fn scrolls(mut self, scrolls: bool) -> Self {
        self.scrolls = scrolls;
        self
    }

    /// The lines.
    #[must_use]
    pub fn rows(mut self, rows: impl IntoIterator<Item = Row<'a>>) -> Self {
        self.rows = rows.into_iter().collect();
        self
    }

    /// Shown when there are none.
    #[must_use]
    pub fn empty(mut self, empty: EmptyState<'a>) -> Self {
        self.empty = Some(empty);
        self
    }

    /// Lets rows be selected.
    #[must_use]
    pub fn bulk(mut self, bulk: Bulk<'a>) -> Self {
        self.bulk = Some(bulk);
        self
    }

    /// Sorting swaps this element instead of loading a page.
    #[must_use]
    pub fn live(mut self, live: Live<'a>) -> Self {
        self.live = Some(live);
        self
    }

    /// The table, or the empty state in its place.
    #[must_use]
    pub fn show(&self, words: &Words) -> Markup {
        if let (true, Some(empty)) = (self.rows.is_empty(), &self.empty) {
            return empty.render();
        }
        let has_actions = self.rows.iter().any(|row| row.actions.is_some());
        html! {
            div.table-block.table-compact[self.compact].table-scrolls[self.scrolls] data-bulk[self.bulk.is_some()] {
                @if let Some(bulk) = &self.bulk { (bulk_bar(bulk, words)) }
                div.table-wrap role="region" aria-label=(self.caption) tabindex="0" {
                    table.table {
                        caption.sr { (self.caption) }
                        thead { tr {
                            @if let Some(bulk) = &self.bulk {
                                th.check scope="col" { input type="checkbox" data-check-all form=(bulk.form) aria-label=(words.select_all); }
                            }
                            @for column in &self.columns { (head(column, self.live, words)) }
                            @if has_actions { th.row-actions scope="col" { span.sr { (words.actions) } } }
                        } }
                        tbody { @for row in &self.rows { (self.row(row, has_actions, words)) } }
                    }
                }
            }
        }
    }

    fn row(&self, row: &Row<'_>, has_actions: bool, words: &Words) -> Markup {
        html! {
            tr id=[row.id.as_deref()] {
                @if let Some(bulk) = &self.bulk {
                    td.check {
                        @if let Some((value, name)) = &row.select {
                            input type="checkbox" name="id" value=(value) form=(bulk.form) data-check
                                aria-label={ (words.select_row) " " (name) };
                        }
                    }
                }
                @for (i, cell) in row.cells.iter().enumerate() {
                    @let class = self.columns.get(i).and_then(Column::class);
                    @if i == 0 { th scope="row" class=[class] { (cell) } }
                    @else { td class=[class] { (cell) } }
                }
                @if has_actions {
                    td.row-actions { @if let Some(actions) = &row.actions { div.row-actions-in { (actions) } } }
                }
            }
        }
    }
}

fn head(column: &Column<'_>, live: Option<Live<'_>>, words: &Words) -> Markup {
    let (aria, icon, said) = match column.sort.as_ref().map(|(_, sorted)| *sorted) {
        Some(Sorted::Up) => (Some("ascending"), Some(Icon::ArrowUp), Some(&words.sorted_up)),
        Some(Sorted::Down) => (
            Some("descending"),
            Some(Icon::ArrowDown),
            Some(&words.sorted_down),
        ),
        _ => (None, None, None),
    };
    let label = html! {
        @if column.hidden_label { span.sr { (column.label) } } @else { (column.label) }
        @if let Some(icon) = icon { (icon) }
        @if let Some(said) = said { span.sr { " " (said) } }
    };
    html! {
        th scope="col" class=[column.class()] aria-sort=[aria] {
            @if let Some((href, _)) = &column.sort {
                @let attrs = sort_attrs(href, live);
                (element("a", &attrs, &label))
            } @else { (label) }
        }
    }
}

fn sort_attrs<'a>(href: &'a str, live: Option<Live<'_>>) -> Attrs<'a> {
    let attrs = Attrs::new().with("class", "sort").with("href", href);
    match live {
        Some(live) => {
            let mut attrs = attrs;
            attrs.extend(&live.link(href));
            attrs
        }
        None => attrs,
    }
}

fn bulk_bar(bulk: &Bulk<'_>, words: &Words) -> Markup {
    html! {
        form id=(bulk.form) method="post" action=(bulk.action) hidden { (bulk.csrf) }
        div.bulk-bar {
            span.bulk-count { strong.num data-check-count { } " " (words.selected) }
            @if let Some(all) = &bulk.all_matching {
                label.bulk-all { input type="checkbox" name="all" value="1" form=(bulk.form); (all) }
            }
            div.btn-row { (bulk.buttons) }
            button.btn.btn-ghost.btn-small type="button" data-check-clear { (words.clear_selection) }
        }
    }
}

/// A link in a cell: the name of what the row is about.
#[must_use]
pub fn link(href: &str, text: &str) -> Markup {
    html! { a.link href=(href) { (text) } }
}

/// A link with a second, quieter line below it.
#[must_use]
pub fn link_with_note(href: &str, text: &str, note: &str) -> Markup {
    html! { span.cell-two { a.link href=(href) { (text) } span.muted { (note) } } }
}

/// The link of a person's row: initials, name, address.
#[must_use]
pub fn person_link(href: &str, name: &str, email: &str) -> Markup {
    let shown = if name.trim().is_empty() { email } else { name };
    html! {
        span.cell-person {
            (crate::avatar(shown))
            span.cell-two {
                a.link href=(href) { (shown) }
                @if shown != email { span.muted { (email) } }
            }
        }
    }
}

/// What stands where a cell has no value.
#[must_use]
pub fn no_value() -> Markup {
    html! { span.muted aria-hidden="true" { "\u{2013}" } }
}

/// The way to the page before and the page after. Keyset paging knows no page numbers.
#[derive(Debug, Clone, Default)]
pub struct Pager<'a> {
    /// Where the page before is.
    pub previous: Option<Text<'a>>,
    /// Where the page after is.
    pub next: Option<Text<'a>>,
    /// "12,408 contacts".
    pub summary: Option<Text<'a>>,
    /// Swaps this element instead of loading a page.
    pub live: Option<Live<'a>>,
}

impl Pager<'_> {
    /// Nothing when there is only one page and nothing to say.
    #[must_use]
    pub fn show(&self, words: &Words) -> Markup {
        if self.previous.is_none() && self.next.is_none() && self.summary.is_none() {
            return Markup::default();
        }
        html! {
            nav.pager aria-label=(words.pages) {
                span.muted.num { @if let Some(summary) = &self.summary { (summary) } }
                @if self.previous.is_some() || self.next.is_some() {
                    div.btn-row {
                        (self.step(self.previous.as_deref(), "prev", html! { (Icon::ChevronLeft) span { (words.previous_page) } }))
                        (self.step(self.next.as_deref(), "next", html! { span { (words.next_page) } (Icon::ChevronRight) }))
                    }
                }
            }
        }
    }

    fn step(&self, href: Option<&str>, rel: &'static str, body: Markup) -> Markup {
        let Some(href) = href else {
            return html! { span.btn.btn-small.btn-off aria-disabled="true" { (body) } };
        };
        let mut attrs = Attrs::new()
            .with("class", "btn btn-small")
            .with("href", href)
            .with("rel", rel);
        if let Some(live) = self.live {
            attrs.extend(&live.link(href));
        }
        element("a", &attrs, &body)
    }
}
