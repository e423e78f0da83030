/* The guest's program of the kernel lab: what its files share. See ../README.md for the program it reads and the lines it writes. */
#ifndef GUEST_H
#define GUEST_H

#include <stdint.h>

#define PAGE 4096L
#define TASK_MAX 512
#define CONTAINER_MAX 1024
#define OBJECT_MAX 1024
#define AREA_MAX 1024
#define PIN_MAX 256
#define PATH_LENGTH 512

enum verb {
	V_NONE, V_START, V_FORK, V_EXIT, V_READ, V_WRITE, V_ALLOC, V_MAP, V_UNMAP, V_TOUCH, V_PEEK, V_WALK, V_GROW, V_SHRINK,
	V_LISTEN, V_CONNECT, V_ACCEPT, V_SEND, V_RECEIVE, V_PIN, V_UNPIN, V_CLOSE, V_MLOCK, V_MUNLOCK,
};

enum object_kind { O_NONE, O_FILE, O_TMPFS, O_DENTRY, O_INODE, O_TCP, O_UDP };

struct object {
	int kind;
	/* Pages of a file; whether dentries or inodes are held; bytes of a socket's buffers. */
	long size;
};

/* One command to one task, in memory that init and all tasks share. `asked` and `done` are futexes: the task works while they differ. */
struct command {
	uint32_t asked;
	uint32_t done;
	int verb;
	int error;
	long arg[6];
	/* How much was done: pages, bytes, objects. Init looks at it while the task works. */
	volatile long amount;
};

struct task {
	/* 0: never started or gone. */
	int pid;
	int container;
};

extern struct object objects[OBJECT_MAX];
extern struct command *commands;

/* task.c */
void task_main(int task) __attribute__((noreturn));
void task_prepare(void);

/* report.c: builds one JSON line and writes it whole. */
void report_open(const char *tty);
void line_begin(const char *kind);
void line_number(const char *key, long value);
void line_text(const char *key, const char *value);
void line_list(const char *key);
void line_item(long value);
void line_list_end(void);
void line_end(void);
void still_working(void);
void leave(void) __attribute__((noreturn));
void die(const char *what, const char *detail) __attribute__((noreturn));
int64_t now_ns(void);

/* files.c */
void *init_only(long bytes);
int put(const char *path, const char *value);
long get(const char *path, char *text, long size);

/* counters.c */
void counters_file(const char *path);
void counters_key(const char *name, int index);
void counters_read(int container, const char *directory);
void counters_forget(int container);
void tasks_read(const struct task *tasks, int task_count, int views);
void mapped_read(const struct task *tasks, int task_count, const int *parents, const char *alive, int container_count);

void node_read(int container, int node);

/* trace.c */
int trace_open(const char *buffer_kib);
void trace_drain(void);
void trace_switch(int on);

#endif
