/// The most bytes that title, text, link and data may come to. Both services take 4,096 bytes (Apple,
/// "Generating a remote notification"; Firebase, "About FCM messages"), names and brackets of their
/// JSON included; what is left is room for those.
pub const LARGEST_PAYLOAD: usize = 3500;

/// How many bytes of JSON the contents of a notification come to.
#[must_use]
pub fn payload_size(title: &str, body: &str, url: &str, data: &[(String, String)]) -> usize {
    let written = |text: &str| serde_json::to_string(text).map_or(0, |json| json.len());
    // Quotes are counted with the texts; a colon and a comma stand with each pair.
    let pairs = data.iter().map(|(key, value)| written(key) + written(value) + 2);
    written(title) + written(body) + written(url) + pairs.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::payload_size;

    #[test]
    fn what_json_has_to_escape_counts_as_it_is_written() {
        assert_eq!(payload_size("", "", "", &[]), 6);
        assert_eq!(payload_size("a", "b\n", "", &[]), 3 + 5 + 2);
        assert_eq!(
            payload_size("", "", "", &[("k".into(), "ü".into())]),
            6 + 3 + 4 + 2
        );
    }
}
