//! The files that contacts come from, as other programs would have exported them: the large one with a
//! few rows that are wrong.

use jiff::SignedDuration;
use kernel::Timestamp;

use super::population::Person;

/// Everybody who was known before.
pub const CUSTOMERS: &str = "wrenfield-customers.csv";
/// Some who left their address at a stand.
pub const TRADE_FAIR: &str = "trade-fair.csv";
/// The first row.
const HEADER: &str = "Customer no,Email,First name,Last name,Phone,Company,City,Country,Language,Time zone,Tags,Plan,\
Signed up,Seats,Industry,Interests,Newsletter,Customer since,Unsubscribed";
/// What the columns become.
pub const COLUMNS: &str = "external_id,email,first_name,last_name,phone,company,city,country,locale,timezone,tags,\
attribute:plan,attribute:signed_up,attribute:seats,attribute:industry,attribute:interests,attribute:newsletter,\
created_at,do_not_email";
/// Rows that every long-lived list has some of. Each is refused, for another reason.
pub const BROKEN: [&str; 4] = [
    "WF-090001,nadia.at.example.com,Nadia,Rahman,,Example Café,Leeds,United Kingdom,en-GB,Europe/London,,Free,,1,Hospitality,,yes,,no",
    "WF-090002,tom.lind@example.org,Tom,Lind,,Lind Bygg,Malmö,Sweden,sv-SE,Europe/Stockholm,,Platinum,,4,Trades,,no,,no",
    "WF-090003,carla.neri@example.net,Carla,Neri,,Albergo Neri,Torino,Italy,it-IT,Europe/Rome,,Team,31.02.2025,12,Hospitality,,yes,,no",
    ",unknown@example.com,,,,,,,,,,,,,,,,,",
];

/// The file, for people known when it is exported, with rows that are not theirs spread among them.
pub fn write(people: &[Person], exported: Timestamp, others: &[&str]) -> String {
    let mut file = format!("{HEADER}\n");
    let between = people.len() / (others.len() + 1) + 1;
    for (number, person) in people.iter().enumerate() {
        if let Some(other) = others
            .get(number / between)
            .filter(|_| number % between == between - 1)
        {
            file.push_str(other);
            file.push('\n');
        }
        file.push_str(&row(person, exported).map(|cell| quoted(&cell)).join(","));
        file.push('\n');
    }
    file
}

fn row(person: &Person, exported: Timestamp) -> [String; 19] {
    let since = exported - SignedDuration::from_mins(person.known_for);
    let yes = |value: bool| if value { "yes" } else { "no" }.to_owned();
    [
        person.external_id.clone(),
        person.email.clone().unwrap_or_default(),
        person.first_name.clone(),
        person.last_name.clone(),
        person.phone.clone(),
        person.company.clone(),
        person.city.to_owned(),
        person.country.to_owned(),
        person.locale.clone(),
        person.timezone.to_owned(),
        person.tags.join("|"),
        person.plan.to_owned(),
        since.strftime("%Y-%m-%d").to_string(),
        person.seats.to_string(),
        person.industry.to_owned(),
        person.interests.join("|"),
        yes(person.newsletter),
        since.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        yes(person.opted_out),
    ]
}

/// A cell as RFC 4180 has it.
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::{BROKEN, COLUMNS, HEADER, quoted, write};
    use crate::demo::population::people;

    #[test]
    fn every_column_has_its_name_its_target_and_a_cell_in_each_row() {
        let columns = HEADER.split(',').count();
        assert_eq!(COLUMNS.split(',').count(), columns);
        let exported = "2026-06-01T08:00:00Z".parse().expect("an instant");
        for (count, others, expected) in [
            (1, BROKEN.as_slice(), 1..=2),
            (150, &BROKEN, 154..=154),
            (150, &[], 150..=150),
        ] {
            let file = write(&people(42, count), exported, others);
            let rows = file.lines().count() - 1;
            assert!(expected.contains(&rows), "{rows} of {count}");
            // No value of ours has a comma, so that this count is right.
            assert!(file.lines().all(|line| line.split(',').count() == columns));
        }
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        assert_eq!(quoted("a, \"b\""), "\"a, \"\"b\"\"\"");
        assert_eq!(quoted("plain"), "plain");
    }
}
