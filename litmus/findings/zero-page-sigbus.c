// SPDX-License-Identifier: MIT
// The race of zero-page-sigbus.litmus on a real kernel: a store through a shared DAX mapping of a hole, inside the file's size,
// gets SIGBUS while another thread is in write(2) to the same pages (v6.15 and later).
//
//   cc -O2 -Wall -Wextra -pthread -static -o zero-page-sigbus zero-page-sigbus.c
//   ./zero-page-sigbus DIR SECONDS        DIR: on a filesystem mounted with -o dax=always
//
// Each round: the file is one hole, every page has been loaded (the zero page is mapped); then one pwrite() over all pages races
// stores to random pages. Many pages widen the window: write(2) deletes the mapping entries one by one and unmaps the zero page at
// the end. Exit code: 0 no SIGBUS, 1 SIGBUS seen, 2 it could not be tried. Leaves nothing behind.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 511, WORDS = PAGE / 8, HUGE = 2 << 20, STORES = 64 };

static int file;
static volatile uint64_t *map;                 // the shared mapping
static atomic_ulong round_ready, round_go, round_done; // round numbers; 0: none yet
static atomic_int stop;
static atomic_ulong sigbus, stores;
static sigjmp_buf after_store;

static void fail(const char *what)
{
    perror(what);
    _exit(2);
}

static void on_sigbus(int signal)
{
    (void)signal;
    siglongjmp(after_store, 1);
}

// P0: A[page] = 1
static void store(unsigned long page)
{
    atomic_fetch_add(&stores, 1);
    if (sigsetjmp(after_store, 1) == 0)
        map[page * WORDS] = 1;
    else
        atomic_fetch_add(&sigbus, 1);
}

static void *storing_thread(void *unused)
{
    unsigned int seed = (unsigned int)time(NULL);
    (void)unused;
    for (unsigned long round = 1;; round++) {
        for (unsigned long page = 0; page < PAGES; page++)
            (void)map[page * WORDS];           // maps the zero page
        atomic_store(&round_ready, round);
        while (atomic_load(&round_go) < round)
            if (atomic_load(&stop))
                return NULL;
        for (volatile int delay = rand_r(&seed) % 20000; delay > 0; delay--)
            ;
        unsigned long first = (unsigned long)rand_r(&seed) % PAGES;
        for (unsigned long i = 0; i < STORES; i++)
            store((first + i) % PAGES);
        while (atomic_load(&round_done) < round)
            if (atomic_load(&stop))
                return NULL;
    }
}

// At an address whose offset within 2 MiB differs from the file's, so that no huge zero page can serve it.
static void map_misaligned(void)
{
    char *room = mmap(NULL, 2 * HUGE + PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        fail("mmap");
    char *at = (char *)(((uintptr_t)room + HUGE - 1) & ~(uintptr_t)(HUGE - 1)) + PAGE;
    map = mmap(at, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0);
    if (map == MAP_FAILED)
        fail("mmap of the file");
}

int main(int argc, char **argv)
{
    static char data[PAGES * PAGE];
    struct statx info;
    pthread_t thread;
    if (argc != 3 || chdir(argv[1]) != 0) {
        fprintf(stderr, "usage: %s DIR SECONDS\n", argv[0]);
        return 2;
    }
    file = open("zero-page-sigbus.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || unlink("zero-page-sigbus.tmp") != 0 || ftruncate(file, PAGES * PAGE) != 0)
        fail(argv[1]);
    if (statx(file, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &info) == 0 && !(info.stx_attributes & STATX_ATTR_DAX))
        fprintf(stderr, "note: %s is not DAX; the race needs -o dax=always\n", argv[1]);
    map_misaligned();
    signal(SIGBUS, on_sigbus);
    if (pthread_create(&thread, NULL, storing_thread, NULL) != 0)
        fail("pthread_create");

    time_t end = time(NULL) + atoi(argv[2]);
    unsigned long round = 0;
    while (time(NULL) < end) {
        round++;
        while (atomic_load(&round_ready) < round)
            ;
        atomic_store(&round_go, round);
        if (pwrite(file, data, sizeof data, 0) != (ssize_t)sizeof data) // P1: write(f, ...)
            fail("pwrite");
        if (fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGES * PAGE) != 0)
            fail("fallocate");                 // back to one hole
        atomic_store(&round_done, round);
    }
    atomic_store(&stop, 1);
    pthread_join(thread, NULL);
    printf("zero-page-sigbus: %lu rounds, %lu stores, %lu SIGBUS inside the file's size\n", round, stores, sigbus);
    return sigbus > 0;
}
