namespace Faultline.Engine.Search;

/// <summary>Which schedules of a model are run, and in which order. A strategy is immutable; each search has its own state.</summary>
public interface ISearchStrategy
{
    /// <summary>As the command line spells it: <c>exhaustive</c>, <c>preemptions:2</c>, <c>random</c>, <c>pct:3</c>.</summary>
    string Name { get; }

    /// <summary>Searches.</summary>
    /// <param name="model">What to search.</param>
    /// <param name="observer">Is told of end states and progress.</param>
    /// <param name="limits">Bounds.</param>
    /// <exception cref="ModelException">The model has a defect.</exception>
    SearchResult Run(Model model, ISearchObserver? observer, SearchLimits limits);
}
