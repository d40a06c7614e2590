using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;

namespace Faultline.Litmus.Matrix;

/// <summary>One test on one filesystem, on every version.</summary>
/// <param name="File">The test.</param>
/// <param name="Filesystem">The filesystem.</param>
/// <param name="Cells">One for each version of the table, in its order.</param>
/// <param name="Without">Versions with a fix taken out that the test's <c>.expected</c> file names.</param>
/// <param name="Edges">Where good and bad releases meet, oldest first.</param>
public sealed record MatrixRow(
    TestFile File,
    FilesystemKind Filesystem,
    IReadOnlyList<MatrixCell> Cells,
    IReadOnlyList<MatrixCell> Without,
    IReadOnlyList<MatrixEdge> Edges)
{
    /// <summary>All cells.</summary>
    public IEnumerable<MatrixCell> All => Cells.Concat(Without);
}

/// <summary>Tests against versions.</summary>
/// <param name="Kernels">The versions: the columns.</param>
/// <param name="Filesystems">The filesystems.</param>
/// <param name="Rows">A row for each test and filesystem; after an interruption only those that were finished.</param>
/// <param name="PassedOver">Tests that are for one run that is counted, not for a search.</param>
/// <param name="IsInterrupted">Not all rows were finished.</param>
public sealed record MatrixTable(
    IReadOnlyList<KernelVersion> Kernels,
    IReadOnlyList<FilesystemKind> Filesystems,
    IReadOnlyList<MatrixRow> Rows,
    IReadOnlyList<string> PassedOver,
    bool IsInterrupted)
{
    /// <summary>All cells.</summary>
    public IEnumerable<MatrixCell> Cells => Rows.SelectMany(r => r.All);

    /// <summary>0: all as expected; 1: something is not; 3: something was not finished, and nothing unexpected was seen.</summary>
    public int ExitCode => Cells.Any(c => c.IsUnexpected) ? 1
        : IsInterrupted || Cells.Any(c => c.IsIncomplete) ? 3
        : 0;
}
