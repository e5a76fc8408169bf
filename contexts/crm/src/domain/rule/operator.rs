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
    MoreThan = "more_than";
    AtLeast = "at_least";
    LessThan = "less_than";
    AtMost = "at_most";
    Between = "between";
    NotBetween = "not_between";
    On = "on";
    NotOn = "not_on";
    Before = "before";
    After = "after";
    InTheLast = "in_the_last";
    NotInTheLast = "not_in_the_last";
    MoreThanAgo = "more_than_ago";
    InTheNext = "in_the_next";
    NotInTheNext = "not_in_the_next";
    MoreThanAhead = "more_than_ahead";
    HasAnyOf = "has_any_of";
    HasAllOf = "has_all_of";
    HasNoneOf = "has_none_of";
    IsIn = "is_in";
    IsNotIn = "is_not_in";
    Never = "never";
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
    /// A number.
    Number,
    /// Two numbers.
    Numbers,
    /// Yes or no.
    Truth,
    /// A day, or an instant where the field has hours.
    Point,
    /// Only a day.
    Day,
    /// Two of [`Shape::Point`].
    Points,
    /// An amount and a unit.
    Span,
    /// A segment.
    Segment,
    /// A [`super::SubscriptionState`].
    Subscription,
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

const TEXT: &[Operator] = &[
    Operator::Is,
    Operator::IsNot,
    Operator::IsAnyOf,
    Operator::IsNoneOf,
    Operator::Contains,
    Operator::DoesNotContain,
    Operator::StartsWith,
    Operator::DoesNotStartWith,
    Operator::EndsWith,
    Operator::DoesNotEndWith,
    Operator::IsEmpty,
    Operator::IsNotEmpty,
];
const CHOICE: &[Operator] = &[
    Operator::Is,
    Operator::IsNot,
    Operator::IsAnyOf,
    Operator::IsNoneOf,
    Operator::IsEmpty,
    Operator::IsNotEmpty,
];
const NUMBER: &[Operator] = &[
    Operator::Is,
    Operator::IsNot,
    Operator::MoreThan,
    Operator::AtLeast,
    Operator::LessThan,
    Operator::AtMost,
    Operator::Between,
    Operator::NotBetween,
    Operator::IsEmpty,
    Operator::IsNotEmpty,
];
const TRUTH: &[Operator] = &[
    Operator::Is,
    Operator::IsNot,
    Operator::IsEmpty,
    Operator::IsNotEmpty,
];
const DATE: &[Operator] = &[
    Operator::InTheLast,
    Operator::NotInTheLast,
    Operator::MoreThanAgo,
    Operator::On,
    Operator::NotOn,
    Operator::Before,
    Operator::After,
    Operator::Between,
    Operator::NotBetween,
    Operator::InTheNext,
    Operator::NotInTheNext,
    Operator::MoreThanAhead,
    Operator::IsEmpty,
    Operator::IsNotEmpty,
];
const SET: &[Operator] = &[
    Operator::HasAnyOf,
    Operator::HasAllOf,
    Operator::HasNoneOf,
    Operator::IsEmpty,
    Operator::IsNotEmpty,
];
const SUBSCRIPTION: &[Operator] = &[Operator::Is, Operator::IsNot];
const SEGMENT: &[Operator] = &[Operator::IsIn, Operator::IsNotIn];
const MAIL: &[Operator] = &[Operator::AtLeast, Operator::AtMost, Operator::Never];

impl Kind {
    /// The operators that a field of this kind knows, the usual one first.
    pub const fn operators(self) -> &'static [Operator] {
        match self {
            Kind::Text => TEXT,
            Kind::Choice => CHOICE,
            Kind::Number => NUMBER,
            Kind::Truth => TRUTH,
            Kind::Day | Kind::Instant => DATE,
            Kind::Set => SET,
            Kind::Subscription => SUBSCRIPTION,
            Kind::Segment => SEGMENT,
            Kind::Mail(_) => MAIL,
        }
    }

    /// What an operator wants as its value with a field of this kind.
    pub const fn shape(self, operator: Operator) -> Shape {
        match operator {
            Operator::IsEmpty | Operator::IsNotEmpty | Operator::Never => Shape::Nothing,
            Operator::IsAnyOf | Operator::IsNoneOf => Shape::Texts,
            Operator::HasAnyOf | Operator::HasAllOf | Operator::HasNoneOf => Shape::Texts,
            Operator::IsIn | Operator::IsNotIn => Shape::Segment,
            Operator::On | Operator::NotOn => Shape::Day,
            Operator::Before | Operator::After => Shape::Point,
            Operator::InTheLast
            | Operator::NotInTheLast
            | Operator::MoreThanAgo
            | Operator::InTheNext
            | Operator::NotInTheNext
            | Operator::MoreThanAhead => Shape::Span,
            Operator::Between | Operator::NotBetween => match self {
                Kind::Day | Kind::Instant => Shape::Points,
                _ => Shape::Numbers,
            },
            Operator::MoreThan | Operator::AtLeast | Operator::LessThan | Operator::AtMost => match self {
                Kind::Mail(_) => Shape::Times,
                _ => Shape::Number,
            },
            Operator::Is | Operator::IsNot => match self {
                Kind::Number => Shape::Number,
                Kind::Truth => Shape::Truth,
                Kind::Subscription => Shape::Subscription,
                _ => Shape::Text,
            },
            Operator::Contains
            | Operator::DoesNotContain
            | Operator::StartsWith
            | Operator::DoesNotStartWith
            | Operator::EndsWith
            | Operator::DoesNotEndWith => Shape::Text,
        }
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
            Kind::Number,
            Kind::Truth,
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
            Kind::Mail(super::super::Activity::Sent),
        ];
        for operator in Operator::ALL {
            assert_eq!(Operator::of_word(operator.word()), Some(*operator));
            assert!(
                kinds.iter().any(|kind| kind.operators().contains(operator)),
                "{operator:?}"
            );
        }
    }
}
