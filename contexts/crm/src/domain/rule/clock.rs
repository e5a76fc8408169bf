//! When a rule's answers change by the mere passing of time.

use super::{
    date::{Clock, Flip, Holds},
    happening::{Asked, Happening, RecordsTest},
    tree::{DateSource, Rule, Test},
    value_test::Point,
};

/// When to look at a rule again though nothing has changed.
#[derive(Debug, Default, PartialEq)]
pub struct Wakes<'a> {
    /// When a day begins: at everybody.
    pub daily: bool,
    /// At certain distances from something: at those whom it belongs to.
    pub after: Vec<(Instants<'a>, Flip)>,
}

/// Instants from which time is counted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Instants<'a> {
    /// Of the contact.
    Contact(&'a DateSource),
    /// When these events happened.
    Events(&'a Happening),
    /// Of the records of a contact.
    Records(&'a RecordsTest, &'a DateSource),
    /// Of the records that those relate to.
    Related(&'a RecordsTest, &'a RecordsTest, &'a DateSource),
}

impl<'a> Wakes<'a> {
    /// Of a rule about contacts.
    pub fn of(rule: &'a Rule) -> Self {
        let mut wakes = Self::default();
        for condition in rule.conditions() {
            wakes.add_test(&condition.test);
        }
        wakes
    }

    fn add_test(&mut self, test: &'a Test) {
        match test {
            Test::Date(source, test) => {
                let holds = match source {
                    DateSource::Day(_) | DateSource::Property(_) => Holds::Days,
                    _ => Holds::Instants,
                };
                self.add(test.clock(holds), Instants::Contact(source));
            }
            Test::Event(test) => {
                self.add_events(&test.events);
                if let Asked::First(date) | Asked::Last(date) = &test.asked {
                    self.add(date.clock(Holds::Instants), Instants::Events(&test.events));
                }
            }
            Test::Sequence(test) => {
                self.add_events(&test.first);
                self.add_events(&test.then);
                if !test.followed
                    && let Some(hours) = test.gap.physical_hours()
                {
                    let over = Flip::new(hours * 3600, false);
                    self.after.push((Instants::Events(&test.first), over));
                }
            }
            Test::Records(test) => self.add_records(test),
            _ => {}
        }
    }

    fn add(&mut self, clock: Clock, instants: Instants<'a>) {
        self.daily |= clock.daily;
        self.after
            .extend(clock.flips.into_iter().map(|flip| (instants, flip)));
    }

    fn add_events(&mut self, events: &'a Happening) {
        if let Some(span) = events.within {
            match span.physical_hours() {
                Some(hours) => {
                    let over = Flip::new(hours * 3600, true);
                    self.after.push((Instants::Events(events), over));
                }
                None => self.daily = true,
            }
        }
        let relative = |point: Option<Point>| matches!(point, Some(Point::Relative(_)));
        self.daily |= relative(events.from) || relative(events.until);
        for condition in events.filter.iter().flat_map(|rule| rule.conditions()) {
            if let Test::Date(_, date) = &condition.test {
                // Properties of events hold days.
                self.daily |= date.clock(Holds::Days).daily;
            }
        }
    }

    fn add_records(&mut self, test: &'a RecordsTest) {
        for condition in test.filter.iter().flat_map(|rule| rule.conditions()) {
            match &condition.test {
                Test::Date(source, date) => {
                    self.add(date.clock(holds_of(source)), Instants::Records(test, source));
                }
                Test::Records(related) => {
                    for inner in related.filter.iter().flat_map(|rule| rule.conditions()) {
                        if let Test::Date(source, date) = &inner.test {
                            self.add(
                                date.clock(holds_of(source)),
                                Instants::Related(test, related, source),
                            );
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

fn holds_of(source: &DateSource) -> Holds {
    match source {
        DateSource::Day(_) => Holds::Days,
        _ => Holds::Instants,
    }
}
