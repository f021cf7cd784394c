-- The digest of a credit's folded memo: two sources that report one movement agree in it, so that a
-- repeat is found through an index however many equal amounts an account sees in one minute. Credits
-- from before have none.
alter table bank_credit add column memo_digest bytea;
create index bank_credit_text on bank_credit (tenant_id, account_number, amount, memo_digest, booked_at);
