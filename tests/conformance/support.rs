//! What a platform lacks says so, and says what to do instead.

use std::env;
use std::io;
use std::net::SocketAddr;
use std::process::Command;
use std::task::Poll;

use triga::net::{TcpListener, TcpStream, UdpSocket};
use triga::{Capability, Direction, Driver, Interest, Ready, Registration, SUPPORT};

use crate::harness::{Outcome, Selection, Test, tests};
use crate::peer::{peer, source};
use crate::rows::{Need, Row, Verdict};
use crate::wakes::{Wakes, send_byte, settle, turn_until, wait_for};

const LACKS_BIND: Need = Need::Lacks(Capability::TcpBind);
const PREOPENED: Need = Need::Has(Capability::PreopenedSockets);

tests![
    every_lack_has_a_sentence(),
    the_suite_takes_the_arguments_of_libtest(),
    a_skip_or_a_run_that_the_row_does_not_expect_is_a_failure(),
    what_the_platform_claims_is_what_the_matrix_says(),
    what_the_platform_lacks_is_unsupported_with_that_sentence(),
    an_interest_in_nothing_that_the_system_tells_is_unsupported(Need::Peer),
    a_preopened_socket_that_is_missing_is_not_found(PREOPENED),
    a_preopened_socket_is_taken_once(PREOPENED, Need::Peer),
    addresses_and_options_that_the_host_keeps_are_unsupported(LACKS_BIND, Need::Peer),
    a_descriptor_that_is_closed_fails_for_its_waiters_alone(LACKS_BIND, Need::Peer),
];

fn is_sentence(text: &str) -> bool {
    // What is missing, and what to do about it.
    text.split_once(": ")
        .is_some_and(|(what, instead)| what.len() > 10 && instead.len() > 10)
}

async fn the_suite_takes_the_arguments_of_libtest() -> Outcome {
    const fn test(name: &'static str, needs: &'static [Need]) -> Test {
        let run = || unreachable!("it is only selected");
        Test { name, needs, run }
    }
    const HERE: &[Need] = &[Need::Has(Capability::Timers)];
    const NOWHERE: &[Need] = &[Need::Lacks(Capability::Timers)];
    const TABLE: &[Test] = &[test("wakes", HERE), test("wakes_late", NOWHERE), test("reads", HERE)];

    let row = Row::named(env::var("TRIGA_ROW").ok().as_deref()).map_err(io::Error::other)?;
    let selected = |line: &str| {
        let selection = Selection::from_args(line.split_whitespace().map(str::to_owned));
        let tests = selection.of(&[TABLE], row);
        tests.iter().map(|test| test.name).collect::<Vec<_>>()
    };
    assert_eq!(
        selected("--test-threads 1 --nocapture"),
        ["wakes", "wakes_late", "reads"]
    );
    assert_eq!(selected("wakes --exact"), ["wakes"]);
    assert_eq!(selected("--skip late wakes"), ["wakes"]);
    assert_eq!(selected("--list --format terse --ignored"), ["wakes_late"]);
    assert_eq!(selected("--after wakes --color never"), ["wakes_late", "reads"]);
    Ok(())
}

async fn every_lack_has_a_sentence() -> Outcome {
    for capability in Capability::ALL {
        assert!(!capability.to_string().is_empty());
        assert_eq!(SUPPORT.has(capability), SUPPORT.why_not(capability).is_none());
        if let Some(why) = SUPPORT.why_not(capability) {
            assert!(is_sentence(why), "{capability}: {why}");
        }
    }
    Ok(())
}

async fn what_the_platform_claims_is_what_the_matrix_says() -> Outcome {
    let row = Row::named(env::var("TRIGA_ROW").ok().as_deref()).expect("the suite runs on a row");
    for capability in Capability::ALL {
        assert_eq!(
            SUPPORT.has(capability),
            !row.lacks.contains(&capability),
            "{capability} on {}",
            row.name
        );
    }
    Ok(())
}

async fn a_skip_or_a_run_that_the_row_does_not_expect_is_a_failure() -> Outcome {
    let has_all = Row {
        name: "has all",
        lacks: &[],
        without: &[],
    };
    let lacks_all = Row {
        name: "lacks all",
        lacks: &Capability::ALL,
        without: &[],
    };
    for capability in Capability::ALL {
        let need = [Need::Has(capability)];
        let (right, wrong) = if SUPPORT.has(capability) {
            (has_all.verdict(&need), lacks_all.verdict(&need))
        } else {
            (lacks_all.verdict(&need), has_all.verdict(&need))
        };
        assert!(!matches!(right, Verdict::Wrong(_)), "{capability}");
        let Verdict::Wrong(why) = wrong else {
            panic!("{capability}: what the row says is not what happens")
        };
        assert!(why.contains(&capability.to_string()), "{why}");
    }
    Ok(())
}

/// Tries what stands for a capability, if there is a name for it on every platform.
async fn try_out(capability: Capability) -> io::Result<()> {
    let somewhere = SocketAddr::from(([127, 0, 0, 1], 9));
    match capability {
        Capability::TcpConnect => TcpStream::connect(somewhere).await.map(drop),
        Capability::TcpBind => TcpListener::bind(somewhere).await.map(drop),
        Capability::Udp => UdpSocket::bind(somewhere).await.map(drop),
        Capability::PreopenedSockets => TcpListener::preopened(0).map(drop),
        Capability::Stdio => triga::io::stdin().map(drop),
        Capability::Names => triga::net::lookup("localhost", 9).await.map(drop),
        Capability::Pipes => triga::pipe().map(drop),
        Capability::Processes => triga::process::spawn(&mut Command::new("true")).map(drop),
        Capability::Signals => triga::signal::ctrl_c().map(drop),
        _ => Err(io::Error::new(
            io::ErrorKind::Unsupported,
            SUPPORT.why_not(capability).unwrap_or_default(),
        )),
    }
}

async fn what_the_platform_lacks_is_unsupported_with_that_sentence() -> Outcome {
    for capability in Capability::ALL {
        let Some(why) = SUPPORT.why_not(capability) else {
            continue;
        };
        let error = try_out(capability).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Unsupported, "{capability}");
        assert_eq!(error.to_string(), why, "{capability}");
    }
    if !SUPPORT.has(Capability::PreopenedSockets) {
        let error = TcpStream::preopened(0).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Unsupported);
    }
    if !SUPPORT.has(Capability::Names) {
        assert!(TcpStream::connect("localhost:9").await.is_err());
    }
    Ok(())
}

async fn an_interest_in_nothing_that_the_system_tells_is_unsupported() -> Outcome {
    // Out-of-band data alone can be waited for on Linux; the others say so.
    let (mut source, _far) = source("receive all").await?;
    let driver = Driver::new()?;
    let is_told = cfg!(any(target_os = "linux", target_os = "android"));
    let registration = Registration::new(driver.handle(), &mut source, Interest::PRIORITY);
    assert_eq!(registration.is_ok(), is_told);
    if let Err(error) = registration {
        assert_eq!(error.kind(), io::ErrorKind::Unsupported);
        assert!(is_sentence(&error.to_string()), "{error}");
        assert_eq!(driver.handle().metrics().registrations(), 0);
    }
    Ok(())
}

async fn a_preopened_socket_that_is_missing_is_not_found() -> Outcome {
    for error in [
        TcpListener::preopened(7).unwrap_err(),
        TcpStream::preopened(7).unwrap_err(),
    ] {
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert!(is_sentence(&error.to_string()), "{error}");
    }
    Ok(())
}

async fn a_preopened_socket_is_taken_once() -> Outcome {
    // The peers have it.
    peer("end").await?;
    let error = TcpListener::preopened(0).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ResourceBusy);
    assert!(is_sentence(&error.to_string()), "{error}");
    Ok(())
}

async fn addresses_and_options_that_the_host_keeps_are_unsupported() -> Outcome {
    let (stream, _far) = peer("receive all").await?;
    let errors = [
        stream.local_addr().map(drop),
        stream.peer_addr().map(drop),
        stream.nodelay().map(drop),
        stream.set_nodelay(true),
        stream.ttl().map(drop),
        stream.set_ttl(33),
    ];
    for error in errors.map(Result::unwrap_err) {
        assert_eq!(error.kind(), io::ErrorKind::Unsupported);
        assert!(is_sentence(&error.to_string()), "{error}");
    }
    Ok(())
}

async fn a_descriptor_that_is_closed_fails_for_its_waiters_alone() -> Outcome {
    let mut driver = Driver::new()?;
    let handle = driver.handle().clone();
    let mut good = Vec::new();
    for _ in 0..20 {
        let (mut source, _far) = source("receive 1, send 1, receive all").await?;
        let registration = Registration::new(&handle, &mut source, Interest::READABLE)?;
        good.push((source, registration));
    }
    // These descriptors are closed behind the registrations. No other is opened after this.
    let bad: Vec<Registration> = [17, 10, 9, 0].map(|number| good.remove(number).1).into();
    let (_, waker) = Wakes::new();
    let mut waits: Vec<_> = bad.iter().map(|bad| bad.readiness(Interest::READABLE)).collect();
    for (wait, registration) in waits.iter_mut().zip(&bad) {
        if let Poll::Ready(assumed) = settle(wait, &waker) {
            registration.clear_readiness(assumed?);
            *wait = registration.readiness(Interest::READABLE);
            assert!(settle(wait, &waker).is_pending());
        }
    }
    for (_, registration) in &good {
        wait_for(registration, Direction::Read, &waker)?;
    }
    let turn = driver.turn(None)?;
    assert_eq!(turn.ready(), bad.len(), "those that are closed, and no others");
    for (wait, registration) in waits.iter_mut().zip(&bad) {
        let Poll::Ready(event) = settle(wait, &waker) else {
            panic!("it is not told")
        };
        let event = event?;
        assert!(event.ready().intersects(Ready::READABLE));
        registration.clear_readiness(event);
        // Another wait fails, and says why.
        let mut again = registration.readiness(Interest::READABLE);
        let Poll::Ready(Err(error)) = settle(&mut again, &waker) else {
            panic!("nothing will ever make it ready")
        };
        assert!(is_sentence(&error.to_string()), "{error}");
    }
    for (source, registration) in &mut good {
        send_byte(source, 0)?;
        turn_until(&mut driver, registration, Direction::Read)?;
    }
    Ok(())
}
