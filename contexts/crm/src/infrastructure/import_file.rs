//! The file of an import in the object store: coming in, being looked at, being read.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
};

use bytes::Bytes;
use futures::{Stream, StreamExt};
use platform::{Objects, objects::ObjectKey};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::mpsc,
};

use super::spreadsheet::{self, MAGIC, NotASheet};
use crate::domain::import::{
    chunk::{Checkpoint, Chunk, Chunks},
    dialect::SAMPLE_BYTES,
    encoding::{Encoding, Intake, NotText},
    reader::ReadRows,
};

/// The largest file that is taken.
pub const MAX_FILE_BYTES: u64 = 1024 * 1024 * 1024;
/// The largest spreadsheet that is taken: packed, it says several times as much.
pub const MAX_SHEET_BYTES: u64 = 100 * 1024 * 1024;
/// How much is read at a time.
const PIECE: usize = 256 * 1024;
/// Chunks that wait for the writer while the next one is read.
const READ_AHEAD: usize = 2;

/// Why a file could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    #[error(transparent)]
    NotText(#[from] NotText),
    #[error(transparent)]
    NotASheet(#[from] NotASheet),
    #[error("the file is larger than {} MB", MAX_FILE_BYTES / 1024 / 1024)]
    TooLarge,
    #[error("the upload broke off: {0}")]
    BrokenOff(String),
    #[error("the file could not be stored: {0}")]
    Store(#[from] io::Error),
}

/// A file that was taken.
#[derive(Debug)]
pub struct Received {
    pub size: u64,
    pub encoding: Encoding,
    pub head: Head,
}

/// The beginning of a file as it is stored.
#[derive(Debug, Default)]
pub struct Head {
    pub bytes: Vec<u8>,
    /// Whether that is all of it.
    pub whole: bool,
}

/// Stores a file as it comes in, a piece at a time. A spreadsheet is turned into CSV.
pub async fn receive<E: std::fmt::Display>(
    objects: &Objects,
    key: ObjectKey,
    mut stream: impl Stream<Item = Result<Bytes, E>> + Unpin,
) -> Result<Received, ReceiveError> {
    let broken = |error: E| ReceiveError::BrokenOff(error.to_string());
    let mut begun: Vec<u8> = Vec::new();
    while begun.len() < MAGIC.len() {
        match stream.next().await {
            Some(piece) => begun.extend_from_slice(&piece.map_err(broken)?),
            None => break,
        }
    }
    let rest = stream.map(|piece| piece.map_err(|error| ReceiveError::BrokenOff(error.to_string())));
    let is_sheet = spreadsheet::is_archive(&begun);
    let pieces = futures::stream::iter([Ok(Bytes::from(begun))]).chain(rest);
    if is_sheet {
        receive_sheet(objects, key, pieces).await
    } else {
        receive_text(objects, key, pieces).await
    }
}

async fn receive_text(
    objects: &Objects,
    key: ObjectKey,
    stream: impl Stream<Item = Result<Bytes, ReceiveError>>,
) -> Result<Received, ReceiveError> {
    let mut stream = std::pin::pin!(stream);
    let mut file = objects.create(key).await?;
    let mut intake = Intake::default();
    let (mut head, mut size, mut out) = (Head::default(), 0u64, Vec::new());
    while let Some(piece) = stream.next().await {
        intake.push(&piece?, &mut out)?;
        store(&mut file, &mut out, &mut head, &mut size).await?;
    }
    let encoding = intake.finish(&mut out)?;
    store(&mut file, &mut out, &mut head, &mut size).await?;
    file.flush().await?;
    objects.keep(file).await?;
    head.whole = size == head.bytes.len() as u64;
    Ok(Received { size, encoding, head })
}

/// An archive can be read only once it is here as a whole.
async fn receive_sheet(
    objects: &Objects,
    key: ObjectKey,
    stream: impl Stream<Item = Result<Bytes, ReceiveError>>,
) -> Result<Received, ReceiveError> {
    let sheet = key.sibling();
    let converted = convert(objects, key, sheet, stream).await;
    objects.delete(sheet).await?;
    let size = converted?;
    let head = read_head(objects, key).await?;
    Ok(Received {
        size,
        encoding: Encoding::Utf8,
        head,
    })
}

async fn convert(
    objects: &Objects,
    key: ObjectKey,
    sheet: ObjectKey,
    stream: impl Stream<Item = Result<Bytes, ReceiveError>>,
) -> Result<u64, ReceiveError> {
    let mut stream = std::pin::pin!(stream);
    let mut file = objects.create(sheet).await?;
    let mut size = 0;
    while let Some(piece) = stream.next().await {
        let piece = piece?;
        size += piece.len() as u64;
        if size > MAX_SHEET_BYTES {
            return Err(ReceiveError::TooLarge);
        }
        file.write_all(&piece).await?;
    }
    file.flush().await?;
    drop(file);
    let (from, to) = (objects.path(sheet), objects.path(key));
    let converted =
        tokio::task::spawn_blocking(move || spreadsheet::to_csv(&from, &to, MAX_FILE_BYTES)).await;
    Ok(converted.map_err(io::Error::other)??)
}

async fn store(
    file: &mut tokio::fs::File,
    out: &mut Vec<u8>,
    head: &mut Head,
    size: &mut u64,
) -> Result<(), ReceiveError> {
    *size += out.len() as u64;
    if *size > MAX_FILE_BYTES {
        return Err(ReceiveError::TooLarge);
    }
    let room = SAMPLE_BYTES.saturating_sub(head.bytes.len());
    head.bytes.extend_from_slice(&out[..out.len().min(room)]);
    file.write_all(out).await?;
    out.clear();
    Ok(())
}

/// Reads the beginning of a stored file.
pub async fn read_head(objects: &Objects, key: ObjectKey) -> io::Result<Head> {
    let file = objects.open(key).await?;
    let size = file.metadata().await?.len();
    let mut bytes = Vec::new();
    file.take(SAMPLE_BYTES as u64).read_to_end(&mut bytes).await?;
    Ok(Head {
        whole: bytes.len() as u64 == size,
        bytes,
    })
}

/// Reads a stored file from a checkpoint on, in a thread of its own, ahead of whoever takes the
/// chunks. Drop the receiver and the thread ends.
pub fn read_chunks<P>(
    objects: &Objects,
    key: ObjectKey,
    mut chunks: Chunks<P>,
    from: Checkpoint,
) -> mpsc::Receiver<io::Result<Chunk<P::Row>>>
where
    P: ReadRows<Row: Send + 'static> + Send + 'static,
{
    let (sender, receiver) = mpsc::channel(READ_AHEAD);
    let path = objects.path(key);
    tokio::task::spawn_blocking(move || {
        let read = File::open(path).and_then(|file| feed(file, from, &mut chunks, &sender));
        if let Err(error) = read {
            // Nobody listens any more when the import was cancelled.
            let _unheard = sender.blocking_send(Err(error));
        }
    });
    receiver
}

fn feed<P: ReadRows>(
    mut file: File,
    from: Checkpoint,
    chunks: &mut Chunks<P>,
    sender: &mpsc::Sender<io::Result<Chunk<P::Row>>>,
) -> io::Result<()> {
    file.seek(SeekFrom::Start(from.position.offset))?;
    let mut piece = vec![0; PIECE];
    loop {
        let read = file.read(&mut piece)?;
        let wanted = chunks.push(&piece[..read], |chunk| sender.blocking_send(Ok(chunk)).is_ok());
        if read == 0 || !wanted {
            return Ok(());
        }
    }
}
