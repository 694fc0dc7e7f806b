//! One of everything: what the vendor's books and our records must say in the end.

use super::site::{SEATS, Site};
use worryfree_plugin::sandbox::Api;

/// What the vendor was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Writes {
    /// Requests that create a customer.
    pub customers: usize,
    /// Requests that create a subscription.
    pub subscriptions: usize,
}

impl Site {
    /// Exactly one customer and one subscription for each of these organizations, and a link that names both.
    pub async fn has_one_of_everything_for(&self, names: &[String]) {
        let books = self.sandbox.books();
        assert_eq!(books.violations, [""; 0], "the vendor's rules are kept");
        let (customers, subscriptions) = (books.created_customers(), books.created_subscriptions());
        for name in names {
            let of_name: Vec<_> = customers.iter().filter(|customer| customer.name == *name).collect();
            assert_eq!(of_name.len(), 1, "customers named {name}");
            let of_customer = subscriptions.iter().filter(|found| found.customer_id == of_name[0].id);
            let units: Vec<_> = of_customer.map(|found| found.units).collect();
            assert_eq!(units, [SEATS], "subscriptions of {name}");
        }
        assert_eq!((customers.len(), subscriptions.len()), (names.len(), names.len()), "nothing else was created");
        self.links_are_right(names.len()).await;
    }

    async fn links_are_right(&self, count: usize) {
        let links: Vec<(String, Option<String>)> =
            sqlx::query_as("select account_id, subscription_id from link").fetch_all(&self.pool).await.unwrap();
        assert_eq!(links.len(), count, "every organization is linked");
        let books = self.sandbox.books();
        for (account, subscription) in links {
            let is_made = |found: &&worryfree_plugin::sandbox::Subscription| {
                found.customer_id == account && Some(&found.id) == subscription.as_ref()
            };
            assert!(books.created_subscriptions().iter().any(is_made), "{account} and its subscription are linked");
        }
    }

    /// No result without a link, no link without a result: they are one transaction.
    pub async fn results_and_links_agree(&self) {
        let differing: i64 = sqlx::query_scalar(
            "select count(*) from integration_item i left join link l using (partner_id, organization_id)
             where (i.status in ('imported', 'imported_with_warning')) <> (l.organization_id is not null)",
        )
        .fetch_one(&self.pool)
        .await
        .unwrap();
        assert_eq!(differing, 0, "results without a link, or links without a result");
    }

    /// What LMP was sent so far.
    pub fn writes(&self) -> Writes {
        let books = self.sandbox.books();
        let ends_with = |end: &str| {
            let posts = books.requests_to(Api::Lmp, "POST", "");
            posts.iter().filter(|request| request.path.to_lowercase().ends_with(end)).count()
        };
        Writes { customers: ends_with("/customers"), subscriptions: ends_with("/subscriptions") }
    }
}
