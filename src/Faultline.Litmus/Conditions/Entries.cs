namespace Faultline.Litmus.Conditions;

/// <summary>A mapping entry: <c>entry(f[0])</c>.</summary>
/// <param name="File">Index of the file.</param>
/// <param name="FileName">Its name.</param>
/// <param name="Page">Page.</param>
public sealed record EntryContents(int File, string FileName, int Page) : Observable
{
    private static readonly string[] Words = ["none", "empty", "zero", "page", "block"];

    /// <inheritdoc/>
    public override string Name => $"entry({FileName}[{Page}])";

    /// <inheritdoc/>
    public override string LogName => $"entry.{FileName}[{Page}]";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ValueNames => Words;

    /// <inheritdoc/>
    public override int Read(IOutcome outcome) => (int)outcome.Entry(File, Page);

    private protected override (int, int, int, int) Order => (10, File, Page, 0);
}

/// <summary>Whether a mapping entry has the DIRTY mark: <c>dirty(f[0])</c>.</summary>
/// <param name="File">Index of the file.</param>
/// <param name="FileName">Its name.</param>
/// <param name="Page">Page.</param>
public sealed record EntryDirty(int File, string FileName, int Page) : Observable
{
    /// <inheritdoc/>
    public override string Name => $"dirty({FileName}[{Page}])";

    /// <inheritdoc/>
    public override string LogName => $"dirty.{FileName}[{Page}]";

    /// <inheritdoc/>
    public override bool IsFlag => true;

    /// <inheritdoc/>
    public override int Read(IOutcome outcome) => outcome.EntryDirty(File, Page) ? 1 : 0;

    private protected override (int, int, int, int) Order => (11, File, Page, 0);
}

/// <summary>Whether a mapping entry is that of a huge page: <c>huge(f[0])</c>.</summary>
/// <param name="File">Index of the file.</param>
/// <param name="FileName">Its name.</param>
/// <param name="Page">Page.</param>
public sealed record EntryHuge(int File, string FileName, int Page) : Observable
{
    /// <inheritdoc/>
    public override string Name => $"huge({FileName}[{Page}])";

    /// <inheritdoc/>
    public override string LogName => $"huge.{FileName}[{Page}]";

    /// <inheritdoc/>
    public override bool IsFlag => true;

    /// <inheritdoc/>
    public override int Read(IOutcome outcome) => outcome.EntryHuge(File, Page) ? 1 : 0;

    private protected override (int, int, int, int) Order => (12, File, Page, 0);
}

/// <summary>What the block map says of a page: <c>extent(f[0])</c>.</summary>
/// <param name="File">Index of the file.</param>
/// <param name="FileName">Its name.</param>
/// <param name="Page">Page.</param>
public sealed record ExtentContents(int File, string FileName, int Page) : Observable
{
    private static readonly string[] Words = ["hole", "unwritten", "block"];

    /// <inheritdoc/>
    public override string Name => $"extent({FileName}[{Page}])";

    /// <inheritdoc/>
    public override string LogName => $"extent.{FileName}[{Page}]";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ValueNames => Words;

    /// <inheritdoc/>
    public override int Read(IOutcome outcome) => (int)outcome.Extent(File, Page);

    private protected override (int, int, int, int) Order => (13, File, Page, 0);
}
