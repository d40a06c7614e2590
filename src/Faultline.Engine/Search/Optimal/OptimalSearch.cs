using System.Diagnostics;
using System.Runtime.InteropServices;
using Faultline.Engine.Search.PartialOrder;

namespace Faultline.Engine.Search.Optimal;

/// <summary>What the optimal stateless search found.</summary>
/// <param name="Search">As of any search; <see cref="SearchResult.States"/> counts the ends of executions, not distinct states.</param>
/// <param name="Traces">Executions that differ in the order of dependent steps (Mazurkiewicz traces), each run once.</param>
/// <param name="Redundant">Executions that were given up because all that could follow had been seen; none, if the search is optimal.</param>
public sealed record OptimalResult(SearchResult Search, long Traces, long Redundant);

/// <summary>
/// Optimal dynamic partial-order reduction (Abdulla, Aronis, Jonsson, Sagonas, POPL 2014): one execution for each order of dependent steps,
/// without remembering states. For counts that can be compared with other tools; where many orders lead to few states, the searches
/// that remember states are far quicker. Cyclic models do not end: executions of more than <see cref="MaxSteps"/> steps stop the search.
/// </summary>
public sealed unsafe partial class OptimalSearch : IDisposable
{
    /// <summary>Steps that an execution may have.</summary>
    public const int MaxSteps = 2_000;

    private const int LimitMask = (1 << 10) - 1;
    private readonly Execution execution;
    private readonly ISearchObserver? observer;
    private readonly SearchLimits limits;
    private readonly AccessSets sets;
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly HashSet<Violation> violations = [];
    private readonly List<Place> path = [];
    private readonly ulong[] scratch;
    private readonly byte* replayed;
    private long transitions;
    private long traces;
    private long endStates;
    private long redundant;
    private int longest;
    private string? stoppedBy;

    private OptimalSearch(Model model, ISearchObserver? observer, SearchLimits limits)
    {
        execution = new Execution(model) { CollectsLockOrder = true, LogsAccesses = true };
        (this.observer, this.limits) = (observer, limits);
        sets = new AccessSets(model);
        scratch = new ulong[sets.Length];
        replayed = Allocate();
    }

    /// <summary>Searches.</summary>
    /// <param name="model">What to search.</param>
    /// <param name="observer">Is told of the end of each execution.</param>
    /// <param name="limits">Bounds; <see cref="SearchLimits.MaxStates"/> bounds the executions.</param>
    /// <exception cref="ModelException">The model has a defect.</exception>
    public static OptimalResult Run(Model model, ISearchObserver? observer = null, SearchLimits? limits = null)
    {
        using var search = new OptimalSearch(model, observer, limits ?? SearchLimits.None);
        return search.Run();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        path.ForEach(p => NativeMemory.AlignedFree(p.State));
        NativeMemory.AlignedFree(replayed);
        sets.Dispose();
        execution.Dispose();
    }

    private OptimalResult Run()
    {
        execution.Initialise(At(0).State);
        NoteRaised();
        Check(At(0).State);
        At(0).Enter(new WakeupTree(), []);
        for (int depth = 0; depth >= 0 && stoppedBy is null;)
        {
            depth += Advance(depth);
        }

        LockOrders order = LockOrders.Of(execution.Layout, execution.LockOrderEdges());
        return new OptimalResult(
            new SearchResult
            {
                Complete = stoppedBy is null,
                StoppedBy = stoppedBy,
                States = traces,
                Transitions = transitions,
                EndStates = endStates,
                MaxDepth = longest,
                Elapsed = clock.Elapsed,
                VisitedBytes = 0,
                Violations = [.. violations.Concat(order.Inversions).OrderBy(v => v.Kind).ThenBy(v => v.Name, StringComparer.Ordinal)],
                LockOrder = order.Edges,
            },
            traces,
            redundant);
    }

    // One step forward (1), back (-1), or another try from here (0).
    private int Advance(int depth)
    {
        Place place = At(depth);
        if (place.IsFollowing)
        {
            place.Return();
        }

        if (place.Left.IsLeaf && !(place.IsNew && FindBranches(depth, place)))
        {
            return -1;
        }

        if (depth + 1 == MaxSteps)
        {
            stoppedBy = $"an execution of {MaxSteps} steps";
            return 0;
        }

        place.IsNew = false;
        (Step branch, WakeupTree rest) = place.Left.First;
        Place next = At(depth + 1);
        if (Take(place.State, next.State, branch.Thread, branch.Choice) is not { } taken)
        {
            place.Left.RemoveFirst(); // no step of its own
            return 0;
        }

        Check(next.State);
        place.Follow(taken);
        AddAlternatives(place, taken);
        Order(depth);
        next.Enter(rest, place.Sleeping.Where(s => s.Thread != taken.Thread && !sets.Conflict(s.Touched, taken.Touched)));
        longest = Math.Max(longest, depth + 1);
        return 1;
    }

    // The first visit of a state with nothing prescribed: any thread that is not asleep.
    private bool FindBranches(int depth, Place place)
    {
        place.IsNew = false;
        bool anyEnabled = false;
        for (int thread = 0; thread < execution.Shape.Threads; thread++)
        {
            int alternatives = execution.Enabled(place.State, thread);
            anyEnabled |= alternatives > 0;
            for (int choice = 0; choice < alternatives; choice++)
            {
                if (!place.Sleeping.Exists(s => s.Is(new Step(thread, choice, 0))))
                {
                    place.Left.Add(new Step(thread, choice, AccessSets.Empty));
                    return true;
                }
            }
        }

        if (anyEnabled)
        {
            redundant++;
        }
        else
        {
            End(depth, place);
        }

        return false;
    }

    // Whenever a thread moves, all its alternatives do: which one the hardware takes is no matter of order.
    private void AddAlternatives(Place place, Step taken)
    {
        int alternatives = execution.Enabled(place.State, taken.Thread);
        for (int choice = 0; choice < alternatives && alternatives > 1; choice++)
        {
            var step = new Step(taken.Thread, choice, 0);
            if (!place.Sleeping.Exists(s => s.Is(step)) && !place.Left.Begins(step)
                && Take(place.State, replayed, taken.Thread, choice) is { } other)
            {
                place.Left.Add(other);
            }
        }
    }

    private void End(int depth, Place place)
    {
        execution.Attach(place.State);
        execution.Raised.Clear();
        bool stuck = !execution.AllDone(place.State);
        endStates += stuck ? 0 : 1;
        execution.CheckFinal();
        NoteRaised();
        observer?.EndState(execution, stuck);
        FindRaces(depth);
        traces++;
        if (traces >= limits.MaxStates)
        {
            stoppedBy = $"{limits.MaxStates} executions";
        }
        else if ((traces & LimitMask) == 0)
        {
            CheckLimits(depth);
        }
    }

    private void CheckLimits(int depth)
    {
        observer?.Progress(new SearchProgress(traces, transitions, depth, depth, clock.Elapsed));
        stoppedBy = clock.Elapsed > limits.Timeout ? $"{limits.Timeout.Value.TotalSeconds} s of time"
            : limits.Cancellation.IsCancellationRequested ? "interruption"
            : null;
    }

    private Step? Take(byte* from, byte* to, int thread, int choice)
    {
        execution.Shape.Copy(from, to);
        execution.Attach(to);
        execution.Run(thread, choice);
        transitions++;
        NoteRaised();
        RefuseWhatItCannotOrder();
        return execution.Pruned ? null : new Step(thread, choice, Touched());
    }

    // An alternative that is no step of its own in one order may be one in another, and a stopped thread has no step left to race with: of such
    // models this search would miss ends. It stops, rather than say that it is complete.
    private void RefuseWhatItCannotOrder()
    {
        if (execution.Pruned || execution.StoppedMachine)
        {
            stoppedBy = execution.Pruned ? "an alternative that is no step of its own" : "a stop of the machine";
        }
    }

    // Taking a lock writes its word, and so does giving it up: the order of critical sections belongs to the trace.
    private int Touched()
    {
        Array.Clear(scratch);
        sets.Read(scratch, sets.Everybody);
        if (execution.StoppedMachine)
        {
            sets.Write(scratch, sets.Everybody);
        }

        foreach (int code in execution.Touched)
        {
            if ((code & Accesses.KindMask) is Accesses.Reads or Accesses.TakesShared)
            {
                sets.Read(scratch, code >> Accesses.Shift);
            }
            else
            {
                sets.Write(scratch, code >> Accesses.Shift);
            }
        }

        return sets.Intern(scratch);
    }

    private void Check(byte* state)
    {
        execution.Attach(state);
        execution.Raised.Clear();
        execution.Model.CheckState(execution);
        NoteRaised();
    }

    private void NoteRaised()
    {
        for (int i = 0; i < execution.Raised.Count; i++)
        {
            violations.Add(execution.Raised[i]);
        }
    }

    private Place At(int depth)
    {
        if (depth == path.Count)
        {
            path.Add(new Place(Allocate(), execution.Shape.Threads));
        }

        return path[depth];
    }

    private byte* Allocate() => (byte*)NativeMemory.AlignedAlloc((nuint)execution.Shape.Capacity, 64);
}
