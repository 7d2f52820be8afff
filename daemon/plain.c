#include <stddef.h>

#include "daemon/args.h"
#include "daemon/context.h"
#include "daemon/plain.h"
#include "models/units/err.h"

static int
check_words(const struct plain_command *command, int words, char **argv, struct err *err)
{
	if (command->word == NULL && words > 0)
		return err_set(err, ERR_INPUT, "'%s' is one word too many: %s takes none", argv[1], command->name);
	if (command->word != NULL && words != 1)
		return err_set(err, ERR_INPUT, "name %s", command->word);
	return 0;
}

int
plain_run(const struct plain_command *command, int argc, char **argv)
{
	const char *data = NULL, *config = NULL, *format_name = NULL;
	const struct arg args[] = { { .name = "data", .value = &data }, { .name = "config", .value = &config },
		{ .name = "format", .value = &format_name }, { .name = NULL } };
	struct context context = { .store = NULL };
	enum answer_format format;
	struct err err;
	int words, status = -1;

	if (args_read(args, argc, argv, &words, &err) == 0 && args_format(format_name, &format, &err) == 0 &&
		check_words(command, words, argv, &err) == 0 && context_open(&context, config, data, &err) == 0)
		status = command->run(&context, command->word == NULL ? NULL : argv[1], format, &err);
	context_close(&context);
	return status < 0 ? command_fail(command->name, &err) : status;
}
