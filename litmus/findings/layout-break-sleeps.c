// SPDX-License-Identifier: MIT
// layout-break-sleeps.litmus on a real kernel: fallocate(PUNCH_HOLE) of a DAX page waits until nobody has pinned it; meanwhile the page is
// mapped again, and the pin goes. From v6.15 on the punch sleeps until that mapping goes, too.
//
//   cc -O2 -Wall -Wextra -pthread -static -o layout-break-sleeps layout-break-sleeps.c
//   ./layout-break-sleeps DIR SECONDS     DIR: on a filesystem mounted with -o dax=always
//
// First with a pin that vmsplice() holds, step by step. Then without any: P0 punches, P1 loads and drops a mapping, P2 loads through
// another, for SECONDS; a punch that takes 3 seconds counts as asleep. Exit code: 0 always awake, 1 asleep, 2 it could not be tried.
// Leaves nothing behind.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, PATIENCE = 3 };

static int file;
static volatile uint64_t *map, *other;
static atomic_ulong punches;
static atomic_int stop, release_map, loaded;
static time_t end;

static void fail(const char *what)
{
    perror(what);
    _exit(2);
}

static void fill(void)
{
    static const char data[PAGE] = { 7 };
    if (pwrite(file, data, PAGE, 0) != PAGE)
        fail("pwrite");
}

static void punch(void)
{
    if (fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE) != 0)
        fail("fallocate");
    atomic_fetch_add(&punches, 1);
}

static void *one_punch(void *unused)
{
    (void)unused;
    punch();
    return NULL;
}

// Waits for a change of the number of punches, at most so long.
static int moves_on(unsigned long from, int seconds)
{
    for (int i = 0; i < seconds * 100; i++) {
        if (atomic_load(&punches) != from)
            return 1;
        usleep(10000);
    }
    return 0;
}

// A pinned page: vmsplice() takes a reference of the page and keeps it in the pipe.
static int pinned_then_mapped(void)
{
    int ends[2];
    char drained[PAGE];
    pthread_t thread;
    fill();
    struct iovec page = { (void *)map, PAGE };
    (void)map[0];
    if (pipe(ends) != 0 || vmsplice(ends[1], &page, 1, 0) != PAGE)
        fail("vmsplice");
    if (pthread_create(&thread, NULL, one_punch, NULL) != 0)
        fail("pthread_create");
    sleep(1);                                  // it has unmapped the page and waits for the pin
    int waited = atomic_load(&punches) == 0;
    (void)map[0];                              // mapped again
    if (read(ends[0], drained, PAGE) != PAGE)  // the pin goes
        fail("read");
    int awake = moves_on(0, PATIENCE);
    int sleeps = !awake;
    if (sleeps)
        madvise((void *)map, PAGE, MADV_DONTNEED);
    int wakes = moves_on(0, PATIENCE);
    pthread_join(thread, NULL);
    printf("layout-break-sleeps: pinned: the punch %s; with the pin gone and the page mapped it %s\n",
        waited ? "waits" : "does not wait", !sleeps ? "goes on" : wakes ? "sleeps until the mapping goes" : "sleeps for good");
    return sleeps;
}

static void *punching_thread(void *unused)
{
    (void)unused;
    while (!atomic_load(&stop)) {
        fill();
        punch();
    }
    return NULL;
}

static void *dropping_thread(void *unused)
{
    (void)unused;
    while (!atomic_load(&stop)) {
        (void)other[0];
        madvise((void *)other, PAGE, MADV_DONTNEED);
    }
    return NULL;
}

static void *loading_thread(void *unused)
{
    (void)unused;
    while (!atomic_load(&stop)) {
        (void)map[0];
        if (atomic_exchange(&release_map, 0))
            madvise((void *)map, PAGE, MADV_DONTNEED);
        atomic_fetch_add(&loaded, 1);
    }
    return NULL;
}

static int unpinned(void)
{
    pthread_t threads[3];
    unsigned long asleep = 0, from;
    atomic_store(&punches, 0);
    if (pthread_create(&threads[0], NULL, punching_thread, NULL) != 0 || pthread_create(&threads[1], NULL, dropping_thread, NULL) != 0
        || pthread_create(&threads[2], NULL, loading_thread, NULL) != 0)
        fail("pthread_create");
    while (time(NULL) < end && !asleep) {
        from = atomic_load(&punches);
        asleep = !moves_on(from, PATIENCE);
    }
    unsigned long before = atomic_load(&punches);
    atomic_store(&stop, 1);
    pthread_join(threads[1], NULL);
    pthread_join(threads[2], NULL);
    madvise((void *)map, PAGE, MADV_DONTNEED);
    pthread_join(threads[0], NULL);
    printf("layout-break-sleeps: no pin: %lu punches, %s\n", before, asleep ? "then one that sleeps until the mapping goes" : "none sleeps");
    return asleep;
}

int main(int argc, char **argv)
{
    if (argc != 3 || chdir(argv[1]) != 0) {
        fprintf(stderr, "usage: %s DIR SECONDS\n", argv[0]);
        return 2;
    }
    file = open("layout-break-sleeps.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || unlink("layout-break-sleeps.tmp") != 0 || ftruncate(file, PAGE) != 0)
        fail(argv[1]);
    map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    other = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (map == MAP_FAILED || other == MAP_FAILED)
        fail("mmap");
    int seen = pinned_then_mapped();
    end = time(NULL) + atoi(argv[2]);
    return unpinned() | seen;
}
