// SPDX-License-Identifier: MIT
// The race of fsync-overtaken.litmus on a real kernel, shown without privileges, traces or clocks: fsync(2) of a DAX file returns while
// a store that completed before it began is not flushed yet, because another fsync has taken the page over and is still at it.
//
//   cc -O2 -Wall -Wextra -pthread -static -o fsync-overtaken-unprivileged fsync-overtaken-unprivileged.c
//   ./fsync-overtaken-unprivileged DIR SECONDS [PAGES]    DIR: on a filesystem mounted with -o dax=always
//
// Whether a line has left the CPU cache cannot be seen, but whether its page has been cleaned can: fsync write-protects a page before
// it flushes it, so the next store to a page that has been flushed must fault. Each round: P0 has stored to every page, alone; P0 and
// P1 call fsync; P0's returns; P0 stores to every page again and counts its page faults. A store without one went through a PTE that
// nobody has write-protected since the store before the fsync: nobody has begun to flush that one. Other faults of the thread can
// only hide a hit. P1 has returned before the next round, so no flush of an earlier round is about. What is seen is less than what
// happens: a page already write-protected, but not yet flushed, counts as flushed.
// Exit code: 0 not seen, 1 seen, 2 it could not be tried. Leaves nothing behind.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, WORDS = PAGE / 8, MAX_PAGES = 511, HUGE = 2 << 20 };

static int file, pages = 2;
static volatile uint64_t *map;                 // the shared mapping
static atomic_ulong round_go, round_done;      // round numbers; 0: none yet
static atomic_int stop;

static void fail(const char *what)
{
    perror(what);
    _exit(2);
}

static void run_on(int cpu)                    // best effort: one CPU is no reason to give up
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    (void)sched_setaffinity(0, sizeof set, &set);
}

// In every fourth round P1 does not call fsync: the count must then be 0, or it says nothing.
static int is_control(unsigned long round)
{
    return round % 4 == 0;
}

static void wait_a_little(unsigned int *seed)
{
    for (volatile int delay = rand_r(seed) % 2000; delay > 0; delay--)
        ;
}

// P1: fsync(f)
static void *syncing_thread(void *unused)
{
    unsigned int seed = (unsigned int)time(NULL) + 1;
    (void)unused;
    run_on(1);
    for (unsigned long round = 1;; round++) {
        while (atomic_load(&round_go) < round) {
            if (atomic_load(&stop))
                return NULL;
            sched_yield();                     // the journal's thread needs a CPU too
        }
        wait_a_little(&seed);
        if (!is_control(round) && fsync(file) != 0)
            fail("fsync");
        atomic_store(&round_done, round);
    }
}

static long faults(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_THREAD, &usage) != 0)
        fail("getrusage");
    return usage.ru_minflt + usage.ru_majflt;
}

static void store_to_all(uint64_t value)
{
    for (int page = pages - 1; page >= 0; page--)
        map[page * WORDS] = value;
}

// At an address whose offset within 2 MiB differs from the file's, so that every page has an entry and a PTE of its own.
static void map_misaligned(void)
{
    char *room = mmap(NULL, 2 * HUGE + MAX_PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        fail("mmap");
    char *at = (char *)(((uintptr_t)room + HUGE - 1) & ~(uintptr_t)(HUGE - 1)) + PAGE;
    map = mmap(at, (size_t)pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0);
    if (map == MAP_FAILED)
        fail("mmap of the file");
}

int main(int argc, char **argv)
{
    static const char zeroes[MAX_PAGES * PAGE];
    unsigned int seed = (unsigned int)time(NULL);
    unsigned long round = 0, controls = 0, hits = 0, stores = 0;
    struct statx info;
    pthread_t thread;
    if (argc == 4)
        pages = atoi(argv[3]);
    if (argc < 3 || argc > 4 || pages < 1 || pages > MAX_PAGES || chdir(argv[1]) != 0) {
        fprintf(stderr, "usage: %s DIR SECONDS [PAGES]\n", argv[0]);
        return 2;
    }
    file = open("fsync-overtaken.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || unlink("fsync-overtaken.tmp") != 0 || write(file, zeroes, (size_t)pages * PAGE) != (ssize_t)pages * PAGE)
        fail(argv[1]);
    if (statx(file, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &info) == 0 && !(info.stx_attributes & STATX_ATTR_DAX)) {
        fprintf(stderr, "%s is not DAX: the test would show nothing there; mount with -o dax=always\n", argv[1]);
        return 2;
    }
    map_misaligned();
    if (pthread_create(&thread, NULL, syncing_thread, NULL) != 0)
        fail("pthread_create");
    run_on(0);

    time_t end = time(NULL) + atoi(argv[2]);
    while (time(NULL) < end) {
        round++;
        store_to_all(round);                   // P0: A[page] = 1
        atomic_store(&round_go, round);
        wait_a_little(&seed);
        if (fsync(file) != 0)                  // P0: fsync(f)
            fail("fsync");
        long before = faults();
        store_to_all(round);
        long unprotected = pages - (faults() - before);
        controls += is_control(round);
        if (unprotected > 0 && is_control(round)) {
            fprintf(stderr, "fsync, alone, has not write-protected a page: the count says nothing here\n");
            return 2;
        }
        if (unprotected > 0) {
            hits++;
            stores += (unsigned long)unprotected;
        }
        while (atomic_load(&round_done) < round)
            sched_yield();
    }
    atomic_store(&stop, 1);
    pthread_join(thread, NULL);
    printf("fsync-overtaken-unprivileged: %d pages, %lu rounds, in %lu fsync returned too early (%lu pages not flushed); alone %lu "
        "rounds, 0\n", pages, round - controls, hits, stores, controls);
    return hits > 0;
}
