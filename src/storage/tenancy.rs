//! Transactions that see one partner's rows, and the few that have to see more.
//!
//! The database holds every statement to this by row security (`migrations/0006_tenants.sql`): outside of these
//! transactions there are no rows at all.

use crate::domain::ids::PartnerId;
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Postgres, Result, Transaction};

/// The role that the service works as. It owns nothing and cannot get around row security.
pub const APP_ROLE: &str = "worryfree_app";

/// A transaction of the service. Dropped, it is rolled back: enough for reading.
pub type Tx = Transaction<'static, Postgres>;

/// Why a transaction is not about one partner. What each may do is listed, with its reason, where its policies are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Across {
    /// Finding the partner that a token, a session, an activation code, a name or a public key belongs to.
    Door,
    /// Claiming the next job.
    Jobs,
    /// Queueing what is due and removing what has ended.
    Upkeep,
    /// Finding partners by name and listing them, on the machine itself.
    Operator,
    /// Counting everybody's work, without names or contents.
    Metrics,
}

impl Across {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Door => "door",
            Self::Jobs => "jobs",
            Self::Upkeep => "upkeep",
            Self::Operator => "operator",
            Self::Metrics => "metrics",
        }
    }
}

/// Begins a transaction that sees and writes the rows of `partner` and no others.
///
/// The setting ends with the transaction, and both begin in one message: there is no moment at which a connection is inside a
/// transaction without it, or carries it outside of one.
#[expect(clippy::disallowed_methods, reason = "this is the place that all others have to use")]
pub async fn begin(pool: &PgPool, partner: PartnerId) -> Result<Tx> {
    // A UUID is hexadecimal digits and hyphens.
    pool.begin_with(AssertSqlSafe(format!("begin; select set_config('app.partner_id', '{}', true)", partner.0))).await
}

/// Begins a transaction across partners that may do what this purpose needs and nothing else.
#[expect(clippy::disallowed_methods, reason = "this is the place that all others have to use")]
pub async fn begin_across(pool: &PgPool, purpose: Across) -> Result<Tx> {
    pool.begin_with(AssertSqlSafe(format!("begin; select set_config('app.across', '{}', true)", purpose.as_str())))
        .await
}

/// Goes on in the same transaction as one of `partner` only.
pub async fn narrow(conn: &mut PgConnection, partner: PartnerId) -> Result<()> {
    sqlx::query("select set_config('app.across', '', true), set_config('app.partner_id', $1, true)")
        .bind(partner.0.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether a connection from the pool carries nothing of whoever had it before: it is in no transaction of ours.
pub(super) async fn is_clean(conn: &mut PgConnection) -> Result<bool> {
    let clean = "select coalesce(current_setting('app.partner_id', true), '') = '' and coalesce(current_setting('app.across', true), '') = ''";
    sqlx::query_scalar(clean).fetch_one(conn).await
}
