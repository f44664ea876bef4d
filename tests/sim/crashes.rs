//! Hosts that lose their power, and get it again.

use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind};
use std::rc::Rc;
use std::time::Duration;

use futures_util::{AsyncReadExt, AsyncWriteExt};
use triga::net::{TcpListener, TcpStream, UdpSocket};
use triga::os::sim::{self, Host, World};
use triga::task::Panicked;
use triga::time::{sleep, timeout};

use crate::support::on_each_seed;

/// More than anything here takes.
const LONG: Duration = Duration::from_secs(60);

/// Says when it is dropped.
struct Guard(Rc<Cell<u32>>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

/// Sends back what it receives, and keeps it on a disk.
async fn serve(disk: Rc<RefCell<Vec<u8>>>) -> io::Result<()> {
    let listener = TcpListener::bind("0.0.0.0:80").await?;
    loop {
        let (mut stream, _) = listener.accept().await?;
        let disk = disk.clone();
        triga::spawn(async move {
            let mut byte = [0];
            while let Ok(1) = stream.read(&mut byte).await {
                disk.borrow_mut().push(byte[0]);
                stream.write_all(&byte).await?;
            }
            io::Result::Ok(())
        })?
        .detach();
    }
}

/// Connects as soon as the server listens.
async fn connect() -> io::Result<TcpStream> {
    loop {
        match TcpStream::connect("server:80").await {
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => sleep(Duration::from_millis(1)).await?,
            connected => return connected,
        }
    }
}

fn start(server: Host) -> io::Result<Rc<RefCell<Vec<u8>>>> {
    let disk = Rc::<RefCell<Vec<u8>>>::default();
    server.spawn(serve(disk.clone()))?.detach();
    Ok(disk)
}

#[test]
fn every_task_of_a_crashed_host_is_dropped_and_no_other() {
    on_each_seed(&World::new(), async || drops_its_tasks(false).await);
}

#[test]
fn every_task_of_a_crashed_host_is_dropped_though_it_is_restarted_at_once() {
    on_each_seed(&World::new(), async || drops_its_tasks(true).await);
}

async fn drops_its_tasks(restarts: bool) -> io::Result<()> {
    let (dropped, others) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let server = sim::host("server");
    let (guard, child) = (Guard(dropped.clone()), Guard(dropped.clone()));
    let task = server.spawn(async move {
        let _guard = guard;
        let child = triga::spawn(async move {
            let _guard = child;
            std::future::pending::<()>().await;
        })?;
        child.await
    })?;
    let guard = Guard(others.clone());
    let other = sim::host("other").spawn(async move {
        let _guard = guard;
        sleep(LONG).await
    })?;
    sleep(Duration::from_millis(1)).await?;
    assert_eq!(dropped.get(), 0);
    server.crash()?;
    if restarts {
        server.restart();
    }
    let error = task.await.unwrap_err();
    assert!(error.get_ref().is_some_and(|inner| inner.is::<Panicked>()), "{error}");
    assert!(error.to_string().contains("its host crashed"), "{error}");
    sleep(Duration::from_millis(1)).await?;
    assert_eq!((dropped.get(), others.get()), (2, 0));
    other.await?
}

#[test]
fn peers_of_a_crashed_host_hear_nothing_until_it_is_restarted() {
    on_each_seed(&World::new(), async || {
        let server = sim::host("server");
        let disk = start(server)?;
        let mut stream = connect().await?;
        let mut byte = [0];
        stream.write_all(&[1]).await?;
        stream.read_exact(&mut byte).await?;
        assert_eq!((byte, &*disk.borrow()), ([1], &vec![1]));
        server.crash()?;
        stream.write_all(&[2]).await?;
        assert!(
            timeout(LONG, stream.read(&mut byte)).await.is_err(),
            "a host without power spoke"
        );
        assert!(
            timeout(LONG, connect()).await.is_err(),
            "a host without power took a connection"
        );
        server.restart();
        let error = stream.read(&mut byte).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        assert_eq!(*disk.borrow(), [1]);
        Ok(())
    });
}

#[test]
fn a_restarted_host_serves_again_with_what_it_kept() {
    on_each_seed(&World::new(), async || {
        let server = sim::host("server");
        let disk = start(server)?;
        for round in 0..10 {
            let mut stream = connect().await?;
            stream.write_all(&[round]).await?;
            stream.read_exact(&mut [0]).await?;
            server.crash()?;
            let error = server.spawn(async {}).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotConnected);
            server.restart();
            // At once, though the tasks of before may not have been dropped.
            server.spawn(serve(disk.clone()))?.detach();
        }
        assert!(disk.borrow().iter().copied().eq(0..10));
        Ok(())
    });
}

#[test]
fn what_a_crashed_host_had_open_fails_on_every_host() {
    on_each_seed(&World::new(), async || {
        let server = sim::host("server");
        let listener = server.spawn(TcpListener::bind("0.0.0.0:80"))?.await??;
        let socket = server.spawn(UdpSocket::bind("0.0.0.0:53"))?.await??;
        let accepting = triga::spawn(async move { listener.accept().await.map(drop) })?;
        let receiving = triga::spawn(async move { socket.recv(&mut [0]).await.map(drop) })?;
        sleep(Duration::from_millis(1)).await?;
        server.crash()?;
        for task in [accepting, receiving] {
            assert_eq!(task.await?.unwrap_err().kind(), ErrorKind::NotConnected);
        }
        Ok(())
    });
}

#[test]
fn the_host_of_the_test_cannot_crash() {
    on_each_seed(&World::new(), async || {
        let error = sim::host("localhost").crash().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        Ok(())
    });
}
