namespace Faultline.Litmus.Conditions;

/// <summary>What a PTE points to: <c>pte(A[0])</c>.</summary>
/// <param name="Map">Index of the mapping.</param>
/// <param name="MapName">Its name.</param>
/// <param name="Page">Page.</param>
public sealed record PteContents(int Map, string MapName, int Page) : Observable
{
    private static readonly string[] Words = ["none", "zero", "hole", "block", "anon"];

    /// <inheritdoc/>
    public override string Name => $"pte({MapName}[{Page}])";

    /// <inheritdoc/>
    public override string LogName => $"pte.{MapName}[{Page}]";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ValueNames => Words;

    /// <inheritdoc/>
    public override int Read(IOutcome outcome) => (int)outcome.Pte(Map, Page);

    private protected override (int, int, int, int) Order => (6, Map, Page, 0);
}

/// <summary>Whether a PTE allows writes: <c>writable(A[0])</c>.</summary>
/// <param name="Map">Index of the mapping.</param>
/// <param name="MapName">Its name.</param>
/// <param name="Page">Page.</param>
public sealed record PteWritable(int Map, string MapName, int Page) : Observable
{
    /// <inheritdoc/>
    public override string Name => $"writable({MapName}[{Page}])";

    /// <inheritdoc/>
    public override string LogName => $"writable.{MapName}[{Page}]";

    /// <inheritdoc/>
    public override bool IsFlag => true;

    /// <inheritdoc/>
    public override int Read(IOutcome outcome) => outcome.PteWritable(Map, Page) ? 1 : 0;

    private protected override (int, int, int, int) Order => (7, Map, Page, 0);
}

/// <summary>Whether a PTE is dirty: <c>dirty(A[0])</c>.</summary>
/// <param name="Map">Index of the mapping.</param>
/// <param name="MapName">Its name.</param>
/// <param name="Page">Page.</param>
public sealed record PteDirty(int Map, string MapName, int Page) : Observable
{
    /// <inheritdoc/>
    public override string Name => $"dirty({MapName}[{Page}])";

    /// <inheritdoc/>
    public override string LogName => $"dirty.{MapName}[{Page}]";

    /// <inheritdoc/>
    public override bool IsFlag => true;

    /// <inheritdoc/>
    public override int Read(IOutcome outcome) => outcome.PteDirty(Map, Page) ? 1 : 0;

    private protected override (int, int, int, int) Order => (8, Map, Page, 0);
}

/// <summary>What a PMD holds: <c>pmd(A[0])</c>.</summary>
/// <param name="Map">Index of the mapping.</param>
/// <param name="MapName">Its name.</param>
/// <param name="Page">A page of the PMD's range.</param>
public sealed record PmdContents(int Map, string MapName, int Page) : Observable
{
    private static readonly string[] Words = ["none", "table", "zero", "block"];

    /// <inheritdoc/>
    public override string Name => $"pmd({MapName}[{Page}])";

    /// <inheritdoc/>
    public override string LogName => $"pmd.{MapName}[{Page}]";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ValueNames => Words;

    /// <inheritdoc/>
    public override int Read(IOutcome outcome) => (int)outcome.Pmd(Map, Page);

    private protected override (int, int, int, int) Order => (9, Map, Page, 0);
}
