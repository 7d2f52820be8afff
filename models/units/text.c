#include "models/units/text.h"

const char *
text_shown(struct text text, char *buffer, size_t size)
{
	size_t room = size - 1, keep = text.n <= room ? text.n : room < 3 ? 0 : room - 3, i;

	for (i = 0; i < keep; i++)
		buffer[i] = text.p[i] < 0x20 || text.p[i] > 0x7e ? '?' : text.p[i];
	for (; text.n > room && i < keep + 3 && i < room; i++)
		buffer[i] = '.';
	buffer[i] = '\0';
	return buffer;
}
