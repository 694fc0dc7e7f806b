//! All accounts that are free, held so that those that fit an organization are found without looking at each of them.

use super::ids::AccountId;
use super::matching::{Candidate, Matches, Wanted, rank};
use std::collections::HashMap;

/// Names are only compared with those that begin alike.
const SAME_BEGINNING: usize = 4;
/// Of those, the nearest in the order of the names, on either side.
const NEAREST: usize = 100;

/// Free accounts in the order of their folded names.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    accounts: Vec<Candidate>,
    by_domain: HashMap<String, Vec<usize>>,
    by_id: HashMap<AccountId, usize>,
}

impl Directory {
    /// Sorts the accounts.
    pub fn new(mut accounts: Vec<Candidate>) -> Self {
        accounts.sort_by(|left, right| (&left.name_key, &left.account_id).cmp(&(&right.name_key, &right.account_id)));
        let mut by_domain: HashMap<_, Vec<_>> = HashMap::new();
        for (place, account) in accounts.iter().enumerate() {
            if let Some(domain) = &account.email_domain {
                by_domain.entry(domain.clone()).or_default().push(place);
            }
        }
        let by_id = accounts.iter().enumerate().map(|(place, account)| (account.account_id.clone(), place)).collect();
        Self { accounts, by_domain, by_id }
    }

    /// The accounts that fit, best first.
    pub fn find(&self, wanted: Wanted<'_>) -> Matches {
        rank(wanted, self.near(wanted).into_iter().filter_map(|place| self.accounts.get(place)))
    }

    /// Places of the accounts worth comparing: all of the same name or domain, those created for it, and the nearest names.
    fn near(&self, wanted: Wanted<'_>) -> Vec<usize> {
        let key = wanted.name_key;
        let first = self.accounts.partition_point(|account| account.name_key.as_str() < key);
        let last = self.accounts.partition_point(|account| account.name_key.as_str() <= key);
        let begins_alike =
            |place: &usize| self.accounts.get(*place).is_some_and(|account| begin(&account.name_key).eq(begin(key)));
        let of_domain = wanted.email_domain.and_then(|domain| self.by_domain.get(domain));
        let mut places: Vec<_> = (first..last)
            .chain((0..first).rev().take(NEAREST).take_while(begins_alike))
            .chain((last..self.accounts.len()).take(NEAREST).take_while(begins_alike))
            .chain(of_domain.into_iter().flatten().copied())
            .chain(wanted.created.iter().filter_map(|id| self.by_id.get(id).copied()))
            .collect();
        places.sort_unstable();
        places.dedup();
        places
    }
}

/// What a folded name has to begin with to be compared with this one, unless something else speaks for it.
pub fn beginning(key: &str) -> String {
    begin(key).collect()
}

fn begin(key: &str) -> impl Iterator<Item = char> {
    key.chars().take(SAME_BEGINNING)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::matching::name_key;

    fn account(number: usize, name: &str, domain: Option<&str>) -> Candidate {
        Candidate {
            account_id: AccountId::parse(&number.to_string()).unwrap(),
            name: name.to_owned(),
            name_key: name_key(name),
            city: None,
            email_domain: domain.map(str::to_owned),
        }
    }

    fn found(directory: &Directory, name: &str, domain: Option<&str>, created: &[AccountId]) -> Vec<String> {
        let key = name_key(name);
        let wanted = Wanted { name_key: &key, email_domain: domain, name_is_shared: false, created };
        directory.find(wanted).matches.into_iter().map(|found| found.name).collect()
    }

    #[test]
    fn everything_that_fits_is_found_and_nothing_twice() {
        let names = ["Zephyr Wind", "Harbor Dental", "Harbour Dental", "Harbour Dental Ltd", "Hartley", "Acme"];
        let mut accounts: Vec<_> = (0..).zip(names).map(|(number, name)| account(number, name, None)).collect();
        accounts.push(account(7, "HD Group", Some("harbour.example")));
        let directory = Directory::new(accounts);
        assert_eq!(
            found(&directory, "Harbour Dental GmbH", Some("harbour.example"), &[AccountId::parse("0").unwrap()]),
            ["Zephyr Wind", "Harbour Dental", "Harbour Dental Ltd", "HD Group", "Harbor Dental"]
        );
        assert_eq!(found(&directory, "Nobody", Some("nobody.example"), &[]), Vec::<String>::new());
        assert_eq!(found(&Directory::default(), "Acme", None, &[]), Vec::<String>::new());
    }

    #[test]
    fn beginnings_are_counted_in_letters() {
        let directory = Directory::new(vec![account(1, "Škodař Auto", None), account(2, "שלום בית", None)]);
        assert_eq!(found(&directory, "Skodar Autos", None, &[]), ["Škodař Auto"]);
        assert_eq!(found(&directory, "שלום ביתי", None, &[]), ["שלום בית"]);
    }
}
