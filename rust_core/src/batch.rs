//! Work over many rows: threads, and places to stop.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Rows between two looks at the clock, small enough that long texts don't delay a stop.
const BLOCK: usize = 16;
/// How long the caller's `stop` is left unasked.
const PATIENCE: Duration = Duration::from_millis(50);
/// Starting a thread costs some 25 µs; this many bytes take about ten times that.
const BYTES_PER_THREAD: usize = 1 << 18;

/// How many threads are worth their start for texts of so many bytes in all.
pub fn thread_count(bytes: usize) -> usize {
    let worthwhile = bytes / BYTES_PER_THREAD;
    if worthwhile < 2 {
        return 1;
    }
    std::thread::available_parallelism().map_or(1, |cores| cores.get().min(worthwhile))
}

/// Fills `results[row]` with `compute(scratch, row)` for every row, on `threads` threads of which
/// the caller's is one. Which thread fills a row has no influence on its value.
///
/// From time to time `stop` is asked on the caller's thread; if it says yes, what is left is
/// dropped and the answer is `false`.
pub fn fill<T: Send, S: Default>(
    results: &mut [T],
    threads: usize,
    compute: impl Fn(&mut S, usize) -> T + Sync,
    mut stop: impl FnMut() -> bool,
) -> bool {
    let blocks = results.len().div_ceil(BLOCK);
    let pending = Mutex::new(results.chunks_mut(BLOCK).enumerate());
    let stopped = AtomicBool::new(false);
    // The lock is held for a few nanoseconds, and never while `compute` could panic.
    let next_block = || pending.lock().ok()?.next();
    let work_on = |(index, block): (usize, &mut [T]), scratch: &mut S| {
        for (row, result) in (index * BLOCK..).zip(block) {
            *result = compute(scratch, row);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(blocks) {
            scope.spawn(|| {
                let mut scratch = S::default();
                while !stopped.load(Ordering::Relaxed)
                    && let Some(block) = next_block()
                {
                    work_on(block, &mut scratch);
                }
            });
        }
        let mut scratch = S::default();
        let mut asked = Instant::now();
        while let Some(block) = next_block() {
            work_on(block, &mut scratch);
            if asked.elapsed() > PATIENCE {
                if stop() {
                    stopped.store(true, Ordering::Relaxed);
                    break;
                }
                asked = Instant::now();
            }
        }
    });
    !stopped.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_filled_whatever_the_number_of_threads() {
        for rows in [0, 1, BLOCK, 10 * BLOCK + 7] {
            for threads in [1, 2, 5] {
                let mut results = vec![0; rows];
                let finished = fill(&mut results, threads, |_: &mut (), row| row + 1, || false);
                assert!(finished && results.iter().enumerate().all(|(row, &x)| x == row + 1));
            }
        }
    }

    #[test]
    fn a_stop_leaves_the_rest_alone() {
        let mut results = vec![0; 100 * BLOCK];
        let slowly = |_: &mut (), row| {
            if row % BLOCK == 0 {
                std::thread::sleep(PATIENCE);
            }
            1
        };
        assert!(!fill(&mut results, 2, slowly, || true));
        assert!(results.contains(&1) && results.contains(&0));
    }

    #[test]
    fn a_few_texts_are_not_worth_a_thread() {
        assert_eq!(thread_count(1000), 1);
        assert!(thread_count(1 << 30) >= 1);
    }
}
