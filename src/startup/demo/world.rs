//! The demonstration's world, kept in a file: what was imported yesterday is still there today.

use crate::sandbox::{SavedWorld, World};
use anyhow::Context;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often the world is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How many endpoints an organization of a generated world has on average.
const ENDPOINTS_EACH: u64 = 20;
/// Generated worlds are always the same.
const SEED: u64 = 5;

/// A world and the file it is kept in.
#[derive(Debug)]
pub struct KeptWorld {
    world: World,
    path: PathBuf,
}

impl KeptWorld {
    /// The world of this folder, or a new one: believable, or of this size.
    pub fn open(folder: &Path, organizations: Option<usize>) -> anyhow::Result<Self> {
        let path = folder.join("vendors.json");
        let world = organizations
            .map_or_else(World::believable, |count| World::generated(count, count as u64 * ENDPOINTS_EACH, SEED));
        if path.exists() {
            let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let saved: SavedWorld = serde_json::from_slice(&text)
                .with_context(|| format!("{} is not understood; --reset starts over", path.display()))?;
            world.restore(saved);
        }
        Ok(Self { world, path })
    }

    /// The world.
    pub fn world(&self) -> World {
        self.world.clone()
    }

    /// Keeps the file up to date until `shutdown`, and once more then.
    pub async fn keep(self, shutdown: CancellationToken) {
        let mut kept = None;
        loop {
            let ended = shutdown.is_cancelled();
            let now = self.world.save();
            if kept.as_ref() != Some(&now) {
                match self.write(&now) {
                    Ok(()) => kept = Some(now),
                    Err(error) => {
                        tracing::warn!(%error, path = %self.path.display(), "the vendors' state could not be kept");
                    }
                }
            }
            if ended {
                return;
            }
            shutdown.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await;
        }
    }

    /// Beside its place first: no crash leaves half a world.
    fn write(&self, world: &SavedWorld) -> anyhow::Result<()> {
        let draft = self.path.with_extension("draft");
        fs::write(&draft, serde_json::to_vec(world)?)?;
        Ok(fs::rename(&draft, &self.path)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::Customer;

    #[tokio::test]
    async fn what_changed_is_there_the_next_time() {
        let folder = std::env::temp_dir().join(format!("kept-world-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let kept = KeptWorld::open(&folder, None).unwrap();
        let id = kept.world().add_customer(Customer::named("Newcomer Ltd"));
        let shutdown = CancellationToken::new();
        shutdown.cancel();
        kept.keep(shutdown).await;
        let again = KeptWorld::open(&folder, None).unwrap();
        assert_eq!(again.world().customer_named("Newcomer Ltd").map(|customer| customer.id), Some(id));
        fs::write(folder.join("vendors.json"), "{").unwrap();
        assert!(KeptWorld::open(&folder, None).unwrap_err().to_string().contains("--reset"));
        fs::remove_dir_all(folder).unwrap();
    }
}
