// SPDX-License-Identifier: MIT
// dontneed-enomem.litmus on a real kernel: a fault that races MADV_DONTNEED of its whole 2 MiB ends with VM_FAULT_OOM, with memory to spare
// (v6.14 and later, CONFIG_PT_RECLAIM). A load is taken again; a system call that faults fails with ENOMEM.
//
//   cc -O2 -Wall -Wextra -pthread -static -o dontneed-enomem dontneed-enomem.c
//   ./dontneed-enomem DIR SECONDS         DIR: on a filesystem mounted with -o dax=always
//
// P0: load, MADV_DONTNEED, in a loop; P1: MADV_POPULATE_READ of the other pages, one by one, in a loop. Exit code: 0 no ENOMEM, 1 ENOMEM,
// 2 it could not be tried. Leaves nothing behind.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

enum { PAGE = 4096, HUGE = 2 << 20 };

static volatile char *map;
static atomic_int stop;
static unsigned long drops;

static void fail(const char *what)
{
    perror(what);
    _exit(2);
}

static void *dropping_thread(void *unused)
{
    (void)unused;
    for (; !atomic_load(&stop); drops++) {
        (void)map[0];
        if (madvise((void *)map, HUGE, MADV_DONTNEED) != 0)
            fail("MADV_DONTNEED");
    }
    return NULL;
}

int main(int argc, char **argv)
{
    static const char data[PAGE];
    unsigned long tries = 0, enomem = 0, others = 0;
    pthread_t thread;
    if (argc != 3 || chdir(argv[1]) != 0) {
        fprintf(stderr, "usage: %s DIR SECONDS\n", argv[0]);
        return 2;
    }
    int file = open("dontneed-enomem.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || unlink("dontneed-enomem.tmp") != 0 || ftruncate(file, HUGE) != 0)
        fail(argv[1]);
    for (off_t at = 0; at < HUGE; at += 2 * PAGE) // every other page a hole: no huge page fits
        if (pwrite(file, data, PAGE, at) != PAGE)
            fail("pwrite");
    char *room = mmap(NULL, 2 * HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        fail("mmap");
    map = mmap((char *)(((uintptr_t)room + HUGE - 1) & ~(uintptr_t)(HUGE - 1)), HUGE, PROT_READ, MAP_SHARED | MAP_FIXED, file, 0);
    if (map == MAP_FAILED)
        fail("mmap of the file");
    if (pthread_create(&thread, NULL, dropping_thread, NULL) != 0)
        fail("pthread_create");

    for (time_t end = time(NULL) + atoi(argv[2]); time(NULL) < end; tries++)
        if (madvise((void *)(map + PAGE + tries % (HUGE / PAGE - 1) * PAGE), PAGE, MADV_POPULATE_READ) != 0)
            *(errno == ENOMEM ? &enomem : &others) += 1;
    atomic_store(&stop, 1);
    pthread_join(thread, NULL);
    printf("dontneed-enomem: %lu drops, %lu MADV_POPULATE_READ, %lu ENOMEM, %lu other errors\n", drops, tries, enomem, others);
    return enomem > 0;
}
