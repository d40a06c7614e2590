// SPDX-License-Identifier: MIT
// munmap-stale-tlb.litmus on a real kernel: munmap(2) of a shared DAX mapping clears the PTEs, takes the mapping out of the file, and only
// then flushes the TLBs. A punch in between finds no mapping, flushes nothing and frees the block: another thread still stores to it, and
// so into the file that gets it next.
//
//   cc -O2 -Wall -Wextra -pthread -static -o munmap-stale-tlb munmap-stale-tlb.c
//   ./munmap-stale-tlb DIR SECONDS [NEIGHBOURS]      DIR: on a small filesystem mounted with -o dax=always; it is filled up, and emptied
//
// NEIGHBOURS: so many other mappings go in the same munmap (default 4000), after A: they widen the window. 0: the test's shape.
// In every fourth round P2 waits until munmap has returned: nothing must be seen then. f's blocks are the largest part of what is free, so
// that g gets them. A fourth argument makes P2 wait 0.2 s first and call getrusage at its end: for a debugger that holds P0 meanwhile.
// "freed": a whole pass of stores of P1 began after the punch had returned, none faulted (the file still has no block), all went through.
// "seen": another file, which has only been written with write(2), shows one of P1's stores.
// Exit code: 0 not seen, 1 seen, 2 it could not be tried. Leaves nothing behind.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 256, OTHERS = 512, CHUNK = 64, WORDS = PAGE / 8 };
static const uint64_t STORED = 0x5700000000000000;                  // P1's stores: this and the number of the pass

static int file, other, neighbours = 4000, forced;
static volatile uint64_t *map;
static atomic_ulong round_go, round_punch, passes, stored_to, punched, unmapped;
static atomic_ullong length_ns;                                    // how long the last munmap took
static atomic_int stop;
static uint64_t data[CHUNK * WORDS];
static unsigned long at_punch, seen_in, held_pages, held_passes, bus;
static sigjmp_buf back;

static void fail(const char *what)
{
    perror(what);
    _exit(2);
}

static void run_on(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    (void)sched_setaffinity(0, sizeof set, &set);
}

static unsigned long long now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (unsigned long long)t.tv_sec * 1000000000 + (unsigned long long)t.tv_nsec;
}

static void gone(int number)
{
    bus += number == SIGBUS;
    siglongjmp(back, 1);
}

static int is_control(unsigned long round)
{
    return !forced && round % 4 == 0;
}

// P1: A[0] = 1, 2, ... until there is no A any more
static void *storing_thread(void *unused)
{
    static unsigned long n;
    static unsigned long round;
    (void)unused;
    run_on(2);
    for (round = 1;; round++) {
        while (atomic_load(&round_go) < round)
            if (atomic_load(&stop))
                return NULL;
        if (sigsetjmp(back, 1) == 0)
            for (;;) {
                n++;
                for (int page = 0; page < PAGES; page++)
                    map[page * WORDS] = STORED | n;
                atomic_store(&passes, n);
            }
        atomic_store(&stored_to, round);
    }
}

static int put(int fd, int pages)
{
    int done = 0;
    for (ssize_t got = CHUNK * PAGE; done < pages && got == CHUNK * PAGE; done += CHUNK)
        got = pwrite(fd, data, CHUNK * PAGE, (off_t)done * PAGE);
    return done;
}

// How many pages of the other file show a store of P1.
static unsigned long shown(void)
{
    unsigned long pages = 0;
    uint64_t word;
    for (int page = 0; page < 3 * OTHERS; page++)
        if (pread(other, &word, sizeof word, (off_t)page * PAGE) == sizeof word && word >> 56 == STORED >> 56)
            pages++;
    return pages;
}

// P2: fallocate(f[0], PUNCH_HOLE); write(g[0], 5)
static void *punching_thread(void *unused)
{
    unsigned int seed = (unsigned int)time(NULL);
    struct rusage usage;
    (void)unused;
    run_on(0);
    for (unsigned long round = 1;; round++) {
        while (atomic_load(&round_punch) < round) {
            if (atomic_load(&stop))
                return NULL;
            sched_yield();
        }
        unsigned long long delay = forced ? 200000000 : (unsigned long long)(rand_r(&seed) % 1000) * atomic_load(&length_ns) / 1000;
        for (unsigned long long end = now() + delay; now() < end;)
            ;
        while (is_control(round) && atomic_load(&unmapped) < round)
            sched_yield();
        if (fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGES * PAGE) != 0)
            fail("fallocate");
        at_punch = atomic_load(&passes);
        if (fsync(file) != 0)                  // from now on the blocks can be had
            fail("fsync");
        put(other, 3 * OTHERS);                // as many as there are
        if (forced) {                          // a debugger holds P0 in munmap until here
            for (unsigned long long end = now() + 20000000; now() < end;)
                ;
            held_pages = shown();
            held_passes = atomic_load(&passes) - at_punch;
            getrusage(RUSAGE_SELF, &usage);
        }
        atomic_store(&punched, round);
    }
}

int main(int argc, char **argv)
{
    unsigned long round = 0, freed = 0, seen = 0, early = 0, words = 0, controls = 0;
    pthread_t threads[2];
    struct sigaction action = { .sa_handler = gone };
    struct stat info;
    struct statx x;
    if (argc >= 4)
        neighbours = atoi(argv[3]);
    forced = argc == 5;
    if (argc < 3 || argc > 5 || neighbours < 0 || neighbours > 60000 || chdir(argv[1]) != 0) {
        fprintf(stderr, "usage: %s DIR SECONDS [NEIGHBOURS]\n", argv[0]);
        return 2;
    }
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    file = open("munmap-stale-tlb.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
    other = open("munmap-stale-tlb.other", O_RDWR | O_CREAT | O_TRUNC, 0600);
    int filler = open("munmap-stale-tlb.filler", O_RDWR | O_CREAT | O_TRUNC, 0600);
    int beside = memfd_create("neighbours", 0);
    if (file < 0 || other < 0 || filler < 0 || beside < 0 || unlink("munmap-stale-tlb.tmp") != 0
        || unlink("munmap-stale-tlb.other") != 0 || unlink("munmap-stale-tlb.filler") != 0
        || ftruncate(beside, (off_t)(neighbours + 1) * PAGE) != 0)
        fail(argv[1]);
    if (statx(file, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &x) == 0 && !(x.stx_attributes & STATX_ATTR_DAX)) {
        fprintf(stderr, "%s is not DAX: mount with -o dax=always\n", argv[1]);
        return 2;
    }
    for (int word = 0; word < CHUNK * WORDS; word++)
        data[word] = 5;
    if (put(other, OTHERS) < OTHERS)           // room for f, and some for the metadata
        fail("pwrite");
    off_t filled = 0;
    for (off_t step = 64 << 20; step >= PAGE;)
        if (fallocate(filler, 0, filled, step) == 0)
            filled += step;
        else
            step /= 2;
    size_t length = (size_t)(PAGES + neighbours) * PAGE;
    char *room = mmap(NULL, length + PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED || pthread_create(&threads[0], NULL, storing_thread, NULL) != 0
        || pthread_create(&threads[1], NULL, punching_thread, NULL) != 0)
        fail("mmap");
    run_on(1);

    for (time_t end = time(NULL) + atoi(argv[2]); time(NULL) < end;) {
        round++;
        if (ftruncate(other, 0) != 0 || fsync(other) != 0)
            fail("ftruncate");
        if (put(file, PAGES) < PAGES)
            fail("pwrite f");
        if (fsync(file) != 0)
            fail("fsync");
        if (mmap(room, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0) == MAP_FAILED)
            fail("mmap f");
        for (int i = 0; i < neighbours; i++)   // backwards: they do not merge
            if (mmap(room + (size_t)(PAGES + i) * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, beside,
                    (off_t)(neighbours - i) * PAGE) == MAP_FAILED)
                fail("mmap neighbour");
        map = (volatile uint64_t *)room;
        unsigned long before = atomic_load(&passes);
        atomic_store(&round_go, round);
        while (atomic_load(&passes) < before + 10)
            ;
        atomic_store(&round_punch, round);
        unsigned long long start = now();
        if (munmap(room, length) != 0)         // P0: munmap(A)
            fail("munmap");
        atomic_store(&length_ns, now() - start);
        atomic_store(&unmapped, round);
        unsigned long last = 0;
        while (atomic_load(&stored_to) < round || atomic_load(&punched) < round)
            sched_yield();
        last = atomic_load(&passes);
        if (fstat(file, &info) != 0)
            fail("fstat");
        early += info.st_blocks != 0;          // the punch came first: P1's store has got new blocks
        freed += info.st_blocks == 0 && last >= at_punch + 2;
        seen_in = shown();
        controls += is_control(round);
        if (is_control(round) && seen_in > 0) {
            fprintf(stderr, "seen although the punch came after munmap: the count says nothing here\n");
            return 2;
        }
        seen += seen_in > 0;
        words += seen_in;
        if (forced) {
            printf("round %lu: until P2 was done: %lu pages of g show a store, %lu passes since the punch; at the end %lu pages, "
                "%lu passes, f has %ld blocks\n", round, held_pages, held_passes, seen_in, last - at_punch, (long)info.st_blocks / 8);
            fflush(stdout);
        }
    }
    atomic_store(&stop, 1);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    printf("munmap-stale-tlb: %d neighbours, %lu rounds (in %lu the punch came too early, %lu SIGBUS), freed %lu, seen %lu (%lu pages of "
        "another file); punch after munmap %lu rounds, 0; the last munmap took %llu us\n", neighbours, round - controls, early, bus, freed,
        seen, words, controls,
        (unsigned long long)atomic_load(&length_ns) / 1000);
    return seen > 0;
}
