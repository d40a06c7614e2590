using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Faultline.Engine.State;

namespace Faultline.Engine.Search;

/// <summary>How a step goes.</summary>
internal enum StepOutcome : byte
{
    /// <summary>It leads to another state.</summary>
    Taken,

    /// <summary>It is no step of its own (<see cref="Execution.Prune"/>).</summary>
    Pruned,

    /// <summary>It cannot be taken now, or ever.</summary>
    Blocked,
}

/// <summary>What a step did to the state it was taken from. The words it changed follow, each as its index and its new value.</summary>
internal unsafe struct CachedStep
{
    /// <summary>Words that a step may change to be kept.</summary>
    public const int MaxChanges = byte.MaxValue;

    /// <summary>By what it changed the state's fingerprint.</summary>
    public ulong Delta;

    /// <summary>The thread's part after it.</summary>
    public int To;

    /// <summary>Number of words changed.</summary>
    public byte Changes;

    /// <summary>Who took it.</summary>
    public byte Thread;

    /// <summary>How many alternatives there were.</summary>
    public byte Alternatives;

    /// <summary>How it went.</summary>
    public StepOutcome Outcome;

    /// <summary>Takes the step in a copy of the state.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Apply(CachedStep* step, int* words, int* parts)
    {
        int* change = (int*)(step + 1);
        for (int left = step->Changes; left > 0; left--, change += 2)
        {
            words[change[0]] = change[1];
        }

        parts[step->Thread] = step->To;
    }
}

/// <summary>
/// Steps taken before (transition caching). What a step does depends on the thread, its part of the state, the alternative taken, and the
/// values of the words it touches, nothing else; and which word it touches next depends on those before. So the steps of a part are a decision
/// tree: each branch is a word, each way out of it a value, each leaf a step. For one worker.
/// </summary>
internal sealed unsafe class StepCache : IDisposable
{
    private const int ChoiceWord = -1;
    private const int LeafBit = 1;
    private const uint Spread = 0x9E3779B1;
    private readonly Arena arena = new();
    private readonly VectorShape shape;
    private readonly Collapse collapse;
    private readonly int threadBits;
    private readonly CachedStep* blocked;
    private readonly bool[] isOnPath;
    private readonly List<int> path = [];
    private nint* roots;
    private int rootCount;

    public StepCache(VectorShape shape, Collapse collapse)
    {
        this.shape = shape;
        this.collapse = collapse;
        threadBits = 32 - BitOperations.LeadingZeroCount((uint)shape.Threads - 1);
        isOnPath = new bool[shape.WordBytes / sizeof(int)];
        blocked = (CachedStep*)arena.Take(sizeof(CachedStep));
        *blocked = new CachedStep { Outcome = StepOutcome.Blocked };
    }

    /// <summary>Bytes it may take: what does not fit is not kept.</summary>
    public long MaxBytes { get; init; } = 256L << 20;

    /// <summary>Bytes taken.</summary>
    public long Bytes => arena.Bytes + ((long)rootCount * sizeof(nint));

    /// <summary>A step that was met before in such a state; null: none was.</summary>
    /// <param name="words">The state's words.</param>
    /// <param name="thread">Who takes it.</param>
    /// <param name="part">The thread's part of the state.</param>
    /// <param name="choice">The alternative.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public CachedStep* Find(int* words, int thread, int part, int choice)
    {
        int root = (part << threadBits) | thread;
        nint node = root < rootCount ? roots[root] : 0;
        while (node != 0 && (node & LeafBit) == 0)
        {
            var branch = (Branch*)node;
            node = Branch.Follow(branch, branch->Word == ChoiceWord ? choice : words[branch->Word]);
        }

        return (CachedStep*)(node & ~LeafBit);
    }

    /// <summary>Keeps that a thread cannot move.</summary>
    /// <param name="words">The state's words.</param>
    /// <param name="thread">The thread.</param>
    /// <param name="part">Its part of the state.</param>
    public void KeepBlocked(int* words, int thread, int part)
    {
        if (Bytes > MaxBytes)
        {
            return;
        }

        nint* way = RootOf(part, thread);
        if (Waits(collapse[part].Kind))
        {
            way = WayOf(way, collapse[part].Word, words[collapse[part].Word]);
        }

        *way = (nint)blocked | LeafBit;
    }

    /// <summary>Keeps the step that was just taken.</summary>
    /// <param name="execution">Has taken it.</param>
    /// <param name="before">The collapsed state before it.</param>
    /// <param name="after">The one after it.</param>
    /// <param name="alternatives">How many alternatives there were.</param>
    public void Keep(Execution execution, byte* before, byte* after, int alternatives)
    {
        if (Bytes > MaxBytes)
        {
            return;
        }

        int thread = execution.Me, part = collapse.PartsOf(before)[thread];
        nint* way = RootOf(part, thread);
        if (alternatives > 1)
        {
            way = WayOf(way, ChoiceWord, execution.Choice);
        }

        if (Waits(collapse[part].Kind))
        {
            AddToPath(collapse[part].Word);
        }

        foreach (int code in execution.Touched)
        {
            AddToPath(code >> Accesses.Shift);
        }

        foreach (int word in path)
        {
            way = WayOf(way, word, ((int*)before)[word]);
            isOnPath[word] = false;
        }

        *way = MakeLeaf(execution, before, after, alternatives);
        path.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        arena.Dispose();
        NativeMemory.Free(roots);
        roots = null;
    }

    // Whether it can be taken is up to the word that it is about.
    private static bool Waits(StepKind kind) => kind is StepKind.Lock or StepKind.DownRead or StepKind.DownWrite or StepKind.Sleep;

    private void AddToPath(int word)
    {
        if (!isOnPath[word])
        {
            isOnPath[word] = true;
            path.Add(word);
        }
    }

    private nint* RootOf(int part, int thread)
    {
        int root = (part << threadBits) | thread;
        if (root >= rootCount)
        {
            int larger = Math.Max(Math.Max(64, rootCount * 2), root + 1);
            roots = (nint*)NativeMemory.Realloc(roots, (nuint)larger * (nuint)sizeof(nint));
            new Span<nint>(roots + rootCount, larger - rootCount).Clear();
            rootCount = larger;
        }

        return roots + root;
    }

    // The way out of a branch for one value. Makes the branch where there is none yet.
    private nint* WayOf(nint* to, int word, int value)
    {
        if (*to == 0)
        {
            *to = (nint)Branch.Create(arena, word, 1);
        }

        var branch = (Branch*)*to;
        if (*to % 2 != 0 || branch->Word != word)
        {
            throw new ModelException("the model is not deterministic: what a step touches does not follow from what it has read");
        }

        if (branch->Count > branch->Mask / 2 && Branch.Follow(branch, value) == 0)
        {
            branch = Branch.Larger(arena, branch);
            *to = (nint)branch;
        }

        return Branch.WayOf(branch, value);
    }

    private nint MakeLeaf(Execution execution, byte* before, byte* after, int alternatives)
    {
        int thread = execution.Me, changes = 0;
        var step = (CachedStep*)arena.Take(sizeof(CachedStep) + (path.Count * 2 * sizeof(int)));
        step->Thread = (byte)thread;
        step->Alternatives = (byte)alternatives;
        step->Outcome = execution.Pruned ? StepOutcome.Pruned : StepOutcome.Taken;
        if (execution.Pruned)
        {
            return (nint)step | LeafBit;
        }

        int* change = (int*)(step + 1);
        foreach (int word in path)
        {
            int old = ((int*)before)[word], value = ((int*)after)[word];
            if (old != value)
            {
                change[2 * changes] = word;
                change[(2 * changes++) + 1] = value;
                step->Delta ^= Fingerprint.OfWord(word, old) ^ Fingerprint.OfWord(word, value);
            }
        }

        int from = collapse.PartsOf(before)[thread];
        step->To = collapse.PartsOf(after)[thread];
        step->Changes = (byte)changes;
        step->Delta ^= shape.FingerprintOfThread(thread, collapse[from].Fingerprint) ^ shape.FingerprintOfThread(thread, collapse[step->To].Fingerprint);
        return changes > CachedStep.MaxChanges ? 0 : (nint)step | LeafBit;
    }

    /// <summary>One word, and a hash table of its values: the ways out follow. At least one of them is free.</summary>
    private struct Branch
    {
        public int Word;
        public int Count;
        public int Mask;
        public int Shift;

        public static Branch* Create(Arena arena, int word, int bits)
        {
            var branch = (Branch*)arena.Take(sizeof(Branch) + (sizeof(Way) << bits));
            *branch = new Branch { Word = word, Mask = (1 << bits) - 1, Shift = 32 - bits };
            return branch;
        }

        public static Branch* Larger(Arena arena, Branch* old)
        {
            Branch* larger = Create(arena, old->Word, BitOperations.PopCount((uint)old->Mask) + 1);
            var ways = (Way*)(old + 1);
            for (int i = 0; i <= old->Mask; i++)
            {
                if (ways[i].To != 0)
                {
                    *WayOf(larger, ways[i].Value) = ways[i].To;
                }
            }

            return larger;
        }

        /// <summary>Where a value leads; 0: nowhere yet. A free way has the value 0.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static nint Follow(Branch* branch, int value)
        {
            var ways = (Way*)(branch + 1);
            uint place = ((uint)value * Spread) >> branch->Shift;
            while (ways[place].Value != value)
            {
                if (ways[place].To == 0)
                {
                    return 0;
                }

                place = (place + 1) & (uint)branch->Mask;
            }

            return ways[place].To;
        }

        /// <summary>The way of a value, which is taken if it was free.</summary>
        public static nint* WayOf(Branch* branch, int value)
        {
            var ways = (Way*)(branch + 1);
            uint place = ((uint)value * Spread) >> branch->Shift;
            while (ways[place].To != 0 && ways[place].Value != value)
            {
                place = (place + 1) & (uint)branch->Mask;
            }

            branch->Count += ways[place].To == 0 ? 1 : 0;
            ways[place].Value = value;
            return &ways[place].To;
        }
    }

    private struct Way
    {
        public nint To;
        public int Value;
    }
}
