//! A source that is made of another one.

/// Implements [`Source`](crate::Source) for a type by the source that the expression finds in it. What else the type has of the
/// trait comes in braces.
#[allow(unused_macros, reason = "some systems have no such source")]
macro_rules! source_of {
    ($type:ty: |$this:ident| $source:expr $(, { $($rest:tt)* })?) => {
        impl $crate::Source for $type {
            fn register(
                &mut self,
                registry: &$crate::Registry,
                token: $crate::Token,
                interest: $crate::Interest,
            ) -> std::io::Result<()> {
                let $this = self;
                $crate::Source::register(&mut $source, registry, token, interest)
            }

            fn deregister(&mut self, registry: &$crate::Registry, token: $crate::Token) -> std::io::Result<()> {
                let $this = self;
                $crate::Source::deregister(&mut $source, registry, token)
            }

            $($($rest)*)?
        }
    };
}
#[allow(unused_imports, reason = "some systems have no such source")]
pub(crate) use source_of;
