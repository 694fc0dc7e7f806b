//! One process of the service.

use anyhow::{Context, bail};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The longest that a process may take to be ready.
const PATIENCE: Duration = Duration::from_secs(30);

/// A process; it is gone when this is dropped.
pub struct Process {
    child: Child,
    /// From start to ready.
    pub started_in: Duration,
}

impl Process {
    /// Starts this program in another role and waits until `ready` answers 200. Its log goes to `log`, or nowhere.
    pub async fn start(
        arguments: &[&str],
        environment: &[(String, String)],
        ready: &str,
        log: Option<std::fs::File>,
    ) -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments).env_clear().envs(environment.iter().cloned());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log.map_or_else(Stdio::null, Stdio::from));
        let client = reqwest::Client::new();
        let began = Instant::now();
        let mut process = Self { child: command.spawn()?, started_in: Duration::ZERO };
        loop {
            if client.get(ready).send().await.is_ok_and(|answer| answer.status() == 200) {
                process.started_in = began.elapsed();
                return Ok(process);
            }
            if let Some(status) = process.child.try_wait()? {
                bail!("the process ended with {status}");
            }
            if began.elapsed() > PATIENCE {
                bail!("the process does not get ready");
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// What it holds in memory now, and the most it ever held, in kilobytes.
    pub fn memory(&self) -> anyhow::Result<(u64, u64)> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let value = |name: &str| -> anyhow::Result<u64> {
            let line = status.lines().find(|line| line.starts_with(name)).context("no such figure")?;
            Ok(line.split_ascii_whitespace().nth(1).context("no value")?.parse()?)
        };
        Ok((value("VmRSS:")?, value("VmHWM:")?))
    }

    /// SIGKILL; returns when it is gone.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A port that nobody listens on.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
