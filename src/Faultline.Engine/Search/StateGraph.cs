using System.Runtime.InteropServices;

namespace Faultline.Engine.Search;

/// <summary>
/// The edges of the explored graph, kept to find the states from which no end can be reached; each worker adds to a list of its own. Above
/// <see cref="MaxEdges"/> edges it gives up, and says so by <see cref="Overflowed"/>.
/// </summary>
public sealed unsafe class StateGraph : IDisposable
{
    /// <summary>Edges kept at most (8 bytes each).</summary>
    public const long MaxEdges = 64L << 20;

    private const int LookedAtTogether = 1 << 13;
    private const int LooksAtSome = 2; // before the next ones
    private readonly List<EdgeList> lists = [];
    private long reserved;

    /// <summary>True when there were too many edges to keep.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>Bytes taken.</summary>
    public long Bytes => Interlocked.Read(ref reserved) * sizeof(ulong);

    /// <summary>A list for one more worker.</summary>
    internal EdgeList NewEdges()
    {
        var list = new EdgeList(this);
        lists.Add(list);
        return list;
    }

    /// <summary>
    /// Fingerprints of the states from which no terminal state can be reached; null when the graph was given up. The edges are used up.
    /// </summary>
    /// <param name="visited">All states, with their numbers.</param>
    public HashSet<ulong>? Hopeless(VisitedSet visited)
    {
        if (Overflowed)
        {
            return null;
        }

        byte* reached = (byte*)NativeMemory.AllocZeroed((nuint)Math.Max(visited.NumberBound, 1));
        try
        {
            LookBack(reached);
            return Unreached(visited, reached);
        }
        finally
        {
            NativeMemory.Free(reached);
        }
    }

    // What is reached backwards from the terminal states, by looking at all edges again and again while that finds more. A search that goes on
    // with its newest state finds an edge soon after the one that leads to its source, and long after those from where it leads to. So some
    // edges are looked at together, from the last to the first, and then the next ones; and nearly all is found in the first two looks.
    private void LookBack(byte* reached)
    {
        foreach (uint terminal in lists.SelectMany(l => l.Terminals))
        {
            reached[terminal] = 1;
        }

        long before = -1;
        for (long now = lists.Sum(l => (long)l.Edges.Length); now != before;)
        {
            before = now;
            Parallel.ForEach(lists, list => LookBack(list, reached));
            now = lists.Sum(l => (long)l.Edges.Length);
        }
    }

    // Keeps only the edges whose sources were not reached. What others reach meanwhile may be seen or not.
    private static void LookBack(EdgeList list, byte* reached)
    {
        Span<ulong> edges = list.Edges;
        int kept = 0;
        for (int start = 0; start < edges.Length; start += LookedAtTogether)
        {
            Span<ulong> some = edges[start..Math.Min(start + LookedAtTogether, edges.Length)];
            bool found = true;
            for (int looks = 0; found && looks < LooksAtSome; looks++)
            {
                found = false;
                for (int i = some.Length - 1; i >= 0; i--)
                {
                    if (reached[(uint)some[i]] < reached[some[i] >> 32])
                    {
                        reached[(uint)some[i]] = 1;
                        found = true;
                    }
                }
            }

            foreach (ulong edge in some)
            {
                edges[kept] = edge; // at or before its place
                kept += 1 - reached[(uint)edge];
            }
        }

        list.KeepFirst(kept);
    }

    private static HashSet<ulong> Unreached(VisitedSet visited, byte* reached)
    {
        var unreached = new HashSet<ulong>();
        if (new ReadOnlySpan<byte>(reached, checked((int)visited.NumberBound)).Count((byte)1) != visited.Count)
        {
            visited.ForEach((fingerprint, number) =>
            {
                if (reached[number] == 0)
                {
                    unreached.Add(fingerprint);
                }
            });
        }

        return unreached;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (EdgeList list in lists)
        {
            list.Free();
        }
    }

    /// <summary>Keeps no more edges.</summary>
    internal void GiveUp() => Overflowed = true;

    /// <summary>Reserves room for more edges; false when there are too many.</summary>
    internal bool Reserve(long edges)
    {
        Overflowed |= Interlocked.Add(ref reserved, edges) > MaxEdges;
        return !Overflowed;
    }
}

/// <summary>The edges and terminal states that one worker found.</summary>
internal sealed unsafe class EdgeList(StateGraph graph)
{
    private const int First = 1 << 10;
    private readonly List<uint> terminals = [];
    private ulong* edges;
    private int capacity;
    private int count;

    /// <summary>Each edge: its target in the upper half, its source in the lower.</summary>
    public Span<ulong> Edges => new(edges, count);

    /// <summary>States in which nothing more happens.</summary>
    public IReadOnlyList<uint> Terminals => terminals;

    /// <summary>Notes a step between two states.</summary>
    public void Add(uint from, uint to)
    {
        if (graph.Overflowed || (count == capacity && !Grow()))
        {
            return;
        }

        edges[count++] = ((ulong)to << 32) | from;
    }

    /// <summary>Notes a state in which nothing more happens.</summary>
    public void AddTerminal(uint state) => terminals.Add(state);

    /// <summary>Forgets all edges but the first ones.</summary>
    public void KeepFirst(int edges) => count = edges;

    /// <summary>Writes all.</summary>
    public void Save(BinaryWriter writer)
    {
        writer.Write(count);
        writer.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(Edges));
        writer.Write(terminals.Count);
        terminals.ForEach(writer.Write);
    }

    /// <summary>Adds what <see cref="Save"/> wrote.</summary>
    public void Load(BinaryReader reader)
    {
        for (int left = reader.ReadInt32(); left > 0; left--)
        {
            ulong edge = reader.ReadUInt64();
            Add((uint)edge, (uint)(edge >> 32));
        }

        for (int left = reader.ReadInt32(); left > 0; left--)
        {
            AddTerminal(reader.ReadUInt32());
        }
    }

    /// <summary>Frees the memory.</summary>
    public void Free()
    {
        NativeMemory.Free(edges);
        edges = null;
        count = 0;
        capacity = 0;
    }

    private bool Grow()
    {
        int larger = Math.Max(First, capacity * 2);
        if (!graph.Reserve(larger - capacity))
        {
            return false;
        }

        edges = (ulong*)NativeMemory.Realloc(edges, (nuint)larger * sizeof(ulong));
        capacity = larger;
        return true;
    }
}
