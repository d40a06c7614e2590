namespace Faultline.Real.Histograms;

/// <summary>A real kernel's histogram held against what the model allows.</summary>
/// <param name="Seen">What was seen.</param>
/// <param name="Allowed">What is allowed.</param>
public sealed record Comparison(Histogram Seen, AllowedOutcomes Allowed)
{
    /// <summary>
    /// States that the model does not have: findings, when <see cref="AllowedOutcomes.IsComplete"/>. The model or the kernel is wrong.
    /// </summary>
    public IReadOnlyList<SeenState> Outside => [.. Seen.States.Where(s => !Allowed.Model.Contains(s.Line))];

    /// <summary>States that the model has, too, and atomic loads, stores and system calls could not have had: bugs of the kernel, reproduced.</summary>
    public IReadOnlyList<SeenState> Reproduced => Allowed.Atomic is { } atomic
        ? [.. Seen.States.Where(s => Allowed.Model.Contains(s.Line) && !atomic.Contains(s.Line))]
        : [];

    /// <summary>States that the model has and nobody saw. It says nothing: they may be rare.</summary>
    public IReadOnlyList<string> NotSeen =>
        [.. Allowed.Model.Except(Seen.States.Select(s => s.Line)).Order(StringComparer.Ordinal)];

    /// <summary>Something was seen that the model, searched whole, does not have.</summary>
    public bool IsFinding => Allowed.IsComplete && Outside.Count > 0;
}
