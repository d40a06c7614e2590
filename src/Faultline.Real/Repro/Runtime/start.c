//: cannot
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

//: create
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

//: source
// What read_direct reads: a file whose page n is full of the n-th value. It should lie on another device: only then does that device write
// into our mapping.
static int source;

static void make_source(const char *directory)
{
    static const uint64_t values[] = { @VALUES@ };
    uint64_t text[PAGE / 8];
    char path[64];
    int file = create(directory);
    for (size_t page = 0; page < sizeof values / sizeof *values; page++) {
        for (size_t word = 0; word < PAGE / 8; word++)
            text[word] = values[page];
        if (pwrite(file, text, PAGE, (off_t)page * PAGE) != PAGE)
            cannot(directory, errno);
    }
    if (fsync(file) != 0)
        cannot(directory, errno);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    source = open(path, O_RDONLY | O_DIRECT);
    if (source < 0)
        cannot("O_DIRECT on the source's filesystem (name a directory on a disk as third argument)", errno);
    struct statx status;
    if (statx(source, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &status) == 0 && (status.stx_attributes & DAX_ATTRIBUTE))
        printf("# read_direct: the source lies on DAX, so the CPU copies it and no page is pinned; name a directory on a disk as third argument\n");
    close(file);
}

//: room
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
        cannot("mmap@SYNC_HINT@", errno);
}

static void unmap(char *at, size_t length)
{
    map(at, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

//: resize
static void resize(int file, off_t size)
{
    if (ftruncate(file, size) != 0)
        cannot("ftruncate", errno);
}

//: allocate
static void allocate(int file, off_t from, off_t length)
{
    if (fallocate(file, 0, from, length) != 0)
        cannot("fallocate", errno);
}

//: fill
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

//: describe
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
