#include "models/units/text.h"

size_t
text_letter(struct text text)
{
	const unsigned char *p = (const unsigned char *)text.p;
	size_t length, i;

	if (text.n == 0)
		return 0;
	length = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
	if (length > text.n)
		return 0;
	for (i = 1; i < length; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	/* Forms longer than needed, the halves of UTF-16 pairs, and what lies beyond Unicode. */
	if (length > 1 &&
		((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] >= 0xa0) || (p[0] == 0xf0 && p[1] < 0x90) ||
			(p[0] == 0xf4 && p[1] >= 0x90)))
		return 0;
	return length;
}

bool
text_control(struct text text)
{
	const unsigned char *p = (const unsigned char *)text.p;

	return p[0] < 0x20 || p[0] == 0x7f || (p[0] == 0xc2 && text.n > 1 && p[1] < 0xa0);
}

const char *
text_shown(struct text text, char *buffer, size_t size)
{
	size_t n = 0, i;

	while (text.n > 0) {
		size_t letter = text_letter(text), taken = letter == 0 ? 1 : letter;

		if (n + taken > size - 1)
			break;
		if (letter == 0 || text_control(text))
			buffer[n++] = '?';
		else
			for (i = 0; i < letter; i++)
				buffer[n++] = text.p[i];
		text.p += taken;
		text.n -= taken;
	}
	buffer[n] = '\0';
	if (text.n == 0 || size < 4)
		return buffer;
	/* Cut: make room for the dots, and not in the middle of a letter. */
	for (n = n > size - 4 ? size - 4 : n; n > 0 && ((unsigned char)buffer[n] & 0xc0) == 0x80; n--)
		;
	memcpy(buffer + n, "...", 4);
	return buffer;
}
