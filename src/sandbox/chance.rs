//! Repeatable chance: the same seed makes the same world and the same faults.

/// A small repeatable generator (`SplitMix64`).
#[derive(Debug, Clone)]
pub(super) struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number below `end`, which must not be 0.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap_or(0)
    }

    /// True in `rate` of all cases (0.0 never, 1.0 always).
    pub fn happens(&mut self, rate: f64) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "32 bits of chance fit a double exactly")]
        let drawn = (self.next() >> 32) as f64 / f64::from(u32::MAX);
        drawn < rate
    }
}

/// Spreads a number over 64 bits.
pub(super) fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// A 26-digit id of the kind VSA 9 uses: one digit for the kind, ten of noise, and the serial number in the last 15, so
/// that a record can be found from its id without an index.
pub(super) fn vsa_id(kind: u8, serial: u64) -> String {
    let noise = mix(serial ^ (u64::from(kind) << 56)) % 10_000_000_000;
    format!("{}{noise:010}{serial:015}", kind.clamp(1, 9))
}

/// The serial number inside an id made by [`vsa_id`].
pub(super) fn serial_of(id: &str) -> Option<u64> {
    id.get(11..)?.parse().ok()
}

/// A GUID in lower case, as LMP uses them.
pub(super) fn guid() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// A GUID that is the same in each run, for worlds made from a seed.
pub(super) fn seeded_guid(seed: u64) -> String {
    let bytes = (u128::from(mix(seed)) << 64) | u128::from(mix(!seed));
    uuid::Builder::from_random_bytes(bytes.to_be_bytes()).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_26_digits_and_carry_their_serial_number() {
        let id = vsa_id(4, 1234);
        assert_eq!(id.len(), 26);
        assert!(id.bytes().all(|byte| byte.is_ascii_digit()));
        assert_eq!(serial_of(&id), Some(1234));
    }

    #[test]
    fn chance_repeats_itself() {
        let draw = |seed| (0..5).map(|_| Chance::new(seed).below(1000)).collect::<Vec<_>>();
        assert_eq!(draw(7), draw(7));
    }
}
