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

    /// <summary>Numbers of the states from which no terminal state can be reached.</summary>
    /// <param name="bound">All numbers are below this.</param>
    public HashSet<uint> Hopeless(long bound)
    {
        long count = lists.Sum(l => (long)l.Edges.Length);
        ulong* edges = (ulong*)NativeMemory.Alloc((nuint)Math.Max(1, count), sizeof(ulong));
        try
        {
            var all = new Span<ulong>(edges, checked((int)count));
            foreach (EdgeList list in lists)
            {
                list.Edges.CopyTo(all[^(int)count..]);
                count -= list.Edges.Length;
            }

            all.Sort(); // by target
            return Unreached(all, bound);
        }
        finally
        {
            NativeMemory.Free(edges);
        }
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

    private HashSet<uint> Unreached(ReadOnlySpan<ulong> byTarget, long bound)
    {
        var reached = new bool[bound];
        var exists = new bool[bound];
        var work = new Stack<uint>(lists.SelectMany(l => l.Terminals));
        foreach (uint t in work)
        {
            reached[t] = true;
            exists[t] = true;
        }

        foreach (ulong edge in byTarget)
        {
            exists[(uint)edge] = true;
            exists[edge >> 32] = true;
        }

        while (work.TryPop(out uint to))
        {
            int at = byTarget.BinarySearch((ulong)to << 32);
            for (at = at < 0 ? ~at : at; at < byTarget.Length && (uint)(byTarget[at] >> 32) == to; at++)
            {
                uint from = (uint)byTarget[at];
                if (!reached[from])
                {
                    reached[from] = true;
                    work.Push(from);
                }
            }
        }

        var hopeless = new HashSet<uint>();
        for (uint s = 0; s < bound; s++)
        {
            if (exists[s] && !reached[s])
            {
                hopeless.Add(s);
            }
        }

        return hopeless;
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
    public ReadOnlySpan<ulong> Edges => new(edges, count);

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
