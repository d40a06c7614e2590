// SPDX-License-Identifier: MIT
// cow-write-lost.litmus, cow-stale-map.litmus and cow-stale-map-store.litmus on a real kernel: write(2) to a reflinked DAX file on XFS, while
// another thread stores to, or loads from, the same pages through a shared mapping. Afterwards every page must have both, and the mapping
// must show the file.
//
//   cc -O2 -Wall -Wextra -pthread -static -o cow-write-lost cow-write-lost.c
//   ./cow-write-lost DIR SECONDS          DIR: on an XFS with reflink=1 mounted with -o dax=always
//
// Each round: a file of old pages shares its blocks with a clone; then one pwrite() over all pages races stores of one word a page (odd
// rounds) or loads (even rounds). Where the mapping still shows an old page, one more store is tried there. The same without the clone
// comes first: nothing may go wrong there. Exit code: 0 all is there, 1 not, 2 it could not be tried. Leaves nothing behind.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 256, WORDS = PAGE / 8, LAST = WORDS - 1, OLD = 7, NEW = 9, STORED = 1, NOBODY = -1 };

static int file, sibling;
static volatile uint64_t *map;
static uint64_t data[PAGES * WORDS], found[PAGES * WORDS];
static atomic_ulong round_go, round_done, racing_sigbus;
static atomic_long store_go = NOBODY;          // a page to store to
static atomic_int store_sigbus, stop;
static sigjmp_buf after_store;
static unsigned long written, write_lost, store_lost, stale, stale_stores, stale_sigbus, stale_spins;

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

// False: SIGBUS.
static int store(unsigned long page)
{
    if (sigsetjmp(after_store, 1) != 0)
        return 0;
    map[page * WORDS + LAST] = STORED;
    return 1;
}

// P1: A[page].last = 1 in odd rounds, r0 = A[page] in even ones.
static void *mapping_thread(void *unused)
{
    unsigned int seed = 3;
    (void)unused;
    for (volatile unsigned long round = 1;;) {
        if (atomic_load(&stop))
            return NULL;
        if (atomic_load(&store_go) != NOBODY) {
            atomic_store(&store_sigbus, !store((unsigned long)atomic_load(&store_go)));
            atomic_store(&store_go, NOBODY);
        }
        if (atomic_load(&round_go) < round)
            continue;
        for (volatile int delay = rand_r(&seed) % 30000; delay > 0; delay--)
            ;
        for (volatile unsigned long page = 0; page < PAGES; page++)
            if (round % 2 == 0)
                (void)map[page * WORDS];
            else if (!store(page))
                atomic_fetch_add(&racing_sigbus, 1);
        atomic_store(&round_done, round++);
    }
}

// What does a store to a page do whose old block is still mapped?
static void store_to_stale(unsigned long page)
{
    atomic_store(&store_go, (long)page);
    for (int i = 0; i < 100 && atomic_load(&store_go) != NOBODY; i++)
        usleep(10000);
    stale_stores++;
    stale_spins += atomic_load(&store_go) != NOBODY;
    if (atomic_load(&store_go) != NOBODY)
        madvise((void *)map, PAGES * PAGE, MADV_DONTNEED);
    while (atomic_load(&store_go) != NOBODY)
        ;
    stale_sigbus += (unsigned long)atomic_load(&store_sigbus);
}

static void fill(uint64_t value)
{
    for (unsigned long word = 0; word < PAGES * WORDS; word++)
        data[word] = value;
}

static void judge(unsigned long round)
{
    long first_stale = NOBODY;
    if (pread(file, found, sizeof found, 0) != (ssize_t)sizeof found)
        fail("pread");
    for (unsigned long page = 0; page < PAGES; page++) {
        write_lost += found[page * WORDS] != NEW;
        if (map[page * WORDS] != found[page * WORDS]) {
            stale++;
            first_stale = first_stale == NOBODY ? (long)page : first_stale;
        }
    }
    // The last word of the last page is the store's alone.
    store_lost += round % 2 == 1 && found[PAGES * WORDS - 1] != STORED;
    if (first_stale != NOBODY && stale_stores < 8)
        store_to_stale((unsigned long)first_stale);
}

static unsigned long run(unsigned long round, int clone, int seconds)
{
    written = write_lost = store_lost = stale = 0;
    for (time_t end = time(NULL) + seconds; time(NULL) < end;) {
        fill(OLD);
        if (pwrite(file, data, sizeof data, 0) != (ssize_t)sizeof data || fsync(file) != 0)
            fail("pwrite");
        if (clone && ioctl(sibling, FICLONE, file) != 0)
            fail("FICLONE");                   // every block is shared now
        fill(NEW);
        atomic_store(&round_go, ++round);
        if (pwrite(file, data, sizeof data - sizeof *data, 0) != (ssize_t)(sizeof data - sizeof *data))
            fail("pwrite");                    // P0: write(f[page]) of all but the last word of the last page
        while (atomic_load(&round_done) < round)
            ;
        written += PAGES;
        judge(round);
        if (ftruncate(file, 0) != 0 || ftruncate(file, PAGES * PAGE) != 0 || ftruncate(sibling, 0) != 0)
            fail("ftruncate");
    }
    printf("cow-write-lost: %s: %lu pages written; %lu lost what was written, %lu of %lu files lost the store, %lu mapped pages stay old\n",
        clone ? "cloned" : "not cloned", written, write_lost, store_lost, written / PAGES / 2, stale);
    return round;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    if (argc != 3 || chdir(argv[1]) != 0) {
        fprintf(stderr, "usage: %s DIR SECONDS\n", argv[0]);
        return 2;
    }
    file = open("cow-write-lost.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
    sibling = open("cow-write-lost.clone", O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || sibling < 0 || unlink("cow-write-lost.tmp") != 0 || unlink("cow-write-lost.clone") != 0
        || ftruncate(file, PAGES * PAGE) != 0)
        fail(argv[1]);
    map = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (map == MAP_FAILED)
        fail("mmap");
    signal(SIGBUS, on_sigbus);
    if (pthread_create(&thread, NULL, mapping_thread, NULL) != 0)
        fail("pthread_create");
    unsigned long round = run(0, 0, atoi(argv[2]));
    int control = write_lost + store_lost + stale > 0;
    run(round, 1, atoi(argv[2]));
    atomic_store(&stop, 1);
    pthread_join(thread, NULL);
    printf("cow-write-lost: %lu stores to old pages: %lu SIGBUS, %lu still faulting after a second; SIGBUS of racing stores: %lu\n",
        stale_stores, stale_sigbus, stale_spins, atomic_load(&racing_sigbus));
    return control || write_lost + store_lost + stale + atomic_load(&racing_sigbus) > 0;
}
