/// Where a link leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkOutcome {
    /// There is something.
    Ok(u16),
    /// Elsewhere; where to is not followed.
    Redirect(u16),
    /// Somebody answers who does not answer programs, or not now.
    Unclear(u16),
    /// There is nothing.
    Broken(u16),
    /// Nobody answers.
    Unreachable,
    /// It was not tried: it is no address, or one of a private network.
    Refused,
}

impl LinkOutcome {
    /// A short word; the message key is `delivery-link-` and this.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            LinkOutcome::Ok(_) => "ok",
            LinkOutcome::Redirect(_) => "redirect",
            LinkOutcome::Unclear(_) => "unclear",
            LinkOutcome::Broken(_) => "broken",
            LinkOutcome::Unreachable => "unreachable",
            LinkOutcome::Refused => "refused",
        }
    }

    /// HTTP status, where there was an answer.
    #[must_use]
    pub const fn status(self) -> Option<u16> {
        match self {
            LinkOutcome::Ok(status)
            | LinkOutcome::Redirect(status)
            | LinkOutcome::Unclear(status)
            | LinkOutcome::Broken(status) => Some(status),
            LinkOutcome::Unreachable | LinkOutcome::Refused => None,
        }
    }

    /// By the status of an answer.
    #[must_use]
    pub const fn of(status: u16) -> Self {
        match status {
            300..=399 => LinkOutcome::Redirect(status),
            401 | 402 | 403 | 405 | 406 | 408 | 425 | 429 | 503 => LinkOutcome::Unclear(status),
            400..=599 => LinkOutcome::Broken(status),
            _ => LinkOutcome::Ok(status),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::LinkOutcome;

    #[test]
    fn a_server_that_turns_programs_away_has_not_lost_the_page() {
        assert_eq!(LinkOutcome::of(200).as_str(), "ok");
        assert_eq!(LinkOutcome::of(301).as_str(), "redirect");
        for status in [401, 403, 429, 503] {
            assert_eq!(LinkOutcome::of(status).as_str(), "unclear");
        }
        for status in [404, 410, 400, 500] {
            assert_eq!(LinkOutcome::of(status).as_str(), "broken");
        }
        assert_eq!(LinkOutcome::Refused.status(), None);
    }
}
