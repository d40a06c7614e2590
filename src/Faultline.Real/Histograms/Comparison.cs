namespace Faultline.Real.Histograms;

/// <summary>A real kernel's histogram held against what the model allows.</summary>
/// <param name="Seen">What was seen.</param>
/// <param name="Allowed">What is allowed.</param>
public sealed record Comparison(Histogram Seen, AllowedOutcomes Allowed)
{
    private const string LogNote = "kernel log: ";

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

    /// <summary>WARN and BUG lines of the kernel's log that came while it ran. On a kernel that does something else, too, they may be of that.</summary>
    public IReadOnlyList<string> KernelLog =>
        [.. Seen.Notes.Where(n => n.StartsWith(LogNote, StringComparison.Ordinal)).Select(n => n[LogNote.Length..])];

    /// <summary>The kernel complained, and the model, searched whole, has neither WARN nor BUG.</summary>
    public bool IsComplaintUnknown => Allowed.IsComplete && Allowed.Complaints.Count == 0 && KernelLog.Count > 0;

    /// <summary>Something was seen that the model, searched whole, does not have.</summary>
    public bool IsFinding => Allowed.IsComplete && Outside.Count > 0;
}
