// SPDX-License-Identifier: MIT
// folio-put-warn.litmus on a real kernel: write(2) deletes the clean entry of a DAX page that is mapped, and only then unmaps it.
// dax_folio_put() warns of that: of 2 MiB entries from v6.15 on, of all from v7.1 on.
//
//   cc -O2 -Wall -Wextra -pthread -static -o folio-put-warn folio-put-warn.c
//   ./folio-put-warn DIR SECONDS          as root; DIR: on a filesystem mounted with -o dax=always
//
// P0: write(2) to a hole; P1: loads of the same page; until the kernel log has the WARNING, or SECONDS are over. Then, where the
// filesystem can clone (XFS with reflink=1), one thread: clone the file, load, write(2), with 4 KiB and with 2 MiB (which needs extents of
// that alignment: mkfs.xfs -d su=2m,sw=1, xfs_io -c "extsize 2m" DIR). Exit code: 0 no WARNING, 1 a WARNING, 2 it could not be tried.
// Leaves nothing behind. WARN_ON_ONCE() speaks once: /sys/kernel/debug/clear_warn_once makes it speak again.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 64, WORDS = PAGE / 8, HUGE = 2 << 20 };

static int file, sibling, log_fd;
static volatile uint64_t *map;
static atomic_int stop;
static atomic_uint allowed;                    // P1 may load the pages below

static void fail(const char *what)
{
    perror(what);
    _exit(2);
}

// Reads the kernel log on; is there a WARNING of dax_folio_put() or of what it was inlined into?
static int warned(void)
{
    char line[8192];
    int seen = 0;
    for (;;) {
        ssize_t length = read(log_fd, line, sizeof line - 1);
        if (length <= 0)
            return seen;
        line[length] = 0;
        if (strstr(line, "WARNING:") && strstr(line, "fs/dax.c")) {
            char *text = strchr(line, ';');
            printf("folio-put-warn: %.*s\n", (int)strcspn(text + 1, "\n"), text + 1);
            seen = 1;
        }
    }
}

static void *loading_thread(void *unused)
{
    (void)unused;
    while (!atomic_load(&stop)) {
        unsigned int pages = atomic_load(&allowed);
        for (unsigned int page = 0; page < pages; page++)
            (void)map[page * WORDS];           // P1: r0 = A[page]
    }
    return NULL;
}

static void clear_warn_once(void)
{
    int fd = open("/sys/kernel/debug/clear_warn_once", O_WRONLY);
    if (fd >= 0 && write(fd, "1", 1) != 1)
        perror("clear_warn_once");
    if (fd >= 0)
        close(fd);
}

static unsigned long racing(int seconds, int *seen)
{
    static const char data[PAGES * PAGE];
    unsigned long round = 0;
    pthread_t thread;
    if (pthread_create(&thread, NULL, loading_thread, NULL) != 0)
        fail("pthread_create");
    for (time_t end = time(NULL) + seconds; time(NULL) < end && !*seen; round++) {
        atomic_store(&allowed, PAGES);
        if (pwrite(file, data, sizeof data, 0) != (ssize_t)sizeof data) // P0: write(f, ...)
            fail("pwrite");
        atomic_store(&allowed, 0);
        if (fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, sizeof data) != 0)
            fail("fallocate");
        *seen = warned();
    }
    atomic_store(&stop, 1);
    pthread_join(thread, NULL);
    return round;
}

// reflink(f, g); r0 = A[0]; write(f[0], 1), with an extent of that size, and a mapping that a huge page of that size fits into.
static int one_thread(const char *what, size_t size)
{
    static const char data[HUGE] = { 7 };
    char *room = mmap(NULL, 2 * HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *at = (char *)(((uintptr_t)room + HUGE - 1) & ~(uintptr_t)(HUGE - 1));
    if (room == MAP_FAILED || ftruncate(file, 0) != 0 || ftruncate(sibling, 0) != 0 || pwrite(file, data, size, 0) != (ssize_t)size)
        fail("file");
    if (ioctl(sibling, FICLONE, file) != 0) {
        printf("folio-put-warn: no clones here\n");
        return 0;
    }
    volatile uint64_t *shared = mmap(at, size, PROT_READ, MAP_SHARED | MAP_FIXED, file, 0);
    if (shared == MAP_FAILED)
        fail("mmap");
    clear_warn_once();
    (void)shared[0];
    if (pwrite(file, data, PAGE, 0) != PAGE)
        fail("pwrite");
    int seen = warned();
    printf("folio-put-warn: clone, load, write(2), %s: %s\n", what, seen ? "WARNING" : "nothing");
    munmap(room, 2 * HUGE);
    return seen;
}

int main(int argc, char **argv)
{
    int seen = 0, cloned;
    if (argc != 3 || chdir(argv[1]) != 0) {
        fprintf(stderr, "usage: %s DIR SECONDS\n", argv[0]);
        return 2;
    }
    log_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
    file = open("folio-put-warn.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
    sibling = open("folio-put-warn.clone", O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (log_fd < 0 || lseek(log_fd, 0, SEEK_END) < 0 || file < 0 || sibling < 0 || unlink("folio-put-warn.tmp") != 0
        || unlink("folio-put-warn.clone") != 0 || ftruncate(file, PAGES * PAGE) != 0)
        fail(argv[1]);
    map = mmap(NULL, PAGES * PAGE, PROT_READ, MAP_SHARED, file, 0);
    if (map == MAP_FAILED)
        fail("mmap");
    clear_warn_once();
    unsigned long rounds = racing(atoi(argv[2]), &seen);
    printf("folio-put-warn: write(2) racing loads: %s in %lu rounds\n", seen ? "WARNING" : "nothing", rounds);

    cloned = one_thread("4 KiB", PAGE) | one_thread("2 MiB", HUGE);
    return seen | cloned;
}
