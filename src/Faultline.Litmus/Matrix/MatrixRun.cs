using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus.Checking;

namespace Faultline.Litmus.Matrix;

/// <summary>Fills a matrix: checks every test on every version and filesystem, and finds what made each difference.</summary>
public sealed class MatrixRun
{
    private readonly IReadOnlyList<KernelVersion> kernels;
    private readonly CheckOptions options;
    private readonly Action<int, int, string>? progress;
    private readonly (TestFile File, FilesystemKind Filesystem, Lazy<OutcomeSet?> Reference)[] units;
    private readonly MatrixRow?[] rows;
    private int done;

    private MatrixRun(
        IReadOnlyList<TestFile> files,
        IReadOnlyList<KernelVersion> kernels,
        IReadOnlyList<FilesystemKind> filesystems,
        CheckOptions options,
        Action<int, int, string>? progress)
    {
        this.kernels = kernels;
        this.options = options with { Witnesses = false };
        this.progress = progress;
        units =
        [
            .. from file in files
               let reference = Checker.ReferenceOf(file.Program!, options)
               from fs in filesystems
               select (file, fs, reference),
        ];
        rows = new MatrixRow?[units.Length];
    }

    /// <summary>Fills a matrix.</summary>
    /// <param name="files">The tests.</param>
    /// <param name="kernels">The versions, oldest first.</param>
    /// <param name="filesystems">The filesystems.</param>
    /// <param name="options">Bounds of each search. No witness is looked for.</param>
    /// <param name="workers">Searches at a time.</param>
    /// <param name="passedOver">Tests that were left out because they are not for a search.</param>
    /// <param name="progress">Is told how many of how many rows are done, and which test was finished last; called from any thread.</param>
    public static MatrixTable Run(
        IReadOnlyList<TestFile> files,
        IReadOnlyList<KernelVersion> kernels,
        IReadOnlyList<FilesystemKind> filesystems,
        CheckOptions options,
        int workers,
        IReadOnlyList<string>? passedOver = null,
        Action<int, int, string>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(options);
        var run = new MatrixRun(files, kernels, filesystems, options, progress);
        Work.ForEach(run.units.Length, workers, run.Fill, options.Limits.Cancellation);
        List<MatrixRow> rows = [.. run.rows.OfType<MatrixRow>()];
        return new MatrixTable(kernels, filesystems, rows, passedOver ?? [], rows.Count < run.units.Length);
    }

    private void Fill(int unit)
    {
        (TestFile file, FilesystemKind filesystem, Lazy<OutcomeSet?> reference) = units[unit];
        var runs = new EquivalentRuns(file, filesystem, options, reference);
        List<MatrixCell> cells = [.. kernels.Select(k => Cell(runs, file, k, filesystem))];
        List<MatrixCell> without =
            [.. TestVersions.WithFixTakenOut(file).Where(k => kernels.All(c => c.Name != k.Name)).Select(k => Cell(runs, file, k, filesystem))];
        var row = new MatrixRow(file, filesystem, cells, without, Edges(runs, cells));
        if (!options.Limits.Cancellation.IsCancellationRequested)
        {
            rows[unit] = row;
        }

        progress?.Invoke(Interlocked.Increment(ref done), units.Length, file.Test!.Name);
    }

    private static MatrixCell Cell(EquivalentRuns runs, TestFile file, KernelVersion kernel, FilesystemKind filesystem)
    {
        NotRun? not = NotRun.Of(file, kernel, filesystem);
        return new MatrixCell(
            kernel, not is null ? runs.Check(kernel) : null, not, file.Expected?.Find(kernel.Name, ModelNames.Of(filesystem)));
    }

    private static List<MatrixEdge> Edges(EquivalentRuns runs, List<MatrixCell> cells)
    {
        List<MatrixCell> decided =
            [.. cells.Where(c => c.IsBad is not null && TestVersions.IsRelease(c.Kernel.Name)).OrderBy(c => Release.Parse(c.Kernel.Name))];
        return
        [
            .. decided.Zip(decided.Skip(1))
                .Where(pair => pair.First.IsBad != pair.Second.IsBad)
                .Select(pair => new Causes(runs, pair.First.Kernel, pair.Second.Kernel, pair.First.IsBad!.Value).Find()),
        ];
    }
}
