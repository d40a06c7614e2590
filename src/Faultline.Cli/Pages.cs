using Faultline.Engine.Search;
using Faultline.Explain.Html;
using Faultline.Explain.Matrix;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Matrix;

namespace Faultline.Cli;

/// <summary>Writes tests as HTML: one page, or an index with a page for each test of a folder.</summary>
/// <param name="workers">Searches at a time.</param>
/// <param name="cancellation">Stops it.</param>
internal sealed class Pages(int workers, CancellationToken cancellation)
{
    /// <summary>Versions beside the one that is explained are searched this far; a page says where that was not enough.</summary>
    private const long StatesOfOtherVersions = 3_000_000;

    private readonly CheckOptions options = new(new SearchLimits(Cancellation: cancellation)) { SearchWorkers = workers };

    /// <summary>The test on all versions and both filesystems, and on the version that the page is about.</summary>
    public MatrixTable Versions(IReadOnlyList<TestFile> files, KernelVersion? also, IReadOnlyList<string>? passedOver = null, Action<int, int, string>? progress = null)
    {
        List<KernelVersion> kernels = [.. KernelVersions.All];
        if (also is not null && kernels.All(k => k.Name != also.Name))
        {
            kernels.Insert(kernels.FindIndex(k => k.Name == also.Name.Split('~')[0]) + 1, also);
        }

        var bounded = new CheckOptions(new SearchLimits(StatesOfOtherVersions, Cancellation: cancellation), Witnesses: false);
        MatrixTable table = MatrixRun.Run(files, kernels, Enum.GetValues<FilesystemKind>(), bounded, workers, passedOver, progress);
        cancellation.ThrowIfCancellationRequested();
        return table;
    }

    /// <summary>Checks a test, with witnesses.</summary>
    /// <param name="file">The test.</param>
    /// <param name="version">Kernel version.</param>
    /// <param name="filesystem">Filesystem.</param>
    /// <param name="how">How; null: exhaustively, without bounds.</param>
    public CheckResult Check(TestFile file, KernelVersion version, FilesystemKind filesystem, CheckOptions? how = null) => Checker.Check(
        file.Test!, file.Program!, version, filesystem, file.Expected?.Find(version.Name, Inputs.Name(filesystem)), how ?? options);

    /// <summary>Writes the page of a test.</summary>
    /// <param name="page">Where to.</param>
    /// <param name="result">The check.</param>
    /// <param name="finding">The finding; null: the first that has a schedule.</param>
    /// <param name="versions">The test on all versions.</param>
    /// <param name="index">Address of the index.</param>
    public void Write(OutputFile page, CheckResult result, Finding? finding, MatrixTable versions, string? index = null)
    {
        cancellation.ThrowIfCancellationRequested();
        Finding? told = finding ?? result.Findings.FirstOrDefault(f => f.Witness is not null) ?? (result.Findings.Count > 0 ? result.Findings[0] : null);
        WitnessPage.Write(page.Writer, new WitnessPageInput(result, told, versions, index));
        page.Finish();
    }

    /// <summary>Writes an index and a page for each test.</summary>
    /// <param name="files">The tests.</param>
    /// <param name="root">The folder that they come from.</param>
    /// <param name="target">The folder that the pages go to.</param>
    /// <param name="named">The version that pages are about; null: for each test the newest that shows something wrong.</param>
    /// <param name="filesystems">The filesystems that pages may be about, the preferred one first.</param>
    /// <param name="passedOver">Tests that are left out.</param>
    /// <param name="progress">Where it stands.</param>
    /// <returns>The exit code of the matrix.</returns>
    public int WriteFolder(
        IReadOnlyList<TestFile> files,
        string root,
        string target,
        KernelVersion? named,
        IReadOnlyList<FilesystemKind> filesystems,
        IReadOnlyList<string> passedOver,
        ProgressLine progress)
    {
        using var index = new OutputFile(Path.Combine(target, "index.html"));
        MatrixTable table = Versions(files, named, passedOver, progress.Show);
        string AddressOf(TestFile file) => Path.ChangeExtension(Path.GetRelativePath(root, file.Path), ".html").Replace(Path.DirectorySeparatorChar, '/');
        int done = 0;
        foreach (TestFile file in files)
        {
            progress.Show(done++, files.Count, $"pages; {file.Test!.Name}");
            List<MatrixRow> rows = [.. table.Rows.Where(r => r.File == file)];
            if (Choose(rows, named, filesystems) is not var (version, filesystem))
            {
                continue; // nothing that was asked for can run it; the index says why
            }

            CheckResult result = Check(file, version, filesystem);
            string address = AddressOf(file), up = string.Concat(Enumerable.Repeat("../", address.Count(c => c == '/')));
            using var page = new OutputFile(Path.Combine(target, address));
            Write(page, result, null, table with { Rows = rows }, $"{up}index.html");
        }

        MatrixHtml.Write(index.Writer, table, file => Choose([.. table.Rows.Where(r => r.File == file)], named, filesystems) is null ? null : AddressOf(file));
        index.Finish();
        return table.ExitCode;
    }

    // The newest release that shows something wrong; else the newest version that does; else the newest of all.
    private static (KernelVersion Version, FilesystemKind Filesystem)? Choose(
        IReadOnlyList<MatrixRow> rows, KernelVersion? named, IReadOnlyList<FilesystemKind> filesystems)
    {
        List<(MatrixCell Cell, FilesystemKind Filesystem)> cells =
        [
            .. from fs in filesystems
               from row in rows
               where row.Filesystem == fs
               from c in row.Without.Concat(row.Cells)
               where c.Result is not null && (named is null || c.Kernel.Name == named.Name)
               select (c, fs),
        ];
        if (cells.Count == 0)
        {
            return null;
        }

        var bad = cells.Where(c => c.Cell.IsBad == true).ToList();
        var released = bad.Where(c => TestVersions.IsRelease(c.Cell.Kernel.Name)).ToList();
        List<(MatrixCell Cell, FilesystemKind Filesystem)> best = released.Count > 0 ? released : bad.Count > 0 ? bad : cells;
        (MatrixCell cell, FilesystemKind filesystem) = best.Last(c => c.Filesystem == best[0].Filesystem);
        return (cell.Kernel, filesystem);
    }
}
