//! A connection taken apart into its two directions.

/// Makes the halves of a stream, which has its source and registration in the field `io` and a `close` that ends the writing
/// direction.
macro_rules! halves {
    ($stream:ident, $read:ident) => {
        /// The reading direction, borrowed: what `as_split` returns.
        #[derive(Debug)]
        pub struct ReadHalf<'a>(&'a $stream);

        /// The writing direction, borrowed: what `as_split` returns.
        #[derive(Debug)]
        pub struct WriteHalf<'a>(&'a $stream);

        /// The reading direction, owned: what `into_split` returns.
        #[derive(Debug)]
        pub struct OwnedReadHalf($crate::sync::Arc<$stream>);

        /// The writing direction, owned: what `into_split` returns. Dropping it ends the direction.
        #[derive(Debug)]
        pub struct OwnedWriteHalf {
            stream: $crate::sync::Arc<$stream>,
            ends_when_dropped: bool,
        }

        pub(crate) fn split(stream: &$stream) -> (ReadHalf<'_>, WriteHalf<'_>) {
            (ReadHalf(stream), WriteHalf(stream))
        }

        pub(crate) fn into_split(stream: $stream) -> (OwnedReadHalf, OwnedWriteHalf) {
            let stream = $crate::sync::Arc::new(stream);
            (
                OwnedReadHalf(stream.clone()),
                OwnedWriteHalf {
                    stream,
                    ends_when_dropped: true,
                },
            )
        }

        impl OwnedReadHalf {
            /// Puts the two halves of a connection together again.
            ///
            /// # Errors
            ///
            /// Gives both halves back if they are not of one connection.
            pub fn reunite(self, write: OwnedWriteHalf) -> Result<$stream, ReuniteError> {
                if !$crate::sync::Arc::ptr_eq(&self.0, &write.stream) {
                    return Err(ReuniteError(self, write));
                }
                drop(self);
                let stream = write.into_stream();
                // There were two halves, and one is left.
                Ok($crate::sync::Arc::into_inner(stream).expect("no half of the connection is left"))
            }
        }

        impl OwnedWriteHalf {
            /// Drops the half without ending the direction.
            pub fn forget(self) {
                drop(self.into_stream());
            }

            fn into_stream(mut self) -> $crate::sync::Arc<$stream> {
                self.ends_when_dropped = false;
                self.stream.clone()
            }
        }

        impl Drop for OwnedWriteHalf {
            fn drop(&mut self) {
                if self.ends_when_dropped {
                    // A connection that fails here has failed for its reader too, who learns it.
                    let _ = self.stream.close();
                }
            }
        }

        impl AsRef<$stream> for ReadHalf<'_> {
            fn as_ref(&self) -> &$stream {
                self.0
            }
        }

        impl AsRef<$stream> for WriteHalf<'_> {
            fn as_ref(&self) -> &$stream {
                self.0
            }
        }

        impl AsRef<$stream> for OwnedReadHalf {
            fn as_ref(&self) -> &$stream {
                &self.0
            }
        }

        impl AsRef<$stream> for OwnedWriteHalf {
            fn as_ref(&self) -> &$stream {
                &self.stream
            }
        }

        $crate::io::registered::async_read!(ReadHalf<'_>, 0.io, $read);
        $crate::io::registered::async_read!(OwnedReadHalf, 0.io, $read);
        $crate::io::registered::async_write!(WriteHalf<'_>, 0.io, |half: &WriteHalf<'_>| half.0.close());
        $crate::io::registered::async_write!(OwnedWriteHalf, stream.io, |half: &OwnedWriteHalf| half
            .stream
            .close());

        /// The halves given to [`OwnedReadHalf::reunite`] are not of one connection. It gives them back.
        #[derive(Debug)]
        pub struct ReuniteError(
            /// The reading half.
            pub OwnedReadHalf,
            /// The writing half.
            pub OwnedWriteHalf,
        );

        impl std::fmt::Display for ReuniteError {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the two halves are not of one connection")
            }
        }

        impl std::error::Error for ReuniteError {}
    };
}

pub(crate) use halves;
