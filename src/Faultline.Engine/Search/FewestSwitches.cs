using System.Diagnostics;
using System.Runtime.InteropServices;
using Faultline.Engine.State;
using Faultline.Engine.Witnesses;

namespace Faultline.Engine.Search;

/// <summary>What a witness search looks for.</summary>
/// <param name="execution">The state just reached; <see cref="Execution.Raised"/> says what went wrong on the way and in it.</param>
/// <param name="final">True when no step leads out of it.</param>
public delegate bool WitnessTarget(Execution execution, bool final);

/// <summary>
/// Finds the schedule with the fewest context switches that reaches a target, and among those the one with the fewest steps: Dijkstra's
/// algorithm over (state, last thread) with the cost (switches, steps). It stops at the target, so it stays small. Of the
/// order of locks it knows that of the step just made and no more: an inversion is looked for edge by edge (<see cref="LockCycles"/>).
/// </summary>
public sealed unsafe class FewestSwitches : IDisposable
{
    private readonly Execution execution;
    private readonly WitnessTarget target;
    private readonly WitnessTarget? avoid;
    private readonly SearchLimits limits;
    private readonly VisitedSet closed = new();
    private readonly PriorityQueue<int, (int Switches, int Steps, int Order)> open = new();
    private readonly List<Node> nodes = [];
    private readonly byte* from;
    private readonly byte* to;

    private FewestSwitches(Execution execution, WitnessTarget target, WitnessTarget? avoid, SearchLimits limits)
    {
        this.execution = execution;
        this.target = target;
        this.avoid = avoid;
        this.limits = limits;
        from = execution.Shape.NewVector();
        to = execution.Shape.NewVector();
    }

    /// <summary>Searches.</summary>
    /// <param name="model">What to search.</param>
    /// <param name="target">What to look for.</param>
    /// <param name="limits">Bounds.</param>
    /// <returns>The schedule, or null when the target cannot be reached (or a bound was met before it was).</returns>
    public static Schedule? Find(Model model, WitnessTarget target, SearchLimits? limits = null)
    {
        using var execution = new Execution(model);
        using var search = new FewestSwitches(execution, target, null, limits ?? SearchLimits.None);
        return search.Find([]);
    }

    /// <summary>
    /// Finds the schedule that begins with some steps and ends without a failure, with the fewest context switches and then the fewest
    /// steps from there on.
    /// </summary>
    /// <param name="model">What to search.</param>
    /// <param name="beginning">The steps that it begins with.</param>
    /// <param name="failure">What must not happen.</param>
    /// <param name="limits">Bounds.</param>
    /// <returns>The whole schedule, or null when none was found within the bounds.</returns>
    public static Schedule? FindGood(Model model, IReadOnlyList<Move> beginning, WitnessTarget failure, SearchLimits limits)
    {
        ArgumentNullException.ThrowIfNull(beginning);
        using var execution = new Execution(model);
        using var search = new FewestSwitches(execution, (_, final) => final, failure, limits);
        return search.Find(beginning);
    }

    /// <summary>Finds the shortest schedule whose last step takes, or may wait for, a lock of one class with one of another held.</summary>
    /// <param name="model">What to search.</param>
    /// <param name="heldClass">Number of the class that is held.</param>
    /// <param name="takenClass">Number of the class that is taken.</param>
    /// <param name="limits">Bounds.</param>
    /// <returns>The schedule, empty when that is so before the first step; null when there is none within the bounds.</returns>
    public static Schedule? FindLockOrder(Model model, int heldClass, int takenClass, SearchLimits? limits = null) =>
        Find(model, (execution, _) => execution.SawOrder(heldClass, takenClass), limits);

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
        long started = Stopwatch.GetTimestamp();
        execution.LockOrder.Clear();
        execution.Initialise(to);
        foreach (Move move in beginning)
        {
            execution.LockOrder.Clear();
            execution.Run(move.Thread, move.Choice);
        }

        AddNode(-1, beginning.Count > 0 ? beginning[^1] : new Move(-1, 0), 0, 0);
        while (open.TryDequeue(out int index, out _))
        {
            Node node = nodes[index];
            if (node.IsTarget)
            {
                return new Schedule([.. beginning, .. Path(index)]);
            }

            execution.Shape.Unpack(node.Packed, from);
            ulong key = Fingerprint.Combine(execution.Shape.Fingerprint(from), (uint)(node.Move.Thread + 2));
            if (closed.Add(key))
            {
                Expand(index, node);
            }

            if (nodes.Count >= limits.MaxStates || limits.Cancellation.IsCancellationRequested
                || Stopwatch.GetElapsedTime(started) > limits.Timeout)
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
                    int switches = node.Switches + (switched ? 1 : 0);
                    AddNode(index, new Move(thread, choice), switches, node.Steps + 1);
                }
            }
        }
    }

    private void AddNode(int parent, Move move, int switches, int steps)
    {
        execution.Model.CheckState(execution);
        bool final = execution.IsFinal(to);
        if (final)
        {
            execution.CheckFinal();
        }

        if (avoid?.Invoke(execution, final) == true)
        {
            return;
        }

        byte* packed = (byte*)NativeMemory.Alloc((nuint)execution.Shape.PackedBytes(to));
        execution.Shape.Pack(to, packed);
        nodes.Add(new Node(parent, move, switches, steps, target(execution, final), packed));
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

    private readonly struct Node(int parent, Move move, int switches, int steps, bool isTarget, byte* packed)
    {
        public readonly int Parent = parent;
        public readonly Move Move = move;
        public readonly int Switches = switches;
        public readonly int Steps = steps;
        public readonly bool IsTarget = isTarget;
        public readonly byte* Packed = packed;
    }
}
