use super::TemplatePart;

/// Something in a source that keeps it from being used, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} line {line}: {fault}", part.as_str())]
pub struct TemplateError {
    /// In which part.
    pub part: TemplatePart,
    /// From 1.
    pub line: u32,
    /// From 1, in characters, where it is known.
    pub column: Option<u32>,
    /// What is wrong.
    pub fault: TemplateFault,
}

/// What is wrong with a source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateFault {
    /// Not Jinja; the detail is the parser's.
    #[error("{0}")]
    Syntax(String),
    /// Not MJML; the detail is the parser's.
    #[error("{0}")]
    Mjml(String),
    /// There is no body.
    #[error("the body is empty")]
    Empty,
    /// More bytes than are allowed.
    #[error("longer than {limit} bytes")]
    TooLong {
        /// That many are.
        limit: usize,
    },
    /// A line break or control character in what becomes a header.
    #[error("a line break or control character")]
    LineBreak,
    /// A statement outside the allow-list.
    #[error("the statement `{0}` is not available")]
    UnknownStatement(String),
    /// A filter outside the allow-list.
    #[error("the filter `{0}` is not available")]
    UnknownFilter(String),
    /// A test outside the allow-list.
    #[error("the test `{0}` is not available")]
    UnknownTest(String),
    /// A function outside the allow-list.
    #[error("the function `{0}` is not available")]
    UnknownFunction(String),
    /// A name that the program keeps for itself.
    #[error("names that begin with two underscores are reserved: `{0}`")]
    ReservedName(String),
    /// A Jinja tag where the markup cannot carry it.
    #[error("`{0}` stands where the markup cannot carry it")]
    Misplaced(String),
    /// A link whose host would be filled in.
    #[error("the host of a link must be written out: `{0}`")]
    LinkHost(String),
    /// A link that would run a program.
    #[error("links may not start with `{0}:`")]
    LinkScheme(String),
    /// A key of a push notification's data that is none, is the services' own, or comes twice.
    #[error("`{0}` cannot be a key of the data")]
    DataKey(String),
}

impl TemplateFault {
    /// The message key of the sentence; it may use `$detail`.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            TemplateFault::Syntax(_) => "delivery-template-fault-syntax",
            TemplateFault::Mjml(_) => "delivery-template-fault-mjml",
            TemplateFault::Empty => "delivery-template-fault-empty",
            TemplateFault::TooLong { .. } => "delivery-template-fault-too-long",
            TemplateFault::LineBreak => "delivery-template-fault-line-break",
            TemplateFault::UnknownStatement(_) => "delivery-template-fault-statement",
            TemplateFault::UnknownFilter(_) => "delivery-template-fault-filter",
            TemplateFault::UnknownTest(_) => "delivery-template-fault-test",
            TemplateFault::UnknownFunction(_) => "delivery-template-fault-function",
            TemplateFault::ReservedName(_) => "delivery-template-fault-reserved",
            TemplateFault::Misplaced(_) => "delivery-template-fault-misplaced",
            TemplateFault::LinkHost(_) => "delivery-template-fault-link-host",
            TemplateFault::LinkScheme(_) => "delivery-template-fault-link-scheme",
            TemplateFault::DataKey(_) => "delivery-template-fault-data-key",
        }
    }

    /// The short word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.key()
            .strip_prefix("delivery-template-fault-")
            .expect("every key above begins so")
    }

    /// For `$detail`.
    #[must_use]
    pub fn detail(&self) -> String {
        match self {
            TemplateFault::Empty | TemplateFault::LineBreak => String::new(),
            TemplateFault::TooLong { limit } => limit.to_string(),
            TemplateFault::Syntax(detail)
            | TemplateFault::Mjml(detail)
            | TemplateFault::UnknownStatement(detail)
            | TemplateFault::UnknownFilter(detail)
            | TemplateFault::UnknownTest(detail)
            | TemplateFault::UnknownFunction(detail)
            | TemplateFault::ReservedName(detail)
            | TemplateFault::Misplaced(detail)
            | TemplateFault::LinkHost(detail)
            | TemplateFault::LinkScheme(detail)
            | TemplateFault::DataKey(detail) => detail.clone(),
        }
    }
}

impl TemplateError {
    /// Somewhere in `source`, by byte offset.
    pub(super) fn at(part: TemplatePart, source: &str, offset: usize, fault: TemplateFault) -> Self {
        let mut offset = offset.min(source.len());
        while !source.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &source[..offset];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        Self {
            part,
            line: clip(line),
            column: Some(clip(column)),
            fault,
        }
    }

    /// About the whole part.
    pub(super) const fn at_start(part: TemplatePart, fault: TemplateFault) -> Self {
        Self {
            part,
            line: 1,
            column: None,
            fault,
        }
    }
}

fn clip(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
