// SPDX-License-Identifier: MIT
// cow-stale-freed.litmus on a real kernel: a mapping of a reflinked DAX file keeps an old block while write(2) gives the file a new one
// (cow-stale-map). When the clone is gone the old block is free, and another file gets it: the mapping shows that file's data.
//
//   cc -O2 -Wall -Wextra -pthread -static -o cow-stale-freed cow-stale-freed.c
//   ./cow-stale-freed DIR SECONDS         DIR: on a small XFS with reflink=1 mounted with -o dax=always; it is filled up, and emptied again
//
// Exit code: 0 no page is stale or all stay the file's, 1 another file's data is seen, 2 it could not be tried. Leaves nothing behind.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 256, WORDS = PAGE / 8, OLD = 7, NEW = 9, OTHERS = 5 };

static int file, sibling;
static volatile uint64_t *map;
static uint64_t data[PAGES * WORDS];
static atomic_ulong round_go, round_done;
static atomic_int stop;

static void fail(const char *what)
{
    perror(what);
    _exit(2);
}

static void *loading_thread(void *unused)
{
    unsigned int seed = 3;
    (void)unused;
    for (unsigned long round = 1;; round++) {
        while (atomic_load(&round_go) < round)
            if (atomic_load(&stop))
                return NULL;
        for (volatile int delay = rand_r(&seed) % 30000; delay > 0; delay--)
            ;
        for (unsigned long page = 0; page < PAGES; page++)
            (void)map[page * WORDS];           // P1: r0 = A[page]
        atomic_store(&round_done, round);
    }
}

static void put(int fd, uint64_t value)
{
    for (unsigned long word = 0; word < PAGES * WORDS; word++)
        data[word] = value;
    if (pwrite(fd, data, sizeof data, 0) != (ssize_t)sizeof data || fsync(fd) != 0)
        fail("pwrite");
}

static unsigned long shown(uint64_t value)
{
    unsigned long pages = 0;
    for (unsigned long page = 0; page < PAGES; page++)
        pages += map[page * WORDS] == value;
    return pages;
}

int main(int argc, char **argv)
{
    unsigned long round = 0, stale = 0, others;
    pthread_t thread;
    if (argc != 3 || chdir(argv[1]) != 0) {
        fprintf(stderr, "usage: %s DIR SECONDS\n", argv[0]);
        return 2;
    }
    file = open("cow-stale-freed.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
    sibling = open("cow-stale-freed.clone", O_RDWR | O_CREAT | O_TRUNC, 0600);
    int other = open("cow-stale-freed.other", O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || sibling < 0 || other < 0 || unlink("cow-stale-freed.tmp") != 0 || unlink("cow-stale-freed.clone") != 0
        || unlink("cow-stale-freed.other") != 0 || ftruncate(file, PAGES * PAGE) != 0)
        fail(argv[1]);
    map = mmap(NULL, PAGES * PAGE, PROT_READ, MAP_SHARED, file, 0);
    if (map == MAP_FAILED || pthread_create(&thread, NULL, loading_thread, NULL) != 0)
        fail("mmap");
    for (time_t end = time(NULL) + atoi(argv[2]); time(NULL) < end && stale == 0;) {
        put(file, OLD);
        if (ioctl(sibling, FICLONE, file) != 0)
            fail("FICLONE");                   // reflink(f, g)
        atomic_store(&round_go, ++round);
        put(file, NEW);                        // P0: write(f, 9), fsync(f)
        while (atomic_load(&round_done) < round)
            ;
        stale = shown(OLD);
    }
    atomic_store(&stop, 1);
    pthread_join(thread, NULL);

    if (ftruncate(sibling, 0) != 0)            // the old blocks are free
        fail("ftruncate");
    sync();
    for (unsigned long word = 0; word < PAGES * WORDS; word++)
        data[word] = OTHERS;
    for (off_t at = 0; pwrite(other, data, sizeof data, at) == (ssize_t)sizeof data; at += (off_t)sizeof data)
        ;                                      // write(h, 5), until the filesystem is full
    others = shown(OTHERS);
    printf("cow-stale-freed: %lu rounds; %lu mapped pages stay old; with the clone gone, %lu of them show another file's data\n",
        round, stale, others);
    return others > 0;
}
