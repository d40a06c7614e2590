using System.Diagnostics;
using Faultline.Engine.State;

namespace Faultline.Engine.Search.Optimal;

/// <summary>
/// Goes through the traces: depth first, in each state what its wakeup tree says, or any one step where the tree is empty. At the end of
/// each schedule <see cref="RaceReversal"/> adds to the trees what the schedule's races show to be missing.
/// </summary>
internal sealed unsafe class OptimalExplorer : IDisposable
{
    private const int LookMask = (1 << 12) - 1;
    private const int ProgressMask = (1 << 16) - 1;

    private readonly Execution execution;
    private readonly ISearchObserver? observer;
    private readonly SearchLimits limits;
    private readonly int stepsAtMost;
    private readonly Stepper stepper;
    private readonly Trail trail;
    private readonly Sleepers sleepers = new();
    private readonly RaceReversal reversal;
    private readonly VisitedSet ends = new();
    private readonly HashSet<Violation> known = [];
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private int maxDepth;
    private long endStates;
    private long taken;
    private long complete;
    private long blocked;
    private long cut;
    private string? stoppedBy;

    public OptimalExplorer(Execution execution, ISearchObserver? observer, SearchLimits limits, int stepsAtMost)
    {
        (this.execution, this.observer, this.limits, this.stepsAtMost) = (execution, observer, limits, stepsAtMost);
        stepper = new Stepper(execution);
        trail = new Trail(stepper);
        reversal = new RaceReversal(execution, stepper, trail, sleepers);
    }

    public SearchResult Run()
    {
        execution.Initialise(trail.State(0));
        execution.Model.CheckState(execution);
        execution.Raised.AddTo(known);
        do
        {
            GoOn();
        }
        while (stoppedBy is null && GoBack());

        return Result();
    }

    public void Dispose()
    {
        reversal.Dispose();
        trail.Dispose();
        stepper.Dispose();
        ends.Dispose();
    }

    // To the end of a schedule.
    private void GoOn()
    {
        while (stoppedBy is null)
        {
            if (trail.Depth == stepsAtMost && !execution.IsFinal(trail.State(trail.Depth)))
            {
                Cut();
                return;
            }

            if (!reversal.TakeNext(trail.Depth, out Transition next, out int below))
            {
                if (TakeAny())
                {
                    continue;
                }

                End();
                return;
            }

            if (Take(next.Thread, next.Choice, below) == Stepper.Pruned)
            {
                throw new ModelException($"a step of thread {next.Thread} was one before and now is none");
            }
        }
    }

    // To the last state from which there is something left to explore.
    private bool GoBack()
    {
        while (trail.Depth > 0)
        {
            sleepers.Pop(trail.Pop());
            if (reversal.HasNext(trail.Depth))
            {
                return true;
            }
        }

        return false;
    }

    // Any step that does not sleep: of the thread that moved last, if it can.
    private bool TakeAny()
    {
        int threads = execution.Shape.Threads;
        int first = trail.Depth == 0 ? 0 : trail[trail.Depth - 1].Transition.Thread;
        byte* state = trail.State(trail.Depth);
        for (int i = 0; i < threads; i++)
        {
            int thread = (first + i) % threads;
            int alternatives = execution.Enabled(state, thread);
            for (int choice = 0; choice < alternatives; choice++)
            {
                if (!sleepers.Contains(thread, choice) && Take(thread, choice, WakeupTrees.Empty) != Stepper.Pruned)
                {
                    return true;
                }
            }
        }

        return false;
    }

    private int Take(int thread, int choice, int below)
    {
        int depth = trail.Depth;
        byte* from = trail.State(depth), to = trail.State(depth + 1);
        ThreadHeader* before = execution.Shape.Header(from, thread);
        int accesses = stepper.Take(from, to, thread, choice);
        if (accesses == Stepper.Pruned)
        {
            return accesses;
        }

        execution.Model.CheckState(execution);
        execution.Raised.AddTo(known);
        bool mayBlock = before->Kind == StepKind.DownWrite || execution.Shape.Header(to, thread)->HeldCount > 0;
        var step = new Transition((byte)thread, (byte)choice, accesses);
        trail.Push(step, before->Alternatives, mayBlock, stepper.StoppedMachine);
        sleepers.Push(step, stepper.Sets);
        reversal.Enter(depth + 1, below);
        maxDepth = Math.Max(maxDepth, depth + 1);
        if ((++taken & LookMask) == 0)
        {
            LookAtLimits();
        }

        return accesses;
    }

    private void End()
    {
        byte* state = trail.State(trail.Depth);
        if (!execution.IsFinal(state))
        {
            blocked++;
            return;
        }

        complete++;
        Finish(state);
        reversal.ReverseRaces();
    }

    private void Cut()
    {
        reversal.ReverseRaces();
        if (++cut == OptimalSearch.CutAtMost)
        {
            stoppedBy = TooLong();
        }
    }

    private void Finish(byte* state)
    {
        for (int t = 0; t < execution.Shape.Threads; t++)
        {
            execution.Shape.Rehash(state, t);
        }

        execution.Attach(state);
        if (!ends.Add(execution.StateFingerprint))
        {
            return;
        }

        bool stuck = !execution.EndsWell();
        endStates += stuck ? 0 : 1;
        execution.Raised.AddTo(known);
        observer?.EndState(execution, stuck);
    }

    private void LookAtLimits()
    {
        if ((taken & ProgressMask) == 0)
        {
            observer?.Progress(new SearchProgress(ends.Count, stepper.Steps, trail.Depth, 0, clock.Elapsed) { Schedules = complete });
        }

        stoppedBy = stepper.Steps >= limits.MaxStates ? $"{limits.MaxStates} steps"
            : limits.Met(clock.Elapsed);
    }

    private string TooLong() => $"the bound of {stepsAtMost} steps of a schedule, which {cut} schedules met";

    private SearchResult Result()
    {
        LockOrders order = LockOrders.Of(execution.Layout, execution.LockOrderEdges());
        stoppedBy ??= cut > 0 ? TooLong() : null;
        return new SearchResult
        {
            Complete = stoppedBy is null,
            StoppedBy = stoppedBy,
            States = ends.Count,
            Transitions = stepper.Steps,
            EndStates = endStates,
            MaxDepth = maxDepth,
            Elapsed = clock.Elapsed,
            VisitedBytes = ends.Bytes,
            Violations = [.. known.Concat(order.Inversions).Distinct().OrderBy(v => v.Kind).ThenBy(v => v.Name, StringComparer.Ordinal)],
            LockOrder = order.Edges,
            Traces = new TraceCounts(complete, blocked, cut),
        };
    }
}
