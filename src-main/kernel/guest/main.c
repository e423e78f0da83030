/* Init of the guest: reads the program, keeps containers and tasks, has tasks carry out operations and reports what came of it. */
#define _GNU_SOURCE
#include "guest.h"
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORD_MAX 12
#define PART_MAX 64
/* How often a wait for a task looks whether it has died instead. */
#define LOOK_NS 5000000L
#define KILL_WAIT_MS 5000

struct object objects[OBJECT_MAX];
struct command *commands;
static struct task tasks[TASK_MAX];
static int task_count;

static struct {
	char path[PATH_LENGTH];
	int leaf;
} *containers;
static int parents[CONTAINER_MAX];
/* NUMA node of a container's own; 0: none. */
static int nodes[CONTAINER_MAX];
static char alive[CONTAINER_MAX];
static int container_count;
static int cgroup_version = 2;
static char controllers[128];
static int views;
static long step = -1;
/* The step is a sample: tasks are read in full after it. */
static int sampling;
/* Tasks that were killed and are gone. */
static long killed_count;

static char *program_at;

/* The next line, its words in `words`; 0 at the end. */
static int next_line(char **words)
{
	char *end;
	int count = 0;

	if (*program_at == 0)
		return 0;
	end = strchr(program_at, '\n');
	if (end != NULL)
		*end = 0;
	for (char *word = strtok(program_at, " "); word != NULL && count < WORD_MAX; word = strtok(NULL, " "))
		words[count++] = word;
	program_at = end == NULL ? strchr(program_at, 0) : end + 1;
	for (int rest = count; rest < WORD_MAX; rest++)
		words[rest] = "0";
	return count == 0 ? next_line(words) : 1;
}

static void read_program(void)
{
	struct stat status;
	int file = open("/program", O_RDONLY | O_CLOEXEC);

	if (file < 0 || fstat(file, &status) < 0)
		die("a program", "/program");
	program_at = init_only(status.st_size + 1);
	if (read(file, program_at, status.st_size) != status.st_size)
		die("a program", "/program");
	program_at[status.st_size] = 0;
	close(file);
	unlink("/program");
}

/* Containers */

static void directory_of(int container, char *path)
{
	snprintf(path, PATH_LENGTH + 8, container == 0 ? "/cg" : "/cg/%s", containers[container].path);
}

static int hand_on(const char *directory)
{
	char path[PATH_LENGTH + 128];

	if (cgroup_version != 2)
		return 0;
	if (snprintf(path, sizeof(path), "%s/cgroup.subtree_control", directory) >= (int)sizeof(path))
		return ENAMETOOLONG;
	return put(path, controllers);
}

/* Number of a cgroup, by which tracepoints name it: that of its directory. */
static void told_cgroup(int container, const char *directory)
{
	struct stat status;

	if (stat(directory, &status) < 0)
		return;
	line_begin("cgroup");
	line_number("c", container);
	line_number("id", status.st_ino);
	line_end();
}

static int container_make(int container)
{
	char path[PATH_LENGTH + 64];
	int error = 0;

	directory_of(container, path);
	if (mkdir(path, 0755) < 0)
		return errno;
	alive[container] = 1;
	told_cgroup(container, path);
	if (containers[container].leaf && cgroup_version == 2) {
		error = hand_on(path);
		strcat(path, "/self-");
		if (error == 0 && mkdir(path, 0755) < 0)
			error = errno;
		if (error == 0)
			told_cgroup(container, path);
	}
	return error;
}

static int container_remove(int container)
{
	char path[PATH_LENGTH + 64], leaf[PATH_LENGTH + 72];

	directory_of(container, path);
	snprintf(leaf, sizeof(leaf), "%s/self-", path);
	/* A task that was waited for may still be on its way out of its container. */
	for (int attempt = 0; attempt < 50; attempt++) {
		if (containers[container].leaf)
			rmdir(leaf);
		if (rmdir(path) == 0) {
			alive[container] = 0;
			counters_forget(container);
			return 0;
		}
		if (errno != EBUSY)
			break;
		usleep(10000);
	}
	if (containers[container].leaf) {
		int error = errno;

		mkdir(leaf, 0755);
		errno = error;
	}
	return errno;
}

static int place(int pid, int container)
{
	char path[PATH_LENGTH + 96], number[16];

	directory_of(container, path);
	strcat(path, containers[container].leaf && container != 0 && cgroup_version == 2 ? "/self-/cgroup.procs" : "/cgroup.procs");
	snprintf(number, sizeof(number), "%d", pid);
	return put(path, number);
}

static int container_set(int container, const char *file, const char *value)
{
	char path[PATH_LENGTH + 96];

	directory_of(container, path);
	strcat(path, "/");
	strncat(path, file, 80);
	return put(path, value);
}

static int reclaim(int container, const char *bytes, const char *swappiness)
{
	char value[64];

	if (swappiness[0] == '-')
		return container_set(container, "memory.reclaim", bytes);
	snprintf(value, sizeof(value), "%s swappiness=%s", bytes, swappiness);
	return container_set(container, "memory.reclaim", value);
}

/* Tasks */

static void task_gone(int task, int status)
{
	tasks[task].pid = 0;
	commands[task].asked = commands[task].done = 0;
	if (!WIFSIGNALED(status))
		return;
	killed_count += WTERMSIG(status) == SIGKILL;
	line_begin("died");
	line_number("task", task);
	line_number("signal", WTERMSIG(status));
	line_number("t", now_ns());
	line_end();
}

/* Takes note of every task that has ended. */
static void reap(void)
{
	int status, pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (int task = 0; task < task_count; task++)
			if (tasks[task].pid == pid)
				task_gone(task, status);
}

/* Has a task carry out the command that its slot holds; the errno, or -1 if it died of it. */
static int ask(int task)
{
	struct command *command = &commands[task];
	struct timespec look = { 0, LOOK_NS };
	uint32_t done = command->done;
	long amount = 0;

	__atomic_store_n(&command->asked, done + 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, &command->asked, FUTEX_WAKE, 1, NULL, NULL, 0);
	while (__atomic_load_n(&command->done, __ATOMIC_ACQUIRE) == done) {
		syscall(SYS_futex, &command->done, FUTEX_WAIT, done, &look, NULL, 0);
		reap();
		if (tasks[task].pid == 0)
			return -1;
		/* A task that gets nowhere is left to the host's limit of silence. */
		if (command->amount != amount)
			still_working();
		amount = command->amount;
	}
	still_working();
	return command->error;
}

static void task_settled(int task, int pid, int container)
{
	tasks[task].pid = pid;
	tasks[task].container = container;
	if (task >= task_count)
		task_count = task + 1;
	line_begin("task");
	line_number("task", task);
	line_number("pid", pid);
	line_number("c", container);
	line_number("t", now_ns());
	line_end();
}

/* What a task is to be; read before it is made, because it does not inherit the program's text. */
struct identity {
	long user;
	unsigned long memlock;
	int cpu;
};

/* In the child: becomes the user, bound to its processor, and says through its slot that it is ready to be moved. */
static void task_begin(int task, const struct identity *identity)
{
	struct command *command = &commands[task];
	cpu_set_t processors;
	char name[16];
	struct rlimit limit;

	snprintf(name, sizeof(name), "task-%d", task);
	syscall(SYS_prctl, 15, name);
	limit.rlim_cur = limit.rlim_max = identity->memlock;
	setrlimit(RLIMIT_MEMLOCK, &limit);
	limit.rlim_cur = limit.rlim_max = 65536;
	setrlimit(RLIMIT_NOFILE, &limit);
	CPU_ZERO(&processors);
	CPU_SET(identity->cpu, &processors);
	sched_setaffinity(0, sizeof(processors), &processors);
	if (setgid(identity->user) < 0 || setuid(identity->user) < 0)
		_exit(1);
	task_prepare();
	__atomic_store_n(&command->done, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, &command->done, FUTEX_WAKE, 1, NULL, NULL, 0);
	while (__atomic_load_n(&command->asked, __ATOMIC_ACQUIRE) == 0)
		syscall(SYS_futex, &command->asked, FUTEX_WAIT, 0, NULL, NULL, 0);
	task_main(task);
}

static int task_start(int task, char **words)
{
	struct command *command = &commands[task];
	struct timespec look = { 0, LOOK_NS };
	struct identity identity = { atol(words[3]), words[4][0] == 'm' ? RLIM_INFINITY : strtoul(words[4], NULL, 10), atoi(words[5]) };
	int container = atoi(words[2]), error, status;
	int pid;

	memset(command, 0, sizeof(*command));
	pid = fork();
	if (pid < 0)
		return errno;
	if (pid == 0)
		task_begin(task, &identity);
	while (__atomic_load_n(&command->done, __ATOMIC_ACQUIRE) == 0) {
		syscall(SYS_futex, &command->done, FUTEX_WAIT, 0, &look, NULL, 0);
		if (waitpid(pid, &status, WNOHANG) == pid)
			return ECHILD;
	}
	error = place(pid, container);
	/* `asked` and `done` now agree, which is the state in which a task waits for its first command. */
	__atomic_store_n(&command->asked, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, &command->asked, FUTEX_WAKE, 1, NULL, NULL, 0);
	task_settled(task, pid, container);
	return error;
}

static int task_fork(int task, int child, int container)
{
	int error, pid;

	memset(&commands[child], 0, sizeof(commands[child]));
	commands[task].verb = V_FORK;
	commands[task].arg[0] = child;
	error = ask(task);
	if (error != 0)
		return error;
	pid = commands[task].amount;
	if (container >= 0)
		error = place(pid, container);
	task_settled(child, pid, container >= 0 ? container : tasks[task].container);
	return error;
}

static int task_exit(int task)
{
	int status, pid = tasks[task].pid;

	commands[task].verb = V_EXIT;
	__atomic_add_fetch(&commands[task].asked, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, &commands[task].asked, FUTEX_WAKE, 1, NULL, NULL, 0);
	if (waitpid(pid, &status, 0) == pid)
		task_gone(task, status);
	return 0;
}

/* Operations */

static const struct {
	const char *name;
	int verb;
} VERBS[] = {
	{ "read", V_READ }, { "write", V_WRITE }, { "alloc", V_ALLOC }, { "map", V_MAP }, { "unmap", V_UNMAP }, { "touch", V_TOUCH },
	{ "peek", V_PEEK }, { "walk", V_WALK }, { "grow", V_GROW }, { "shrink", V_SHRINK }, { "listen", V_LISTEN }, { "connect", V_CONNECT },
	{ "accept", V_ACCEPT }, { "send", V_SEND }, { "receive", V_RECEIVE }, { "pin", V_PIN }, { "unpin", V_UNPIN }, { "close", V_CLOSE },
	{ "mlock", V_MLOCK }, { "munlock", V_MUNLOCK },
};

static int verb_of(const char *word)
{
	for (size_t at = 0; at < sizeof(VERBS) / sizeof(VERBS[0]); at++)
		if (strcmp(VERBS[at].name, word) == 0)
			return VERBS[at].verb;
	return V_NONE;
}

/* `task` -1: init did it itself. */
static void told_op(const char *verb, int task, int error, long amount)
{
	line_begin("op");
	line_text("v", verb);
	line_number("task", task);
	line_number("r", error);
	line_number("n", amount);
	line_number("t", now_ns());
	line_end();
}

static void skipped(int task)
{
	line_begin("skip");
	line_number("task", task);
	line_end();
}

static void fill(struct command *command, int verb, char **words)
{
	command->verb = verb;
	for (int at = 0; at < 6; at++)
		command->arg[at] = at == 0 && verb == V_WALK ? verb_of(words[2]) : strtol(words[2 + at], NULL, 10);
}

/* Parts in turn, a slice each, until all are done or their tasks are dead. What a slice is counted by: pages of a range, entries of a pattern. */
static void together(long quantum, int part_count)
{
	static struct {
		int task, verb, live;
		long at, left;
		struct command command;
		char name[16];
	} parts[PART_MAX];
	char *words[WORD_MAX];
	int live = 0;

	for (int part = 0; part < part_count && part < PART_MAX && next_line(words); part++) {
		parts[part].task = atoi(words[1]);
		parts[part].verb = verb_of(words[0]);
		snprintf(parts[part].name, sizeof(parts[part].name), "%s", words[0]);
		fill(&parts[part].command, parts[part].verb, words);
		parts[part].left = parts[part].command.arg[parts[part].verb == V_WALK ? 3 : 2];
		parts[part].at = 0;
		parts[part].live = 1;
		live++;
	}
	while (live > 0)
		for (int part = 0; part < part_count; part++) {
			struct command *command = &commands[parts[part].task];
			long slice = parts[part].left < quantum ? parts[part].left : quantum;
			int error, is_walk = parts[part].verb == V_WALK;

			if (!parts[part].live)
				continue;
			if (tasks[parts[part].task].pid == 0) {
				skipped(parts[part].task);
				parts[part].live = 0;
				live--;
				continue;
			}
			command->verb = parts[part].verb;
			memcpy(command->arg, parts[part].command.arg, sizeof(command->arg));
			command->arg[is_walk ? 3 : 2] = slice;
			command->arg[is_walk ? 4 : 1] += parts[part].at;
			error = ask(parts[part].task);
			parts[part].at += slice;
			parts[part].left -= slice;
			if (error != 0 || parts[part].left <= 0) {
				told_op(parts[part].name, parts[part].task, error, parts[part].at);
				parts[part].live = 0;
				live--;
			}
		}
}

/* An operation of init itself: the errno, or -2 if it is none. */
static int own_operation(char **words)
{
	const char *verb = words[0];
	int container = atoi(words[1]);

	if (strcmp(verb, "mkdir") == 0)
		return container_make(container);
	if (strcmp(verb, "rmdir") == 0)
		return container_remove(container);
	if (strcmp(verb, "set") == 0)
		return container_set(container, words[2], words[3]);
	if (strcmp(verb, "reclaim") == 0)
		return reclaim(container, words[2], words[3]);
	if (strcmp(verb, "put") == 0)
		return put(words[1], words[2]);
	if (strcmp(verb, "drop") == 0)
		return put("/proc/sys/vm/drop_caches", words[1]);
	if (strcmp(verb, "sleep") == 0) {
		long ns = strtol(words[1], NULL, 10);
		struct timespec time = { ns / 1000000000L, ns % 1000000000L };

		nanosleep(&time, NULL);
		return 0;
	}
	if (strcmp(verb, "start") == 0)
		return task_start(atoi(words[1]), words);
	return -2;
}

static int task_operation(int task, char **words)
{
	if (strcmp(words[0], "fork") == 0)
		return task_fork(task, atoi(words[2]), atoi(words[3]));
	if (strcmp(words[0], "exit") == 0)
		return task_exit(task);
	if (strcmp(words[0], "move") == 0) {
		int error = place(tasks[task].pid, atoi(words[2]));

		if (error == 0)
			tasks[task].container = atoi(words[2]);
		return error;
	}
	fill(&commands[task], verb_of(words[0]), words);
	return ask(task);
}

static void operation(char **words)
{
	int task, error = own_operation(words);

	if (error != -2) {
		told_op(words[0], -1, error, 0);
		return;
	}
	task = atoi(words[1]);
	if (tasks[task].pid == 0) {
		skipped(task);
		return;
	}
	error = task_operation(task, words);
	told_op(words[0], task, error, commands[task].amount);
}

/* A task that the out-of-memory killer has chosen gives its memory back a moment later: waits until all of them have, so that no counter is read half way. */
static void reap_killed(void)
{
	static char text[8192];
	const char *at;

	for (int waited = 0; waited < KILL_WAIT_MS; waited++) {
		reap();
		if (get("/proc/vmstat", text, sizeof(text)) <= 0 || (at = strstr(text, "\noom_kill ")) == NULL || atol(at + 10) <= killed_count)
			return;
		usleep(1000);
	}
}

/* Reads everything that a step may have changed. */
static void tell(void)
{
	char path[PATH_LENGTH + 64];

	reap_killed();
	trace_switch(0);
	trace_drain();
	for (int container = 0; container < container_count; container++) {
		if (!alive[container])
			continue;
		directory_of(container, path);
		counters_read(container, path);
		if (nodes[container] != 0)
			node_read(container, nodes[container]);
	}
	if (views != 0)
		tasks_read(tasks, task_count, sampling ? views | 2 : views);
	if (views & 4)
		mapped_read(tasks, task_count, parents, alive, container_count);
	line_begin("told");
	line_number("i", step);
	line_number("t", now_ns());
	line_end();
	trace_switch(1);
}

static void step_begin(long number)
{
	step = number;
	line_begin("step");
	line_number("i", step);
	line_number("t", now_ns());
	line_end();
}

/* The machine's part of the program, up to `begin`. */

static void cgroup_mount(char **words)
{
	cgroup_version = atoi(words[1]);
	if (cgroup_version == 2) {
		if (mount("cgroup2", "/cg", "cgroup2", 0, words[2][0] == '1' ? "memory_recursiveprot" : "") < 0)
			die("cgroup v2", strerror(errno));
	} else if (mount("cgroup", "/cg", "cgroup", 0, "memory") < 0)
		die("the memory controller of cgroup v1", strerror(errno));
	alive[0] = 1;
	container_count = 1;
}

static void container_declare(char **words)
{
	int container = atoi(words[1]);
	char *slash;
	size_t length;

	if (containers == NULL)
		containers = init_only(sizeof(*containers) * CONTAINER_MAX);
	snprintf(containers[container].path, PATH_LENGTH, "%s", words[2]);
	containers[container].leaf = atoi(words[3]);
	parents[container] = container == 0 ? -1 : 0;
	slash = strrchr(containers[container].path, '/');
	length = slash == NULL ? 0 : slash - containers[container].path;
	for (int above = 1; slash != NULL && above < container_count; above++)
		if (strlen(containers[above].path) == length && strncmp(containers[above].path, containers[container].path, length) == 0)
			parents[container] = above;
	if (container >= container_count)
		container_count = container + 1;
}

static void object_declare(char **words)
{
	static const char *const KINDS[] = { "", "file", "tmpfs", "dentry", "inode", "tcp", "udp" };
	long object = atol(words[1]);

	for (int kind = O_FILE; kind <= O_UDP; kind++)
		if (strcmp(KINDS[kind], words[2]) == 0)
			objects[object].kind = kind;
	objects[object].size = atol(words[3]);
	object_make(object);
}

static void batch_make(char **words)
{
	char path[96];

	const struct object *object = &objects[atol(words[1])];
	int length = snprintf(path, sizeof(path), object->size ? "/tmp/d%s/%s" : "/disk/d%s/%s", words[1], words[2]);

	mkdir(path, 0777);
	/* Inodes that a shrinker may free are of files that are there already, so that a task need only look at one. */
	if (object->kind != O_INODE || object->size)
		return;
	for (long number = 0; number < atol(words[3]); number++) {
		snprintf(path + length, sizeof(path) - length, "/%ld", number);
		close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
		still_working();
	}
}

static void set_up(char **words)
{
	const char *verb = words[0];
	int error;

	if (strcmp(verb, "version") == 0) {
		if (strcmp(words[1], "1") != 0)
			die("this version of the program", words[1]);
	} else if (strcmp(verb, "module") == 0)
		module_add(words[1]);
	else if (strcmp(verb, "modules") == 0)
		modules_load();
	else if (strcmp(verb, "disks") == 0)
		disks_mount();
	else if (strcmp(verb, "loopback") == 0)
		loopback_up();
	else if (strcmp(verb, "controllers") == 0) {
		strcpy(controllers, words[1]);
		for (int at = 2; words[at][0] == '+'; at++)
			strcat(strcat(controllers, " "), words[at]);
		if (hand_on("/cg") != 0)
			die("the controllers of cgroup v2", controllers);
	} else if (strcmp(verb, "cgroup") == 0)
		cgroup_mount(words);
	else if (strcmp(verb, "put") == 0) {
		if ((error = put(words[1], words[2])) != 0)
			errno = error, die(words[1], words[2]);
	} else if (strcmp(verb, "swap") == 0)
		swap_on(words[1]);
	else if (strcmp(verb, "container") == 0)
		container_declare(words);
	else if (strcmp(verb, "node") == 0)
		nodes[atoi(words[1])] = atoi(words[2]);
	else if (strcmp(verb, "object") == 0)
		object_declare(words);
	else if (strcmp(verb, "batch") == 0)
		batch_make(words);
	else if (strcmp(verb, "file") == 0)
		counters_file(words[1]);
	else if (strcmp(verb, "key") == 0)
		counters_key(words[1], atoi(words[2]));
	else if (strcmp(verb, "views") == 0)
		views = atoi(words[1]);
	else if (strcmp(verb, "trace") == 0) {
		if ((error = trace_open(words[1])) != 0)
			errno = error, die("tracepoints (tracefs)", strerror(error));
	} else if (strcmp(verb, "begin") == 0) {
		memory_settle();
		step_begin(-1);
	} else
		operation(words);
}

static void hello(void)
{
	struct utsname name;
	char text[256] = "";

	uname(&name);
	get("/sys/kernel/mm/lru_gen/enabled", text, sizeof(text));
	line_begin("hello");
	line_number("version", 1);
	line_text("release", name.release);
	line_text("lru_gen", text);
	line_number("total_kb", sysconf(_SC_PHYS_PAGES) * (PAGE / 1024));
	line_end();
}

int main(void)
{
	char *words[WORD_MAX];

	mount_first();
	report_open("/dev/ttyS1");
	hello();
	commands = mmap(NULL, TASK_MAX * sizeof(*commands), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	read_program();
	while (next_line(words)) {
		if (strcmp(words[0], "step") == 0) {
			tell();
			step_begin(atol(words[1]));
			sampling = words[2][0] == '1';
		} else if (strcmp(words[0], "together") == 0)
			together(atol(words[1]), atoi(words[2]));
		else if (step == -1)
			set_up(words);
		else
			operation(words);
	}
	tell();
	line_begin("end");
	line_end();
	leave();
}
