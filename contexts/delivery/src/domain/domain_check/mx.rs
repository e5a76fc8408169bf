use super::{Finding, Status};

/// Whether answers to a domain can arrive. `exchanges` are hosts with their preference before them,
/// such as `10 mx.example.com`; a single dot is the promise to take none (RFC 7505).
#[must_use]
pub fn assess_mx(exchanges: &[String], has_address: bool) -> Finding {
    let host = |text: &String| {
        let host = text.split_whitespace().last().unwrap_or_default();
        host.trim_end_matches('.').to_owned()
    };
    match exchanges {
        // Mail goes to the host itself then (RFC 5321 section 5.1).
        [] if has_address => Finding::new(Status::Ok, ""),
        [] => Finding::missing(),
        all if all.iter().any(|text| host(text).is_empty()) => {
            Finding::new(Status::Different, &all.join(", "))
        }
        all => Finding::new(Status::Ok, &all.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::assess_mx;
    use crate::domain::domain_check::Status;

    #[test]
    fn a_domain_takes_answers_by_mx_or_by_its_own_address_unless_it_says_no() {
        let status = |list: &[&str], address| {
            let list: Vec<String> = list.iter().map(|t| (*t).to_owned()).collect();
            assess_mx(&list, address).status
        };
        assert_eq!(status(&["10 mx.shop.example"], false), Status::Ok);
        assert_eq!(status(&[], true), Status::Ok);
        assert_eq!(status(&[], false), Status::Missing);
        assert_eq!(status(&["0 ."], true), Status::Different);
    }
}
