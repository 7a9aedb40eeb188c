//! Leaving work half-way.
//!
//! A call that takes long can be stopped, also where a single row makes it long. Then the innermost
//! loops have to stop, which know nothing of calls. They ask `is_cancelled` after every piece that
//! takes well under a millisecond, and return what they have so far if it says yes: nobody will see
//! it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long the caller is left unasked.
pub const PATIENCE: Duration = Duration::from_millis(10);

/// How much a loop does between two questions, in bytes read or about as many nanoseconds.
pub const PIECE: usize = 1 << 16;

/// What a thread is working on.
struct Work {
    /// What all threads of the work see.
    is_cancelled: Arc<AtomicBool>,
    /// On the thread that the call came on.
    caller: Option<Caller>,
}

/// Who can say that the work is to be left.
struct Caller {
    says_stop: Box<dyn FnMut() -> bool>,
    asked: Instant,
}

thread_local! {
    static WORK: RefCell<Option<Work>> = const { RefCell::new(None) };
}

/// Whether what this thread works on is to be left.
#[inline(never)]
pub fn is_cancelled() -> bool {
    let (is_cancelled, caller) = WORK.with_borrow_mut(|work| match work {
        Some(work) if !work.is_cancelled.load(Ordering::Relaxed) => {
            (false, work.caller.take_if(|caller| caller.asked.elapsed() > PATIENCE))
        }
        other => (other.is_some(), None),
    });
    let Some(mut caller) = caller else {
        return is_cancelled;
    };
    // Nothing is borrowed meanwhile: the caller may begin other work before it answers.
    let is_cancelled = (caller.says_stop)();
    caller.asked = Instant::now();
    WORK.with_borrow_mut(|work| {
        if let Some(work) = work {
            work.is_cancelled.store(is_cancelled, Ordering::Relaxed);
            work.caller = Some(caller);
        }
    });
    is_cancelled
}

/// Counts what a loop does, and asks from time to time.
#[derive(Clone, Copy, Default)]
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

/// Does `work`, and asks `check` every few milliseconds on the same thread. If that fails, the work
/// is cancelled, and the error is the result.
pub fn cancellable<T, E: 'static>(
    mut check: impl FnMut() -> Result<(), E> + 'static,
    work: impl FnOnce() -> T,
) -> Result<T, E> {
    let error = Rc::new(Cell::new(None));
    let found = Rc::clone(&error);
    let says_stop = Box::new(move || {
        let error = check().err();
        let is_error = error.is_some();
        found.set(error);
        is_error
    });
    let caller = Some(Caller { says_stop, asked: Instant::now() });
    let result = within(Work { is_cancelled: Arc::default(), caller }, work);
    error.take().map_or(Ok(result), Err)
}

/// Does a thread's part of some work.
fn within<T>(work: Work, part: impl FnOnce() -> T) -> T {
    /// Goes back to what was there before, after a panic too.
    struct Outer(Option<Work>);

    impl Drop for Outer {
        fn drop(&mut self) {
            WORK.set(self.0.take());
        }
    }

    let _outer = Outer(WORK.replace(Some(work)));
    part()
}

/// Hands what tells a thread to leave its work to those that it starts.
#[derive(Clone)]
pub struct Cancellation(Arc<AtomicBool>);

impl Cancellation {
    /// That of the thread that asks.
    pub fn current() -> Self {
        let current = |work: &Work| Arc::clone(&work.is_cancelled);
        Self(WORK.with_borrow(|work| work.as_ref().map(current).unwrap_or_default()))
    }

    /// Does a part of the work on another thread.
    pub fn with<T>(self, part: impl FnOnce() -> T) -> T {
        within(Work { is_cancelled: self.0, caller: None }, part)
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Cancels work when it asks for the first time after a while, which it must.
    pub fn cancelled<T>(work: impl FnOnce() -> T) {
        assert!(cancellable(|| Err(()), work).is_err());
    }

    #[test]
    fn endless_work_ends_when_it_is_cancelled() {
        let mut asked = 0;
        let check = move || {
            asked += 1;
            // What else is done meanwhile is no part of the work.
            assert_eq!(cancellable(|| Err("inner"), is_cancelled), Ok(false));
            if asked == 3 { Err(asked) } else { Ok(()) }
        };
        let endless = || {
            let mut pace = Pace::default();
            while !pace.is_cancelled_after(100) {}
        };
        assert_eq!(cancellable(check, endless), Err(3));
        assert!(!is_cancelled());
        assert_eq!(cancellable(|| Err(()), || 7), Ok(7));
    }

    #[test]
    fn threads_that_are_started_are_cancelled_too() {
        cancelled(|| {
            let current = Cancellation::current();
            std::thread::scope(|scope| {
                let other = scope.spawn(|| current.with(|| while !is_cancelled() {}));
                while !other.is_finished() {
                    is_cancelled();
                }
            });
        });
    }

    #[test]
    fn a_panic_leaves_nothing_behind() {
        let panics = || cancellable(|| Err(()), || panic!("as it should"));
        assert!(std::panic::catch_unwind(panics).is_err());
        std::thread::sleep(2 * PATIENCE);
        assert!(!is_cancelled());
    }
}
