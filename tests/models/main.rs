//! Models of the reactor: small programs of which loom tries every order of their threads' steps, and every value that a read
//! may see. Each says which property it checks.
//!
//! They are built with `--cfg triga_loom`, which puts loom's atomics and locks in place of std's and makes the platform one
//! whose events are posted by hand. What is otherwise large is small: a page has two slots.
//!
//! A lost wake shows as a deadlock, which loom reports; so does a lock that is held where it must not be.
#![cfg(triga_loom)]

mod driver;
mod readiness;
mod registrations;
mod support;
mod tasks;
