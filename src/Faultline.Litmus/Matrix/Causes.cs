using Faultline.Kernel.Versions;
using Faultline.Litmus.Checking;

namespace Faultline.Litmus.Matrix;

/// <summary>
/// Finds the commits that make the difference between two versions, one good and one bad: computed by taking them out of the newer one
/// and searching again, never looked up.
/// </summary>
/// <param name="runs">The test and filesystem.</param>
/// <param name="before">The older version.</param>
/// <param name="after">The newer version.</param>
/// <param name="isBadBefore">Whether the older one is bad; the newer one is the opposite.</param>
internal sealed class Causes(EquivalentRuns runs, KernelVersion before, KernelVersion after, bool isBadBefore)
{
    private bool undecided;

    public MatrixEdge Find()
    {
        Release older = Release.Parse(before.Name), newer = Release.Parse(after.Name);
        IReadOnlyList<Commit> between = Commit.Of(BehaviourChanges.All.Where(c => c.Since > older && c.Since <= newer));
        List<Commit> alone = [.. between.Where(c => c.Changes.Any(x => x.IsIn(after)) && Undo([c])).Select(Narrowed)];
        if (alone.Count > 0)
        {
            return Edge(CauseKind.Each, alone);
        }

        List<Commit> together = Undo(between) ? Fewest(between) : [];
        return Edge(together.Count > 0 ? CauseKind.Together : undecided ? CauseKind.Unknown : CauseKind.None, together);
    }

    private MatrixEdge Edge(CauseKind kind, List<Commit> commits) => new(before, after, isBadBefore, kind, commits);

    // Of a commit that changed several behaviours, those that make the difference alone; all, when none does.
    private Commit Narrowed(Commit commit)
    {
        if (commit.Changes.Count == 1)
        {
            return commit;
        }

        List<BehaviourChange> matter = [.. commit.Changes.Where(c => Undo([commit with { Changes = [c] }]))];
        return matter.Count > 0 ? commit with { Changes = matter } : commit;
    }

    private List<Commit> Fewest(IReadOnlyList<Commit> commits)
    {
        List<Commit> needed = [.. commits];
        foreach (Commit commit in commits)
        {
            List<Commit> fewer = [.. needed.Where(c => c != commit)];
            needed = fewer.Count > 0 && Undo(fewer) ? fewer : needed;
        }

        return needed;
    }

    // Does the newer version do as the older one once these are taken out? Newest first, so that the oldest state of each behaviour stays.
    private bool Undo(IReadOnlyList<Commit> commits)
    {
        IEnumerable<BehaviourChange> changes = commits.SelectMany(c => c.Changes).OrderByDescending(c => c.Since);
        KernelVersion without = changes.Aggregate(after, (version, change) => change.TakenOutOf(version)) with
        {
            Name = $"{after.Name}~{string.Join('~', commits.Select(c => c.Id))}",
        };
        CellState state = MatrixCell.StateOf(runs.Check(without));
        undecided |= state == CellState.Undecided;
        return state != CellState.Undecided && state != CellState.Good == isBadBefore;
    }
}
