// Libraries that stand in for an NVIDIA GPU: they keep a clock of their own, take so long for each call as they are
// told, refuse what the real ones refuse (a matrix outside its memory, an event that was not waited for), fail where
// they are told to, and write down what was asked of them.
//
//   NAME:NTH:CODE in FAKE_FAIL fails that call. FAKE_LOG is written at the end: "part KEY CALLS MS" for each row of
//   calls between two events, "cached KEY" where weights were read again before the L2 cache had gone by, "wrong ..."
//   for what a GPU would not take, "calls NAME N", "held WHAT N" for what was not given back, "power MW" and so on.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const common = `
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
typedef unsigned long long u64;
int fake_fails(const char *name);
void fake_held(const char *what, int by);
void fake_log(const char *format, ...);
int fake_told(const char *name, int otherwise);
int fake_inside(u64 at, u64 bytes);
void fake_read(u64 at, double bytes);
void fake_take(double ms, const char *format, ...);
`;

const state = `${common}
struct count { const char *name; int n; } calls[96], held[32];
double fake_now; long fake_operations; char fake_key[128]; int fake_sections;
struct { u64 at, bytes; } ranges[64]; int ranges_n;
struct { u64 at; double when; } seen[4096]; int seen_n; double read_bytes; int said_cached;
static FILE *out(void) { static FILE *f; if (!f) { const char *p = getenv("FAKE_LOG"); f = fopen(p ? p : "/dev/null", "w"); } return f; }
static int *find(struct count *c, const char *name) { for (; c->name && strcmp(c->name, name); c++); c->name = name; return &c->n; }
int fake_told(const char *name, int otherwise) { const char *v = getenv(name); return v ? atoi(v) : otherwise; }
void fake_log(const char *format, ...) { va_list l; va_start(l, format); vfprintf(out(), format, l); va_end(l); fputc('\\n', out()); }
int fake_fails(const char *name) {
	const char *fail = getenv("FAKE_FAIL"); size_t n = strlen(name); int nth, code, k = ++*find(calls, name);
	return fail && !strncmp(fail, name, n) && sscanf(fail + n, ":%d:%d", &nth, &code) == 2 && k == nth ? code : 0;
}
void fake_held(const char *what, int by) { *find(held, what) += by; }
int fake_inside(u64 at, u64 bytes) {
	for (int i = 0; i < ranges_n; i++) if (at >= ranges[i].at && at + bytes <= ranges[i].at + ranges[i].bytes) return 1;
	fake_log("wrong address of %s: %llu bytes", fake_key, bytes);
	return 0;
}
void fake_begin(void) { seen_n = 0; read_bytes = 0; said_cached = 0; fake_sections++; }
void fake_read(u64 at, double bytes) {
	int i = 0;
	for (; i < seen_n && seen[i].at != at; i++);
	if (i < seen_n && read_bytes - seen[i].when < 4.0 * fake_told("FAKE_L2", 52428800) && !said_cached++) fake_log("cached %s", fake_key);
	if (i == seen_n && seen_n < 4095) seen_n++;
	read_bytes += bytes; seen[i].at = at; seen[i].when = read_bytes;
}
void fake_take(double ms, const char *format, ...) {
	va_list l; va_start(l, format); vsnprintf(fake_key, sizeof(fake_key), format, l); va_end(l);
	fake_operations++;
	fake_now += ms * (1 + 0.02 * (fake_sections * 7 % 11 % 5));
}
__attribute__((destructor)) static void end(void) {
	for (int i = 0; calls[i].name; i++) fake_log("calls %s %d", calls[i].name, calls[i].n);
	for (int i = 0; held[i].name; i++) fake_log("held %s %d", held[i].name, held[i].n);
	fclose(out());
}
`;

const cuda = `${common}
extern double fake_now; extern long fake_operations; extern char fake_key[128];
extern struct { u64 at, bytes; } ranges[64]; extern int ranges_n;
void fake_begin(void);
struct event { double at; long operations; int recorded, waited; };
static int inited, current, retained;
#define FAIL(name) do { int f = fake_fails(name); if (f) return f; } while (0)
#define ENTERED(name) do { if (!current) { fake_log("wrong order: %s without a context", name); return 201; } FAIL(name); } while (0)
int cuInit(unsigned flags) { FAIL("cuInit"); if (!fake_told("FAKE_COUNT", 1)) return 100; inited = 1; return flags ? 1 : 0; }
int cuDriverGetVersion(int *v) { FAIL("cuDriverGetVersion"); *v = 13000; return 0; }
int cuDeviceGetCount(int *n) { FAIL("cuDeviceGetCount"); if (!inited) return 3; *n = fake_told("FAKE_COUNT", 1); return 0; }
int cuDeviceGet(int *d, int i) { FAIL("cuDeviceGet"); *d = 70 + i; return 0; }
int cuDeviceGetName(char *to, int n, int d) { FAIL("cuDeviceGetName"); const char *v = getenv("FAKE_NAME"); snprintf(to, n, "%s", v ? v : "NVIDIA H100 80GB HBM3"); return d < 70 ? 101 : 0; }
int cuDeviceGetAttribute(int *v, int a, int d) {
	FAIL("cuDeviceGetAttribute");
	if (d < 70) return 101;
	*v = a == 16 ? 132 : a == 38 ? fake_told("FAKE_L2", 52428800) : a == 75 ? fake_told("FAKE_MAJOR", 9) : a == 76 ? 0 : -1;
	return *v < 0 ? 1 : 0;
}
int cuDeviceGetPCIBusId(char *to, int n, int d) { FAIL("cuDeviceGetPCIBusId"); snprintf(to, n, "0000:%02X:00.0", d); return n < 13; }
int cuDevicePrimaryCtxRetain(void **c, int d) { FAIL("cuDevicePrimaryCtxRetain"); *c = &retained; retained++; fake_held("context", 1); return d < 70 ? 101 : 0; }
int cuDevicePrimaryCtxRelease_v2(int d) { FAIL("cuDevicePrimaryCtxRelease"); fake_held("context", -1); return d < 70 ? 101 : 0; }
int cuCtxSetCurrent(void *c) { FAIL("cuCtxSetCurrent"); if (c != &retained) return 201; current = 1; return 0; }
static u64 taken;
static u64 all(void) { return (u64)fake_told("FAKE_MB", 80000) * 1000000; }
int cuMemGetInfo_v2(size_t *f, size_t *a) { ENTERED("cuMemGetInfo"); *f = all() - taken - (u64)fake_told("FAKE_OTHERS_MB", 600) * 1000000; *a = all(); return 0; }
int cuMemAlloc_v2(u64 *p, size_t n) {
	static u64 next = 0x7f0000000000;
	ENTERED("cuMemAlloc");
	if (!n || n > all() - taken) return n ? 2 : 1;
	*p = next; ranges[ranges_n].at = next; ranges[ranges_n++].bytes = n;
	next += (n + 0x1fffff) / 0x200000 * 0x200000 + 0x200000; taken += n; fake_held("memory", 1);
	return 0;
}
int cuMemFree_v2(u64 p) {
	FAIL("cuMemFree");
	for (int i = 0; i < ranges_n; i++) if (ranges[i].at == p && ranges[i].bytes) { taken -= ranges[i].bytes; ranges[i].bytes = 0; fake_held("memory", -1); return 0; }
	return 1;
}
int cuMemAllocHost_v2(void **p, size_t n) { ENTERED("cuMemAllocHost"); *p = malloc(n); fake_held("host memory", 1); return 0; }
int cuMemFreeHost(void *p) { FAIL("cuMemFreeHost"); free(p); fake_held("host memory", -1); return 0; }
int cuMemcpyHtoDAsync_v2(u64 to, const void *from, size_t n, void *stream) {
	ENTERED("cuMemcpyHtoDAsync");
	if (!stream || !fake_inside(to, n)) return 1;
	volatile char last = ((const char *)from)[n - 1]; (void)last;
	fake_take(n / 5.0e7, "upload %zu", n);
	return 0;
}
int cuMemcpyDtoDAsync_v2(u64 to, u64 from, size_t n, void *stream) {
	ENTERED("cuMemcpyDtoDAsync");
	if (!stream || !fake_inside(to, n) || !fake_inside(from, n) || (to < from + n && from < to + n)) return 1;
	fake_take(2.0 * n / 2.9e9, "copy %zu", 2 * n);
	return 0;
}
int cuStreamCreate(void **s, unsigned flags) { ENTERED("cuStreamCreate"); *s = malloc(1); fake_held("stream", 1); return flags > 1; }
int cuStreamDestroy_v2(void *s) { FAIL("cuStreamDestroy"); free(s); fake_held("stream", -1); return 0; }
int cuStreamSynchronize(void *s) { FAIL("cuStreamSynchronize"); return !s; }
int cuEventCreate(void **e, unsigned flags) { ENTERED("cuEventCreate"); *e = calloc(1, sizeof(struct event)); fake_held("event", 1); return flags & 2; }
int cuEventDestroy_v2(void *e) { FAIL("cuEventDestroy"); free(e); fake_held("event", -1); return 0; }
int cuEventRecord(struct event *e, void *s) { ENTERED("cuEventRecord"); if (!s) return 400; *e = (struct event){ fake_now, fake_operations, 1, 0 }; static int odd; if (!(odd++ % 2)) fake_begin(); return 0; }
int cuEventSynchronize(struct event *e) { FAIL("cuEventSynchronize"); if (!e->recorded) return 400; e->waited = 1; return 0; }
int cuEventElapsedTime(float *ms, struct event *a, struct event *b) {
	FAIL("cuEventElapsedTime");
	if (!a->recorded || !b->waited) { fake_log("wrong order: an event that was not waited for"); return 600; }
	*ms = (float)(b->at - a->at);
	fake_log("part %s | %ld %.9g", fake_key, b->operations - a->operations, (double)*ms);
	return 0;
}
int cuGetErrorName(int e, const char **t) { *t = e == 2 ? "CUDA_ERROR_OUT_OF_MEMORY" : e == 100 ? "CUDA_ERROR_NO_DEVICE" : e == 719 ? "CUDA_ERROR_LAUNCH_FAILED" : 0; return !*t; }
int cuGetErrorString(int e, const char **t) { *t = e == 2 ? "out of memory" : e == 100 ? "no CUDA-capable device is detected" : e == 719 ? "unspecified launch failure" : 0; return !*t; }
`;

// Types 0, 14 and 28 are 32 bit, bfloat16 and e4m3; 68 computes in 32 bit.
const blas = `${common}
#define FAIL(name) do { int f = fake_fails(name); if (f) return f; } while (0)
static void *stream;
static u64 spans(int ld, int cols, int rows, int batch, long long stride) { return 2 * ((u64)ld * (cols - 1) + rows + (u64)stride * (batch - 1)); }
int cublasCreate_v2(void **h) { FAIL("cublasCreate"); *h = malloc(1); fake_held("cuBLAS", 1); return 0; }
int cublasDestroy_v2(void *h) { FAIL("cublasDestroy"); free(h); fake_held("cuBLAS", -1); return 0; }
int cublasGetVersion_v2(void *h, int *v) { FAIL("cublasGetVersion"); *v = 130100; return 0; }
int cublasSetStream_v2(void *h, void *s) { FAIL("cublasSetStream"); stream = s; return 0; }
const char *cublasGetStatusString(int s) { return s == 1 ? "the library was not initialized" : s == 13 ? "the function failed to launch on the GPU" : "another status"; }
static int sound(int ta, int tb, int m, int n, int k, int lda, int ldb, int ldc, int type, int compute, int algorithm, const float *alpha, const float *beta) {
	if (tb || type != 14 || compute != 68 || algorithm != -1 || *alpha != 1 || *beta != 0 || !stream) { fake_log("wrong kind of product"); return 0; }
	if (lda < (ta ? k : m) || ldb < k || ldc < m) { fake_log("wrong leading dimension: %d %d %d of %d %d %d", lda, ldb, ldc, m, n, k); return 0; }
	return 1;
}
int cublasGemmEx(void *h, int ta, int tb, int m, int n, int k, const void *alpha, const void *a, int at, int lda, const void *b, int bt, int ldb, const void *beta, void *c, int ct, int ldc, int compute, int algorithm) {
	FAIL("cublasGemmEx");
	if (at != bt || bt != ct || !sound(ta, tb, m, n, k, lda, ldb, ldc, at, compute, algorithm, alpha, beta) || !fake_inside((u64)a, spans(lda, ta ? m : k, ta ? k : m, 1, 0)) ||
		!fake_inside((u64)b, spans(ldb, n, k, 1, 0)) || !fake_inside((u64)c, spans(ldc, n, m, 1, 0))) return 7;
	double math = 2.0 * m * n * k / 7e11, read = 2.0 * m * k / 2.7e9;
	fake_take(math + read + 0.002, "bf16 %d %d %d", m, n, k);
	fake_read((u64)a, 2.0 * m * k);
	return 0;
}
int cublasGemmStridedBatchedEx(void *h, int ta, int tb, int m, int n, int k, const void *alpha, const void *a, int at, int lda, long long sa, const void *b, int bt, int ldb, long long sb, const void *beta, void *c, int ct, int ldc, long long sc, int batch, int compute, int algorithm) {
	static u64 scores; static int inner;
	FAIL("cublasGemmStridedBatchedEx");
	if (at != bt || bt != ct || !sound(ta, tb, m, n, k, lda, ldb, ldc, at, compute, algorithm, alpha, beta) || !fake_inside((u64)a, spans(lda, ta ? m : k, ta ? k : m, batch, sa)) ||
		!fake_inside((u64)b, spans(ldb, n, k, batch, sb)) || !fake_inside((u64)c, spans(ldc, n, m, batch, sc))) return 7;
	if (sa < (long long)m * k || sb < (long long)n * k || sc < (long long)m * n) { fake_log("wrong stride"); return 7; }
	if (!ta && ((u64)b != scores || k != inner || scores + 2ull * m * n * batch > (u64)c && (u64)c + 2ull * m * n * batch > scores + 2ull * k * n * batch)) fake_log("wrong scores");
	scores = (u64)c; inner = m;
	fake_take(2.0 * m * k * batch / 2.2e9, ta ? "keys %d %d %d %d" : "values %d %d %d %d", m, n, k, batch);
	fake_read((u64)a, 2.0 * m * k * batch);
	return 0;
}
`;

const lt = `${common}
#define FAIL(name) do { int f = fake_fails(name); if (f) return f; } while (0)
struct layout { int type; u64 rows, cols; long long ld; };
struct product { int transposed, fast; };
struct choice { u64 algorithm[8]; size_t workspace; int state; float waves; int reserved[4]; };
int cublasLtCreate(void **h) { FAIL("cublasLtCreate"); *h = malloc(1); fake_held("cuBLASLt", 1); return 0; }
int cublasLtDestroy(void *h) { FAIL("cublasLtDestroy"); free(h); fake_held("cuBLASLt", -1); return 0; }
const char *cublasLtGetStatusString(int s) { return s == 13 ? "the function failed to launch on the GPU" : "another status"; }
int cublasLtMatmulDescCreate(struct product **p, int compute, int scale) { FAIL("cublasLtMatmulDescCreate"); *p = calloc(1, sizeof(**p)); fake_held("product", 1); return compute != 68 || scale != 0 ? 7 : 0; }
int cublasLtMatmulDescDestroy(void *p) { FAIL("cublasLtMatmulDescDestroy"); free(p); fake_held("product", -1); return 0; }
int cublasLtMatmulDescSetAttribute(struct product *p, int a, const void *v, size_t n) {
	FAIL("cublasLtMatmulDescSetAttribute");
	if (a == 3 && n == 4) p->transposed = *(const int *)v; else if (a == 25 && n == 1 && !fake_told("FAKE_LT_OLD", 0)) p->fast = *(const char *)v; else return 7;
	return 0;
}
int cublasLtMatrixLayoutCreate(struct layout **l, int type, u64 rows, u64 cols, long long ld) { FAIL("cublasLtMatrixLayoutCreate"); *l = malloc(sizeof(**l)); **l = (struct layout){ type, rows, cols, ld }; fake_held("layout", 1); return ld < (long long)rows ? 7 : 0; }
int cublasLtMatrixLayoutDestroy(void *l) { FAIL("cublasLtMatrixLayoutDestroy"); free(l); fake_held("layout", -1); return 0; }
int cublasLtMatmulPreferenceCreate(void **p) { FAIL("cublasLtMatmulPreferenceCreate"); *p = malloc(1); fake_held("preference", 1); return 0; }
int cublasLtMatmulPreferenceDestroy(void *p) { FAIL("cublasLtMatmulPreferenceDestroy"); free(p); fake_held("preference", -1); return 0; }
static u64 workspace_most;
int cublasLtMatmulPreferenceSetAttribute(void *p, int a, const void *v, size_t n) { FAIL("cublasLtMatmulPreferenceSetAttribute"); if (a != 1 || n != 8) return 7; workspace_most = *(const u64 *)v; return 0; }
static int fits(const struct product *p, const struct layout *a, const struct layout *b, const struct layout *c, const struct layout *d) {
	return p->transposed == 1 && p->fast == 1 && a->type == 28 && b->type == 28 && c->type == 14 && d->type == 14 && a->rows == b->rows && c->rows == a->cols && c->cols == b->cols &&
		d->rows == c->rows && d->cols == c->cols && a->rows % 16 == 0 && a->cols % 8 == 0;
}
int cublasLtMatmulAlgoGetHeuristic(void *h, struct product *p, struct layout *a, struct layout *b, struct layout *c, struct layout *d, void *preference, int wanted, struct choice *choice, int *n) {
	FAIL("cublasLtMatmulAlgoGetHeuristic");
	if (!fits(p, a, b, c, d)) return 7;
	if ((int)b->cols == fake_told("FAKE_LT_LACKS", -1)) return 15;
	memset(choice, 0, sizeof(*choice) * wanted);
	if ((int)b->cols == fake_told("FAKE_LT_STATE", -1)) choice->state = 15; // found, and not to be run
	choice->algorithm[7] = choice->state ? 0 : a->rows * 1000003 + a->cols * 1009 + b->cols; choice->workspace = workspace_most; *n = 1;
	return 0;
}
int cublasLtMatmul(void *h, struct product *p, const float *alpha, const void *a, struct layout *al, const void *b, struct layout *bl, const float *beta, const void *c, struct layout *cl, void *d, struct layout *dl, const u64 *algorithm, void *workspace, size_t size, void *stream) {
	FAIL("cublasLtMatmul");
	u64 m = al->cols, n = bl->cols, k = al->rows;
	if (!fits(p, al, bl, cl, dl) || *alpha != 1 || *beta != 0 || c != d || !stream || algorithm[7] != k * 1000003 + m * 1009 + n || size < workspace_most) { fake_log("wrong product in fp8"); return 7; }
	if (!fake_inside((u64)a, al->ld * (m - 1) + k) || !fake_inside((u64)b, bl->ld * (n - 1) + k) || !fake_inside((u64)d, 2 * (dl->ld * (n - 1) + m)) || !fake_inside((u64)workspace, size)) return 7;
	fake_take(2.0 * m * n * k / 1.3e12 + m * k / 2.5e9 + 0.003, "fp8 %llu %llu %llu", m, n, k);
	fake_read((u64)a, (double)m * k);
	return 0;
}
`;

const nvml = `${common}
#define FAIL(name) do { int f = fake_fails(name); if (f) return f; } while (0)
static int gpu;
int nvmlInit_v2(void) { FAIL("nvmlInit"); fake_held("NVML", 1); return 0; }
int nvmlShutdown(void) { FAIL("nvmlShutdown"); fake_held("NVML", -1); return 0; }
const char *nvmlErrorString(int e) { return e == 3 ? "Not Supported" : "Unknown Error"; }
int nvmlDeviceGetHandleByPciBusId_v2(const char *id, void **h) { FAIL("nvmlDeviceGetHandleByPciBusId"); *h = &gpu; return strncmp(id, "0000:4", 6) ? 6 : 0; }
int nvmlDeviceGetMigMode(void *h, unsigned *now, unsigned *later) { FAIL("nvmlDeviceGetMigMode"); *now = *later = fake_told("FAKE_MIG", 0); return 0; }
int nvmlDeviceGetPowerUsage(void *h, unsigned *v) { static int n; FAIL("nvmlDeviceGetPowerUsage"); fake_log("power %u", *v = 640000 + 250 * n++); return 0; }
int nvmlDeviceGetClockInfo(void *h, int kind, unsigned *v) { static int n; FAIL("nvmlDeviceGetClockInfo"); if (kind != 1) return 2; fake_log("clock %u", *v = 1755 - 15 * (n++ % 4)); return 0; }
int nvmlDeviceGetTemperature(void *h, int sensor, unsigned *v) { static int n; FAIL("nvmlDeviceGetTemperature"); if (sensor) return 2; fake_log("temperature %u", *v = 50 + n++ % 20); return 0; }
int nvmlDeviceGetCurrentClocksThrottleReasons(void *h, u64 *v) { FAIL("nvmlDeviceGetCurrentClocksEventReasons"); *v = fake_told("FAKE_REASONS", 0); return 0; }
`;

const libraries = { 'libcuda.so.1': cuda, 'libcublas.so.13': blas, 'libcublasLt.so.13': lt, 'libnvidia-ml.so.1': nvml };
const compiler = process.env.CC || 'cc';

// Builds them into the folder; why it could not be done, or '' .
export function build(folder) {
	const make = (name, text, ...more) => {
		const source = path.join(folder, `${name}.c`);
		fs.writeFileSync(source, text);
		return spawnSync(compiler, ['-w', '-O1', '-shared', '-fPIC', '-o', path.join(folder, name), source, ...more], { encoding: 'utf8' });
	};
	fs.mkdirSync(folder, { recursive: true });
	let done = make('libfake.so', state);
	for (const [name, text] of Object.entries(libraries))
		if (done.status === 0) done = make(name, text, `-L${folder}`, '-lfake', '-Wl,-rpath,$ORIGIN');
	return done.status === 0 ? '' : String(done.error || done.stderr);
}

// What was written down: { parts: { key: [{calls, ms}] }, calls, held, told: { power: [], ... }, wrong: [] }.
export function read(file) {
	const log = { parts: {}, calls: {}, held: {}, told: { power: [], clock: [], temperature: [] }, wrong: [] };
	for (const line of fs.readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
		const [word, ...rest] = line.split(' ');
		if (word === 'part') {
			const [key, figures] = rest.join(' ').split(' | ');
			const [calls, ms] = figures.split(' ').map(Number);
			(log.parts[key] ||= []).push({ calls, ms });
		} else if (word === 'calls' || word === 'held') log[word][rest.slice(0, -1).join(' ')] = Number(rest.at(-1));
		else if (word in log.told) log.told[word].push(Number(rest[0]));
		else log.wrong.push(line);
	}
	return log;
}
