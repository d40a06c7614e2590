namespace Faultline.Engine.Search.Optimal;

/// <summary>
/// Stateless exploration with exactly one schedule for each Mazurkiewicz trace: Optimal-DPOR (Abdulla, Aronis, Jonsson and Sagonas,
/// POPL 2014) with wakeup trees. It remembers no states, so its memory does not grow, and its number of traces can be compared with that
/// of other tools; but what traces have in common it explores again and again, and where states recur it does not end by itself
/// (docs/search.md has the argument, and says how it differs from the paper).
/// </summary>
public static class OptimalSearch
{
    /// <summary>Steps of a schedule, unless said otherwise.</summary>
    public const int DefaultSteps = 1_000;

    /// <summary>Schedules that may be too long before the search gives up.</summary>
    public const int CutAtMost = 100;

    /// <summary>Explores every trace, on one core.</summary>
    /// <param name="model">What to search.</param>
    /// <param name="observer">Is told of each end state once, and of progress.</param>
    /// <param name="limits">Bounds; <see cref="SearchLimits.MaxStates"/> is one of steps.</param>
    /// <param name="stepsAtMost">
    /// A schedule is cut after so many steps, and the result is then not complete; the search stops when it has cut
    /// <see cref="CutAtMost"/> of them, since a program that may go round for ever has no end of traces.
    /// </param>
    /// <returns>Has <see cref="SearchResult.Traces"/>. Its states are the distinct ones at ends. Livelocks are not looked for.</returns>
    /// <exception cref="ModelException">The model has a defect.</exception>
    public static SearchResult Run(
        Model model, ISearchObserver? observer = null, SearchLimits? limits = null, int stepsAtMost = DefaultSteps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(stepsAtMost, 1);
        using var execution = new Execution(model) { CollectsLockOrder = true, LeavesFingerprints = true };
        using var explorer = new OptimalExplorer(execution, observer, limits ?? SearchLimits.None, stepsAtMost);
        return explorer.Run();
    }
}
