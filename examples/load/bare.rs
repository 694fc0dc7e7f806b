//! What screens are compared with: an axum handler that makes as many queries, each as small as a query can be, and
//! answers two bytes.

use anyhow::Context;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::net::TcpListener;

/// Runs until it is killed; the arguments are a port and a number of connections, the database is in `DATABASE_URL`.
pub async fn run(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<()> {
    let port: u16 = arguments.next().context("a port")?.parse()?;
    let connections = arguments.next().context("a number of connections")?.parse()?;
    let options: PgConnectOptions = std::env::var("DATABASE_URL")?.parse()?;
    let pool = PgPoolOptions::new().max_connections(connections).connect_with(options).await?;
    let router = Router::new().route("/{queries}", get(queries)).with_state(pool);
    Ok(axum::serve(TcpListener::bind(("127.0.0.1", port)).await?, router).await?)
}

async fn queries(State(pool): State<PgPool>, Path(count): Path<u32>) -> Result<&'static str, String> {
    let all = async {
        for _ in 0..count {
            sqlx::query_scalar::<_, i32>("select 1").fetch_one(&pool).await?;
        }
        Ok(())
    };
    all.await.map(|()| "ok").map_err(|error: sqlx::Error| error.to_string())
}
