#include "daemon/report/measured_record.h"

const char *const input_origin_names[3] = { "measured", "assumed", "default" };

void
measured_input(struct measured *measured, const struct measured_input *input)
{
	if (measured->inputs < MEASURED_INPUTS)
		measured->input_row[measured->inputs++] = *input;
}

void
measured_note(struct measured *measured, const char *text)
{
	if (measured->notes < MEASURED_NOTES)
		measured->note[measured->notes++] = text;
}
