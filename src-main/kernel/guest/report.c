/* The lines that the guest writes to the host, and how it ends when it cannot go on. */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static int out = 2;
static char line[32768];
static size_t length;
static int first_item;
/* A silence longer than this is broken while work goes on. */
#define BEAT_NS 10000000000LL
static int64_t last_line_ns;

void report_open(const char *tty)
{
	struct termios settings;

	out = open(tty, O_RDWR | O_NOCTTY);
	if (out < 0)
		die("a second serial port", tty);
	if (tcgetattr(out, &settings) == 0) {
		cfmakeraw(&settings);
		tcsetattr(out, TCSANOW, &settings);
	}
}

int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void add(const char *text)
{
	size_t count = strlen(text);

	if (length + count + 8 < sizeof(line)) {
		memcpy(line + length, text, count);
		length += count;
	}
}

void line_begin(const char *kind)
{
	length = 0;
	add("{\"k\":\"");
	add(kind);
	add("\"");
}

void line_number(const char *key, long value)
{
	char text[64];

	snprintf(text, sizeof(text), ",\"%s\":%ld", key, value);
	add(text);
}

void line_text(const char *key, const char *value)
{
	char text[256];
	size_t at = 0;

	/* What stands in these texts is the kernel's release, paths and error texts: quotes and controls are left out, not escaped. */
	for (; *value != 0 && at + 1 < sizeof(text); value++)
		if (*value >= ' ' && *value != '"' && *value != '\\' && *value < 127)
			text[at++] = *value;
	text[at] = 0;
	add(",\"");
	add(key);
	add("\":\"");
	add(text);
	add("\"");
}

void line_list(const char *key)
{
	add(",\"");
	add(key);
	add("\":[");
	first_item = 1;
}

void line_item(long value)
{
	char text[32];

	snprintf(text, sizeof(text), first_item ? "%ld" : ",%ld", value);
	add(text);
	first_item = 0;
}

void line_list_end(void)
{
	add("]");
}

void line_end(void)
{
	size_t written = 0;

	line[length++] = '}';
	line[length++] = '\n';
	while (written < length) {
		ssize_t count = write(out, line + written, length - written);

		if (count < 0 && errno != EINTR && errno != EAGAIN)
			break;
		if (count > 0)
			written += count;
	}
	last_line_ns = now_ns();
}

/* Called whenever something was done: says so where nothing has been said for a while, so that long work is not taken for a hang. */
void still_working(void)
{
	if (now_ns() - last_line_ns < BEAT_NS)
		return;
	line_begin("working");
	line_number("t", now_ns());
	line_end();
}

/* Switches the machine off when the last line has left it: what is still in the serial port's buffer then would be lost. */
void leave(void)
{
	tcdrain(out);
	usleep(100000);
	sync();
	reboot(RB_AUTOBOOT);
	for (;;)
		pause();
}

/* The kernel lacks something, or refuses it: says what and switches the machine off. */
void die(const char *what, const char *detail)
{
	int error = errno;

	line_begin("lacks");
	line_text("what", what);
	line_text("detail", detail);
	line_number("r", error);
	line_end();
	leave();
}
