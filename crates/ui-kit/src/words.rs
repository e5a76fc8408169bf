//! The words that components need of themselves: "Close", "Next page", "Dark".
//!
//! The crate holds no text in its code. The words are message keys like everybody else's; their
//! English stands in `i18n/en.ftl`, which the platform loads as [`MESSAGES`]. [`Words::load`] looks
//! all of them up once a language, so that a page pays nothing for them.

/// The English messages of this crate, in Fluent syntax.
pub const MESSAGES: &str = include_str!("../i18n/en.ftl");

macro_rules! words {
    ($($(#[$doc:meta])* $field:ident = $key:literal),* $(,)?) => {
        /// The words of one language.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Words { $($(#[$doc])* pub $field: String),* }

        impl Words {
            /// All keys that [`Words::load`] asks for.
            pub const KEYS: &'static [&'static str] = &[$($key),*];

            /// Looks every word up. `text` is given the key and never arguments.
            pub fn load(mut text: impl FnMut(&'static str) -> String) -> Self {
                Self { $($field: text($key)),* }
            }
        }
    };
}

words! {
    /// The product's name, in titles and beside the mark.
    product = "ui-product",
    /// Link that jumps over the navigation.
    skip = "ui-skip",
    /// Name of the navigation landmark.
    navigation = "ui-navigation",
    /// Name of the landmark of the bar on phones.
    quick_navigation = "ui-quick-navigation",
    /// Opens the whole navigation on phones.
    more = "ui-more",
    /// Closes whatever is open.
    close = "ui-close",
    /// Gives a dialog up.
    cancel = "ui-cancel",
    /// The default of a confirming button.
    confirm = "ui-confirm",
    /// Test mode's name.
    test_mode = "ui-test-mode",
    /// What test mode means, one sentence.
    test_mode_help = "ui-test-mode-help",
    /// Link to the built-in inbox.
    open_inbox = "ui-open-inbox",
    /// Link to going live.
    go_live = "ui-go-live",
    /// Live mode's name.
    live_mode = "ui-live-mode",
    /// Link to the person's own account.
    account = "ui-account",
    /// Ends the session.
    sign_out = "ui-sign-out",
    /// Group label of the theme choice.
    theme = "ui-theme",
    /// Light theme.
    theme_light = "ui-theme-light",
    /// Dark theme.
    theme_dark = "ui-theme-dark",
    /// As the device says.
    theme_system = "ui-theme-system",
    /// Title of the list of shortcuts.
    shortcuts = "ui-shortcuts",
    /// What `/` does.
    shortcut_search = "ui-shortcut-search",
    /// What `j` and `k` do.
    shortcut_rows = "ui-shortcut-rows",
    /// What `x` does.
    shortcut_select = "ui-shortcut-select",
    /// What Enter does.
    shortcut_open = "ui-shortcut-open",
    /// What is written on the key that confirms.
    key_enter = "ui-key-enter",
    /// The work in the background.
    tasks = "ui-tasks",
    /// How many tasks run; `#` stands for the number.
    tasks_running = "ui-tasks-running",
    /// What `?` does.
    shortcut_help = "ui-shortcut-help",
    /// Between two keys that are pressed one after the other.
    shortcut_then = "ui-shortcut-then",
    /// Copies a value.
    copy = "ui-copy",
    /// Said once it is copied.
    copied = "ui-copied",
    /// The page before.
    previous_page = "ui-previous-page",
    /// The page after.
    next_page = "ui-next-page",
    /// Name of the landmark around them.
    pages = "ui-pages",
    /// Name of the landmark around breadcrumbs.
    breadcrumbs = "ui-breadcrumbs",
    /// Checkbox in a table's head.
    select_all = "ui-select-all",
    /// Before the name of a row, on its checkbox.
    select_row = "ui-select-row",
    /// After the number of selected rows.
    selected = "ui-selected",
    /// Clears a selection.
    clear_selection = "ui-clear-selection",
    /// Head of the column of row actions, read by screen readers.
    actions = "ui-actions",
    /// Sorted upwards, read by screen readers.
    sorted_up = "ui-sorted-up",
    /// Sorted downwards, read by screen readers.
    sorted_down = "ui-sorted-down",
    /// Takes all filters away.
    clear_filters = "ui-clear-filters",
    /// Applies filters where there is no script.
    apply = "ui-apply",
    /// Before the name of what is removed.
    remove = "ui-remove",
    /// Shown in the bar of a changed form.
    unsaved = "ui-unsaved",
    /// Saves it.
    save = "ui-save",
    /// Takes the changes back.
    discard = "ui-discard",
    /// Asks for a file.
    choose_file = "ui-choose-file",
    /// The other way to give one.
    or_drop_file = "ui-or-drop-file",
    /// Shows a chart's figures as a table.
    view_as_table = "ui-view-as-table",
    /// Time left of running work; `#` stands for the duration.
    time_left = "ui-time-left",
    /// Speed of running work; `#` stands for the number.
    per_second = "ui-per-second",
    /// Done of total; `#` stands for done, `##` for the total.
    done_of_total = "ui-done-of-total",
    /// Less than a minute away.
    just_now = "ui-just-now",
    /// `#` minutes in the past.
    minutes_ago = "ui-minutes-ago",
    /// `#` hours in the past.
    hours_ago = "ui-hours-ago",
    /// `#` days in the past.
    days_ago = "ui-days-ago",
    /// `#` minutes in the future.
    in_minutes = "ui-in-minutes",
    /// `#` hours in the future.
    in_hours = "ui-in-hours",
    /// `#` days in the future.
    in_days = "ui-in-days",
    /// Twelve short names of months with `|` between them.
    months = "ui-months",
    /// Unit of seconds in durations.
    seconds_unit = "ui-seconds-unit",
    /// Unit of minutes in durations.
    minutes_unit = "ui-minutes-unit",
    /// Unit of hours in durations.
    hours_unit = "ui-hours-unit",
    /// Device of a mail preview.
    device_phone = "ui-device-phone",
    /// Device of a mail preview.
    device_tablet = "ui-device-tablet",
    /// Device of a mail preview.
    device_desktop = "ui-device-desktop",
    /// Group label of the devices.
    device = "ui-device",
    /// A request in the background was refused or failed.
    request_failed = "ui-request-failed",
    /// It did not reach the server.
    offline = "ui-offline",
    /// Name of the reference that an error page shows.
    reference = "ui-reference",
}

impl Words {
    /// What the script needs to keep relative times fresh.
    pub(crate) fn relative_times(&self) -> String {
        let Words {
            just_now,
            minutes_ago,
            hours_ago,
            days_ago,
            in_minutes,
            in_hours,
            in_days,
            ..
        } = self;
        [
            just_now,
            minutes_ago,
            hours_ago,
            days_ago,
            in_minutes,
            in_hours,
            in_days,
        ]
        .map(String::as_str)
        .join("|")
    }

    /// The English words, read from [`MESSAGES`]. For tests and the gallery, which have no Fluent.
    #[must_use]
    pub fn english() -> Self {
        Self::load(|key| {
            english(key)
                .unwrap_or_else(|| panic!("{key} is missing in i18n/en.ftl"))
                .to_owned()
        })
    }
}

/// The value of a key in [`MESSAGES`], which uses none of Fluent's syntax beyond `key = value`.
fn english(key: &str) -> Option<&'static str> {
    MESSAGES.lines().find_map(|line| {
        let (name, value) = line.split_once(" = ")?;
        (name == key).then(|| value.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_an_english_message_and_every_message_is_used() {
        for key in Words::KEYS {
            assert!(english(key).is_some_and(|text| !text.is_empty()), "{key}");
        }
        let messages = MESSAGES
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once(" = "));
        for (name, _) in messages {
            assert!(Words::KEYS.contains(&name), "{name} is not used");
        }
    }

    #[test]
    fn there_are_twelve_months() {
        assert_eq!(Words::english().months.split('|').count(), 12);
    }
}
