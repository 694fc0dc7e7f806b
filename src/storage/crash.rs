//! Places where tests let the process die.
//!
//! `security-reliability.md` part 2 names the moments that matter (P0 to P20). A test sets `PLUGIN_CRASH_AT` to one of the
//! names below; the process then kills itself there with SIGKILL, once it gets there for the first time. With
//! `PLUGIN_FREEZE_AT` it stops itself there with SIGSTOP, once, until somebody sends SIGCONT. Programs built for release have
//! none of this.

/// A place, named after its row and, where there are two, what is being made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CrashPoint(pub &'static str);

impl CrashPoint {
    /// The integration is not committed yet.
    pub const BEFORE_START: Self = Self("P0");
    /// The integration is committed, the answer is not sent.
    pub const STARTED: Self = Self("P1");
    /// A worker has claimed the job and intended nothing yet.
    pub const CLAIMED: Self = Self("P2");
    /// The intent of creating an account is committed, nothing is sent.
    pub const ACCOUNT_INTENDED: Self = Self("P3");
    /// LMP's answer about an account is read, nothing of it is committed.
    pub const ACCOUNT_ANSWERED: Self = Self("P7");
    /// The account is committed, its subscription has not begun.
    pub const ACCOUNT_DONE: Self = Self("P8");
    /// As P3, for a subscription.
    pub const SUBSCRIPTION_INTENDED: Self = Self("P9");
    /// As P7, for a subscription.
    pub const SUBSCRIPTION_ANSWERED: Self = Self("P13");
    /// Everything is made and committed; nobody has been told that the integration has ended.
    pub const ENDED: Self = Self("P15");
    /// A look has been made, nothing of it is committed.
    pub const LOOKED: Self = Self("P16");
    /// Somebody has asked to stop, and the run has read it.
    pub const STOPPING: Self = Self("P17");

    /// Dies or freezes here if a test has asked for it.
    pub fn pass(self) {
        #[cfg(debug_assertions)]
        if is_wanted(self.0, std::env::var("PLUGIN_CRASH_AT").ok().as_deref()) {
            die();
        }
        #[cfg(debug_assertions)]
        if is_wanted(self.0, std::env::var("PLUGIN_FREEZE_AT").ok().as_deref()) {
            freeze();
        }
    }
}

#[cfg(debug_assertions)]
fn is_wanted(name: &str, wanted: Option<&str>) -> bool {
    wanted == Some(name)
}

/// SIGKILL: nothing is flushed, dropped or handed over.
#[cfg(debug_assertions)]
fn die() {
    signal("KILL");
    // The signal arrives before this returns, except on a very busy machine.
    loop {
        std::thread::park();
    }
}

/// SIGSTOP, the first time only: every thread stands still.
#[cfg(debug_assertions)]
fn freeze() {
    static FROZEN: std::sync::Once = std::sync::Once::new();
    FROZEN.call_once(|| {
        signal("STOP");
        // Until another thread has taken the signal up, this one would go on.
        std::thread::sleep(std::time::Duration::from_millis(500));
    });
}

#[cfg(debug_assertions)]
fn signal(name: &str) {
    let command = format!("kill -{name} {}", std::process::id());
    std::process::Command::new("sh").args(["-c", &command]).status().ok();
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use super::*;

    #[test]
    fn only_the_place_that_was_asked_for_is_deadly() {
        assert!(is_wanted("P3", Some("P3")));
        assert!(!is_wanted("P3", Some("P13")));
        assert!(!is_wanted("P3", None));
        CrashPoint::ACCOUNT_INTENDED.pass();
    }
}
