/* A task of the scenario: a child of init that carries out one command at a time. It allocates nothing for itself. */
#define _GNU_SOURCE
#include "guest.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* Segments that were dropped for want of memory come again after 0.2, 0.4, 0.8 s and so on: a sender that waits for 2 s lets the next of them be 3.2 s away for the receiver. */
#define SEND_WAIT_S 2
#define RECEIVE_WAIT_S 5
#define PORT_FIRST 20000

static struct {
	char *at;
	long pages;
} areas[AREA_MAX];
static int pins[PIN_MAX];
static int sender[OBJECT_MAX], receiver[OBJECT_MAX], listener[OBJECT_MAX];
static char page[1 << 14] __attribute__((aligned(PAGE)));
static uint32_t pattern[2048] __attribute__((aligned(PAGE)));

static void object_path(char *path, long object)
{
	sprintf(path, objects[object].kind == O_TMPFS ? "/tmp/o%ld" : "/disk/o%ld", object);
}

/* A page is touched by a store of its own, so that no two pages are alike and none is all zeros: memory that compresses to nothing would make swap free. */
static void store(char *at, long number)
{
	*(volatile long *)at = number * 0x9e3779b97f4a7c15L + 1;
}

static volatile long sink;

static int access_page(int verb, int file, char *base, long number)
{
	switch (verb) {
	case V_READ:
		return pread(file, page, PAGE, number * PAGE) < 0 ? errno : 0;
	case V_WRITE:
		store(page, number);
		return pwrite(file, page, PAGE, number * PAGE) < 0 ? errno : 0;
	case V_TOUCH:
		store(base + number * PAGE, number);
		return 0;
	default:
		sink = *(volatile long *)(base + number * PAGE);
		return 0;
	}
}

/* Opens what is accessed: a file without read-ahead, or an area. */
static int target_open(int verb, long target, int *file, char **base, long *pages)
{
	char path[64];

	*file = -1;
	*base = NULL;
	if (verb == V_READ || verb == V_WRITE) {
		object_path(path, target);
		*file = open(path, verb == V_READ ? O_RDONLY | O_CLOEXEC : O_RDWR | O_CLOEXEC);
		if (*file < 0)
			return errno;
		posix_fadvise(*file, 0, 0, POSIX_FADV_RANDOM);
		*pages = objects[target].size;
		return 0;
	}
	*base = areas[target].at;
	*pages = areas[target].pages;
	return *base == NULL ? EFAULT : 0;
}

static int access_range(struct command *command)
{
	long target = command->arg[0], first = command->arg[1], count = command->arg[2], pages;
	char *base;
	int file;
	int error = target_open(command->verb, target, &file, &base, &pages);

	if (error != 0)
		return error;
	if (count < 0 || first + count > pages)
		count = pages - first;
	for (long done = 0; done < count && error == 0; done++) {
		error = access_page(command->verb, file, base, first + done);
		command->amount += error == 0;
	}
	/* Only what has been written: fsync() would clean what others have made dirty as well. */
	if (file >= 0 && command->arg[3] != 0 && error == 0 &&
	    sync_file_range(file, first * PAGE, count * PAGE, SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER) < 0)
		error = errno;
	if (file >= 0)
		close(file);
	return error;
}

/* Accesses as a pattern gives them. */
static int walk(struct command *command)
{
	int verb = command->arg[0];
	long target = command->arg[1], first = command->arg[2], count = command->arg[3], from = command->arg[4], pages;
	long chunk = sizeof(pattern) / sizeof(pattern[0]);
	char *base;
	int file, patterns, error;

	patterns = open("/dev/vdb", O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (patterns < 0)
		return errno;
	error = target_open(verb, target, &file, &base, &pages);
	for (long done = 0; done < count && error == 0;) {
		long entry = from + done, start = entry - entry % chunk;

		if (pread(patterns, pattern, sizeof(pattern), start * (long)sizeof(pattern[0])) < 0)
			error = errno;
		for (long at = entry - start; at < chunk && done < count && error == 0; at++, done++) {
			error = access_page(verb, file, base, first + pattern[at]);
			command->amount += error == 0;
		}
	}
	if (file >= 0)
		close(file);
	close(patterns);
	return error;
}

static int area_new(long area, long pages, int flags, int file)
{
	char *at = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, flags, file, 0);

	if (at == MAP_FAILED)
		return errno;
	madvise(at, pages * PAGE, MADV_NOHUGEPAGE);
	madvise(at, pages * PAGE, MADV_RANDOM);
	areas[area].at = at;
	areas[area].pages = pages;
	return 0;
}

static int map(const struct command *command)
{
	char path[64];
	int file, error;

	object_path(path, command->arg[1]);
	file = open(path, O_RDWR | O_CLOEXEC);
	if (file < 0)
		return errno;
	error = area_new(command->arg[0], objects[command->arg[1]].size, MAP_SHARED, file);
	close(file);
	return error;
}

/* Where a command's range of an area lies. */
static int span(const struct command *command, char **at, long *bytes)
{
	long area = command->arg[0], first = command->arg[1], count = command->arg[2];

	if (areas[area].at == NULL)
		return EFAULT;
	if (count < 0 || first + count > areas[area].pages)
		count = areas[area].pages - first;
	*at = areas[area].at + first * PAGE;
	*bytes = count * PAGE;
	return 0;
}

static int unmap(const struct command *command)
{
	char *at;
	long bytes;
	int error = span(command, &at, &bytes);

	if (error == 0 && munmap(at, bytes) < 0)
		return errno;
	/* The numbers of the pages that stay do not change: an access to the hole kills the task, as it does everywhere. */
	if (error == 0 && bytes == areas[command->arg[0]].pages * PAGE)
		areas[command->arg[0]].at = NULL;
	return error;
}

static int lock(const struct command *command)
{
	char *at;
	long bytes;
	int error = span(command, &at, &bytes);

	if (error != 0)
		return error;
	return (command->verb == V_MLOCK ? mlock(at, bytes) : munlock(at, bytes)) < 0 ? errno : 0;
}

/* A driver's pin: a buffer registered with io_uring, which the kernel holds against RLIMIT_MEMLOCK of the user. */
static int pin(const struct command *command)
{
	struct io_uring_params params;
	struct iovec buffer;
	char *at;
	long bytes;
	int ring, error = span(command, &at, &bytes);

	if (error != 0)
		return error;
	memset(&params, 0, sizeof(params));
	ring = syscall(SYS_io_uring_setup, 1, &params);
	if (ring < 0)
		return errno;
	buffer.iov_base = at;
	buffer.iov_len = bytes;
	if (syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &buffer, 1) < 0) {
		error = errno;
		close(ring);
		return error;
	}
	pins[command->arg[3]] = ring;
	return 0;
}

static int unpin(const struct command *command)
{
	int *ring = &pins[command->arg[0]];

	if (*ring == 0)
		return EBADF;
	if (command->verb == V_UNPIN)
		return syscall(SYS_io_uring_register, *ring, IORING_UNREGISTER_BUFFERS, NULL, 0) < 0 ? errno : 0;
	close(*ring);
	*ring = 0;
	return 0;
}

/*
 * Directory entries: those that are held are further names of one empty file in tmpfs, which stay until they are taken away; those that a shrinker may
 * free are names looked up in vain on the disk. Inodes that are held are empty files in tmpfs, each with its directory entry; others are files of the disk, which a task looks at.
 * One directory a batch, made by init.
 */
static void entry_path(char *path, long object, long batch, long number)
{
	sprintf(path, objects[object].size ? "/tmp/d%ld/%ld/%ld" : "/disk/d%ld/%ld/%ld", object, batch, number);
}

static int make_inode(const char *path, int is_held)
{
	struct stat status;
	int file;

	if (!is_held)
		return stat(path, &status);
	file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	return file < 0 ? -1 : close(file);
}

static int grow(struct command *command)
{
	long object = command->arg[0], count = command->arg[1], batch = command->arg[2];
	char path[128], first[128];
	struct stat status;

	sprintf(first, "/tmp/d%ld/file", object);
	for (long number = 0; number < count; number++) {
		entry_path(path, object, batch, number);
		if (objects[object].kind == O_INODE) {
			if (make_inode(path, objects[object].size) < 0)
				return errno;
		} else if (objects[object].size ? link(first, path) < 0 : stat(path, &status) == 0 || errno != ENOENT)
			return errno;
		command->amount++;
	}
	return 0;
}

static int shrink(struct command *command)
{
	long object = command->arg[0], batch = command->arg[1], from = command->arg[2], count = command->arg[3];
	char path[128];

	if (!objects[object].size && objects[object].kind == O_DENTRY) {
		sprintf(path, "/disk/d%ld/%ld", object, batch);
		command->amount = count;
		return rmdir(path) < 0 ? errno : 0;
	}
	for (long number = from; number < from + count; number++) {
		entry_path(path, object, batch, number);
		if (unlink(path) < 0)
			return errno;
		command->amount++;
	}
	return 0;
}

static int socket_new(long object)
{
	int is_tcp = objects[object].kind == O_TCP, bytes = objects[object].size;
	int made = socket(AF_INET, (is_tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
	struct timeval send_wait = { SEND_WAIT_S, 0 }, receive_wait = { RECEIVE_WAIT_S, 0 };

	/* Only the sender's: a receive buffer that is set by hand does not follow the kernel's pressure any more. */
	if (made >= 0 && bytes > 0)
		setsockopt(made, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	setsockopt(made, SOL_SOCKET, SO_SNDTIMEO, &send_wait, sizeof(send_wait));
	setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, &receive_wait, sizeof(receive_wait));
	return made;
}

static int sockets(struct command *command)
{
	long object = command->arg[0], size = command->arg[1];
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(PORT_FIRST + object), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval wait = { RECEIVE_WAIT_S, 0 };
	int is_tcp = objects[object].kind == O_TCP;
	int file;

	switch (command->verb) {
	case V_LISTEN:
		file = socket_new(object);
		if (file < 0 || bind(file, (struct sockaddr *)&address, sizeof(address)) < 0 || (is_tcp && listen(file, 1) < 0))
			return errno;
		*(is_tcp ? &listener[object] : &receiver[object]) = file;
		return 0;
	case V_CONNECT:
		sender[object] = file = socket_new(object);
		return file < 0 || connect(file, (struct sockaddr *)&address, sizeof(address)) < 0 ? errno : 0;
	case V_ACCEPT:
		receiver[object] = accept4(listener[object], NULL, NULL, SOCK_CLOEXEC);
		/* The made socket inherits its buffers from the listener, and no times. */
		return receiver[object] < 0 || setsockopt(receiver[object], SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0 ? errno : 0;
	default:
		break;
	}
	/*
	 * Until it is done, or nothing has moved for a while: what then stands in the way is the limit under study. The kernel waits and tries again by itself; a task that asked over and
	 * over would count a failure of the limit each time.
	 */
	file = command->verb == V_SEND ? sender[object] : receiver[object];
	while (command->amount < size) {
		long left = size - command->amount, most = is_tcp ? (long)sizeof(page) : 1024;
		ssize_t count;

		if (left > most)
			left = most;
		count = command->verb == V_SEND ? send(file, page, left, MSG_NOSIGNAL) : recv(file, page, left, 0);
		if (count < 0)
			return errno;
		if (count == 0)
			break;
		command->amount += count;
	}
	return 0;
}

static int carry_out(struct command *command)
{
	switch (command->verb) {
	case V_READ:
	case V_WRITE:
	case V_TOUCH:
	case V_PEEK:
		return access_range(command);
	case V_WALK:
		return walk(command);
	case V_ALLOC:
		return area_new(command->arg[0], command->arg[1], MAP_ANONYMOUS | (command->arg[2] ? MAP_SHARED : MAP_PRIVATE | MAP_NORESERVE), -1);
	case V_MAP:
		return map(command);
	case V_UNMAP:
		return unmap(command);
	case V_MLOCK:
	case V_MUNLOCK:
		return lock(command);
	case V_PIN:
		return pin(command);
	case V_UNPIN:
	case V_CLOSE:
		return unpin(command);
	case V_GROW:
		return grow(command);
	case V_SHRINK:
		return shrink(command);
	default:
		return sockets(command);
	}
}

/* Writes to what a task uses for itself, so that its copies are made before it moves to its container. */
void task_prepare(void)
{
	volatile char stack[1 << 15];

	for (size_t at = 0; at < sizeof(stack); at += PAGE / 2)
		stack[at] = 1;
	memset(page, 1, sizeof(page));
	memset(pattern, 0, sizeof(pattern));
	for (size_t at = 0; at < AREA_MAX; at++)
		*(char *volatile *)&areas[at].at = areas[at].at;
	for (size_t at = 0; at < PIN_MAX; at++)
		*(volatile int *)&pins[at] = pins[at];
	for (size_t at = 0; at < OBJECT_MAX; at++) {
		*(volatile int *)&sender[at] = sender[at];
		*(volatile int *)&receiver[at] = receiver[at];
		*(volatile int *)&listener[at] = listener[at];
	}
}

/* Waits for commands until `exit`. A fork goes on here as the other task. */
void task_main(int task)
{
	struct command *command = &commands[task];

	for (;;) {
		uint32_t done = __atomic_load_n(&command->done, __ATOMIC_ACQUIRE);

		while (__atomic_load_n(&command->asked, __ATOMIC_ACQUIRE) == done)
			syscall(SYS_futex, &command->asked, FUTEX_WAIT, done, NULL, NULL, 0);
		command->amount = 0;
		command->error = 0;
		if (command->verb == V_FORK) {
			int child = command->arg[0];
			/* A sibling, so that init is told of its end. */
			long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, 0);

			if (pid == 0) {
				command = &commands[child];
				continue;
			}
			command->error = pid < 0 ? errno : 0;
			command->amount = pid;
		} else if (command->verb == V_EXIT)
			_exit(0);
		else
			command->error = carry_out(command);
		__atomic_store_n(&command->done, done + 1, __ATOMIC_RELEASE);
		syscall(SYS_futex, &command->done, FUTEX_WAKE, 1, NULL, NULL, 0);
	}
}
