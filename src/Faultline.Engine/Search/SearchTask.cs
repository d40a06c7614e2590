using System.Diagnostics;
using Faultline.Engine.Search.PartialOrder;
using Faultline.Engine.Search.Symmetry;
using Faultline.Engine.State;

namespace Faultline.Engine.Search;

/// <summary>What the workers of one search share.</summary>
internal sealed partial class SearchTask : IDisposable
{
    /// <summary>Bounds are looked at every so many transitions of a worker.</summary>
    public const int CheckMask = (1 << 16) - 1;

    private readonly ISearchObserver? observer;
    private readonly SearchLimits limits;
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly object endGate = new();
    private readonly List<SearchWorker> workers = [];
    private readonly int count;
    private bool loaded;
    private long counted;
    private string? stoppedBy;
    private Exception? failure;

    public SearchTask(Model model, ISearchObserver? observer, SearchLimits limits, bool findLivelocks, int workers, BitTable? bits = null)
    {
        Model = model;
        this.observer = observer;
        this.limits = limits;
        Graph = findLivelocks ? new StateGraph() : null;
        Collapse = new Collapse(model.Shape);
        WordsChecked = new bool[model.Layout.WordCount];
        Bits = bits;
        Visited = new VisitedSet(findLivelocks, bits is null ? workers : 1);
        Exchange = workers > 1 && bits is null ? new LookupExchange(Visited, workers, findLivelocks) : null;
        States = Exchange is null ? null : new StateExchange(workers, Collapse.StateBytes);
        Frontier = new SharedFrontier(workers, States);
        count = workers;
    }

    public Model Model { get; }

    /// <summary>What is known of the threads, where the search is reduced.</summary>
    public LocalGraph? Known { get; init; }

    /// <summary>Threads that may change places: states that differ only by that are one; null: none.</summary>
    public ThreadGroups? Groups { get; init; }

    /// <summary>Threads that are said to be able to: see to it that it is so; null: none.</summary>
    public ThreadGroups? CheckedGroups { get; init; }

    /// <summary>Did it stop because it had as many states as it may?</summary>
    public bool MetMaxStates { get; private set; }

    /// <summary>Keeps only bits of states; null: keeps their fingerprints.</summary>
    public BitTable? Bits { get; }

    /// <summary>All workers.</summary>
    public IReadOnlyList<SearchWorker> Workers => workers;

    public VisitedSet Visited { get; }

    /// <summary>How the workers share what was visited; null: there is one.</summary>
    public LookupExchange? Exchange { get; }

    /// <summary>How workers hand states over to each other; null where <see cref="Exchange"/> is.</summary>
    public StateExchange? States { get; }

    public SharedFrontier Frontier { get; }

    /// <summary>The parts of threads, as states that wait name them.</summary>
    public Collapse Collapse { get; }

    /// <summary>Words that a check of some state has read. Grows only.</summary>
    public bool[] WordsChecked { get; }

    public StateGraph? Graph { get; }

    /// <summary>Did it stop because it took as much memory as it may?</summary>
    public bool MetMaxMemory { get; private set; }

    /// <summary>Take every step twice, and compare.</summary>
    public bool ChecksDeterminism { get; init; }

    /// <summary>Searches with all workers; the first one is the calling thread.</summary>
    public SearchResult Run()
    {
        if (!loaded)
        {
            AddWorkers();
            workers[0].Begin();
        }

        var threads = new List<Thread>();
        foreach (SearchWorker worker in workers.Skip(1))
        {
            var thread = new Thread(() => Work(worker)) { IsBackground = true, Name = $"search worker {threads.Count + 1}" };
            thread.Start();
            threads.Add(thread);
        }

        Work(workers[0]);
        threads.ForEach(t => t.Join());
        if (stoppedBy is not null && failure is null && Checkpoint is not null)
        {
            WriteCheckpoint();
        }

        if (failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }

        return Result();
    }

    /// <summary>Counts a new state, where their number is bounded.</summary>
    public void CountState()
    {
        if (limits.MaxStates != long.MaxValue && Interlocked.Increment(ref counted) >= limits.MaxStates)
        {
            MetMaxStates = true;
            Stop($"{limits.MaxStates} states");
        }
    }

    /// <summary>Of so many steps, how many may be looked up without passing the bound on states; 0: the rest is of no use to anybody.</summary>
    public int MayLookUp(int steps)
    {
        if (limits.MaxStates == long.MaxValue)
        {
            return steps;
        }

        if (Frontier.IsOver)
        {
            return Checkpoint is null ? 0 : steps; // who goes on with it needs them all
        }

        return (int)Math.Clamp(limits.MaxStates - Interlocked.Read(ref counted), 1, steps);
    }

    /// <summary>Tells the observer of an end; one worker at a time.</summary>
    public void TellEnd(Execution execution, bool stuck)
    {
        if (observer is not null)
        {
            lock (endGate)
            {
                observer.EndState(execution, stuck);
            }
        }
    }

    /// <summary>Reports progress and looks at the bounds, now and then.</summary>
    public void CheckLimits(SearchWorker worker, bool isFirst)
    {
        if (isFirst && observer is not null && (worker.Transitions & ((CheckMask << 2) | CheckMask)) == 0)
        {
            observer.Progress(new SearchProgress(
                StateCount, workers.Sum(w => w.Transitions), worker.Depth, workers.Sum(w => w.Frontier), clock.Elapsed));
        }

        if (isFirst)
        {
            IsCheckpointDue = Checkpoint is not null && clock.Elapsed - lastWritten >= Checkpoint.Interval;
        }

        long memory = limits.MaxMemory == long.MaxValue ? 0 : Visited.Bytes + (Graph?.Bytes ?? 0) + Collapse.Bytes + workers.Sum(w => w.Bytes);
        if (memory > limits.MaxMemory)
        {
            MetMaxMemory = true;
            Stop($"{limits.MaxMemory >> 20:N0} MiB of memory");
        }
        else if (limits.Met(clock.Elapsed) is { } met)
        {
            Stop(met);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        workers.ForEach(w => w.Dispose());
        Graph?.Dispose();
        Exchange?.Dispose();
        States?.Dispose();
        Visited.Dispose();
        Collapse.Dispose();
    }

    private long StateCount => Bits?.Count ?? Visited.Count;

    private void AddWorkers()
    {
        for (int i = 0; i < count; i++)
        {
            workers.Add(new SearchWorker(this, i));
        }
    }

    private void Work(SearchWorker worker)
    {
        try
        {
            worker.Run();
        }
        catch (OutOfMemoryException)
        {
            Stop("lack of memory");
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref failure, e, null);
            Frontier.End();
        }
    }

    private void Stop(string reason)
    {
        Interlocked.CompareExchange(ref stoppedBy, reason, null);
        Frontier.End();
    }

    private SearchResult Result()
    {
        bool complete = stoppedBy is null;
        HashSet<ulong>? livelocked = complete ? Graph?.Hopeless(Visited) : null;
        LockOrders order = LockOrders.Of(Model.Layout, workers.SelectMany(w => w.Execution.LockOrderEdges()));
        List<Violation> violations = [.. workers.SelectMany(w => w.Violations).Concat(order.Inversions).Distinct()];
        if (livelocked?.Count > 0)
        {
            violations.Add(new Violation(ViolationKind.Livelock, "livelock"));
        }

        return new SearchResult
        {
            Complete = complete,
            StoppedBy = stoppedBy,
            MetMaxStates = MetMaxStates,
            MetMaxMemory = MetMaxMemory,
            IsReduced = Known is not null,
            Workers = count,
            States = StateCount,
            StatesStoodFor = Groups is null ? null : workers.Sum(w => w.StandsFor),
            Transitions = workers.Sum(w => w.Transitions),
            EndStates = workers.Sum(w => w.EndStates),
            MaxDepth = workers.Max(w => w.MaxDepth),
            Elapsed = clock.Elapsed + elapsedBefore,
            VisitedBytes = Visited.Bytes,
            Violations = [.. violations.OrderBy(v => v.Kind).ThenBy(v => v.Name, StringComparer.Ordinal)],
            LockOrder = order.Edges,
            Livelocked = livelocked,
            Groups = Groups,
        };
    }
}
