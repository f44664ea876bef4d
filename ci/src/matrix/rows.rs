//! The rows.

use super::{Answer, Capability, Fixture, How, Row, Runner, Tier, platforms};
use crate::wasmtime;

/// A target that this machine runs by itself.
const NATIVE: Row = Row {
    name: "",
    target: "",
    platform: &platforms::LINUX,
    tier: Tier::First,
    how: How::Run(Runner::Machine),
    toolchain: None,
    linker: None,
    packages: &[],
    brings: &[],
    cfgs: &[],
    env: &[],
    minutes: 15,
    image: "ubuntu-24.04",
    answers: &[],
    without: &[],
};

/// What Linux on x86-64 runs as it is.
const HERE: How = How::Run(Runner::MachineOf("x86_64-unknown-linux-gnu"));

/// Every row, in the order of the tables.
pub(crate) static ROWS: [Row; 29] = [
    Row {
        name: "native",
        target: "x86_64-unknown-linux-gnu",
        ..NATIVE
    },
    Row {
        name: "native-poll",
        target: "x86_64-unknown-linux-gnu",
        platform: &platforms::LINUX_POLL,
        cfgs: &["mio_unsupported_force_poll_poll"],
        ..NATIVE
    },
    Row {
        name: "native-pipe",
        target: "x86_64-unknown-linux-gnu",
        cfgs: &["mio_unsupported_force_waker_pipe"],
        ..NATIVE
    },
    Row {
        name: "native-sigchld",
        target: "x86_64-unknown-linux-gnu",
        // A kernel before 5.3 knows no descriptors of processes.
        how: How::Run(Runner::Under(&[
            "strace",
            "--follow-forks",
            "--seccomp-bpf",
            "--quiet=all",
            "--signal=none",
            "--trace=pidfd_open",
            "--inject=pidfd_open:error=ENOSYS",
            "--output=/dev/null",
        ])),
        packages: &["strace"],
        ..NATIVE
    },
    Row {
        name: "x86_64-musl",
        target: "x86_64-unknown-linux-musl",
        how: HERE,
        ..NATIVE
    },
    Row {
        name: "i686",
        target: "i686-unknown-linux-gnu",
        how: HERE,
        linker: Some("i686-linux-gnu-gcc"),
        packages: &[
            "gcc-i686-linux-gnu",
            "libc6-dev-i386-cross",
            "libc6-i386",
            "lib32gcc-s1",
        ],
        // The loader that a program of 32 bits names.
        brings: &["/lib/ld-linux.so.2"],
        ..NATIVE
    },
    Row {
        name: "aarch64",
        target: "aarch64-unknown-linux-gnu",
        how: How::Run(Runner::Qemu {
            program: "qemu-aarch64-static",
            sysroot: "/usr/aarch64-linux-gnu",
        }),
        linker: Some("aarch64-linux-gnu-gcc"),
        packages: &["qemu-user-static", "gcc-aarch64-linux-gnu", "libc6-dev-arm64-cross"],
        image: "ubuntu-24.04-arm",
        ..NATIVE
    },
    Row {
        name: "armv7",
        target: "armv7-unknown-linux-gnueabihf",
        how: How::Run(Runner::Qemu {
            program: "qemu-arm-static",
            sysroot: "/usr/arm-linux-gnueabihf",
        }),
        linker: Some("arm-linux-gnueabihf-gcc"),
        packages: &["qemu-user-static", "gcc-arm-linux-gnueabihf", "libc6-dev-armhf-cross"],
        ..NATIVE
    },
    Row {
        name: "s390x",
        target: "s390x-unknown-linux-gnu",
        how: How::Run(Runner::Qemu {
            program: "qemu-s390x-static",
            sysroot: "/usr/s390x-linux-gnu",
        }),
        linker: Some("s390x-linux-gnu-gcc"),
        packages: &["qemu-user-static", "gcc-s390x-linux-gnu", "libc6-dev-s390x-cross"],
        ..NATIVE
    },
    Row {
        name: "riscv64",
        target: "riscv64gc-unknown-linux-gnu",
        how: How::Run(Runner::Qemu {
            program: "qemu-riscv64-static",
            sysroot: "/usr/riscv64-linux-gnu",
        }),
        linker: Some("riscv64-linux-gnu-gcc"),
        packages: &["qemu-user-static", "gcc-riscv64-linux-gnu", "libc6-dev-riscv64-cross"],
        ..NATIVE
    },
    Row {
        name: "windows-gnu-wine",
        target: "x86_64-pc-windows-gnu",
        platform: &platforms::WINDOWS,
        how: How::Run(Runner::Wine),
        packages: &["gcc-mingw-w64-x86-64", "wine", "wine64"],
        brings: &["wine", "wineboot", "wineserver", "x86_64-w64-mingw32-gcc"],
        minutes: 25,
        ..NATIVE
    },
    Row {
        name: "windows-msvc",
        target: "x86_64-pc-windows-msvc",
        platform: &platforms::WINDOWS,
        tier: Tier::Second,
        image: "windows-2025",
        ..NATIVE
    },
    Row {
        name: "windows-msvc-aarch64",
        target: "aarch64-pc-windows-msvc",
        platform: &platforms::WINDOWS,
        tier: Tier::Second,
        image: "windows-11-arm",
        ..NATIVE
    },
    Row {
        name: "macos",
        target: "aarch64-apple-darwin",
        platform: &platforms::KQUEUE,
        tier: Tier::Second,
        image: "macos-15",
        ..NATIVE
    },
    Row {
        name: "macos-x86_64",
        target: "x86_64-apple-darwin",
        platform: &platforms::KQUEUE,
        tier: Tier::Second,
        image: "macos-15-intel",
        ..NATIVE
    },
    Row {
        name: "freebsd",
        target: "x86_64-unknown-freebsd",
        platform: &platforms::KQUEUE,
        ..CHECKED
    },
    Row {
        name: "netbsd",
        target: "x86_64-unknown-netbsd",
        platform: &platforms::KQUEUE,
        ..CHECKED
    },
    Row {
        name: "illumos",
        target: "x86_64-unknown-illumos",
        platform: &platforms::ILLUMOS,
        ..CHECKED
    },
    Row {
        name: "android",
        target: "aarch64-linux-android",
        platform: &platforms::ANDROID,
        ..CHECKED
    },
    // The next three have no 64-bit atomics.
    Row {
        name: "powerpc",
        target: "powerpc-unknown-linux-gnu",
        ..CHECKED
    },
    Row {
        name: "armv5te",
        target: "armv5te-unknown-linux-gnueabi",
        how: How::NotYet(
            "rustup does not deliver its standard library everywhere: `-Zbuild-std` of a nightly builds one",
        ),
        ..CHECKED
    },
    Row {
        name: "mipsel",
        target: "mipsel-unknown-linux-gnu",
        how: How::NotYet("stable Rust has no standard library for it: `-Zbuild-std` of a nightly builds one"),
        ..CHECKED
    },
    Row {
        name: "wasip1-wasmtime36",
        target: "wasm32-wasip1",
        platform: &platforms::WASIP1,
        how: How::Run(Runner::Wasmtime(&wasmtime::SOCKETS)),
        without: &[Fixture::UnhurriedStdout],
        ..NATIVE
    },
    Row {
        name: "wasip1-wasmtime48",
        how: How::Run(Runner::Wasmtime(&wasmtime::TODAY)),
        without: &[Fixture::Peer, Fixture::UnhurriedStdout],
        ..STDIO_ONLY
    },
    Row {
        name: "wasip1-node",
        how: How::Run(Runner::Node),
        packages: &["nodejs"],
        brings: &["node"],
        ..STDIO_ONLY
    },
    Row {
        name: "wasip1-threads",
        target: "wasm32-wasip1-threads",
        platform: &platforms::WASIP1_THREADS,
        ..CHECKED
    },
    Row {
        name: "wasip2-wasmtime48",
        target: "wasm32-wasip2",
        platform: &platforms::WASIP2,
        how: How::Run(Runner::Wasmtime(&wasmtime::TODAY)),
        without: &[Fixture::UnhurriedStdout],
        ..NATIVE
    },
    Row {
        name: "web",
        target: "wasm32-unknown-unknown",
        platform: &platforms::WEB,
        ..CHECKED
    },
    Row {
        name: "sim",
        target: "x86_64-unknown-linux-gnu",
        platform: &platforms::SIM,
        cfgs: &["triga_platform=\"sim\""],
        ..NATIVE
    },
];

/// A target that nothing runs here or in the workflow.
const CHECKED: Row = Row {
    tier: Tier::Third,
    how: How::Check,
    ..NATIVE
};

/// A host of WASI 0.1 that has no sockets.
const STDIO_ONLY: Row = Row {
    target: "wasm32-wasip1",
    platform: &platforms::WASIP1,
    answers: &[(
        Capability::PreopenedSockets,
        Answer::Withheld("this host has standard streams and clocks, and no sockets"),
    )],
    without: &[Fixture::Peer],
    ..NATIVE
};
