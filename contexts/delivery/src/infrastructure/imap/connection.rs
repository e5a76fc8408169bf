use std::{io, time::Duration};

use bytes::{Buf, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::client::TlsStream;

use super::response::{Response, announced_literal};

/// The most bytes of one line; the answer to a search holds every new UID.
const LONGEST_LINE: usize = 8 * 1024 * 1024;
/// The most bytes of the literals of one response. Asked for are far fewer.
const LONGEST_LITERALS: usize = 4 * 1024 * 1024;

/// The conversation cannot go on.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error("the connection broke: {0}")]
    Io(#[from] io::Error),
    #[error("the server closed the connection")]
    Closed,
    #[error("no reply within {} s", .0.as_secs())]
    Silence(Duration),
    #[error("the server took nothing for {} s", .0.as_secs())]
    Stuck(Duration),
    #[error("the server sent more than it may")]
    TooLong,
}

/// The bytes under the conversation.
enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// A connection with what has been read from it and not yet understood.
pub(super) struct Connection {
    stream: Stream,
    unread: BytesMut,
    /// How long each step forward may take.
    limit: Duration,
}

impl Connection {
    pub fn plain(stream: TcpStream, limit: Duration) -> Self {
        Self::over(Stream::Plain(stream), limit)
    }

    pub fn tls(stream: TlsStream<TcpStream>, limit: Duration) -> Self {
        Self::over(Stream::Tls(Box::new(stream)), limit)
    }

    fn over(stream: Stream, limit: Duration) -> Self {
        Self {
            stream,
            unread: BytesMut::with_capacity(4096),
            limit,
        }
    }

    /// Gives the connection back for TLS. What was read ahead is an error: bytes that came before the
    /// handshake could have been put there by anybody.
    pub fn into_plain(self) -> Option<TcpStream> {
        match self.stream {
            Stream::Plain(stream) if self.unread.is_empty() => Some(stream),
            _ => None,
        }
    }

    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        match &mut self.stream {
            Stream::Plain(stream) => write_all(stream, bytes, self.limit).await,
            Stream::Tls(stream) => write_all(stream, bytes, self.limit).await,
        }
    }

    /// One response, with its literals.
    pub async fn read(&mut self) -> Result<Response, Broken> {
        let mut response = Response::default();
        let mut literal_bytes = 0;
        loop {
            let line = self.line().await?;
            if response.text.len() + line.len() > LONGEST_LINE {
                return Err(Broken::TooLong);
            }
            response.text.push_str(&String::from_utf8_lossy(&line));
            let Some(length) = announced_literal(&line) else {
                return Ok(response);
            };
            literal_bytes += length;
            if literal_bytes > LONGEST_LITERALS {
                return Err(Broken::TooLong);
            }
            response.literals.push(self.exactly(length).await?);
        }
    }

    /// Up to the next line end, which is taken off.
    async fn line(&mut self) -> Result<Vec<u8>, Broken> {
        let mut seen = 0;
        loop {
            if let Some(at) = self.unread[seen..].iter().position(|b| *b == b'\n') {
                let mut line = self.unread.split_to(seen + at + 1).to_vec();
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(line);
            }
            seen = self.unread.len();
            if seen > LONGEST_LINE {
                return Err(Broken::TooLong);
            }
            self.more().await?;
        }
    }

    async fn exactly(&mut self, length: usize) -> Result<Vec<u8>, Broken> {
        while self.unread.len() < length {
            self.more().await?;
        }
        let bytes = self.unread[..length].to_vec();
        self.unread.advance(length);
        Ok(bytes)
    }

    async fn more(&mut self) -> Result<(), Broken> {
        let limit = self.limit;
        let reading = async {
            match &mut self.stream {
                Stream::Plain(stream) => read_some(stream, &mut self.unread).await,
                Stream::Tls(stream) => read_some(stream, &mut self.unread).await,
            }
        };
        match timeout(limit, reading)
            .await
            .map_err(|_| Broken::Silence(limit))??
        {
            0 => Err(Broken::Closed),
            _ => Ok(()),
        }
    }
}

async fn write_all(
    stream: &mut (impl AsyncWrite + Unpin),
    bytes: &[u8],
    limit: Duration,
) -> Result<(), Broken> {
    let writing = async {
        stream.write_all(bytes).await?;
        stream.flush().await
    };
    timeout(limit, writing)
        .await
        .map_err(|_| Broken::Stuck(limit))??;
    Ok(())
}

async fn read_some(stream: &mut (impl AsyncRead + Unpin), into: &mut BytesMut) -> io::Result<usize> {
    into.reserve(16 * 1024);
    stream.read_buf(into).await
}
