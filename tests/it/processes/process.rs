//! One process of the service.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A process of the real binary; it is gone when this is dropped.
pub struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts the binary with these arguments and nothing but these environment variables.
    pub fn start(arguments: &[&str], environment: &[(String, String)]) -> Self {
        Self::start_build(env!("CARGO_BIN_EXE_worryfree-plugin"), arguments, environment)
    }

    /// The same of another build.
    pub fn start_build(binary: &str, arguments: &[&str], environment: &[(String, String)]) -> Self {
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let log = std::env::temp_dir().join(format!("worryfree-process-{}-{number}.log", std::process::id()));
        let mut command = Self::command_of(binary, arguments, environment);
        command.stdout(Stdio::null()).stderr(File::create(&log).unwrap());
        Self { child: command.spawn().expect("the binary starts"), log }
    }

    /// The binary with these arguments and nothing but these environment variables.
    pub fn command(arguments: &[&str], environment: &[(String, String)]) -> Command {
        Self::command_of(env!("CARGO_BIN_EXE_worryfree-plugin"), arguments, environment)
    }

    /// The same of another build.
    pub fn command_of(binary: &str, arguments: &[&str], environment: &[(String, String)]) -> Command {
        let mut command = Command::new(binary);
        command.args(arguments).env_clear().envs(environment.iter().cloned());
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).stdin(Stdio::null());
        command
    }

    /// Sends a signal by name, such as `STOP`.
    pub fn signal(&self, name: &str) {
        let kill = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.child.id())]).status();
        assert!(kill.unwrap().success(), "the process is there to get {name}");
    }

    /// SIGKILL; returns when it is gone.
    pub fn kill(&mut self) {
        self.child.kill().expect("the process can be killed");
        self.child.wait().expect("the process ends");
    }

    /// Waits until it ends by itself.
    pub async fn ended(&mut self, patience: Duration) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < patience, "it does not end:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Whether it is there.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Whether it is frozen.
    pub fn is_frozen(&self) -> bool {
        let status = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        status.rsplit(") ").next().is_some_and(|rest| rest.starts_with('T'))
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        if std::thread::panicking() && std::env::var_os("KEEP_LOGS").is_some() {
            return;
        }
        std::fs::remove_file(&self.log).ok();
    }
}

/// A port that nobody listens on, outside the range that outgoing connections are given.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % 8000).unwrap();
    loop {
        let port = 20_000 + (start + NEXT.fetch_add(1, Ordering::Relaxed)) % 12_000;
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
