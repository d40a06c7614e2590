using Faultline.Engine.Search;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Matrix;

namespace Faultline.Litmus.Tests.Matrix;

/// <summary>The matrix: what each cell says, and the commit behind each difference.</summary>
public sealed class MatrixRunTests
{
    private static readonly FilesystemKind[] Ext4 = [FilesystemKind.Ext4];

    [Theory]
    [InlineData("generic-344", "v4.19>v4.20 fix f2c57d91b0d9", "v6.12>v6.15 regression 38607c62b34b")]
    [InlineData("generic-437-loop", "v5.1>v5.6 fix c3e5ea6ee574")]
    [InlineData("stale-read-dontneed", "v4.12>v4.13 fix 99baac21e458")]
    [InlineData("first-store", "v4.13>v4.14 fix 91d25ba8a6b0")]
    [InlineData("generic-437")]
    public void Names_the_commit_behind_each_difference(string test, params string[] edges) =>
        Assert.Equal(edges, Row(Seeds.Named(test)).Edges.Select(Print));

    [Fact]
    public void Of_a_commit_with_several_changes_those_that_matter_are_named()
    {
        MatrixEdge edge = Assert.Single(Row(Seeds.Named("first-store")).Edges);
        Assert.Equal([nameof(KernelVersion.SharedStoreInsert)], Assert.Single(edge.Commits).Changes.Select(c => c.Behaviour.Name));
    }

    [Fact]
    public void Versions_that_are_not_neighbours_are_compared_all_the_same()
    {
        MatrixRow row = Row(Seeds.Named("generic-437-loop"), "v4.12", "v6.12");
        Assert.Equal(["v4.12>v6.12 fix c3e5ea6ee574"], row.Edges.Select(Print));
    }

    [Fact]
    public void A_difference_that_no_commit_makes_is_not_blamed_on_one()
    {
        MatrixRow row = Row(Seeds.Named("generic-437-loop"), "v5.6");
        KernelVersion odd = KernelVersions.Find("v5.10")! with { CowCopyFailure = CowCopyFailure.ZeroFill };
        MatrixTable table = MatrixRun.Run([row.File], [row.Cells[0].Kernel, odd], Ext4, Seeds.Quick, 1);
        MatrixEdge edge = Assert.Single(Assert.Single(table.Rows).Edges);
        Assert.Equal(CauseKind.None, edge.Kind);
        Assert.Empty(edge.Commits);
    }

    [Fact]
    public void Cells_tell_violations_from_conditions_and_good_from_bad()
    {
        Assert.Equal(CellState.Violation, Row(Seeds.Named("generic-344"), "v4.14").Cells[0].State);
        Assert.Equal(CellState.Condition, Row(Seeds.Named("generic-437-mismatch"), "v4.14").Cells[0].State);
        Assert.Equal(CellState.Good, Row(Seeds.Named("generic-437"), "v4.14").Cells[0].State);
    }

    [Fact]
    public void What_is_not_as_expected_is_exit_code_1()
    {
        TestFile wrong = Seeds.Expecting("generic-437", "v4.14 ext4: Sometimes\n"), right = Seeds.Expecting("generic-437", "v4.14 ext4: Never\n");
        Assert.Equal(1, Table(wrong, Seeds.Quick, "v4.14").ExitCode);
        Assert.Equal(0, Table(right, Seeds.Quick, "v4.14").ExitCode);
    }

    [Fact]
    public void What_is_cut_short_is_neither_good_nor_bad()
    {
        MatrixTable table = Table(Seeds.Named("generic-437"), new CheckOptions(new SearchLimits(MaxStates: 50)), "v4.14");
        Assert.Equal(CellState.Undecided, table.Rows[0].Cells[0].State);
        Assert.Null(table.Rows[0].Cells[0].IsBad);
        Assert.Equal(3, table.ExitCode);
    }

    [Fact]
    public void An_interruption_leaves_rows_out_and_says_so()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        MatrixTable table = Table(Seeds.Named("generic-437"), new CheckOptions(new SearchLimits(Cancellation: stop.Token)), "v4.14");
        Assert.True(table.IsInterrupted);
        Assert.Empty(table.Rows);
        Assert.Equal(3, table.ExitCode);
    }

    [Fact]
    public void A_test_runs_on_the_versions_without_a_fix_that_its_expectations_name()
    {
        TestFile file = Seeds.Expecting("generic-344", "v4.20 ext4: Never\nv4.20~f2c57d91b0d9 ext4: Sometimes; warn(insert_pfn)\n");
        MatrixRow row = Row(file, "v4.20");
        MatrixCell cell = Assert.Single(row.Without);
        Assert.Equal("v4.20~f2c57d91b0d9", cell.Kernel.Name);
        Assert.True(cell.IsBad);
        Assert.False(cell.IsUnexpected);
        Assert.Empty(Row(Seeds.Named("generic-344"), "v4.20").Without);
    }

    [Theory]
    [InlineData("v4.20~f2c57d9", "is written 'v4.20~f2c57d91b0d9'")]
    [InlineData("v4.14~f2c57d91b0d9", "v4.14 does not have f2c57d91b0d9")]
    [InlineData("v4.20~f2c57d91b0d8", "did you mean 'f2c57d91b0d9'")]
    [InlineData("v4.20x", "did you mean 'v4.20'")]
    public void A_version_that_expectations_misname_is_an_error_at_its_place(string kernel, string message)
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "t.litmus");
        File.WriteAllText(path, Samples.OneThread("r0 = A[0]"));
        File.WriteAllText(TestFile.ExpectedPath(path), $"# a comment\n{kernel} ext4: Never\n");
        Diagnostic problem = Assert.Single(TestFile.Load(path, Compile.CompileLimits.Search).Diagnostics);
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
        Assert.Equal((2, 1), (problem.Line, problem.Column));
    }

    private static MatrixRow Row(TestFile file, params string[] kernels) => Assert.Single(Table(file, Seeds.Quick, kernels).Rows);

    private static MatrixTable Table(TestFile file, CheckOptions options, params string[] kernels) => MatrixRun.Run(
        [file], kernels.Length == 0 ? KernelVersions.All : [.. kernels.Select(k => KernelVersions.Find(k)!)], Ext4, options, workers: 2);

    private static string Print(MatrixEdge edge) =>
        $"{edge.Before.Name}>{edge.After.Name} {(edge.IsFix ? "fix" : "regression")} {string.Join(' ', edge.Commits.Select(c => c.Id))}";
}
