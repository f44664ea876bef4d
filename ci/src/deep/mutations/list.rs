//! The bugs.
//!
//! Left out are those that loom cannot see: an ordering that another one on the same path makes good in every run. So the
//! driver's loads of the earliest deadline and of the executor's work come behind that of the slots to release, which already
//! leads past the point that `src/sync/modelled.rs` has for sequential consistency. What the places for wakers order by
//! themselves is loom's `AtomicWaker` here, which is a lock.

use super::Mutation;

pub(super) const LIST: &[Mutation] = &[
    // The readiness cell: order.
    Mutation {
        file: "src/scheduled_io.rs",
        from: "        self.place(mask).register(waker);\n        self.mark(State::marks(mask))",
        to: "        let state = self.mark(State::marks(mask));\n        self.place(mask).register(waker);\n        state",
        model: "readiness::a_wait_to_write_is_ended_by_an_event",
    },
    Mutation {
        file: "src/scheduled_io.rs",
        from: "State(self.state.fetch_or(mark, AcqRel))",
        to: "State(self.state.fetch_or(mark, Release))",
        model: "readiness::whoever_finds_a_source_ready_sees_what_was_done_before",
    },
    Mutation {
        file: "src/scheduled_io.rs",
        from: "State(self.state.load(Acquire))",
        to: "State(self.state.load(Relaxed))",
        model: "readiness::whoever_finds_a_source_ready_sees_what_was_done_before",
    },
    Mutation {
        file: "src/scheduled_io.rs",
        from: ".update_with(AcqRel, Acquire, ",
        to: ".update_with(Acquire, Acquire, ",
        model: "readiness::whoever_finds_a_source_ready_sees_what_was_done_before",
    },
    // The readiness cell: the second look.
    Mutation {
        file: "src/registration.rs",
        from: "        if state.is_news(mask, stale) {\n            if !is_listed {",
        to: "        if is_listed && state.is_news(mask, stale) {\n            if !is_listed {",
        model: "readiness::a_wait_to_read_is_ended_by_an_event",
    },
    Mutation {
        file: "src/registration.rs",
        from: "        if state.is_news(mask, stale) {\n            if !is_listed {",
        to: "        if !is_listed && state.is_news(mask, stale) {\n            if !is_listed {",
        model: "readiness::a_wait_in_the_list_is_ended_by_an_event",
    },
    Mutation {
        file: "src/scheduled_io.rs",
        from: "        if ready.is_readable() {\n            if let Some(left) = Left::from_word",
        to: "        if !ready.is_readable() {\n            if let Some(left) = Left::from_word",
        model: "tasks::a_reader_of_the_drivers_own_executor_is_woken_beside_others",
    },
    // The readiness cell: clears, marks and wakers that stay.
    Mutation {
        file: "src/scheduled_io.rs",
        from: "self.state.compare_exchange(state.0, cleared.0, AcqRel, Relaxed);",
        to: "Ok::<_, ()>(self.state.swap(cleared.0, AcqRel));",
        model: "readiness::a_short_read_takes_back_no_readiness_that_came_after_its_event",
    },
    Mutation {
        file: "src/scheduled_io.rs",
        from: "event.is_at_tick_of(state.0).then_some(state.without(clear))",
        to: "Some(state.without(clear))",
        model: "readiness::a_clear_takes_back_no_readiness_that_came_after_its_event",
    },
    Mutation {
        file: "src/scheduled_io.rs",
        from: "state.with(news).at_next_tick().without_mark(marks)",
        to: "state.with(news).without_mark(marks)",
        model: "readiness::a_clear_of_one_task_takes_no_readiness_from_another",
    },
    Mutation {
        file: "src/scheduled_io.rs",
        from: "        wakers.push(self.take(Direction::Write.mask(), marked));\n",
        to: "",
        model: "readiness::an_event_ends_every_wait_that_it_is_for",
    },
    Mutation {
        file: "src/scheduled_io.rs",
        from: "            drop(self.take(Direction::Read.mask(), marked));\n            drop(self.take(Direction::Write.mask(), marked));\n",
        to: "",
        model: "readiness::a_registration_that_is_dropped_keeps_no_waker",
    },
    Mutation {
        file: "src/page.rs",
        from: "            self.deliver(index, News::SHUTDOWN, wakers);",
        to: "            self.take_marked(index, News::SHUTDOWN.ready(), u32::MAX, wakers);\n            self.slot(index).deliver(News::SHUTDOWN, wakers);",
        model: "readiness::a_shutdown_ends_every_wait",
    },
    // The list: the lock.
    Mutation {
        file: "src/page.rs",
        from: "            if list.is_empty() {\n                self.slot(index).unmark_listed();\n            }\n            removed\n        });\n        drop(listed);",
        to: "            removed.map(|removed| (removed, list.is_empty()))\n        });\n        drop(listed);\n        if removed.as_ref().is_some_and(|(_, is_empty)| *is_empty) {\n            self.slot(index).unmark_listed();\n        }",
        model: "readiness::a_wait_that_is_dropped_costs_no_other_its_wake",
    },
    Mutation {
        file: "src/page.rs",
        from: "            if list.is_empty() {\n",
        to: "            {\n",
        model: "readiness::a_wait_that_is_dropped_costs_no_other_its_wake",
    },
    Mutation {
        file: "src/page.rs",
        from: "            wakers.push(waiter.waker.take());",
        to: "            let _ = &wakers;\n            waiter.waker.take().map(Waker::wake);",
        model: "readiness::a_waker_may_come_back_to_the_source_that_woke_it",
    },
    // The registration set.
    Mutation {
        file: "src/registration_set.rs",
        from: "        let slot = page.slot(index);\n        slot.reset();",
        to: "        drop(synced);\n        let slot = page.slot(index);\n        slot.reset();",
        model: "registrations::a_registration_that_races_with_a_shutdown_does_not_wait_for_ever",
    },
    Mutation {
        file: "src/registration_set.rs",
        from: "            synced.is_shutdown = true;\n            mem::take(&mut synced.registrations)\n        };\n        pages.iter().for_each(|page| page.shut_down(wakers));",
        to: "            synced.registrations.clone()\n        };\n        pages.iter().for_each(|page| page.shut_down(wakers));\n        self.synced.lock().is_shutdown = true;",
        model: "registrations::a_registration_that_races_with_a_shutdown_does_not_wait_for_ever",
    },
    Mutation {
        file: "src/registration_set.rs",
        from: "            slot.retire();",
        to: "            slot.reset();",
        model: "registrations::a_stale_event_finds_nobody",
    },
    Mutation {
        file: "src/registration_set.rs",
        from: "        let before = self.pending_release.update_with(",
        to: "        {\n            let mut synced = self.synced.lock();\n            slot.put_on(synced.free);\n            synced.free = token.index() as u32 + 1;\n            return false;\n        }\n        #[allow(unreachable_code)]\n        let before = self.pending_release.update_with(",
        model: "registrations::a_stale_event_finds_nobody",
    },
    Mutation {
        file: "src/registration_set.rs",
        from: "page.slot(index).is_at(token).then_some(page)",
        to: "Some(page)",
        model: "registrations::a_stale_event_finds_nobody",
    },
    Mutation {
        file: "src/registration_set.rs",
        from: "            self.look_again(token, set);",
        to: "            let _ = set;",
        model: "registrations::an_event_finds_its_source_on_a_new_page",
    },
    Mutation {
        file: "src/registration_set.rs",
        from: "self.pending_release.update_with(SeqCst, Relaxed,",
        to: "self.pending_release.update_with(std::sync::atomic::Ordering::Release, Relaxed,",
        model: "registration_set::models::a_driver_does_not_wait_beside_many_slots_to_release",
    },
    Mutation {
        file: "src/registration_set.rs",
        from: "self.pending_release.swap(Pending::NONE.0, Acquire)",
        to: "self.pending_release.swap(Pending::NONE.0, Relaxed)",
        model: "registrations::slots_that_are_given_back_at_once_are_free_once_each",
    },
    Mutation {
        file: "src/registration_set.rs",
        from: "            slot.put_on(Pending(pending).last());\n",
        to: "            let _ = slot;\n",
        model: "registrations::slots_that_are_given_back_at_once_are_free_once_each",
    },
    Mutation {
        file: "src/registration_set.rs",
        from: "self.pending_release.load(SeqCst)",
        to: "self.pending_release.load(Acquire)",
        model: "registration_set::models::a_driver_does_not_wait_beside_many_slots_to_release",
    },
    Mutation {
        file: "src/driver.rs",
        from: "        let parked = timeout != Some(Duration::ZERO) && shared.parking.park();\n        // After the announcement: who leaves the last of too many slots later than this looks wakes the driver for them.\n        shared.registrations.release_pending();",
        to: "        shared.registrations.release_pending();\n        let parked = timeout != Some(Duration::ZERO) && shared.parking.park();",
        model: "registration_set::models::a_driver_does_not_wait_beside_many_slots_to_release",
    },
    Mutation {
        file: "src/registration_set.rs",
        from: "synced.free = page.slot(index).below();",
        to: "let _ = page.slot(index).below();",
        model: "registrations::two_threads_register_and_drop_at_once",
    },
    Mutation {
        file: "src/scheduled_io.rs",
        from: "        self.state.store(0, Relaxed);",
        to: "",
        model: "tasks::a_reader_is_woken_in_the_place_of_one_that_another_thread_drops",
    },
    // The driver's wakes.
    Mutation {
        file: "src/parking.rs",
        from: "self.state.load(SeqCst) == PARKED",
        to: "self.state.load(Acquire) == PARKED",
        model: "driver::a_timer_that_is_set_meanwhile_fires",
    },
    Mutation {
        file: "src/parking.rs",
        from: "compare_exchange(RUNNING, PARKED, SeqCst, Relaxed)",
        to: "compare_exchange(RUNNING, PARKED, AcqRel, Relaxed)",
        model: "driver::a_timer_that_is_set_meanwhile_fires",
    },
    Mutation {
        file: "src/parking.rs",
        from: "self.state.swap(RUNNING, Acquire);",
        to: "self.state.swap(RUNNING, Relaxed);",
        model: "driver::an_unpark_ends_a_turn_whether_it_comes_before_the_wait_or_in_it",
    },
    Mutation {
        file: "src/parking.rs",
        from: "self.state.swap(NOTIFIED, AcqRel) == PARKED",
        to: "self.state.swap(NOTIFIED, Acquire) == PARKED",
        model: "driver::an_unpark_ends_a_turn_whether_it_comes_before_the_wait_or_in_it",
    },
    Mutation {
        file: "src/parking.rs",
        from: "        if self.state.swap(NOTIFIED, AcqRel) == PARKED {",
        to: "        let before = self.state.load(Acquire);\n        self.state.store(NOTIFIED, std::sync::atomic::Ordering::Release);\n        if before == PARKED {",
        model: "driver::an_unpark_ends_a_turn_whether_it_comes_before_the_wait_or_in_it",
    },
    Mutation {
        file: "src/parking.rs",
        from: "        if self.state.swap(NOTIFIED, AcqRel) == PARKED {",
        to: "        if self.state.compare_exchange(PARKED, NOTIFIED, AcqRel, Relaxed).is_ok() {",
        model: "driver::work_that_was_left_before_an_unpark_is_found_after_a_turn",
    },
    Mutation {
        file: "src/driver.rs",
        from: "        shared.timers.shut_down(&mut self.wakers);\n        self.wakers.wake_all();",
        to: "        shared.timers.shut_down(&mut self.wakers);",
        model: "driver::two_threads_register_wake_and_drop_while_the_driver_turns",
    },
    // Timers.
    Mutation {
        file: "src/time/timers.rs",
        from: "            self.next.store(deadline.as_nanos(), SeqCst);",
        to: "            self.next.store(deadline.as_nanos(), std::sync::atomic::Ordering::Release);",
        model: "driver::a_timer_that_is_set_meanwhile_fires",
    },
    Mutation {
        file: "src/time/timers.rs",
        from: "        if state.is_shutdown {\n            drop(state);\n            return Err(ShutDown);\n        }",
        to: "",
        model: "driver::a_timer_that_races_with_a_shutdown_does_not_wait_for_ever",
    },
    Mutation {
        file: "src/time/queue.rs",
        from: "self.generations.get(key.index as usize) == Some(&key.generation)",
        to: "self.generations.get(key.index as usize).is_some()",
        model: "driver::a_timer_that_is_dropped_while_it_fires_leaves_the_others_alone",
    },
    // Tasks.
    Mutation {
        file: "src/task/queue.rs",
        from: "shared.queue.is_woken.store(true, SeqCst);",
        to: "shared.queue.is_woken.store(true, std::sync::atomic::Ordering::Release);",
        model: "tasks::the_main_future_runs_after_a_wake_from_another_thread",
    },
    Mutation {
        file: "src/task/queue.rs",
        from: "            tasks.clear();\n        }\n",
        to: "            tasks.clear();\n        }\n        self.is_woken.store(false, Relaxed);\n",
        model: "tasks::the_main_future_runs_after_a_wake_from_another_thread",
    },
    Mutation {
        file: "src/task/queue.rs",
        from: "task.is_remote.swap(false, Acquire);",
        to: "task.is_remote.swap(false, std::sync::atomic::Ordering::Relaxed);",
        model: "tasks::a_task_runs_after_a_wake_from_another_thread",
    },
    Mutation {
        file: "src/task/queue.rs",
        from: "task.is_remote.swap(true, Release)",
        to: "task.is_remote.swap(true, std::sync::atomic::Ordering::Relaxed)",
        model: "tasks::a_task_runs_after_a_wake_from_another_thread",
    },
    Mutation {
        file: "src/task/queue.rs",
        from: "                task.is_remote.swap(false, Acquire);\n",
        to: "",
        model: "tasks::a_task_runs_after_a_wake_from_another_thread",
    },
    Mutation {
        file: "src/task/queue.rs",
        from: "    if let Some(tasks) = &mut *shared.queue.remote.lock() {\n        tasks.push(task.clone());\n    }\n    shared.queue.is_woken.store(true, SeqCst);",
        to: "    shared.queue.is_woken.store(true, SeqCst);\n    if let Some(tasks) = &mut *shared.queue.remote.lock() {\n        tasks.push(task.clone());\n    }",
        model: "tasks::a_task_runs_after_a_wake_from_another_thread",
    },
    Mutation {
        file: "src/task/executor.rs",
        from: "turn_unless(None, || tasks.are_woken())",
        to: "turn_unless(None, || false)",
        model: "tasks::a_task_runs_after_a_wake_from_another_thread",
    },
    Mutation {
        file: "src/task/queue.rs",
        from: "    if let Some(tasks) = &mut *shared.queue.remote.lock() {\n        tasks.push(task.clone());\n    }\n",
        to: "    shared.queue.remote.lock().as_mut().unwrap().push(task.clone());\n",
        model: "tasks::a_task_that_is_woken_while_its_executor_goes_is_let_go",
    },
];
