//! Leaving work half-way that a single row makes long.
//!
//! Between two rows a call looks whether it should stop. Within a row the innermost loops would have
//! to, which know nothing of calls. They ask `is_cancelled` after every piece that takes well under
//! a millisecond, and return what they have so far if it says yes: nobody will see it.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

thread_local! {
    static CURRENT: RefCell<Option<Arc<AtomicBool>>> = const { RefCell::new(None) };
}

/// How often a caller that does nothing else looks whether it should stop.
const PATIENCE: Duration = Duration::from_millis(10);

/// How much a loop does between two questions, in bytes read or about as many nanoseconds.
pub const PIECE: usize = 1 << 16;

/// Whether what this thread works on is to be left.
#[inline(never)]
pub fn is_cancelled() -> bool {
    CURRENT.with_borrow(|flag| flag.as_ref().is_some_and(|flag| flag.load(Ordering::Relaxed)))
}

/// Counts what a loop does, and asks from time to time.
#[derive(Clone, Default)]
pub struct Pace {
    done: usize,
}

impl Pace {
    /// Whether to leave the loop, after so much more work.
    #[inline]
    pub fn is_cancelled_after(&mut self, work: usize) -> bool {
        self.done += work;
        if self.done < PIECE {
            return false;
        }
        self.done = 0;
        is_cancelled()
    }
}

/// What tells a thread, and those that it starts, to leave its work.
#[derive(Clone, Default)]
pub struct Cancellation(Option<Arc<AtomicBool>>);

impl Cancellation {
    /// That of the thread that asks.
    pub fn current() -> Self {
        Self(CURRENT.with_borrow(Clone::clone))
    }

    /// Does work that this can cancel.
    pub fn with<T>(self, work: impl FnOnce() -> T) -> T {
        let previous = CURRENT.replace(self.0);
        let result = work();
        CURRENT.set(previous);
        result
    }
}

/// Does work on another thread while the caller's asks `stop` every few milliseconds. If it says
/// yes, the work is cancelled; so it is too if `work` asks what it is given.
pub fn watched<T: Send>(
    work: impl FnOnce(&mut dyn FnMut() -> bool) -> T + Send,
    mut stop: impl FnMut() -> bool,
) -> T {
    let flag = Arc::new(AtomicBool::new(false));
    let caller = std::thread::current();
    std::thread::scope(|scope| {
        let worker = scope.spawn(|| {
            let cancellation = Cancellation(Some(Arc::clone(&flag)));
            let result = cancellation.with(|| work(&mut is_cancelled));
            caller.unpark();
            result
        });
        while !worker.is_finished() {
            std::thread::park_timeout(PATIENCE);
            if !flag.load(Ordering::Relaxed) && stop() {
                flag.store(true, Ordering::Relaxed);
            }
        }
        match worker.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endless_work_ends_when_it_is_cancelled() {
        let mut asked = 0;
        let stop = || {
            asked += 1;
            asked > 2
        };
        let done = watched(
            |_| {
                let mut pace = Pace::default();
                while !pace.is_cancelled_after(100) {}
                7
            },
            stop,
        );
        assert_eq!((done, asked), (7, 3));
        assert!(!is_cancelled());
    }

    #[test]
    fn threads_that_are_started_are_cancelled_too() {
        let inner = |_: &mut dyn FnMut() -> bool| {
            let current = Cancellation::current();
            std::thread::scope(|scope| {
                scope.spawn(|| current.with(|| while !is_cancelled() {}));
            });
        };
        watched(inner, || true);
        watched(|_| (), || false);
    }
}
