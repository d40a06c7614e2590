namespace Faultline.Litmus.Syntax;

/// <summary>A page index: a number, or a number counted by an enclosing loop.</summary>
/// <param name="Number">The page when <paramref name="Variable"/> is null.</param>
/// <param name="Variable">The loop variable, or null.</param>
public readonly record struct PageIndex(int Number, string? Variable)
{
    /// <inheritdoc/>
    public override string ToString() => Variable ?? Number.ToString();
}

/// <summary>A word or a page of a mapping or file.</summary>
/// <param name="Object">Index of the mapping (loads, stores, madvise) or file (read, write).</param>
/// <param name="Page">The page.</param>
/// <param name="Word">The word within the page, or <see cref="WholePage"/>.</param>
public readonly record struct Place(int Object, PageIndex Page, int Word)
{
    /// <summary>The value of <see cref="Word"/> that stands for all words of the page.</summary>
    public const int WholePage = -1;
}

/// <summary>What is stored or written: a value or a register.</summary>
/// <param name="Value">The value when <paramref name="Register"/> is null.</param>
/// <param name="Register">The number of the register, or null.</param>
public readonly record struct Operand(int Value, int? Register)
{
    /// <inheritdoc/>
    public override string ToString() => Register is { } register ? $"r{register}" : Value.ToString();
}

/// <summary>Pages side by side: <c>[2]</c>, <c>[0..3]</c>.</summary>
/// <param name="First">The first page; a loop variable only when it is the only one.</param>
/// <param name="Count">How many.</param>
public readonly record struct PageRange(PageIndex First, int Count)
{
    /// <inheritdoc/>
    public override string ToString() => Count == 1 ? First.ToString() : $"{First.Number}..{First.Number + Count - 1}";
}

/// <summary>An instruction or a loop.</summary>
/// <param name="Position">Where it starts in the text.</param>
public abstract record Statement(SourcePosition Position)
{
    /// <summary>The statements and those in their loops, in the order of the text.</summary>
    public static IEnumerable<Statement> Flatten(IEnumerable<Statement> body) =>
        body.SelectMany(s => s is RepeatStatement loop ? Flatten(loop.Body).Prepend(s) : [s]);
}

/// <summary><c>r0 = A[page].word</c>.</summary>
/// <param name="Register">The register's number.</param>
/// <param name="Source">The word that is loaded.</param>
/// <param name="Position">Where it starts in the text.</param>
public sealed record LoadStatement(int Register, Place Source, SourcePosition Position) : Statement(Position);

/// <summary><c>A[page].word = 1</c>.</summary>
/// <param name="Target">The word that is stored to.</param>
/// <param name="Value">What is stored.</param>
/// <param name="Position">Where it starts in the text.</param>
public sealed record StoreStatement(Place Target, Operand Value, SourcePosition Position) : Statement(Position);

/// <summary><c>r0 = read(f[page].word)</c>, or of a page with its words in consecutive registers: <c>r0, r1 = read(f[page])</c>.</summary>
/// <param name="Register">The number of the first register.</param>
/// <param name="RegisterCount">How many registers.</param>
/// <param name="Source">The word or page that is read.</param>
/// <param name="Position">Where it starts in the text.</param>
public sealed record ReadStatement(int Register, int RegisterCount, Place Source, SourcePosition Position) : Statement(Position);

/// <summary><c>write(f[page].word, 1)</c>, or to each word of a page: <c>write(f[page], 1)</c>.</summary>
/// <param name="Target">The word or page that is written.</param>
/// <param name="Value">What is written.</param>
/// <param name="Position">Where it starts in the text.</param>
public sealed record WriteStatement(Place Target, Operand Value, SourcePosition Position) : Statement(Position);

/// <summary><c>madvise(A[page], DONTNEED)</c>, or of the whole mapping: <c>madvise(A, DONTNEED)</c>.</summary>
/// <param name="Map">Index of the mapping.</param>
/// <param name="Page">The page, or null for all.</param>
/// <param name="Position">Where it starts in the text.</param>
public sealed record DontNeedStatement(int Map, PageIndex? Page, SourcePosition Position) : Statement(Position);

/// <summary><c>repeat 2 as i {</c> ... <c>}</c>.</summary>
/// <param name="Count">How often, at least once.</param>
/// <param name="Variable">A name for the number of the pass, from 0, or null.</param>
/// <param name="Body">What is repeated.</param>
/// <param name="Position">Where it starts in the text.</param>
public sealed record RepeatStatement(int Count, string? Variable, IReadOnlyList<Statement> Body, SourcePosition Position)
    : Statement(Position);
