// SPDX-License-Identifier: MIT
// Runs litmus tests inside a guest: reads them as lines of numbers (AgentProgram.cs writes them), so one static program serves all tests.
//
//   agent step   TESTS DIR OUT CPU        one thread, and after each operation what can be seen of it
//   agent look   TESTS DIR OUT CPU        the same, and waits after each operation until the host has looked, too
//   agent force  TEST DIR ROUNDS          threads pinned to CPUs 1, 2, ...; each waits before every operation until a debugger lets it go on
//   agent stress TEST DIR SECONDS PINNED  the same threads released by spinning, with random delays; a histogram of the outcomes
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, HALF = 2048, HUGE = 2 << 20, MAX_FILES = 4, MAX_MAPS = 8, MAX_THREADS = 8, MAX_OPS = 64, MAX_PAGES = 32, MAX_REGS = 64 };
enum { LOAD, STORE, READ, WRITE, DONTNEED, HWPOISON, FSYNC, FDATASYNC, MSYNC, TRUNCATE, FALLOCATE, MUNMAP, MPROTECT, FORK, REFLINK, // as Opcode.cs
    DROP_CACHES, DIRECT_READ, CLWB, SFENCE, CRASH };

struct part { long first, count; int backing, words[2]; };
struct file { int fd, parts; long size; struct part part[MAX_PAGES]; int watched; long watch[MAX_PAGES]; };
struct mapping { int file, shared, writable, sync, align, watched; long first, count, watch[MAX_PAGES]; char *room, *base; };
struct op { int code, object, word, reg, value, regs, mode, target; long first, count, target_first; };
struct thread { int ops; struct op op[MAX_OPS]; long regs[MAX_REGS]; int signals, error; long faults; };

static struct { char name[128]; int files, maps, threads; struct file file[MAX_FILES]; struct mapping map[MAX_MAPS]; struct thread thread[MAX_THREADS]; } test;
static char dir[256];
static char *fill;                                  // a huge page of one value
static _Thread_local sigjmp_buf back;
static _Thread_local volatile int signalled;

static void fail(const char *what)
{
    printf("agent: %s: %s\n", what, strerror(errno));
    fflush(stdout);
    _exit(2);
}

static void run_on(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0)
        fail("sched_setaffinity");
}

static void on_signal(int number)
{
    signalled = number;
    siglongjmp(back, 1);
}

// ---- the test's text

static int read_test(FILE *in)
{
    char word[16];
    memset(&test, 0, sizeof test);
    if (fscanf(in, " test %127s", test.name) != 1)
        return 0;
    while (fscanf(in, "%15s", word) == 1 && strcmp(word, "end") != 0) {
        if (strcmp(word, "file") == 0) {
            struct file *f = &test.file[test.files++];
            if (fscanf(in, "%ld %d %d", &f->size, &f->parts, &f->watched) != 3)
                return 0;
            for (int i = 0; i < f->parts; i++)
                if (fscanf(in, "%ld %ld %d %d %d", &f->part[i].first, &f->part[i].count, &f->part[i].backing, &f->part[i].words[0], &f->part[i].words[1]) != 5)
                    return 0;
            for (int i = 0; i < f->watched; i++)
                if (fscanf(in, "%ld", &f->watch[i]) != 1)
                    return 0;
        } else if (strcmp(word, "map") == 0) {
            struct mapping *m = &test.map[test.maps++];
            if (fscanf(in, "%d %d %d %d %d %ld %ld %d", &m->file, &m->shared, &m->writable, &m->sync, &m->align, &m->first, &m->count, &m->watched) != 8)
                return 0;
            for (int i = 0; i < m->watched; i++)
                if (fscanf(in, "%ld", &m->watch[i]) != 1)
                    return 0;
        } else if (strcmp(word, "thread") == 0) {
            struct thread *t = &test.thread[test.threads++];
            if (fscanf(in, "%d", &t->ops) != 1)
                return 0;
            for (int i = 0; i < t->ops; i++) {
                struct op *o = &t->op[i];
                if (fscanf(in, "%d %d %ld %ld %d %d %d %d %d %d %ld", &o->code, &o->object, &o->first, &o->count, &o->word, &o->reg, &o->value,
                        &o->regs, &o->mode, &o->target, &o->target_first) != 11)
                    return 0;
            }
        } else {
            return 0;
        }
    }
    return 1;
}

// ---- files and mappings

static void filled(int value)
{
    for (long i = 0; i < HUGE / 8; i++)
        ((uint64_t *)fill)[i] = (uint64_t)value;
}

static void make_file(int number)
{
    struct file *f = &test.file[number];
    char path[300];
    snprintf(path, sizeof path, "%s/faultline-agent-%d.tmp", dir, number);
    f->fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (f->fd < 0 || unlink(path) != 0 || ftruncate(f->fd, f->size * PAGE) != 0)
        fail(path);
    for (int i = 0; i < f->parts; i++) {
        struct part *p = &f->part[i];
        if (p->backing == 1 && fallocate(f->fd, 0, p->first * PAGE, p->count * PAGE) != 0)
            fail("fallocate");
        if (p->backing != 2)
            continue;
        filled(p->words[0]);
        for (long page = 0; p->words[1] != p->words[0] && page < HUGE / PAGE; page++)
            for (int at = HALF; at < PAGE; at += 8)
                *(uint64_t *)(fill + page * PAGE + at) = (uint64_t)p->words[1];
        for (long page = 0; page < p->count; page += HUGE / PAGE) {
            long count = p->count - page < HUGE / PAGE ? p->count - page : HUGE / PAGE;
            if (pwrite(f->fd, fill, (size_t)count * PAGE, (p->first + page) * PAGE) != count * PAGE)
                fail("pwrite");
        }
    }
    if (fsync(f->fd) != 0)
        fail("fsync");
}

static void make_map(int number)
{
    struct mapping *m = &test.map[number];
    size_t length = (size_t)m->count * PAGE, slack = 2 * HUGE;
    long colour = m->align == 1 ? 0 : m->align == 2 ? PAGE : 16 * PAGE;
    int flags = m->shared ? m->sync ? MAP_SHARED_VALIDATE | MAP_SYNC : MAP_SHARED : MAP_PRIVATE;
    m->room = mmap(NULL, length + slack, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (m->room == MAP_FAILED)
        fail("mmap");
    char *at = (char *)(((uintptr_t)m->room + HUGE - 1) & ~(uintptr_t)(HUGE - 1)) + (m->first * PAGE + colour) % HUGE;
    if (mmap(at, length, m->writable ? PROT_READ | PROT_WRITE : PROT_READ, flags | MAP_FIXED, test.file[m->file].fd, m->first * PAGE) == MAP_FAILED)
        fail("mmap of the file");
    m->base = at - m->first * PAGE;
}

static void unmake(void)
{
    for (int i = 0; i < test.maps; i++)
        munmap(test.map[i].room, (size_t)test.map[i].count * PAGE + 2 * HUGE);
    for (int i = 0; i < test.files; i++)
        close(test.file[i].fd);
}

static void make(void)
{
    for (int i = 0; i < test.files; i++)
        make_file(i);
    for (int i = 0; i < test.maps; i++)
        make_map(i);
    for (int t = 0; t < test.threads; t++) {
        memset(test.thread[t].regs, 0, sizeof test.thread[t].regs);
        test.thread[t].signals = test.thread[t].error = 0;
        test.thread[t].faults = 0;
    }
}

// ---- operations

static int fallocate_mode(int mode)
{
    static const int modes[] = { 0, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, FALLOC_FL_ZERO_RANGE, FALLOC_FL_COLLAPSE_RANGE, FALLOC_FL_INSERT_RANGE };
    return modes[mode];
}

static long words(struct thread *t, struct op *o, int fd)
{
    char page[PAGE];
    long got;
    if (o->code == READ) {
        got = pread(fd, page, o->word < 0 ? PAGE : 8, o->first * PAGE + (o->word > 0 ? HALF : 0));
        t->regs[o->reg] = got > 0 ? (long)*(uint64_t *)page : 0;
        if (o->word < 0 && o->regs > 1)
            t->regs[o->reg + 1] = got > 0 ? (long)*(uint64_t *)(page + HALF) : 0;
        return got < 0 ? -1 : 0;
    }
    uint64_t value = o->reg >= 0 ? (uint64_t)t->regs[o->reg] : (uint64_t)o->value;
    if (o->word >= 0)
        return pwrite(fd, &value, 8, o->first * PAGE + (o->word > 0 ? HALF : 0)) == 8 ? 0 : -1;
    if (o->count == 1) {
        for (int i = 0; i < PAGE; i += 8)
            *(uint64_t *)(page + i) = value;
        return pwrite(fd, page, PAGE, o->first * PAGE) == PAGE ? 0 : -1;
    }
    filled((int)value);
    return pwrite(fd, fill, (size_t)o->count * PAGE, o->first * PAGE) == o->count * PAGE ? 0 : -1;
}

static long call(struct thread *t, struct op *o)
{
    struct mapping *m = &test.map[o->object];
    int fd = test.file[o->object % MAX_FILES].fd;
    switch (o->code) {
    case READ: case WRITE: return words(t, o, fd);
    case DONTNEED: return madvise(m->base + o->first * PAGE, (size_t)o->count * PAGE, MADV_DONTNEED);
    case FSYNC: return fsync(fd);
    case FDATASYNC: return fdatasync(fd);
    case MSYNC: return msync(m->base + m->first * PAGE, (size_t)m->count * PAGE, MS_SYNC);
    case TRUNCATE: return ftruncate(fd, o->first * PAGE);
    case FALLOCATE: return fallocate(fd, fallocate_mode(o->mode), o->first * PAGE, o->count * PAGE);
    case MUNMAP: return munmap(m->base + m->first * PAGE, (size_t)m->count * PAGE);
    case MPROTECT: return mprotect(m->base + m->first * PAGE, (size_t)m->count * PAGE, o->value ? PROT_READ | PROT_WRITE : PROT_READ);
    case REFLINK: {
        struct file_clone_range range = { fd, (uint64_t)o->first * PAGE, (uint64_t)o->count * PAGE, (uint64_t)o->target_first * PAGE };
        return ioctl(test.file[o->target].fd, FICLONERANGE, &range);
    }
    case DROP_CACHES: {
        int drop = open("/proc/sys/vm/drop_caches", O_WRONLY);
        long done = write(drop, "3\n", 2) == 2 ? 0 : -1;
        close(drop);
        return done;
    }
    default: errno = ENOSYS; return -1;
    }
}

// One operation; 0, or the errno of the call. A signal is kept, and the operation given up.
static int perform(struct thread *t, struct op *o)
{
    signalled = 0;
    if (sigsetjmp(back, 1) == 0) {
        volatile uint64_t *at = (volatile uint64_t *)(test.map[o->object % MAX_MAPS].base + o->first * PAGE + (o->word > 0 ? HALF : 0));
        if (o->code == LOAD)
            t->regs[o->reg] = (long)*at;
        else if (o->code == STORE)
            *at = o->reg >= 0 ? (uint64_t)t->regs[o->reg] : (uint64_t)o->value;
        else if (o->code == CLWB || o->code == SFENCE)
            __asm__ volatile("sfence" ::: "memory");
        else if (call(t, o) != 0)
            return errno;
    }
    t->signals |= signalled == SIGBUS ? 1 : signalled == SIGSEGV ? 2 : 0;
    return 0;
}

// ---- what can be seen: page tables through /proc/kcore, fs_dax events, the files

enum { MAX_SEGMENTS = 64 };
static int kcore = -1, flags_fd = -1, pipe_fd = -1, segments;
static Elf64_Phdr segment[MAX_SEGMENTS];
static uint64_t root, pmem_first = ~0ull, pmem_last;
static const uint64_t direct_map = 0xffff888000000000ull, frame = 0x000ffffffffff000ull;

static void open_views(void)
{
    char line[256];
    Elf64_Ehdr head;
    FILE *map = fopen("/proc/iomem", "r");
    while (map != NULL && fgets(line, sizeof line, map) != NULL) {
        unsigned long long first, last;
        if (strstr(line, "Persistent Memory") != NULL && sscanf(line, " %llx-%llx", &first, &last) == 2) {
            pmem_first = first < pmem_first ? first : pmem_first;
            pmem_last = last > pmem_last ? last : pmem_last;
        }
    }
    if (map != NULL)
        fclose(map);
    kcore = open("/proc/kcore", O_RDONLY);
    flags_fd = open("/proc/kpageflags", O_RDONLY);
    if (kcore < 0 || pread(kcore, &head, sizeof head, 0) != sizeof head)
        fail("/proc/kcore");
    segments = head.e_phnum < MAX_SEGMENTS ? head.e_phnum : MAX_SEGMENTS;
    if (pread(kcore, segment, (size_t)segments * sizeof *segment, (off_t)head.e_phoff) != (ssize_t)((size_t)segments * sizeof *segment))
        fail("/proc/kcore");
}

static uint64_t physical(uint64_t address)
{
    uint64_t value = 0, at = direct_map + address;
    for (int i = 0; i < segments; i++)
        if (segment[i].p_type == PT_LOAD && at >= segment[i].p_vaddr && at < segment[i].p_vaddr + segment[i].p_memsz) {
            if (pread(kcore, &value, 8, (off_t)(segment[i].p_offset + (at - segment[i].p_vaddr))) != 8)
                fail("/proc/kcore");
            return value;
        }
    errno = EFAULT;
    fail("page table outside /proc/kcore");
    return 0;
}

static uint64_t entry_of(uint64_t address, int *huge)
{
    uint64_t table = root & frame;
    *huge = 0;
    for (int shift = 39; shift >= 12; shift -= 9) {
        uint64_t entry = physical(table + ((address >> shift) & 511) * 8);
        if (!(entry & 1) || shift == 12)
            return entry;
        if (entry & 0x80) {
            *huge = 1;
            return entry + (shift == 21 ? address & (HUGE - 1) & ~4095ull : 0);
        }
        table = entry & frame;
    }
    return 0;
}

// One page: '.', or its class (z zero page, b persistent memory, a anonymous) and what its PTE or PMD says (h huge, w writable, d dirty).
static void view_page(FILE *out, char *address, uint64_t *seen, int *count)
{
    int huge;
    uint64_t entry = entry_of((uint64_t)(uintptr_t)address, &huge), at = entry & frame & ~(huge ? 1ull << 12 : 0), kind = 0;
    if (!(entry & 1)) {
        fputs(entry == 0 ? "." : "?", out);
        return;
    }
    at = entry & frame;
    if (at >= pmem_first && at <= pmem_last) {
        int number = 0;
        while (number < *count && seen[number] != at)
            number++;
        if (number == *count)
            seen[(*count)++] = at;
        fprintf(out, "b%d", number);
    } else {
        if (pread(flags_fd, &kind, 8, (off_t)(at / PAGE * 8)) != 8)
            fail("/proc/kpageflags");
        fputc(kind >> 24 & 1 ? 'z' : 'a', out);
    }
    fprintf(out, "%s%s%s", huge ? "h" : "", entry & 2 ? "w" : "", entry & 0x40 ? "d" : "");
}

// mincore() must say the same of a page: '!' where it does not. (DAX has no page cache that it could mean.)
static void check_mincore(FILE *out, char *address)
{
    int huge;
    unsigned char there = 0;
    if (mincore(address, PAGE, &there) == 0 && (there & 1) != (entry_of((uint64_t)(uintptr_t)address, &huge) & 1))
        fputc('!', out);
}

static void view_maps(FILE *out)
{
    uint64_t seen[MAX_MAPS * MAX_PAGES];
    int count = 0;
    for (int i = 0; i < test.maps; i++) {
        fputc(';', out);
        for (int j = 0; j < test.map[i].watched; j++) {
            fputs(j > 0 ? " " : "", out);
            view_page(out, test.map[i].base + test.map[i].watch[j] * PAGE, seen, &count);
            check_mincore(out, test.map[i].base + test.map[i].watch[j] * PAGE);
        }
    }
}

// Where a file's blocks lie, a character for each watched page: '.' a hole, '+' the block follows that of the page before (at the start of a huge
// page: lies so that one can map it), '-' it does not, '*' a block beyond the end.
static void view_layout(FILE *out, struct file *f, long pages)
{
    static struct { struct fiemap head; struct fiemap_extent extent[64]; } map;
    uint64_t last = 0, at = 0;
    memset(&map, 0, sizeof map);
    map.head.fm_length = ~0ull;
    map.head.fm_extent_count = 64;
    if (ioctl(f->fd, FS_IOC_FIEMAP, &map) != 0 || map.head.fm_mapped_extents == 64)
        fail("FIEMAP");
    for (int i = 0; i < f->watched; i++, last = at) {
        uint64_t offset = (uint64_t)f->watch[i] * PAGE;
        at = 0;
        for (unsigned e = 0; e < map.head.fm_mapped_extents; e++)
            if (offset >= map.extent[e].fe_logical && offset < map.extent[e].fe_logical + map.extent[e].fe_length)
                at = map.extent[e].fe_physical + offset - map.extent[e].fe_logical;
        int follows = offset % HUGE == 0 ? at % HUGE == 0 : last != 0 && at - last == offset - (uint64_t)f->watch[i - 1] * PAGE;
        fputc(at == 0 ? '.' : f->watch[i] >= pages ? '*' : follows ? '+' : '-', out);
    }
}

static void view_files(FILE *out)
{
    for (int i = 0; i < test.files; i++) {
        struct stat info;
        if (fstat(test.file[i].fd, &info) != 0)
            fail("fstat");
        fprintf(out, ";%ld", (long)((info.st_size + PAGE - 1) / PAGE));
        if (test.file[i].watched > 0 && test.file[i].watch[test.file[i].watched - 1] >= HUGE / PAGE - 1)
            view_layout(out, &test.file[i], (info.st_size + PAGE - 1) / PAGE);
        fputc(':', out);
        for (int j = 0; j < test.file[i].watched; j++) {
            uint64_t word[2] = { 0, 0 };
            if (pread(test.file[i].fd, &word[0], 8, test.file[i].watch[j] * PAGE) == 8 && pread(test.file[i].fd, &word[1], 8, test.file[i].watch[j] * PAGE + HALF) == 8)
                fprintf(out, word[0] == word[1] ? " %ld" : " %ld/%ld", (long)word[0], (long)word[1]);
            else
                fputs(" -", out);
        }
    }
}

static void put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY);
    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        fail(path);
    close(fd);
}

static void open_events(int cpu)
{
    char path[128];
    put("/sys/kernel/tracing/tracing_on", "1");
    put("/sys/kernel/tracing/events/fs_dax/enable", "1");
    snprintf(path, sizeof path, "/sys/kernel/tracing/per_cpu/cpu%d/trace_pipe", cpu);
    pipe_fd = open(path, O_RDONLY | O_NONBLOCK);
    if (pipe_fd < 0)
        fail(path);
}

// The fs_dax events since the last call, a letter each; what they say of the result is in AgentEvents.cs.
static void view_events(FILE *out)
{
    static char text[1 << 16];
    ssize_t got;
    while ((got = read(pipe_fd, text, sizeof text - 1)) > 0) {
        text[got] = 0;
        for (char *line = strtok(text, "\n"); out != NULL && line != NULL; line = strtok(NULL, "\n")) {
            char *name = strstr(line, ": dax_"), *end = name == NULL ? NULL : strchr(name + 2, ':');
            if (end == NULL)
                continue;
            *end = 0;
            const char *event = name + 6, *rest = end + 1, *last = strrchr(rest, ' ');
            if (strcmp(event, "pte_fault_done") == 0 || strcmp(event, "pmd_fault_done") == 0)
                fprintf(out, "%s%s ", event[1] == 't' ? "P:" : "M:", last == NULL ? "" : last + 1);
            else if (strcmp(event, "load_hole") == 0)
                fputs("hole ", out);
            else if (strcmp(event, "pmd_load_hole") == 0)
                fputs("hugehole ", out);
            else if (strcmp(event, "insert_pfn_mkwrite") == 0)
                fputs("mkwrite ", out);
            else if (strcmp(event, "insert_pfn_mkwrite_no_entry") == 0)
                fputs("noentry ", out);
            else if (strcmp(event, "writeback_one") == 0)
                fputs("flush ", out);
        }
    }
}

// The host is told what to look at, and answers with a file. This CPU goes on running, so that its page tables are the test's.
static void ask(const char *what, const char *path, const char *suffix, unsigned long long *value)
{
    char answer[300];
    snprintf(answer, sizeof answer, "%s.%s", path, suffix);
    printf("agent: %s\n", what);
    fflush(stdout);
    for (FILE *reply = NULL; reply == NULL;) {
        for (volatile int i = 0; i < 2000000; i++)
            ;
        if ((reply = fopen(answer, "r")) != NULL) {
            int got = fscanf(reply, "%llx", value);
            fclose(reply);
            reply = got == 1 ? reply : NULL;
        }
    }
}

static void look(const char *path, int number)
{
    char what[MAX_MAPS * MAX_PAGES * 20], suffix[32];
    unsigned long long done;
    int length = sprintf(what, "look");
    for (int i = 0; i < test.maps; i++)
        for (int j = 0; j < test.map[i].watched; j++)
            length += sprintf(what + length, " %lx", (unsigned long)(uintptr_t)(test.map[i].base + test.map[i].watch[j] * PAGE));
    snprintf(suffix, sizeof suffix, "look-%d", number);
    ask(what, path, suffix, &done);
}

static void step_all(const char *path, const char *out_path, int cpu, int host_looks)
{
    FILE *in = fopen(path, "r"), *out = fopen(out_path, "w");
    if (in == NULL || out == NULL)
        fail(path);
    run_on(cpu);
    open_views();
    open_events(cpu);
    unsigned long long cr3;
    ask("which CR3", path, "cr3", &cr3);
    root = cr3;
    int looks = 0;
    while (read_test(in)) {
        make();
        view_events(NULL);
        fprintf(out, "= %s\n", test.name);
        struct thread *t = &test.thread[0];
        for (int i = 0; i < t->ops; i++) {
            struct op *o = &t->op[i];
            t->signals = 0;
            int error = perform(t, o);
            if (error != 0)
                fprintf(out, "E%d", error);
            else if (t->signals != 0)
                fputs(t->signals == 1 ? "BUS" : "SEGV", out);
            else if (o->code == LOAD || o->code == READ)
                fprintf(out, "%ld", t->regs[o->reg]);
            fputc(';', out);
            view_events(out);
            view_maps(out);
            view_files(out);
            fputc('\n', out);
            if (host_looks)
                look(path, ++looks);
        }
        unmake();
    }
    fprintf(out, "=\n");
    if (fclose(out) != 0)
        fail(out_path);
}

// ---- threads

static atomic_int at_start, at_end, round_go;
static volatile int last_round;
static int is_pinned, is_stress;
static atomic_ulong seed;

static volatile long gate[MAX_THREADS];

// Where a debugger stops: thread t is about to execute operation pc, or is done when there is none.
__attribute__((noinline)) void arrive(long t, long pc)
{
    __asm__ volatile("" ::"r"(t), "r"(pc) : "memory");
}

// ... and then waits until the debugger opens its gate.
static void mark(long t, long pc)
{
    arrive(t, pc);
    while (gate[t] <= pc)
        __asm__ volatile("pause");
}

static long faults_so_far(void)
{
    struct rusage usage;
    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_minflt + usage.ru_majflt;
}

static void delay(void)
{
    unsigned long s = atomic_fetch_add(&seed, 0x9e3779b97f4a7c15ul);
    s = (s ^ (s >> 30)) * 0xbf58476d1ce4e5b9ul;
    for (volatile unsigned long n = (s >> 40) % 4000; n > 0; n--)
        ;
}

static void *run_thread(void *argument)
{
    long number = (long)argument;
    struct thread *t = &test.thread[number];
    if (is_pinned)
        run_on((int)number + 1);
    for (int round = 1;; round++) {
        atomic_fetch_add(&at_start, 1);
        while (atomic_load(&round_go) < round)
            if (last_round)
                return NULL;
        if (is_stress)
            delay();
        for (int i = 0; i < t->ops; i++) {
            if (!is_stress)
                mark(number, i);
            long before = faults_so_far();
            int error = perform(t, &t->op[i]);
            if (t->op[i].code <= STORE)
                t->faults += faults_so_far() - before;
            if (error != 0 && error != EINVAL && error != ENOMEM) // a test may ask for what is refused
                t->error = error;
        }
        if (!is_stress)
            mark(number, t->ops);
        atomic_fetch_add(&at_end, 1);
    }
}

static void print_outcome(FILE *out)
{
    for (int t = 0; t < test.threads; t++) {
        fprintf(out, "%d: signals=%d faults=%ld error=%d regs=", t, test.thread[t].signals, test.thread[t].faults, test.thread[t].error);
        for (int r = 0; r < 16; r++)
            fprintf(out, "%ld,", test.thread[t].regs[r]);
        fputs("; ", out);
    }
    fputs("files ", out);
    view_files(out);
}

// A debugger that steers a round must be there before its threads come to their first mark: it makes this file then.
static void wait_for_debugger(const char *path, int round)
{
    char go[300];
    snprintf(go, sizeof go, "%s.go-%d", path, round);
    while (access(go, F_OK) != 0)
        usleep(1000);
    int marker = open("/sys/kernel/tracing/trace_marker", O_WRONLY);
    if (marker >= 0) {
        dprintf(marker, "try %d\n", round);
        close(marker);
    }
}

static void one_round(const char *path, int round)
{
    make();
    for (int t = 0; t < MAX_THREADS; t++)
        gate[t] = 0;
    atomic_store(&at_end, 0);
    while (atomic_load(&at_start) < test.threads * round)
        sched_yield();
    if (!is_stress)
        wait_for_debugger(path, round);
    atomic_store(&round_go, round);
    while (atomic_load(&at_end) < test.threads)
        sched_yield();
}

static void race(const char *path, long limit)
{
    FILE *in = fopen(path, "r");
    pthread_t id[MAX_THREADS];
    if (in == NULL || !read_test(in))
        fail(path);
    if (!is_stress || is_pinned)
        run_on(0);
    for (long t = 0; t < test.threads; t++)
        if (pthread_create(&id[t], NULL, run_thread, (void *)t) != 0)
            fail("pthread_create");
    printf("agent: arrive %lx gate %lx\n", (unsigned long)(uintptr_t)arrive, (unsigned long)(uintptr_t)gate);
    fflush(stdout);
    static struct { char *text; unsigned long times; } seen[256];
    int kinds = 0;
    unsigned long rounds = 0;
    time_t end = time(NULL) + limit;
    for (int round = 1; is_stress ? time(NULL) < end : round <= limit; round++) {
        char *text = NULL;
        size_t size = 0;
        one_round(path, round);
        FILE *out = open_memstream(&text, &size);
        print_outcome(out);
        fclose(out);
        unmake();
        if (!is_stress) {
            printf("agent: outcome %d %s\n", round, text);
            fflush(stdout);
        }
        int kind = 0;
        while (kind < kinds && strcmp(seen[kind].text, text) != 0)
            kind++;
        if (kind == kinds && kinds < 256) {
            seen[kinds].text = text;
            kinds++;
        } else {
            free(text);
        }
        seen[kind < 256 ? kind : 255].times++;
        rounds++;
    }
    last_round = 1;
    for (int t = 0; t < test.threads; t++)
        pthread_join(id[t], NULL);
    for (int i = 0; is_stress && i < kinds; i++)
        printf("agent: times %lu %s\n", seen[i].times, seen[i].text);
    printf("agent: rounds %lu\n", rounds);
}

int main(int argc, char **argv)
{
    struct sigaction action = { .sa_handler = on_signal };
    if (argc < 5 || strlen(argv[3]) >= sizeof dir) {
        fprintf(stderr, "usage: agent step|look TESTS DIR OUT CPU | force TEST DIR ROUNDS | stress TEST DIR SECONDS PINNED\n");
        return 2;
    }
    sigaction(SIGBUS, &action, NULL);
    sigaction(SIGSEGV, &action, NULL);
    strcpy(dir, argv[3]);
    fill = mmap(NULL, HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (fill == MAP_FAILED)
        fail("mmap");
    atomic_store(&seed, (unsigned long)time(NULL));
    if ((strcmp(argv[1], "step") == 0 || strcmp(argv[1], "look") == 0) && argc == 6) {
        step_all(argv[2], argv[4], atoi(argv[5]), strcmp(argv[1], "look") == 0);
    } else {
        is_stress = strcmp(argv[1], "stress") == 0;
        is_pinned = !is_stress || (argc > 5 && atoi(argv[5]));
        race(argv[2], atol(argv[4]));
    }
    return 0;
}
