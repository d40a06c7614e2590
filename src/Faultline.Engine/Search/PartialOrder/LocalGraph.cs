using Faultline.Engine.Search.Symmetry;

namespace Faultline.Engine.Search.PartialOrder;

/// <summary>
/// What threads were seen to do, each by itself: its local states, and the transitions between them with what they touched. It tells what
/// a thread may still touch as long as some other thread does not move. Grows between passes only; a pass reads it from all workers.
/// </summary>
internal sealed class LocalGraph : IDisposable
{
    private readonly object gate = new();
    private readonly AccessSets sets;
    private readonly ThreadGroups? groups;
    private readonly List<SeenEdge> seen = [];
    private readonly List<Node> nodes = [];
    private readonly Dictionary<string, int> holdNumbers = [];
    private readonly List<HashSet<int>> holds = [];
    private readonly List<int[]?> futures = []; // by holding, then by node: the set of what may follow, or -1
    private FingerprintTable edges = FingerprintTable.Create(8, numbered: false);
    private FingerprintTable keys = FingerprintTable.Create(8, numbered: true);
    private int[] nextSets = [];
    private int[] holdOf = [];
    private bool[] isLoopHead = [];

    /// <summary>An empty graph.</summary>
    /// <param name="model">Whose threads.</param>
    /// <param name="groups">Threads that may change places: what one of a group was seen to do, each of it does; null: none.</param>
    public LocalGraph(Model model, ThreadGroups? groups)
    {
        sets = new AccessSets(model);
        this.groups = groups;
    }

    /// <summary>Number of local states.</summary>
    public int Count => nodes.Count;

    /// <summary>Was a transition with this key seen?</summary>
    public bool Knows(ulong key) => edges.Find(key | 1, out _);

    /// <summary>The number of a local state, or -1.</summary>
    public int Find(ulong key) => keys.Find(key, out uint number) ? (int)number : -1;

    /// <summary>
    /// True when every cycle of a thread's local states passes a place like this: a state in which such a thread moves has all its
    /// transitions taken, so that on no cycle a thread is left out for ever.
    /// </summary>
    public bool IsLoopHead(int node) => isLoopHead[node];

    /// <summary>
    /// Does the next transition of a thread at the first place depend on nothing that a thread at the second one can do as long
    /// as the first does not move?
    /// </summary>
    public bool AreIndependent(int mover, int other) => !sets.Conflict(nextSets[mover], Future(holdOf[mover], other));

    /// <summary>Everything that was added, in that order.</summary>
    public IReadOnlyList<SeenEdge> Seen => seen;

    /// <summary>Adds what was seen. Returns false when there was nothing new.</summary>
    public bool Add(IEnumerable<SeenEdge> news)
    {
        bool isNew = false;
        foreach (SeenEdge edge in news)
        {
            seen.Add(edge);
            foreach (SeenEdge image in groups is null ? [edge] : groups.ImagesOf(edge))
            {
                isNew |= AddOne(image);
            }
        }

        if (isNew)
        {
            Recompute();
        }

        return isNew;
    }

    /// <summary>True when each cycle of the graph has one of its places in this set.</summary>
    public bool CyclesPass(Func<int, bool> isHead) => Cycles(n => !isHead(n)).Count == 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        sets.Dispose();
        keys.Free();
        edges.Free();
    }

    private bool AddOne(SeenEdge edge)
    {
        uint none = 0;
        edges.Add(edge.Key | 1, ref none);
        Node from = nodes[NumberOf(edge.From)];
        return from.Add(MakeEdge(edge, edge.To is null ? -1 : NumberOf(edge.To)));
    }

    private int NumberOf(LocalState state)
    {
        uint number = (uint)nodes.Count;
        if (keys.Add(state.Key, ref number))
        {
            nodes.Add(new Node(state.Content, state.StackBytes, HoldingOf(state.Held)));
            nodes[^1].Add(Pending(state.WaitsFor));
        }

        return (int)number;
    }

    private int HoldingOf(int[] held)
    {
        int[] sorted = [.. held.Order()];
        string key = string.Join(' ', sorted);
        if (!holdNumbers.TryGetValue(key, out int number))
        {
            number = holds.Count;
            holdNumbers.Add(key, number);
            holds.Add([.. sorted]);
            futures.Add(null);
        }

        return number;
    }

    // What is known of a next step that nobody has seen yet: the machine must not have stopped, and its lock must be free. Another
    // thread's step may see to it that it is never made.
    private Edge Pending(int waitsFor)
    {
        var set = new ulong[sets.Length];
        sets.Read(set, sets.Everybody);
        int alive = sets.Intern(set);
        if (waitsFor < 0)
        {
            return new Edge(-1, [(-1, alive)]);
        }

        Array.Clear(set);
        sets.Read(set, waitsFor >> Accesses.Shift);
        return new Edge(-1, [(-1, alive), (waitsFor, sets.Intern(set))]);
    }

    private Edge MakeEdge(SeenEdge seen, int to)
    {
        var parts = new List<(int Taken, int Set)>();
        var set = new ulong[sets.Length];
        int taken = -1;
        sets.Read(set, sets.Everybody);
        if (seen.StopsMachine)
        {
            sets.Write(set, sets.Everybody);
        }

        foreach (int code in seen.Log)
        {
            int word = code >> Accesses.Shift;
            switch (code & Accesses.KindMask)
            {
                case Accesses.Reads:
                    sets.Read(set, word);
                    break;
                case Accesses.Writes:
                    sets.Write(set, word);
                    break;
                case Accesses.Drops when !IsTakenAndDropped(seen.Log, word):
                    sets.Write(set, word);
                    break;
                case Accesses.Drops:
                    break;
                default:
                    parts.Add((taken, sets.Intern(set)));
                    Array.Clear(set);
                    taken = code;
                    NoteTaken(set, seen.Log, code);
                    break;
            }
        }

        parts.Add((taken, sets.Intern(set)));
        return new Edge(to, [.. parts]);
    }

    // A lock that is taken and given up in one transition must be free, and is free after it: such transitions commute with each other.
    private void NoteTaken(Span<ulong> set, int[] log, int code)
    {
        int word = code >> Accesses.Shift;
        if ((code & Accesses.KindMask) == Accesses.TakesShared || IsTakenAndDropped(log, word))
        {
            sets.Read(set, word);
        }
        else
        {
            sets.Write(set, word);
        }
    }

    private static bool IsTakenAndDropped(int[] log, int word)
    {
        int taken = Array.IndexOf(log, (word << Accesses.Shift) | Accesses.Takes);
        return taken >= 0
            && Array.LastIndexOf(log, (word << Accesses.Shift) | Accesses.Drops) > Array.LastIndexOf(log, (word << Accesses.Shift) | Accesses.Takes)
            && Array.IndexOf(log, (word << Accesses.Shift) | Accesses.Drops) > taken;
    }

    private void Recompute()
    {
        for (int h = 0; h < futures.Count; h++)
        {
            futures[h] = null;
        }

        holdOf = [.. nodes.Select(n => n.Holding)];
        var set = new ulong[sets.Length];
        nextSets = new int[nodes.Count];
        for (int n = 0; n < nodes.Count; n++)
        {
            Array.Clear(set);
            foreach ((_, int part) in nodes[n].Edges.SelectMany(e => e.Parts))
            {
                sets.Union(set, part);
            }

            nextSets[n] = sets.Intern(set);
        }

        FindLoopHeads();
    }

    // Of each cycle the place with the fewest frames: where a loop begins, rather than what it calls.
    private void FindLoopHeads()
    {
        isLoopHead = new bool[nodes.Count];
        for (;;)
        {
            List<List<int>> cycles = Cycles(n => !isLoopHead[n]);
            if (cycles.Count == 0)
            {
                return;
            }

            foreach (List<int> cycle in cycles)
            {
                isLoopHead[cycle.MinBy(n => (nodes[n].StackBytes, -EnteredFrom(cycle, n), nodes[n].Content))] = true;
            }
        }
    }

    private int EnteredFrom(List<int> cycle, int node) => cycle.Count(n => nodes[n].Edges.Any(e => e.To == node));

    private List<List<int>> Cycles(Func<int, bool> include) =>
        StrongComponents.Of(nodes.Count, n => nodes[n].Edges.Select(e => e.To).Where(to => to >= 0), include);

    private int Future(int holding, int node)
    {
        int[]? known = Volatile.Read(ref System.Runtime.InteropServices.CollectionsMarshal.AsSpan(futures)[holding]);
        if (known is not null && known[node] >= 0)
        {
            return known[node];
        }

        lock (gate)
        {
            if (futures[holding] is not { } table)
            {
                table = new int[nodes.Count];
                Array.Fill(table, -1);
                futures[holding] = table;
            }

            if (table[node] < 0)
            {
                ComputeFutures(holds[holding], table, node);
            }

            return table[node];
        }
    }

    // What may be touched from here on, until a lock is needed that is held. Repeated along the cycles until nothing is added.
    private void ComputeFutures(HashSet<int> held, int[] table, int start)
    {
        List<int> order = PostOrder(held, table, start);
        var current = order.ToDictionary(n => n, _ => AccessSets.Empty);
        var set = new ulong[sets.Length];
        for (bool changed = true; changed;)
        {
            changed = false;
            foreach (int n in order)
            {
                Array.Clear(set);
                foreach (Edge edge in nodes[n].Edges)
                {
                    if (AddUnblocked(set, edge, held) && edge.To >= 0)
                    {
                        sets.Union(set, table[edge.To] >= 0 ? table[edge.To] : current[edge.To]);
                    }
                }

                int number = sets.Intern(set);
                changed |= number != current[n];
                current[n] = number;
            }
        }

        foreach (int n in order)
        {
            Volatile.Write(ref table[n], current[n]);
        }
    }

    private bool AddUnblocked(Span<ulong> set, Edge edge, HashSet<int> held)
    {
        foreach ((int taken, int part) in edge.Parts)
        {
            if (IsBlocked(taken, held))
            {
                return false;
            }

            sets.Union(set, part);
        }

        return true;
    }

    private static bool IsBlocked(int taken, HashSet<int> held)
    {
        if (taken < 0)
        {
            return false;
        }

        int exclusive = (taken & ~Accesses.KindMask) | Accesses.Takes;
        return held.Contains(exclusive) || (taken == exclusive && held.Contains(taken ^ Accesses.Takes ^ Accesses.TakesShared));
    }

    private List<int> PostOrder(HashSet<int> held, int[] table, int start)
    {
        var order = new List<int>();
        var seen = new HashSet<int> { start };
        var path = new Stack<(int Node, int Next)>([(start, 0)]);
        while (path.TryPop(out (int Node, int Next) top))
        {
            if (top.Next == nodes[top.Node].Edges.Count)
            {
                order.Add(top.Node);
                continue;
            }

            path.Push((top.Node, top.Next + 1));
            Edge edge = nodes[top.Node].Edges[top.Next];
            bool blocked = edge.Parts.Any(p => IsBlocked(p.Taken, held));
            if (!blocked && edge.To >= 0 && table[edge.To] < 0 && seen.Add(edge.To))
            {
                path.Push((edge.To, 0));
            }
        }

        return order;
    }

    /// <summary>A local state.</summary>
    private sealed class Node(ulong content, int stackBytes, int holding)
    {
        public ulong Content { get; } = content;

        public int StackBytes { get; } = stackBytes;

        public int Holding { get; } = holding;

        public List<Edge> Edges { get; } = [];

        public bool Add(Edge edge)
        {
            if (Edges.Any(e => e.To == edge.To && e.Parts.AsSpan().SequenceEqual(edge.Parts)))
            {
                return false;
            }

            Edges.Add(edge);
            return true;
        }
    }

    /// <summary>A transition: where it leads, and what it touches before its first lock, then from each lock it takes on.</summary>
    private sealed record Edge(int To, (int Taken, int Set)[] Parts);
}
