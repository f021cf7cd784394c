//! When to try again.

use payment::Timestamp;
use store::delivery::NextStep;

/// Seconds after attempt 1, 2, …: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h
/// (the example schedule of Standard Webhooks 1.0.0).
const SECONDS: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
/// How far a `Retry-After` is followed.
const RETRY_AFTER_MAX: i64 = 86_400;

/// How the receiver took an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// It answered with this status, perhaps asking to wait some seconds.
    Status(u16, Option<i64>),
    /// It did not answer.
    Nothing,
}

/// What follows attempt number `attempt`, which ended at `now`. `jitter` is 0 to 400: thousandths added
/// to 0.8, so that retries spread over ±20 %.
pub(super) fn next_step(attempt: i64, answer: Answer, now: Timestamp, jitter: u16) -> NextStep {
    match answer {
        Answer::Status(200..=299, _) => return NextStep::Done,
        // 410 Gone: the receiver wants nothing more.
        Answer::Status(410, _) => return NextStep::DisableEndpoint,
        _ => {}
    }
    let index = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
    let Some(planned) = SECONDS.get(index) else {
        return NextStep::GiveUp;
    };
    let jittered = planned * (800 + i64::from(jitter.min(400))) / 1000;
    let asked = match answer {
        Answer::Status(_, Some(seconds)) => seconds.clamp(0, RETRY_AFTER_MAX),
        _ => 0,
    };
    NextStep::RetryAt(now.plus_seconds(jittered.max(asked).max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(attempt: i64, answer: Answer, jitter: u16) -> i64 {
        let now = Timestamp::from_seconds(1_000);
        match next_step(attempt, answer, now, jitter) {
            NextStep::RetryAt(at) => at.seconds() - 1_000,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn retries_follow_the_schedule_within_a_fifth_and_end_after_the_last() {
        for (index, seconds) in SECONDS.iter().enumerate() {
            let attempt = i64::try_from(index).unwrap() + 1;
            assert_eq!(
                after(attempt, Answer::Nothing, 0),
                (seconds * 8 / 10).max(1)
            );
            assert_eq!(after(attempt, Answer::Status(500, None), 200), *seconds);
            assert_eq!(
                after(attempt, Answer::Status(302, None), 400),
                seconds * 12 / 10
            );
        }
        let end = next_step(10, Answer::Nothing, Timestamp::from_seconds(0), 0);
        assert_eq!(end, NextStep::GiveUp);
    }

    #[test]
    fn the_receiver_may_ask_for_more_time_but_not_for_less_and_not_for_ever() {
        assert_eq!(after(1, Answer::Status(429, Some(120)), 200), 120);
        assert_eq!(after(2, Answer::Status(503, Some(1)), 200), 300);
        assert_eq!(
            after(1, Answer::Status(503, Some(9_999_999)), 200),
            RETRY_AFTER_MAX
        );
        assert_eq!(after(1, Answer::Status(503, Some(-5)), 200), 5);
    }

    #[test]
    fn gone_ends_it_at_once() {
        let now = Timestamp::from_seconds(0);
        assert_eq!(
            next_step(1, Answer::Status(410, None), now, 0),
            NextStep::DisableEndpoint
        );
        assert_eq!(
            next_step(1, Answer::Status(204, None), now, 0),
            NextStep::Done
        );
    }
}
