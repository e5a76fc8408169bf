//! What is looked at before a campaign is let go: what keeps it from being sent, and what is only
//! worth knowing.

use contracts::{
    crm::{AudienceCounts, consent::Channel},
    delivery::{TemplateSummary, domains::DomainStanding},
    identity::SendingMode,
};
use kernel::{DomainId, Timestamp};

use super::schedule::check_ahead;

/// One thing that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Check {
    /// At least one segment is chosen.
    AudienceChosen,
    /// Every chosen segment still exists.
    AudienceExists,
    /// Somebody would get it.
    AudienceNotEmpty,
    /// A template is chosen.
    TemplateChosen,
    /// The chosen template still exists and compiles.
    TemplateUsable,
    /// It has a subject.
    Subject,
    /// It has a link to unsubscribe.
    UnsubscribeLink,
    /// A text message says how to get no more of them.
    OptOut,
    /// It can be rendered for a real person.
    Renders,
    /// The time it is planned for lies ahead.
    TimeAhead,
    /// The organisation has a postal address for it to carry.
    PostalAddress,
    /// Receivers can tell that it is from the domain that it says.
    DomainVerified,
    /// Mail leaves the machine.
    LiveMode,
}

/// Whether a failed check keeps the campaign from being sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// It does.
    Blocking,
    /// It is worth knowing.
    Advisory,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub check: Check,
    /// What follows from a failure.
    pub level: Level,
    /// Whether all is well.
    pub passed: bool,
    /// What the renderer said, where it matters.
    pub detail: Option<String>,
    /// The domain that has to be verified.
    pub domain: Option<DomainId>,
}

/// What there is to look at.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// How many segments are included.
    pub included: usize,
    /// How many chosen segments are gone.
    pub missing: usize,
    /// The three numbers.
    pub counts: AudienceCounts,
    /// The template.
    pub template: Template<'a>,
    /// What came of rendering it for a sample contact.
    pub sample: Sample,
    /// Whether the text message that came of it says how to get no more of them; `None` when there is
    /// none.
    pub has_opt_out: Option<bool>,
    /// When it is to be sent; `None` is at once, or when its time has come.
    pub planned_for: Option<Timestamp>,
    /// The present.
    pub now: Timestamp,
    /// Whether mail leaves the machine.
    pub mode: SendingMode,
    /// What commercial mail has to carry.
    pub postal_address: &'a str,
    /// Whether receivers can tell whom it is from.
    pub standing: DomainStanding,
}

/// The template of a campaign.
#[derive(Clone, Copy, Debug)]
pub enum Template<'a> {
    /// None was chosen.
    NotChosen,
    /// The chosen one is gone, or has no version that compiled.
    Gone,
    /// Here it is.
    Found(&'a TemplateSummary),
}

/// What came of rendering a template for a sample contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sample {
    /// There was nobody or nothing to render.
    None,
    /// It worked.
    Rendered,
    /// It did not, and why.
    Failed(String),
}

impl Check {
    /// All checks, in the order in which they are shown.
    pub const ALL: [Check; 13] = [
        Check::AudienceChosen,
        Check::AudienceExists,
        Check::AudienceNotEmpty,
        Check::TemplateChosen,
        Check::TemplateUsable,
        Check::Subject,
        Check::UnsubscribeLink,
        Check::OptOut,
        Check::Renders,
        Check::TimeAhead,
        Check::PostalAddress,
        Check::DomainVerified,
        Check::LiveMode,
    ];

    /// The word that is stored and that programs read.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Check::AudienceChosen => "audience_chosen",
            Check::AudienceExists => "audience_exists",
            Check::AudienceNotEmpty => "audience_not_empty",
            Check::TemplateChosen => "template_chosen",
            Check::TemplateUsable => "template_usable",
            Check::Subject => "subject",
            Check::UnsubscribeLink => "unsubscribe_link",
            Check::OptOut => "opt_out",
            Check::Renders => "renders",
            Check::TimeAhead => "time_ahead",
            Check::PostalAddress => "postal_address",
            Check::DomainVerified => "domain_verified",
            Check::LiveMode => "live_mode",
        }
    }

    /// The check of a stored word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Check::ALL.into_iter().find(|check| check.as_str() == text)
    }
}

/// Looks at everything there is to look at. A check that has nothing to look at, such as the link in
/// a mail that is not chosen, is left out: one cause is one finding.
#[must_use]
pub fn preflight(facts: &Facts<'_>) -> Vec<Finding> {
    Check::ALL
        .into_iter()
        .filter_map(|check| look(check, facts))
        .collect()
}

/// The first finding that keeps a campaign from being sent.
#[must_use]
pub fn blocker(findings: &[Finding]) -> Option<&Finding> {
    findings
        .iter()
        .find(|finding| !finding.passed && finding.level == Level::Blocking)
}

fn look(check: Check, facts: &Facts<'_>) -> Option<Finding> {
    let template = match facts.template {
        Template::Found(template) => Some(template),
        _ => None,
    };
    let is_mail = template.is_none_or(|template| template.channel == Channel::Email);
    let (level, passed) = match check {
        Check::AudienceChosen => (Level::Blocking, facts.included > 0),
        Check::AudienceExists if facts.missing == 0 => return None,
        Check::AudienceExists => (Level::Blocking, false),
        Check::AudienceNotEmpty if facts.included == 0 => return None,
        Check::AudienceNotEmpty => (Level::Blocking, facts.counts.will_receive > 0),
        Check::TemplateChosen => (Level::Blocking, !matches!(facts.template, Template::NotChosen)),
        Check::TemplateUsable if !matches!(facts.template, Template::Gone) => return None,
        Check::TemplateUsable => (Level::Blocking, false),
        // Only mail has a subject, a link to leave by, a domain, and a law about the sender's address.
        Check::Subject | Check::UnsubscribeLink | Check::PostalAddress | Check::DomainVerified
            if !is_mail =>
        {
            return None;
        }
        Check::Subject => (Level::Blocking, !template?.subject.trim().is_empty()),
        Check::UnsubscribeLink => (Level::Blocking, template?.has_unsubscribe_link),
        Check::OptOut => (Level::Advisory, facts.has_opt_out?),
        Check::Renders if facts.sample == Sample::None => return None,
        Check::Renders => (Level::Blocking, facts.sample == Sample::Rendered),
        Check::TimeAhead => (
            Level::Blocking,
            check_ahead(facts.planned_for?, facts.now).is_ok(),
        ),
        // What nobody gets needs no address yet; the law asks for one in what people get.
        Check::PostalAddress if facts.mode == SendingMode::Test => (Level::Advisory, has_address(facts)),
        Check::PostalAddress => (Level::Blocking, has_address(facts)),
        Check::DomainVerified => {
            // Mail that stays here is believed by whoever looks at it.
            let level = match facts.mode {
                SendingMode::Live => Level::Blocking,
                SendingMode::Test => Level::Advisory,
            };
            match facts.standing {
                DomainStanding::NotRequired => return None,
                DomainStanding::Verified => (level, true),
                DomainStanding::Unverified { .. } => (level, false),
            }
        }
        Check::LiveMode if facts.mode == SendingMode::Live => return None,
        Check::LiveMode => (Level::Advisory, false),
    };
    let detail = match (&facts.sample, check) {
        (Sample::Failed(why), Check::Renders) => Some(why.clone()),
        _ => None,
    };
    let domain = match (facts.standing, check) {
        (DomainStanding::Unverified { domain }, Check::DomainVerified) => domain,
        _ => None,
    };
    Some(Finding {
        check,
        level,
        passed,
        detail,
        domain,
    })
}

fn has_address(facts: &Facts<'_>) -> bool {
    !facts.postal_address.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use kernel::{TemplateId, TemplateVersionId};

    use super::*;

    fn template() -> TemplateSummary {
        TemplateSummary {
            id: TemplateId::generate(),
            name: "Newsletter".to_owned(),
            channel: Channel::Email,
            subject: "News".to_owned(),
            version: TemplateVersionId::generate(),
            has_unsubscribe_link: true,
        }
    }

    fn good(template: &TemplateSummary) -> Facts<'_> {
        Facts {
            included: 1,
            missing: 0,
            counts: AudienceCounts {
                matching: 12,
                reachable: 11,
                will_receive: 10,
            },
            template: Template::Found(template),
            sample: Sample::Rendered,
            has_opt_out: None,
            planned_for: None,
            now: "2026-06-01T10:00:00Z".parse().expect("an instant"),
            mode: SendingMode::Live,
            postal_address: "1 Example Street",
            standing: DomainStanding::Verified,
        }
    }

    fn blocked_by(facts: &Facts<'_>) -> Option<Check> {
        blocker(&preflight(facts)).map(|finding| finding.check)
    }

    #[test]
    fn a_campaign_in_order_is_blocked_by_nothing() {
        let template = template();
        let findings = preflight(&good(&template));
        assert!(findings.iter().all(|finding| finding.passed), "{findings:?}");
    }

    #[test]
    fn what_is_no_mail_needs_neither_a_link_nor_a_subject_nor_an_address_nor_a_domain() {
        for channel in [Channel::Sms, Channel::Push] {
            let template = TemplateSummary {
                channel,
                subject: String::new(),
                has_unsubscribe_link: false,
                ..template()
            };
            let facts = Facts {
                postal_address: "",
                standing: DomainStanding::Unverified { domain: None },
                ..good(&template)
            };
            assert_eq!(blocked_by(&facts), None, "{channel}");
        }
    }

    #[test]
    fn a_text_without_a_way_to_leave_is_worth_knowing_and_blocks_nothing() {
        let template = TemplateSummary {
            channel: Channel::Sms,
            ..template()
        };
        for (has_opt_out, passed) in [(Some(true), Some(true)), (Some(false), Some(false)), (None, None)] {
            let facts = Facts {
                has_opt_out,
                ..good(&template)
            };
            let findings = preflight(&facts);
            let found = findings.iter().find(|finding| finding.check == Check::OptOut);
            assert_eq!(found.map(|finding| finding.passed), passed);
            assert_eq!(blocker(&findings), None);
        }
    }

    #[test]
    fn each_thing_that_is_missing_blocks() {
        let template = template();
        let no_link = TemplateSummary {
            has_unsubscribe_link: false,
            ..template.clone()
        };
        let no_subject = TemplateSummary {
            subject: " ".to_owned(),
            ..template.clone()
        };
        let nobody = AudienceCounts {
            will_receive: 0,
            ..good(&template).counts
        };
        let past = "2026-05-31T10:00:00Z".parse().ok();
        for (facts, expected) in [
            (
                Facts {
                    included: 0,
                    ..good(&template)
                },
                Check::AudienceChosen,
            ),
            (
                Facts {
                    missing: 1,
                    ..good(&template)
                },
                Check::AudienceExists,
            ),
            (
                Facts {
                    counts: nobody,
                    ..good(&template)
                },
                Check::AudienceNotEmpty,
            ),
            (
                Facts {
                    template: Template::NotChosen,
                    sample: Sample::None,
                    ..good(&template)
                },
                Check::TemplateChosen,
            ),
            (
                Facts {
                    template: Template::Gone,
                    sample: Sample::None,
                    ..good(&template)
                },
                Check::TemplateUsable,
            ),
            (good(&no_subject), Check::Subject),
            (good(&no_link), Check::UnsubscribeLink),
            (
                Facts {
                    sample: Sample::Failed("no filter".to_owned()),
                    ..good(&template)
                },
                Check::Renders,
            ),
            (
                Facts {
                    planned_for: past,
                    ..good(&template)
                },
                Check::TimeAhead,
            ),
            (
                Facts {
                    postal_address: "",
                    ..good(&template)
                },
                Check::PostalAddress,
            ),
        ] {
            assert_eq!(blocked_by(&facts), Some(expected));
        }
    }

    #[test]
    fn test_mode_is_told_of_and_blocks_nothing() {
        let template = template();
        let facts = Facts {
            mode: SendingMode::Test,
            postal_address: "",
            ..good(&template)
        };
        assert_eq!(blocked_by(&facts), None);
        let failed: Vec<Check> = preflight(&facts)
            .into_iter()
            .filter(|f| !f.passed)
            .map(|f| f.check)
            .collect();
        assert_eq!(failed, [Check::PostalAddress, Check::LiveMode]);
    }

    #[test]
    fn a_domain_that_nobody_can_verify_blocks_what_leaves_the_machine() {
        let template = template();
        let unverified = Facts {
            standing: DomainStanding::Unverified { domain: None },
            ..good(&template)
        };
        assert_eq!(blocked_by(&unverified), Some(Check::DomainVerified));
        let tested = Facts {
            mode: SendingMode::Test,
            ..unverified
        };
        assert_eq!(blocked_by(&tested), None);
        let not_asked = Facts {
            standing: DomainStanding::NotRequired,
            ..good(&template)
        };
        let findings = preflight(&not_asked);
        assert!(
            findings
                .iter()
                .all(|finding| finding.check != Check::DomainVerified)
        );
    }

    #[test]
    fn one_cause_is_one_finding() {
        let template = template();
        let facts = Facts {
            included: 0,
            counts: AudienceCounts::default(),
            template: Template::NotChosen,
            sample: Sample::None,
            ..good(&template)
        };
        let failed: Vec<Check> = preflight(&facts)
            .into_iter()
            .filter(|f| !f.passed)
            .map(|f| f.check)
            .collect();
        assert_eq!(failed, [Check::AudienceChosen, Check::TemplateChosen]);
    }

    #[test]
    fn words_are_read_back() {
        for check in Check::ALL {
            assert_eq!(Check::parse(check.as_str()), Some(check));
        }
    }
}
