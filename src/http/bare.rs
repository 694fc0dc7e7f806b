//! Answers that hyper gives by itself, to what is no HTTP or has too large a head, before there is a request for our layers: on their
//! way out they get the headers that all other answers have.

use super::layers::SECURITY_HEADERS;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How such an answer begins, and how every head ends.
const BEGIN: &[u8] = b"HTTP/1.1 4";
const END: &[u8] = b"\r\n\r\n";

/// A connection whose bare answers are dressed.
pub(super) struct Dressed<T> {
    io: T,
    /// An answer that is being written in the place of another.
    under_way: Option<UnderWay>,
}

struct UnderWay {
    bytes: Vec<u8>,
    written: usize,
    /// How many bytes of hyper's it stands for.
    length: usize,
}

impl<T> Dressed<T> {
    /// Around this connection.
    pub(super) fn new(io: T) -> Self {
        Self { io, under_way: None }
    }
}

/// Whether these bytes are the whole of an answer that is not ours: a head without a body, and without the headers of ours. No body of
/// ours begins like that.
fn is_bare(bytes: &[u8]) -> bool {
    let has_policy = || bytes.windows(23).any(|part| part.eq_ignore_ascii_case(b"content-security-policy"));
    let ends_once = || bytes.windows(END.len()).position(|part| part == END) == Some(bytes.len() - END.len());
    bytes.starts_with(BEGIN) && bytes.ends_with(END) && ends_once() && !has_policy()
}

fn dressed(bare: &[u8]) -> Vec<u8> {
    let mut bytes = bare[..bare.len() - 2].to_vec();
    for (name, value) in SECURITY_HEADERS {
        bytes.extend(format!("{name}: {value}\r\n").bytes());
    }
    bytes.extend(b"\r\n");
    bytes
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Dressed<T> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        let Self { io, under_way } = self.get_mut();
        if under_way.is_none() && is_bare(buffer) {
            *under_way = Some(UnderWay { bytes: dressed(buffer), written: 0, length: buffer.len() });
        }
        let Some(answer) = under_way else { return Pin::new(io).poll_write(context, buffer) };
        while answer.written < answer.bytes.len() {
            match ready!(Pin::new(&mut *io).poll_write(context, &answer.bytes[answer.written..]))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => answer.written += count,
            }
        }
        let length = answer.length;
        *under_way = None;
        Poll::Ready(Ok(length))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut filled = buffers.iter().filter(|buffer| !buffer.is_empty());
        match (filled.next(), filled.next()) {
            (Some(only), None) => self.poll_write(context, only),
            _ => Pin::new(&mut self.get_mut().io).poll_write_vectored(context, buffers),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_shutdown(context)
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Dressed<T> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().io).poll_read(context, buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    const BARE: &str = "HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

    /// What comes out, through a pipe that takes few bytes at once.
    async fn sent(text: &str) -> String {
        let (near, mut far) = duplex(16);
        let mut near = Dressed::new(near);
        let read = async {
            let mut text = String::new();
            far.read_to_string(&mut text).await.unwrap();
            text
        };
        let write = async {
            near.write_all(text.as_bytes()).await.unwrap();
            near.shutdown().await.unwrap();
        };
        tokio::join!(read, write).0
    }

    #[tokio::test]
    async fn an_answer_without_our_headers_gets_them_and_nothing_else_is_touched() {
        let answer = sent(BARE).await;
        assert!(answer.starts_with(BARE.trim_end_matches("\r\n")) && answer.ends_with("\r\n\r\n"), "{answer}");
        assert_eq!(answer.matches("\r\n\r\n").count(), 1, "{answer}");
        for (name, value) in SECURITY_HEADERS {
            assert!(answer.contains(&format!("\r\n{name}: {value}\r\n")), "{name} in {answer}");
        }
        let ours = "HTTP/1.1 404 Not Found\r\ncontent-security-policy: default-src 'none'\r\ncontent-length: 0\r\n\r\n";
        let body = format!("HTTP/1.1 400 is what stands here\r\n\r\n{BARE}");
        for untouched in [ours, &body, "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 400 Bad", "", "x"] {
            assert_eq!(sent(untouched).await, untouched);
        }
    }
}
