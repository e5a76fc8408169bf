//! Signatures of requests to Amazon Web Services, version 4, in the `Authorization` header. Pure.
//!
//! Reference: "AWS Signature Version 4 for API requests" of the IAM user guide. Only what requests of
//! this program need: paths of unreserved characters, which need no escaping, and no session tokens.

use std::fmt::Write;

use aws_lc_rs::{digest, hmac};
use kernel::Timestamp;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// Who signs, and for what.
#[derive(Clone)]
pub(super) struct Signer {
    pub access_key_id: String,
    pub secret_access_key: String,
    /// `eu-west-1`
    pub region: String,
    /// `ses`
    pub service: &'static str,
}

/// What is signed of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signable<'r> {
    /// `POST`
    pub method: &'r str,
    /// Begins with a slash; unreserved characters and slashes only.
    pub path: &'r str,
    /// Sorted and escaped; usually empty.
    pub query: &'r str,
    /// Name and value, in any order; `host` and `x-amz-date` are among them.
    pub headers: &'r [(&'r str, &'r str)],
    pub body: &'r [u8],
}

/// A time as `x-amz-date` has it: `20150830T123600Z`.
pub(super) fn amz_date(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

impl Signer {
    /// The value of `Authorization`; `date` is that of `x-amz-date`.
    pub fn authorization(&self, request: Signable<'_>, date: &str) -> String {
        let mut headers: Vec<(String, String)> = request.headers.iter().map(canonical).collect();
        headers.sort();
        let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.join(";");
        let day = date.get(..8).unwrap_or(date);
        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        let canonical = canonical_request(request, &headers, &names);
        let to_sign = format!("{ALGORITHM}\n{date}\n{scope}\n{}", sha256(canonical.as_bytes()));
        let signature = hex(&self.sign(day, &to_sign));
        format!(
            "{ALGORITHM} Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
            self.access_key_id
        )
    }

    /// With a key that is good for one day, region and service.
    fn sign(&self, day: &str, text: &str) -> Vec<u8> {
        let start = format!("AWS4{}", self.secret_access_key).into_bytes();
        [day, self.region.as_str(), self.service, "aws4_request", text]
            .into_iter()
            .fold(start, |key, part| hmac_sha256(&key, part))
    }
}

/// In lower case, without the spaces around and between that mean nothing.
fn canonical((name, value): &(&str, &str)) -> (String, String) {
    let words: Vec<&str> = value.split_ascii_whitespace().collect();
    (name.to_ascii_lowercase(), words.join(" "))
}

fn canonical_request(request: Signable<'_>, headers: &[(String, String)], names: &str) -> String {
    let Signable {
        method,
        path,
        query,
        body,
        ..
    } = request;
    let mut text = format!("{method}\n{path}\n{query}\n");
    for (name, value) in headers {
        let _ = writeln!(text, "{name}:{value}");
    }
    let _ = write!(text, "\n{names}\n{}", sha256(body));
    text
}

fn hmac_sha256(key: &[u8], text: &str) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::{Signable, Signer, amz_date};

    const DATE: &str = "20150830T123600Z";
    const HOST: (&str, &str) = ("Host", "example.amazonaws.com");
    const X_AMZ_DATE: (&str, &str) = ("X-Amz-Date", DATE);
    const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

    fn signer(service: &'static str) -> Signer {
        Signer {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
            region: "us-east-1".to_owned(),
            service,
        }
    }

    fn signable<'r>(method: &'r str, query: &'r str, headers: &'r [(&'r str, &'r str)]) -> Signable<'r> {
        Signable {
            method,
            path: "/",
            query,
            headers,
            body: b"",
        }
    }

    #[test]
    fn the_published_test_suite_is_signed_as_published() {
        let plain = [HOST, X_AMZ_DATE];
        let form = [FORM, HOST, X_AMZ_DATE];
        let spaces = [
            HOST,
            ("My-Header1", " value1"),
            ("My-Header2", " \"a   b   c\""),
            X_AMZ_DATE,
        ];
        let with_body = Signable {
            body: b"Param1=value1",
            ..signable("POST", "", &form)
        };
        for (name, request, names, signature) in [
            (
                "get-vanilla",
                signable("GET", "", &plain),
                "host;x-amz-date",
                "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            ),
            (
                "get-vanilla-query-order-key-case",
                signable("GET", "Param1=value1&Param2=value2", &plain),
                "host;x-amz-date",
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            ),
            (
                "post-vanilla",
                signable("POST", "", &plain),
                "host;x-amz-date",
                "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
            ),
            (
                "post-x-www-form-urlencoded",
                with_body,
                "content-type;host;x-amz-date",
                "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            ),
            (
                "get-header-value-trim",
                signable("GET", "", &spaces),
                "host;my-header1;my-header2;x-amz-date",
                "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
            ),
        ] {
            assert_eq!(
                signer("service").authorization(request, DATE),
                format!(
                    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
                     SignedHeaders={names}, Signature={signature}"
                ),
                "{name}"
            );
        }
    }

    #[test]
    fn the_example_of_the_user_guide_is_signed_as_printed() {
        let headers = [
            ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
            ("host", "iam.amazonaws.com"),
            X_AMZ_DATE,
        ];
        let request = signable("GET", "Action=ListUsers&Version=2010-05-08", &headers);
        let signed = signer("iam").authorization(request, DATE);
        assert!(
            signed.ends_with("Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"),
            "{signed}"
        );
    }

    #[test]
    fn times_are_written_without_separators() {
        assert_eq!(amz_date("2015-08-30T12:36:00.5Z".parse().expect("a time")), DATE);
    }
}
