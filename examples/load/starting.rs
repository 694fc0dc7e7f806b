//! From start to ready, what an idle process holds, how large the program is.

use super::process::Program;
use super::report::{Bound, Report, as_f64, megabytes};
use super::site::{Server, Site, Vsa, world};
use std::time::Duration;

pub async fn run(server: &Server, report: &mut Report) -> anyhow::Result<()> {
    let site = Site::new(server, "starting", world(200, 2_000)?, Vsa::Nine).await?;
    let mut times = Vec::new();
    let mut idle = 0;
    for _ in 0..5 {
        let (process, _) = site.serve(&[], None).await?;
        times.push(process.started_in);
        tokio::time::sleep(Duration::from_secs(3)).await;
        idle = idle.max(process.memory()?.0);
    }
    times.sort();
    let milliseconds = times[times.len() / 2].as_secs_f64() * 1000.0;
    report.figure(
        "start to ready, PostgreSQL up (median of 5)",
        format!("{milliseconds:.0} ms"),
        "200 ms".to_owned(),
        milliseconds / 200.0,
        Bound::AtMost(1.0),
    );
    report.figure("idle memory", megabytes(idle), "40 MB".to_owned(), as_f64(idle) / 40_960.0, Bound::AtMost(1.0));
    let size = std::fs::metadata(Program::Service.path()?)?.len() / 1024;
    report.figure("size of the program", megabytes(size), "with demo and stand-ins".to_owned(), 0.0, Bound::None);
    Ok(())
}
