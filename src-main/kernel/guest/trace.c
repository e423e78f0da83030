/* The kernel's tracepoints: on while a task works, taken out after each step onto a disk of their own. */
#define _GNU_SOURCE
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRACING "/sys/kernel/tracing/"
#define SECTOR 4096

/*
 * Tracepoints of the memory controller's own counts, which kernels since 6.13 have. They come with every fault, so that they have a small buffer of their own, whose newest lines are kept:
 * else they would push those of reclaim out.
 */
#define MEMCG TRACING "instances/memcg/"
#define MEMCG_KIB "1024"
static const char *const MEMCG_EVENTS[] = { "count_memcg_events", "memcg_flush_stats", "mod_memcg_state" };

static int pipe_file = -1, memcg_pipe_file = -1;
static int disk = -1;
static long written;
#define BUFFER_SIZE (1L << 18)
static char *buffer;

static void memcg_trace_open(void)
{
	char path[128];
	int any = 0;

	if (access(TRACING "events/memcg", F_OK) < 0 || mkdir(MEMCG, 0755) < 0)
		return;
	put(MEMCG "tracing_on", "0");
	for (size_t event = 0; event < sizeof(MEMCG_EVENTS) / sizeof(MEMCG_EVENTS[0]); event++) {
		snprintf(path, sizeof(path), MEMCG "events/memcg/%s/enable", MEMCG_EVENTS[event]);
		any |= put(path, "1") == 0;
	}
	if (any && put(MEMCG "trace_clock", "mono") == 0 && put(MEMCG "buffer_size_kb", MEMCG_KIB) == 0)
		memcg_pipe_file = open(MEMCG "trace_pipe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

/* Only what happens between the guest's own readings is traced. */
void trace_switch(int on)
{
	put(TRACING "tracing_on", on ? "1" : "0");
	if (memcg_pipe_file >= 0)
		put(MEMCG "tracing_on", on ? "1" : "0");
}

/* 0, or the errno of what the kernel lacks. */
int trace_open(const char *buffer_kib)
{
	int error;

	if (mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, "") < 0 && errno != EBUSY)
		return errno;
	buffer = init_only(BUFFER_SIZE);
	disk = open("/dev/vdc", O_WRONLY | O_DIRECT | O_CLOEXEC);
	if (disk < 0)
		return errno;
	put(TRACING "tracing_on", "0");
	error = put(TRACING "trace_clock", "mono");
	if (error == 0)
		error = put(TRACING "buffer_size_kb", buffer_kib);
	if (error == 0)
		error = put(TRACING "events/vmscan/enable", "1");
	if (error == 0)
		error = put(TRACING "events/oom/enable", "1");
	if (error != 0)
		return error;
	put(TRACING "trace", "");
	memcg_trace_open();
	pipe_file = open(TRACING "trace_pipe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	return pipe_file < 0 ? errno : 0;
}

/* Moves what was traced to the disk, padded with line feeds to whole sectors, and says where it is. */
static void drain(int pipe)
{
	long from = written, bytes = 0, fill = 0;

	if (pipe < 0)
		return;
	for (;;) {
		ssize_t count = read(pipe, buffer + fill, BUFFER_SIZE - fill);

		if (count < 0 && errno == EINTR)
			continue;
		if (count > 0)
			fill += count;
		if (count > 0 && fill < BUFFER_SIZE)
			continue;
		if (fill == 0)
			break;
		bytes += fill;
		if (fill % SECTOR != 0) {
			memset(buffer + fill, '\n', SECTOR - fill % SECTOR);
			fill += SECTOR - fill % SECTOR;
		}
		if (pwrite(disk, buffer, fill, written) != fill)
			die("room for the trace", strerror(errno));
		/* A full buffer is a whole number of sectors, so only the last piece was padded. */
		written += fill;
		fill = 0;
		if (count <= 0)
			break;
	}
	if (bytes == 0)
		return;
	line_begin("trace");
	line_number("from", from);
	line_number("bytes", bytes);
	line_end();
}

void trace_drain(void)
{
	drain(pipe_file);
	drain(memcg_pipe_file);
}
