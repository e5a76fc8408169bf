use std::{fmt::Display, marker::PhantomData};

/// A path without parameters.
#[derive(Debug, Clone, Copy)]
pub struct Route0(&'static str);

/// A path with one parameter of type `A`.
#[derive(Debug)]
pub struct Route1<A>(&'static str, PhantomData<fn(A)>);

/// A path with two parameters.
#[derive(Debug)]
pub struct Route2<A, B>(&'static str, PhantomData<fn(A, B)>);

/// A path with three parameters.
#[derive(Debug)]
pub struct Route3<A, B, C>(&'static str, PhantomData<fn(A, B, C)>);

impl Route0 {
    /// `template` has no `{…}`.
    #[must_use]
    pub const fn new(template: &'static str) -> Self {
        Self(template)
    }
    /// What the router is given.
    #[must_use]
    pub const fn template(&self) -> &'static str {
        self.0
    }
    /// What a link is given.
    #[must_use]
    pub fn url(&self) -> String {
        self.0.to_owned()
    }
    /// The path with a query string; values are escaped.
    #[must_use]
    pub fn with<V: Display>(&self, query: &[(&str, V)]) -> String {
        append_query(self.url(), query)
    }
}

impl<A: Display> Route1<A> {
    /// `template` has one `{…}`.
    #[must_use]
    pub const fn new(template: &'static str) -> Self {
        Self(template, PhantomData)
    }
    /// What the router is given.
    #[must_use]
    pub const fn template(&self) -> &'static str {
        self.0
    }
    /// What a link is given.
    #[must_use]
    pub fn url(&self, a: &A) -> String {
        fill(self.0, &[&a.to_string()])
    }
    /// The path with a query string; values are escaped.
    #[must_use]
    pub fn with<V: Display>(&self, a: &A, query: &[(&str, V)]) -> String {
        append_query(self.url(a), query)
    }
}

impl<A: Display, B: Display> Route2<A, B> {
    /// `template` has two `{…}`.
    #[must_use]
    pub const fn new(template: &'static str) -> Self {
        Self(template, PhantomData)
    }
    /// What the router is given.
    #[must_use]
    pub const fn template(&self) -> &'static str {
        self.0
    }
    /// What a link is given.
    #[must_use]
    pub fn url(&self, a: &A, b: &B) -> String {
        fill(self.0, &[&a.to_string(), &b.to_string()])
    }
}

impl<A: Display, B: Display, C: Display> Route3<A, B, C> {
    /// `template` has three `{…}`.
    #[must_use]
    pub const fn new(template: &'static str) -> Self {
        Self(template, PhantomData)
    }
    /// What the router is given.
    #[must_use]
    pub const fn template(&self) -> &'static str {
        self.0
    }
    /// What a link is given.
    #[must_use]
    pub fn url(&self, a: &A, b: &B, c: &C) -> String {
        fill(self.0, &[&a.to_string(), &b.to_string(), &c.to_string()])
    }
}

impl<A> Clone for Route1<A> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<A> Copy for Route1<A> {}
impl<A, B> Clone for Route2<A, B> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<A, B> Copy for Route2<A, B> {}
impl<A, B, C> Clone for Route3<A, B, C> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<A, B, C> Copy for Route3<A, B, C> {}

fn fill(template: &str, values: &[&str]) -> String {
    let mut url = String::with_capacity(template.len() + 32);
    let mut rest = template;
    for value in values {
        let Some((before, after)) = rest.split_once('{') else {
            break;
        };
        url.push_str(before);
        escape_into(&mut url, value);
        rest = after.split_once('}').map_or("", |(_, tail)| tail);
    }
    url.push_str(rest);
    url
}

fn append_query<V: Display>(mut url: String, query: &[(&str, V)]) -> String {
    for (n, (key, value)) in query.iter().enumerate() {
        url.push(if n == 0 { '?' } else { '&' });
        escape_into(&mut url, key);
        url.push('=');
        escape_into(&mut url, &value.to_string());
    }
    url
}

/// Everything but the unreserved characters of RFC 3986 section 2.3.
fn escape_into(url: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            url.push(byte as char);
        } else {
            url.push('%');
            url.push(
                char::from_digit(u32::from(byte >> 4), 16)
                    .unwrap_or('0')
                    .to_ascii_uppercase(),
            );
            url.push(
                char::from_digit(u32::from(byte & 15), 16)
                    .unwrap_or('0')
                    .to_ascii_uppercase(),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Route0, Route1, Route2};

    #[test]
    fn parameters_are_filled_in_and_escaped() {
        const ONE: Route1<&str> = Route1::new("/app/contacts/{id}/edit");
        const TWO: Route2<&str, u32> = Route2::new("/app/{a}/x/{b}");
        assert_eq!(ONE.url(&"a/b?c"), "/app/contacts/a%2Fb%3Fc/edit");
        assert_eq!(TWO.url(&"a", &7), "/app/a/x/7");
        assert_eq!(
            Route0::new("/app").with(&[("q", "a&b"), ("n", "ü")]),
            "/app?q=a%26b&n=%C3%BC"
        );
    }
}
