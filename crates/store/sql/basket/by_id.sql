select basket_id, reference, description, body_digest, created_at from basket where tenant_id = $1 and basket_id = $2
