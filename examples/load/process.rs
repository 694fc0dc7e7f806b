//! One process of the service.

use anyhow::{Context, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The longest that a process may take to be ready.
const PATIENCE: Duration = Duration::from_secs(30);
/// Of processor time; the same on every Linux that this runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// A process; it is gone when this is dropped.
pub struct Process {
    child: Child,
    /// From start to ready.
    pub started_in: Duration,
}

/// Which program runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// The service as it is shipped.
    Service,
    /// This one, in another role.
    This,
}

impl Program {
    /// Where it is.
    pub fn path(self) -> anyhow::Result<PathBuf> {
        let this = std::env::current_exe()?;
        match self {
            Self::This => Ok(this),
            Self::Service => {
                let folder = this.parent().and_then(Path::parent).context("examples have a folder of their own")?;
                Ok(folder.join("worryfree-plugin"))
            }
        }
    }
}

/// Has cargo build the service: running an example does not.
pub async fn build() -> anyhow::Result<()> {
    if let Some(cargo) = std::env::var_os("CARGO") {
        let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
        let build = ["build", "--quiet", "--bin", "worryfree-plugin", "--profile", profile];
        let status = tokio::process::Command::new(cargo).args(build).status().await?;
        ensure!(status.success(), "the service could not be built");
    }
    let path = Program::Service.path()?;
    ensure!(path.is_file(), "{} is not there; build it first", path.display());
    Ok(())
}

impl Process {
    /// Starts a program and waits until `ready` answers 200. Its log goes to `log`, or to ours.
    pub async fn start(
        program: Program,
        arguments: &[&str],
        environment: &[(String, String)],
        ready: &str,
        log: Option<std::fs::File>,
    ) -> anyhow::Result<Self> {
        let mut command = Command::new(program.path()?);
        command.args(arguments).env_clear().envs(environment.iter().cloned());
        command.envs(std::env::vars().filter(|(name, _)| name.starts_with("MIMALLOC_")));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log.map_or_else(Stdio::inherit, Stdio::from));
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

    /// Seconds of processor time that it has used.
    pub fn processor(&self) -> anyhow::Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name in brackets may hold anything; user and system time are the 12th and 13th field after it.
        let (_, fields) = stat.rsplit_once(')').context("a name in brackets")?;
        let ticks = fields.split_ascii_whitespace().skip(11).take(2).map(str::parse::<u32>);
        Ok(f64::from(ticks.sum::<Result<u32, _>>()?) / TICKS_PER_SECOND)
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
