using Faultline.Engine.Search;
using Faultline.Engine.Witnesses;

namespace Faultline.Engine.Tests;

/// <summary>Collects the distinct values of some words in the states in which nothing more happens.</summary>
public sealed class EndStates(params int[] words) : ISearchObserver
{
    /// <summary>Values where every thread has returned, as text: <c>0,2</c>.</summary>
    public SortedSet<string> Done { get; } = new(StringComparer.Ordinal);

    /// <summary>Values where threads are left that cannot go on.</summary>
    public SortedSet<string> Stuck { get; } = new(StringComparer.Ordinal);

    public void EndState(Execution execution, bool stuck) =>
        (stuck ? Stuck : Done).Add(string.Join(',', words.Select(w => execution.Word(w))));

    public void Progress(SearchProgress progress)
    {
    }
}

/// <summary>Short ways to search.</summary>
public static class Searching
{
    /// <summary>Searches to the end and fails the test when the search did not get there.</summary>
    public static SearchResult All(Model model, ISearchObserver? observer = null, bool findLivelocks = false)
    {
        SearchResult result = ExhaustiveSearch.Run(model, observer, findLivelocks: findLivelocks);
        Assert.True(result.Complete);
        Assert.Null(result.StoppedBy);
        return result;
    }

    /// <summary>The violations found, as reports spell them, in alphabetical order.</summary>
    public static string[] Violations(Model model, bool findLivelocks = false) =>
        [.. All(model, findLivelocks: findLivelocks).Violations.Select(v => v.ToString()).Order(StringComparer.Ordinal)];

    /// <summary>Final values of some words, over all schedules: <c>["0,1", "1,1"]</c>.</summary>
    public static string[] Outcomes(Model model, params int[] words)
    {
        var ends = new EndStates(words);
        All(model, ends);
        Assert.Empty(ends.Stuck);
        return [.. ends.Done];
    }

    /// <summary>The shortest schedule that raises a violation, replayed.</summary>
    public static Witness WitnessOf(Model model, ViolationKind kind)
    {
        Schedule? schedule = FewestSwitches.Find(model, (execution, _) => Raises(execution, kind));
        Assert.NotNull(schedule);
        return Replay.Run(model, schedule);
    }

    private static bool Raises(Execution execution, ViolationKind kind)
    {
        for (int i = 0; i < execution.Raised.Count; i++)
        {
            if (execution.Raised[i].Kind == kind)
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>Breadth-first search over immutable values: what the engine's counts are checked against. Knows nothing of the engine.</summary>
public static class BruteForce
{
    /// <summary>Every value that can be reached, and how many steps there are between them.</summary>
    public static (HashSet<T> States, long Transitions) Reach<T>(T initial, Func<T, IEnumerable<T>> successors)
        where T : notnull
    {
        var seen = new HashSet<T> { initial };
        var open = new Queue<T>([initial]);
        long transitions = 0;
        while (open.TryDequeue(out T? state))
        {
            foreach (T next in successors(state))
            {
                transitions++;
                if (seen.Add(next))
                {
                    open.Enqueue(next);
                }
            }
        }

        return (seen, transitions);
    }
}
