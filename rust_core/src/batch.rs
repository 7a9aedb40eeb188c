//! Work over many rows, on several threads.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::cancellation::{Cancellation, PATIENCE, is_cancelled};

/// Rows that are taken together where they are short.
const BLOCK: usize = 64;
/// Rows of more units of work than this one are taken one by one.
const LONG_ROW: usize = 1 << 14;
/// Starting a thread costs some 25 µs; this many units of work take about ten times that.
const WORK_PER_THREAD: usize = 1 << 18;

/// How many threads are worth their start for so many units of work: a byte to be read, or
/// anything else of about a nanosecond.
pub fn thread_count(work: usize) -> usize {
    let worthwhile = work / WORK_PER_THREAD;
    if worthwhile < 2 {
        return 1;
    }
    std::thread::available_parallelism().map_or(1, |cores| cores.get().min(worthwhile))
}

/// How many rows are taken together.
pub fn block_size(rows: usize, work: usize) -> usize {
    if work / rows.max(1) > LONG_ROW { 1 } else { BLOCK }
}

/// Does what it holds when it goes, in a panic too.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Takes pieces of work from `next` until there are no more, on `threads` threads of which the
/// caller's is one. If the work is cancelled, what is left is dropped.
fn share<W, S: Default>(
    threads: usize,
    next: impl Fn() -> Option<W> + Sync,
    work: impl Fn(&mut S, W) + Sync,
) {
    let run = || {
        let mut scratch = S::default();
        while !is_cancelled()
            && let Some(piece) = next()
        {
            work(&mut scratch, piece);
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
                cancellation.with(run);
            });
        }
        run();
        // The others may have long pieces left, and only this thread finds out that they must stop.
        while others.load(Ordering::Relaxed) > 0 && !is_cancelled() {
            std::thread::park_timeout(PATIENCE);
        }
    });
}

/// Fills `results[row]` with `compute(scratch, row)` for every row, `block` rows at a time. Which
/// thread fills a row has no influence on its value.
pub fn fill<T: Send, S: Default>(
    results: &mut [T],
    block: usize,
    threads: usize,
    compute: impl Fn(&mut S, usize) -> T + Sync,
) {
    fill_blocks(results, block, threads, |scratch: &mut S, first: usize, rows: &mut [T]| {
        for (row, result) in (first..).zip(rows) {
            *result = compute(scratch, row);
        }
    });
}

/// Calls `work(scratch, first, rows)` for every `block` rows of the results, the last ones maybe
/// fewer, `first` being the number of the first.
pub fn fill_blocks<T: Send, S: Default>(
    results: &mut [T],
    block: usize,
    threads: usize,
    work: impl Fn(&mut S, usize, &mut [T]) + Sync,
) {
    let blocks = results.len().div_ceil(block);
    let pending = Mutex::new(results.chunks_mut(block).enumerate());
    // The lock is held for a few nanoseconds, and never while `work` could panic.
    let next = || pending.lock().ok()?.next();
    let work = |scratch: &mut S, (index, rows): (usize, &mut [T])| {
        work(scratch, index * block, rows);
    };
    share(threads.min(blocks), next, work);
}

/// Calls `work(scratch, piece)` for every piece below `pieces`.
pub fn for_each<S: Default>(pieces: usize, threads: usize, work: impl Fn(&mut S, usize) + Sync) {
    let taken = AtomicUsize::new(0);
    let next = || Some(taken.fetch_add(1, Ordering::Relaxed)).filter(|&piece| piece < pieces);
    share(threads.min(pieces), next, work);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cancellation::tests::cancelled;

    #[test]
    fn every_row_is_filled_whatever_the_number_of_threads() {
        for rows in [0, 1, BLOCK, 10 * BLOCK + 7] {
            for threads in [1, 2, 5] {
                let mut results = vec![0; rows];
                fill(&mut results, BLOCK, threads, |_: &mut (), row| row + 1);
                assert!(results.iter().enumerate().all(|(row, &x)| x == row + 1));
                let sum = AtomicUsize::new(0);
                for_each(rows, threads, |_: &mut (), piece| {
                    sum.fetch_add(piece, Ordering::Relaxed);
                });
                assert_eq!(sum.into_inner(), rows * rows.saturating_sub(1) / 2);
            }
        }
    }

    #[test]
    fn the_rest_is_left_alone_when_the_work_is_cancelled() {
        let mut results = vec![0; 100];
        cancelled(|| {
            fill(&mut results, 1, 2, |_: &mut (), _| {
                std::thread::sleep(2 * PATIENCE);
                1
            });
        });
        assert!(results.contains(&1) && results.contains(&0));
    }

    #[test]
    fn one_long_piece_is_left_half_way() {
        for threads in [1, 2] {
            cancelled(|| for_each(threads, threads, |_: &mut (), _| while !is_cancelled() {}));
        }
    }

    #[test]
    fn little_work_is_not_worth_a_thread() {
        assert_eq!(thread_count(1000), 1);
        assert!(thread_count(1 << 30) >= 1);
        assert_eq!((block_size(100, 10_000), block_size(100, 100 << 20)), (BLOCK, 1));
        assert_eq!(block_size(0, 0), BLOCK);
    }
}
