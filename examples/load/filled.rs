//! A database of many large partners, made by the database itself.

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, Row as _};
use uuid::Uuid;

/// Tables that grow with the customers of partners.
pub const LARGE: [&str; 4] = ["organization", "account", "subscription", "link"];

/// Adds partners up to `partners` and gives each of them, the first included, `organizations` organizations, half as many accounts
/// and subscriptions, and links for a tenth.
pub async fn fill(database: &PgConnectOptions, first: Uuid, partners: i32, organizations: i32) -> anyhow::Result<()> {
    let mut conn = database.connect().await?;
    let indexes = indexes(&mut conn).await?;
    let run = async |conn: &mut PgConnection, text: String| sqlx::raw_sql(AssertSqlSafe(text)).execute(conn).await;
    // What is made here refers to what is there: nothing has to be looked up for each row.
    run(
        &mut conn,
        "set session_replication_role = replica; set maintenance_work_mem = '256MB'; set synchronous_commit = off"
            .to_owned(),
    )
    .await?;
    for (name, _) in &indexes {
        run(&mut conn, format!("drop index {name}")).await?;
    }
    let keys = format!("select * from partner_number where n <= {partners}");
    run(
        &mut conn,
        format!(
            "create temporary table partner_number as
               select n, case when n = 1 then '{first}'::uuid else md5('partner' || n)::uuid end as partner_id from generate_series(1, {partners}) n;
             insert into partner (partner_id, partner_key, name, email)
               select partner_id, 'key' || n, 'MSP ' || n, 'noc@msp' || n || '.example' from ({keys}) p where n > 1;
             insert into license_pool (partner_id, license_pool_id, product, version, available, synced_at)
               select partner_id, 'pool', 'Worry-Free Services', 'full', 900000, now() from ({keys}) p;
             insert into service_plan (partner_id, service_plan_id, name, product, version, auto_renewal, license_pool_id, synced_at)
               select partner_id, 'plan', 'WFS monthly', 'Worry-Free Services', 'full', true, 'pool', now() from ({keys}) p;
             insert into inventory_part (partner_id, part, count, refreshed_at, complete)
               select partner_id, part, {organizations}, now(), true from ({keys}) p,
                 unnest(array['organizations', 'endpoints', 'accounts', 'subscriptions', 'service_plans', 'license_pools']) as part;"
        ),
    )
    .await?;
    let each = |every: i32| format!("({keys}) p, generate_series(1, {organizations}, {every}) i");
    run(
        &mut conn,
        format!(
            "insert into organization (partner_id, organization_id, name, reference, kind, endpoints, endpoints_excluded, first_name, last_name, email, city, state,
                                       country, name_key, email_domain, search_text, synced_at)
             select partner_id, 'o' || i, name, 'ref' || i, 'customer', i % 97, i % 3, 'Ana', 'Reyes', 'ana@' || domain, 'Poole', 'Dorset', 'GB',
                    lower(name), domain, lower(name) || ' ref' || i || ' ana@' || domain, now()
             from (select partner_id, i, 'Customer ' || (i * 7919) % {organizations} || ' of ' || n as name, 'customer' || i || '.example' as domain from {}) rows;
             insert into account (partner_id, account_id, name, city, state, country, note, name_key, search_text, first_seen_at, synced_at)
             select partner_id, 'a' || i, name, 'Poole', 'Dorset', 'GB', null, lower(name), lower(name) || ' poole', now(), now()
             from (select partner_id, i, 'Customer ' || (i * 7919) % {organizations} || ' of ' || n as name from {}) rows;
             insert into subscription (partner_id, account_id, subscription_id, service_plan_id, name, enabled, units, synced_at)
             select partner_id, 'a' || i, 's' || i, 'plan', 'WFS monthly', true, 10, now() from {};
             insert into link (partner_id, organization_id, account_id, organization_name, account_name, subscription_id, service_plan_id, seats, imported_by, import_id)
             select partner_id, 'o' || i, 'a' || i, 'Customer ' || i, 'Customer ' || i, 's' || i, 'plan', 10, 'Nora Quist', partner_id from {};",
            each(1), each(2), each(2), each(10)
        ),
    )
    .await?;
    for (_, definition) in indexes {
        run(&mut conn, definition).await?;
    }
    run(&mut conn, "reset session_replication_role".to_owned()).await?;
    for table in LARGE {
        run(&mut conn, format!("vacuum analyze {table}")).await?;
    }
    run(&mut conn, "analyze".to_owned()).await?;
    Ok(conn.close().await?)
}

/// Indexes of the large tables that are no keys: made again at the end, all at once.
async fn indexes(conn: &mut PgConnection) -> anyhow::Result<Vec<(String, String)>> {
    let found = "select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) from pg_index i join pg_class c on c.oid = i.indrelid
                 where c.relname = any($1) and not i.indisunique";
    let found = sqlx::query(found).bind(LARGE.map(str::to_owned)).fetch_all(conn).await?;
    Ok(found.into_iter().map(|row| (row.get(0), row.get(1))).collect())
}
