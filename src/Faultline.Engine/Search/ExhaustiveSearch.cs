using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Faultline.Engine.Search;

/// <summary>
/// Depth-first search of every reachable state, each expanded once. No reduction beyond what the coroutines' steps merge already;
/// the ground that every other strategy is checked against.
/// </summary>
public sealed unsafe class ExhaustiveSearch : IDisposable
{
    private const int ProgressMask = (1 << 18) - 1;

    private readonly Execution execution;
    private readonly ISearchObserver? observer;
    private readonly SearchLimits limits;
    private readonly bool checkDeterminism;
    private readonly List<Violation> violations = [];
    private readonly HashSet<Violation> known = [];
    private readonly Stopwatch clock = new();
    private readonly StateGraph? graph;
    private readonly VisitedSet visited;
    private readonly StateStack stack;
    private long transitions;
    private long endStates;
    private int maxDepth;
    private string? stoppedBy;

    private ExhaustiveSearch(
        Execution execution, ISearchObserver? observer, SearchLimits limits, bool findLivelocks, bool checkDeterminism)
    {
        this.execution = execution;
        this.observer = observer;
        this.limits = limits;
        this.checkDeterminism = checkDeterminism;
        graph = findLivelocks ? new StateGraph() : null;
        visited = new VisitedSet(findLivelocks);
        stack = new StateStack(execution.Shape);
    }

    /// <summary>Searches.</summary>
    /// <param name="model">What to search.</param>
    /// <param name="observer">Is told of end states and progress.</param>
    /// <param name="limits">Bounds.</param>
    /// <param name="findLivelocks">Keep the graph and look for states from which no end can be reached.</param>
    /// <param name="checkDeterminism">Take every step twice and compare the states: a difference is a defect of the model.</param>
    /// <exception cref="ModelException">The model has a defect.</exception>
    public static SearchResult Run(
        Model model,
        ISearchObserver? observer = null,
        SearchLimits? limits = null,
        bool findLivelocks = false,
        bool checkDeterminism = false)
    {
        using var execution = new Execution(model);
        using var search = new ExhaustiveSearch(execution, observer, limits ?? SearchLimits.None, findLivelocks, checkDeterminism);
        return search.Run();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        graph?.Dispose();
        visited.Dispose();
        stack.Dispose();
    }

    private SearchResult Run()
    {
        clock.Start();
        try
        {
            Explore();
        }
        catch (OutOfMemoryException)
        {
            stoppedBy = "lack of memory";
        }

        bool complete = stoppedBy is null;
        IReadOnlySet<ulong>? livelocked = complete ? Livelocked() : null;
        return new SearchResult
        {
            Complete = complete,
            StoppedBy = stoppedBy,
            States = visited.Count,
            Transitions = transitions,
            EndStates = endStates,
            MaxDepth = maxDepth,
            Elapsed = clock.Elapsed,
            VisitedBytes = visited.Bytes,
            Violations = violations,
            LockOrder = execution.LockOrderEdges(),
            Livelocked = livelocked,
        };
    }

    private void Explore()
    {
        execution.Initialise(stack.Top);
        visited.Add(execution.Shape.Fingerprint(stack.Top), out _);
        CheckNewState();
        while (stack.Depth >= 0 && stoppedBy is null)
        {
            if (!Advance())
            {
                Finish();
                stack.Pop();
            }
        }
    }

    // Takes the next step from the top of the stack; false when there is none left.
    private bool Advance()
    {
        ref Cursor cursor = ref stack.Cursor;
        byte* from = stack.Top;
        for (; cursor.Thread < execution.Shape.Threads; cursor.Thread++, cursor.Choice = 0)
        {
            if (cursor.Choice < execution.Enabled(from, cursor.Thread))
            {
                cursor.Moved = true;
                Step(from, stack.Scratch, cursor.Thread, cursor.Choice++, cursor.Number);
                return true;
            }
        }

        return false;
    }

    private void Step(byte* from, byte* to, int thread, int choice, uint fromNumber)
    {
        execution.Shape.Copy(from, to);
        execution.Attach(to);
        execution.Run(thread, choice);
        if (execution.Pruned)
        {
            return;
        }

        if (checkDeterminism)
        {
            CompareWithSecondRun(from, to, thread, choice);
        }

        if ((++transitions & ProgressMask) == 0)
        {
            CheckLimits();
        }

        bool isNew = visited.Add(execution.Shape.Fingerprint(to), out uint number);
        graph?.AddEdge(fromNumber, number);
        if (isNew)
        {
            stack.Push(number);
            maxDepth = Math.Max(maxDepth, stack.Depth);
            CheckNewState();
            if (visited.Count >= limits.MaxStates)
            {
                stoppedBy = $"{limits.MaxStates} states";
            }
        }
        else if (execution.Raised.Count > 0)
        {
            NoteRaised();
        }
    }

    private void CheckNewState()
    {
        execution.Attach(stack.Top);
        execution.Model.CheckState(execution);
        if (execution.Raised.Count > 0)
        {
            NoteRaised();
        }
    }

    // A state is left: if no step led out of it, it is an end.
    private void Finish()
    {
        if (stack.Cursor.Moved)
        {
            return;
        }

        execution.Attach(stack.Top);
        execution.Raised.Clear();
        graph?.AddTerminal(stack.Cursor.Number);
        bool stuck = !execution.AllDone(stack.Top);
        endStates += stuck ? 0 : 1;
        execution.CheckFinal();
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

    private void CheckLimits()
    {
        observer?.Progress(new SearchProgress(visited.Count, transitions, stack.Depth, stack.Depth + 1, clock.Elapsed));
        if (clock.Elapsed > limits.Timeout)
        {
            stoppedBy = $"{limits.Timeout.Value.TotalSeconds} s of time";
        }
        else if (limits.Cancellation.IsCancellationRequested)
        {
            stoppedBy = "interruption";
        }
    }

    private HashSet<ulong>? Livelocked()
    {
        if (graph is null || graph.Overflowed)
        {
            return null;
        }

        HashSet<uint> hopeless = graph.Hopeless(visited.Count);
        var fingerprints = new HashSet<ulong>();
        if (hopeless.Count > 0)
        {
            visited.ForEach((fingerprint, number) =>
            {
                if (hopeless.Contains(number))
                {
                    fingerprints.Add(fingerprint);
                }
            });
            violations.Add(new Violation(ViolationKind.Livelock, "livelock"));
        }

        return fingerprints;
    }

    private void CompareWithSecondRun(byte* from, byte* first, int thread, int choice)
    {
        byte* second = (byte*)NativeMemory.AlignedAlloc((nuint)execution.Shape.Capacity, 64);
        try
        {
            execution.Shape.Copy(from, second);
            execution.Attach(second);
            execution.Run(thread, choice);
            execution.Attach(first);
            if (!execution.Shape.Same(first, second))
            {
                throw new ModelException($"the model is not deterministic: two runs of one step of thread {thread} differ");
            }
        }
        finally
        {
            NativeMemory.AlignedFree(second);
        }
    }
}
