using Faultline.Engine;
using Faultline.Engine.Search;

namespace Faultline.Bench;

/// <summary>One way this engine searches a model, as the tables name it.</summary>
/// <param name="Name">Name of its row.</param>
/// <param name="Cores">Cores it keeps busy.</param>
/// <param name="Reduced">False: it visits every state, so that its counts must be those of a peer without reduction.</param>
/// <param name="Run">Searches, to the end or to a limit.</param>
internal sealed record Strategy(string Name, int Cores, bool Reduced, Func<Model, SearchLimits, SearchResult> Run);

/// <summary>All ways that the comparisons and the plot measure: a line here is a row there and a curve in the plot.</summary>
internal static class Strategies
{
    public static readonly Strategy[] All =
    [
        new("faultline", 1, Reduced: false, (model, limits) => ExhaustiveSearch.Run(model, limits: limits)),
        new("faultline, 2 cores", 2, Reduced: false, (model, limits) => ExhaustiveSearch.Run(model, limits: limits, workers: 2)),
        new("faultline reduced", 1, Reduced: true, (model, limits) => ReducedSearch.Run(model, limits: limits)),
        new("faultline reduced, 2 cores", 2, Reduced: true, (model, limits) => ReducedSearch.Run(model, limits: limits, workers: 2)),
    ];
}
