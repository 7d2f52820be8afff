/*
 * Request lengths by inversion of their quantile functions: straight lines between the points below.
 *
 * The points of chat are the quantiles (type 7) of ContextTokens and GeneratedTokens of the Azure conversation trace
 * of 2023, those of code of the code trace (github.com/Azure/AzurePublicDataset, CC-BY 4.0). Input and output
 * are hardly correlated there (0.09 and 0.00 between the logarithms) and are drawn independently. The lengths of
 * document extraction are assumed: some pages in, one form out.
 */
#include "daemon/ingest/sample.h"
#include "models/units/random.h"

#define POINTS 32

static const double shares[POINTS] = { 0, 0.01, 0.02, 0.035, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5,
	0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.925, 0.95, 0.97, 0.98, 0.99, 0.995, 0.9975, 0.999, 0.9995, 1 };

static const int inputs[SAMPLE_WORKLOADS][POINTS] = {
	[SAMPLE_CHAT] = { 2, 29, 91, 174, 181, 207, 372, 387, 396, 403, 414, 703, 984, 1020, 1045, 1071, 1097, 1130,
		1189, 1315, 1876, 2734, 4075, 4083, 4090, 4098, 4142, 4831, 5404, 6179, 6570, 14050 },
	[SAMPLE_CODE] = { 3, 17, 35, 56, 75, 147, 232, 386, 578, 770, 939, 1075, 1261, 1469, 1690, 1909, 2164, 2433,
		2744, 3192, 3920, 5188, 6097, 7303, 7435, 7436, 7436, 7436, 7436, 7437, 7437, 7437 },
	[SAMPLE_EXTRACTION] = { 600, 900, 1100, 1300, 1500, 2000, 2500, 2900, 3300, 3700, 4100, 4500, 4900, 5300, 5700,
		6100, 6600, 7100, 7700, 8400, 9200, 10400, 11200, 12400, 13800, 15000, 17200, 19000, 20500, 22500,
		24000, 28000 },
};

static const int outputs[SAMPLE_WORKLOADS][POINTS] = {
	[SAMPLE_CHAT] = { 7, 16, 24, 36, 41, 54, 67, 77, 85, 91, 96, 103, 113, 129, 151, 177, 217, 384, 395, 400, 411,
		424, 430, 451, 509, 540, 601, 643, 719, 954, 1000, 1000 },
	[SAMPLE_CODE] = { 6, 6, 6, 6, 6, 7, 7, 8, 9, 9, 10, 11, 12, 13, 14, 16, 18, 20, 24, 29, 39, 55, 69, 90, 128,
		171, 251, 359, 599, 825, 885, 1899 },
	[SAMPLE_EXTRACTION] = { 60, 90, 105, 120, 130, 160, 180, 200, 215, 230, 245, 260, 275, 290, 305, 320, 340, 360,
		380, 410, 440, 490, 520, 570, 620, 670, 760, 840, 900, 980, 1050, 1200 },
};

static int64_t
invert(const int points[POINTS], double u)
{
	int low = 0, high = POINTS - 1;

	while (high - low > 1) {
		int middle = (low + high) / 2;

		if (u < shares[middle])
			high = middle;
		else
			low = middle;
	}
	return (int64_t)(points[low] + (points[high] - points[low]) * (u - shares[low]) / (shares[high] - shares[low]) +
		0.5);
}

struct sample_lengths
sample_draw(enum sample_workload workload, struct random *random)
{
	struct sample_lengths lengths;

	lengths.input = invert(inputs[workload], random_uniform(random));
	lengths.output = invert(outputs[workload], random_uniform(random));
	return lengths;
}
