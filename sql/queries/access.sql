-- name: token_add
INSERT INTO token (id, kind, name, scope, hash, created_us, expires_us)
VALUES (:id, :kind, :name, :scope, :hash, :created_us, :expires_us);

-- name: token_find
SELECT id, kind, name, scope, hash, created_us, expires_us, used_us, revoked_us FROM token WHERE id = :id;

-- name: token_list
SELECT id, kind, name, scope, hash, created_us, expires_us, used_us, revoked_us
FROM token ORDER BY kind, created_us, id; /*scan*/

-- name: token_use
UPDATE token SET used_us = :now_us WHERE id = :id AND used_us < :now_us;

-- name: token_spend
-- A link counts once: of two who come at the same time one finds nothing to change.
UPDATE token SET used_us = :now_us WHERE id = :id AND kind = 1 AND used_us = 0 AND revoked_us = 0;

-- name: token_revoke
UPDATE token SET revoked_us = :now_us WHERE revoked_us = 0 AND (id = :word OR (name = :word AND kind = 0)); /*scan*/

-- name: token_live
-- Access tokens that are worth something now; with a name, those of that name.
SELECT count(*) FROM token
WHERE kind = 0 AND revoked_us = 0 AND (expires_us = 0 OR expires_us > :now_us) AND (:name IS NULL OR name = :name); /*scan*/

-- name: token_prune
-- Links and sessions that have long ended.
DELETE FROM token WHERE kind > 0 AND expires_us < :before_us; /*scan*/
