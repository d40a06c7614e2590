using System.Runtime.InteropServices;
using Faultline.Engine.State;
using Faultline.Engine.Witnesses;

namespace Faultline.Engine.Search;

/// <summary>
/// Finds the schedule that begins as a witness does and ends without a failure, with the fewest context switches and then the fewest
/// steps from there on: <see cref="FewestSwitches"/>' order, from a state on the way.
/// </summary>
public sealed unsafe class NearestGoodRun : IDisposable
{
    private readonly Execution execution;
    private readonly WitnessTarget failure;
    private readonly SearchLimits limits;
    private readonly VisitedSet closed = new();
    private readonly PriorityQueue<int, (int Switches, int Steps, int Order)> open = new();
    private readonly List<Node> nodes = [];
    private readonly byte* from;
    private readonly byte* to;

    private NearestGoodRun(Execution execution, WitnessTarget failure, SearchLimits limits)
    {
        this.execution = execution;
        this.failure = failure;
        this.limits = limits;
        from = (byte*)NativeMemory.AlignedAlloc((nuint)execution.Shape.Capacity, 64);
        to = (byte*)NativeMemory.AlignedAlloc((nuint)execution.Shape.Capacity, 64);
    }

    /// <summary>Searches.</summary>
    /// <param name="model">What to search.</param>
    /// <param name="beginning">The steps that both schedules share.</param>
    /// <param name="failure">What must not happen.</param>
    /// <param name="limits">Bounds.</param>
    /// <returns>The whole schedule, or null when none was found within the bounds.</returns>
    public static Schedule? Find(Model model, IReadOnlyList<Move> beginning, WitnessTarget failure, SearchLimits limits)
    {
        ArgumentNullException.ThrowIfNull(beginning);
        using var execution = new Execution(model);
        using var search = new NearestGoodRun(execution, failure, limits);
        return search.Find(beginning);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Node node in nodes)
        {
            NativeMemory.Free(node.Packed);
        }

        NativeMemory.AlignedFree(from);
        NativeMemory.AlignedFree(to);
        closed.Dispose();
    }

    private Schedule? Find(IReadOnlyList<Move> beginning)
    {
        execution.Initialise(to);
        foreach (Move move in beginning)
        {
            execution.LockOrder.Clear();
            execution.Run(move.Thread, move.Choice);
        }

        Reach(-1, beginning.Count > 0 ? beginning[^1] : new Move(-1, 0), 0, 0);
        while (open.TryDequeue(out int index, out _))
        {
            Node node = nodes[index];
            if (node.IsEnd)
            {
                return new Schedule([.. beginning, .. Path(index)]);
            }

            execution.Shape.Unpack(node.Packed, from);
            if (closed.Add(Fingerprint.Combine(execution.Shape.Fingerprint(from), (uint)(node.Move.Thread + 2))))
            {
                Expand(index, node);
            }

            if (nodes.Count >= limits.MaxStates || limits.Cancellation.IsCancellationRequested)
            {
                return null;
            }
        }

        return null;
    }

    private void Expand(int index, Node node)
    {
        for (int thread = 0; thread < execution.Shape.Threads; thread++)
        {
            int alternatives = execution.Enabled(from, thread);
            for (int choice = 0; choice < alternatives; choice++)
            {
                execution.Shape.Copy(from, to);
                execution.Attach(to);
                execution.LockOrder.Clear();
                execution.Run(thread, choice);
                if (!execution.Pruned)
                {
                    bool switched = node.Move.Thread >= 0 && node.Move.Thread != thread;
                    Reach(index, new Move(thread, choice), node.Switches + (switched ? 1 : 0), node.Steps + 1);
                }
            }
        }
    }

    private void Reach(int parent, Move move, int switches, int steps)
    {
        execution.Model.CheckState(execution);
        bool final = execution.IsFinal(to);
        if (final)
        {
            execution.CheckFinal();
        }

        if (failure(execution, final))
        {
            return;
        }

        byte* packed = (byte*)NativeMemory.Alloc((nuint)execution.Shape.PackedBytes(to));
        execution.Shape.Pack(to, packed);
        nodes.Add(new Node(parent, move, switches, steps, final, packed));
        open.Enqueue(nodes.Count - 1, (switches, steps, nodes.Count));
    }

    private List<Move> Path(int index)
    {
        var moves = new List<Move>();
        for (; nodes[index].Parent >= 0; index = nodes[index].Parent)
        {
            moves.Add(nodes[index].Move);
        }

        moves.Reverse();
        return moves;
    }

    private readonly struct Node(int parent, Move move, int switches, int steps, bool isEnd, byte* packed)
    {
        public readonly int Parent = parent;
        public readonly Move Move = move;
        public readonly int Switches = switches;
        public readonly int Steps = steps;
        public readonly bool IsEnd = isEnd;
        public readonly byte* Packed = packed;
    }
}
