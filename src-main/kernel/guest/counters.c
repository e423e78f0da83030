/* Reads the kernel's counters of containers and tasks, and reports what differs from what was reported last. */
#include "guest.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX 32
#define KEY_MAX 96
#define MAPS_SIZE (1 << 18)

struct counter_file {
	char path[64];
	int key_from;
	int key_to;
};

static struct counter_file files[FILE_MAX];
static int file_count;
static struct {
	char name[48];
	int index;
} keys[KEY_MAX];
static int key_count;

/* Last reported value and whether there is one, by container and key. */
static long (*last)[KEY_MAX];
static char (*reported)[KEY_MAX];

static char *text;

void counters_file(const char *path)
{
	if (text == NULL) {
		text = init_only(MAPS_SIZE);
		last = init_only(sizeof(*last) * CONTAINER_MAX);
		reported = init_only(sizeof(*reported) * CONTAINER_MAX);
	}
	if (file_count == FILE_MAX)
		die("room for so many counter files", path);
	snprintf(files[file_count].path, sizeof(files[0].path), "%s", path);
	files[file_count].key_from = key_count;
	files[file_count++].key_to = key_count;
}

void counters_key(const char *name, int index)
{
	if (key_count == KEY_MAX || file_count == 0)
		die("room for so many counters", name);
	snprintf(keys[key_count].name, sizeof(keys[0].name), "%s", name);
	keys[key_count++].index = index;
	files[file_count - 1].key_to = key_count;
}

void counters_forget(int container)
{
	memset(reported[container], 0, sizeof(reported[container]));
}

/* The value after `key` and blanks at the start of a line; 0 where there is none. */
static int value_of(const char *body, const char *key, long *value)
{
	size_t length = strlen(key);
	const char *at = body;

	if (strcmp(key, "-") == 0) {
		*value = strncmp(body, "max", 3) == 0 ? -1 : strtol(body, NULL, 10);
		return 1;
	}
	while (at != NULL && *at != 0) {
		if (strncmp(at, key, length) == 0 && (at[length] == ' ' || at[length] == ':' || at[length] == '\t')) {
			for (at += length; *at == ' ' || *at == ':' || *at == '\t'; at++)
				;
			*value = strtol(at, NULL, 10);
			return 1;
		}
		at = strchr(at, '\n');
		if (at != NULL)
			at++;
	}
	return 0;
}

void counters_read(int container, const char *directory)
{
	char path[PATH_LENGTH + 256];
	int any = 0;

	for (int file = 0; file < file_count; file++) {
		if (snprintf(path, sizeof(path), "%s/%s", directory, files[file].path) >= (int)sizeof(path) || get(path, text, MAPS_SIZE) <= 0)
			continue;
		for (int key = files[file].key_from; key < files[file].key_to; key++) {
			long value;

			if (!value_of(text, keys[key].name, &value))
				continue;
			if (reported[container][key] && last[container][key] == value)
				continue;
			reported[container][key] = 1;
			last[container][key] = value;
			if (!any) {
				line_begin("read");
				line_number("c", container);
				line_list("v");
				any = 1;
			}
			line_item(keys[key].index);
			line_item(value);
		}
	}
	if (any) {
		line_list_end();
		line_end();
	}
}

static const char *const OWN_KEYS[] = { "VmRSS", "VmLck", "VmPin", "VmSwap" };
static const char *const SHARE_KEYS[] = { "Pss", "Pss_Anon", "Pss_File", "Pss_Shmem", "Rss" };

static void items_of(const char *path, const char *const *names, int count)
{
	int is_there = get(path, text, MAPS_SIZE) > 0;

	for (int name = 0; name < count; name++) {
		long value = 0;

		if (is_there)
			value_of(text, names[name], &value);
		line_item(value);
	}
}

void tasks_read(const struct task *tasks, int task_count, int views)
{
	char path[64];

	for (int task = 0; task < task_count; task++) {
		if (tasks[task].pid == 0)
			continue;
		line_begin("own");
		line_number("task", task);
		line_list("v");
		snprintf(path, sizeof(path), "/proc/%d/status", tasks[task].pid);
		items_of(path, OWN_KEYS, 4);
		if (views & 2) {
			snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", tasks[task].pid);
			items_of(path, SHARE_KEYS, 5);
		}
		line_list_end();
		line_end();
	}
}

/* What lies on a NUMA node: its anonymous pages, page cache, shared memory among that, what is used and what there is, in kB. */
void node_read(int container, int node)
{
	static const char *const NAMES[] = { "AnonPages", "FilePages", "Shmem", "MemUsed", "MemTotal" };
	char path[64], key[32];

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/meminfo", node);
	if (get(path, text, MAPS_SIZE) <= 0)
		die("a NUMA node for each container", path);
	line_begin("node");
	line_number("c", container);
	line_list("v");
	for (size_t name = 0; name < sizeof(NAMES) / sizeof(NAMES[0]); name++) {
		long value = 0;

		snprintf(key, sizeof(key), "Node %d %s", node, NAMES[name]);
		value_of(text, key, &value);
		line_item(value);
	}
	line_list_end();
	line_end();
}

/* One bit a frame: set while the tasks of one container are walked. Frames beyond are not counted; the host gives the guest less memory than that. */
#define FRAME_MAX (1L << 25)
static unsigned char *frames;
static uint64_t entries[4096];

static void mark_range(int pagemap, unsigned long from, unsigned long to, long *pages, long *file_pages)
{
	for (unsigned long at = from; at < to;) {
		unsigned long count = (to - at) / PAGE;
		ssize_t bytes;

		if (count > sizeof(entries) / sizeof(entries[0]))
			count = sizeof(entries) / sizeof(entries[0]);
		bytes = pread(pagemap, entries, count * sizeof(entries[0]), at / PAGE * sizeof(entries[0]));
		if (bytes <= 0)
			return;
		for (size_t entry = 0; entry < bytes / sizeof(entries[0]); entry++) {
			uint64_t value = entries[entry];
			/* Bit 63: present; bits 0-54: frame; bit 61: page of a file or shared memory. */
			unsigned long frame = value & ((1UL << 55) - 1);

			if (!(value >> 63) || frame == 0 || frame >= FRAME_MAX || (frames[frame >> 3] >> (frame & 7) & 1))
				continue;
			frames[frame >> 3] |= 1 << (frame & 7);
			(*pages)++;
			*file_pages += value >> 61 & 1;
		}
		at += bytes / sizeof(entries[0]) * PAGE;
	}
}

static void mark_task(int pid, long *pages, long *file_pages)
{
	char path[64];
	int pagemap;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	if (get(path, text, MAPS_SIZE) <= 0)
		return;
	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	pagemap = open(path, O_RDONLY | O_CLOEXEC);
	if (pagemap < 0)
		return;
	for (char *at = text; at != NULL && *at != 0; at = strchr(at, '\n')) {
		unsigned long from, to;

		if (*at == '\n')
			at++;
		if (sscanf(at, "%lx-%lx", &from, &to) == 2 && from < 1UL << 47)
			mark_range(pagemap, from, to, pages, file_pages);
	}
	close(pagemap);
}

static int is_below(const int *parents, int container, int above)
{
	for (; container >= 0; container = parents[container])
		if (container == above)
			return 1;
	return 0;
}

/* Distinct mapped pages of the tasks of each container and its descendants: each frame once, however many tasks map it. */
void mapped_read(const struct task *tasks, int task_count, const int *parents, const char *alive, int container_count)
{
	if (frames == NULL)
		frames = init_only(FRAME_MAX / 8);
	for (int container = 0; container < container_count; container++) {
		long pages = 0, file_pages = 0;

		if (!alive[container])
			continue;
		memset(frames, 0, FRAME_MAX / 8);
		for (int task = 0; task < task_count; task++)
			if (tasks[task].pid != 0 && is_below(parents, tasks[task].container, container))
				mark_task(tasks[task].pid, &pages, &file_pages);
		line_begin("mapped");
		line_number("c", container);
		line_list("v");
		line_item(pages);
		line_item(file_pages);
		line_list_end();
		line_end();
	}
}
