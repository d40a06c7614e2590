// SPDX-License-Identifier: MIT
// punch-forgets-dirty.litmus on a real kernel: a store to page 0 of a DAX file, a change of the file's layout elsewhere, fsync(). How many
// pages does that fsync() flush? (v6.15 and later: none.) No power is cut: the trace event dax_writeback_one is counted.
//
//   cc -O2 -Wall -Wextra -pthread -static -o punch-forgets-dirty punch-forgets-dirty.c
//   ./punch-forgets-dirty DIR             as root; DIR: on a filesystem mounted with -o dax=always
//
// Exit code: 0 the store is always flushed, 1 not always, 2 it could not be tried. Leaves nothing behind.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 8, OTHER = 5 };

static const char *tracing;

static void fail(const char *what)
{
    perror(what);
    _exit(2);
}

static void trace(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", tracing, name);
    int fd = open(path, O_WRONLY | O_TRUNC);
    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        fail(path);
    close(fd);
}

static int flushed(void)
{
    char path[256], line[512];
    int count = 0;
    snprintf(path, sizeof path, "%s/trace", tracing);
    FILE *file = fopen(path, "r");
    if (!file)
        fail(path);
    while (fgets(line, sizeof line, file))
        count += strstr(line, "dax_writeback_one:") != NULL;
    fclose(file);
    return count;
}

static void punch(int file)
{
    if (fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, OTHER * PAGE, PAGE) != 0)
        fail("PUNCH_HOLE");
}

static void zero(int file)
{
    if (fallocate(file, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, OTHER * PAGE, PAGE) != 0)
        fail("ZERO_RANGE");
}

static void grow(int file)
{
    if (ftruncate(file, (PAGES + 1) * PAGE) != 0)
        fail("ftruncate");
}

static void shrink(int file)
{
    if (ftruncate(file, OTHER * PAGE) != 0)
        fail("ftruncate");
}

static void allocate(int file)
{
    if (fallocate(file, 0, OTHER * PAGE, PAGE) != 0)
        fail("fallocate");
}

static void nothing(int file)
{
    (void)file;
}

// P0: A[0] = 1; change; fsync(f)
static int try(void (*change)(int))
{
    static char data[PAGES * PAGE];
    int file = open("punch-forgets-dirty.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || unlink("punch-forgets-dirty.tmp") != 0 || write(file, data, sizeof data) != (ssize_t)sizeof data || fsync(file) != 0)
        fail("file");
    volatile uint64_t *map = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (map == MAP_FAILED)
        fail("mmap");
    map[0] = 1;
    change(file);
    trace("trace", "");
    if (fsync(file) != 0)
        fail("fsync");
    int pages = flushed();
    munmap((void *)map, PAGES * PAGE);
    close(file);
    return pages;
}

int main(int argc, char **argv)
{
    static const struct { const char *name; void (*change)(int); } changes[] = {
        { "nothing", nothing }, { "PUNCH_HOLE", punch }, { "ZERO_RANGE", zero }, { "growing ftruncate", grow },
        { "shrinking ftruncate", shrink }, { "plain fallocate", allocate },
    };
    int lost = 0;
    if (argc != 2 || chdir(argv[1]) != 0) {
        fprintf(stderr, "usage: %s DIR\n", argv[0]);
        return 2;
    }
    tracing = access("/sys/kernel/tracing/events", F_OK) == 0 ? "/sys/kernel/tracing" : "/sys/kernel/debug/tracing";
    trace("events/fs_dax/dax_writeback_one/enable", "1");
    trace("tracing_on", "1");
    printf("punch-forgets-dirty: pages that fsync() flushes after a store and then");
    for (unsigned int i = 0; i < sizeof changes / sizeof *changes; i++) {
        int pages = try(changes[i].change);
        printf("%s %s %d", i ? "," : "", changes[i].name, pages);
        lost |= pages == 0;
    }
    printf("\n");
    trace("events/fs_dax/dax_writeback_one/enable", "0");
    return lost;
}
