namespace Faultline.Litmus.Analysis;

/// <summary>Bounds of the searches that explain a finding. What meets one is not known, and is said not to be.</summary>
/// <param name="NoReturnStates">States to visit for the point of no return.</param>
/// <param name="SectionStates">States to visit for critical sections, over all pairs of functions.</param>
/// <param name="GoodStates">States to visit for the nearest good schedule.</param>
/// <param name="Sections">Pairs to report.</param>
/// <param name="Cancellation">Stops them from outside.</param>
public sealed record AnalysisLimits(
    long NoReturnStates = 1_000_000,
    long SectionStates = 2_000_000,
    long GoodStates = 200_000,
    int Sections = 3,
    CancellationToken Cancellation = default)
{
    /// <summary>A few seconds at most.</summary>
    public static AnalysisLimits Default { get; } = new();
}
