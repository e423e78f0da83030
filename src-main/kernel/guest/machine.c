/* Sets the guest's machine up: mounts, modules, swap, objects. */
#define _GNU_SOURCE
#include "guest.h"
#include "machine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MODULE_MAX 64
#define DEVICE_WAIT_MS 5000
#define SETTLE_MS 200
#define WRITE_SIZE (1L << 20)

static char (*modules)[PATH_LENGTH];
static int module_count;

void mount_first(void)
{
	static const char *const DIRECTORIES[] = { "/proc", "/sys", "/dev", "/tmp", "/disk", "/cg" };

	for (size_t at = 0; at < sizeof(DIRECTORIES) / sizeof(DIRECTORIES[0]); at++)
		mkdir(DIRECTORIES[at], 0777);
	mount("proc", "/proc", "proc", 0, "");
	mount("sysfs", "/sys", "sysfs", 0, "");
	mount("devtmpfs", "/dev", "devtmpfs", 0, "");
	mount("tmpfs", "/tmp", "tmpfs", 0, "mode=777,size=100%,nr_inodes=0");
	umask(0);
}

void module_add(const char *path)
{
	if (modules == NULL)
		modules = init_only(sizeof(*modules) * MODULE_MAX);
	if (module_count == MODULE_MAX)
		die("room for so many modules", path);
	snprintf(modules[module_count++], PATH_LENGTH, "%s", path);
}

void modules_load(void)
{
	for (int pass = 0; pass < 3; pass++)
		for (int at = 0; at < module_count; at++) {
			int file = open(modules[at], O_RDONLY | O_CLOEXEC);

			if (file < 0)
				continue;
			if (syscall(SYS_finit_module, file, "", 0) == 0 || errno == EEXIST)
				unlink(modules[at]);
			close(file);
		}
}

static void sleep_ms(long ms)
{
	usleep(ms * 1000);
}

/* A device shows up a moment after its driver. */
static int device_is_there(const char *path)
{
	struct stat status;

	for (int waited = 0; waited < DEVICE_WAIT_MS; waited += 20) {
		if (stat(path, &status) == 0)
			return 1;
		sleep_ms(20);
	}
	return 0;
}

void disks_mount(void)
{
	if (!device_is_there("/dev/vda"))
		die("a virtio disk (virtio_pci, virtio_blk)", "/dev/vda");
	if (mount("/dev/vda", "/disk", "ext4", MS_NOATIME, "") < 0)
		die("ext4", strerror(errno));
	chmod("/disk", 0777);
	if (device_is_there("/dev/vdb"))
		chmod("/dev/vdb", 0444);
}

void loopback_up(void)
{
	struct ifreq request;
	int file = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memset(&request, 0, sizeof(request));
	strcpy(request.ifr_name, "lo");
	request.ifr_flags = IFF_UP | IFF_RUNNING;
	if (file < 0 || ioctl(file, SIOCSIFFLAGS, &request) < 0)
		die("a loopback interface", strerror(errno));
	close(file);
}

/* A header as mkswap writes it (include/linux/swap.h, union swap_header). */
void swap_on(const char *bytes)
{
	static char header[PAGE];
	uint32_t fields[3] = { 1, strtol(bytes, NULL, 10) / PAGE - 1, 0 };
	int device;

	if (!device_is_there("/dev/zram0"))
		die("zram", "/dev/zram0");
	if (put("/sys/block/zram0/disksize", bytes) != 0)
		die("zram", bytes);
	memcpy(header + 1024, fields, sizeof(fields));
	memcpy(header + PAGE - 10, "SWAPSPACE2", 10);
	device = open("/dev/zram0", O_RDWR | O_CLOEXEC);
	if (device < 0 || pwrite(device, header, PAGE, 0) != PAGE || fsync(device) < 0)
		die("zram", strerror(errno));
	close(device);
	if (swapon("/dev/zram0", 0) < 0)
		die("swap", strerror(errno));
}

static void file_write(const char *path, long pages)
{
	static char *block;
	int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	if (block == NULL)
		block = init_only(WRITE_SIZE);
	memset(block, 0x5a, WRITE_SIZE);
	for (long left = pages * PAGE; left > 0;) {
		long count = left < WRITE_SIZE ? left : WRITE_SIZE;

		if (file < 0 || write(file, block, count) != count)
			die("room for the files", strerror(errno));
		left -= count;
		still_working();
	}
	fsync(file);
	close(file);
}

/* What an object needs before the first step. Pages of tmpfs come when they are first written. */
void object_make(long object)
{
	char path[64];
	int file;

	switch (objects[object].kind) {
	case O_FILE:
		sprintf(path, "/disk/o%ld", object);
		file_write(path, objects[object].size);
		break;
	case O_TMPFS:
		sprintf(path, "/tmp/o%ld", object);
		file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
		if (file < 0 || ftruncate(file, objects[object].size * PAGE) < 0)
			die("tmpfs", strerror(errno));
		close(file);
		break;
	case O_INODE:
	case O_DENTRY:
		sprintf(path, objects[object].size ? "/tmp/d%ld" : "/disk/d%ld", object);
		mkdir(path, 0777);
		if (objects[object].size && objects[object].kind == O_DENTRY) {
			sprintf(path, "/tmp/d%ld/file", object);
			close(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666));
		}
		break;
	default:
		break;
	}
}

/* Looks at everything below a directory. */
static void look_at(const char *directory)
{
	DIR *open = opendir(directory);
	struct dirent *entry;
	struct stat status;
	char path[PATH_LENGTH];

	while (open != NULL && (entry = readdir(open)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
			look_at(path);
	}
	if (open != NULL)
		closedir(open);
}

/*
 * What the set-up brought into memory goes out of it again, but for the disk's blocks of inodes: a task that looks at a file is to be charged for the inode, not for
 * the block that it stands in.
 */
void memory_settle(void)
{
	char path[64];
	int has_inodes = 0;

	sync();
	put("/proc/sys/vm/drop_caches", "3");
	sleep_ms(SETTLE_MS);
	put("/proc/sys/vm/drop_caches", "3");
	for (long object = 0; object < OBJECT_MAX; object++) {
		if (objects[object].kind != O_INODE || objects[object].size)
			continue;
		sprintf(path, "/disk/d%ld", object);
		look_at(path);
		has_inodes = 1;
	}
	if (has_inodes)
		put("/proc/sys/vm/drop_caches", "2");
}
