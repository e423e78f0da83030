/* Reading and writing the kernel's small files, and memory that is init's alone. */
#define _GNU_SOURCE
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Zeroed memory that tasks do not inherit, so that they are not seen to map what is not theirs. */
void *init_only(long bytes)
{
	long whole = (bytes + PAGE - 1) / PAGE * PAGE;
	void *at = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED || madvise(at, whole, MADV_DONTFORK) < 0)
		die("memory", strerror(errno));
	return at;
}

/* Writes a file of /proc, /sys or a cgroup; 0 or the errno. */
int put(const char *path, const char *value)
{
	int file = open(path, O_WRONLY | O_CLOEXEC);
	int error = 0;

	if (file < 0)
		return errno;
	if (write(file, value, strlen(value)) < 0)
		error = errno;
	close(file);
	return error;
}

/* Reads a file into `text`, ended by a zero; its length, or -1. */
long get(const char *path, char *text, long size)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	long length = 0;

	if (file < 0)
		return -1;
	while (length < size - 1) {
		ssize_t count = read(file, text + length, size - 1 - length);

		if (count <= 0)
			break;
		length += count;
	}
	close(file);
	text[length] = 0;
	return length;
}
