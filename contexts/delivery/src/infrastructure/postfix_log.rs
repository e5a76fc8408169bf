//! The files that a Postfix server logs to.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use jiff::tz::TimeZone;
use kernel::Timestamp;

use crate::domain::postfix_log::{Handover, PostfixLog};

/// Of a larger file the end is read.
const MOST: u64 = 256 * 1024 * 1024;
/// The longest line, in bytes; the rest of it is read as lines that mean nothing.
const LONGEST_LINE: u64 = 16 * 1024;

/// Reads a log for some handovers: the file, and the one that it was before it was last rotated (`.1`) where
/// the file begins too late. Blocks.
pub fn read(path: &Path, handovers: &[Handover], now: Timestamp) -> io::Result<PostfixLog> {
    let wanted = || PostfixLog::new(handovers.iter().map(|one| one.message), TimeZone::system(), now);
    let current = read_file(path, wanted())?;
    let oldest = handovers.iter().map(|one| one.begun_at).min();
    let begins_too_late = oldest.is_some_and(|oldest| current.first().is_none_or(|first| first > oldest));
    if !begins_too_late {
        return Ok(current);
    }
    let mut rotated = PathBuf::from(path).into_os_string();
    rotated.push(".1");
    match read_file(Path::new(&rotated), wanted()) {
        Ok(log) => read_file(path, log),
        Err(_) => Ok(current),
    }
}

fn read_file(path: &Path, mut log: PostfixLog) -> io::Result<PostfixLog> {
    // Not a device and not a pipe, which would never end. Asked before it is opened, since opening a pipe waits.
    let described = std::fs::metadata(path)?;
    if !described.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut file = File::open(path)?;
    let skipped = described.len().saturating_sub(MOST);
    file.seek(SeekFrom::Start(skipped))?;
    let mut reader = BufReader::with_capacity(256 * 1024, file);
    let mut line = Vec::new();
    if skipped > 0 {
        // Most likely not the beginning of one.
        reader.read_until(b'\n', &mut line)?;
    }
    loop {
        line.clear();
        let mut limited = io::Read::take(&mut reader, LONGEST_LINE);
        if limited.read_until(b'\n', &mut line)? == 0 {
            return Ok(log);
        }
        log.read(String::from_utf8_lossy(&line).trim_end());
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::read;
    use crate::domain::postfix_log::{Evidence, Handover};
    use kernel::MessageId;

    /// A folder that is gone when the test ends.
    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Self {
            let path = std::env::temp_dir().join(format!("mauntic-{}", MessageId::generate()));
            std::fs::create_dir(&path).expect("it is made");
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _gone = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_log_that_was_rotated_is_read_together_with_the_one_before() {
        let (folder, message) = (Folder::new(), MessageId::generate());
        let path = folder.0.join("mail.log");
        let time = |text: &str| text.parse().expect("a time");
        let handover = Handover {
            message,
            begun_at: time("2026-11-27T00:00:00Z"),
            ended_at: time("2026-11-27T00:00:05Z"),
        };
        let now = time("2026-11-27T01:00:00Z");
        let late = "2026-11-27T00:20:00Z mx postfix/anvil[9]: statistics: x\n";
        std::fs::write(&path, late).expect("it is written");
        let evidence = || {
            read(&path, &[handover], now)
                .expect("it is read")
                .evidence(&handover)
        };
        assert_eq!(evidence(), Evidence::None);

        let rotated = folder.0.join("mail.log.1");
        let early = "2026-11-26T23:00:00Z mx postfix/anvil[9]: statistics: x\n";
        std::fs::write(&rotated, early).expect("it is written");
        assert_eq!(evidence(), Evidence::NotTaken);

        let queued = format!(
            "{early}2026-11-27T00:00:01Z mx postfix/cleanup[1]: A1B2: message-id=<{message}@shop.example>\n\
             2026-11-27T00:00:01Z mx postfix/qmgr[2]: A1B2: from=<a@shop.example>, size=1, nrcpt=1 (queue active)\n"
        );
        std::fs::write(&rotated, queued).expect("it is written");
        assert_eq!(evidence(), Evidence::Taken("queue active".to_owned()));
    }

    #[test]
    fn what_is_no_regular_file_is_not_read() {
        let now = "2026-11-27T01:00:00Z".parse().expect("a time");
        for path in ["/dev/zero", "/tmp", "/no/such/file"] {
            assert!(read(path.as_ref(), &[], now).is_err(), "{path}");
        }
    }
}
