-- name: speed_put
-- A later reading says the quarter hour whole again; one that has seen less of it is older.
INSERT INTO observed_speed (quarter_us, engine, replica, model, gpu, from_us, to_us, watched_us, input_tokens,
	cached_tokens, output_tokens, requests, busy_us, running_ms, waiting_ms, kv_ppm_ms, ttft_us, ttft_requests,
	token_us, token_gaps, gpus, tp, precision, engine_version, anchor_model)
VALUES (:quarter_us, :engine, :replica, :model, :gpu, :from_us, :to_us, :watched_us, :input_tokens,
	:cached_tokens, :output_tokens, :requests, :busy_us, :running_ms, :waiting_ms, :kv_ppm_ms, :ttft_us,
	:ttft_requests, :token_us, :token_gaps, :gpus, :tp, :precision, :engine_version, :anchor_model)
ON CONFLICT DO UPDATE SET gpu = excluded.gpu, from_us = excluded.from_us, to_us = excluded.to_us,
	watched_us = excluded.watched_us, input_tokens = excluded.input_tokens, cached_tokens = excluded.cached_tokens,
	output_tokens = excluded.output_tokens, requests = excluded.requests, busy_us = excluded.busy_us,
	running_ms = excluded.running_ms, waiting_ms = excluded.waiting_ms, kv_ppm_ms = excluded.kv_ppm_ms,
	ttft_us = excluded.ttft_us, ttft_requests = excluded.ttft_requests, token_us = excluded.token_us,
	token_gaps = excluded.token_gaps, gpus = excluded.gpus, tp = excluded.tp, precision = excluded.precision,
	engine_version = excluded.engine_version, anchor_model = excluded.anchor_model
WHERE excluded.watched_us >= observed_speed.watched_us;

-- name: speed_scan
SELECT quarter_us, engine, replica, model, gpu, precision, engine_version, anchor_model, from_us, to_us, watched_us,
	input_tokens, cached_tokens, output_tokens, requests, busy_us, running_ms, waiting_ms, kv_ppm_ms, ttft_us, ttft_requests,
	token_us, token_gaps, gpus, tp,
	EXISTS (SELECT 1 FROM observed_speed AS other
		WHERE other.quarter_us = one.quarter_us AND other.engine = one.engine AND other.replica = one.replica
			AND other.model <> one.model AND other.output_tokens > 0)
FROM observed_speed AS one WHERE quarter_us >= :from_us AND quarter_us < :to_us AND (:placed = 0 OR gpu <> '')
ORDER BY quarter_us, engine, replica, model;
