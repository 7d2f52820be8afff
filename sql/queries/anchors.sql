-- name: anchor_put
INSERT INTO anchor (measured_us, expires_us, source, engine, engine_version, model, precision, gpu, gpus, tp, pp, dp,
	isl, osl, load, metric, unit, value, note)
VALUES (:measured_us, :expires_us, :source, :engine, :engine_version, :model, :precision, :gpu, :gpus, :tp, :pp, :dp,
	:isl, :osl, :load, :metric, :unit, :value, :note)
RETURNING id;

-- name: anchor_list
SELECT id, measured_us, expires_us, source, engine, engine_version, model, precision, gpu, gpus, tp, pp, dp, isl, osl,
	load, metric, unit, value, note
FROM anchor WHERE expires_us > :now_us ORDER BY measured_us DESC, id DESC; /*scan*/

-- name: anchor_remove
DELETE FROM anchor WHERE id = :id;
