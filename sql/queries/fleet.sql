-- name: fleet_put
INSERT INTO fleet (name, gpu, gpus_per_replica, gpu_hour_nano, gpu_hour_source, throughput_milli_tok_s,
	throughput_origin, throughput_source, headroom_ppm, redundancy, min_replicas, scaling, lag_ms,
	hours_month_milli, ops_month_nano, fixed_month_nano, upfront_nano, per_mtok_nano, changed_us,
	throughput_low_milli_tok_s, throughput_high_milli_tok_s)
VALUES (:name, :gpu, :gpus_per_replica, :gpu_hour_nano, :gpu_hour_source, :throughput_milli_tok_s,
	:throughput_origin, :throughput_source, :headroom_ppm, :redundancy, :min_replicas, :scaling, :lag_ms,
	:hours_month_milli, :ops_month_nano, :fixed_month_nano, :upfront_nano, :per_mtok_nano, :changed_us,
	:throughput_low_milli_tok_s, :throughput_high_milli_tok_s)
ON CONFLICT (name) DO UPDATE SET gpu = excluded.gpu, gpus_per_replica = excluded.gpus_per_replica,
	gpu_hour_nano = excluded.gpu_hour_nano, gpu_hour_source = excluded.gpu_hour_source,
	throughput_milli_tok_s = excluded.throughput_milli_tok_s, throughput_origin = excluded.throughput_origin,
	throughput_source = excluded.throughput_source, headroom_ppm = excluded.headroom_ppm,
	redundancy = excluded.redundancy, min_replicas = excluded.min_replicas, scaling = excluded.scaling,
	lag_ms = excluded.lag_ms, hours_month_milli = excluded.hours_month_milli,
	ops_month_nano = excluded.ops_month_nano, fixed_month_nano = excluded.fixed_month_nano,
	upfront_nano = excluded.upfront_nano, per_mtok_nano = excluded.per_mtok_nano, changed_us = excluded.changed_us,
	throughput_low_milli_tok_s = excluded.throughput_low_milli_tok_s,
	throughput_high_milli_tok_s = excluded.throughput_high_milli_tok_s;

-- name: fleet_get
SELECT name, gpu, gpus_per_replica, gpu_hour_nano, gpu_hour_source, throughput_milli_tok_s, throughput_origin,
	throughput_source, headroom_ppm, redundancy, min_replicas, scaling, lag_ms, hours_month_milli, ops_month_nano,
	fixed_month_nano, upfront_nano, per_mtok_nano, changed_us, throughput_low_milli_tok_s,
	throughput_high_milli_tok_s
FROM fleet WHERE name = :name;

-- name: fleet_list
SELECT name, gpu, gpus_per_replica, gpu_hour_nano, gpu_hour_source, throughput_milli_tok_s, throughput_origin,
	throughput_source, headroom_ppm, redundancy, min_replicas, scaling, lag_ms, hours_month_milli, ops_month_nano,
	fixed_month_nano, upfront_nano, per_mtok_nano, changed_us, throughput_low_milli_tok_s,
	throughput_high_milli_tok_s
FROM fleet ORDER BY name; /*scan*/

-- name: fleet_remove
DELETE FROM fleet WHERE name = :name;

-- name: fleet_user
SELECT name FROM workload WHERE fleet = :name ORDER BY name LIMIT 1; /*scan*/

-- name: workload_put
INSERT INTO workload (name, owner, closed_provider, closed_model, fleet, changed_us)
VALUES (:name, :owner, :closed_provider, :closed_model, :fleet, :changed_us)
ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, closed_provider = excluded.closed_provider,
	closed_model = excluded.closed_model, fleet = excluded.fleet, changed_us = excluded.changed_us;

-- name: workload_get
SELECT name, owner, closed_provider, closed_model, fleet, changed_us FROM workload WHERE name = :name;

-- name: workload_list
SELECT name, owner, closed_provider, closed_model, fleet, changed_us FROM workload ORDER BY name; /*scan*/

-- name: workload_remove
DELETE FROM workload WHERE name = :name;
