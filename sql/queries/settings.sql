-- name: setting_put
INSERT INTO setting (key, value, changed_us) VALUES (:key, :value, :changed_us)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_us = excluded.changed_us;

-- name: setting_list
SELECT key, value FROM setting ORDER BY key; /*scan*/

-- name: setting_remove
DELETE FROM setting WHERE key = :key;
