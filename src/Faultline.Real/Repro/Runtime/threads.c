//: shared
// What all threads and processes share.
static struct shared {
    sem_t go[THREADS], all_done@HOST_SEMAPHORES@;
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

//: dice
static __thread uint32_t seed;

static uint32_t dice(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return seed;
}

//: delay
// Some races want nanoseconds, some microseconds: waits less than 2^n turns, n itself at random.
static void delay(void)
{
    uint32_t most = 1u << dice() % 13;
    for (volatile uint32_t turns = dice() % most; turns > 0; turns--)
        ;
}

//: pin
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

//: wait
static void await(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0)
        ;
}

//: finish
static void finish(int number)
{
    shared->finished[number] = COPIES;
    if (atomic_fetch_add(&shared->done, 1) + 1 == THREADS)
        sem_post(&shared->all_done);
}

//: thread
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

//: peek
// What a load through a mapping sees at the end; 0 where it gets a signal.
static int64_t peek(const char *at)
{
    uint64_t word = 0;
    load(at, &word);
    return (int64_t)word;
}

//: peek_file
static int64_t peek_file(int file, off_t at)
{
    uint64_t word = 0;
    return pread(file, &word, sizeof word, at) < 0 ? -1 : (int64_t)word;
}

//: peek_size
static int64_t peek_size(int file, int most)
{
    struct stat status;
    if (fstat(file, &status) != 0)
        return -1;
    for (int pages = 0; pages <= most; pages++)
        if (status.st_size == PAGE_START(pages))
            return pages;
    return -1;
}
