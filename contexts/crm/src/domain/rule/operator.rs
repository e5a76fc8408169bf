use super::schema::Kind;

/// Declares the operators and the word of each.
macro_rules! operators {
    ($($name:ident = $word:literal;)*) => {
        /// How a condition asks. What each means for which kind of field stands in the marketer's
        /// book, `docs/marketer/segments.md`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Operator { $($name,)* }

        impl Operator {
            /// All of them.
            pub const ALL: &'static [Operator] = &[$(Operator::$name,)*];

            /// The word in JSON.
            pub const fn word(self) -> &'static str {
                match self { $(Operator::$name => $word,)* }
            }
        }
    };
}

operators! {
    Is = "is";
    IsNot = "is_not";
    IsAnyOf = "is_any_of";
    IsNoneOf = "is_none_of";
    Contains = "contains";
    DoesNotContain = "does_not_contain";
    StartsWith = "starts_with";
    DoesNotStartWith = "does_not_start_with";
    EndsWith = "ends_with";
    DoesNotEndWith = "does_not_end_with";
    Like = "like";
    NotLike = "not_like";
    Matches = "matches";
    DoesNotMatch = "does_not_match";
    MoreThan = "more_than";
    AtLeast = "at_least";
    LessThan = "less_than";
    AtMost = "at_most";
    Exactly = "exactly";
    Between = "between";
    NotBetween = "not_between";
    On = "on";
    NotOn = "not_on";
    Before = "before";
    After = "after";
    OnOrBefore = "on_or_before";
    OnOrAfter = "on_or_after";
    InTheLast = "in_the_last";
    NotInTheLast = "not_in_the_last";
    MoreThanAgo = "more_than_ago";
    InTheNext = "in_the_next";
    NotInTheNext = "not_in_the_next";
    MoreThanAhead = "more_than_ahead";
    Anniversary = "anniversary";
    AnniversaryInTheNext = "anniversary_in_the_next";
    HasAnyOf = "has_any_of";
    HasAllOf = "has_all_of";
    HasNoneOf = "has_none_of";
    IsIn = "is_in";
    IsNotIn = "is_not_in";
    Never = "never";
    Followed = "followed";
    NotFollowed = "not_followed";
    IsEmpty = "is_empty";
    IsNotEmpty = "is_not_empty";
}

/// What an operator wants as its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Nothing.
    Nothing,
    /// One text.
    Text,
    /// Several texts.
    Texts,
    /// A regular expression.
    Pattern,
    /// A number.
    Number,
    /// Two numbers.
    Numbers,
    /// Yes or no.
    Truth,
    /// A day, or an instant where the field has hours.
    Point,
    /// Only days: one, or those of a period.
    Day,
    /// Two of [`Shape::Point`].
    Points,
    /// An amount and a unit.
    Span,
    /// A segment.
    Segment,
    /// A [`super::SubscriptionState`].
    Subscription,
    /// A [`super::TopicState`].
    TopicState,
    /// An identifier.
    Id,
    /// Several identifiers.
    Ids,
    /// How many times.
    Times,
}

impl Operator {
    /// The operator of that word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operator| operator.word() == word)
    }

    /// The operator that it denies, when it denies one.
    pub const fn denied(self) -> Option<Operator> {
        Some(match self {
            Operator::IsNot => Operator::Is,
            Operator::IsNoneOf => Operator::IsAnyOf,
            Operator::DoesNotContain => Operator::Contains,
            Operator::DoesNotStartWith => Operator::StartsWith,
            Operator::DoesNotEndWith => Operator::EndsWith,
            Operator::NotLike => Operator::Like,
            Operator::DoesNotMatch => Operator::Matches,
            Operator::NotBetween => Operator::Between,
            Operator::NotOn => Operator::On,
            Operator::NotInTheLast => Operator::InTheLast,
            Operator::NotInTheNext => Operator::InTheNext,
            Operator::HasNoneOf => Operator::HasAnyOf,
            Operator::IsNotIn => Operator::IsIn,
            Operator::IsNotEmpty => Operator::IsEmpty,
            _ => return None,
        })
    }

    /// The operator that denies it, when there is a word for it.
    pub fn denial(self) -> Option<Operator> {
        Self::ALL
            .iter()
            .copied()
            .find(|operator| operator.denied() == Some(self))
    }
}

/// Lists of operators that have parts in common.
macro_rules! lists {
    ($($name:ident = [$($operator:ident),* $(,)?];)*) => {
        $(const $name: &[Operator] = &[$(Operator::$operator,)*];)*
    };
}

lists! {
    TEXT = [
        Is, IsNot, IsAnyOf, IsNoneOf, Contains, DoesNotContain, StartsWith, DoesNotStartWith, EndsWith,
        DoesNotEndWith, Like, NotLike, Matches, DoesNotMatch, IsEmpty, IsNotEmpty,
    ];
    CHOICE = [Is, IsNot, IsAnyOf, IsNoneOf, Matches, DoesNotMatch, IsEmpty, IsNotEmpty];
    REASON = [Is, IsNot, IsAnyOf, IsNoneOf, IsEmpty, IsNotEmpty];
    AMOUNT = [Is, IsNot, MoreThan, AtLeast, LessThan, AtMost, Between, NotBetween, IsEmpty, IsNotEmpty];
    // The last ones look at it as it is written.
    NUMBER = [
        Is, IsNot, MoreThan, AtLeast, LessThan, AtMost, Between, NotBetween, IsEmpty, IsNotEmpty, Contains,
        DoesNotContain, StartsWith, DoesNotStartWith, EndsWith, DoesNotEndWith, Like, NotLike, Matches,
        DoesNotMatch,
    ];
    TRUTH = [Is, IsNot, IsEmpty, IsNotEmpty];
    TIME = [
        InTheLast, NotInTheLast, MoreThanAgo, On, NotOn, Before, After, OnOrBefore, OnOrAfter, Between,
        NotBetween, InTheNext, NotInTheNext, MoreThanAhead, Anniversary, AnniversaryInTheNext, IsEmpty,
        IsNotEmpty,
    ];
    DATE = [
        InTheLast, NotInTheLast, MoreThanAgo, On, NotOn, Before, After, OnOrBefore, OnOrAfter, Between,
        NotBetween, InTheNext, NotInTheNext, MoreThanAhead, Anniversary, AnniversaryInTheNext, IsEmpty,
        IsNotEmpty, Contains, DoesNotContain, StartsWith, DoesNotStartWith, EndsWith, DoesNotEndWith, Like,
        NotLike, Matches, DoesNotMatch,
    ];
    SET = [HasAnyOf, HasAllOf, HasNoneOf, IsEmpty, IsNotEmpty];
    STATE = [Is, IsNot];
    SEGMENT = [IsIn, IsNotIn];
    TALLY = [AtLeast, AtMost, Exactly, Never];
    SEQUENCE = [Followed, NotFollowed];
}

impl Operator {
    /// Whether it looks at a number or a date as it is written.
    pub const fn is_of_text(self) -> bool {
        matches!(
            self,
            Operator::Contains
                | Operator::StartsWith
                | Operator::EndsWith
                | Operator::Like
                | Operator::Matches
        )
    }
}

impl Kind {
    /// The operators that a field of this kind knows, the usual one first.
    pub const fn operators(self) -> &'static [Operator] {
        match self {
            Kind::Text => TEXT,
            Kind::Choice => CHOICE,
            Kind::Reason | Kind::Id(_) => REASON,
            Kind::Amount => AMOUNT,
            Kind::Number => NUMBER,
            Kind::Truth => TRUTH,
            Kind::Time => TIME,
            Kind::Day | Kind::Instant => DATE,
            Kind::Set => SET,
            Kind::Subscription | Kind::Topic => STATE,
            Kind::Segment => SEGMENT,
            Kind::Tally => TALLY,
            Kind::Sequence => SEQUENCE,
        }
    }

    /// What an operator wants as its value with a field of this kind.
    pub const fn shape(self, operator: Operator) -> Shape {
        match operator {
            Operator::IsEmpty | Operator::IsNotEmpty | Operator::Never => Shape::Nothing,
            Operator::Followed | Operator::NotFollowed => Shape::Nothing,
            Operator::IsAnyOf | Operator::IsNoneOf => match self {
                Kind::Id(_) => Shape::Ids,
                _ => Shape::Texts,
            },
            Operator::HasAnyOf | Operator::HasAllOf | Operator::HasNoneOf => Shape::Texts,
            Operator::IsIn | Operator::IsNotIn => Shape::Segment,
            Operator::On | Operator::NotOn | Operator::Anniversary => Shape::Day,
            Operator::Before | Operator::After | Operator::OnOrBefore | Operator::OnOrAfter => Shape::Point,
            Operator::InTheLast
            | Operator::NotInTheLast
            | Operator::MoreThanAgo
            | Operator::InTheNext
            | Operator::NotInTheNext
            | Operator::MoreThanAhead
            | Operator::AnniversaryInTheNext => Shape::Span,
            Operator::Between | Operator::NotBetween => match self {
                Kind::Day | Kind::Instant | Kind::Time => Shape::Points,
                _ => Shape::Numbers,
            },
            Operator::Exactly => Shape::Times,
            Operator::MoreThan | Operator::AtLeast | Operator::LessThan | Operator::AtMost => match self {
                Kind::Tally => Shape::Times,
                _ => Shape::Number,
            },
            Operator::Is | Operator::IsNot => match self {
                Kind::Number | Kind::Amount => Shape::Number,
                Kind::Truth => Shape::Truth,
                Kind::Subscription => Shape::Subscription,
                Kind::Topic => Shape::TopicState,
                Kind::Id(_) => Shape::Id,
                _ => Shape::Text,
            },
            Operator::Matches | Operator::DoesNotMatch => Shape::Pattern,
            Operator::Contains
            | Operator::DoesNotContain
            | Operator::StartsWith
            | Operator::DoesNotStartWith
            | Operator::EndsWith
            | Operator::DoesNotEndWith
            | Operator::Like
            | Operator::NotLike => Shape::Text,
        }
    }

    /// The operator that a word means with a field of this kind: its own, or what other systems call
    /// it.
    pub fn operator(self, word: &str) -> Option<Operator> {
        let known = |operator: &Operator| self.operators().contains(operator);
        Operator::of_word(word)
            .filter(known)
            .or_else(|| meant(word).iter().copied().find(known))
    }
}

/// What words of Mautic, Parcelvoy and Dittofeed mean, depending on the field.
const fn meant(word: &str) -> &'static [Operator] {
    use Operator::{
        After, AtLeast, AtMost, Before, Between, Contains, DoesNotContain, DoesNotEndWith, DoesNotMatch,
        DoesNotStartWith, EndsWith, HasAnyOf, HasNoneOf, InTheLast, Is, IsAnyOf, IsEmpty, IsIn, IsNoneOf,
        IsNot, IsNotEmpty, IsNotIn, LessThan, Like, Matches, MoreThan, MoreThanAgo, Never, NotBetween,
        NotLike, NotOn, On, OnOrAfter, OnOrBefore, StartsWith,
    };
    match word.as_bytes() {
        b"=" | b"Equals" => &[Is, On, IsIn],
        b"!=" | b"NotEquals" => &[IsNot, NotOn, IsNotIn],
        b"gt" | b">" | b"GreaterThan" => &[MoreThan, After],
        b"gte" | b">=" | b"GreaterThanOrEqual" => &[AtLeast, OnOrAfter],
        b"lt" | b"<" | b"LessThan" => &[LessThan, Before],
        b"lte" | b"<=" | b"LessThanOrEqual" => &[AtMost, OnOrBefore],
        b"empty" | b"is not set" | b"NotExists" => &[IsEmpty, Never],
        b"!empty" | b"is set" | b"Exists" => &[IsNotEmpty],
        b"!like" => &[NotLike],
        b"in" => &[IsAnyOf, HasAnyOf],
        b"!in" => &[IsNoneOf, HasNoneOf],
        b"!between" => &[NotBetween],
        b"between" => &[Between],
        b"like" => &[Like],
        b"regexp" => &[Matches],
        b"!regexp" => &[DoesNotMatch],
        b"startsWith" | b"starts with" => &[StartsWith],
        b"not start with" => &[DoesNotStartWith],
        b"endsWith" | b"ends with" => &[EndsWith],
        b"not end with" => &[DoesNotEndWith],
        b"not contain" => &[DoesNotContain],
        b"contains" => &[Contains],
        b"Within" => &[InTheLast],
        b"HasBeen" => &[MoreThanAgo],
        b"date" => &[On],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Operator};

    #[test]
    fn every_denial_stands_beside_what_it_denies() {
        for kind in [
            Kind::Text,
            Kind::Choice,
            Kind::Reason,
            Kind::Amount,
            Kind::Number,
            Kind::Truth,
            Kind::Time,
            Kind::Day,
            Kind::Set,
            Kind::Segment,
        ] {
            for operator in kind.operators() {
                if let Some(denied) = operator.denied() {
                    assert!(kind.operators().contains(&denied), "{operator:?}");
                    assert_eq!(kind.shape(*operator), kind.shape(denied), "{operator:?}");
                    assert_eq!(denied.denial(), Some(*operator));
                }
            }
        }
    }

    #[test]
    fn every_operator_is_used_and_found_by_its_word() {
        let kinds = [
            Kind::Text,
            Kind::Number,
            Kind::Day,
            Kind::Set,
            Kind::Segment,
            Kind::Tally,
            Kind::Sequence,
        ];
        for operator in Operator::ALL {
            assert_eq!(Operator::of_word(operator.word()), Some(*operator));
            assert!(
                kinds.iter().any(|kind| kind.operators().contains(operator)),
                "{operator:?}"
            );
        }
    }

    #[test]
    fn words_of_other_systems_mean_what_fits_the_field() {
        for (kind, word, operator) in [
            (Kind::Text, "=", Operator::Is),
            (Kind::Text, "!regexp", Operator::DoesNotMatch),
            (Kind::Text, "startsWith", Operator::StartsWith),
            (Kind::Choice, "in", Operator::IsAnyOf),
            (Kind::Set, "!in", Operator::HasNoneOf),
            (Kind::Number, "gte", Operator::AtLeast),
            (Kind::Day, "gte", Operator::OnOrAfter),
            (Kind::Day, "!empty", Operator::IsNotEmpty),
            (Kind::Time, "Within", Operator::InTheLast),
            (Kind::Text, "not contain", Operator::DoesNotContain),
        ] {
            assert_eq!(kind.operator(word), Some(operator), "{kind:?} {word}");
        }
        assert_eq!(Kind::Truth.operator("gt"), None);
    }
}
