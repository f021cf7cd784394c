-- Newest first.
select basket_id, reference, description, body_digest, created_at from basket
where tenant_id = $1 and basket_id < $2
order by basket_id desc
limit $3
