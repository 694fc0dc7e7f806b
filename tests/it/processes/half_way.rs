//! Between the service and LMP: a chosen request is held up on its way.

use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

/// How much of a request gets through while it is held up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Half of its head.
    Half,
    /// All of it has left the service, nothing of it has arrived.
    Nothing,
}

/// Passes everything on but one request.
pub struct HalfWay {
    /// Where the service reaches LMP.
    pub url: String,
    shared: Arc<Shared>,
    _running: DropGuard,
}

struct Shared {
    vendor: String,
    wanted: Mutex<Option<(&'static str, Part)>>,
    held: CancellationToken,
    released: CancellationToken,
}

impl HalfWay {
    /// Before this vendor.
    pub async fn to(vendor_url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            vendor: vendor_url.trim_start_matches("http://").to_owned(),
            wanted: Mutex::default(),
            held: CancellationToken::new(),
            released: CancellationToken::new(),
        });
        let running = CancellationToken::new();
        tokio::spawn(running.clone().run_until_cancelled_owned(accept(listener, Arc::clone(&shared))));
        Self { url, shared, _running: running.drop_guard() }
    }

    /// Holds up the next POST whose path ends so.
    pub fn hold(&self, path_end: &'static str, part: Part) {
        *self.shared.wanted.lock().unwrap() = Some((path_end, part));
    }

    /// Waits until a request is held up.
    pub async fn has_one(&self) {
        self.shared.held.cancelled().await;
    }

    /// Lets the request go on.
    pub fn release(&self) {
        self.shared.released.cancel();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        tokio::spawn(pass(client, Arc::clone(&shared)));
    }
}

/// Looks only at the first request of a connection: a write has one of its own.
async fn pass(mut client: TcpStream, shared: Arc<Shared>) -> std::io::Result<()> {
    let request = read_request(&mut client).await?;
    let held = shared.take(&request);
    let mut sent = 0;
    let mut vendor = match held {
        Some(Part::Nothing) => None,
        _ => Some(TcpStream::connect(&shared.vendor).await?),
    };
    if held.is_some() {
        if let Some(vendor) = &mut vendor {
            sent = request.len() / 3;
            vendor.write_all(&request[..sent]).await?;
        }
        shared.held.cancel();
        let mut rest = [0; 1];
        tokio::select! {
            () = shared.released.cancelled() => {}
            // The service is gone; so is the connection to the vendor.
            _ = client.read(&mut rest) => return Ok(()),
        }
    }
    let mut vendor = match vendor {
        Some(vendor) => vendor,
        None => TcpStream::connect(&shared.vendor).await?,
    };
    vendor.write_all(&request[sent..]).await?;
    copy_bidirectional(&mut client, &mut vendor).await?;
    Ok(())
}

impl Shared {
    fn take(&self, request: &[u8]) -> Option<Part> {
        let mut wanted = self.wanted.lock().unwrap();
        let line = String::from_utf8_lossy(request.split(|byte| *byte == b'\r').next()?).to_lowercase();
        let path = line.strip_prefix("post ")?.split([' ', '?']).next()?;
        let (end, _) = wanted.as_ref()?;
        if path.ends_with(end) { wanted.take().map(|(_, part)| part) } else { None }
    }
}

/// Head and body, as far as the head says that there is one.
async fn read_request(client: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
            if bytes.len() >= end + 4 + length {
                return Ok(bytes);
            }
        }
        if client.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
}
