using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Matrix;
using static Faultline.Explain.Text.Numbers;

namespace Faultline.Explain.Matrix;

/// <summary>What all forms of a matrix say alike.</summary>
internal static class MatrixWords
{
    public const char Unexpected = '!';

    public static IReadOnlyList<(string Symbol, string Meaning)> Legend { get; } =
    [
        (".", "nothing wrong"),
        ("c", "what the condition asks about happens"),
        ("X", "a check that is always on failed"),
        ("-", "cannot run there"),
        ("?", "not complete"),
        ("!", "NOT AS EXPECTED"),
        ("~", "with a fix taken out (named below)"),
    ];

    public static char Symbol(CellState state) => state switch
    {
        CellState.Good => '.',
        CellState.Condition => 'c',
        CellState.Violation => 'X',
        CellState.CannotRun => '-',
        _ => '?',
    };

    public static Tone ToneOf(MatrixCell cell) => cell.IsUnexpected || cell.IsIncomplete ? Tone.Alarm
        : cell.IsBad is { } bad ? bad ? Tone.Bad : Tone.Good
        : Tone.Faint;

    /// <summary>What a cell holds, in words.</summary>
    public static string Describe(MatrixCell cell)
    {
        string found = cell.Result is { } result
            ? result.Found + (result.IsComplete ? "" : $" (NOT COMPLETE: stopped by {result.Search.StoppedBy ?? "a bound in the reference"})")
            : $"cannot run: {cell.NotRun!.Reasons[0].Message}";
        return cell.IsUnexpected ? $"{found}; expected {cell.Expected?.ToString() ?? "no violation"}" : found;
    }

    /// <summary><c>v4.20</c> under <c>v4.</c>: what stands at the head of a release's column.</summary>
    public static (string Major, string Minor) Head(KernelVersion version)
    {
        string[] parts = version.Name.Split('.', 2);
        return (parts[0], parts[1]);
    }

    /// <summary><c>last bad v4.19, first good v4.20</c>.</summary>
    public static string Title(MatrixEdge edge) => edge.IsFix
        ? $"last bad {edge.Before.Name}, first good {edge.After.Name}"
        : $"last good {edge.Before.Name}, first bad {edge.After.Name}";

    /// <summary>How the commits of an edge explain it; empty where one commit does.</summary>
    public static string Explanation(MatrixEdge edge) => edge.Kind switch
    {
        CauseKind.None => "no modelled commit between them explains it",
        CauseKind.Unknown => "a search that was needed to name the commit is NOT COMPLETE",
        CauseKind.Together => $"{edge.Commits.Count} commits, only all together",
        _ when edge.Commits.Count > 1 => $"{edge.Commits.Count} commits, each alone",
        _ => "",
    };

    public static string Of(Commit commit) => $"{commit.Id} \"{commit.Title}\" ({commit.Since})";

    public static string Of(BehaviourChange change) => $"{change.Behaviour.Name}: {change.Before} -> {change.After}";

    /// <summary>The commits that a version with fixes taken out lacks.</summary>
    public static IReadOnlyList<Commit> TakenOut(KernelVersion version) =>
        Commit.Of(version.Name.Split('~').Skip(1).SelectMany(BehaviourChanges.WithCommit));

    /// <summary>Name of a test's row: the filesystem stands there only when the test's filesystems differ.</summary>
    public static string Filesystems(IEnumerable<MatrixRow> rows) => string.Join(", ", rows.Select(r => ModelNames.Of(r.Filesystem)));

    /// <summary>Rows of one test that show the same in every column.</summary>
    public static IEnumerable<IReadOnlyList<MatrixRow>> Alike(IEnumerable<MatrixRow> rows) =>
        rows.GroupBy(r => (r.File, Cells: string.Concat(r.All.Select(c => $"{Symbol(c.State)}{c.IsUnexpected}")))).Select(g => g.ToList());

    /// <summary>What is not as expected or not complete: a line for all versions of a test that show the same.</summary>
    public static IEnumerable<string> Alarms(MatrixTable table) =>
        from test in table.Rows.GroupBy(r => r.File)
        from alarm in
            from row in test
            from cell in row.All
            where cell.IsUnexpected || cell.IsIncomplete
            group (row.Filesystem, cell.Kernel.Name) by $"{(cell.IsUnexpected ? "UNEXPECTED" : "NOT COMPLETE")}: {test.Key.Test!.Name}, {Describe(cell)}"
        select $"{alarm.Key}: on {Places(alarm)}";

    private static string Places(IEnumerable<(FilesystemKind Filesystem, string Kernel)> places) => string.Join(
        "; ",
        places.GroupBy(p => p.Filesystem)
            .GroupBy(fs => VersionRanges.Print(fs.Select(p => p.Kernel)), fs => ModelNames.Of(fs.Key))
            .Select(versions => $"{string.Join(" and ", versions)} of {versions.Key}"));

    /// <summary>A line for each thing that was not run.</summary>
    public static IEnumerable<string> Absences(MatrixTable table) =>
        NotRun.Lines(table.Cells.Select(c => c.NotRun).OfType<NotRun>()).Select(l => $"CANNOT RUN: {l}")
            .Concat(table.PassedOver.Select(p => $"NOT SEARCHED: {p} says Geometry=real; 'faultline cost' runs it"))
            .Concat(table.IsInterrupted ? ["INTERRUPTED: rows are missing"] : []);

    /// <summary>The counts of a table, in one sentence.</summary>
    public static string Totals(MatrixTable table)
    {
        List<MatrixCell> cells = [.. table.Cells];
        int shared = cells.Count(c => c.Result?.SameAs is not null), run = cells.Count(c => c.Result is not null);
        int tests = table.Rows.Select(r => r.File).Distinct().Count();
        return $"{Number(tests, "test")}, {Number(table.Kernels.Count, "version")}, {Number(table.Filesystems.Count, "filesystem")}: "
            + $"{Number(cells.Count, "cell")}, {Number(cells.Count(c => c.IsUnexpected))} unexpected, "
            + $"{Number(cells.Count(c => c.IsIncomplete))} not complete, {Number(cells.Count - run)} cannot run; "
            + $"{Number(run - shared)} searched, {Number(cells.Sum(c => c.Result?.StatesSearched ?? 0), "state")}, "
            + $"{Number(shared)} the same as another";
    }
}
