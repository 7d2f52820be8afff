/*
 * nvidia: see nvidia.h.
 */
#include "daemon/bench/nvidia.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "daemon/base/library.h"
#include "models/units/err.h"

#define DRIVER "libcuda.so.1"
#define NVML "libnvidia-ml.so.1"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Of CUDA, newest first. */
static const int versions[] = { 13, 12, 11 };

#define CUDA(name, member) \
	{ \
		name, offsetof(struct cuda, member), true \
	}
#define BLAS(name, member, needed) \
	{ \
		name, offsetof(struct blas, member), needed \
	}
#define LT(name, member, needed) \
	{ \
		name, offsetof(struct lt, member), needed \
	}
#define MANAGE(name, member, needed) \
	{ \
		name, offsetof(struct nvml, member), needed \
	}

static const struct symbol cuda_symbols[] = {
	CUDA("cuInit", init),
	CUDA("cuDriverGetVersion", driver_version),
	CUDA("cuDeviceGetCount", count),
	CUDA("cuDeviceGet", device),
	CUDA("cuDeviceGetName", name),
	CUDA("cuDeviceGetAttribute", attribute),
	CUDA("cuDeviceGetPCIBusId", bus_id),
	CUDA("cuDevicePrimaryCtxRetain", retain),
	CUDA("cuDevicePrimaryCtxRelease_v2", release),
	CUDA("cuCtxSetCurrent", set_current),
	CUDA("cuMemGetInfo_v2", memory_info),
	CUDA("cuMemAlloc_v2", allocate),
	CUDA("cuMemFree_v2", free),
	CUDA("cuMemAllocHost_v2", allocate_host),
	CUDA("cuMemFreeHost", free_host),
	CUDA("cuMemcpyHtoDAsync_v2", copy_in),
	CUDA("cuMemcpyDtoDAsync_v2", copy),
	CUDA("cuStreamCreate", stream_create),
	CUDA("cuStreamDestroy_v2", stream_destroy),
	CUDA("cuStreamSynchronize", stream_wait),
	CUDA("cuEventCreate", event_create),
	CUDA("cuEventDestroy_v2", event_destroy),
	CUDA("cuEventRecord", event_record),
	CUDA("cuEventSynchronize", event_wait),
	CUDA("cuEventElapsedTime", event_elapsed),
	CUDA("cuGetErrorName", error_name),
	CUDA("cuGetErrorString", error_text),
};

static const struct symbol blas_symbols[] = {
	BLAS("cublasCreate_v2", create, true),
	BLAS("cublasDestroy_v2", destroy, true),
	BLAS("cublasGetVersion_v2", version, true),
	BLAS("cublasSetStream_v2", set_stream, true),
	BLAS("cublasGemmEx", product, true),
	BLAS("cublasGemmStridedBatchedEx", batch, true),
	BLAS("cublasGetStatusString", status_text, false),
};

static const struct symbol lt_symbols[] = {
	LT("cublasLtCreate", create, true),
	LT("cublasLtDestroy", destroy, true),
	LT("cublasLtMatmulDescCreate", product_create, true),
	LT("cublasLtMatmulDescDestroy", product_destroy, true),
	LT("cublasLtMatmulDescSetAttribute", product_set, true),
	LT("cublasLtMatrixLayoutCreate", layout_create, true),
	LT("cublasLtMatrixLayoutDestroy", layout_destroy, true),
	LT("cublasLtMatmulPreferenceCreate", preference_create, true),
	LT("cublasLtMatmulPreferenceDestroy", preference_destroy, true),
	LT("cublasLtMatmulPreferenceSetAttribute", preference_set, true),
	LT("cublasLtMatmulAlgoGetHeuristic", choose, true),
	LT("cublasLtMatmul", run, true),
	LT("cublasLtGetStatusString", status_text, false),
};

static const struct symbol nvml_symbols[] = {
	MANAGE("nvmlInit_v2", init, true),
	MANAGE("nvmlShutdown", shutdown, true),
	MANAGE("nvmlErrorString", error_text, true),
	MANAGE("nvmlDeviceGetHandleByPciBusId_v2", by_bus_id, true),
	MANAGE("nvmlDeviceGetMigMode", mig, false),
	MANAGE("nvmlDeviceGetPowerUsage", power, false),
	MANAGE("nvmlDeviceGetClockInfo", clock, false),
	MANAGE("nvmlDeviceGetTemperature", temperature, false),
	MANAGE("nvmlDeviceGetCurrentClocksEventReasons", reasons, false),
	MANAGE("nvmlDeviceGetCurrentClocksThrottleReasons", reasons_older, false),
};

/* ---- what went wrong */

int
nvidia_cuda(const struct nvidia *nvidia, int code, const char *call, struct err *err)
{
	const char *name = NULL, *text = NULL;

	if (code == 0)
		return 0;
	if (nvidia->cuda.error_name(code, &name) != 0 || name == NULL)
		name = "an error without a name";
	if (nvidia->cuda.error_text(code, &text) != 0 || text == NULL)
		text = "no text";
	return err_set(err, ERR_OUTSIDE, "%s failed: %s, %s (%d)", call, name, text, code);
}

static int
status_fails(const char *(*status_text)(int), int status, const char *call, struct err *err)
{
	const char *text = status_text == NULL ? NULL : status_text(status);

	if (status == 0)
		return 0;
	return err_set(
		err, ERR_OUTSIDE, "%s failed: %s (%d)", call, text == NULL ? "a status without a text" : text, status);
}

int
nvidia_blas(const struct nvidia *nvidia, int status, const char *call, struct err *err)
{
	return status_fails(nvidia->blas.status_text, status, call, err);
}

int
nvidia_lt(const struct nvidia *nvidia, int status, const char *call, struct err *err)
{
	return status_fails(nvidia->lt.status_text, status, call, err);
}

/* ---- the driver and the GPU */

static int
open_driver(struct nvidia *nvidia, struct err *err)
{
	void *library = dlopen(DRIVER, RTLD_NOW | RTLD_LOCAL);
	const char *missing;
	int code;

	if (library == NULL)
		return err_set(err, ERR_OUTSIDE,
			"there is no NVIDIA driver on this machine: " DRIVER " cannot be loaded (%s)", dlerror());
	if ((missing = library_symbols(library, cuda_symbols, COUNT(cuda_symbols), &nvidia->cuda)) != NULL)
		return err_set(
			err, ERR_OUTSIDE, "the NVIDIA driver of this machine is too old: " DRIVER " lacks %s", missing);
	code = nvidia->cuda.init(0);
	if (nvidia_cuda(nvidia, code, "cuInit", err) == 0)
		return NVIDIA_CUDA(nvidia, driver_version, "cuDriverGetVersion", &nvidia->driver);
	return code == CUDA_NO_DEVICE ? err_in(err, "the NVIDIA driver of this machine finds no GPU")
				      : err_in(err, "the NVIDIA driver of this machine does not answer");
}

static int
find_gpu(struct nvidia *nvidia, int index, struct err *err)
{
	int count = 0;

	if (NVIDIA_CUDA(nvidia, count, "cuDeviceGetCount", &count) != 0)
		return -1;
	if (count <= 0)
		return err_set(err, ERR_OUTSIDE, "there is an NVIDIA driver on this machine, and no GPU");
	if (index >= count)
		return err_set(err, ERR_INPUT, "--gpu-index is %d; this machine has %d GPU%s, counted from 0", index,
			count, count == 1 ? "" : "s");
	if (NVIDIA_CUDA(nvidia, device, "cuDeviceGet", &nvidia->device, index) != 0 ||
		NVIDIA_CUDA(nvidia, name, "cuDeviceGetName", nvidia->name, (int)sizeof(nvidia->name), nvidia->device) !=
			0 ||
		NVIDIA_CUDA(nvidia, attribute, "cuDeviceGetAttribute", &nvidia->major, CUDA_ATTRIBUTE_MAJOR,
			nvidia->device) != 0 ||
		NVIDIA_CUDA(nvidia, attribute, "cuDeviceGetAttribute", &nvidia->minor, CUDA_ATTRIBUTE_MINOR,
			nvidia->device) != 0 ||
		NVIDIA_CUDA(nvidia, attribute, "cuDeviceGetAttribute", &nvidia->multiprocessors,
			CUDA_ATTRIBUTE_MULTIPROCESSORS, nvidia->device) != 0 ||
		NVIDIA_CUDA(nvidia, attribute, "cuDeviceGetAttribute", &nvidia->l2_bytes, CUDA_ATTRIBUTE_L2_BYTES,
			nvidia->device) != 0)
		return -1;
	nvidia->name[sizeof(nvidia->name) - 1] = '\0';
	if (nvidia->major < 8)
		return err_set(err, ERR_OUTSIDE,
			"%s is of compute capability %d.%d; bench gpu measures BF16, which begins with 8.0",
			nvidia->name, nvidia->major, nvidia->minor);
	return 0;
}

/* The context that the libraries of CUDA share. */
static int
enter(struct nvidia *nvidia, struct err *err)
{
	cuda_context context;

	if (NVIDIA_CUDA(nvidia, retain, "cuDevicePrimaryCtxRetain", &context, nvidia->device) != 0)
		return -1;
	nvidia->context = context;
	if (NVIDIA_CUDA(nvidia, set_current, "cuCtxSetCurrent", context) != 0)
		return -1;
	return NVIDIA_CUDA(nvidia, memory_info, "cuMemGetInfo", &nvidia->memory_free, &nvidia->memory);
}

/* ---- power, clocks, temperature */

static void
lacks_nvml(struct nvidia *nvidia, const char *call, int code)
{
	snprintf(nvidia->lacks_nvml, sizeof(nvidia->lacks_nvml), "%s failed: %s (%d)", call,
		nvidia->nvml.error_text(code), code);
}

static void
open_nvml(struct nvidia *nvidia)
{
	void *library = dlopen(NVML, RTLD_NOW | RTLD_LOCAL);
	const char *missing;
	char bus[64];
	int code;

	if (library == NULL) {
		snprintf(nvidia->lacks_nvml, sizeof(nvidia->lacks_nvml), NVML " cannot be loaded (%s)", dlerror());
		return;
	}
	if ((missing = library_symbols(library, nvml_symbols, COUNT(nvml_symbols), &nvidia->nvml)) != NULL) {
		snprintf(nvidia->lacks_nvml, sizeof(nvidia->lacks_nvml), NVML " lacks %s", missing);
		return;
	}
	if ((code = nvidia->nvml.init()) != 0) {
		lacks_nvml(nvidia, "nvmlInit", code);
		return;
	}
	nvidia->nvml_up = true;
	/* CUDA and NVML do not number GPUs alike. */
	if (nvidia->cuda.bus_id(bus, (int)sizeof(bus), nvidia->device) != 0)
		snprintf(nvidia->lacks_nvml, sizeof(nvidia->lacks_nvml), "cuDeviceGetPCIBusId failed");
	else if ((code = nvidia->nvml.by_bus_id(bus, &nvidia->gpu)) != 0) {
		nvidia->gpu = NULL;
		lacks_nvml(nvidia, "nvmlDeviceGetHandleByPciBusId", code);
	}
}

static int
refuse_parts(struct nvidia *nvidia, int index, struct err *err)
{
	unsigned now = 0, pending = 0;
	bool parted = strstr(nvidia->name, " MIG ") != NULL;

	if (nvidia->gpu != NULL && nvidia->nvml.mig != NULL && nvidia->nvml.mig(nvidia->gpu, &now, &pending) == 0)
		parted = parted || now == 1;
	return !parted
		? 0
		: err_set(err, ERR_OUTSIDE,
			  "GPU %d, %s, is divided by MIG: the limits of a part are not known, and nothing was measured",
			  index, nvidia->name);
}

/* ---- cuBLAS */

/* One version of it; the error says why not, and loaded whether it is there at all. */
static int
open_blas(struct nvidia *nvidia, int version, bool *loaded, struct err *err)
{
	char file[64];
	const char *missing;
	void *library;

	snprintf(file, sizeof(file), "libcublas.so.%d", version);
	library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
	*loaded = library != NULL;
	if (library == NULL)
		return err_set(err, ERR_OUTSIDE, "%s cannot be loaded (%s)", file, dlerror());
	if ((missing = library_symbols(library, blas_symbols, COUNT(blas_symbols), &nvidia->blas)) != NULL)
		return err_set(err, ERR_OUTSIDE, "%s lacks %s", file, missing);
	if (nvidia_blas(nvidia, nvidia->blas.create(&nvidia->blas_handle), "cublasCreate", err) != 0) {
		nvidia->blas_handle = NULL;
		return err_in(err, "%s", file);
	}
	return 0;
}

static void
open_lt(struct nvidia *nvidia, int version)
{
	struct err err = { 0 };
	const char *missing;
	char file[64];
	void *library;

	snprintf(file, sizeof(file), "libcublasLt.so.%d", version);
	if ((library = dlopen(file, RTLD_NOW | RTLD_LOCAL)) == NULL) {
		snprintf(nvidia->lacks_lt, sizeof(nvidia->lacks_lt), "%s cannot be loaded (%s)", file, dlerror());
	} else if ((missing = library_symbols(library, lt_symbols, COUNT(lt_symbols), &nvidia->lt)) != NULL) {
		snprintf(nvidia->lacks_lt, sizeof(nvidia->lacks_lt), "%s lacks %s", file, missing);
	} else if (nvidia_lt(nvidia, nvidia->lt.create(&nvidia->lt_handle), "cublasLtCreate", &err) != 0) {
		nvidia->lt_handle = NULL;
		snprintf(nvidia->lacks_lt, sizeof(nvidia->lacks_lt), "%.250s", err.text);
	}
}

/* The newest that is there and takes this driver. Of those that do not, the first that is there at all is told. */
static int
open_any_blas(struct nvidia *nvidia, struct err *err)
{
	struct err said = { 0 }, why = { 0 };
	bool any = false, loaded;

	for (size_t i = 0; i < COUNT(versions); i++) {
		if (open_blas(nvidia, versions[i], &loaded, &why) == 0) {
			open_lt(nvidia, versions[i]);
			return nvidia_blas(nvidia, nvidia->blas.version(nvidia->blas_handle, &nvidia->blas_version),
				"cublasGetVersion", err);
		}
		if (i == 0 || (loaded && !any))
			said = why;
		any = any || loaded;
	}
	return any
		? err_set(err, ERR_OUTSIDE, "cuBLAS does not work here: %s", said.text)
		: err_set(err, ERR_OUTSIDE,
			  "cuBLAS of CUDA 11, 12 or 13 is missing: %s; LD_LIBRARY_PATH may say where it is", said.text);
}

int
nvidia_open(struct nvidia *nvidia, int index, struct err *err)
{
	memset(nvidia, 0, sizeof(*nvidia));
	if (open_driver(nvidia, err) != 0 || find_gpu(nvidia, index, err) != 0)
		return -1;
	open_nvml(nvidia);
	if (refuse_parts(nvidia, index, err) != 0 || enter(nvidia, err) != 0)
		return -1;
	return open_any_blas(nvidia, err);
}

void
nvidia_close(struct nvidia *nvidia)
{
	if (nvidia->lt_handle != NULL)
		nvidia->lt.destroy(nvidia->lt_handle);
	if (nvidia->blas_handle != NULL)
		nvidia->blas.destroy(nvidia->blas_handle);
	if (nvidia->context != NULL)
		nvidia->cuda.release(nvidia->device);
	if (nvidia->nvml_up)
		nvidia->nvml.shutdown();
}
