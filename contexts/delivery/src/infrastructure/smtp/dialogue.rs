//! One connection: writes commands, reads replies, each with a limit of time.

use std::{io, time::Duration};

use bytes::{Buf, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::client::TlsStream;

use super::reply::{self, BadReply, Parsed, Reply};

/// The conversation cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum DialogueError {
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Io(#[from] io::Error),
    /// The server closed it.
    #[error("the server closed the connection")]
    Closed,
    /// Nothing came in time.
    #[error("no reply within {} s", .0.as_secs())]
    Silence(Duration),
    /// Nothing could be written in time.
    #[error("the server took nothing for {} s", .0.as_secs())]
    Stuck(Duration),
    /// Not SMTP.
    #[error(transparent)]
    Bad(#[from] BadReply),
}

/// The bytes under the conversation.
pub enum Stream {
    /// In clear.
    Plain(TcpStream),
    /// Encrypted.
    Tls(Box<TlsStream<TcpStream>>),
}

/// A connection with what has been read from it and not yet understood.
pub struct Dialogue {
    stream: Stream,
    unread: BytesMut,
    taken: usize,
}

impl Dialogue {
    /// Over a fresh connection.
    pub fn new(stream: Stream) -> Self {
        Self {
            stream,
            unread: BytesMut::with_capacity(4096),
            taken: 0,
        }
    }

    /// Gives the connection back for TLS. What was read ahead is an error: bytes that came before
    /// the handshake could have been put there by anybody (RFC 3207 section 5).
    pub fn into_plain(self) -> Option<TcpStream> {
        match self.stream {
            Stream::Plain(stream) if self.unread.is_empty() => Some(stream),
            _ => None,
        }
    }

    /// Writes all of it. The limit is on each step forward, not on the whole.
    pub async fn write(&mut self, bytes: &[u8], limit: Duration) -> Result<(), DialogueError> {
        match &mut self.stream {
            Stream::Plain(stream) => write_all(stream, bytes, limit, &mut self.taken).await,
            Stream::Tls(stream) => write_all(stream, bytes, limit, &mut self.taken).await,
        }
    }

    /// How many bytes of the last write were taken off our hands, so that they may have arrived.
    pub fn taken(&self) -> usize {
        self.taken
    }

    /// Reads one reply.
    pub async fn read(&mut self, limit: Duration) -> Result<Reply, DialogueError> {
        timeout(limit, self.read_reply())
            .await
            .map_err(|_| DialogueError::Silence(limit))?
    }

    async fn read_reply(&mut self) -> Result<Reply, DialogueError> {
        loop {
            if let Parsed::Reply { reply, length } = reply::parse(&self.unread)? {
                self.unread.advance(length);
                return Ok(reply);
            }
            let read = match &mut self.stream {
                Stream::Plain(stream) => read_some(stream, &mut self.unread).await?,
                Stream::Tls(stream) => read_some(stream, &mut self.unread).await?,
            };
            if read == 0 {
                return Err(DialogueError::Closed);
            }
        }
    }
}

async fn write_all(
    stream: &mut (impl AsyncWrite + Unpin),
    bytes: &[u8],
    limit: Duration,
    taken: &mut usize,
) -> Result<(), DialogueError> {
    *taken = 0;
    while *taken < bytes.len() {
        let step = timeout(limit, stream.write(&bytes[*taken..])).await;
        match step.map_err(|_| DialogueError::Stuck(limit))?? {
            0 => return Err(DialogueError::Closed),
            n => *taken += n,
        }
    }
    timeout(limit, stream.flush())
        .await
        .map_err(|_| DialogueError::Stuck(limit))??;
    Ok(())
}

async fn read_some(stream: &mut (impl AsyncRead + Unpin), into: &mut BytesMut) -> io::Result<usize> {
    into.reserve(4096);
    stream.read_buf(into).await
}
