namespace Faultline.Litmus.Conditions;

/// <summary>The size of a file at the end, in pages: <c>size(f)</c>.</summary>
/// <param name="File">Index of the file.</param>
/// <param name="FileName">Its name.</param>
public sealed record FileSize(int File, string FileName) : Observable
{
    /// <inheritdoc/>
    public override string Name => $"size({FileName})";

    /// <inheritdoc/>
    public override string LogName => $"size.{FileName}";

    /// <inheritdoc/>
    public override int Read(IOutcome outcome) => outcome.Size(File);

    private protected override (int, int, int, int) Order => (3, File, 0, 0);
}

/// <summary>A word of a file after the crash: <c>durable(f[0])</c>, <c>durable(f[0].1)</c>.</summary>
/// <param name="File">Index of the file.</param>
/// <param name="FileName">Its name.</param>
/// <param name="Page">Page.</param>
/// <param name="Word">Word within the page.</param>
public sealed record DurableWord(int File, string FileName, int Page, int Word) : Observable
{
    /// <inheritdoc/>
    public override string Name => $"durable({Element(FileName, Page, Word)})";

    /// <inheritdoc/>
    public override string LogName => $"durable.{LogElement(FileName, Page, Word)}";

    /// <inheritdoc/>
    public override int Read(IOutcome outcome) => outcome.Durable(File, Page, Word);

    private protected override (int, int, int, int) Order => (4, File, Page, Word);
}

/// <summary>The size of a file after the crash, in pages: <c>durable_size(f)</c>.</summary>
/// <param name="File">Index of the file.</param>
/// <param name="FileName">Its name.</param>
public sealed record DurableSize(int File, string FileName) : Observable
{
    /// <inheritdoc/>
    public override string Name => $"durable_size({FileName})";

    /// <inheritdoc/>
    public override string LogName => $"durable_size.{FileName}";

    /// <inheritdoc/>
    public override int Read(IOutcome outcome) => outcome.DurableSize(File);

    private protected override (int, int, int, int) Order => (5, File, 0, 0);
}
