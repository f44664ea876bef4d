//! What is done with one address after another, until it succeeds with one.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use crate::error::not_now;

/// A bind, a connect, or whatever else takes an address.
pub trait Attempt: Send + Sync {
    /// What is the same for all addresses.
    type Common: Send + Sync;
    /// What is made with an address.
    type Made: Send + Sync;

    /// Finds what is the same for all addresses, before anything is done with the first.
    fn prepare(&self) -> io::Result<Self::Common>;

    /// Begins with an address.
    fn begin(&self, common: &Self::Common, address: SocketAddr) -> io::Result<Self::Made>;

    /// Ready when what was begun is done, or has failed.
    fn poll_done(&self, made: &Self::Made, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
}

/// The steps of an attempt as functions.
pub(super) struct Steps<P, B, D> {
    pub(super) prepare: P,
    pub(super) begin: B,
    pub(super) poll_done: D,
}

impl<C, M, P, B, D> Attempt for Steps<P, B, D>
where
    C: Send + Sync,
    M: Send + Sync,
    P: Fn() -> io::Result<C> + Send + Sync,
    B: Fn(&C, SocketAddr) -> io::Result<M> + Send + Sync,
    D: Fn(&M, &mut Context<'_>) -> Poll<io::Result<()>> + Send + Sync,
{
    type Common = C;
    type Made = M;

    fn prepare(&self) -> io::Result<C> {
        (self.prepare)()
    }

    fn begin(&self, common: &C, address: SocketAddr) -> io::Result<M> {
        (self.begin)(common, address)
    }

    fn poll_done(&self, made: &M, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        (self.poll_done)(made, cx)
    }
}

/// Tries a single address, which takes none of the code for several.
pub(super) async fn try_one<A: Attempt>(attempt: A, address: SocketAddr) -> io::Result<A::Made> {
    let made = attempt.begin(&attempt.prepare()?, address).map_err(not_now)?;
    poll_fn(|cx| attempt.poll_done(&made, cx)).await?;
    Ok(made)
}

/// Tries each address in turn, and returns the first success or the last error.
pub(super) async fn try_all<A: Attempt>(
    attempt: &A,
    common: &A::Common,
    addresses: impl Iterator<Item = SocketAddr>,
) -> io::Result<A::Made> {
    let mut last_error = None;
    for address in addresses {
        let error = match attempt.begin(common, address) {
            Ok(made) => match poll_fn(|cx| attempt.poll_done(&made, cx)).await {
                Ok(()) => return Ok(made),
                Err(error) => error,
            },
            Err(error) => not_now(error),
        };
        last_error = Some(error);
    }
    Err(last_error.unwrap_or_else(no_address))
}

#[cold]
fn no_address() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        "there is no address to try: give one at least, or a name that has one",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A system that asks to be tried again.
    struct NotNow(io::ErrorKind);

    impl Attempt for NotNow {
        type Common = ();
        type Made = ();

        fn prepare(&self) -> io::Result<()> {
            Ok(())
        }

        fn begin(&self, (): &(), _: SocketAddr) -> io::Result<()> {
            Err(self.0.into())
        }

        fn poll_done(&self, (): &(), _: &mut Context<'_>) -> Poll<io::Result<()>> {
            unreachable!("it never begins")
        }
    }

    fn failed(attempt: impl Future<Output = io::Result<()>>) -> io::ErrorKind {
        let mut attempt = std::pin::pin!(attempt);
        match attempt
            .as_mut()
            .poll(&mut Context::from_waker(std::task::Waker::noop()))
        {
            Poll::Ready(result) => result.unwrap_err().kind(),
            Poll::Pending => panic!("there is nothing to wait for"),
        }
    }

    #[test]
    fn an_attempt_that_would_block_or_was_interrupted_says_so_in_another_way() {
        let address = SocketAddr::from(([127, 0, 0, 1], 9));
        for kind in [io::ErrorKind::WouldBlock, io::ErrorKind::Interrupted] {
            let busy = io::ErrorKind::ResourceBusy;
            assert_eq!(failed(try_one(NotNow(kind), address)), busy);
            assert_eq!(failed(try_all(&NotNow(kind), &(), [address].into_iter())), busy);
        }
        let refused = io::ErrorKind::ConnectionRefused;
        assert_eq!(failed(try_one(NotNow(refused), address)), refused);
    }
}
