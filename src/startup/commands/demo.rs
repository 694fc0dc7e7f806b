//! `demo`: everything on this machine, with stand-ins for the vendors.

use super::print_line;
use crate::sandbox::{Ambient, Sandbox, SandboxOptions};
use crate::service::App;
use crate::service::inventory::{self, RefreshStatus};
use crate::service::partners::{self, PutPartner, sign_in_address};
use crate::service::sign_in;
use crate::startup::cli::{Demo, Vendors};
use crate::startup::database::Database;
use crate::startup::demo::{self, Alone, Console, Entry, KeptWorld, entry, people, trouble};
use crate::startup::sealing_key::vault;
use crate::startup::service::{self, Roles, listen};
use crate::startup::settings::{DEFAULTS, Settings};
use crate::startup::{logging, shutdown};
use crate::storage::vault::Vault;
use anyhow::{Context, bail};
use futures_util::FutureExt;
use reqwest::Url;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Who acts in the demonstration.
const USER: &str = "Nora Quist";
/// How long a link of the navigation tree can be used.
const LINK_MINUTES: u32 = 5;
/// The longest that reading the stand-ins may take.
const READING: Duration = Duration::from_mins(5);
/// What the vendors need for each answer with `--vendors slow`.
const SLOW: Ambient = Ambient::Latency(Duration::from_millis(300));
/// How many requests fail with `--vendors flaky`.
const FLAKY: Ambient = Ambient::Flaky { rate: 0.1, seed: 7 };

/// Runs until it is told to end.
pub async fn run(config_file: Option<&Path>, options: Demo) -> anyhow::Result<ExitCode> {
    let mut settings = settings(config_file)?;
    logging::start(&settings.log);
    let shutdown = shutdown::on_signal()?;
    let loopback = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    // The port after the page's; any free one for any free one.
    let plugin_port = if options.port == 0 { 0 } else { options.port.checked_add(1).context("--port is too high")? };
    // Two in one folder would work on one database, and --reset would take it from under the other.
    let _alone = Alone::in_folder(&settings.database.data_dir)?;
    let listener = listen("--port", loopback(plugin_port)).await?;
    settings.http.listen = listener.local_addr()?;
    settings.http.public_url = Url::parse(&format!("http://localhost:{}", settings.http.listen.port()))?;
    let folder = settings.database.data_dir.clone();
    if options.reset && folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    let vault = Arc::new(vault(&mut settings)?);
    print_line("Starting the database …")?;
    let mut database = Database::open(&settings.database).await?;
    let world = KeptWorld::open(&folder, options.organizations)?;
    let console = Console::default();
    let sandbox = Sandbox::start(SandboxOptions {
        vsa_listen: loopback(options.port),
        vsa_pages: Some(console.router()),
        ambient: match options.vendors {
            Vendors::Steady | Vendors::Troubled | Vendors::Refusing => Ambient::Calm,
            Vendors::Slow => SLOW,
            Vendors::Flaky => FLAKY,
        },
        ..SandboxOptions::new(world.world())
    })
    .await
    .with_context(|| format!("--port: cannot listen on {}", loopback(options.port)))?;
    let app = service::app(&settings, database.pool.clone());
    let partner = partners::put(&app, &vault, &entry(&sandbox)).await?;
    for person in people() {
        sandbox.world().put_person(person);
    }
    sign_in::put(&app, &vault, partner.partner_id, &demo::sign_in(&sandbox)).await?;
    connect(&console, &app, &partner, &settings.http.public_url);
    let result =
        serve(&settings, vault, &mut database, listener, world, &app, &partner, (&sandbox, options.vendors), &shutdown)
            .await;
    sandbox.stop();
    database.close().await?;
    result.map(|()| ExitCode::SUCCESS)
}

/// The settings of this machine, but with what stand-ins on loopback and people who watch need.
fn settings(config_file: Option<&Path>) -> anyhow::Result<Settings> {
    let mut settings = Settings::load(config_file)?;
    settings.database.url = None;
    settings.database.data_dir = settings.database.data_dir.join("demo");
    settings.upstream.allow_http = true;
    settings.upstream.allow_private_addresses = true;
    // The stand-ins show at once what they did, so a lost answer is cleared up while one looks on.
    settings.lmp.settle = Duration::from_secs(8);
    settings.lmp.look_gap = Duration::from_secs(2);
    if DEFAULTS.contains(&format!("filter = \"{}\"", settings.log.filter)) {
        settings.log.filter = "warn".to_owned();
    }
    Ok(settings)
}

fn connect(console: &Console, app: &App, partner: &PutPartner, public_url: &Url) {
    let (app, partner, url) = (app.clone(), partner.clone(), public_url.clone());
    let open = move |entry: Entry| {
        let (app, partner, url) = (app.clone(), partner.clone(), url.clone());
        async move {
            let (id, key) = (partner.partner_id, &partner.partner_key);
            let address = sign_in_address(&app, id, key, url.as_str(), USER, LINK_MINUTES).await;
            match address {
                Ok(address) => Some(format!("{address}&next=/p/{key}/{}", entry.screen())),
                Err(error) => {
                    tracing::warn!(%error, "no link could be made");
                    None
                }
            }
        }
        .boxed()
    };
    console.connect(public_url.origin().ascii_serialization(), Box::new(open));
}

#[expect(clippy::too_many_arguments, reason = "everything there is, once")]
async fn serve(
    settings: &Settings,
    vault: Arc<Vault>,
    database: &mut Database,
    listener: TcpListener,
    world: KeptWorld,
    app: &App,
    partner: &PutPartner,
    (sandbox, vendors): (&Sandbox, Vendors),
    shutdown: &CancellationToken,
) -> anyhow::Result<()> {
    let roles = Roles { front: Some(listener), metrics: None, jobs: true };
    let running = Box::pin(service::run(settings, vault, database, roles, shutdown.clone()));
    let greeting = async {
        match greet(app, partner, (sandbox, vendors), &settings.database.data_dir).await {
            Ok(()) => shutdown.cancelled().await,
            Err(error) => {
                shutdown.cancel();
                return Err(error);
            }
        }
        Ok(())
    };
    let keeping = world.keep(shutdown.clone());
    let (ran, greeted, ()) = tokio::join!(running, shutdown.run_until_cancelled(greeting), keeping);
    ran.and(greeted.unwrap_or(Ok(())))
}

/// Waits for the inventory and says where to look.
async fn greet(
    app: &App,
    partner: &PutPartner,
    (sandbox, vendors): (&Sandbox, Vendors),
    folder: &Path,
) -> anyhow::Result<()> {
    print_line("Reading the vendors …")?;
    let began = Instant::now();
    loop {
        let view = inventory::inventory(app, partner.partner_id).await?;
        let is_read = view.organizations.refreshed_at.is_some() && view.accounts.refreshed_at.is_some();
        if view.status != RefreshStatus::Running && is_read {
            break;
        }
        if view.status == RefreshStatus::Failed {
            // Flaky vendors are no reason to give up.
            inventory::refresh(app, partner.partner_id).await?;
        }
        if began.elapsed() > READING {
            bail!("reading the stand-ins takes too long; --reset starts over");
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    match vendors {
        Vendors::Troubled => trouble::make(sandbox),
        Vendors::Refusing => trouble::refuse(sandbox),
        Vendors::Steady | Vendors::Slow | Vendors::Flaky => {}
    }
    print_line(&format!(
        "\nOpen this address in a browser:\n\n  {}/\n\nKaseya VSA and Trend Micro are stand-ins on this machine; their state and the database are in\n{}. Ctrl-C ends it, --reset starts over.",
        sandbox.vsa_url(),
        folder.display()
    ))?;
    Ok(())
}
