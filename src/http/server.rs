//! Answers connections until it is told to stop.

use super::bare::Dressed;
use super::slow::Timely;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// What is kept of a head that is not complete. As much again may be read at once, so a head has at most 64 KiB.
const MAX_HEAD: usize = 32 * 1024;

/// How long requests under way may take once the service stops: as long as any may take at all.
const GRACE: Duration = Duration::from_secs(30);

/// How long to wait when a connection cannot be accepted, for instance because files have run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The most connections at once; further ones wait in the backlog.
const MAX_CONNECTIONS: usize = 4096;

/// In the extensions of every request: cancelled when the service stops, so that streams end.
#[derive(Clone)]
pub struct Shutdown(pub CancellationToken);

/// How long a client may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// For the head of a request, from the moment the connection is there or the last answer was given.
    pub head: Duration,
    /// For its body, from its head on.
    pub body: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self { head: Duration::from_secs(10), body: Duration::from_secs(20) }
    }
}

/// Answers every connection of `listener` until `shutdown` is cancelled and what is under way has ended, or its time is over.
pub async fn serve(listener: TcpListener, router: Router, shutdown: CancellationToken) {
    serve_within(Deadlines::default(), listener, router, shutdown).await;
}

/// The same with these deadlines.
pub async fn serve_within(deadlines: Deadlines, listener: TcpListener, router: Router, shutdown: CancellationToken) {
    let connections = TaskTracker::new();
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    while let Some((place, (stream, peer))) = shutdown.run_until_cancelled(accept(&listener, &places)).await {
        let (router, shutdown) = (router.clone(), shutdown.clone());
        connections.spawn(async move {
            answer(stream, peer, router, deadlines, shutdown).await;
            drop(place);
        });
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(GRACE, connections.wait()).await.is_err() {
        tracing::warn!(connections = connections.len(), "requests were cut off");
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (Option<tokio::sync::OwnedSemaphorePermit>, (TcpStream, SocketAddr)) {
    // The semaphore is never closed, so there is always a permit in the end.
    let place = Arc::clone(places).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok(connection) => return (place, connection),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn answer(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    deadlines: Deadlines,
    shutdown: CancellationToken,
) {
    // Without it, answers of more than one write wait for the client's acknowledgement.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    let stopping = Shutdown(shutdown.clone());
    let service = router.map_request(move |request: Request<Incoming>| {
        let mut request = request.map(|body| Body::new(Timely::new(body, deadlines.body)));
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(stopping.clone());
        request
    });
    let mut builder = Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(deadlines.head).max_buf_size(MAX_HEAD);
    let service = TowerToHyperService::new(service);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(Dressed::new(stream)), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Extension;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    fn router() -> Router {
        let wait = async |Extension(Shutdown(stopping)): Extension<Shutdown>| {
            stopping.cancelled().await;
            "ended"
        };
        let peer = async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.ip().to_string();
        Router::new().route("/wait", get(wait)).route("/peer", get(peer))
    }

    async fn ask(address: SocketAddr, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        stream
    }

    async fn answer_of(mut stream: TcpStream) -> String {
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text
    }

    #[tokio::test]
    async fn requests_under_way_end_before_the_service() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
        let server = tokio::spawn(serve(listener, router(), stop.clone()));
        assert!(answer_of(ask(address, "/peer").await).await.ends_with("127.0.0.1"));
        let waiting = ask(address, "/wait").await;
        let idle = TcpStream::connect(address).await.unwrap();
        // A later answer shows that the connections before have been accepted.
        answer_of(ask(address, "/peer").await).await;
        stop.cancel();
        assert!(answer_of(waiting).await.ends_with("ended"));
        server.await.unwrap();
        assert!(TcpStream::connect(address).await.is_err());
        drop(idle);
    }
}
