using System.Runtime.InteropServices;

namespace Faultline.Engine.Search.PartialOrder;

/// <summary>
/// Sets of words read and written, each kept once: two equal sets have the same number. Besides the model's words there is a word for each
/// group of words that one check of a state reads together, which whoever writes a word of the group writes too, and one that every
/// transition reads and stopping the machine writes. Additions are made under a lock; what has been added never changes or moves.
/// </summary>
internal sealed unsafe class AccessSets : IDisposable
{
    /// <summary>The number of the empty set.</summary>
    public const int Empty = 0;

    private const int ChunkSets = 1 << 10;
    private const int MaxChunks = 1 << 14;
    private readonly Dictionary<ulong, int> numbers = [];
    private readonly ulong*[] chunks = new ulong*[MaxChunks];
    private readonly ulong[] scratch;
    private readonly int[][] groupsOf;
    private readonly int half;
    private int count;

    public AccessSets(Model model)
    {
        IReadOnlyList<IReadOnlyList<int>> groups = model.CheckedTogether;
        int words = model.Layout.WordCount;
        groupsOf = new int[words][];
        for (int w = 0; w < words; w++)
        {
            groupsOf[w] = [.. Enumerable.Range(0, groups.Count).Where(g => groups[g].Contains(w)).Select(g => words + g)];
        }

        Everybody = words + groups.Count;
        half = (Everybody / 64) + 1;
        scratch = new ulong[2 * half];
        Intern(scratch);
    }

    /// <summary>The word that every transition reads, and that stopping the machine writes.</summary>
    public int Everybody { get; }

    /// <summary>Longs of a set: the words read, then those written.</summary>
    public int Length => 2 * half;

    /// <summary>Adds a read of a word to a set that is being made.</summary>
    public void Read(Span<ulong> set, int word) => set[word / 64] |= 1UL << (word % 64);

    /// <summary>Adds a write of a word to a set that is being made, with the groups that it lies in.</summary>
    public void Write(Span<ulong> set, int word)
    {
        set[half + (word / 64)] |= 1UL << (word % 64);
        if (word < groupsOf.Length)
        {
            foreach (int group in groupsOf[word])
            {
                set[half + (group / 64)] |= 1UL << (group % 64);
            }
        }
    }

    /// <summary>Adds all of one set to another that is being made.</summary>
    public void Union(Span<ulong> set, int number)
    {
        ulong* other = At(number);
        for (int i = 0; i < set.Length; i++)
        {
            set[i] |= other[i];
        }
    }

    /// <summary>The number of a set.</summary>
    public int Intern(ReadOnlySpan<ulong> set)
    {
        ulong key = System.IO.Hashing.XxHash3.HashToUInt64(MemoryMarshal.AsBytes(set));
        while (numbers.TryGetValue(key, out int known))
        {
            if (set.SequenceEqual(new ReadOnlySpan<ulong>(At(known), set.Length)))
            {
                return known;
            }

            key++;
        }

        int chunk = count / ChunkSets;
        if (chunks[chunk] == null)
        {
            chunks[chunk] = (ulong*)NativeMemory.Alloc((nuint)(ChunkSets * Length), sizeof(ulong));
        }

        set.CopyTo(new Span<ulong>(At(count), Length));
        numbers.Add(key, count);
        return count++;
    }

    /// <summary>Do transitions that touch these depend on each other: does one write what the other touches?</summary>
    public bool Conflict(int left, int right)
    {
        ulong* a = At(left);
        ulong* b = At(right);
        ulong common = 0;
        for (int i = 0; i < half; i++)
        {
            common |= (a[half + i] & (b[i] | b[half + i])) | (a[i] & b[half + i]);
        }

        return common != 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ulong* chunk in chunks)
        {
            NativeMemory.Free(chunk);
        }

        Array.Clear(chunks);
    }

    private ulong* At(int number) => chunks[number / ChunkSets] + ((number % ChunkSets) * Length);
}
