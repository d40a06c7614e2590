namespace Faultline.Litmus.Conditions;

/// <summary>
/// Something that a condition may ask about: a location of herd's states, or an event. Every observable has an int value;
/// flags are 0 or 1. Two observables are equal when they name the same thing.
/// </summary>
public abstract record Observable
{
    /// <summary>The spelling in a condition: <c>1:r0</c>, <c>A[0].1</c>, <c>pte(A[0])</c>, <c>warn(insert_pfn)</c>.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// The spelling in a state line. herd's log tools read only <c>1:r0</c>, <c>name</c> and <c>name[number]</c> there, with
    /// dots in names: <c>A.1[0]</c>, <c>pte.A[0]</c>, <c>warn.insert_pfn</c>.
    /// </summary>
    public virtual string LogName => Name;

    /// <summary>Whether a condition names it alone, without a value: <c>hang</c>, <c>writable(A[0])</c>.</summary>
    public virtual bool IsFlag => false;

    /// <summary>Whether it tells of something that happened on the way rather than of the state at the end.</summary>
    public virtual bool IsEvent => false;

    /// <summary>The words for its values, indexed by value; none when values are numbers.</summary>
    public virtual IReadOnlyList<string> ValueNames => [];

    /// <summary>Its value in an outcome.</summary>
    public abstract int Read(IOutcome outcome);

    /// <summary>The spelling of a value: a number or a word such as <c>zero</c>.</summary>
    public string ValueText(int value) =>
        value >= 0 && value < ValueNames.Count ? ValueNames[value] : value.ToString();

    /// <summary>The order in state lines: registers, contents, page tables, entries, extents, events, each by index.</summary>
    public static IComparer<Observable> StateOrder { get; } = Comparer<Observable>.Create((left, right) =>
        left.Order.CompareTo(right.Order) is var order and not 0 ? order : string.CompareOrdinal(left.Name, right.Name));

    /// <inheritdoc/>
    public sealed override string ToString() => Name;

    /// <summary>Rank of the kind, then up to three indices.</summary>
    private protected abstract (int Kind, int First, int Second, int Third) Order { get; }

    private protected static string Element(string name, int page, int word) => word == 0 ? $"{name}[{page}]" : $"{name}[{page}].{word}";

    private protected static string LogElement(string name, int page, int word) => word == 0 ? $"{name}[{page}]" : $"{name}.{word}[{page}]";
}

/// <summary>A register at the end: <c>1:r0</c>.</summary>
/// <param name="Thread">Index of the thread.</param>
/// <param name="Number">Number in the register's name.</param>
/// <param name="Slot">Index among the thread's registers.</param>
public sealed record RegisterValue(int Thread, int Number, int Slot) : Observable
{
    /// <inheritdoc/>
    public override string Name => $"{Thread}:r{Number}";

    /// <inheritdoc/>
    public override int Read(IOutcome outcome) => outcome.Register(Thread, Slot);

    private protected override (int, int, int, int) Order => (0, Thread, Number, 0);
}

/// <summary>A word that a mapping shows at the end: <c>A[0]</c>, <c>A[0].1</c>.</summary>
/// <param name="Map">Index of the mapping.</param>
/// <param name="MapName">Its name.</param>
/// <param name="Page">Page.</param>
/// <param name="Word">Word within the page.</param>
public sealed record MapWord(int Map, string MapName, int Page, int Word) : Observable
{
    /// <inheritdoc/>
    public override string Name => Element(MapName, Page, Word);

    /// <inheritdoc/>
    public override string LogName => LogElement(MapName, Page, Word);

    /// <inheritdoc/>
    public override int Read(IOutcome outcome) => outcome.MapWord(Map, Page, Word);

    private protected override (int, int, int, int) Order => (1, Map, Page, Word);
}

/// <summary>A word of a file at the end: <c>f[0]</c>, <c>f[0].1</c>.</summary>
/// <param name="File">Index of the file.</param>
/// <param name="FileName">Its name.</param>
/// <param name="Page">Page.</param>
/// <param name="Word">Word within the page.</param>
public sealed record FileWord(int File, string FileName, int Page, int Word) : Observable
{
    /// <inheritdoc/>
    public override string Name => Element(FileName, Page, Word);

    /// <inheritdoc/>
    public override string LogName => LogElement(FileName, Page, Word);

    /// <inheritdoc/>
    public override int Read(IOutcome outcome) => outcome.FileWord(File, Page, Word);

    private protected override (int, int, int, int) Order => (2, File, Page, Word);
}
