//! Being told that an integration has changed, whichever process changed it.
//!
//! Everything that changes an integration notifies the database's channel `integration` with the import's id in the same
//! transaction. A notice says only that looking is worthwhile; whoever misses one looks all the same after a pause.

use crate::domain::ids::ImportId;
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use std::time::Duration;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The channel.
const CHANNEL: &str = "integration";
/// Notices that a slow follower may be behind; one that is further behind just looks.
const BEHIND: usize = 256;
/// After that one looks without a notice.
const FALLBACK: Duration = Duration::from_secs(1);
/// The pause before listening again once the connection is lost.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);

/// Where followers are told; cheap to clone. Without [`listen`](Self::listen) they look once a second.
#[derive(Debug, Clone)]
pub struct Notices(broadcast::Sender<ImportId>);

impl Default for Notices {
    fn default() -> Self {
        Self(broadcast::channel(BEHIND).0)
    }
}

/// One follower of one import.
#[derive(Debug)]
pub struct Notice {
    import: ImportId,
    receiver: broadcast::Receiver<ImportId>,
}

impl Notices {
    /// Follows an import. Changes after this call are told.
    pub fn of(&self, import: ImportId) -> Notice {
        Notice { import, receiver: self.0.subscribe() }
    }

    /// Passes the database's notices on until `shutdown`, over one connection for the whole process.
    pub async fn listen(&self, pool: &PgPool, shutdown: &CancellationToken) {
        let forever = async {
            loop {
                if let Err(error) = self.pass_on(pool).await {
                    tracing::warn!(%error, "notices of changes are interrupted");
                }
                tokio::time::sleep(LISTEN_AGAIN).await;
            }
        };
        shutdown.run_until_cancelled(forever).await;
    }

    async fn pass_on(&self, pool: &PgPool) -> sqlx::Result<()> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        loop {
            let notice = listener.recv().await?;
            if let Ok(import) = Uuid::parse_str(notice.payload()) {
                // Nobody follows anything: that is no error.
                self.0.send(ImportId(import)).ok();
            }
        }
    }
}

impl Notice {
    /// Waits until looking is worthwhile.
    pub async fn wait(&mut self) {
        let told = async {
            loop {
                match self.receiver.recv().await {
                    Ok(import) if import == self.import => return,
                    Ok(_) => {}
                    // Something was missed, perhaps ours.
                    Err(broadcast::error::RecvError::Lagged(_)) => return,
                    Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
                }
            }
        };
        tokio::time::timeout(FALLBACK, told).await.ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[tokio::test]
    async fn a_follower_is_told_of_its_own_import_only() {
        let (notices, ours, other) = (Notices::default(), ImportId(Uuid::from_u128(1)), ImportId(Uuid::from_u128(2)));
        let mut notice = notices.of(ours);
        notices.0.send(other).unwrap();
        notices.0.send(ours).unwrap();
        let began = Instant::now();
        notice.wait().await;
        assert!(began.elapsed() < FALLBACK / 2, "told at once");
        notices.0.send(other).unwrap();
        let began = Instant::now();
        notice.wait().await;
        assert!(began.elapsed() >= FALLBACK, "not told, so it looks by itself");
    }
}
