//: touch
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
@POISON_SIGNAL@
    (void)info;
    signal(number, SIG_DFL);
}

static void catch_faults(void)
{
    struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER };
    sigaction(SIGBUS, &action, NULL);
    sigaction(SIGSEGV, &action, NULL);
}

//: poison_signal
    if (number == SIGBUS && (info->si_code == BUS_MCEERR_AR || info->si_code == BUS_MCEERR_AO))
        return;                                // memory_failure() tells the process: not an outcome of the test

//: load
// A register keeps its value when the load is given up. The fences make one order of all accesses, as the test has it.
static __attribute__((noinline)) void load(const char *from, uint64_t *to)
{
    if (sigsetjmp(give_up, 0) == 0) {
        touching = 1;
        *to = *(const volatile uint64_t *)from;
        atomic_thread_fence(memory_order_acquire);
    }
    touching = 0;
}

//: store
static __attribute__((noinline)) void store(char *to, uint64_t value)
{
    if (sigsetjmp(give_up, 0) == 0) {
        touching = 1;
        *(volatile uint64_t *)to = value;
        atomic_thread_fence(memory_order_seq_cst);
    }
    touching = 0;
}

//: clwb
// clflush stands for clwb: every x86-64 has it, and without a power failure nobody can tell them apart.
static __attribute__((noinline)) void write_back_line(char *at)
{
    if (sigsetjmp(give_up, 0) == 0) {
        touching = 1;
#if defined(__x86_64__)
        __asm__ volatile("clflush %0" : "+m"(*(volatile char *)at));
#elif defined(__aarch64__)
        __asm__ volatile("dc cvac, %0" : : "r"(at) : "memory");
#else
        (void)*(volatile char *)at;
#endif
    }
    touching = 0;
}

//: sfence
static void store_fence(void)
{
#if defined(__x86_64__)
    __asm__ volatile("sfence" : : : "memory");
#else
    atomic_thread_fence(memory_order_seq_cst);
#endif
}

//: check
// A system call that fails where the test knows no failure is told after the histogram.
static void check(long result, const char *operation)
{
    if (result < 0 && shared->failures[self]++ == 0) {
        shared->error[self] = errno;
        shared->failed[self] = operation;
    }
}

//: may_refuse
// A system call that is refused when the range does not fit the file's size or the mapping is gone by then: nothing happens, as in the test.
static void may_refuse(long result, int error, const char *operation)
{
    if (result < 0 && errno != error)
        check(result, operation);
}

//: read_word
// 0 beyond the end of the file.
static void read_word(int file, off_t at, uint64_t *to, const char *operation)
{
    uint64_t word = 0;
    check(pread(file, &word, sizeof word, at), operation);
    *to = word;
}

//: read_page
static void read_page(int file, off_t at, uint64_t *first, uint64_t *second, const char *operation)
{
    uint64_t text[PAGE / 8] = { 0 };
    check(pread(file, text, sizeof text, at), operation);
    *first = text[0];
    *second = text[HALF / 8];
}

//: write_word
static void write_word(int file, off_t at, uint64_t value, const char *operation)
{
    check(pwrite(file, &value, sizeof value, at), operation);
}

//: write_pages
static void write_pages(int file, off_t at, size_t length, uint64_t value, const char *operation)
{
    static __thread uint64_t text[@LONGEST@ * PAGE / 8];
    for (size_t word = 0; word < length / 8; word++)
        text[word] = value;
    check(pwrite(file, text, length, at), operation);
}

//: read_direct
// O_DIRECT into a mapping. The kernel says EFAULT where a store would get a signal: `as` is which.
static void read_direct(char *to, size_t length, off_t from, int as, const char *operation)
{
    if (pread(source, to, length, from) >= 0)
        return;
    if (errno == EFAULT)
        shared->signals[copy][self] |= as;
    else
        check(-1, operation);
}

//: reflink
static void reflink(int from, off_t from_at, off_t length, int to, off_t to_at, const char *operation)
{
    struct file_clone_range range = { .src_fd = from, .src_offset = (uint64_t)from_at, .src_length = (uint64_t)length, .dest_offset = (uint64_t)to_at };
    may_refuse(ioctl(to, FICLONERANGE, &range), EINVAL, operation);
}

//: insert
// Refused where the file would outgrow the pages that the test has.
static void insert_range(int file, off_t at, off_t length, off_t most, const char *operation)
{
    struct stat status;
    if (fstat(file, &status) == 0 && status.st_size + length <= most)
        may_refuse(fallocate(file, FALLOC_FL_INSERT_RANGE, at, length), EINVAL, operation);
}

//: poison
static void poison(char *at, const char *operation)
{
    if (madvise(at, PAGE, MADV_HWPOISON) == 0)
        return;
    if (errno == EFAULT)
        shared->signals[copy][self] |= BUS;
    else
        check(-1, operation);
}

//: drop_caches
static int caches;

static void drop_caches(void)
{
    check(pwrite(caches, "1", 1, 0), "drop_caches");
}

//: fork
// fork(2): the child is thread `number` in a copy of this process. It lives until the round is over, as in the test.
static pid_t children[THREADS];
static atomic_int child_count;

static void reap(void)
{
    for (int child = 0; child < child_count; child++)
        while (waitpid(children[child], NULL, 0) < 0 && errno == EINTR)
            ;
    child_count = 0;
}

static void fork_thread(int number, const char *operation)
{
    unsigned long round = shared->round;
    pid_t parent = getpid(), child = fork();
    if (child > 0) {
        children[atomic_fetch_add(&child_count, 1)] = child;
        return;
    }
    if (child < 0) {
        check(child, operation);
        finish(number);
        return;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0);
    child_count = 0;
    self = number;
    pin(number);
    body[number](copy);
    finish(number);
    while (atomic_load(&shared->over) < round)
        usleep(50);
    reap();
    _exit(0);
}
