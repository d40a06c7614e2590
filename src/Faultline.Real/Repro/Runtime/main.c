//: state
static struct state {
    int64_t seen[OBSERVED];
    unsigned long times;
    bool hang;
} states[STATES];
static int state_count;
static unsigned long not_counted;

//: histogram
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
    printf("Test %s @KIND@\nHistogram (%d states)\n", NAME, state_count);
    for (int at = 0; at < state_count; at++) {
        printf("%-*lu%c>", width, states[at].times, holds_for_certain(&states[at]) ? '*' : ':');
        print_state(&states[at]);
    }
    @ANSWER@
    printf("%s\n\nWitnesses\nPositive: %lu, Negative: %lu\n", answer > 0 ? "Ok" : answer == 0 ? "No" : "?? Incomplete", @WITNESSES@);
    printf("Condition %s %s\nHash=@HASH@\n", CONDITION, answer > 0 ? "is validated" : answer == 0 ? "is NOT validated" : "cannot be decided from user space");
    printf("Observation %s %s %lu %lu\nTime %s %.2f\n\n", NAME,
        positive > 0 && negative > 0 ? "Sometimes" : all > 0 && positive == all ? "Always" : all > 0 && negative == all ? "Never" : "Unknown",
        positive, negative, NAME, seconds);
    if (not_counted > 0)
        printf("# %lu rounds ended in further states\n", not_counted);
    return @BAD@ || hangs > 0 || not_counted > 0;
}

//: failures
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

//: round_start
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

//: round
static bool run_round(void)
{
    shared->round++;
    memset(shared->seen, 0, sizeof shared->seen);
    memset(shared->signals, 0, sizeof shared->signals);
    memset((void *)shared->finished, 0, sizeof shared->finished);
    shared->arrived = shared->done = 0;
    for_all_copies(empty);
    for_all_copies(lay_out);
    @MAP@
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
    @LOOK@
    for (copy = 0; copy < COPIES; copy++) {
        @SIGNALS@
        count(shared->seen[copy], false);
    }
    @UNMAP@
    return true;
}

//: host
// A process with mappings and threads of its own.
static void host(int process, void (*map_all)(int), void (*look)(int), void (*unmap_all)(int))
{
    pid_t parent = getpid(), child = fork();
    if (child < 0)
        cannot("fork", errno);
    if (child > 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0);
    start_threads(process);
    for (;;) {
        await(&shared->turn[process]);
        if (shared->stop)
            _exit(0);
        for_all_copies(map_all);
        sem_post(&shared->turn_over);
        await(&shared->turn[process]);
        for_all_copies(look);
        for_all_copies(unmap_all);
        @REAP@
        sem_post(&shared->turn_over);
    }
}

static void give_turn(int process)
{
    sem_post(&shared->turn[process]);
    await(&shared->turn_over);
}

//: main
int main(int argc, char **argv)
{
    double seconds = argc > 2 ? atof(argv[2]) : SECONDS;
    bool came_back = true;
    if (argc < 2 || argc > @ARGUMENTS@ || !(seconds > 0)) {
        fprintf(stderr, "usage: %s DIR [SECONDS@USAGE@]\n", argv[0]);
        return 2;
    }
    if (sysconf(_SC_PAGESIZE) != PAGE) {
        fprintf(stderr, "%s: this machine's pages are not 4 KiB; the test is laid out for such\n", NAME);
        return 2;
    }
    @POISON@
    catch_interrupts();
    find_cpus();
    seed = (uint32_t)time(NULL) | 1;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        cannot("mmap", errno);
    for (int number = 0; number < THREADS; number++)
        sem_init(&shared->go[number], 1, 0);
    sem_init(&shared->all_done, 1, 0);
    @FILES@
    describe(argv[1], @FIRST_FILE@, seconds);
    @SET_UP@
    open_kernel_log();
    catch_faults();
    block_interrupts(SIG_BLOCK);
    @START@
    block_interrupts(SIG_UNBLOCK);

    double start = now();
    do {
        came_back = run_round();
        stop_if_impossible();
    } while (came_back && !interrupted && now() - start < seconds@MOST@);
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
    @STOP@
    return interrupted ? 128 + (int)interrupted : bad;
}
