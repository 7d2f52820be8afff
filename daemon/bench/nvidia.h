/*
 * nvidia: one NVIDIA GPU through the libraries of its driver and of CUDA, opened when they are asked for.
 *
 * What is used of them is declared here as their documentation has it; nothing of them is needed to build. libcuda.so.1
 * (driver) and libcublas.so of CUDA 11 to 13 are needed to measure. Without libcublasLt there is no FP8, without
 * libnvidia-ml.so.1 no power, clock and temperature; `lacks_*` say why. Matrices are stored column by column.
 */
#ifndef BENCH_NVIDIA_H
#define BENCH_NVIDIA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

typedef uint64_t cuda_memory; /* CUdeviceptr */
typedef struct cuda_context_tag *cuda_context;
typedef struct cuda_stream_tag *cuda_stream;
typedef struct cuda_event_tag *cuda_event;
typedef struct blas_tag *blas_handle;
typedef struct lt_tag *lt_handle;
typedef struct lt_product_tag *lt_product;       /* cublasLtMatmulDesc_t */
typedef struct lt_layout_tag *lt_layout;         /* cublasLtMatrixLayout_t */
typedef struct lt_preference_tag *lt_preference; /* cublasLtMatmulPreference_t */
typedef struct nvml_device_tag *nvml_handle;

enum {
	CUDA_ATTRIBUTE_MULTIPROCESSORS = 16,
	CUDA_ATTRIBUTE_L2_BYTES = 38,
	CUDA_ATTRIBUTE_MAJOR = 75,
	CUDA_ATTRIBUTE_MINOR = 76,
	CUDA_NO_DEVICE = 100, /* CUDA_ERROR_NO_DEVICE */
};

/* cudaDataType, cublasOperation_t, cublasComputeType_t, cublasGemmAlgo_t */
enum { TYPE_F32 = 0, TYPE_BF16 = 14, TYPE_E4M3 = 28 };
enum { BLAS_AS_IT_IS = 0, BLAS_TRANSPOSED = 1, BLAS_COMPUTE_F32 = 68, BLAS_ALGORITHM_DEFAULT = -1 };
enum { BLAS_INVALID_VALUE = 7, BLAS_ARCH_MISMATCH = 8, BLAS_NOT_SUPPORTED = 15 };
/* cublasLtMatmulDescAttributes_t, cublasLtMatmulPreferenceAttributes_t */
enum { LT_TRANSPOSE_A = 3, LT_FAST_ACCUMULATION = 25, LT_WORKSPACE_BYTES = 1 };
/* nvmlClockType_t, nvmlTemperatureSensors_t */
enum { NVML_CLOCK_SM = 1, NVML_SENSOR_GPU = 0 };

struct lt_algorithm {
	uint64_t data[8];
};

struct lt_choice { /* cublasLtMatmulHeuristicResult_t */
	struct lt_algorithm algorithm;
	size_t workspace;
	int state;
	float waves;
	int reserved[4];
};

struct cuda {
	int (*init)(unsigned);
	int (*driver_version)(int *);
	int (*count)(int *);
	int (*device)(int *, int);
	int (*name)(char *, int, int);
	int (*attribute)(int *, int, int);
	int (*bus_id)(char *, int, int);
	int (*retain)(cuda_context *, int);
	int (*release)(int);
	int (*set_current)(cuda_context);
	int (*memory_info)(size_t *, size_t *); /* free, all */
	int (*allocate)(cuda_memory *, size_t);
	int (*free)(cuda_memory);
	int (*allocate_host)(void **, size_t);
	int (*free_host)(void *);
	int (*copy_in)(cuda_memory, const void *, size_t, cuda_stream);
	int (*copy)(cuda_memory, cuda_memory, size_t, cuda_stream);
	int (*stream_create)(cuda_stream *, unsigned);
	int (*stream_destroy)(cuda_stream);
	int (*stream_wait)(cuda_stream);
	int (*event_create)(cuda_event *, unsigned);
	int (*event_destroy)(cuda_event);
	int (*event_record)(cuda_event, cuda_stream);
	int (*event_wait)(cuda_event);
	int (*event_elapsed)(float *, cuda_event, cuda_event); /* milliseconds */
	int (*error_name)(int, const char **);
	int (*error_text)(int, const char **);
};

struct blas {
	int (*create)(blas_handle *);
	int (*destroy)(blas_handle);
	int (*version)(blas_handle, int *);
	int (*set_stream)(blas_handle, cuda_stream);
	int (*product)(blas_handle, int, int, int, int, int, const void *, const void *, int, int, const void *, int,
		int, const void *, void *, int, int, int, int);
	int (*batch)(blas_handle, int, int, int, int, int, const void *, const void *, int, int, long long,
		const void *, int, int, long long, const void *, void *, int, int, long long, int, int, int);
	const char *(*status_text)(int); /* may be missing */
};

struct lt {
	int (*create)(lt_handle *);
	int (*destroy)(lt_handle);
	int (*product_create)(lt_product *, int, int);
	int (*product_destroy)(lt_product);
	int (*product_set)(lt_product, int, const void *, size_t);
	int (*layout_create)(lt_layout *, int, uint64_t, uint64_t, int64_t);
	int (*layout_destroy)(lt_layout);
	int (*preference_create)(lt_preference *);
	int (*preference_destroy)(lt_preference);
	int (*preference_set)(lt_preference, int, const void *, size_t);
	int (*choose)(lt_handle, lt_product, lt_layout, lt_layout, lt_layout, lt_layout, lt_preference, int,
		struct lt_choice *, int *);
	int (*run)(lt_handle, lt_product, const void *, const void *, lt_layout, const void *, lt_layout, const void *,
		const void *, lt_layout, void *, lt_layout, const struct lt_algorithm *, void *, size_t, cuda_stream);
	const char *(*status_text)(int); /* may be missing */
};

struct nvml {
	int (*init)(void);
	int (*shutdown)(void);
	const char *(*error_text)(int);
	int (*by_bus_id)(const char *, nvml_handle *);
	/* What a driver may lack: */
	int (*mig)(nvml_handle, unsigned *, unsigned *);
	int (*power)(nvml_handle, unsigned *);             /* milliwatts */
	int (*clock)(nvml_handle, int, unsigned *);        /* MHz */
	int (*temperature)(nvml_handle, int, unsigned *);  /* degrees Celsius */
	int (*reasons)(nvml_handle, unsigned long long *); /* as newer drivers call it */
	int (*reasons_older)(nvml_handle, unsigned long long *);
};

struct nvidia {
	struct cuda cuda;
	struct blas blas;
	struct lt lt;
	struct nvml nvml;
	int device;
	cuda_context context;
	blas_handle blas_handle;
	lt_handle lt_handle; /* NULL: none, lacks_lt says why */
	nvml_handle gpu;     /* NULL: none, lacks_nvml says why */
	bool nvml_up;
	char lacks_lt[256], lacks_nvml[256];
	char name[128]; /* of the GPU */
	int driver;     /* 1000 * major + 10 * minor of the CUDA that the driver can do */
	int blas_version;
	int major, minor; /* compute capability */
	int multiprocessors, l2_bytes;
	size_t memory, memory_free;
};

/*
 * Open the GPU of this number. On failure, ERR_OUTSIDE names the library or the call (ERR_INPUT: there is no GPU of that number),
 * and nvidia_close is due in either case. The libraries stay loaded: not all of them bear to be unloaded.
 */
int nvidia_open(struct nvidia *nvidia, int index, struct err *err);
void nvidia_close(struct nvidia *nvidia);

/* 0 where a call's answer was that; otherwise -1 and the call, the error's name and the library's text. */
int nvidia_cuda(const struct nvidia *nvidia, int code, const char *call, struct err *err);
int nvidia_blas(const struct nvidia *nvidia, int status, const char *call, struct err *err);
int nvidia_lt(const struct nvidia *nvidia, int status, const char *call, struct err *err);

#define NVIDIA_CUDA(nvidia, member, call, ...) nvidia_cuda(nvidia, (nvidia)->cuda.member(__VA_ARGS__), call, err)

#endif
