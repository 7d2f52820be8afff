-- name: rule_list
SELECT id, account, project, key, provider, model, service_tier, tag, said_workload, workload, team, cost_centre,
	counts, from_us, to_us, note, changed_us
FROM rule ORDER BY position, id; /*scan*/

-- name: rule_put
INSERT INTO rule (id, position, account, project, key, provider, model, service_tier, tag, said_workload, workload,
	team, cost_centre, counts, from_us, to_us, note, changed_us)
VALUES (:id, :position, :account, :project, :key, :provider, :model, :service_tier, :tag, :said_workload, :workload,
	:team, :cost_centre, :counts, :from_us, :to_us, :note, :changed_us)
ON CONFLICT (id) DO UPDATE SET account = excluded.account, project = excluded.project, key = excluded.key,
	provider = excluded.provider, model = excluded.model, service_tier = excluded.service_tier, tag = excluded.tag,
	said_workload = excluded.said_workload, workload = excluded.workload, team = excluded.team,
	cost_centre = excluded.cost_centre, counts = excluded.counts, from_us = excluded.from_us, to_us = excluded.to_us, note = excluded.note,
	changed_us = excluded.changed_us;

-- name: rule_place
UPDATE rule SET position = :position WHERE id = :id;

-- name: rule_remove
DELETE FROM rule WHERE id = :id;

-- name: audit_add
INSERT INTO audit (at_us, who, what, about, detail) VALUES (:at_us, :who, :what, :about, :detail);

-- name: audit_list
SELECT id, at_us, who, what, about, detail FROM audit ORDER BY id DESC LIMIT :limit; /*scan*/
