using System.Text.Json;
using Faultline.Explain.Json;
using Faultline.Kernel.Versions;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Matrix;

namespace Faultline.Explain.Matrix;

/// <summary>Writes a matrix as JSON. The schema is <see cref="MatrixDocument"/>, its members in camel case.</summary>
public static class MatrixJson
{
    /// <summary>Version of the schema.</summary>
    public const int SchemaVersion = 1;

    /// <summary>Writes a matrix.</summary>
    /// <param name="output">Where to, as UTF-8.</param>
    /// <param name="table">The matrix.</param>
    public static void Write(Stream output, MatrixTable table)
    {
        ArgumentNullException.ThrowIfNull(output);
        JsonSerializer.Serialize(output, Document(table), ReadableJson.Context.MatrixDocument);
        output.WriteByte((byte)'\n');
    }

    /// <summary>Writes which tests notice which change.</summary>
    /// <param name="output">Where to, as UTF-8.</param>
    /// <param name="flips">The changes.</param>
    public static void Write(Stream output, IReadOnlyList<BehaviourFlip> flips)
    {
        ArgumentNullException.ThrowIfNull(output);
        JsonSerializer.Serialize(output, Document(flips), ReadableJson.Context.FlipDocument);
        output.WriteByte((byte)'\n');
    }

    /// <summary>The document of a matrix.</summary>
    /// <param name="table">The matrix.</param>
    public static MatrixDocument Document(MatrixTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return new MatrixDocument(
            SchemaVersion,
            [.. table.Kernels.Select(k => k.Name)],
            [.. table.Filesystems.Select(ModelNames.Of)],
            [.. table.Rows.Select(Row)],
            table.PassedOver,
            table.IsInterrupted,
            table.ExitCode);
    }

    /// <summary>The document of changes taken out.</summary>
    /// <param name="flips">The changes.</param>
    public static FlipDocument Document(IReadOnlyList<BehaviourFlip> flips) => new(
        SchemaVersion, [.. flips.Select(Flip)], flips.Count(f => !f.IsExercised), FlipText.ExitCode(flips));

    private static RowEntry Row(MatrixRow row) => new(
        row.File.Test!.Name,
        row.File.Path,
        row.File.Test.Title,
        row.File.Test.Hash,
        row.File.Test.Condition.Print(),
        ModelNames.Of(row.Filesystem),
        [.. row.Cells.Select(Cell)],
        [.. row.Without.Select(Cell)],
        [.. row.Edges.Select(e => new EdgeEntry(e.Before.Name, e.After.Name, e.IsFix, e.Kind.ToString(), [.. e.Commits.Select(Entry)]))]);

    private static CellEntry Cell(MatrixCell cell) => new(
        cell.Kernel.Name,
        cell.State.ToString(),
        cell.Result?.Verdict.Observation.ToString(),
        cell.Result?.Found.Violations ?? [],
        cell.Result?.Search.States,
        cell.Result is { } result ? Math.Round(result.Search.Elapsed.TotalSeconds, 6) : null,
        cell.Result?.SameAs,
        cell.Result is { IsComplete: false } cut ? cut.Search.StoppedBy ?? "a bound in the reference" : null,
        cell.Expected?.ToString(),
        !cell.IsUnexpected,
        [.. (cell.NotRun?.Reasons ?? []).Select(r => r.ToString())]);

    private static FlipEntry Flip(BehaviourFlip flip) => new(
        Entry(Commit.Of([flip.Change])[0]),
        flip.Version?.Name,
        flip.Candidates,
        flip.IsExercised,
        flip.IsComplete,
        [.. flip.Notices.Select(n => new NoticeEntry(
            n.File.Test!.Name, n.File.Path, ModelNames.Of(n.Filesystem), n.With.ToString(), n.Without.ToString()))]);

    private static CommitEntry Entry(Commit commit) => new(
        commit.Id, commit.Title, commit.Since.ToString(), [.. commit.Changes.Select(Entry)]);

    private static BehaviourEntry Entry(BehaviourChange change) => new(change.Behaviour.Name, $"{change.Before}", $"{change.After}");
}
