using Faultline.Engine.Search.Symmetry;
using Faultline.Engine.State;
using Faultline.Engine.Witnesses;

namespace Faultline.Engine.Search;

/// <summary>Bounds of a search. A search that meets one is not complete.</summary>
/// <param name="MaxStates">States at most.</param>
/// <param name="Timeout">Wall time at most.</param>
/// <param name="Cancellation">Stops the search from outside.</param>
public sealed record SearchLimits(
    long MaxStates = long.MaxValue, TimeSpan? Timeout = null, CancellationToken Cancellation = default)
{
    /// <summary>No bound.</summary>
    public static SearchLimits None { get; } = new();

    /// <summary>The bounds that are left after some time.</summary>
    public SearchLimits After(TimeSpan elapsed) => this with { Spent = Spent + elapsed };

    /// <summary>Which bound of time or from outside is met after some time, in words; null: none.</summary>
    public string? Met(TimeSpan elapsed) =>
        elapsed + Spent > Timeout ? $"{Timeout.Value.TotalSeconds} s of time"
        : Cancellation.IsCancellationRequested ? "interruption"
        : null;

    /// <summary>Bytes at most, of what grows with the search.</summary>
    public long MaxMemory { get; init; } = long.MaxValue;

    /// <summary>Time that has gone already of <see cref="Timeout"/>.</summary>
    public TimeSpan Spent { get; private init; }
}

/// <summary>Where a search stands.</summary>
/// <param name="States">States seen.</param>
/// <param name="Transitions">Steps taken.</param>
/// <param name="Depth">Steps from the initial state to the present one.</param>
/// <param name="Frontier">States seen whose successors are not all seen.</param>
/// <param name="Elapsed">Wall time.</param>
public readonly record struct SearchProgress(long States, long Transitions, int Depth, long Frontier, TimeSpan Elapsed)
{
    /// <summary>Schedules run so far, by a strategy that runs one at a time; null for a search of states.</summary>
    public long? Schedules { get; init; }

    /// <summary>How many it is to run.</summary>
    public long SchedulesWanted { get; init; }
}

/// <summary>Is told what a search meets.</summary>
public interface ISearchObserver
{
    /// <summary>A state in which nothing more happens, once each. The execution is attached to it.</summary>
    /// <param name="execution">The state.</param>
    /// <param name="stuck">True when threads are left that cannot go on.</param>
    void EndState(Execution execution, bool stuck);

    /// <summary>All that was told so far does not count: the search begins again, knowing more. Only a reduced search does that.</summary>
    void Restart() => throw new NotSupportedException();

    /// <summary>Called right after <see cref="EndState"/> by strategies that run one schedule at a time.</summary>
    /// <param name="schedule">Gives the schedule that led there.</param>
    void EndedBy(Func<Schedule> schedule)
    {
    }

    /// <summary>Called now and then.</summary>
    void Progress(SearchProgress progress);
}

/// <summary>What a search found.</summary>
public sealed record SearchResult
{
    /// <summary>True when every reachable state was visited.</summary>
    public required bool Complete { get; init; }

    /// <summary>Why it stopped, when it is not complete.</summary>
    public string? StoppedBy { get; init; }

    /// <summary>It stopped because it had as many states as it may.</summary>
    public bool MetMaxStates { get; init; }

    /// <summary>It stopped because it took as much memory as it may.</summary>
    public bool MetMaxMemory { get; init; }

    /// <summary>Interleavings that cannot differ were left out (<see cref="ReducedSearch"/>).</summary>
    public bool IsReduced { get; init; }

    /// <summary>Threads that searched.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Distinct states; of a strategy that runs one schedule at a time, only those at ends are counted.</summary>
    public required long States { get; init; }

    /// <summary>
    /// Threads with equal programs were taken to be interchangeable (<see cref="Model.Interchangeable"/>): so many states <see cref="States"/>
    /// stand for, all those that differ from one of them by which thread is which. Null: every state stands for itself.
    /// </summary>
    public long? StatesStoodFor { get; init; }

    /// <summary>Steps taken, to new and to known states.</summary>
    public required long Transitions { get; init; }

    /// <summary>Distinct states in which every thread has returned.</summary>
    public required long EndStates { get; init; }

    /// <summary>Longest path followed.</summary>
    public required int MaxDepth { get; init; }

    /// <summary>Wall time.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Searches made one after another; the last one is the result. More than one only where a reduction learned on the way.</summary>
    public int Passes { get; init; } = 1;

    /// <summary>States of all passes together.</summary>
    public long? StatesOfAllPasses { get; init; }

    /// <summary>Steps taken in all passes, and by the random schedules between them.</summary>
    public long? TransitionsOfAllPasses { get; init; }

    /// <summary>Bytes of the visited set.</summary>
    public required long VisitedBytes { get; init; }

    /// <summary>Everything found wrong, in the order found, each once.</summary>
    public required IReadOnlyList<Violation> Violations { get; init; }

    /// <summary>
    /// The order of lock classes, documented and seen, without the edges that would close a cycle: those are
    /// <see cref="ViolationKind.LockOrder"/> violations. See <see cref="LockCycles"/>.
    /// </summary>
    public required IReadOnlyList<LockOrderEdge> LockOrder { get; init; }

    /// <summary>
    /// Fingerprints of the states from which no end can be reached though threads can go on; null when not computed. To ask it of a state:
    /// <see cref="IsLivelocked"/>.
    /// </summary>
    public IReadOnlySet<ulong>? Livelocked { get; init; }

    /// <summary>Who changed places; null: nobody.</summary>
    internal ThreadGroups? Groups { get; init; }

    /// <summary>Can no end be reached from the state that an execution is attached to, though threads can go on?</summary>
    public unsafe bool IsLivelocked(Execution execution)
    {
        ArgumentNullException.ThrowIfNull(execution);
        if (Livelocked is not { Count: > 0 } || Groups is null)
        {
            return Livelocked?.Contains(execution.StateFingerprint) == true;
        }

        using var places = new Interchange(Groups, execution.Shape);
        return Livelocked.Contains(places.Fingerprint(execution.Vector));
    }

    /// <summary>How far a strategy went that is not exhaustive, or not within its bound; null for <see cref="ExhaustiveSearch"/>.</summary>
    public Coverage? Coverage { get; init; }

    /// <summary>For a strategy that runs one schedule at a time: the schedule on which each violation was first met. Else empty.</summary>
    public IReadOnlyList<FoundSchedule> Schedules { get; init; } = [];

    /// <summary>What <see cref="Optimal.OptimalSearch"/> counted; null for all others.</summary>
    public Optimal.TraceCounts? Traces { get; init; }

    /// <summary>Bound on the probability that a fingerprint collision hid a state.</summary>
    public double CollisionProbability => Fingerprint.CollisionProbability(States);
}
