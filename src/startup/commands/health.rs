//! `health`: asks the service on this machine whether it is well, for containers that hold no HTTP client.

use crate::startup::settings::Settings;
use anyhow::{Context, bail};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The longest that asking may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// Asks `/healthz`; anything but 200 is an error.
pub async fn run(config_file: Option<&Path>, work: bool) -> anyhow::Result<ExitCode> {
    let settings = Settings::load(config_file)?;
    let address = reachable(if work { settings.metrics.listen } else { settings.http.listen });
    let answer = tokio::time::timeout(PATIENCE, ask(address)).await;
    let status = answer.with_context(|| format!("{address} takes too long"))?;
    match status.with_context(|| format!("{address} does not answer"))?.as_deref() {
        Some("200") => Ok(ExitCode::SUCCESS),
        status => bail!("{address} is not well: {}", status.unwrap_or("no HTTP")),
    }
}

/// A service that listens everywhere is asked on the loopback address.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let host: IpAddr = match listen.ip() {
        IpAddr::V4(host) if host.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(host) if host.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        host => host,
    };
    SocketAddr::new(host, listen.port())
}

/// The status of the answer, if it is HTTP.
async fn ask(address: SocketAddr) -> std::io::Result<Option<String>> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut start = String::new();
    stream.take(64).read_to_string(&mut start).await?;
    Ok(start.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1)).map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    async fn server(answer: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            // Read first: closing with unread bytes resets the connection.
            stream.read_buf(&mut Vec::with_capacity(512)).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
        });
        address
    }

    #[tokio::test]
    async fn the_status_is_read() {
        let well = server("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        assert_eq!(ask(well).await.unwrap().as_deref(), Some("200"));
        let other = server("hello").await;
        assert_eq!(ask(other).await.unwrap(), None);
    }

    #[test]
    fn a_service_that_listens_everywhere_is_asked_here() {
        assert_eq!(reachable("0.0.0.0:80".parse().unwrap()), "127.0.0.1:80".parse().unwrap());
        assert_eq!(reachable("[::]:80".parse().unwrap()), "[::1]:80".parse().unwrap());
    }
}
