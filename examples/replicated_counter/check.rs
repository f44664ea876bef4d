//! The check: what must hold of the counter while its hosts crash and their links are cut.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use triga::os::sim::{self, Host, World};
use triga::time::{Instant, sleep};

use super::counter::{self, Disk, REPLICAS};

const ADDITIONS: u32 = 10;

/// What happened, for who looks for a bug.
pub(crate) type Story = Rc<RefCell<Vec<String>>>;

/// Runs the counter with a seed. What was acknowledged must be counted.
pub(crate) fn check(seed: u64, with_bug: bool, story: &Story) -> io::Result<()> {
    sim::run(seed, World::new(), async {
        let start = Instant::now();
        let say = |what: String| story.borrow_mut().push(format!("{:>10.3?} {what}", start.elapsed()));
        let replicas = REPLICAS.map(|name| (sim::host(name), Disk::default()));
        for (host, disk) in &replicas {
            host.spawn(counter::replica(disk.clone(), with_bug))?.detach();
        }
        let _trouble = triga::spawn(trouble(seed, replicas, with_bug, start, story.clone()))?;
        for addition in 1..=ADDITIONS {
            counter::add(addition).await?;
            say(format!("addition {addition} is made"));
            let count = counter::count().await?;
            if count != addition as usize {
                let why = format!("{addition} additions were made, and {count} are counted");
                say(why.clone());
                return Err(io::Error::other(why));
            }
        }
        Ok(())
    })?
}

/// Crashes one host after another, or cuts it off for a while, as the seed says.
async fn trouble(
    seed: u64,
    replicas: [(Host, Disk); 3],
    with_bug: bool,
    start: Instant,
    story: Story,
) -> io::Result<()> {
    let mut word = seed;
    let mut below = |bound: u64| {
        // Knuth's generator for MMIX: its high bits are good enough here.
        word = word.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (word >> 33) % bound
    };
    let say = |what: String| story.borrow_mut().push(format!("{:>10.3?} {what}", start.elapsed()));
    let client = sim::host("localhost");
    loop {
        sleep(Duration::from_micros(below(20_000))).await?;
        let (host, disk) = &replicas[below(3) as usize];
        let name = host.name();
        let pause = Duration::from_micros(below(10_000));
        if below(2) == 0 {
            say(format!("{name} crashes"));
            host.crash()?;
            sleep(pause).await?;
            say(format!("{name} restarts"));
            host.restart();
            host.spawn(counter::replica(disk.clone(), with_bug))?.detach();
        } else {
            say(format!("{name} is cut off"));
            sim::partition(client, *host);
            sleep(pause).await?;
            say(format!("{name} is reached again"));
            sim::heal(client, *host);
        }
    }
}
