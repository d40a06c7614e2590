// SPDX-License-Identifier: MIT
// munmap-stale-tlb: munmap takes the mapping out of the file before it flushes TLBs: a punch in between flushes nothing, and a store goes to another file's block
// A litmus test of page faults on a real kernel, written by 'faultline repro'. Nothing but libc and pthreads is needed.
//
//     cc -O2 -Wall -Wextra -pthread -static -o munmap-stale-tlb munmap-stale-tlb.c
//     ./munmap-stale-tlb DIR [SECONDS]
//
// DIR: any directory; for DAX one on ext4 or XFS mounted with -o dax=always. SECONDS: 10 if not given.
// Exit code: 0 the condition was not met, 1 it was met (or a thread hangs, or a system call fails that should
// not: a line says so), 2 it could not be tried, 128 and a signal's number when interrupted. Leaves nothing behind.
//
// The test:
//     DAX munmap-stale-tlb
//     "munmap takes the mapping out of the file before it flushes TLBs: a punch in between flushes nothing, and a store goes to another file's block"
//     {
//       file f = [block 7];
//       file g = [hole];
//       map A = mmap(f, shared, rw);
//     }
//      P0        | P1       | P2                          ;
//      munmap(A) | A[0] = 1 | fallocate(f[0], PUNCH_HOLE) ;
//                | A[0] = 2 | write(g[0], 5)              ;
//     exists (g[0]=2)
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#ifndef MAP_SYNC
#define MAP_SYNC 0x80000
#define MAP_SHARED_VALIDATE 0x03
#endif
#define DAX_ATTRIBUTE 0x200000                 // of statx(2)
#define NAME "munmap-stale-tlb"
#define CONDITION "exists (g[0]=2)"
#define PAGE 4096L
#define HALF (PAGE / 2)                        // word 0 of a page lies at its start, word 1 here: in another cache line and sector
#define SECTOR 512L
#define HUGE_PAGE (512 * PAGE)
#define PAGE_START(page) ((page) * PAGE)
#define SECONDS 10
enum { THREADS = 3, STARTED = 3, COPIES = 64, HANG_SECONDS = 30, STATES = 1024 };

// What is seen at the end of a round; from SIGNALS on, what a state line shows only when it came.
enum {
    SEEN_g_0, SIGNALS, SEEN_sigbus_P1 = SIGNALS, SEEN_sigsegv_P1, OBSERVED
};

// ---- What the threads share, and how they start together ----

// It could not be tried: says why and what to do.
static void cannot(const char *what, int error)
{
    const char *hint = error == ENOSPC || error == EDQUOT ? "; free some space there, or name another directory"
        : error == EPERM || error == EACCES ? "; name a directory that you may write to, or become root where the test needs it"
        : error == ENOENT || error == ENOTDIR ? "; name a directory that exists"
        : error == EROFS ? "; name a directory on a filesystem that is mounted read-write"
        : error == EOPNOTSUPP || error == ENOSYS || error == ENOTTY ? "; this filesystem or kernel cannot do it: name another directory"
        : error == EAGAIN || error == EMFILE ? "; raise the limit (ulimit -u, ulimit -n)"
        : "";
    fprintf(stderr, "%s: %s: %s%s\n", NAME, what, strerror(error), hint);
    _exit(2);
}

// What all threads and processes share.
static struct shared {
    sem_t go[THREADS], all_done;
    atomic_int arrived, done, stop;
    atomic_int finished[THREADS];              // copies that a thread has done with
    atomic_ulong round, over;
    int64_t seen[COPIES][OBSERVED];
    int signals[COPIES][THREADS + 1];          // the last is that of whoever looks at the end
    unsigned long failures[THREADS + 1];
    int error[THREADS + 1];
    const char *failed[THREADS + 1];
} *shared;

static __thread int self = THREADS;            // the number of this thread
static __thread int copy;                      // of the files and mappings, that it works on

static __thread uint32_t seed;

static uint32_t dice(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed;
}

// Some races want nanoseconds, some microseconds: waits less than 2^n turns, n itself at random.
static void delay(void)
{
    uint32_t most = 1u << dice() % 13;
    for (volatile uint32_t turns = dice() % most; turns > 0; turns--)
        ;
}

static int cpu[CPU_SETSIZE], cpus;             // those that we may run on

static void find_cpus(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        cannot("sched_getaffinity", errno);
    for (int number = 0; number < CPU_SETSIZE; number++)
        if (CPU_ISSET(number, &set))
            cpu[cpus++] = number;
}

// Each thread on a CPU of its own; with more threads than CPUs, other ones meet each time.
static void pin(int number)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)cpu[THREADS <= cpus ? number : (int)(dice() % (uint32_t)cpus)], &set);
    sched_setaffinity(0, sizeof set, &set);
}

static void await(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0)
        ;
}

static void finish(int number)
{
    shared->finished[number] = COPIES;
    if (atomic_fetch_add(&shared->done, 1) + 1 == THREADS)
        sem_post(&shared->all_done);
}

static void P0(int i);
static void P1(int i);
static void P2(int i);

static void (*const body[THREADS])(int) = { P0, P1, P2 };
static const bool starts[THREADS] = { true, true, true };
static const int process_of[THREADS] = { 0, 0, 0 };

// ---- Loads, stores and system calls ----

// A load or store that gets SIGBUS or SIGSEGV is given up, and that is an outcome. Any other such signal ends the program.
enum { BUS = 1, SEGV = 2 };
static __thread sigjmp_buf give_up;
static __thread volatile sig_atomic_t touching;

static void on_fault(int number, siginfo_t *info, void *context)
{
    (void)context;
    if (touching) {
        shared->signals[copy][self] |= number == SIGBUS ? BUS : SEGV;
        siglongjmp(give_up, 1);
    }
    (void)info;
    signal(number, SIG_DFL);
}

static void catch_faults(void)
{
    struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER };
    sigaction(SIGBUS, &action, NULL);
    sigaction(SIGSEGV, &action, NULL);
}

static __attribute__((noinline)) void store(char *to, uint64_t value)
{
    if (sigsetjmp(give_up, 0) == 0) {
        touching = 1;
        *(volatile uint64_t *)to = value;
        atomic_thread_fence(memory_order_seq_cst);
    }
    touching = 0;
}

// A system call that fails where the test knows no failure is told after the histogram.
static void check(long result, const char *operation)
{
    if (result < 0 && shared->failures[self]++ == 0) {
        shared->error[self] = errno;
        shared->failed[self] = operation;
    }
}

static void write_pages(int file, off_t at, size_t length, uint64_t value, const char *operation)
{
    static __thread uint64_t text[1 * PAGE / 8];
    for (size_t word = 0; word < length / 8; word++)
        text[word] = value;
    check(pwrite(file, text, length, at), operation);
}

// A file without a name: nothing is left when this program ends, however it ends.
static int create(const char *directory)
{
    char path[4096];
    int file = open(directory, O_RDWR | O_TMPFILE, 0600);
    if (file >= 0)
        return file;
    snprintf(path, sizeof path, "%s/%s.XXXXXX", directory, NAME);
    file = mkostemp(path, 0);
    if (file < 0 || unlink(path) != 0)
        cannot(directory, errno);
    return file;
}

// ---- The test ----

static int file_f[COPIES], file_g[COPIES];
static char *map_A[COPIES];                                      // f, shared, rw; address and offset differ by a page, so that no huge page fits

// Room for a mapping: `shift` bytes above a multiple of 2 MiB. It stays reserved between the rounds.
static char *room(size_t length, size_t shift)
{
    char *at = mmap(NULL, length + 2 * HUGE_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED)
        cannot("mmap", errno);
    return (char *)(((uintptr_t)at + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1)) + shift;
}

static void map(char *at, size_t length, int protection, int flags, int file, off_t offset)
{
    if (mmap(at, length, protection, flags | MAP_FIXED, file, offset) == MAP_FAILED)
        cannot("mmap", errno);
}

static void unmap(char *at, size_t length)
{
    map(at, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

static void resize(int file, off_t size)
{
    if (ftruncate(file, size) != 0)
        cannot("ftruncate", errno);
}

// Pages from byte `from` on: word 0 of each is `first`, word 1 is `second`, and so is the half of the page behind it.
static void fill(int file, off_t from, off_t length, uint64_t first, uint64_t second)
{
    static uint64_t text[16 * PAGE / 8];
    for (size_t word = 0; word < sizeof text / 8 && word < (size_t)length / 8; word++)
        text[word] = word % (PAGE / 8) < HALF / 8 ? first : second;
    while (length > 0) {
        size_t part = length < (off_t)sizeof text ? (size_t)length : sizeof text;
        ssize_t written = pwrite(file, text, part, from);
        if (written <= 0)
            cannot("pwrite", written == 0 ? EIO : errno);
        from += written;
        length -= written;
    }
}

static void empty(int i)
{
    resize(file_f[i], 0);
    resize(file_g[i], 0);
}

// The initial state of the i-th copy, from nothing.
static void lay_out(int i)
{
    resize(file_f[i], PAGE);
    fill(file_f[i], 0, PAGE, 7, 7);
    resize(file_g[i], PAGE);
}

static void map_main(int i)
{
    map(map_A[i], PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file_f[i], 0);
}

static void unmap_main(int i)
{
    unmap(map_A[i], PAGE);
}

static void P0(int i)
{
    // races with P1's A[0] = 1, P1's A[0] = 2, P2's fallocate(f[0], PUNCH_HOLE)
    delay();
    check(munmap(map_A[i], PAGE), "munmap(A)");                  // munmap(A)
}

static void P1(int i)
{
    // races with P0's munmap(A), P2's fallocate(f[0], PUNCH_HOLE)
    delay();
    store(map_A[i], 1);                                          // A[0] = 1
    // races with P0's munmap(A), P2's fallocate(f[0], PUNCH_HOLE)
    delay();
    store(map_A[i], 2);                                          // A[0] = 2
}

static void P2(int i)
{
    // races with P0's munmap(A), P1's A[0] = 1, P1's A[0] = 2
    delay();
    check(fallocate(file_f[i], FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE), "fallocate(f[0], PUNCH_HOLE)"); // fallocate(f[0], PUNCH_HOLE)
    delay();
    write_pages(file_g[i], 0, PAGE, 5, "write(g[0], 5)");        // write(g[0], 5)
}

// ---- What is seen at the end of a round ----

static int64_t peek_file(int file, off_t at)
{
    uint64_t word = 0;
    return pread(file, &word, sizeof word, at) < 0 ? -1 : (int64_t)word;
}

static void look_main(int i)
{
    shared->seen[i][SEEN_g_0] = peek_file(file_g[i], 0);
}

static const char *const observed[] = { "g[0]", "sigbus.P1", "sigsegv.P1" };

static struct state {
    int64_t seen[OBSERVED];
    unsigned long times;
    bool hang;
} states[STATES];
static int state_count;
static unsigned long not_counted;

// exists (g[0]=2); of a round that hangs, only that is known.
static bool holds_for_certain(const struct state *state)
{
    if (state->hang)
        return false;
    return state->seen[SEEN_g_0] == 2;
}

static bool may_hold(const struct state *state)
{
    if (state->hang)
        return true;
    return holds_for_certain(state);
}

static void count(const int64_t *seen, bool hang)
{
    int at = 0;
    while (at < state_count && (hang != states[at].hang || memcmp(states[at].seen, seen, sizeof states[at].seen) != 0))
        at++;
    if (at == STATES) {
        not_counted++;
        return;
    }
    if (at == state_count)
        state_count++;
    memcpy(states[at].seen, seen, sizeof states[at].seen);
    states[at].hang = hang;
    states[at].times++;
}

static int order(const void *left, const void *right)
{
    const struct state *a = left, *b = right;
    for (int value = 0; value < OBSERVED; value++)
        if (a->seen[value] != b->seen[value])
            return a->seen[value] < b->seen[value] ? -1 : 1;
    return 0;
}

static void print_state(const struct state *state)
{
    if (state->hang) {
        printf("hang=1;\n");
        return;
    }
    for (int value = 0, first = 1; value < OBSERVED; value++) {
        if (value >= SIGNALS && state->seen[value] == 0)
            continue;                          // a signal that the condition does not name is shown when there was one
        printf("%s%s=%" PRId64 ";", first ? "" : " ", observed[value], state->seen[value]);
        first = 0;
    }
    printf("\n");
}

// litmus7's block: its log tools read it.
static int print_histogram(double seconds)
{
    unsigned long positive = 0, negative = 0, hangs = 0, all = 0;
    int width = 1;
    qsort(states, (size_t)state_count, sizeof *states, order);
    for (int at = 0; at < state_count; at++) {
        const struct state *state = &states[at];
        hangs += state->hang ? state->times : 0;
        positive += holds_for_certain(state) ? state->times : 0;
        negative += may_hold(state) ? 0 : state->times;
        all += state->times;
    }
    for (unsigned long rest = all; rest >= 10; rest /= 10)
        width++;
    printf("Test %s Allowed\nHistogram (%d states)\n", NAME, state_count);
    for (int at = 0; at < state_count; at++) {
        printf("%-*lu%c>", width, states[at].times, holds_for_certain(&states[at]) ? '*' : ':');
        print_state(&states[at]);
    }
    int answer = positive > 0 ? 1 : all > 0 && negative == all ? 0 : -1;
    printf("%s\n\nWitnesses\nPositive: %lu, Negative: %lu\n", answer > 0 ? "Ok" : answer == 0 ? "No" : "?? Incomplete", positive, negative);
    printf("Condition %s %s\nHash=60640ad7672fff8ab4da3a2269e260d1\n", CONDITION, answer > 0 ? "is validated" : answer == 0 ? "is NOT validated" : "cannot be decided from user space");
    printf("Observation %s %s %lu %lu\nTime %s %.2f\n\n", NAME,
        positive > 0 && negative > 0 ? "Sometimes" : all > 0 && positive == all ? "Always" : all > 0 && negative == all ? "Never" : "Unknown",
        positive, negative, NAME, seconds);
    if (not_counted > 0)
        printf("# %lu rounds ended in further states\n", not_counted);
    return positive > 0 || hangs > 0 || not_counted > 0;
}

// WARN and BUG are told in the kernel's log. Whose they are, it does not say.
static int kernel_log;

static void open_kernel_log(void)
{
    kernel_log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
    if (kernel_log < 0)
        printf("# the kernel's log cannot be read (root can): a WARN or BUG would not be seen\n");
    else
        lseek(kernel_log, 0, SEEK_END);
}

static void print_kernel_log(void)
{
    char record[8192];
    ssize_t length;
    int shown = 0;
    while (kernel_log >= 0 && ((length = read(kernel_log, record, sizeof record - 1)) > 0 || (length < 0 && errno == EPIPE))) {
        if (length < 0)
            continue;                          // some records were overwritten meanwhile
        record[length] = 0;
        char *text = strchr(record, ';');
        if (text && (strstr(text, "WARNING: ") || strstr(text, "BUG: ")) && shown++ < 5)
            printf("# kernel log: %.*s\n", (int)strcspn(text + 1, "\n"), text + 1);
    }
}

// System calls that failed where the test knows no failure. Some mean that the test cannot be run here.
static int print_failures(void)
{
    int any = 0;
    for (int number = 0; number < THREADS; number++) {
        if (shared->failures[number] > 0) {
            printf("# P%d: %s: %s, %lu calls of this thread failed\n", number, shared->failed[number], strerror(shared->error[number]), shared->failures[number]);
            any = 1;
        }
    }
    return any;
}

static void stop_if_impossible(void)
{
    for (int number = 0; number < THREADS; number++) {
        int error = shared->failures[number] > 0 ? shared->error[number] : 0;
        if (error == ENOSPC || error == EDQUOT || error == EOPNOTSUPP || error == ENOSYS || error == ENOTTY || error == EPERM || error == EACCES
            || error == EXDEV || error == EROFS || error == EAGAIN)
            cannot(shared->failed[number], error);
    }
}

// ---- Rounds ----

// A thread sleeps until the round is laid out. For each copy of the files, all spin until all are there, and leave together.
static void *thread(void *number)
{
    self = (int)(intptr_t)number;
    seed = (uint32_t)time(NULL) ^ (uint32_t)(self + 1) * 2654435761u;
    seed |= 1;
    pin(self);
    for (;;) {
        await(&shared->go[self]);
        if (shared->stop)
            return NULL;
        for (copy = 0; copy < COPIES; copy++) {
            if (THREADS > cpus)
                pin(self);
            atomic_fetch_add(&shared->arrived, 1);
            for (unsigned int turns = 0; atomic_load(&shared->arrived) < STARTED * (copy + 1); turns++)
                if (STARTED > cpus || turns > 1000000)
                    sched_yield();
            body[self](copy);
            shared->finished[self] = copy + 1;
        }
        finish(self);
    }
}

static pthread_t threads[THREADS];

static void start_threads(int process)
{
    for (int number = 0; number < THREADS; number++) {
        int error = !starts[number] || process_of[number] != process ? 0
            : pthread_create(&threads[number], NULL, thread, (void *)(intptr_t)number);
        if (error != 0)
            cannot("pthread_create", error);
    }
}

static void for_all_copies(void (*what)(int))
{
    for (copy = 0; copy < COPIES; copy++)
        what(copy);
}

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
    interrupted = number;
}

static void catch_interrupts(void)
{
    struct sigaction action = { .sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND };
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

// Only the main thread is to be interrupted: elsewhere a signal would disturb the race.
static void block_interrupts(int how)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(how, &set, NULL);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

// False: for so long no thread has come on.
static bool wait_for_all(void)
{
    for (int seconds = 0, before = -1; seconds < HANG_SECONDS; seconds++) {
        struct timespec end;
        clock_gettime(CLOCK_REALTIME, &end);
        end.tv_sec++;
        int result;
        do
            result = sem_timedwait(&shared->all_done, &end);
        while (result != 0 && errno == EINTR);
        if (result == 0)
            return true;
        int come = shared->arrived + shared->done;
        seconds = come == before ? seconds : 0;
        before = come;
    }
    return false;
}

static bool run_round(void)
{
    shared->round++;
    memset(shared->seen, 0, sizeof shared->seen);
    memset(shared->signals, 0, sizeof shared->signals);
    memset((void *)shared->finished, 0, sizeof shared->finished);
    shared->arrived = shared->done = 0;
    for_all_copies(empty);
    for_all_copies(lay_out);
    for_all_copies(map_main);
    for (int number = 0; number < THREADS; number++)
        if (starts[number])
            sem_post(&shared->go[number]);
    if (!wait_for_all()) {
        int behind = COPIES;
        for (int number = 0; number < THREADS; number++)
            behind = shared->finished[number] < behind ? shared->finished[number] : behind;
        for (int number = 0; number < THREADS; number++)
            if (shared->finished[number] == behind)
                printf("# hang: P%d did not come back within %d s in round %lu\n", number, HANG_SECONDS, shared->round);
        count(shared->seen[0], true);
        return false;
    }
    atomic_store(&shared->over, shared->round);
    for_all_copies(look_main);
    for (copy = 0; copy < COPIES; copy++) {
        shared->seen[copy][SEEN_sigbus_P1] = (shared->signals[copy][1] & BUS) != 0;
        shared->seen[copy][SEEN_sigsegv_P1] = (shared->signals[copy][1] & SEGV) != 0;
        count(shared->seen[copy], false);
    }
    for_all_copies(unmap_main);
    return true;
}

// The line that says what this ran on.
static void describe(const char *directory, int file, double seconds)
{
    char line[4096], point[1024], options[1024], kind[64], more[1024], where[1100] = "an unknown filesystem", real[PATH_MAX] = "";
    struct utsname kernel;
    struct statx status;
    size_t longest = 0;
    FILE *mounts = fopen("/proc/self/mountinfo", "r");
    if (!realpath(directory, real))
        snprintf(real, sizeof real, "%s", "/");
    while (mounts && fgets(line, sizeof line, mounts)) {
        char *dash = strstr(line, " - ");
        if (!dash || sscanf(line, "%*s %*s %*s %*s %1023s %1023s", point, options) != 2 || sscanf(dash, " - %63s %*s %1023s", kind, more) != 2)
            continue;
        size_t length = strcmp(point, "/") == 0 ? 0 : strlen(point);
        if (strncmp(real, point, length) == 0 && (real[length] == '/' || real[length] == 0) && length >= longest) {
            longest = length;
            snprintf(where, sizeof where, "%.60s (%.400s,%.400s)", kind, options, more);
        }
    }
    if (mounts)
        fclose(mounts);
    uname(&kernel);
    bool known = statx(file, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &status) == 0 && (status.stx_attributes_mask & DAX_ATTRIBUTE);
    printf("# %s: kernel %s, %s, DAX %s, %d CPUs, %g s\n", NAME, kernel.release, where,
        !known ? "unknown" : status.stx_attributes & DAX_ATTRIBUTE ? "on" : "off", cpus, seconds);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    double seconds = argc > 2 ? atof(argv[2]) : SECONDS;
    bool came_back = true;
    if (argc < 2 || argc > 3 || !(seconds > 0)) {
        fprintf(stderr, "usage: %s DIR [SECONDS]\n", argv[0]);
        return 2;
    }
    if (sysconf(_SC_PAGESIZE) != PAGE) {
        fprintf(stderr, "%s: this machine's pages are not 4 KiB; the test is laid out for such\n", NAME);
        return 2;
    }
    catch_interrupts();
    find_cpus();
    seed = (uint32_t)time(NULL) | 1;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        cannot("mmap", errno);
    for (int number = 0; number < THREADS; number++)
        sem_init(&shared->go[number], 1, 0);
    sem_init(&shared->all_done, 1, 0);
    for (int i = 0; i < COPIES; i++)
        file_f[i] = create(argv[1]);
    for (int i = 0; i < COPIES; i++)
        file_g[i] = create(argv[1]);
    describe(argv[1], file_f[0], seconds);
    for (int i = 0; i < COPIES; i++)
        map_A[i] = room(PAGE, PAGE);
    open_kernel_log();
    catch_faults();
    block_interrupts(SIG_BLOCK);
    start_threads(0);
    block_interrupts(SIG_UNBLOCK);

    double start = now();
    do {
        came_back = run_round();
        stop_if_impossible();
    } while (came_back && !interrupted && now() - start < seconds);
    double took = now() - start;
    int bad = print_histogram(took) | print_failures();
    print_kernel_log();
    if (interrupted)
        printf("# interrupted by signal %d after %.1f of %g s\n", (int)interrupted, took, seconds);
    if (fflush(stdout) != 0 || ferror(stdout))
        cannot("standard output", errno);
    if (!came_back)
        _exit(1);                              // some thread cannot be joined
    shared->stop = 1;
    for (int number = 0; number < THREADS; number++)
        if (starts[number])
            sem_post(&shared->go[number]);
    for (int number = 0; number < THREADS; number++)
        if (starts[number] && process_of[number] == 0)
            pthread_join(threads[number], NULL);
    return interrupted ? 128 + (int)interrupted : bad;
}
