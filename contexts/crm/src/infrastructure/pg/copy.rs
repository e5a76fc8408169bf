//! Rows in the binary format of `COPY`, which costs both sides less than text.

use kernel::Timestamp;
use platform::DbError;
use uuid::Uuid;

/// Rows for one `COPY ... FROM STDIN (FORMAT binary)`.
pub(super) struct BinaryCopy {
    bytes: Vec<u8>,
    columns: i16,
}

/// PostgreSQL counts microseconds from the year 2000.
const EPOCH_MICROSECONDS: i64 = 946_684_800_000_000;
const TEXT_OID: i32 = 25;

impl BinaryCopy {
    pub fn new(columns: i16) -> Self {
        let mut bytes = b"PGCOPY\n\xff\r\n\0".to_vec();
        // Flags, and the length of an extension that there is not.
        bytes.extend_from_slice(&[0; 8]);
        Self { bytes, columns }
    }

    pub fn row(&mut self) {
        self.bytes.extend_from_slice(&self.columns.to_be_bytes());
    }

    pub fn uuid(&mut self, value: Option<Uuid>) {
        self.field(value.as_ref().map(|id| id.as_bytes().as_slice()));
    }

    pub fn text(&mut self, value: Option<&str>) {
        self.field(value.map(str::as_bytes));
    }

    pub fn bigint(&mut self, value: i64) {
        self.field(Some(&value.to_be_bytes()));
    }

    pub fn timestamp(&mut self, value: Option<Timestamp>) {
        let bytes = value.map(|value| (value.as_microsecond() - EPOCH_MICROSECONDS).to_be_bytes());
        self.field(bytes.as_ref().map(<[u8; 8]>::as_slice));
    }

    pub fn jsonb(&mut self, value: &impl serde::Serialize) -> Result<(), DbError> {
        self.measured(|bytes| {
            // The version of jsonb's own format.
            bytes.push(1);
            serde_json::to_writer(bytes, value)
        })?;
        Ok(())
    }

    pub fn texts<'a>(&mut self, values: impl ExactSizeIterator<Item = &'a str>) {
        let count = length(values.len());
        let written: Result<(), std::convert::Infallible> = self.measured(|bytes| {
            // Dimensions, whether there are nulls, the type of the elements, their count, and the
            // number of the first one.
            let dimensions = i32::from(count > 0);
            for number in [dimensions, 0, TEXT_OID] {
                bytes.extend_from_slice(&number.to_be_bytes());
            }
            if count > 0 {
                bytes.extend_from_slice(&count.to_be_bytes());
                bytes.extend_from_slice(&1i32.to_be_bytes());
            }
            for value in values {
                bytes.extend_from_slice(&length(value.len()).to_be_bytes());
                bytes.extend_from_slice(value.as_bytes());
            }
            Ok(())
        });
        let Ok(()) = written;
    }

    pub fn finish(mut self) -> Vec<u8> {
        self.bytes.extend_from_slice(&(-1i16).to_be_bytes());
        self.bytes
    }

    fn field(&mut self, value: Option<&[u8]>) {
        match value {
            None => self.bytes.extend_from_slice(&(-1i32).to_be_bytes()),
            Some(value) => {
                self.bytes.extend_from_slice(&length(value.len()).to_be_bytes());
                self.bytes.extend_from_slice(value);
            }
        }
    }

    /// Writes a value whose length is known only afterwards.
    fn measured<E>(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>) -> Result<(), E> {
        let at = self.bytes.len();
        self.bytes.extend_from_slice(&[0; 4]);
        write(&mut self.bytes)?;
        let written = length(self.bytes.len() - at - 4);
        self.bytes[at..at + 4].copy_from_slice(&written.to_be_bytes());
        Ok(())
    }
}

fn length(bytes: usize) -> i32 {
    i32::try_from(bytes).expect("a chunk of rows is megabytes, not gigabytes")
}
