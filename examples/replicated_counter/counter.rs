//! The counter: three replicas, each of which keeps the additions that it was told of. An addition is made once two of them
//! have it, so that whichever two are asked, one of them knows.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use futures_util::{AsyncReadExt, AsyncWriteExt};
use triga::net::{TcpListener, TcpStream};
use triga::time::{sleep, timeout};

pub(crate) const REPLICAS: [&str; 3] = ["a", "b", "c"];
const MAJORITY: usize = 2;

/// What a replica finds again after a crash. It takes a millisecond to write.
#[derive(Debug, Clone, Default)]
pub(crate) struct Disk(Rc<RefCell<BTreeSet<u32>>>);

impl Disk {
    async fn write(&self, addition: u32) -> io::Result<()> {
        sleep(Duration::from_millis(1)).await?;
        self.0.borrow_mut().insert(addition);
        Ok(())
    }

    fn read(&self) -> BTreeSet<u32> {
        self.0.borrow().clone()
    }
}

/// A replica, for as long as its host runs. With the bug, it says that it has what it is about to write.
pub(crate) async fn replica(disk: Disk, with_bug: bool) -> io::Result<()> {
    let listener = TcpListener::bind("0.0.0.0:7000").await?;
    loop {
        let (stream, _) = listener.accept().await?;
        triga::spawn(answer(stream, disk.clone(), with_bug))?.detach();
    }
}

async fn answer(mut stream: TcpStream, disk: Disk, with_bug: bool) -> io::Result<()> {
    let mut request = String::new();
    stream.read_to_string(&mut request).await?;
    let Some(addition) = request.strip_prefix("add ") else {
        let known: Vec<String> = disk.read().iter().map(u32::to_string).collect();
        stream.write_all(known.join(" ").as_bytes()).await?;
        return stream.close().await;
    };
    let addition = addition.parse().map_err(io::Error::other)?;
    if !with_bug {
        disk.write(addition).await?;
    }
    stream.write_all(b"added").await?;
    stream.close().await?;
    if with_bug {
        disk.write(addition).await?;
    }
    Ok(())
}

/// Adds one. The number of the addition tells it from others, so that it counts once however often it is tried.
pub(crate) async fn add(addition: u32) -> io::Result<()> {
    ask_majority(&format!("add {addition}")).await.map(drop)
}

/// How many additions were made.
pub(crate) async fn count() -> io::Result<usize> {
    let known = ask_majority("list").await?;
    let all: BTreeSet<&str> = known.iter().flat_map(|list| list.split_whitespace()).collect();
    Ok(all.len())
}

/// The answers of those that are the first to give one.
async fn ask_majority(request: &str) -> io::Result<Vec<String>> {
    let asked: FuturesUnordered<_> = REPLICAS.iter().map(|replica| ask(replica, request)).collect();
    let answers: Vec<_> = asked.take(MAJORITY).collect().await;
    answers.into_iter().collect()
}

/// Asks a replica until it answers.
async fn ask(replica: &str, request: &str) -> io::Result<String> {
    loop {
        match timeout(Duration::from_millis(20), ask_once(replica, request)).await {
            Ok(Ok(answer)) if !(answer.is_empty() && request.starts_with("add")) => return Ok(answer),
            _ => sleep(Duration::from_millis(5)).await?,
        }
    }
}

async fn ask_once(replica: &str, request: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect((replica, 7000)).await?;
    stream.write_all(request.as_bytes()).await?;
    stream.close().await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}
