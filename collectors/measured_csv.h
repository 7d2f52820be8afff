/*
 * measured_csv: tables of measured speeds, or of cases to predict, by the names of their columns.
 *
 *     source,date,engine,engine_version,model,precision,gpu,n_gpus,tp,pp,isl,osl,concurrency_or_batch,metric,value,unit,notes
 *     docs,2025-09,TensorRT-LLM,1.0,Llama-3.3-70B,FP8,H100 SXM,2,2,1,1000,1000,max,output_throughput,4205,tok/s,
 *
 * Columns may stand in any order; only model, gpu and metric must be there.
 */
#ifndef COLLECTORS_MEASURED_CSV_H
#define COLLECTORS_MEASURED_CSV_H

#include "collectors/columns.h"
#include "models/supply/measured.h"

#define MEASURED_COLUMNS 18

struct measured_columns {
	int index[MEASURED_COLUMNS];
};

/* ERR_INPUT when a column that must be there is missing or one comes twice. */
int measured_columns(const struct header *header, struct measured_columns *columns, struct err *err);

/* The row of one record; texts point into the fields. */
void measured_row(const struct measured_columns *columns, const struct text *fields, size_t n, struct measured *row);

#endif
