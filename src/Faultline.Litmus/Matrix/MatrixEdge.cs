using Faultline.Kernel.Versions;

namespace Faultline.Litmus.Matrix;

/// <summary>A commit and what it changed.</summary>
/// <param name="Id">Its mainline id, abbreviated.</param>
/// <param name="Title">Its title.</param>
/// <param name="Since">The first release that has it.</param>
/// <param name="Changes">The behaviours that it changed; for a cause of an edge: those that matter.</param>
public sealed record Commit(string Id, string Title, Release Since, IReadOnlyList<BehaviourChange> Changes)
{
    /// <summary>The commits of some changes, in the order of these.</summary>
    public static IReadOnlyList<Commit> Of(IEnumerable<BehaviourChange> changes) =>
        [.. changes.GroupBy(c => c.Commit).Select(g => new Commit(g.Key, g.First().Title, g.First().Since, [.. g]))];

    /// <inheritdoc/>
    public override string ToString() => $"{Id} \"{Title}\"";
}

/// <summary>How the commits of an edge explain it.</summary>
public enum CauseKind
{
    /// <summary>Each of them, taken out of the newer version, makes it do as the older one.</summary>
    Each,

    /// <summary>None does alone; all of them taken out together do, and none of them can be spared.</summary>
    Together,

    /// <summary>No modelled commit between the two explains it.</summary>
    None,

    /// <summary>A search that was needed to tell met a bound.</summary>
    Unknown,
}

/// <summary>Two neighbouring releases of which one is bad and one is good, and why.</summary>
/// <param name="Before">The older one.</param>
/// <param name="After">The newer one.</param>
/// <param name="IsFix">The older one is bad: something was repaired. Else: the newer one is bad.</param>
/// <param name="Kind">How the commits explain it.</param>
/// <param name="Commits">The commits, found by taking them out of <paramref name="After"/> and searching again.</param>
public sealed record MatrixEdge(KernelVersion Before, KernelVersion After, bool IsFix, CauseKind Kind, IReadOnlyList<Commit> Commits);
