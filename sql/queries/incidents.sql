-- name: incident_get
SELECT started_us, ended_us, over, impact, status, name, url, components, updated_us
FROM incident WHERE provider = :provider AND id = :id;

-- name: incident_put
INSERT INTO incident (provider, id, started_us, ended_us, over, impact, status, name, url, components, updated_us, seen_us,
	run)
VALUES (:provider, :id, :started_us, :ended_us, :over, :impact, :status, :name, :url, :components, :updated_us, :seen_us,
	:run)
ON CONFLICT (provider, id) DO UPDATE SET started_us = excluded.started_us, ended_us = excluded.ended_us,
	over = excluded.over, impact = excluded.impact, status = excluded.status, name = excluded.name,
	url = excluded.url, components = excluded.components, updated_us = excluded.updated_us, edits = edits + 1,
	seen_us = excluded.seen_us, run = excluded.run;

-- name: incident_seen
UPDATE incident SET seen_us = max(seen_us, :seen_us) WHERE provider = :provider AND id = :id;

-- name: status_page_seen
INSERT INTO status_page (provider, seen_us) VALUES (:provider, :seen_us)
ON CONFLICT (provider) DO UPDATE SET seen_us = max(seen_us, excluded.seen_us);

-- name: incident_list
SELECT incident.provider, id, started_us, ended_us, over, impact, status, name, url, components, updated_us, edits,
	status_page.seen_us
FROM incident JOIN status_page ON status_page.provider = incident.provider
ORDER BY incident.provider, started_us, id; /*scan*/

-- name: page_silent
-- Status pages that were read and told of nothing. What changes nothing leaves no run behind: then only the last time is known.
SELECT source.name, coalesce((SELECT min(started_us) FROM run WHERE run.source = source.id), 0) AS first_us,
	max(coalesce(source_state.ok_us, 0), coalesce((SELECT max(finished_us) FROM run WHERE run.source = source.id), 0))
	AS last_us
FROM source LEFT JOIN source_state ON source_state.source = source.id /*scan*/
WHERE source.collector IN ('statuspage', 'google-status') AND last_us > 0
	AND coalesce(source_state.taken + source_state.repeated + source_state.replaced, 0) = 0
	AND NOT EXISTS (SELECT 1 FROM run WHERE run.source = source.id AND taken + repeated + replaced > 0)
ORDER BY source.name;
