//! A word of flags as a type.

macro_rules! flag_set {
    ($(#[$doc:meta])* $name:ident: $word:ty { $($(#[$flag_doc:meta])* $flag:ident = $value:expr;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $name($word);

        impl $name {
            $($(#[$flag_doc])* pub const $flag: $name = $name($value);)*

            /// Whether every flag of `other` is set.
            #[inline]
            pub const fn contains(self, other: $name) -> bool {
                self.0 & other.0 == other.0
            }

            /// Whether any flag of `other` is set.
            #[inline]
            pub const fn intersects(self, other: $name) -> bool {
                self.0 & other.0 != 0
            }

            /// The flags as bits.
            #[inline]
            pub const fn bits(self) -> $word {
                self.0
            }
        }

        impl std::ops::BitOr for $name {
            type Output = $name;
            #[inline]
            fn bitor(self, other: $name) -> $name {
                $name(self.0 | other.0)
            }
        }

        impl std::ops::BitOrAssign for $name {
            #[inline]
            fn bitor_assign(&mut self, other: $name) {
                self.0 |= other.0;
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut bar = "";
                $(if $name::$flag.0 != 0 && self.contains($name::$flag) {
                    write!(f, "{bar}{}", stringify!($flag))?;
                    bar = " | ";
                })*
                if bar.is_empty() { f.write_str("EMPTY") } else { Ok(()) }
            }
        }
    };
}
pub(super) use flag_set;
