#include "daemon/ingest/nvml.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "daemon/base/library.h"

#define LIBRARY "libnvidia-ml.so.1"
#define TEXT 96       /* of a UUID or a product name, as the library has it */
#define PROCESSES 256 /* looked at of one GPU */

/* ---- what is used of the library, as its documentation has it */

#define NVML_SUCCESS 0

typedef void *nvml_device;

struct nvml_utilization {
	unsigned gpu, memory; /* percent */
};

struct nvml_memory {
	unsigned long long total, free, used; /* bytes */
};

struct nvml_process {
	unsigned pid;
	unsigned long long memory; /* bytes; all ones: not available */
	unsigned gpu_instance, compute_instance;
};

struct nvml {
	void *library;
	int (*init)(void);
	int (*shutdown)(void);
	const char *(*error)(int);
	int (*count)(unsigned *);
	int (*by_index)(unsigned, nvml_device *);
	int (*uuid)(nvml_device, char *, unsigned);
	/* What a driver may lack: */
	int (*name)(nvml_device, char *, unsigned);
	int (*utilization)(nvml_device, struct nvml_utilization *);
	int (*memory)(nvml_device, struct nvml_memory *);
	int (*power)(nvml_device, unsigned *);
	int (*energy)(nvml_device, unsigned long long *);
	int (*mig)(nvml_device, unsigned *, unsigned *);
	int (*processes)(nvml_device, unsigned *, struct nvml_process *);
};

static const struct symbol symbols[] = {
	{ "nvmlInit_v2", offsetof(struct nvml, init), true },
	{ "nvmlShutdown", offsetof(struct nvml, shutdown), true },
	{ "nvmlErrorString", offsetof(struct nvml, error), true },
	{ "nvmlDeviceGetCount_v2", offsetof(struct nvml, count), true },
	{ "nvmlDeviceGetHandleByIndex_v2", offsetof(struct nvml, by_index), true },
	{ "nvmlDeviceGetUUID", offsetof(struct nvml, uuid), true },
	{ "nvmlDeviceGetName", offsetof(struct nvml, name), false },
	{ "nvmlDeviceGetUtilizationRates", offsetof(struct nvml, utilization), false },
	{ "nvmlDeviceGetMemoryInfo", offsetof(struct nvml, memory), false },
	{ "nvmlDeviceGetPowerUsage", offsetof(struct nvml, power), false },
	{ "nvmlDeviceGetTotalEnergyConsumption", offsetof(struct nvml, energy), false },
	{ "nvmlDeviceGetMigMode", offsetof(struct nvml, mig), false },
	{ "nvmlDeviceGetComputeRunningProcesses_v3", offsetof(struct nvml, processes), false },
};

/* ---- printing */

/* A text between quotes: what is no letter of a name is left out. */
static void
print_text(FILE *out, const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text >= ' ' && *text != '"' && *text != '\\')
			fputc(*text, out);
}

static void
say(FILE *out, const char *what, const char *why)
{
	fputs("nvml_state{text=\"", out);
	print_text(out, what);
	if (why[0] != '\0')
		fputs(": ", out);
	print_text(out, why);
	fputs("\"} 0\n", out);
}

struct labels {
	char uuid[TEXT], name[TEXT], process[64];
	unsigned index;
};

static void
print_figure(FILE *out, const char *name, const struct labels *labels, unsigned long long value)
{
	fprintf(out, "%s{uuid=\"", name);
	print_text(out, labels->uuid);
	fputs("\",name=\"", out);
	print_text(out, labels->name);
	fprintf(out, "\",index=\"%u\"", labels->index);
	if (labels->process[0] != '\0') {
		fputs(",process=\"", out);
		print_text(out, labels->process);
		fputc('"', out);
	}
	fprintf(out, "} %llu\n", value);
}

/* ---- a GPU */

/* The command of a process, "" where it cannot be told. */
static void
read_command(unsigned pid, char *command, size_t size)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	command[0] = '\0';
	if ((file = fopen(path, "re")) == NULL)
		return;
	if (fgets(command, (int)size, file) == NULL)
		command[0] = '\0';
	command[strcspn(command, "\n")] = '\0';
	fclose(file);
}

/* Who holds the most of the GPU's memory. */
static void
read_process(const struct nvml *nvml, nvml_device device, struct labels *labels)
{
	struct nvml_process processes[PROCESSES];
	unsigned n = PROCESSES, most = 0;
	unsigned long long largest = 0;

	labels->process[0] = '\0';
	if (nvml->processes == NULL || nvml->processes(device, &n, processes) != NVML_SUCCESS)
		return;
	for (unsigned i = 0; i < n && i < PROCESSES; i++) {
		unsigned long long memory = processes[i].memory == ~0ULL ? 0 : processes[i].memory;

		if (most == 0 || memory > largest) {
			most = processes[i].pid;
			largest = memory;
		}
	}
	if (most != 0)
		read_command(most, labels->process, sizeof(labels->process));
}

static void
print_device(FILE *out, const struct nvml *nvml, nvml_device device, unsigned index)
{
	struct labels labels = { .index = index };
	struct nvml_utilization utilization;
	struct nvml_memory memory;
	unsigned power, mig = 0, pending = 0;
	unsigned long long energy;
	int code = nvml->uuid(device, labels.uuid, TEXT);

	if (code != NVML_SUCCESS) {
		char what[64];

		snprintf(what, sizeof(what), "GPU %u of this machine does not answer", index);
		say(out, what, nvml->error(code));
		return;
	}
	if (nvml->name == NULL || nvml->name(device, labels.name, TEXT) != NVML_SUCCESS)
		labels.name[0] = '\0';
	labels.uuid[TEXT - 1] = labels.name[TEXT - 1] = '\0';
	read_process(nvml, device, &labels);
	print_figure(out, "nvml_present", &labels, 1);
	if (nvml->mig == NULL || nvml->mig(device, &mig, &pending) != NVML_SUCCESS)
		mig = 0;
	if (mig == 0 && nvml->utilization != NULL && nvml->utilization(device, &utilization) == NVML_SUCCESS)
		print_figure(out, "nvml_utilization_percent", &labels, utilization.gpu);
	if (nvml->memory != NULL && nvml->memory(device, &memory) == NVML_SUCCESS)
		print_figure(out, "nvml_memory_used_bytes", &labels, memory.used);
	if (nvml->power != NULL && nvml->power(device, &power) == NVML_SUCCESS)
		print_figure(out, "nvml_power_milliwatts", &labels, power);
	if (nvml->energy != NULL && nvml->energy(device, &energy) == NVML_SUCCESS)
		print_figure(out, "nvml_energy_millijoules_total", &labels, energy);
}

static void
print_devices(FILE *out, const struct nvml *nvml)
{
	unsigned n = 0;
	int code = nvml->count(&n);

	if (code != NVML_SUCCESS) {
		say(out, "the GPUs of this machine cannot be counted", nvml->error(code));
		return;
	}
	if (n == 0)
		say(out, "there is an NVIDIA driver on this machine, and no GPU", "");
	for (unsigned i = 0; i < n; i++) {
		char what[64];
		nvml_device device;

		code = nvml->by_index(i, &device);
		snprintf(what, sizeof(what), "GPU %u of this machine does not answer", i);
		if (code == NVML_SUCCESS)
			print_device(out, nvml, device, i);
		else
			say(out, what, nvml->error(code));
	}
}

/* ---- the library */

void
nvml_print(FILE *out)
{
	struct nvml nvml = { .library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL) };
	const char *missing;
	int code;

	fputs("# what this machine's NVIDIA driver tells\n", out);
	if (nvml.library == NULL) {
		say(out, "there is no NVIDIA driver on this machine (" LIBRARY " cannot be loaded)", "");
		return;
	}
	if ((missing = library_symbols(nvml.library, symbols, sizeof(symbols) / sizeof(symbols[0]), &nvml)) != NULL)
		say(out, "the NVIDIA driver of this machine is too old, it lacks", missing);
	else if ((code = nvml.init()) != NVML_SUCCESS)
		say(out, "the NVIDIA driver of this machine does not answer", nvml.error(code));
	else {
		print_devices(out, &nvml);
		nvml.shutdown();
	}
	dlclose(nvml.library);
}
