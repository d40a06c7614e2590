using Faultline.Engine.Search.Checkpoints;

namespace Faultline.Engine.Search;

/// <summary>When to leave out interleavings that cannot differ.</summary>
public enum Reduction
{
    /// <summary>When there are many states: small searches are as quick without, and their states are all there are.</summary>
    WhenLarge,

    /// <summary>Never: <see cref="ExhaustiveSearch"/>.</summary>
    Never,

    /// <summary>Always: <see cref="ReducedSearch"/>.</summary>
    Always,
}

/// <summary>Every end state, violation and hang: the strategies that prove.</summary>
public sealed record Exhaustive : ISearchStrategy
{
    /// <summary>States from which on a search counts as large. The first so many are then searched again, with reduction.</summary>
    public const long LargeAt = 200_000;

    /// <summary>When to reduce.</summary>
    public Reduction Reduction { get; init; }

    /// <summary>Threads that search, where there is much to search.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Take every step twice and compare; only without reduction.</summary>
    public bool CheckDeterminism { get; init; }

    /// <summary>
    /// Take states that differ only by which of equal threads is which for one, except where every state is asked for
    /// (<see cref="Reduction.Never"/>, <see cref="CheckDeterminism"/>).
    /// </summary>
    public bool Symmetry { get; init; } = true;

    /// <summary>Where to keep the search; null: nowhere.</summary>
    public CheckpointFile? Checkpoint { get; init; }

    /// <summary>Go on with the search that the checkpoint holds.</summary>
    public bool Resume { get; init; }

    /// <inheritdoc/>
    public string Name => Reduction switch
    {
        Reduction.Never => "unreduced",
        Reduction.Always => "reduced",
        _ => "exhaustive",
    };

    /// <inheritdoc/>
    public SearchResult Run(Model model, ISearchObserver? observer, SearchLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        if (Reduction == Reduction.Never || CheckDeterminism)
        {
            return Unreduced(model, observer, limits);
        }

        if (Reduction == Reduction.WhenLarge && !Resume)
        {
            SearchLimits small = limits with { MaxStates = Math.Min(LargeAt, limits.MaxStates) };
            SearchResult first = ExhaustiveSearch.Run(model, observer, small, findLivelocks: true, symmetry: Symmetry);
            if (!first.MetMaxStates || small.MaxStates == limits.MaxStates)
            {
                return first;
            }

            limits = limits.After(first.Elapsed);
            observer?.Restart();
        }

        SearchResult reduced = ReducedSearch.Run(
            model, observer, limits, findLivelocks: true, Workers, symmetry: Symmetry, checkpoint: Checkpoint, resume: Resume);
        return reduced.Livelocked?.Count > 0 ? WithAllLivelocks(model, reduced, limits) : reduced;
    }

    private SearchResult Unreduced(Model model, ISearchObserver? observer, SearchLimits limits) => ExhaustiveSearch.Run(
        model, observer, limits, findLivelocks: true, CheckDeterminism, Workers, checkpoint: Checkpoint, resume: Resume);

    // The shortest way into a livelock may lead to a state that the reduction left out.
    private SearchResult WithAllLivelocks(Model model, SearchResult reduced, SearchLimits limits)
    {
        SearchResult all = ExhaustiveSearch.Run(
            model, null, limits.After(reduced.Elapsed), findLivelocks: true, workers: Workers, symmetry: Symmetry);
        return reduced with { Livelocked = all.Livelocked ?? reduced.Livelocked };
    }
}
