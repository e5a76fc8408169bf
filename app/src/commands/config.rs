use platform::config::EffectiveValue;

/// One line a value: key, value, origin.
pub fn print(values: &[EffectiveValue]) {
    let width = |of: fn(&EffectiveValue) -> usize| values.iter().map(of).max().unwrap_or(0);
    let (keys, texts) = (width(|v| v.key.len()), width(|v| v.value.chars().count()));
    for EffectiveValue { key, value, origin } in values {
        println!("{key:keys$}  {value:texts$}  {origin}");
    }
}
