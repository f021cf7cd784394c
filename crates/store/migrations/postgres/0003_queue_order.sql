-- Waiting callbacks are claimed in the order of their next attempt, a batch at a time: the index gives
-- the first ones without a look at the rest of a long queue.
drop index callback_pending_due;
create index callback_pending_due on callback_pending (next_attempt_at, callback_id);
