//! Work over many rows: threads, and places to stop.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::cancellation::Cancellation;

/// Rows between two looks at the clock where rows are short.
const BLOCK: usize = 16;
/// How long the caller's `stop` is left unasked.
const PATIENCE: Duration = Duration::from_millis(20);
/// Starting a thread costs some 25 µs; this many units of work take about ten times that.
const WORK_PER_THREAD: usize = 1 << 18;
/// How much work a watch lets pass before it looks at the clock: about a millisecond.
const WORK_PER_LOOK: usize = 1 << 20;
/// Rows of more units of work than this one are looked at one by one.
const LONG_ROW: usize = 1 << 14;

/// How many threads are worth their start for so many units of work: a byte to be read, or
/// anything else of about a nanosecond.
pub fn thread_count(work: usize) -> usize {
    let worthwhile = work / WORK_PER_THREAD;
    if worthwhile < 2 {
        return 1;
    }
    std::thread::available_parallelism().map_or(1, |cores| cores.get().min(worthwhile))
}

/// How many rows may pass between two looks at the clock.
pub fn block_size(rows: usize, work: usize) -> usize {
    if work / rows.max(1) > LONG_ROW { 1 } else { BLOCK }
}

/// Asks `stop` from time to time, not more often than it is worth.
pub struct Patience<F> {
    stop: F,
    asked: Instant,
}

impl<F: FnMut() -> bool> Patience<F> {
    pub fn new(stop: F) -> Self {
        Self { stop, asked: Instant::now() }
    }

    /// Whether it is time to stop.
    pub fn is_over(&mut self) -> bool {
        if self.asked.elapsed() <= PATIENCE {
            return false;
        }
        let is_over = (self.stop)();
        self.asked = Instant::now();
        is_over
    }
}

/// Lets a long piece of work stop half-way: it says how much it has done, and is told whether to go
/// on. What little work costs is a subtraction.
pub struct Watch<'a> {
    stop: &'a mut dyn FnMut() -> bool,
    left: usize,
}

impl<'a> Watch<'a> {
    pub fn new(stop: &'a mut dyn FnMut() -> bool) -> Self {
        Self { stop, left: WORK_PER_LOOK }
    }

    /// Whether to stop, after so many units of work.
    #[inline]
    pub fn is_over_after(&mut self, work: usize) -> bool {
        match self.left.checked_sub(work) {
            Some(left) => {
                self.left = left;
                false
            }
            None => {
                self.left = WORK_PER_LOOK;
                (self.stop)()
            }
        }
    }
}

/// Does a single piece of work with a watch that asks `stop` from time to time.
pub fn watched<T>(stop: impl FnMut() -> bool, work: impl FnOnce(&mut Watch) -> T) -> T {
    let mut patience = Patience::new(stop);
    work(&mut Watch::new(&mut || patience.is_over()))
}

/// Does what it holds when it goes, in a panic too.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Takes pieces of work from `next` until there are no more, on `threads` threads of which the
/// caller's is one. From time to time `stop` is asked on the caller's thread; if it says yes, what
/// is left is dropped and the answer is `false`. Each piece gets the thread's watch, so that a long
/// one can be left half-way.
fn share<W, S: Default>(
    threads: usize,
    next: impl Fn() -> Option<W> + Sync,
    work: impl Fn(&mut S, W, &mut Watch) + Sync,
    stop: impl FnMut() -> bool,
) -> bool {
    let stopped = AtomicBool::new(false);
    let run = |is_over: &mut dyn FnMut() -> bool| {
        let mut scratch = S::default();
        while !is_over()
            && let Some(piece) = next()
        {
            work(&mut scratch, piece, &mut Watch::new(is_over));
        }
    };
    let caller = std::thread::current();
    let others = AtomicUsize::new(threads.saturating_sub(1));
    std::thread::scope(|scope| {
        for _ in 1..threads {
            let cancellation = Cancellation::current();
            scope.spawn(|| {
                let _end = OnDrop(|| {
                    others.fetch_sub(1, Ordering::Relaxed);
                    caller.unpark();
                });
                cancellation.with(|| run(&mut || stopped.load(Ordering::Relaxed)));
            });
        }
        let mut patience = Patience::new(stop);
        let mut is_over = || {
            if patience.is_over() {
                stopped.store(true, Ordering::Relaxed);
            }
            stopped.load(Ordering::Relaxed)
        };
        run(&mut is_over);
        // The others may have long pieces left, which have to be stopped too.
        while others.load(Ordering::Relaxed) > 0 && !is_over() {
            std::thread::park_timeout(PATIENCE);
        }
    });
    !stopped.into_inner()
}

/// Fills `results[row]` with `compute(scratch, row)` for every row, `block` rows at a time. Which
/// thread fills a row has no influence on its value. See `share`.
pub fn fill<T: Send, S: Default>(
    results: &mut [T],
    block: usize,
    threads: usize,
    compute: impl Fn(&mut S, usize) -> T + Sync,
    stop: impl FnMut() -> bool,
) -> bool {
    let fill_block = |scratch: &mut S, first: usize, rows: &mut [T], _: &mut Watch| {
        for (row, result) in (first..).zip(rows) {
            *result = compute(scratch, row);
        }
    };
    fill_blocks(results, block, threads, fill_block, stop)
}

/// Calls `work(scratch, first, rows, watch)` for every `block` rows of the results, the last ones
/// maybe fewer, `first` being the number of the first. See `share`.
pub fn fill_blocks<T: Send, S: Default>(
    results: &mut [T],
    block: usize,
    threads: usize,
    work: impl Fn(&mut S, usize, &mut [T], &mut Watch) + Sync,
    stop: impl FnMut() -> bool,
) -> bool {
    let blocks = results.len().div_ceil(block);
    let pending = Mutex::new(results.chunks_mut(block).enumerate());
    // The lock is held for a few nanoseconds, and never while `work` could panic.
    let next = || pending.lock().ok()?.next();
    let work = |scratch: &mut S, (index, rows): (usize, &mut [T]), watch: &mut Watch| {
        work(scratch, index * block, rows, watch);
    };
    share(threads.min(blocks), next, work, stop)
}

/// Calls `work(scratch, piece, watch)` for every piece below `pieces`. See `share`.
pub fn for_each<S: Default>(
    pieces: usize,
    threads: usize,
    work: impl Fn(&mut S, usize, &mut Watch) + Sync,
    stop: impl FnMut() -> bool,
) -> bool {
    let taken = AtomicUsize::new(0);
    let next = || Some(taken.fetch_add(1, Ordering::Relaxed)).filter(|&piece| piece < pieces);
    share(threads.min(pieces), next, work, stop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_filled_whatever_the_number_of_threads() {
        for rows in [0, 1, BLOCK, 10 * BLOCK + 7] {
            for threads in [1, 2, 5] {
                let mut results = vec![0; rows];
                let one = |_: &mut (), row| row + 1;
                let finished = fill(&mut results, BLOCK, threads, one, || false);
                assert!(finished && results.iter().enumerate().all(|(row, &x)| x == row + 1));
                let sum = AtomicUsize::new(0);
                let add = |_: &mut (), piece, _: &mut Watch| {
                    sum.fetch_add(piece, Ordering::Relaxed);
                };
                assert!(for_each(rows, threads, add, || false));
                assert_eq!(sum.into_inner(), rows * rows.saturating_sub(1) / 2);
            }
        }
    }

    #[test]
    fn a_stop_leaves_the_rest_alone() {
        let mut results = vec![0; 100];
        let slowly = |_: &mut (), _| {
            std::thread::sleep(PATIENCE);
            1
        };
        assert!(!fill(&mut results, 1, 2, slowly, || true));
        assert!(results.contains(&1) && results.contains(&0));
    }

    #[test]
    fn one_long_piece_is_left_half_way() {
        for threads in [1, 2] {
            let endless = |_: &mut (), _, watch: &mut Watch| {
                while !watch.is_over_after(1000) {}
            };
            assert!(!for_each(threads, threads, endless, || true));
        }
        assert!(watched(
            || true,
            |watch| {
                while !watch.is_over_after(WORK_PER_LOOK) {}
                true
            }
        ));
    }

    #[test]
    fn little_work_is_not_worth_a_thread() {
        assert_eq!(thread_count(1000), 1);
        assert!(thread_count(1 << 30) >= 1);
        assert_eq!((block_size(100, 10_000), block_size(100, 100 << 20)), (BLOCK, 1));
        assert_eq!(block_size(0, 0), BLOCK);
    }
}
