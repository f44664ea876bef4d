//! The counts that are kept in the repository, and the comparison with them.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::future::{Future, poll_fn};
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use triga::time::{Instant, sleep_until};

use super::{COUNTS, Tool};
use crate::contenders::triga::Triga;
use crate::measure::table;

/// From what is counted, by unit, to triga's count.
type Figures = BTreeMap<String, BTreeMap<String, f64>>;

/// How much of a kept figure a new one may be more.
const GROWTH: f64 = 0.05;
/// A figure near zero may be this much more: a process now and then makes a call that no step asked for.
const SLACK: f64 = 0.005;

/// Counts, and fails if a count has grown.
pub(crate) fn check() -> io::Result<()> {
    let kept = kept()?;
    let (mut rows, mut grown, mut shrunk) = (Vec::new(), Vec::new(), false);
    for (unit, figures) in count()? {
        for (name, now) in figures {
            let title = format!("{name}: {unit}");
            let Some(&before) = kept.get(&unit).and_then(|kept| kept.get(&name)) else {
                rows.push(vec![title.clone(), "–".into(), table::number(now), String::new()]);
                grown.push(format!("{title}, which is not kept"));
                continue;
            };
            let change = if before == 0.0 {
                0.0
            } else {
                100.0 * (now / before - 1.0)
            };
            rows.push(vec![
                title.clone(),
                table::number(before),
                table::number(now),
                format!("{change:+.1} %"),
            ]);
            if now > before * (1.0 + GROWTH) + SLACK {
                grown.push(title);
            }
            shrunk |= now < before * (1.0 - GROWTH) - SLACK;
        }
    }
    table::print(
        "triga",
        &["a step".into(), "kept".into(), "now".into(), "change".into()],
        &rows,
    );
    if shrunk {
        println!("\nSome counts are well below what is kept: `--bless` keeps them, so that they stay there.");
    }
    if grown.is_empty() {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "above {} by more than {} %: {}. If that is meant, `--bless` keeps the new counts",
        path().display(),
        100.0 * GROWTH,
        grown.join("; ")
    )))
}

/// Counts, and keeps the counts.
pub(crate) fn bless() -> io::Result<()> {
    let mut text = serde_json::to_string_pretty(&count()?)?;
    text.push('\n');
    fs::write(path(), text)?;
    println!("kept in {}", path().display());
    Ok(())
}

fn kept() -> io::Result<Figures> {
    let figures = fs::read_to_string(path()).and_then(|text| Ok(serde_json::from_str(&text)?));
    figures.map_err(|error: io::Error| {
        let path = path();
        io::Error::new(
            error.kind(),
            format!("{} cannot be read: {error}. `--bless` writes it anew", path.display()),
        )
    })
}

fn count() -> io::Result<Figures> {
    let mut figures = Figures::new();
    for tool in [Tool::Callgrind, Tool::Strace] {
        for count in &COUNTS {
            eprintln!("{}: {} …", tool.unit(), count.name);
            // A thousandth is kept: more digits would change from run to run.
            let figure = (count.step(&Triga, tool)? * 1e3).round() / 1e3;
            figures
                .entry(tool.unit().into())
                .or_default()
                .insert(count.name.into(), figure);
        }
    }
    let polls = polls_of_a_crowd()?;
    figures.insert("polls".into(), [("1,000 timers of a task".into(), polls)].into());
    Ok(figures)
}

/// How often a task is polled that waits for a thousand timers with one deadline, three times in a row: for each of these.
fn polls_of_a_crowd() -> io::Result<f64> {
    const ROUNDS: u32 = 3;

    let polls = Rc::new(Cell::new(0));
    let counted = polls.clone();
    triga::block_on(async move {
        triga::spawn(async move {
            for _ in 0..ROUNDS {
                let deadline = Instant::now() + Duration::from_millis(5);
                let mut sleeps: Vec<_> = (0..1_000).map(|_| sleep_until(deadline)).collect();
                poll_fn(|cx| {
                    counted.set(counted.get() + 1);
                    sleeps.retain_mut(|sleep| Pin::new(sleep).poll(cx).is_pending());
                    if sleeps.is_empty() {
                        Poll::Ready(())
                    } else {
                        Poll::Pending
                    }
                })
                .await;
            }
        })?
        .await
    })??;
    Ok(f64::from(polls.get()) / f64::from(ROUNDS))
}

fn path() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "figures.json"].iter().collect()
}
