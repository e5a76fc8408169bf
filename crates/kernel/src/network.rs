use std::net::IpAddr;

/// Enough of a network address to show where something came from, and not enough to be one person's:
/// the last byte of IPv4 and the last 80 bits of IPv6 are left out.
#[must_use]
pub fn shortened_ip(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            format!("{a}.{b}.{c}.0")
        }
        IpAddr::V6(ip) => {
            let [a, b, c, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}::")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::shortened_ip;

    #[test]
    fn an_address_of_the_network_is_kept_without_its_end() {
        let short = |text: &str| shortened_ip(text.parse().expect("an address"));
        assert_eq!(short("203.0.113.77"), "203.0.113.0");
        assert_eq!(short("2001:db8:1:2:3:4:5:6"), "2001:db8:1::");
    }
}
