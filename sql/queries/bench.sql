-- name: bench_run_put
INSERT INTO bench_run (measured_us, kind, subject, whole, note)
VALUES (:measured_us, :kind, :subject, :whole, :note) RETURNING id;

-- name: bench_figure_put
INSERT INTO bench_figure (run, name, unit, value, low, high) VALUES (:run, :name, :unit, :value, :low, :high);

-- name: bench_run_list
SELECT id, measured_us, kind, subject, whole, note FROM bench_run ORDER BY id DESC LIMIT :limit; /*scan*/

-- name: bench_figure_list
SELECT name, unit, value, low, high FROM bench_figure WHERE run = :run;
