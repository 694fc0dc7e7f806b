//! Connections that can be cut from the inside: a lost answer must be a lost answer on the wire too.

use super::call::Cut;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// The handle of one connection.
#[derive(Debug, Clone)]
pub(super) struct Connection {
    ended: CancellationToken,
    reset: Arc<AtomicBool>,
}

impl Connection {
    /// Ends the connection without an answer.
    pub fn cut(&self, how: Cut) {
        self.reset.store(how == Cut::Reset, Ordering::SeqCst);
        self.ended.cancel();
    }
}

/// Listens, and ends all its connections when told to stop.
pub(super) struct CuttableListener {
    listener: TcpListener,
    stop: CancellationToken,
}

impl CuttableListener {
    pub async fn bind(address: SocketAddr, stop: CancellationToken) -> io::Result<Self> {
        Ok(Self { listener: TcpListener::bind(address).await?, stop })
    }
}

impl Listener for CuttableListener {
    type Io = CuttableStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (CuttableStream, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        // Without this, small answers wait for the client's delayed acknowledgement. Failing is harmless.
        let _ = stream.set_nodelay(true);
        (CuttableStream::new(stream, self.stop.child_token()), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that ends when its token is cancelled.
pub(super) struct CuttableStream {
    stream: TcpStream,
    connection: Connection,
    ended: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl CuttableStream {
    fn new(stream: TcpStream, token: CancellationToken) -> Self {
        let ended = Box::pin(token.clone().cancelled_owned());
        Self { stream, connection: Connection { ended: token, reset: Arc::default() }, ended }
    }

    /// Registers for the end of the connection, too: an idle connection must notice it.
    fn check(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        if self.ended.as_mut().poll(context).is_pending() {
            return Ok(());
        }
        if self.connection.reset.load(Ordering::SeqCst) {
            let _ = self.stream.set_zero_linger();
        }
        Err(io::Error::from(io::ErrorKind::ConnectionAborted))
    }
}

impl AsyncRead for CuttableStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for CuttableStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.check(cx)?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl Connected<IncomingStream<'_, CuttableListener>> for Connection {
    fn connect_info(stream: IncomingStream<'_, CuttableListener>) -> Self {
        stream.io().connection.clone()
    }
}
