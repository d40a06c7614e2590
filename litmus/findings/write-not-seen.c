// SPDX-License-Identifier: MIT
// The race of write-not-seen.litmus on a real kernel: a thread's own write(2) to a DAX file is not seen by its next load through a
// shared mapping, while another thread's store faults on the same page of hole.
//
//   cc -O2 -Wall -Wextra -pthread -static -o write-not-seen write-not-seen.c
//   ./write-not-seen DIR SECONDS          DIR: on a filesystem mounted with -o dax=always
//
// Each round: the file is one hole, every page has been loaded (the zero page is mapped); then, page by page, P0 stores to word 0
// while P1 writes word 1 with pwrite() and loads it. (From v6.15 on the store may get SIGBUS, see zero-page-sigbus.c, and is given up.)
// Exit code: 0 always seen, 1 not, 2 it could not be tried. Leaves nothing behind.
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
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 256, WORDS = PAGE / 8, HUGE = 2 << 20, VALUE = 6 };

static int file;
static volatile uint64_t *map;
static atomic_ulong round_go, round_done, pages_open; // P0 may store to the pages below pages_open
static atomic_int stop;
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

static void wait_a_little(unsigned int *seed)
{
    for (volatile int delay = rand_r(seed) % 3000; delay > 0; delay--)
        ;
}

static void *storing_thread(void *unused)
{
    unsigned int seed = 1;
    (void)unused;
    for (volatile unsigned long round = 1;; round++) {
        while (atomic_load(&round_go) < round)
            if (atomic_load(&stop))
                return NULL;
        for (volatile unsigned long page = 0; page < PAGES; page++) {
            while (atomic_load(&pages_open) <= page)
                ;
            wait_a_little(&seed);
            if (sigsetjmp(after_store, 1) == 0)
                map[page * WORDS] = 1;         // P0: A[page] = 1
        }
        atomic_store(&round_done, round);
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
    const uint64_t value = VALUE;
    unsigned long round = 0, writes = 0, unseen = 0;
    unsigned int seed = 7;
    pthread_t thread;
    if (argc != 3 || chdir(argv[1]) != 0) {
        fprintf(stderr, "usage: %s DIR SECONDS\n", argv[0]);
        return 2;
    }
    file = open("write-not-seen.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || unlink("write-not-seen.tmp") != 0 || ftruncate(file, PAGES * PAGE) != 0)
        fail(argv[1]);
    map_misaligned();
    signal(SIGBUS, on_sigbus);
    if (pthread_create(&thread, NULL, storing_thread, NULL) != 0)
        fail("pthread_create");

    for (time_t end = time(NULL) + atoi(argv[2]); time(NULL) < end;) {
        for (unsigned long page = 0; page < PAGES; page++)
            (void)map[page * WORDS];           // P1: r0 = A[page], maps the zero page
        atomic_store(&pages_open, 0);
        atomic_store(&round_go, ++round);
        for (unsigned long page = 0; page < PAGES; page++, writes++) {
            atomic_store(&pages_open, page + 1);
            wait_a_little(&seed);
            if (pwrite(file, &value, sizeof value, (off_t)(page * PAGE + sizeof value)) != sizeof value)
                fail("pwrite");
            unseen += map[page * WORDS + 1] != VALUE; // P1: r1 = A[page].1
        }
        while (atomic_load(&round_done) < round)
            ;
        if (fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGES * PAGE) != 0)
            fail("fallocate");                 // back to one hole
    }
    atomic_store(&stop, 1);
    pthread_join(thread, NULL);
    printf("write-not-seen: %lu rounds, %lu writes, %lu not seen by the writer's next load\n", round, writes, unseen);
    return unseen > 0;
}
