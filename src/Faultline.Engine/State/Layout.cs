using Faultline.Engine.Sync;

namespace Faultline.Engine.State;

/// <summary>Who may touch a word, and whether a write to it can be seen without a lock.</summary>
public enum WordKind : byte
{
    /// <summary>Guarded by a lock: access under the lock is no scheduling point, access without it is a data race.</summary>
    Guarded,

    /// <summary>Written under its lock, but also read without it (READ_ONCE, a page walk): each write is a visible step.</summary>
    GuardedWithLocklessReaders,

    /// <summary>No lock: each access is a visible step (page data, hardware state).</summary>
    Visible,

    /// <summary>Touched by one thread only, or written in ways that commute and are read only at the end.</summary>
    Private,

    /// <summary>A lock or a wait queue: only its own operations may touch it.</summary>
    Synchronisation,
}

/// <summary>A class of locks, as lockdep has them: lock order is kept between classes.</summary>
/// <param name="Name">Name of the class.</param>
/// <param name="Spinning">True when its holder must not sleep.</param>
public sealed record LockClass(string Name, bool Spinning);

/// <summary>A contiguous run of words of one kind.</summary>
/// <param name="Name">Name, printed with an index when there is more than one word.</param>
/// <param name="Start">Index of the first word.</param>
/// <param name="Count">Number of words.</param>
/// <param name="Format">How a value is printed; null: as a number.</param>
/// <param name="NameAt">Name of one word, from its place in the range; null: <paramref name="Name"/>, indexed where there are several.</param>
public sealed record WordRange(string Name, int Start, int Count, Func<int, string>? Format, Func<int, string>? NameAt);

/// <summary>
/// The words of a state vector: what each is called and which lock guards it. Built once per model; immutable while searching.
/// A word has 32 bits.
/// </summary>
public sealed class Layout
{
    /// <summary>Threads that the lock words and wait queues have room for.</summary>
    public const int MaxThreads = 8;

    private readonly List<WordRange> ranges = [];
    private readonly List<LockClass> classes = [];
    private readonly List<(int First, int Then)> knownOrder = [];
    private WordKind[] kinds = new WordKind[256];
    private int[] guards = new int[256];
    private byte[] lockClass = new byte[256];
    private bool[] neverWritten = new bool[256];
    private bool[] isLock = new bool[256];
    private readonly List<(int Thread, int First, int Count)> owned = [];
    private readonly List<(int First, int Count, int Shift)> threadBits = [];

    /// <summary>Number of words.</summary>
    public int WordCount { get; private set; }

    /// <summary>All ranges, in order.</summary>
    public IReadOnlyList<WordRange> Ranges => ranges;

    /// <summary>All lock classes; a class's number is its index.</summary>
    public IReadOnlyList<LockClass> Classes => classes;

    /// <summary>Functions that exclude each other, as an experiment; null: none. See <see cref="ExclusiveSections.Install"/>.</summary>
    public ExclusiveSections? Sections { get; internal set; }

    /// <summary>Adds <paramref name="count"/> words.</summary>
    /// <param name="name">Name in reports.</param>
    /// <param name="count">How many.</param>
    /// <param name="kind">Who may touch them.</param>
    /// <param name="guard">Index of the guarding lock's word, for the guarded kinds.</param>
    /// <param name="format">How to print a value.</param>
    /// <param name="nameAt">Name of each word.</param>
    /// <returns>Index of the first word.</returns>
    public int Add(
        string name, int count, WordKind kind, int guard = -1, Func<int, string>? format = null, Func<int, string>? nameAt = null)
    {
        if (kind is WordKind.Guarded or WordKind.GuardedWithLocklessReaders)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(guard);
        }

        int start = WordCount;
        WordCount += count;
        if (WordCount > kinds.Length)
        {
            int size = Math.Max(WordCount, kinds.Length * 2);
            Array.Resize(ref kinds, size);
            Array.Resize(ref guards, size);
            Array.Resize(ref lockClass, size);
            Array.Resize(ref neverWritten, size);
            Array.Resize(ref isLock, size);
        }

        kinds.AsSpan(start, count).Fill(kind);
        guards.AsSpan(start, count).Fill(guard);
        ranges.Add(new WordRange(name, start, count, format, nameAt));
        return start;
    }

    /// <summary>Adds locks of one class. A lock starts free.</summary>
    /// <param name="name">Name in reports.</param>
    /// <param name="className">Lock class.</param>
    /// <param name="spinning">True when its holder must not sleep.</param>
    /// <param name="count">How many.</param>
    /// <param name="nameAt">Name of each lock.</param>
    /// <param name="neverWritten">For a reader-writer semaphore that this program never takes for writing: its readers need no scheduling point.</param>
    /// <returns>Index of the first lock's word.</returns>
    public int AddLock(
        string name,
        string className,
        bool spinning = false,
        int count = 1,
        bool neverWritten = false,
        Func<int, string>? nameAt = null)
    {
        int start = Add(name, count, WordKind.Synchronisation, format: FormatLock, nameAt: nameAt);
        int number = classes.FindIndex(c => c.Name == className);
        if (number < 0)
        {
            number = classes.Count;
            classes.Add(new LockClass(className, spinning));
        }

        lockClass.AsSpan(start, count).Fill((byte)number);
        this.neverWritten.AsSpan(start, count).Fill(neverWritten);
        isLock.AsSpan(start, count).Fill(true);
        return start;
    }

    /// <summary>
    /// Says whose words these are: where threads change places, so do their own words. Threads that may (<see cref="Model.Interchangeable"/>)
    /// own equally many, and the first one of one thread means what the first one of the other means.
    /// </summary>
    public void AddOwned(int thread, int first, int count) => owned.Add((thread, first, count));

    /// <summary>Says that these words have a bit for each thread, from one bit on.</summary>
    public void AddThreadBits(int first, int count, int shift) => threadBits.Add((first, count, shift));

    /// <summary>States that one class is always taken before another, whether or not this program does both: a documented rule.</summary>
    public void AddKnownOrder(int firstLock, int thenLock) => knownOrder.Add((lockClass[firstLock], lockClass[thenLock]));

    /// <summary>What is reported when a lock of one class is taken with one of another held, and the other order is known.</summary>
    public Violation InversionOf(int heldClass, int takenClass) =>
        new(ViolationKind.LockOrder, $"{classes[heldClass].Name} -> {classes[takenClass].Name}");

    /// <summary>For each pair of lock classes: whether the first is documented to be taken before the second.</summary>
    internal OrderSources[] KnownOrder()
    {
        var order = new OrderSources[classes.Count * classes.Count];
        foreach ((int first, int then) in knownOrder)
        {
            order[(first * classes.Count) + then] = OrderSources.Documented;
        }

        return order;
    }

    /// <summary>The words that threads own.</summary>
    internal IReadOnlyList<(int Thread, int First, int Count)> Owned => owned;

    /// <summary>The words with a bit for each thread.</summary>
    internal IReadOnlyList<(int First, int Count, int Shift)> ThreadBits => threadBits;

    /// <summary>Is it the word of a lock? Else a word of its kind is a wait queue.</summary>
    internal bool IsLock(int word) => isLock[word];

    /// <summary>Who may touch each word; longer than there are words.</summary>
    internal WordKind[] Kinds => kinds;

    /// <summary>The guarding lock of each word; longer than there are words.</summary>
    internal int[] Guards => guards;

    /// <summary>Who may touch the word.</summary>
    public WordKind KindOf(int word) => kinds[word];

    /// <summary>The word of the lock that guards it, or -1.</summary>
    public int GuardOf(int word) => guards[word];

    /// <summary>The class number of a lock.</summary>
    public int ClassOf(int lockWord) => lockClass[lockWord];

    /// <summary>True for a semaphore that nobody takes for writing.</summary>
    public bool IsNeverWritten(int lockWord) => neverWritten[lockWord];

    /// <summary>The range a word lies in.</summary>
    public WordRange RangeOf(int word)
    {
        int low = 0, high = ranges.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (ranges[middle].Start <= word)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return ranges[low];
    }

    /// <summary>Name of a word, with its index where its range has several.</summary>
    public string NameOf(int word)
    {
        WordRange range = RangeOf(word);
        int place = word - range.Start;
        return range.NameAt is { } nameAt ? nameAt(place)
            : range.Count == 1 ? range.Name
            : $"{range.Name}[{place}]";
    }

    /// <summary>A value of a word as its range prints it.</summary>
    public string Print(int word, int value) => RangeOf(word).Format?.Invoke(value) ?? value.ToString();

    private static string FormatLock(int value) => value == 0 ? "free" : $"0x{value:x}";
}
