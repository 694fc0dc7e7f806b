//! The audit trail: what was done for a partner and by whom. Entries are only added, and each seals the one before it.

use super::tenancy::{self, Tx};
use crate::domain::ids::PartnerId;
use chrono::{DateTime, Utc};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::{PgConnection, PgPool, Result};

/// The entry that says that older ones were removed, and where the chain begins since then.
const SHORTENED: &str = "trail_shortened";

/// Something that was done.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry<'a> {
    /// The person, the token's label, or what acts by itself.
    pub actor: &'a str,
    /// What was done, such as `plan_confirmed`.
    pub event: &'a str,
    /// What it was done to.
    pub subject: &'a str,
    /// Whatever else helps to understand it, as a JSON object. Never a secret.
    pub detail: Value,
}

/// An entry as it is stored: one line of JSON, and its seal.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SealedEntry {
    /// 1, 2, 3 … of the partner.
    pub seq: i64,
    /// The entry as JSON, exactly as it was sealed.
    pub entry: String,
    /// SHA-256 of the hash before it and of `entry`, in hexadecimal.
    pub hash: String,
}

/// Adds an entry in the caller's transaction, which has to be the partner's: what is not committed was not done.
///
/// Entries of a partner wait for one another until their transactions end, so this comes last in a transaction, where possible.
pub async fn append(conn: &mut PgConnection, partner: PartnerId, entry: &AuditEntry<'_>) -> Result<()> {
    let sealed = sqlx::query!(
        "insert into audit_entry (partner_id, actor, event, subject, detail) values ($1, $2, $3, $4, $5) returning seq, hash",
        partner.0,
        entry.actor,
        entry.event,
        entry.subject,
        entry.detail
    )
    .fetch_one(conn)
    .await?;
    // The log is kept elsewhere: a trail that was cut off or written anew does not fit it.
    let hash = hex(&sealed.hash);
    tracing::info!(target: "audit", partner = %partner, seq = sealed.seq, hash, event = entry.event, "noted");
    Ok(())
}

/// Up to `limit` entries after `after`, in order.
pub async fn page(conn: &mut PgConnection, partner: PartnerId, after: i64, limit: i64) -> Result<Vec<SealedEntry>> {
    let rows = sqlx::query!(
        r#"select seq, audit_text(e) as "entry!", hash from audit_entry e where partner_id = $1 and seq > $2 order by seq limit $3"#,
        partner.0,
        after,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| SealedEntry { seq: row.seq, entry: row.entry, hash: hex(&row.hash) }).collect())
}

/// Removes the partner's entries before `before`, noting in the trail where it begins from now on. `owner` connects as the owner of the
/// tables: the service itself may not remove anything. Returns how many were removed.
pub async fn shorten(owner: &PgPool, partner: PartnerId, before: DateTime<Utc>) -> Result<u64> {
    let mut tx: Tx = tenancy::begin(owner, partner).await?;
    let last = sqlx::query!(
        "select seq, hash from audit_entry where partner_id = $1 and at < $2 order by seq desc limit 1",
        partner.0,
        before
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(last) = last else { return Ok(0) };
    let detail = serde_json::json!({ "through_seq": last.seq, "hash": hex(&last.hash) });
    append(&mut tx, partner, &AuditEntry { actor: "operator", event: SHORTENED, subject: "audit trail", detail })
        .await?;
    let removed = sqlx::query!("delete from audit_entry where partner_id = $1 and seq <= $2", partner.0, last.seq)
        .execute(&mut *tx)
        .await?
        .rows_affected();
    tx.commit().await?;
    Ok(removed)
}

/// What a trail, gone through from its first entry to its last, turns out to be.
#[derive(Debug, Default)]
pub struct Chain {
    last: Option<(i64, String)>,
    /// Where the trail begins, if not at 1: the seq and hash that have to be vouched for.
    begins_after: Option<i64>,
    shortened: Option<(i64, String)>,
    first_with: Option<SealedEntry>,
    count: u64,
}

/// Why a trail cannot be what was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokenChain {
    /// An entry is missing.
    #[error("entry {0} is missing")]
    Missing(i64),
    /// An entry, or the one before it, was changed.
    #[error("entry {0} or the one before it was changed")]
    Changed(i64),
    /// The beginning is missing and no entry says that it was removed in order.
    #[error("the entries up to {0} are missing, and none after them says that they were removed in order")]
    Beheaded(i64),
    /// The trail does not contain what was noted elsewhere.
    #[error("the trail does not contain entry {0} as it was noted: it was cut off or written anew")]
    NotAsNoted(i64),
}

impl Chain {
    /// Takes the next entry.
    pub fn next(&mut self, sealed: &SealedEntry) -> std::result::Result<(), BrokenChain> {
        match &self.last {
            Some((seq, hash)) => {
                if sealed.seq != seq + 1 {
                    return Err(BrokenChain::Missing(seq + 1));
                }
                if seal(hash, &sealed.entry) != sealed.hash {
                    return Err(BrokenChain::Changed(sealed.seq));
                }
            }
            None if sealed.seq == 1 => {
                if seal("", &sealed.entry) != sealed.hash {
                    return Err(BrokenChain::Changed(1));
                }
            }
            // Checked in the end, once the hash before it is known.
            None => (self.begins_after, self.first_with) = (Some(sealed.seq - 1), Some(sealed.clone())),
        }
        let entry: Value = serde_json::from_str(&sealed.entry).map_err(|_| BrokenChain::Changed(sealed.seq))?;
        if entry["seq"] != sealed.seq {
            return Err(BrokenChain::Changed(sealed.seq));
        }
        if entry["event"] == SHORTENED {
            let detail = &entry["detail"];
            self.shortened = detail["through_seq"].as_i64().zip(detail["hash"].as_str().map(str::to_owned));
        }
        self.count += 1;
        self.last = Some((sealed.seq, sealed.hash.clone()));
        Ok(())
    }

    /// How many entries there were, and the last one's number and hash, if the trail is whole.
    pub fn end(self) -> std::result::Result<(u64, Option<(i64, String)>), BrokenChain> {
        if let (Some(begins_after), Some(first)) = (self.begins_after, &self.first_with) {
            let Some((_, hash)) = self.shortened.filter(|(through, _)| *through == begins_after) else {
                return Err(BrokenChain::Beheaded(begins_after));
            };
            if seal(&hash, &first.entry) != first.hash {
                return Err(BrokenChain::Changed(first.seq));
            }
        }
        Ok((self.count, self.last))
    }
}

/// The hash of an entry that follows the one with the hash `before`; the first follows none.
fn seal(before: &str, entry: &str) -> String {
    let mut digest = Sha256::new();
    digest.update(bytes(before));
    digest.update(entry.as_bytes());
    hex(&digest.finalize())
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2).filter_map(|pair| std::str::from_utf8(pair).ok());
    digits.filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into text cannot fail.
        write!(text, "{byte:02x}").ok();
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(entries: &[SealedEntry]) -> std::result::Result<(u64, Option<(i64, String)>), BrokenChain> {
        let mut chain = Chain::default();
        entries.iter().try_for_each(|entry| chain.next(entry))?;
        chain.end()
    }

    fn trail() -> Vec<SealedEntry> {
        let mut entries: Vec<SealedEntry> = Vec::new();
        for seq in 1..=6 {
            let before = entries.last().map_or(String::new(), |last| last.hash.clone());
            let entry = match seq {
                5 => format!(
                    r#"{{"seq":5,"event":"{SHORTENED}","detail":{{"through_seq":2,"hash":"{}"}}}}"#,
                    entries[1].hash
                ),
                _ => format!(r#"{{"seq":{seq},"event":"linked"}}"#),
            };
            let hash = seal(&before, &entry);
            entries.push(SealedEntry { seq, entry, hash });
        }
        entries
    }

    #[test]
    fn a_whole_trail_is_whole_and_so_is_one_that_was_shortened_in_order() {
        let entries = trail();
        assert_eq!(chain(&entries).unwrap(), (6, Some((6, entries[5].hash.clone()))));
        assert_eq!(chain(&entries[2..]).unwrap().0, 4);
        assert_eq!(chain(&[]).unwrap(), (0, None));
    }

    #[test]
    fn what_was_changed_or_left_out_shows() {
        let entries = trail();
        assert_eq!(chain(&entries[1..]), Err(BrokenChain::Beheaded(1)), "shortened at another place");
        assert_eq!(chain(&entries[3..4]), Err(BrokenChain::Beheaded(3)), "not said to be shortened");
        let gap = [&entries[..2], &entries[3..]].concat();
        assert_eq!(chain(&gap), Err(BrokenChain::Missing(3)));
        for changed in 0..entries.len() {
            let mut entries = entries.clone();
            entries[changed].entry =
                entries[changed].entry.replace("linked", "unlinked").replace("\"through_seq\":2", "\"through_seq\":1");
            assert!(chain(&entries).is_err(), "entry {changed}");
            // Sealing it anew only moves the break to the next one.
            if changed + 1 < entries.len() {
                let before = if changed == 0 { String::new() } else { entries[changed - 1].hash.clone() };
                entries[changed].hash = seal(&before, &entries[changed].entry);
                assert_eq!(chain(&entries), Err(BrokenChain::Changed(i64::try_from(changed).unwrap() + 2)));
            }
        }
    }
}
