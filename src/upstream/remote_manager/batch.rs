//! The customers of one SMPI call: one at least, ten at most.

use crate::domain::ids::AccountId;
use crate::upstream::transport::path_part;

/// The most customers per call (`worry-free-templates.md` 3).
const MOST: usize = 10;

/// Not one to ten customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a call concerns 1 to {MOST} customers")]
pub struct WrongBatchSize;

/// One to ten customers. There is no empty batch, so there is no update that names nobody and changes everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerBatch(Vec<AccountId>);

impl CustomerBatch {
    /// A batch of a first customer and up to nine more.
    pub fn new(first: AccountId, rest: Vec<AccountId>) -> Result<Self, WrongBatchSize> {
        let mut accounts = vec![first];
        accounts.extend(rest);
        Self::try_from_vec(accounts)
    }

    /// A batch of one.
    pub fn one(account: AccountId) -> Self {
        Self(vec![account])
    }

    /// A batch of these customers, if they are one to ten.
    pub fn try_from_vec(accounts: Vec<AccountId>) -> Result<Self, WrongBatchSize> {
        if (1..=MOST).contains(&accounts.len()) { Ok(Self(accounts)) } else { Err(WrongBatchSize) }
    }

    /// As few batches as hold these customers, in their order; none for nobody.
    pub fn chunks(accounts: impl IntoIterator<Item = AccountId>) -> Vec<Self> {
        let accounts: Vec<AccountId> = accounts.into_iter().collect();
        accounts.chunks(MOST).map(|chunk| Self(chunk.to_vec())).collect()
    }

    /// The customers.
    pub fn accounts(&self) -> &[AccountId] {
        &self.0
    }

    /// `cids=…`: the ids are escaped, the commas between them are not.
    pub(super) fn query(&self) -> String {
        let ids: Vec<String> = self.0.iter().map(|account| path_part(account.as_str())).collect();
        format!("cids={}", ids.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accounts(count: usize) -> Vec<AccountId> {
        (0..count).map(|n| AccountId::parse(&format!("a-{n}")).unwrap()).collect()
    }

    #[test]
    fn a_batch_has_one_to_ten_customers() {
        assert_eq!(CustomerBatch::try_from_vec(accounts(0)), Err(WrongBatchSize));
        assert!(CustomerBatch::try_from_vec(accounts(1)).is_ok());
        assert!(CustomerBatch::try_from_vec(accounts(10)).is_ok());
        assert_eq!(CustomerBatch::try_from_vec(accounts(11)), Err(WrongBatchSize));
        let first = AccountId::parse("first").unwrap();
        assert_eq!(CustomerBatch::new(first, accounts(10)), Err(WrongBatchSize));
    }

    #[test]
    fn chunks_hold_everybody_in_order() {
        let sizes =
            |count| CustomerBatch::chunks(accounts(count)).iter().map(|b| b.accounts().len()).collect::<Vec<_>>();
        assert_eq!(sizes(0), [0; 0]);
        assert_eq!(sizes(10), [10]);
        assert_eq!(sizes(23), [10, 10, 3]);
    }

    #[test]
    fn an_id_cannot_become_two() {
        let batch = CustomerBatch::one(AccountId::parse("a,b&sync=false").unwrap());
        assert_eq!(batch.query(), "cids=a%2Cb%26sync%3Dfalse");
    }
}
