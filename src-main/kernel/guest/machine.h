/* What main.c asks of machine.c. */
#ifndef MACHINE_H
#define MACHINE_H

void mount_first(void);
void module_add(const char *path);
void modules_load(void);
void disks_mount(void);
void loopback_up(void);
void swap_on(const char *bytes);
void object_make(long object);
void memory_settle(void);

#endif
