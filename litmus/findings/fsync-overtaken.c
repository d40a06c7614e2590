// SPDX-License-Identifier: MIT
// fsync-overtaken.litmus on a real kernel: two threads call fdatasync() for the same dirty page of a DAX file. One of them may return while the
// other is still flushing the page. No power is cut: the time of return is held against that of the trace event dax_writeback_one, which
// is written when the flush is done.
//
//   cc -O2 -Wall -Wextra -pthread -static -o fsync-overtaken fsync-overtaken.c
//   ./fsync-overtaken DIR SECONDS              as root; DIR: on a filesystem mounted with -o dax=always, best one that gives 2 MiB pages
//                                         (mkfs.ext4 -E stride=512,stripe_width=512; mkfs.xfs -d su=2m,sw=1, xfs_io -c "extsize 2m" DIR)
//
// Exit code: 0 never early, 1 early, 2 it could not be tried. Leaves nothing behind.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { HUGE = 2 << 20, MARGIN_US = 3 };

static const char *tracing;
static int file;
static atomic_ulong round_go, round_done;
static atomic_int stop;
static double returned[2];

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

// When the page was first flushed, in seconds; 0: not at all. (Who finds it tagged again flushes it once more.)
static double flushed(int *huge, int *times)
{
    char path[256], line[512];
    double when = 0;
    snprintf(path, sizeof path, "%s/trace", tracing);
    FILE *stream = fopen(path, "r");
    if (!stream)
        fail(path);
    for (*times = 0; fgets(line, sizeof line, stream);) {
        char *event = strstr(line, ": dax_writeback_one:");
        if (!event)
            continue;
        *huge = strstr(event, "pglen 0x200") != NULL;
        while (event > line && event[-1] != ' ')
            event--;
        when = (*times)++ == 0 ? atof(event) : when;
    }
    fclose(stream);
    return when;
}

static void sync_and_note(int thread)
{
    struct timespec now;
    if (fdatasync(file) != 0)
        fail("fdatasync");
    clock_gettime(CLOCK_MONOTONIC, &now);
    returned[thread] = (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void wait_a_little(unsigned int *seed)
{
    for (volatile int delay = rand_r(seed) % 200; delay > 0; delay--)
        ;
}

static void *syncing_thread(void *unused)
{
    unsigned int seed = 5;
    (void)unused;
    for (unsigned long round = 1;; round++) {
        while (atomic_load(&round_go) < round)
            if (atomic_load(&stop))
                return NULL;
        wait_a_little(&seed);
        sync_and_note(1);                      // P1: fsync(f)
        atomic_store(&round_done, round);
    }
}

int main(int argc, char **argv)
{
    unsigned long round = 0, early = 0, passed_over = 0;
    unsigned int seed = 9;
    int huge = 0, times;
    double worst = 0;
    pthread_t thread;
    if (argc != 3 || chdir(argv[1]) != 0) {
        fprintf(stderr, "usage: %s DIR SECONDS\n", argv[0]);
        return 2;
    }
    file = open("fsync-overtaken.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || unlink("fsync-overtaken.tmp") != 0 || fallocate(file, 0, 0, HUGE) != 0)
        fail(argv[1]);
    char *room = mmap(NULL, 2 * HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        fail("mmap");
    volatile uint64_t *map = mmap((char *)(((uintptr_t)room + HUGE - 1) & ~(uintptr_t)(HUGE - 1)), HUGE, PROT_READ | PROT_WRITE,
        MAP_SHARED | MAP_FIXED, file, 0);
    if (map == MAP_FAILED)
        fail("mmap of the file");
    tracing = access("/sys/kernel/tracing/events", F_OK) == 0 ? "/sys/kernel/tracing" : "/sys/kernel/debug/tracing";
    trace("trace_clock", "mono");
    trace("events/fs_dax/dax_writeback_one/enable", "1");
    trace("tracing_on", "1");
    if (pthread_create(&thread, NULL, syncing_thread, NULL) != 0)
        fail("pthread_create");

    map[0] = 1;
    fdatasync(file);                           // the metadata of the first store
    for (time_t end = time(NULL) + atoi(argv[2]); time(NULL) < end;) {
        trace("trace", "");
        map[0] = ++round;                      // P0: A[0] = 1
        atomic_store(&round_go, round);
        wait_a_little(&seed);
        sync_and_note(0);                      // P0: fsync(f)
        while (atomic_load(&round_done) < round)
            ;
        double first = returned[0] < returned[1] ? returned[0] : returned[1], by = flushed(&huge, &times) - first;
        early += by > MARGIN_US * 1e-6;
        passed_over += by > MARGIN_US * 1e-6 && times == 1;
        worst = by > worst ? by : worst;
    }
    atomic_store(&stop, 1);
    pthread_join(thread, NULL);
    trace("events/fs_dax/dax_writeback_one/enable", "0");
    printf("fsync-overtaken: %s pages, %lu rounds, in %lu one returned before the flush was done, by up to %.0f us; in %lu of these it "
        "was flushed once only\n", huge ? "2 MiB" : "4 KiB", round, early, worst * 1e6, passed_over);
    return early > 0;
}
