using System.Diagnostics;
using System.Runtime.InteropServices;
using Faultline.Engine.State;

namespace Faultline.Engine.Search;

/// <summary>Every schedule with at most so many preemptions: switches away from a thread that could have gone on.</summary>
/// <param name="Bound">How many.</param>
public sealed record PreemptionBounded(int Bound) : ISearchStrategy
{
    /// <inheritdoc/>
    public string Name => $"preemptions:{Bound}";

    /// <inheritdoc/>
    public SearchResult Run(Model model, ISearchObserver? observer, SearchLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        using var execution = new Execution(model) { CollectsLockOrder = true };
        using var search = new PreemptionBoundedSearch(this, execution, observer, limits);
        return search.Run();
    }
}

/// <summary>
/// Breadth-first in preemptions, depth-first within: all that can be reached with none, then with one, ... (iterative context bounding,
/// Musuvathi and Qadeer, PLDI 2007). What may follow a state depends on the state, the thread that ran last (whether the next switch is a
/// preemption) and the preemptions left; so each pair (state, last thread) is expanded once, with the fewest preemptions that reach it:
/// what more of them could lead to, fewer can. When nothing was put off, all states were reached, and the search is complete.
/// </summary>
internal sealed unsafe class PreemptionBoundedSearch : IDisposable
{
    private const int ProgressMask = (1 << 16) - 1;

    private readonly PreemptionBounded strategy;
    private readonly Execution execution;
    private readonly ISearchObserver? observer;
    private readonly SearchLimits limits;
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly List<Violation> violations = [];
    private readonly HashSet<Violation> known = [];
    private readonly VisitedSet states = new(numbered: true);
    private readonly VisitedSet expanded = new(); // pairs (state, last thread)
    private readonly StateGraph graph = new();
    private readonly EdgeList edges;
    private readonly byte* from;
    private readonly byte* to;
    private VisitedSet putOff = new(); // pairs that wait for the next round
    private PackedStates now;
    private PackedStates later;
    private ulong[] graphed = new ulong[64];
    private long transitions;
    private long endStates;
    private int maxDepth;
    private int round;
    private bool cut;
    private string? stoppedBy;

    public PreemptionBoundedSearch(PreemptionBounded strategy, Execution execution, ISearchObserver? observer, SearchLimits limits)
    {
        (this.strategy, this.execution, this.observer, this.limits) = (strategy, execution, observer, limits);
        edges = graph.NewEdges();
        now = new PackedStates(execution.Shape);
        later = new PackedStates(execution.Shape);
        from = execution.Shape.NewVector();
        to = execution.Shape.NewVector();
    }

    public void Dispose()
    {
        states.Dispose();
        expanded.Dispose();
        putOff.Dispose();
        graph.Dispose();
        now.Dispose();
        later.Dispose();
        NativeMemory.AlignedFree(from);
        NativeMemory.AlignedFree(to);
    }

    public SearchResult Run()
    {
        int explored = -1;
        try
        {
            Start();
            while (Round())
            {
                explored = round;
                if (later.Count == 0)
                {
                    break;
                }

                NextRound();
            }
        }
        catch (OutOfMemoryException)
        {
            stoppedBy = "lack of memory";
        }

        bool complete = stoppedBy is null && !cut;
        explored = complete ? strategy.Bound : explored;
        HashSet<ulong>? livelocked = complete ? graph.Hopeless(states) : null;
        LockOrders order = LockOrders.Of(execution.Layout, execution.LockOrderEdges());
        return new SearchResult
        {
            Complete = complete,
            StoppedBy = complete ? null : stoppedBy ?? $"the bound of {strategy.Bound} preemption{(strategy.Bound == 1 ? "" : "s")}",
            States = states.Count,
            Transitions = transitions,
            EndStates = endStates,
            MaxDepth = maxDepth,
            Elapsed = clock.Elapsed,
            VisitedBytes = states.Bytes + expanded.Bytes + putOff.Bytes,
            Violations =
            [
                .. violations,
                .. livelocked?.Count > 0 ? [new Violation(ViolationKind.Livelock, "livelock")] : Array.Empty<Violation>(),
                .. order.Inversions,
            ],
            LockOrder = order.Edges,
            Livelocked = livelocked,
            Coverage = new PreemptionCoverage(strategy.Name, strategy.Bound, explored),
        };
    }

    private void Start()
    {
        execution.Initialise(to);
        states.Add(execution.StateFingerprint, out uint number);
        CheckNewState();
        Wait(number, -1, 0, preempts: false);
    }

    // Expands what can be reached with the round's number of preemptions; false when it was stopped.
    private bool Round()
    {
        while (stoppedBy is null && now.TryPop(from, out WaitingState state))
        {
            if (!state.Deferred || expanded.Add(state.Key))
            {
                Expand(state);
            }
        }

        return stoppedBy is null;
    }

    private void NextRound()
    {
        (now, later) = (later, now);
        putOff.Dispose();
        putOff = new VisitedSet();
        round++;
    }

    private void Expand(in WaitingState state)
    {
        bool first = MarkGraphed(state.Number), moved = false;
        bool mayGoOn = state.LastThread >= 0 && execution.Enabled(from, state.LastThread) > 0;
        for (int thread = 0; thread < execution.Shape.Threads && stoppedBy is null; thread++)
        {
            int alternatives = execution.Enabled(from, thread);
            bool preempts = mayGoOn && thread != state.LastThread;
            moved |= alternatives > 0;
            if (preempts && alternatives > 0 && round == strategy.Bound)
            {
                cut = true;
                continue;
            }

            for (int choice = 0; choice < alternatives; choice++)
            {
                Step(state, thread, choice, preempts, first);
            }
        }

        if (first && !moved)
        {
            Finish(state);
        }
    }

    private void Step(in WaitingState state, int thread, int choice, bool preempts, bool first)
    {
        execution.Shape.Copy(from, to);
        execution.Attach(to);
        execution.Run(thread, choice);
        if (execution.Pruned)
        {
            return;
        }

        if ((++transitions & ProgressMask) == 0)
        {
            LookAtLimits();
        }

        bool isNew = states.Add(execution.StateFingerprint, out uint number);
        if (first)
        {
            edges.Add(state.Number, number);
        }

        if (isNew)
        {
            CheckNewState();
        }
        else if (execution.Raised.Count > 0)
        {
            NoteRaised();
        }

        Wait(number, thread, state.Steps + 1, preempts);
        if (states.Count >= limits.MaxStates)
        {
            stoppedBy = $"{limits.MaxStates} states";
        }
    }

    private void Wait(uint number, int lastThread, int steps, bool preempts)
    {
        ulong key = Fingerprint.Combine(execution.StateFingerprint, (uint)(lastThread + 2));
        if (preempts ? putOff.Add(key) : expanded.Add(key))
        {
            maxDepth = Math.Max(maxDepth, steps);
            (preempts ? later : now).Push(to, new WaitingState(key, number, steps, lastThread, preempts));
        }
    }

    // The edges out of a state are the same whoever ran last: they are noted once.
    private bool MarkGraphed(uint number)
    {
        if (number / 64 >= graphed.Length)
        {
            Array.Resize(ref graphed, Math.Max(graphed.Length * 2, (int)(number / 64) + 1));
        }

        ulong bit = 1UL << (int)(number % 64);
        bool first = (graphed[number / 64] & bit) == 0;
        graphed[number / 64] |= bit;
        return first;
    }

    private void CheckNewState()
    {
        execution.Model.CheckState(execution);
        NoteRaised();
    }

    private void Finish(in WaitingState state)
    {
        execution.Attach(from);
        edges.AddTerminal(state.Number);
        bool stuck = !execution.EndsWell();
        endStates += stuck ? 0 : 1;
        NoteRaised();
        observer?.EndState(execution, stuck);
    }

    private void NoteRaised()
    {
        for (int i = 0; i < execution.Raised.Count; i++)
        {
            if (known.Add(execution.Raised[i]))
            {
                violations.Add(execution.Raised[i]);
            }
        }
    }

    private void LookAtLimits()
    {
        observer?.Progress(new SearchProgress(states.Count, transitions, maxDepth, now.Count + later.Count, clock.Elapsed));
        stoppedBy ??= limits.Met(clock.Elapsed);
    }
}
