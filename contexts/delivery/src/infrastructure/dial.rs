//! Connecting to a mail server whose host somebody typed in.

use std::{io, net::SocketAddr};

use platform::egress::{Reach, is_public};
use tokio::net::{TcpStream, lookup_host};

/// Opens a connection. Whoever calls sets a limit of time.
pub async fn dial(host: &str, port: u16, reach: Reach) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(resolve(host, port, reach).await?.as_slice()).await?;
    // The end of a command or a message must not wait for a full packet.
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The addresses of the host. The connection goes to exactly those that were checked: asked again,
/// a name may lead elsewhere.
async fn resolve(host: &str, port: u16, reach: Reach) -> io::Result<Vec<SocketAddr>> {
    let found: Vec<SocketAddr> = lookup_host((host, port)).await?.collect();
    if reach == Reach::Public && found.iter().any(|address| !is_public(address.ip())) {
        return Err(io::Error::other(
            "the host leads into a private or reserved network",
        ));
    }
    Ok(found)
}
