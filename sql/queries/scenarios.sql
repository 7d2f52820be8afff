-- name: scenario_put
INSERT INTO scenario (name, body, changed_us) VALUES (:name, :body, :changed_us)
ON CONFLICT (name) DO UPDATE SET body = excluded.body, changed_us = excluded.changed_us;

-- name: scenario_get
SELECT name, body, changed_us FROM scenario WHERE name = :name;

-- name: scenario_list
SELECT name, body, changed_us FROM scenario ORDER BY name; /*scan*/

-- name: scenario_remove
DELETE FROM scenario WHERE name = :name;
