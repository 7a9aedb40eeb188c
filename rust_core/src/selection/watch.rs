//! Long work that the caller can stop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// How long the caller's `stop` is left unasked.
const PATIENCE: Duration = Duration::from_millis(20);

/// Does `work` on another thread, while the caller's asks `stop` from time to time; once that says
/// yes, `work` is told by the flag, and the result is `None`.
///
/// `stop` may have to be asked on the caller's own thread, and a single piece of the work may take
/// longer than the caller should wait.
pub fn watched<T: Send>(
    work: impl FnOnce(&AtomicBool) -> T + Send,
    mut stop: impl FnMut() -> bool,
) -> Option<T> {
    let stopped = AtomicBool::new(false);
    let result = std::thread::scope(|scope| {
        let (done, waiting) = channel::<()>();
        let flag = &stopped;
        let worker = scope.spawn(move || {
            let result = work(flag);
            drop(done);
            result
        });
        while waiting.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            if stop() {
                stopped.store(true, Ordering::Relaxed);
                break;
            }
        }
        worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    (!stopped.into_inner()).then_some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_ends_by_itself_or_is_stopped() {
        assert_eq!(watched(|_| 3, || true), Some(3));
        let endless = |stopped: &AtomicBool| {
            while !stopped.load(Ordering::Relaxed) {
                std::hint::spin_loop();
            }
        };
        let mut asked = 0;
        let stop = || {
            asked += 1;
            asked == 2
        };
        assert_eq!(watched(endless, stop), None);
        assert_eq!(asked, 2);
    }
}
