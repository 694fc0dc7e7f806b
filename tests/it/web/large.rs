//! Five hundred rows in an import: every screen stays light.

use crate::support::plugin::Plugin;
use crate::support::screens::{Page, Screens, as_form};
use std::time::Duration;
use worryfree_plugin::sandbox::World;

/// Compressed, as it goes over the wire.
const MAX_BYTES: usize = 150 * 1024;
/// Far above what it takes, even here without optimization and beside other tests: something that grows with the square
/// of the rows takes longer.
const PATIENCE: Duration = Duration::from_mins(1);

/// The longest body that is read.
const MAX_FORM: usize = 1024 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_form_of_five_hundred_rows_is_taken() {
    let plugin = Plugin::new(World::generated(600, 3_000, 5)).await;
    let screens = Screens::new(&plugin).await;
    let base = screens.import_of(&plugin, 500).await;
    sqlx::query("update organization set details_read_at = now()").execute(plugin.database.pool()).await.unwrap();
    screens.send_step(&base, "accounts", &[("go", "fill")]).await.leads();
    let path = format!("{base}/accounts");
    let names = |page: &Page| -> Vec<String> {
        let names = page.text.split("name=\"rows.").skip(1).map(|rest| rest.split('"').next().unwrap());
        names.map(|name| format!("rows.{name}")).collect()
    };
    // An account to be created has the most fields.
    let page = screens.get(&path).await;
    let mut fields = vec![("version", page.hidden("version")), ("go", "save")];
    let all = names(&page);
    fields.extend(all.iter().filter(|name| name.ends_with(".account")).map(|name| (name.as_str(), "create")));
    screens.post(&path, &fields).await.leads();
    let page = screens.get(&path).await;
    // Long for what they are, in letters that take nine characters each on their way; what is chosen stays.
    let values = [
        ("company", "株式会社みなとまちクリニックサービス"),
        ("address", "神奈川県横浜市中区山下町一丁目二番地三号"),
        ("city", "横浜市"),
        ("state", "神奈川県"),
        ("postal_code", "231-0023"),
        ("country", "JP"),
        ("first_name", "さくら子"),
        ("last_name", "五十嵐"),
        ("email", "administrator@minatomachi-clinic.example"),
        ("account", "create"),
    ];
    let all = names(&page);
    assert_eq!(all.len(), 500 * 11, "every field of every row");
    let value = |name: &str| {
        values.iter().find(|(known, _)| name.ends_with(&format!(".{known}"))).map_or("", |(_, value)| value)
    };
    let mut fields = vec![("version", page.hidden("version")), ("go", "save")];
    fields.extend(all.iter().map(|name| (name.as_str(), value(name))));
    let bytes = as_form(&fields).len();
    assert!(bytes < MAX_FORM, "{bytes} bytes");
    screens.post(&path, &fields).await.leads();
    assert_eq!(screens.get(&path).await.text.matches("value=\"横浜市\"").count(), 500, "all of it is stored");
    println!("the largest form of 500 rows: {bytes} bytes of {MAX_FORM}");
}

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
