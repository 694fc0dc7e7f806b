//! Each form of the wizard: what it reads, and what it says of what it cannot take.

use crate::support::plugin::Plugin;
use crate::support::screens::{Page, Screens};
use axum::http::StatusCode;
use worryfree_plugin::sandbox::World;

/// An import of these customers, at its first step.
struct Wizard {
    screens: Screens,
    _plugin: Plugin,
    base: String,
    ids: Vec<String>,
}

impl Wizard {
    async fn of(names: &[&str]) -> Self {
        let plugin = Plugin::new(World::believable()).await;
        let screens = Screens::new(&plugin).await;
        let world = plugin.sandbox.world();
        let ids: Vec<_> = names.iter().map(|name| world.organization_named(name).unwrap().id).collect();
        let ticked: Vec<_> = ids.iter().map(|id| ("organization", id.as_str())).collect();
        let address = screens.post("/imports", &ticked).await.leads().to_owned();
        let base = address.trim_end_matches("/accounts").to_owned();
        Self { screens, _plugin: plugin, base, ids }
    }

    async fn show(&self, step: &str) -> Page {
        self.screens.get(&format!("{}/{step}", self.base)).await
    }

    async fn send(&self, step: &str, fields: &[(&str, &str)]) -> Page {
        self.screens.send_step(&self.base, step, fields).await
    }

    /// The name of a row's field.
    fn field(&self, row: usize, name: &str) -> String {
        format!("rows.{}.{name}", self.ids[row])
    }

    async fn to_service_plans(&self) {
        let filled = self.send("accounts", &[("go", "fill")]).await;
        assert!(filled.leads().ends_with("/accounts"));
        assert!(self.send("accounts", &[("go", "next")]).await.leads().ends_with("/notifications"));
        let next = [("send_all", "1"), ("go", "next")];
        assert!(self.send("notifications", &next).await.leads().ends_with("/service-plans"));
    }

    async fn plan(&self, label: &str) -> String {
        self.screens.value_of_option(&format!("{}/service-plans", self.base), label).await
    }
}

/// The names of the rows in the order of the page.
fn order(page: &Page) -> Vec<&str> {
    page.text.split("data-row=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn seats_that_are_no_number_stay_as_typed_and_everything_else_is_stored() {
    let wizard = Wizard::of(&["Acorn Letting Agency", "Delta Scaffolding"]).await;
    wizard.to_service_plans().await;
    let plan = wizard.plan("WFS monthly (Full)").await;
    let [plans, seats] = ["plan", "seats"].map(|name| [0, 1].map(|row| wizard.field(row, name)));
    for (typed, shown) in [("many", "many"), ("1,5", "1,5"), ("0", "0"), ("<b>", "&#60;b&#62;"), ("1000000", "1000000")]
    {
        let fields = [
            (plans[0].as_str(), plan.as_str()),
            (&plans[1], &plan),
            (&seats[0], typed),
            (&seats[1], "77"),
            ("go", "next"),
        ];
        let refused = wizard.send("service-plans", &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(refused.text.contains(&format!("name=\"{}\" value=\"{shown}\"", seats[0])), "{typed} is not kept");
        assert!(refused.text.contains("Enter a whole number of seats from 1 to 999,999."), "{typed}");
        let kept = wizard.show("service-plans").await;
        assert!(kept.text.contains(&format!("name=\"{}\" value=\"77\"", seats[1])), "the other row is stored");
        assert!(
            kept.text.contains(&format!("name=\"{}\" value=\"12\"", seats[0])),
            "no number replaces the one from before"
        );
    }
    let fields = [(seats[0].as_str(), " 1,250 "), (&plans[0], &plan), (&plans[1], &plan), ("go", "next")];
    assert!(wizard.send("service-plans", &fields).await.leads().ends_with("/templates"));
    assert!(wizard.show("service-plans").await.text.contains(&format!("name=\"{}\" value=\"1250\"", seats[0])));
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_go_where_their_place_says() {
    let names = ["Acorn Letting Agency", "Delta Scaffolding", "Hollis Engineering", "Oakleaf Property"];
    let wizard = Wizard::of(&names).await;
    wizard.to_service_plans().await;
    let [a, b, c, d] = names;
    let places: Vec<_> = (0..4).map(|row| wizard.field(row, "place")).collect();
    let move_to = async |fields: &[(&str, &str)]| {
        wizard.send("service-plans", fields).await.leads();
        let shown = wizard.show("service-plans").await;
        order(&shown).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(move_to(&[(&places[3], "1")]).await, [d, a, b, c]);
    assert_eq!(move_to(&[("down", &wizard.ids[3])]).await, [a, d, b, c]);
    assert_eq!(move_to(&[("up", &wizard.ids[0])]).await, [a, d, b, c], "the first stays the first");
    let all = [(places[0].as_str(), "4"), (&places[1], "3"), (&places[2], "2"), (&places[3], "1")];
    assert_eq!(move_to(&all).await, [d, c, b, a], "as a script sends it");
    assert_eq!(move_to(&[(&places[0], "nowhere"), (&places[1], "900")]).await, [d, c, a, b]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_found_by_name_but_never_a_model_of_templates() {
    let wizard = Wizard::of(&["Hollis Engineering", "Larkspur Media"]).await;
    let search = async |text: &str| {
        let rest = format!("accounts/search?organization={}&search={text}&options=1", wizard.ids[0]);
        wizard.show(&rest).await
    };
    assert!(search("zephyr").await.text.contains("Zephyr Wind Energy"));
    assert!(!search("larkspur").await.text.contains("role=\"option\""), "another row has it");
    let found = search("template").await.text;
    // The partner copies from one of the two, the other is an account as any.
    assert!(found.contains("Template Strict") && !found.contains("Template Office"), "{found}");
    assert!(!search("").await.text.contains("Template Office"));
    let create = [(wizard.field(1, "account"), "create")];
    wizard.send("accounts", &[(&create[0].0, "create"), ("go", "save")]).await.leads();
    let turned_down = wizard.show("accounts").await;
    assert!(turned_down.text.contains("Accept all exact matches (1)"));
    wizard.send("accounts", &[("go", "accept")]).await.leads();
    let accepted = wizard.show("accounts").await;
    assert!(
        !accepted.text.contains("Accept all exact matches") && accepted.text.contains("Larkspur Media (same name)")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_for_all_fills_only_what_is_blank() {
    let wizard = Wizard::of(&["Blank City Builders", "Acorn Letting Agency"]).await;
    // Contacts may still be being read.
    let mut before = wizard.show("accounts").await;
    for _ in 0..100 {
        if before.text.contains("name=\"all.city\"") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        before = wizard.show("accounts").await;
    }
    assert!(before.text.contains("name=\"all.city\"") && before.text.contains("attention"), "{}", before.text);
    let fields = [
        ("all.city", " Bath "),
        ("all.first_name", "Ida"),
        ("all.last_name", "Lowe"),
        ("all.email", "ida@a.example"),
        ("all.state", "Somerset"),
        ("all.country", "united kingdom"),
        ("go", "fill_all"),
    ];
    wizard.send("accounts", &fields).await.leads();
    let after = wizard.show("accounts").await;
    assert!(after.text.contains(&format!("name=\"{}\" value=\"Bath\"", wizard.field(0, "city"))));
    assert!(
        !after.text.contains(&format!("name=\"{}\" value=\"Bath\"", wizard.field(1, "city"))),
        "what VSA knows stays"
    );
    assert!(!after.text.contains("name=\"all.city\""), "nothing is blank any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_address_or_template_stays_with_words_beside_it() {
    let wizard = Wizard::of(&["Acorn Letting Agency"]).await;
    wizard.send("accounts", &[("go", "fill")]).await.leads();
    wizard.send("accounts", &[("go", "next")]).await.leads();
    let email = wizard.field(0, "recipient");
    wizard.send("notifications", &[(&email, "nobody at home"), ("go", "next")]).await.leads();
    let page = wizard.show("notifications").await;
    assert!(
        page.text.contains("value=\"nobody at home\"") && page.text.contains("aria-invalid=\"true\""),
        "{}",
        page.text
    );
    wizard.send("notifications", &[("send_all", "1"), ("go", "next")]).await.leads();
    let plan = wizard.plan("WFS monthly (Full)").await;
    wizard.send("service-plans", &[("all_plan", &plan), ("go", "apply")]).await.leads();
    wizard.send("service-plans", &[("go", "next")]).await.leads();
    wizard.send("templates", &[(&wizard.field(0, "template"), "no-such-template"), ("go", "next")]).await.leads();
    let page = wizard.show("templates").await;
    assert!(page.text.contains("no-such-template (not available)") && page.text.contains("aria-invalid=\"true\""));
    wizard.send("templates", &[(&wizard.field(0, "template"), ""), ("go", "next")]).await.leads();
    let refused = wizard.screens.post(&format!("{}/integration", wizard.base), &[("plan_hash", "another")]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text.contains("The plan has changed since you looked at it"), "{}", refused.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_form_of_ours_changes_nothing_and_says_so() {
    let wizard = Wizard::of(&["Acorn Letting Agency"]).await;
    let steps = ["accounts", "notifications", "service-plans", "templates", "rows", "integration"];
    let form = "application/x-www-form-urlencoded";
    for path in steps.map(|step| format!("{}/{step}", wizard.base)) {
        let foreign = wizard.screens.post_raw(&path, form, "cross-site", "go=next").await;
        assert_eq!(foreign.status, StatusCode::FORBIDDEN, "{path}");
        assert!(
            foreign.text.contains("This form came from somewhere else") && foreign.text.contains("Nothing was changed")
        );
        let unreadable = wizard.screens.post_raw(&path, "application/json", "same-origin", "{}").await;
        assert_eq!(unreadable.status, StatusCode::BAD_REQUEST, "{path}");
        assert!(unreadable.text.contains("Nothing was changed"), "{path}");
    }
    let old =
        wizard.screens.post(&format!("{}/accounts", wizard.base), &[("go", "next"), ("rows.x.city", "Bath")]).await;
    assert_eq!(old.status, StatusCode::CONFLICT);
    assert!(old.text.contains("name=\"rows.x.city\" value=\"Bath\""), "what was entered is kept: {}", old.text);
    let nothing = wizard.screens.post("/imports", &[]).await;
    assert!(nothing.text.contains("role=\"alert\"") || nothing.status == StatusCode::SEE_OTHER, "{}", nothing.text);
    let unknown = wizard.screens.get("/imports/00000000-0000-0000-0000-000000000000/accounts").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let signed_out = wizard.screens.get_signed_out("/customers").await;
    assert_eq!(signed_out.status, StatusCode::UNAUTHORIZED);
    assert!(signed_out.text.contains("Nothing is lost"));
}
