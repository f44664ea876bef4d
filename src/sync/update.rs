//! [`Update`] for std's atomics.

use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};

use super::Update;

macro_rules! update {
    ($($name:ident: $value:ty;)*) => {$(
        impl Update for $name {
            type Value = $value;

            #[inline]
            fn update_with(
                &self,
                set: Ordering,
                fetch: Ordering,
                mut next: impl FnMut($value) -> Option<$value>,
            ) -> Result<$value, $value> {
                let mut before = self.load(fetch);
                while let Some(value) = next(before) {
                    match self.compare_exchange_weak(before, value, set, fetch) {
                        Ok(before) => return Ok(before),
                        Err(other) => before = other,
                    }
                }
                Err(before)
            }
        }
    )*};
}

update! {
    AtomicU32: u32;
    AtomicU64: u64;
    AtomicUsize: usize;
}
