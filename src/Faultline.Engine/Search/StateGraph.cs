using System.Runtime.InteropServices;

namespace Faultline.Engine.Search;

/// <summary>
/// The edges of the explored graph, kept to find the states from which no end can be reached. Above <see cref="MaxEdges"/> edges
/// it gives up, and says so by <see cref="Overflowed"/>.
/// </summary>
public sealed unsafe class StateGraph : IDisposable
{
    /// <summary>Edges kept at most (8 bytes each).</summary>
    public const long MaxEdges = 64L << 20;

    private readonly List<uint> terminals = [];
    private ulong* edges;
    private long capacity = 1 << 12;
    private long count;

    /// <summary>An empty graph.</summary>
    public StateGraph() => edges = (ulong*)NativeMemory.Alloc((nuint)capacity, sizeof(ulong));

    /// <summary>True when there were too many edges to keep.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>Notes a step between two states.</summary>
    public void AddEdge(uint from, uint to)
    {
        if (Overflowed)
        {
            return;
        }

        if (count == capacity)
        {
            if (capacity >= MaxEdges)
            {
                Overflowed = true;
                return;
            }

            capacity *= 2;
            edges = (ulong*)NativeMemory.Realloc(edges, (nuint)(capacity * sizeof(ulong)));
        }

        edges[count++] = ((ulong)to << 32) | from;
    }

    /// <summary>Notes a state in which nothing more happens.</summary>
    public void AddTerminal(uint state) => terminals.Add(state);

    /// <summary>Numbers of the states from which no terminal state can be reached.</summary>
    public HashSet<uint> Hopeless(long states)
    {
        new Span<ulong>(edges, checked((int)count)).Sort(); // by target
        var reached = new bool[states];
        var work = new Stack<uint>(terminals);
        foreach (uint t in terminals)
        {
            reached[t] = true;
        }

        var all = new ReadOnlySpan<ulong>(edges, (int)count);
        while (work.TryPop(out uint to))
        {
            int at = all.BinarySearch((ulong)to << 32);
            for (at = at < 0 ? ~at : at; at < all.Length && (uint)(all[at] >> 32) == to; at++)
            {
                uint from = (uint)all[at];
                if (!reached[from])
                {
                    reached[from] = true;
                    work.Push(from);
                }
            }
        }

        var hopeless = new HashSet<uint>();
        for (uint s = 0; s < states; s++)
        {
            if (!reached[s])
            {
                hopeless.Add(s);
            }
        }

        return hopeless;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(edges);
        edges = null;
    }
}
