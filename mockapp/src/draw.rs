//! Randomness without a stream: a draw is a pure function of (seed, fault id, nth match).
//! Removing one fault therefore leaves every other fault's draws unchanged.

/// The draws that belong to one match of one fault.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Draw(u64);

impl Draw {
    pub(crate) fn new(seed: u64, id: &str, nth: u64) -> Self {
        Self(mix(mix(fnv1a(id.as_bytes()) ^ mix(seed)) ^ nth))
    }

    /// A number in `[0, 1)`; each `salt` gives an independent one.
    pub(crate) fn unit(self, salt: u64) -> f64 {
        let bits = mix(self.0 ^ mix(salt)) >> 11;
        // 53 bits fit a double exactly.
        bits as f64 / (1_u64 << 53) as f64
    }
}

/// 64-bit FNV-1a, also used to name assets by their content.
pub(crate) fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The finaliser of splitmix64.
fn mix(value: u64) -> u64 {
    let z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_even_and_depend_on_seed_id_and_count() {
        let below = (0..10_000).filter(|n| Draw::new(1, "outage", *n).unit(0) < 0.3).count();
        assert!((2_800..3_200).contains(&below), "{below} of 10000 below 0.3");
        let one = Draw::new(1, "outage", 7).unit(0);
        assert_eq!(one, Draw::new(1, "outage", 7).unit(0));
        for other in [Draw::new(2, "outage", 7), Draw::new(1, "x", 7), Draw::new(1, "outage", 8)] {
            assert_ne!(one, other.unit(0));
        }
    }
}
