//! Five hundred rows in an import: every screen stays light.

use crate::support::plugin::Plugin;
use crate::support::screens::Screens;
use std::time::Duration;
use worryfree_plugin::sandbox::World;

/// Compressed, as it goes over the wire.
const MAX_BYTES: usize = 150 * 1024;
/// Far above what it takes, even here without optimization and beside other tests: something that grows with the square
/// of the rows takes longer.
const PATIENCE: Duration = Duration::from_mins(1);

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_rows_are_light_on_every_screen() {
    let plugin = Plugin::new(World::generated(600, 3_000, 5)).await;
    let screens = Screens::new(&plugin).await;
    let base = screens.import_of(&plugin, 500).await;
    // Nobody works here: contacts are as good as read, and blanks may be filled.
    sqlx::query("update organization set details_read_at = now()").execute(plugin.database.pool()).await.unwrap();
    screens.send_step(&base, "accounts", &[("go", "fill")]).await.leads();
    for step in ["accounts", "notifications", "service-plans", "templates"] {
        let page = screens.get_compressed(&format!("{base}/{step}")).await;
        assert!(page.status.is_success(), "{step}: {}", page.status);
        assert!(page.bytes <= MAX_BYTES, "{step}: {} bytes", page.bytes);
        assert!(page.took < PATIENCE, "{step}: {:?}", page.took);
        screens.send_step(&base, step, &[("send_all", "1"), ("go", "next")]).await.leads();
        if step == "service-plans" {
            let plan = screens.value_of_option(&format!("{base}/{step}"), "WFS monthly (Full)").await;
            screens.send_step(&base, step, &[("all_plan", &plan), ("go", "apply")]).await.leads();
            screens.send_step(&base, step, &[("go", "next")]).await.leads();
        }
    }
    let plan = screens.get_compressed(&format!("{base}/templates")).await;
    assert!(plan.status.is_success() && plan.bytes <= MAX_BYTES, "the plan: {} bytes", plan.bytes);
}
