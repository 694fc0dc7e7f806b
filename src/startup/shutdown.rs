//! Ending on request.

use std::process;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Exit code of a process that was told twice to end.
const ENDED_AT_ONCE: i32 = 130;

/// Cancelled by the first SIGINT or SIGTERM; the second one ends the process at once.
pub fn on_signal() -> std::io::Result<CancellationToken> {
    let (interrupt, terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let shutdown = CancellationToken::new();
    tokio::spawn(listen(interrupt, terminate, shutdown.clone()));
    Ok(shutdown)
}

async fn listen(mut interrupt: Signal, mut terminate: Signal, shutdown: CancellationToken) {
    for has_been_told in [false, true] {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        if has_been_told {
            // Embedded Postgres ends by itself, and jobs go on once their lease is over.
            process::exit(ENDED_AT_ONCE);
        }
        tracing::info!("ending; once more ends at once");
        shutdown.cancel();
    }
}
