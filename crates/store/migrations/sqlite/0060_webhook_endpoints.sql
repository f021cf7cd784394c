-- Webhooks out: which events an address wants, a secret before that still signs, since when nothing
-- succeeded, and what a receiver answered.

-- Types and families such as `payment_request.*`, separated by spaces; null means every event.
alter table webhook_endpoint add column event_types text;
alter table webhook_endpoint add column sealed_previous_secret blob;
alter table webhook_endpoint add column previous_secret_until integer;
-- The digest of the secret that the operator's settings declared last, so that a start changes the
-- secret only when the settings did.
alter table webhook_endpoint add column declared_digest blob;
-- The first failure after the last success.
alter table webhook_endpoint add column failing_since integer;
alter table webhook_endpoint add column version integer not null default 1;

-- The first bytes of the answer, as text.
alter table delivery_attempt add column response_text text;

create unique index webhook_endpoint_id on webhook_endpoint (endpoint_id);
-- What waits, by endpoint: a receiver with a long queue stands in nobody's way.
create index delivery_waiting on delivery (endpoint_id, next_attempt_at, delivery_id) where status = 'pending';
drop index delivery_due;
